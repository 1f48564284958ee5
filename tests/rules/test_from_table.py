"""From (cookbook 5.1.4): the table of values, each sent over HTTP."""

from typing import Final

import pytest

from tests.conftest import Mock
from tests.rules.coverage import rows_of
from tests.rules.raw import lines_of, send, with_lines

OK: Final[list[str]] = []
ABSENT: Final = ["F01"]
WARN: Final = ["F03"]
FIND: Final = ["F02"]

Row = tuple[int, tuple[bytes, ...], list[str]]

TABLE: Final[list[Row]] = [
    (1, (b"info@mycompany.be",), OK),
    (2, (), ABSENT),
    (3, (b"Ops Team <info@mycompany.be>",), WARN),
    (4, (b"info@mycompany",), WARN),
    (5, (b"mycompany.be",), FIND),
    (5, (b"info@",), FIND),
    (5, (b"@x.be",), FIND),
    (5, (b"a@@b.be",), FIND),
    (5, (b"",), FIND),
    (6, (b"a@x.be, b@x.be",), FIND),
    (6, (b"a@x.be", b"b@x.be"), ["F01"]),
    (7, (b"mailto:info@x.be",), FIND),
    (8, ("info@münchen.example".encode(),), FIND),
    (8, ("info@münchen.example".encode("latin-1"),), FIND),
    (8, (b"info@xn--mnchen-3ya.example",), OK),
    # 9 is refused by HTTP, below.
    (10, (b"a" * 245 + b"@x.example",), FIND),
    (10, (b"a" * 244 + b"@x.example",), OK),
]


@pytest.mark.parametrize(
    ("values", "rules"),
    [row[1:] for row in TABLE],
    ids=[f"{number} {values[0][:40] if values else 'absent'!r}" for number, values, _ in TABLE],
)
def test_each_from_is_judged_as_the_table_says(mock: Mock, values: tuple[bytes, ...], rules: list[str]) -> None:
    reply = send(mock, mock.forge(), with_lines(lines_of(mock), b"From", *values))
    assert (reply.http, reply.status) == (200, "Success")
    assert (reply.rules, reply.warnings) == ([], rules)


@pytest.mark.parametrize("value", [b"info@x.be\nX-Injected: 1", b"info@x.be\r", b"info@x.be\0"])
def test_a_from_with_a_line_end_or_nul_is_400(mock: Mock, value: bytes) -> None:
    """Row 9."""
    reply = send(mock, mock.forge(), with_lines(lines_of(mock), b"From", value))
    assert (reply.http, reply.soa, reply.entry["rule"]) == (400, None, "Q10")
    assert b"Envelope" not in reply.body


def test_the_table_is_complete() -> None:
    rows = {int(row) for row in rows_of("8.3")}
    assert len(rows) == 10
    assert {number for number, *_ in TABLE} | {9} == rows
