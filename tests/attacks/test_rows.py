"""No row of `rules.md` 6.2 and 6.3 is forgotten."""

import re
from pathlib import Path

import pytest

from tests.attacks.catalogue import Attack, Harmless, attack, attacks, harmless_messages
from tests.conftest import Mock

_RULES = Path(__file__).parents[2] / "docs" / "spec" / "rules.md"
_SECTIONS = {"6.2", "6.3"}

EXCUSED: dict[str, str] = {}
"""Rows that no attack covers, with the reason. None."""


def _rows() -> list[str]:
    found, section = [], ""
    for line in _RULES.read_text("utf-8").splitlines():
        if heading := re.match(r"### ([0-9.]+) ", line):
            section = heading[1]
        elif section in _SECTIONS and (row := re.match(r"\| (A[0-9]+) \|", line)):
            found.append(row[1])
    return found


def _registered() -> list[Attack | Harmless]:
    return [*attacks(), *harmless_messages()]


@pytest.mark.parametrize("row", _rows())
def test_every_row_is_attacked_or_excused(row: str) -> None:
    attacked = any(each.row == row for each in _registered())
    assert attacked != (row in EXCUSED), "covered and excused, or neither"


def test_the_rows_are_found() -> None:
    """A01 to A35 and A40 to A75: a table that is written otherwise must not make the test above an empty one."""
    assert _rows() == [f"A{number:02}" for number in (*range(1, 36), *range(40, 76))]


def test_an_id_is_registered_once() -> None:
    taken = _registered()[0].id
    with pytest.raises(ValueError, match="registered twice"):
        attack(taken, soa="SOA-01001", title="again")(_nothing)


def test_an_attack_has_a_title() -> None:
    with pytest.raises(ValueError, match="no docstring"):
        attack("A99-untitled", soa="SOA-01001")(_nothing)


@pytest.mark.parametrize("wrong", ["A1", "B01", "A01 x", "a01", "A01-"])
def test_an_id_has_the_form_of_a_row(wrong: str) -> None:
    with pytest.raises(ValueError, match="no id of an attack"):
        attack(wrong, soa="SOA-01001", title="wrong")(_nothing)


def _nothing(mock: Mock) -> bytes:
    return b""
