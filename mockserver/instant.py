"""Instants of time, compared exactly.

An Instant is a whole number of nanoseconds since 1970-01-01T00:00:00Z, as an `int`. The gateway compares bounds
that include their ends (`rules.md` 7.1), so a float, or a `datetime` that drops the seventh digit, would judge
60.0000009 seconds as one minute. Python's integers also never overflow: `0001-01-01` minus five minutes is an
ordinary number here, where `datetime` raises OverflowError.
"""

import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final, NamedTuple

Instant = int
"""Nanoseconds since 1970-01-01T00:00:00Z; negative before."""

Clock = Callable[[], Instant]

SECOND: Final = 1_000_000_000
"""Nanoseconds in a second."""

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_MAX_FRACTION: Final = 9
_MAX_LENGTH: Final = 64

# XML Schema 1.0 part 2, section 3.2.7.1, narrowed to a year of four digits without sign (rules.md 7.3 no. 63).
# [0-9] and not \d: \d takes the digits of every script. Always used with fullmatch: $ matches before a newline.
_DATE_TIME: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_XML_BLANKS: Final = " \t\r\n"


class DateTimeError(ValueError):
    """The text is not an instant this service can read; the message says why, without repeating the text."""


class DateTime(NamedTuple):
    """What an xs:dateTime said: the instant, and what the judge of its form needs to know."""

    instant: Instant
    zone: str
    """`Z`, `+00:00`, `-00:00` and the like, exactly as written; empty when there was none."""
    fraction_digits: int
    padded: bool
    """Blanks stood around the value; XML Schema collapses them, other stacks fail on them."""


@lru_cache(maxsize=256)  # about ten rules read the same few texts of one message
def read_date_time(text: str) -> DateTime:
    """Read an xs:dateTime exactly.

    A value without a zone is read as UTC and has `zone == ""`; whether that may pass is the caller's rule.
    Seconds must be below 60 (Basic Security Profile R3213, R3215) and the hour below 24: XML Schema's 24:00:00 is
    refused by Java and .NET alike (`rules.md` 7.3 no. 56).

    Raises DateTimeError.
    """
    if len(text) > _MAX_LENGTH:
        raise DateTimeError(f"longer than {_MAX_LENGTH} characters")
    trimmed = text.strip(_XML_BLANKS)
    match = _DATE_TIME.fullmatch(trimmed)
    if match is None:
        raise DateTimeError("not of the form YYYY-MM-DDThh:mm:ss[.fff]Z")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction, zone = match.group(7) or "", match.group(8) or ""
    if len(fraction) > _MAX_FRACTION:
        raise DateTimeError(f"more than {_MAX_FRACTION} fraction digits")
    try:
        days = date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError as error:
        raise DateTimeError("no such day in the calendar") from error
    if hour > 23 or minute > 59 or second > 59:
        raise DateTimeError("no such time of day")
    seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - _offset_seconds(zone)
    nanoseconds = int(fraction.ljust(_MAX_FRACTION, "0")) if fraction else 0
    return DateTime(seconds * SECOND + nanoseconds, zone, len(fraction), trimmed != text)


def _offset_seconds(zone: str) -> int:
    if zone in ("", "Z"):
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        raise DateTimeError("no such zone: XML Schema ends at 14:00")
    offset = (hours * 60 + minutes) * 60
    return -offset if zone[0] == "-" else offset


def format_instant(instant: Instant) -> str:
    """The instant as `YYYY-MM-DDThh:mm:ss.fffZ`, cut (not rounded) to milliseconds as the connector writes it.

    Instants outside the years 1 to 9999 are written as seconds since 1970, which no message contains but a finding
    may have to show.
    """
    seconds, rest = divmod(instant, SECOND)
    try:
        return f"{_to_the_second(seconds)}.{rest // 1_000_000:03d}Z"
    except (OverflowError, ValueError, OSError):
        return f"{seconds} s since 1970"


@lru_cache(maxsize=64)  # many answers are given in the same second
def _to_the_second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


def system_clock() -> Instant:
    """Now, by the machine's clock."""
    return time.time_ns()


MOST_SKEW: Final = 50 * 366 * 86400
"""Seconds, 50 years: X.509 has no time before 1950, so further back no certificate of the test PKI could be made."""


def skewed_clock(seconds: float) -> Clock:
    """The machine's clock, so many seconds ahead (negative: behind)."""
    offset = round(seconds * SECOND)
    return system_clock if offset == 0 else lambda: system_clock() + offset
