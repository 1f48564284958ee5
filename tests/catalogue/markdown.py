"""Reading the pages of docs/: tables, fenced blocks, sections, links and the places they lead to."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_FENCE: Final = re.compile(r"^```(?P<info>[^\n`]+)\n(?P<content>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_ANCHOR: Final = re.compile(r'<a id="([^"]+)"></a>')
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)


class Link(NamedTuple):
    page: Path
    target: str


def fenced(page: Path, info: str) -> list[str]:
    """The content of each fenced block whose info string is `info`."""
    return [match["content"] for match in _FENCE.finditer(page.read_text("utf-8")) if match["info"] == info]


def rows(page: Path, first_heading: str) -> list[list[str]]:
    """The cells of the table whose first column is headed so, without code marks."""
    lines = page.read_text("utf-8").splitlines()
    (start,) = (number for number, line in enumerate(lines) if line.startswith(f"| {first_heading} |"))
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return found


def sections(page: Path) -> dict[str, str]:
    """The text below each second-level heading that has an anchor, by that anchor."""
    parts = re.split(r"^## ", page.read_text("utf-8"), flags=re.MULTILINE)
    return {anchor[1]: part for part in parts if (anchor := _ANCHOR.match(part))}


def links(page: Path) -> Iterator[Link]:
    """Every link of the page, code apart."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    for match in _LINK.finditer(re.sub(r"`[^`]*`", "", text)):
        yield Link(page, match[1])


def anchors(page: Path) -> set[str]:
    """What `#...` may lead to on the page: explicit anchors, and headings as GitHub names them."""
    text = page.read_text("utf-8")
    headings = (_ANCHOR.sub("", match[1]) for match in _HEADING.finditer(_FENCE.sub("", text)))
    named = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
    return named | set(_ANCHOR.findall(text))
