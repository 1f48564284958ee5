"""Time: which change of the sender's clock would have made the message acceptable."""

from collections.abc import Iterator
from typing import Final

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.assertion import CONDITIONS
from mockserver.gateway.message.envelope import string_value
from mockserver.instant import SECOND, DateTimeError, Instant, read_date_time
from mockserver.xray.explanation import Diagnosis
from mockserver.xray.search import Note

_HOUR: Final = 3600 * SECOND
_NEAR: Final = 120 * SECOND
"""A difference that is so near to whole hours is one of time zones."""
_FARTHEST_ZONE: Final = 14


def diagnose(exchange: Exchange) -> Iterator[Diagnosis]:
    """Of the Timestamp, then of the token's Conditions."""
    yield from _of_timestamp(exchange)
    yield from _of_token(exchange)


def _of_timestamp(exchange: Exchange) -> Iterator[Diagnosis]:
    timestamp, now = exchange.timestamp, exchange.request.received
    tolerance = exchange.policy.settings.tolerance * SECOND
    if timestamp is None or len(timestamp.created) != 1 or len(timestamp.expires) != 1:
        return
    created, expires = _instant(string_value(timestamp.created[0])), _instant(string_value(timestamp.expires[0]))
    if created is None or expires is None or expires < created or created - tolerance <= now <= expires + tolerance:
        return
    # The clock has to be moved by something between these two, both included.
    least, most = now - expires - tolerance, now - created + tolerance
    detail = f"a clock set {_moved(least, most)} would have been accepted"
    hours = round((created - now) / _HOUR)
    if hours and abs(hours) <= _FARTHEST_ZONE and abs(created - now - hours * _HOUR) <= _NEAR:
        plural = "" if abs(hours) == 1 else "s"
        side = "ahead of" if hours > 0 else "behind"
        yield Diagnosis("Timestamp", [Note("time-zone", f"it is {abs(hours)} hour{plural} {side} UTC; {detail}")])
        return
    side = "ahead" if created > now else "behind"
    distance = created - now if created > now else now - expires
    about = f"Created is {_span(distance)} ahead of the time of receipt"
    if side == "behind":
        about = f"Expires was {_span(distance)} ago when it was received"
    yield Diagnosis("Timestamp", [Note("clock", f"{about}; {detail}")])


def _of_token(exchange: Exchange) -> Iterator[Diagnosis]:
    if exchange.assertion is None:
        return
    now, settings = exchange.request.received, exchange.policy.settings
    for conditions in exchange.assertion.element.iterchildren(CONDITIONS):
        start, end = _instant(conditions.get("NotBefore", "")), _instant(conditions.get("NotOnOrAfter", ""))
        if end is not None and now >= end + settings.assertion_end_skew * SECOND:
            yield Diagnosis("Assertion", [Note("token-clock", f"it ended {_span(now - end)} before it was received")])
        elif start is not None and now < start - settings.assertion_skew * SECOND:
            detail = f"it begins {_span(start - now)} after it was received"
            yield Diagnosis("Assertion", [Note("token-clock", detail)])


def _moved(least: Instant, most: Instant) -> str:
    """Words for a shift; both bounds have one sign, for otherwise the message would have been in time."""
    if least > 0:
        return f"forward by {_span(least)} to {_span(most)}"
    return f"back by {_span(-most)} to {_span(-least)}"


def _instant(text: str) -> Instant | None:
    try:
        return read_date_time(text).instant
    except DateTimeError:
        return None


def _span(duration: Instant) -> str:
    """A duration in days, hours, minutes and seconds (to milliseconds), the zero parts left out."""
    milliseconds = duration // 1_000_000
    days, rest = divmod(milliseconds, 24 * 3600_000)
    hours, rest = divmod(rest, 3600_000)
    minutes, rest = divmod(rest, 60_000)
    seconds = f"{rest / 1000:.3f}".rstrip("0").rstrip(".")
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
    if rest or not any(parts):
        parts.append(f"{seconds} s")
    return " ".join(part for part in parts if part)
