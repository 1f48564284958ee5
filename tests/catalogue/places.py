"""The repository, and the places of its pages that a source may cite."""

import re
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"

_HEADING: Final = re.compile(r"#{2,3} ([0-9]+[a-z]?(?:\.[0-9]+)?)\b")
_ROW: Final = re.compile(r"\| ([A-Z]?[0-9]+) \|")
_ITEM: Final = re.compile(r" ?([0-9]{1,2})\. ")
_LETTER: Final = re.compile(r"## ([A-I])\. ")
_FACT: Final = re.compile(r"(?:### |\*\*)([A-I][0-9])\b")
_LETTERED: Final = re.compile(r"- \*\*([a-f])\)\*\*")


def text(name: str) -> str:
    """A page of docs/spec."""
    return (DOCS / "spec" / f"{name}.md").read_text("utf-8")


@cache
def decisions() -> frozenset[str]:
    """`3`, `4b`, and `2.10` for item 10 of section 2."""
    found, section = set(), ""
    for line in text("decisions").splitlines():
        if heading := _HEADING.match(line):
            section = heading[1]
            found.add(section)
        elif section and (item := _ITEM.match(line)):
            found.add(f"{section}.{item[1]}")
    return frozenset(found)


@cache
def rules() -> frozenset[str]:
    """`7`, `7.3`, `S04`, and `7.3 no. 49` for row 49 of section 7.3."""
    found, section = set(), ""
    for line in text("rules").splitlines():
        if heading := _HEADING.match(line):
            section = heading[1]
            found.add(section)
        elif row := _ROW.match(line):
            found.add(row[1] if row[1][0].isalpha() else f"{section} no. {row[1]}")
    return frozenset(found)


@cache
def wire_facts() -> frozenset[str]:
    """`H`, `A5`, `A5c`, and `I8` for item 8 of section I."""
    found, letter, fact = set(), "", ""
    for line in text("wire-facts").splitlines():
        if heading := _LETTER.match(line):
            letter, fact = heading[1], ""
            found.add(letter)
        elif line.startswith("## "):
            letter, fact = "", ""
        elif named := _FACT.match(line):
            fact = named[1]
            found.add(fact)
        elif fact and (item := _LETTERED.match(line)):
            found.add(fact + item[1])
        elif letter and not fact and (item := _ITEM.match(line)):
            found.add(letter + item[1])
    return frozenset(found)


@cache
def profile_numbers() -> frozenset[str]:
    """R, E and BP numbers of WS-I that spec/rules.md holds, and those that sources.md adds."""
    pages = _with_ranges(text("rules")) + (DOCS / "sources.md").read_text("utf-8")
    return frozenset(re.findall(r"\b(?:[RE]|BP)[0-9]{4}\b", pages))


def _with_ranges(page: str) -> str:
    """`R1113/1114` and `R9700–R9704` with each number written out."""
    for short in re.finditer(r"\b([RE]|BP)([0-9]{4})((?:/[0-9]{4})+)", page):
        page += " " + " ".join(short[1] + number for number in short[3].split("/") if number)
    for span in re.finditer(r"\bR([0-9]{4})[–-]R([0-9]{4})\b", page):
        page += " " + " ".join(f"R{number}" for number in range(int(span[1]), int(span[2]) + 1))
    return page
