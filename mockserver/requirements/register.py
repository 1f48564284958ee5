"""Reading the register: rows of TOML, each checked for what a row must have."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

FILES: Final = ("cookbook.toml", "answers.toml", "description.toml")
"""The parts, in the order of the page."""

LEVELS: Final = ("MUST", "SHOULD", "MAY")
BOUND: Final = ("client", "service", "both", "partner")
"""Whom a requirement binds; a partner is the organisation behind a client."""

_ID: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*[a-z]{1,2}|[A-Z][0-9]{2}")
_TEST: Final = re.compile(r"tests/[a-z0-9_/]+\.py::test_[a-z0-9_]+")

_ROW: Final[Mapping[str, type]] = {
    "id": str,
    "source": str,
    "level": str,
    "binds": str,
    "text": str,
    "code": str,
    "rules": list,
    "cases": list,
    "tests": list,
    "untested": str,
}
_READING: Final[Mapping[str, type]] = {"of": list, "says": str, "reading": str}
_PART: Final[Mapping[str, type]] = {
    "title": str,
    "introduction": str,
    "clauses": dict,
    "requirement": list,
    "reading": list,
}


class RequirementsError(Exception):
    """A file of the register cannot be used; the message names file, row and key."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One sentence that binds somebody."""

    id: str
    """For ever. In the cookbook's part the clause and a letter: `5.1.2c`."""
    source: str
    """Clause of the cookbook; elsewhere R-numbers, or the section of another source."""
    level: str
    """MUST, SHOULD or MAY (RFC 2119). A "must not" is a MUST."""
    binds: str
    text: str
    """In our words."""
    code: str | None
    """A code of cookbook Table 1: every rule that is answered with it belongs to this row."""
    rules: Sequence[str]
    cases: Sequence[str]
    """Ids of cases of the suite; `*` stands for any letters (fnmatch)."""
    tests: Sequence[str]
    """Tests of this project, as `tests/FILE.py::FUNCTION`."""
    untested: str | None
    """Why nothing tests it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A place where the source contradicts itself, is damaged or is silent, and what was chosen."""

    of: Sequence[str]
    """Ids of the requirements it is about."""
    says: str
    reading: str


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the register."""

    title: str
    introduction: str
    clauses: Mapping[str, str]
    """Clause number to its heading, in the source's order; empty where the source has no clauses of its own."""
    requirements: Sequence[Requirement]
    readings: Sequence[Reading]


@cache
def parts() -> Sequence[Part]:
    """The whole register.

    Raises RequirementsError when an installed file was damaged.
    """
    folder = resources.files("mockserver.requirements")
    return tuple(load_part((folder / file).read_text(encoding="utf-8"), file) for file in FILES)


def load_part(text: str, file: str) -> Part:
    """The part that `text`, the content of a TOML file, describes.

    `file` is its name for messages. Raises RequirementsError.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RequirementsError(f"{file} is not TOML: {error}") from error
    _check(table, _PART, ("title", "introduction", "requirement"), file)
    clauses = table.get("clauses", {})
    rows = [_requirement(row, f"{file}, requirement {number}") for number, row in enumerate(table["requirement"], 1)]
    ids = [row.id for row in rows]
    if twice := {row_id for row_id in ids if ids.count(row_id) > 1}:
        raise RequirementsError(f"{file}: {', '.join(sorted(twice))} is there twice; an id belongs to one row for ever")
    for row in rows:
        if clauses and row.source not in clauses:
            raise RequirementsError(f"{file}: row {row.id} cites clause {row.source}, which [clauses] does not list")
    readings = [_reading(row, f"{file}, reading {number}") for number, row in enumerate(table.get("reading", []), 1)]
    for reading in readings:
        if unknown := [row_id for row_id in reading.of if row_id not in ids]:
            raise RequirementsError(f"{file}: a reading is of {', '.join(unknown)}, which is no row of this file")
    return Part(table["title"], table["introduction"], MappingProxyType(clauses), tuple(rows), tuple(readings))


def _requirement(row: Any, where: str) -> Requirement:
    _check(row, _ROW, ("id", "source", "level", "binds", "text"), where)
    where = f"{where} ({row['id']})"
    if not _ID.fullmatch(row["id"]):
        raise RequirementsError(f"{where}: the id has to be a clause and a letter, or a letter and two digits")
    for key, allowed in (("level", LEVELS), ("binds", BOUND)):
        if row[key] not in allowed:
            raise RequirementsError(f"{where}: {key} {row[key]!r} is none of {', '.join(allowed)}")
    if malformed := [test for test in row.get("tests", []) if not _TEST.fullmatch(test)]:
        raise RequirementsError(f"{where}: {malformed[0]!r} has to be written tests/FILE.py::test_NAME")
    answered = any(row.get(key) for key in ("code", "rules", "cases", "tests"))
    if answered == ("untested" in row):
        raise RequirementsError(f"{where}: needs rules, cases or tests, or else `untested` with the reason")
    return Requirement(
        id=row["id"],
        source=row["source"],
        level=row["level"],
        binds=row["binds"],
        text=row["text"],
        code=row.get("code"),
        rules=tuple(row.get("rules", ())),
        cases=tuple(row.get("cases", ())),
        tests=tuple(row.get("tests", ())),
        untested=row.get("untested"),
    )


def _reading(row: Any, where: str) -> Reading:
    _check(row, _READING, ("of", "says", "reading"), where)
    return Reading(tuple(row["of"]), row["says"], row["reading"])


def _check(table: Any, types: Mapping[str, type], required: Sequence[str], where: str) -> None:
    """All keys are known and of their type, lists hold texts or tables, and nothing required is missing or blank."""
    if not isinstance(table, dict):
        raise RequirementsError(f"{where}: has to be a table")
    for key, value in table.items():
        if key not in types:
            raise RequirementsError(f"{where}: {key} is not a known key; known are {', '.join(types)}")
        if not isinstance(value, types[key]) or (isinstance(value, str) and not value.strip()):
            raise RequirementsError(f"{where}: {key} is blank or of the wrong kind")
    for key in required:
        if key not in table:
            raise RequirementsError(f"{where}: {key} is missing")
