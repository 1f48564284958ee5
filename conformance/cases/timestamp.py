"""Time to live and clock skew (cookbook 6.2).

"The time-to-live is the time difference between the Created and Expires elements in the Timestamp": one minute, with a
"tolerance of 5 minutes to account for the clock skew". Both come from one reading of the clock, corrected by the Date
of the endpoint's answer to OPTIONS where it gives one: what is tested are the endpoint's bounds, not this machine's
clock. Cases at a bound keep ten seconds away from it, which the way there and the whole seconds of Date may cost.
"""

from collections.abc import Callable, Iterator
from typing import Final

from conformance.cases.checks import Finding, Level, Observation
from conformance.cases.expectations import SUCCESS, expect_either, expect_success, expect_system_error, system_error
from conformance.cases.known import PERSON
from conformance.cases.registry import case
from conformance.client.exchange import Client
from conformance.client.parts import Change, removed
from conformance.client.signer import TIME_TO_LIVE, life_from
from mockserver.instant import SECOND, Instant, format_instant

TOLERANCE: Final = 300
"""Seconds: cookbook 6.2."""

MARGIN: Final = 10
"""Seconds kept from a bound that depends on the endpoint's clock."""

NOT_AUTHENTICATED: Final = "SOA-01001"

Times = Callable[[Instant], tuple[str, str]]
"""From now, by the endpoint's clock, to the texts of Created and Expires."""


def _times_case(identifier: str, text: str, times: Times, *accepted: str, level: Level = Level.MUST) -> None:
    def steps(client: Client) -> Iterator[Finding]:
        by_endpoint = client.endpoint_time()
        now = client.now() if by_endpoint is None else by_endpoint
        exchange = client.generate_covid_id(client.credentials.requester, PERSON, times=times(now))
        if accepted == (SUCCESS.label,):
            yield from expect_success(exchange)
        elif len(accepted) == 1:
            yield from expect_system_error(exchange, accepted[0])
        else:
            outcomes = [SUCCESS if code == SUCCESS.label else system_error(code) for code in accepted]
            yield from expect_either(exchange, *outcomes)
        if by_endpoint is None:
            yield Observation("the endpoint gives no Date to OPTIONS: this machine's clock was taken for its own")

    steps.__doc__ = text
    case(identifier, clause="6.2", level=level, intrusive=accepted != (SUCCESS.label,))(steps)


def _life(seconds: float, shift: float = 0) -> Times:
    """A life of so many seconds that began `shift` seconds from now."""
    return lambda now: life_from(now + round(shift * SECOND), seconds)


def _written(change: Callable[[str], str]) -> Times:
    """A minute from now, each time written in another form."""
    return lambda now: (change(format_instant(now)), change(format_instant(now + TIME_TO_LIVE * SECOND)))


for _identifier, _text, _times in (
    ("ttl-60", "A life of exactly one minute is accepted.", _life(60)),
    ("ttl-59-999", "A life of a minute less a millisecond is accepted.", _life(59.999)),
    ("ttl-30", "A life of half a minute is accepted: one minute is the most.", _life(30)),
    ("ttl-1", "A life of one second is accepted.", _life(1)),
    ("late", "A message that expired a minute ago is accepted: tolerance.", _life(60, -120)),
    ("late-at-bound", "A message that expired five minutes ago, less ten seconds, is accepted.",
     _life(60, -60 - TOLERANCE + MARGIN)),
    ("early", "A message created in a minute is accepted: tolerance.", _life(60, 60)),
    ("early-at-bound", "A message created in five minutes, less ten seconds, is accepted.",
     _life(60, TOLERANCE - MARGIN)),
    ("whole-seconds", "Times without a fraction are accepted.", _written(lambda text: f"{text[:19]}Z")),
    ("one-digit", "Times with one digit of a second's fraction are accepted.",
     _written(lambda text: f"{text[:19]}.5Z")),
):  # fmt: skip
    _times_case(f"timestamp-{_identifier}", _text, _times, "Success")

for _identifier, _text, _times in (
    ("too-late", "A message that expired more than five minutes ago is refused: SOA-01001.",
     _life(60, -60 - TOLERANCE - MARGIN)),
    ("yesterday", "A message of yesterday is refused: SOA-01001.", _life(60, -24 * 3600)),
    ("too-early", "A message created in more than five minutes is refused: SOA-01001.",
     _life(60, TOLERANCE + MARGIN)),
    ("expires-before-created", "Expires lies before Created: SOA-01001.", _life(-1)),
    ("expires-is-created", "Expires is Created, a life of nothing: SOA-01001.", _life(0)),
    ("year-1", "Created in the year 1: SOA-01001, not a service error.",
     lambda _: ("0001-01-01T00:00:00Z", "0001-01-01T00:01:00Z")),
    ("year-9999", "Created in the year 9999: SOA-01001, not a service error.",
     lambda _: ("9999-12-31T23:58:59Z", "9999-12-31T23:59:59Z")),
    ("no-time", "Created is a word: SOA-01001.", lambda now: ("now", format_instant(now))),
    ("empty", "Created is empty: SOA-01001.", lambda now: ("", format_instant(now + SECOND))),
    ("blank-for-t", "A blank stands between date and time: SOA-01001.",
     _written(lambda text: text.replace("T", " "))),
    ("no-seconds", "The seconds are left out, which XML Schema does not allow: SOA-01001.",
     _written(lambda text: f"{text[:16]}Z")),
    ("other-digits", "Digits of another script: SOA-01001.",
     _written(lambda text: text.replace("0", "٠").replace("2", "٢"))),
    ("no-such-day", "The 30th of February: SOA-01001.",
     lambda _: ("2026-02-30T10:00:00Z", "2026-02-30T10:01:00Z")),
):  # fmt: skip
    _times_case(f"timestamp-{_identifier}", _text, _times, NOT_AUTHENTICATED)

for _identifier, _text, _times in (
    ("ttl-61", "A life of a minute and a second is longer than the cookbook's: it should be SOA-01001.", _life(61)),
    ("ttl-300", "A life of five minutes, which WSS4J takes by itself: it should be SOA-01001. A warning and no failure,"
     " because the acceptance environment was seen to accept it.", _life(300)),
):  # fmt: skip
    _times_case(f"timestamp-{_identifier}", _text, _times, NOT_AUTHENTICATED, level=Level.SHOULD)

for _identifier, _text, _times in (
    ("nine-digits", "Nine digits of a second's fraction: accepted, or refused (R3220, a SHOULD of the sender).",
     _written(lambda text: f"{text[:19]}.123456789Z")),
    ("zone-zero", "The zone is written +00:00: the same instant, but the profile wants Z (R3223).",
     _written(lambda text: f"{text[:-1]}+00:00")),
    ("no-zone", "The zone is left out, and so is the proof that it is UTC (R3217).", _written(lambda text: text[:-1])),
    ("padded", "Blanks stand around the times: XML Schema drops them, some stacks do not.",
     _written(lambda text: f" {text} ")),
):  # fmt: skip
    _times_case(f"timestamp-{_identifier}", _text, _times, NOT_AUTHENTICATED, "Success", level=Level.MAY)


def _part_case(identifier: str, text: str, change: Change) -> None:
    def steps(client: Client) -> Iterator[Finding]:
        exchange = client.generate_covid_id(client.credentials.requester, PERSON, message=change)
        yield from expect_system_error(exchange, NOT_AUTHENTICATED)

    steps.__doc__ = text
    case(identifier, clause="5.1.2", level=Level.MUST, intrusive=True)(steps)


_part_case("timestamp-absent", "There is no Timestamp: SOA-01001.", lambda parts: removed(parts.timestamp))
_part_case("timestamp-created-absent", "There is no Created: SOA-01001.", lambda parts: removed(parts.created))
_part_case(
    "timestamp-expires-absent",
    "There is no Expires, so that there is no time to live: SOA-01001.",
    lambda parts: removed(parts.expires),
)
