"""Time to live one minute, tolerance five minutes (cookbook 6.2): the decision table, row by row.

Every message is signed by the holder after its times were replaced, so that nothing but the times can refuse it.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from lxml import etree

from mockserver.namespaces import WSU
from tests.forge import Forge, duplicate
from tests.rules.bench import Bench, Judgement, at
from tests.rules.coverage import rows_of

DAY = "2022-08-01T"
C = DAY + "10:00:00.000Z"
E = DAY + "10:01:00.000Z"

Change = Callable[[Forge], object]


@dataclass(frozen=True)
class Row:
    """A row of the table. The rules are all that refuse, warn or are noted, as the verdict says."""

    number: int
    case: str
    verdict: str
    rules: tuple[str, ...] = ()
    created: str = C
    expires: str = E
    received: str = C
    warns: tuple[str, ...] = ()
    """Rules that warn although the verdict is reject."""


FULL_WIDTH = str.maketrans("0123456789", "".join(chr(ord("\uff10") + digit) for digit in range(10)))
ARABIC_INDIC = str.maketrans("0123456789", "".join(chr(ord("\u0660") + digit) for digit in range(10)))


def moment(time_of_day: str) -> str:
    return f"{DAY}{time_of_day}Z"


BOUNDARIES = [
    Row(1, "Created in the far future", "reject", ("T5",), received=moment("09:54:59.999")),
    Row(2, "exactly five minutes early", "accept", ("T7",), received=moment("09:55:00.000")),
    Row(3, "one millisecond inside", "accept", ("T7",), received=moment("09:55:00.001")),
    Row(4, "received at Created", "accept"),
    Row(5, "inside the time to live", "accept", received=moment("10:00:30")),
    Row(6, "received at Expires", "accept", received=E),
    Row(7, "one millisecond after Expires, late but tolerated", "accept", ("T7",), received=moment("10:01:00.001")),
    Row(8, "exactly five minutes after Expires", "accept", ("T7",), received=moment("10:06:00.000")),
    Row(9, "one millisecond later than that", "reject", ("T6",), received=moment("10:06:00.001")),
    Row(10, "Expires equals Created", "reject", ("T3",), expires=C),
    Row(11, "Expires one second before Created", "reject", ("T3",), expires=moment("09:59:59")),
    Row(12, "a life of one millisecond", "accept", expires=moment("10:00:00.001")),
    Row(13, "a life of 59.999 s", "accept", expires=moment("10:00:59.999")),
    Row(13, "a life of 60.000 s", "accept"),
    Row(14, "a life of 60.001 s", "reject", ("T4",), expires=moment("10:01:00.001")),
    # A datetime keeps six digits and would see 60.000000 here.
    Row(15, "a life of 60.0000009 s", "reject", ("T4",), expires=moment("10:01:00.0000009"), warns=("S20",)),
    Row(15, "a life of 59.9999999 s", "warn", ("S20",), expires=moment("10:00:59.9999999")),
    Row(15, "a nanosecond too late", "reject", ("T6",), received=moment("10:06:00.000000001")),
    Row(16, "a life of 61 s", "reject", ("T4",), expires=moment("10:01:01")),
    Row(17, "a life of 300 s, WSS4J's default", "reject", ("T4",), expires=moment("10:05:00")),
    Row(18, "a life of 30 s", "accept", expires=moment("10:00:30")),
    Row(19, "a life of 1 s, received 301 s after Created", "accept", ("T7",), expires=moment("10:00:01"),
        received=moment("10:05:01")),
    Row(20, "a life of 1 s, received 301.001 s after Created", "reject", ("T6",), expires=moment("10:00:01"),
        received=moment("10:05:01.001")),
]  # fmt: skip

LEXICAL = [
    Row(40, "canonical", "accept", created=moment("10:00:00")),
    Row(41, "one fraction digit", "accept", created=moment("10:00:00.1"), received=moment("10:00:01")),
    Row(41, "two fraction digits", "accept", created=moment("10:00:00.12"), received=moment("10:00:01")),
    Row(41, "three fraction digits", "accept", created=moment("10:00:00.123"), received=moment("10:00:01")),
    Row(42, "six fraction digits", "warn", ("S20",), created=moment("10:00:00.123456"), received=moment("10:00:01")),
    Row(42, "nine fraction digits", "warn", ("S20",), created=moment("10:00:00.123456789"),
        received=moment("10:00:01")),
    Row(42, "ten fraction digits", "reject", ("T2",), created=moment("10:00:00.1234567890")),
    Row(43, "a point without digits", "reject", ("T2",), created=moment("10:00:00.")),
    Row(44, "a comma", "reject", ("T2",), created=moment("10:00:00,5")),
    Row(45, "no seconds", "reject", ("T2",), created=moment("10:00")),
    Row(46, "a blank instead of T", "reject", ("T2",), created="2022-08-01 10:00:00Z"),
    Row(47, "the basic form", "reject", ("T2",), created="20220801T100000Z"),
    Row(47, "a week date", "reject", ("T2",), created="2022-W31-1T10:00:00Z"),
    Row(48, "no zone", "reject", ("S18",), created="2022-08-01T10:00:00"),
    Row(49, "+00:00", "warn", ("S18-form",), created="2022-08-01T10:00:00+00:00"),
    Row(49, "-00:00", "warn", ("S18-form",), created="2022-08-01T10:00:00-00:00"),
    Row(50, "+02:00, the same instant", "reject", ("S18",), created="2022-08-01T12:00:00+02:00"),
    Row(51, "+14:00", "reject", ("S18",), created="2022-08-02T00:00:00+14:00"),
    Row(51, "+14:01, which XML Schema does not know", "reject", ("T2",), created="2022-08-02T00:01:00+14:01"),
    Row(52, "a lower-case t", "reject", ("T2",), created="2022-08-01t10:00:00Z"),
    Row(52, "a lower-case z", "reject", ("T2",), created="2022-08-01T10:00:00z"),
    Row(53, "XML blanks around the value", "warn", ("T2-blanks",), created=f" \t\n{C}\r\n "),
    Row(53, "a no-break space before the value", "reject", ("T2",), created=f"\u00a0{C}"),
    Row(53, "a line separator after the value", "reject", ("T2",), created=f"{C}\u2028"),
    Row(54, "a leap second", "reject", ("T2",), created=moment("23:59:60")),
    Row(55, "second 60", "reject", ("T2",), created=moment("10:00:60")),
    Row(55, "second 61", "reject", ("T2",), created=moment("10:00:61")),
    Row(56, "24:00:00", "reject", ("T2",), created="2022-07-31T24:00:00Z"),
    Row(57, "29 February of a common year", "reject", ("T2",), created="2022-02-29T10:00:00Z"),
    Row(57, "month 13", "reject", ("T2",), created="2022-13-01T10:00:00Z"),
    Row(57, "day 0", "reject", ("T2",), created="2022-08-00T10:00:00Z"),
    Row(57, "month 0", "reject", ("T2",), created="2022-00-10T10:00:00Z"),
    Row(58, "29 February of a leap year", "accept", created="2024-02-29T23:59:30Z", expires="2024-03-01T00:00:30Z",
        received="2024-03-01T00:00:00Z"),
    Row(59, "year 0", "reject", ("T2",), created="0000-01-01T00:00:00Z"),
    # Where dates are objects, Created - 300 s raises OverflowError: a SOA-00001 instead of a refusal.
    Row(60, "the year 1", "reject", ("T6",), created="0001-01-01T00:00:00Z", expires="0001-01-01T00:01:00Z"),
    Row(60, "Created in the year 1", "reject", ("T4",), created="0001-01-01T00:00:00Z"),
    Row(60, "Expires in the year 1", "reject", ("T3", "T6"), expires="0001-01-01T00:00:00Z"),
    # And Expires + 300 s here.
    Row(61, "the end of the year 9999", "reject", ("T5",), created="9999-12-31T23:59:59Z",
        expires="9999-12-31T23:59:59.999Z"),
    Row(62, "Expires in the year 9999", "reject", ("T4",), expires="9999-12-31T23:59:59Z"),
    Row(63, "a year before Christ", "reject", ("T2",), created="-0001-01-01T00:00:00Z"),
    Row(63, "a year of five digits", "reject", ("T2",), created="12022-08-01T10:00:00Z"),
    Row(63, "a year with a sign", "reject", ("T2",), created="+2022-08-01T10:00:00Z"),
    Row(64, "Arabic-Indic digits", "reject", ("T2",), created=C.translate(ARABIC_INDIC)),
    Row(64, "full-width digits", "reject", ("T2",), created=C.translate(FULL_WIDTH)),
    # `$` matches before a final newline; this one is row 53's case and no other.
    Row(65, "a newline at the end", "warn", ("T2-blanks",), created=f"{C}\n"),
    Row(66, "10 000 fraction digits", "reject", ("T2",), created=f"{DAY}10:00:00.{'1' * 10_000}Z"),
]  # fmt: skip


def judge(bench: Bench, row: Row, *changes: Change, profile: str = "cookbook") -> Judgement:
    received = at(row.received)
    forge = bench.forge(now=received)
    forge.created.text, forge.expires.text = row.created, row.expires
    for change in changes:
        change(forge)
    return bench.judge(forge.sign(), received=received, profile=profile)


def assert_judged(row: Row, judgement: Judgement) -> None:
    assert judgement.verdict == row.verdict, judgement.report.to_json()
    if row.verdict == "reject":
        assert judgement.report.answer.soa == "SOA-01001"
        assert (judgement.refusing, judgement.warning) == (list(row.rules), list(row.warns))
    else:
        found = judgement.warning if row.verdict == "warn" else judgement.noted
        assert (judgement.refusing, found) == ([], list(row.rules))


def named(row: Row) -> str:
    return f"{row.number} {row.case}"


@pytest.mark.parametrize("row", BOUNDARIES, ids=named)
def test_each_boundary_is_judged_as_the_table_says(bench: Bench, row: Row) -> None:
    assert_judged(row, judge(bench, row))


@pytest.mark.parametrize("row", LEXICAL, ids=named)
def test_each_way_to_write_created_is_judged_as_the_table_says(bench: Bench, row: Row) -> None:
    assert_judged(row, judge(bench, row))


IN_CREATED_ONLY = [row for row in LEXICAL if row.expires == E]


@pytest.mark.parametrize("row", [row for row in IN_CREATED_ONLY if row.number not in (60,)], ids=named)
def test_each_way_to_write_expires_is_judged_as_the_table_says(bench: Bench, row: Row) -> None:
    swapped = Row(row.number, row.case, row.verdict, row.rules, moment("09:59:59.5"), row.created, warns=row.warns)
    judgement = judge(bench, swapped)
    # A value that is read has an instant that is not the one Expires should have; here its form alone is asked.
    assert judgement.verdict == row.verdict
    assert set(row.rules) <= {rule for rule, _ in judgement.found}


@pytest.fixture
def in_brussels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's zone is one with summer time."""
    if not hasattr(time, "tzset"):
        pytest.skip("this platform has no tzset")
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", "Europe/Brussels")
    time.tzset()
    yield
    monkeypatch.undo()
    assert os.environ.get("TZ") == before
    time.tzset()


SWITCHES = [
    Row(67, "into summer time, when 02:00 to 03:00 does not exist", "accept", (),
        "2023-03-26T00:59:30Z", "2023-03-26T01:00:30Z", "2023-03-26T01:00:00Z"),
    Row(67, "out of summer time, when 02:00 to 03:00 comes twice", "accept", (),
        "2022-10-30T00:59:30Z", "2022-10-30T01:00:30Z", "2022-10-30T01:00:00Z"),
    Row(67, "an hour after the switch it has expired", "reject", ("T6",),
        "2022-10-30T00:30:00Z", "2022-10-30T00:31:00Z", "2022-10-30T01:30:00Z"),
    Row(67, "the last minute of a year", "accept", (),
        "2022-12-31T23:59:30Z", "2023-01-01T00:00:30Z", "2022-12-31T23:59:59.999Z"),
]  # fmt: skip


@pytest.mark.usefixtures("in_brussels")
@pytest.mark.parametrize("row", SWITCHES, ids=named)
def test_the_zone_of_the_machine_changes_nothing(bench: Bench, row: Row) -> None:
    assert_judged(row, judge(bench, row))


def unsigned(forge: Forge, target_id: str | None) -> None:
    """Take the Reference to this id out of SignedInfo."""
    for reference in forge.references:
        if reference.get("URI") == f"#{target_id}":
            forge.signed_info.remove(reference)


def without_timestamp(forge: Forge) -> None:
    unsigned(forge, forge.timestamp.get(f"{{{WSU}}}Id"))
    forge.security.remove(forge.timestamp)


def other_timestamp_signed(forge: Forge) -> None:
    """The one in our header is not, one in another header block is."""
    other = duplicate(forge.timestamp)
    block = etree.SubElement(forge.header, "{urn:example}Block")
    block.append(other)
    forge.timestamp.set(f"{{{WSU}}}Id", "other")


def without_id(forge: Forge) -> None:
    unsigned(forge, forge.timestamp.get(f"{{{WSU}}}Id"))
    del forge.timestamp.attrib[f"{{{WSU}}}Id"]


def twice(part: Callable[[Forge], etree._Element]) -> Change:
    def change(forge: Forge) -> None:
        element = part(forge)
        element.addnext(duplicate(element))

    return change


def two_timestamps(forge: Forge) -> None:
    twin = duplicate(forge.timestamp)
    twin.set(f"{{{WSU}}}Id", "twin")
    forge.timestamp.addnext(twin)


def with_child(element: etree._Element, tag: str) -> None:
    etree.SubElement(element, tag)


STRUCTURE: list[tuple[int, str, tuple[str, ...], Change]] = [
    (21, "Created missing", ("S13",), lambda forge: forge.timestamp.remove(forge.created)),
    (22, "Expires missing", ("S14",), lambda forge: forge.timestamp.remove(forge.expires)),
    (23, "Timestamp missing", ("S11",), without_timestamp),
    (24, "two Timestamps", ("S11",), two_timestamps),
    (24, "two Created", ("S13",), twice(lambda forge: forge.created)),
    (24, "two Expires", ("S14",), twice(lambda forge: forge.expires)),
    (25, "Expires before Created", ("S15",), lambda forge: forge.created.addprevious(forge.expires)),
    (26, "empty Created", ("T2",), lambda forge: setattr(forge.created, "text", None)),
    (27, "a comment in Created", ("T2",), lambda forge: forge.created.append(etree.Comment("x"))),
    (27, "an element in Created", ("T2",), lambda forge: with_child(forge.created, "{urn:example}x")),
    (28, "ValueType on Created", ("S17",), lambda forge: forge.created.set("ValueType", "xs:dateTime")),
    (28, "ValueType on Expires", ("S17",), lambda forge: forge.expires.set("ValueType", "xs:dateTime")),
    (29, "wsu:Received", ("S16",), lambda forge: with_child(forge.timestamp, f"{{{WSU}}}Received")),
    (29, "a foreign element", ("S16",), lambda forge: with_child(forge.timestamp, "{urn:example}x")),
    (29, "text beside the times", ("S16",), lambda forge: setattr(forge.created, "tail", "now")),
    (30, "Timestamp not signed", ("S52",), lambda forge: unsigned(forge, forge.timestamp.get(f"{{{WSU}}}Id"))),
    (30, "another Timestamp signed", ("S12",), other_timestamp_signed),
    (31, "no wsu:Id", ("S52",), without_id),
]


@pytest.mark.parametrize(
    ("rules", "change"), [row[2:] for row in STRUCTURE], ids=[f"{number} {case}" for number, case, *_ in STRUCTURE]
)
def test_each_structure_is_judged_as_the_table_says(bench: Bench, rules: tuple[str, ...], change: Change) -> None:
    judgement = judge(bench, Row(0, "", "reject"), change)
    assert (judgement.verdict, judgement.refusing) == ("reject", list(rules))
    assert judgement.report.answer.soa == "SOA-01001"


@pytest.mark.parametrize(
    ("created", "expires", "verdict", "rules"),
    [
        ("2022-08-01T12:00:00+02:00", E, "warn", ["S18"]),  # row 50
        (C, "2022-08-01T04:31:00-05:30", "warn", ["S18"]),
        ("2022-08-01T10:00:00+02:00", "2022-08-01T10:01:00+02:00", "reject", ["T6"]),
        (C, moment("10:05:00"), "accept", []),  # row 17: acceptance takes a life of five minutes
        (C, moment("10:05:00.001"), "reject", ["T4"]),
    ],
)
def test_the_lenient_profile_converts_zones_and_takes_five_minutes(
    bench: Bench, created: str, expires: str, verdict: str, rules: list[str]
) -> None:
    judgement = judge(bench, Row(0, "", verdict, (), created, expires), profile="lenient")
    assert judgement.verdict == verdict
    assert (judgement.refusing or judgement.warning) == rules


def test_the_table_is_complete() -> None:
    numbers = {row.number for row in (*BOUNDARIES, *LEXICAL, *SWITCHES)} | {number for number, *_ in STRUCTURE}
    assert numbers == {int(row) for row in rows_of("7.2", "7.3")}
    assert len(numbers) == 31 + 28
