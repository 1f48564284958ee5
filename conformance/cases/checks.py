"""What a case checks: the difference between what was expected and what came, in words."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How binding an expectation is (RFC 2119). A MUST can fail a case, a SHOULD warns, a MAY informs."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation. `held` is derived by whoever compares; the words are for the report either way."""

    what: str
    expected: str
    came: str
    held: bool
    level: Level | None = None
    """None: the case's own level."""

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, came {self.came}"


@dataclass(frozen=True, slots=True)
class Observation:
    """What the endpoint did where no source fixes what it must do. Reported, never held against it."""

    text: str
    review: bool = False
    """True when no source foresees it: a person must look."""


Finding = Check | Observation
"""What a case yields."""


def equal(what: str, expected: object, came: object, level: Level | None = None) -> Check:
    """The check that `came` is `expected`."""
    return Check(what, shown(expected), shown(came), came == expected, level)


def shown(value: object) -> str:
    """A value as a report writes it: text in quotes, so that blanks can be seen; None as "nothing"."""
    if value is None:
        return "nothing"
    return f'"{value}"' if isinstance(value, str) else str(value)
