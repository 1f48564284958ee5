"""Citations in running text: which places a text cites, and which of them do not exist."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from mockserver.requirements import parts
from tests.catalogue import places

_CLAUSE: Final = r"[0-9]+(?:\.[0-9]+)*(?![0-9.]*[a-z])"
_COOKBOOK: Final = re.compile(rf"\b[Cc]ookbook,? (?:section )?({_CLAUSE}(?:(?:, | and ){_CLAUSE}(?!-))*)")
_TABLE: Final = re.compile(r"\b[Cc]ookbook(?: section 8,)? [Tt]able ([0-9])")
_NUMBER: Final = re.compile(r"\b(?:[RE]|BP)[0-9]{4}\b")

_RULES: Final = r"(?:[A-Z][0-9]{1,3}|[0-9](?:\.[0-9])?(?: (?:no\.|row) [0-9]+)?)\b"
_WIRE_FACTS: Final = r"[A-I](?:[0-9]{1,2}[a-z]?)?\b"
_DECISIONS: Final = r"[0-9]b?(?:\.[0-9]{1,2})?(?: (?:item|step) [0-9]{1,2})?\b"

_PAGES: Final[dict[str, tuple[str, Callable[[], frozenset[str]]]]] = {
    "rules": (_RULES, places.rules),
    "wire-facts": (_WIRE_FACTS, places.wire_facts),
    "decisions": (_DECISIONS, places.decisions),
}
_SEPARATOR: Final = r"(?:, |,? and | to )(?:attacks? )?"
_LISTED: Final = {
    page: re.compile(rf"(?<![\w/-]){page}(?P<file>\.md)?`?,? (?P<list>(?:sections? )?{place}(?:{_SEPARATOR}{place})*)")
    for page, (place, _) in _PAGES.items()
}
_QUOTED: Final = {page: re.compile(rf"`{page}\.md`") for page in _PAGES}


def cited(text: str) -> Iterator[tuple[str, str]]:
    """Every citation as (what is cited, place)."""
    for match in _COOKBOOK.finditer(text):
        yield from (("cookbook", clause) for clause in re.findall(_CLAUSE, match[1]))
    for match in _TABLE.finditer(text):
        yield "cookbook Table", match[1]
    for match in _NUMBER.finditer(text):
        yield "profile", match[0]
    for page, (place, _) in _PAGES.items():
        for match in _LISTED[page].finditer(text):
            yield from ((page, _normal(found)) for found in re.findall(place, match["list"]))


def dangling(text: str) -> list[str]:
    """Citations of places that do not exist, and mentions of a page without a place."""
    text = " ".join(text.split())
    known = {
        "cookbook": frozenset(parts()[0].clauses),
        "cookbook Table": frozenset("12"),
        "profile": places.profile_numbers(),
        **{page: found() for page, (_, found) in _PAGES.items()},
    }
    missing = [f"{what} {place}" for what, place in cited(text) if place not in known[what]]
    for page, quoted in _QUOTED.items():
        placed = sum(quoted.match(text, match.start() - 1) is not None for match in _LISTED[page].finditer(text))
        missing += [f"{page}.md without a section"] * (len(quoted.findall(text)) - placed)
    return missing


def _normal(place: str) -> str:
    """`7.3 row 49` as `7.3 no. 49`, `2 item 1` as `2.1`."""
    return re.sub(r" (?:item|step) ", ".", place.replace(" row ", " no. "))
