"""User-Agent (cookbook 5.1.4): the table of values, each sent over HTTP.

OK: nothing to say. WARN: it passes the repaired regular expression but identifies too little, or is absent, as only
SHOULD is broken. FIND: it breaks the expression, or there is more than one. None of them is ever refused.
"""

from typing import Final

import pytest

from tests.conftest import Mock
from tests.rules.coverage import rows_of
from tests.rules.raw import lines_of, send, with_lines

OK: Final[list[str]] = []
ABSENT: Final = ["U01"]
WARN: Final = ["U03"]
FIND: Final = ["U02"]
REPEATED: Final = ["U01"]

_LONG: Final = b"a" * 4090 + b"/1 " + b"b" * 4090 + b"/1"

Row = tuple[int, tuple[bytes, ...], list[str]]

TABLE: Final[list[Row]] = [
    (1, (b"myProduct/62.310.4 Technical/3.19.0",), OK),
    (2, (b"Topaz-XXXX/123.23.X freeconnector/XXXXX.XXX",), OK),
    (3, (), ABSENT),
    (4, (b"",), FIND),
    (5, (b"/",), WARN),
    (6, (b"/ /",), WARN),
    (7, (b"a/ b/",), WARN),
    (8, (b"/1 /2",), WARN),
    (9, (b"myProduct/1.0",), WARN),
    (10, (b"eHealthTechnical/4.0.2",), WARN),
    (11, (b"myProduct Technical/3.19.0",), FIND),
    (12, (b"myProduct/1.0 Technical",), FIND),
    (13, (b"myProduct/1.0  Technical/3.19.0",), FIND),
    (14, (b"myProduct/1.0\tTechnical/3.19.0",), FIND),
    (15, (b" \t myProduct/1.0 Technical/3.19.0 \t ",), OK),
    (16, (b"myProduct/1.0 Technical/3.19.0 Java/17.0.2",), WARN),
    (17, (b"myProduct/1.0 (Windows NT 10.0) Technical/3.19.0",), FIND),
    (18, (b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",), FIND),
    (19, (b"Apache-HttpClient/4.5.13 (Java/17.0.2)",), FIND),
    (20, (b"python-requests/2.31.0",), WARN),
    (21, (b"Apache CXF 3.5.5",), FIND),
    (22, (b"JAX-WS-RI/2.3.1 svn-revision#unknown",), FIND),
    (23, (b"my_product/1.0 Technical/3.19.0",), FIND),
    (24, (b"my.product/1.0 Technical/3.19.0",), FIND),
    (25, (b"my/product/1.0 Technical/3.19.0",), WARN),
    (26, (b"a/b/c/d e/f/g",), WARN),
    (27, (b"myProduct//1.0 Technical/3.19.0",), WARN),
    (28, (b"http://x/1.0 Technical/3.19.0",), FIND),
    (29, (b"myProduct/1.0-rc_1 Technical/3.19.0",), OK),
    (30, (b"myProduct/1.0+build Technical/3.19.0",), FIND),
    (31, (b"myProduct/1.0~rc1 Technical/3.19.0",), FIND),
    (32, ("mÿProduct/1.0 Technical/3.19.0".encode("latin-1"),), FIND),
    (32, ("mÿProduct/1.0 Technical/3.19.0".encode(),), FIND),
    (33, ("myProduct/\u0663.0 Technical/3.19.0".encode(),), FIND),  # ARABIC-INDIC DIGIT THREE
    (34, (b'"myProduct/1.0" Technical/3.19.0',), FIND),
    (35, (b"myProduct/1.0, Technical/3.19.0",), FIND),
    (36, (b"myProduct/1.0", b"Technical/3.19.0"), REPEATED),
    (37, (b"-/- -/-",), WARN),
    (38, (b"MyProduct/1.0 myproduct/1.0",), OK),
    # 39 is refused by HTTP, below.
    (40, (_LONG,), WARN),
    (41, (b"[myProduct/1.0 Technical/3.19.0",), FIND),
]


@pytest.mark.parametrize(
    ("values", "rules"),
    [row[1:] for row in TABLE],
    ids=[f"{number} {values[0][:40] if values else 'absent'!r}" for number, values, _ in TABLE],
)
def test_each_user_agent_is_judged_as_the_table_says(mock: Mock, values: tuple[bytes, ...], rules: list[str]) -> None:
    reply = send(mock, mock.forge(), with_lines(lines_of(mock), b"User-Agent", *values))
    assert (reply.http, reply.status) == (200, "Success")
    assert (reply.rules, reply.warnings) == ([], rules)


@pytest.mark.parametrize(
    "value",
    [
        b"myProduct/1.0 Technical/3.19.0\n",
        b"myProduct/1.0 Technical/3.19.0\nX-Injected: 1",
        b"myProduct/1.0 Technical/3.19.0\r",
        b"myProduct/1.0\0 Technical/3.19.0",
    ],
)
def test_a_user_agent_with_a_line_end_or_nul_is_400(mock: Mock, value: bytes) -> None:
    """Row 39."""
    reply = send(mock, mock.forge(), with_lines(lines_of(mock), b"User-Agent", value))
    assert (reply.http, reply.soa, reply.entry["rule"]) == (400, None, "Q10")
    assert b"Envelope" not in reply.body


def test_over_the_limit_of_the_head_it_is_431(mock: Mock) -> None:
    """Row 40."""
    reply = send(mock, mock.forge(), with_lines(lines_of(mock), b"User-Agent", b"a" * 40_000 + b"/1 b/1"))
    assert reply.http == 431


def test_the_table_is_complete() -> None:
    rows = {int(row) for row in rows_of("8.2")}
    assert len(rows) == 41
    assert {number for number, *_ in TABLE} | {39} == rows
