"""wsu:Timestamp: its form (Basic Security Profile) and its time (cookbook 6.2; `rules.md` section 7)."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.envelope import has_only_text, local_name, path_of, string_value
from mockserver.gateway.message.security import CREATED, EXPIRES, TIMESTAMP
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Level, Severity, Stage
from mockserver.instant import SECOND, DateTimeError, Instant, format_instant, read_date_time

security = partial(RULES.rule, stage=Stage.SECURITY, soa="SOA-01001")

_MILLISECOND: Final = SECOND // 1000


@security(
    "S11",
    "There is one Timestamp",
    source="cookbook 5.1.2; BSP 1.1 R3227",
    advice="Add one wsu:Timestamp to the Security header.",
    requires=("S01",),
    essential=True,
    judges_outline=True,
)
def one_timestamp(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Exactly one wsu:Timestamp is a direct child of Security."""
    if exchange.security is not None and len(exchange.security.timestamps) != 1:
        yield Breach(f"{len(exchange.security.timestamps)} Timestamp elements", path_of(exchange.security.element))


@security(
    "S12",
    "No Timestamp stands elsewhere",
    source="BSP 1.0 R3218",
    advice="Keep the Timestamp a direct child of Security.",
    requires=("Q30",),
    essential=True,
    judges_outline=True,
)
def timestamp_nowhere_else(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """No wsu:Timestamp stands at another place in the envelope."""
    if exchange.envelope is None:
        return
    ours = exchange.security.element if exchange.security is not None else None
    for element in exchange.envelope.root.iter(TIMESTAMP):
        if element.getparent() is not ours:
            yield Breach("a wsu:Timestamp elsewhere than directly in our Security header", path_of(element))


@security(
    "S13",
    "There is one Created",
    source="BSP 1.1 R3203",
    advice="Write Created once.",
    requires=("S11",),
    essential=True,
    judges_outline=True,
)
def one_created(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The Timestamp has exactly one wsu:Created."""
    if exchange.timestamp is not None and len(exchange.timestamp.created) != 1:
        yield Breach(f"{len(exchange.timestamp.created)} Created elements", path_of(exchange.timestamp.element))


@security(
    "S14",
    "There is one Expires",
    source="cookbook 6.2 (the time to live is Expires minus Created); BSP 1.1 R3224",
    advice="Write Expires once, one minute after Created.",
    requires=("S11",),
    essential=True,
    judges_outline=True,
)
def one_expires(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The Timestamp has exactly one wsu:Expires; the profile would let it be absent, the time to live needs it."""
    if exchange.timestamp is not None and len(exchange.timestamp.expires) != 1:
        yield Breach(f"{len(exchange.timestamp.expires)} Expires elements", path_of(exchange.timestamp.element))


@security(
    "S15",
    "Created stands before Expires",
    source="BSP 1.1 R3221",
    advice="Write Created first.",
    requires=("S13", "S14"),
    judges_outline=True,
)
def created_first(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """In document order Created precedes Expires. This says nothing of the times."""
    timestamp = exchange.timestamp
    if timestamp is not None:
        order = list(timestamp.element)
        if order.index(timestamp.created[0]) > order.index(timestamp.expires[0]):
            yield Breach("Expires stands before Created", path_of(timestamp.element))


@security(
    "S16",
    "The Timestamp holds nothing else",
    source="BSP 1.1 R3222",
    advice="Keep Created and Expires alone in it.",
    requires=("S11",),
    judges_outline=True,
)
def nothing_else(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Created and Expires are the only content of the Timestamp."""
    timestamp = exchange.timestamp
    if timestamp is None:
        return
    for child in timestamp.element:
        if isinstance(child.tag, str) and child.tag not in (CREATED, EXPIRES):
            yield Breach(f"{local_name(child)} stands in the Timestamp", path_of(child))
    texts = [timestamp.element.text, *(child.tail for child in timestamp.element)]
    if any(text and text.strip(" \t\r\n") for text in texts):
        yield Breach("character data stands in the Timestamp", path_of(timestamp.element))


@security(
    "S17",
    "Created and Expires have no ValueType",
    source="BSP 1.1 R3225, R3226",
    advice="Remove the attribute; the type is xs:dateTime by definition.",
    requires=("S11",),
    judges_outline=True,
)
def no_value_type(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """No ValueType attribute on Created or Expires."""
    if exchange.timestamp is None:
        return
    for element in (*exchange.timestamp.created, *exchange.timestamp.expires):
        if "ValueType" in element.attrib:
            yield Breach("ValueType", path_of(element))


@security(
    "T2",
    "Created and Expires are dateTimes",
    source="BSP 1.1 R3217, R3223, R3213, R3215; XML Schema 1.0 part 2, section 3.2.7; rules 7.3",
    advice="Write YYYY-MM-DDThh:mm:ss.fffZ with ASCII digits, in UTC.",
    requires=("S13", "S14"),
    essential=True,
)
def date_times(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Each is an xs:dateTime with a year of four digits and seconds below 60, in text alone (no comment inside)."""
    if exchange.timestamp is None:
        return
    for element in (*exchange.timestamp.created, *exchange.timestamp.expires):
        if not has_only_text(element):
            yield Breach("something other than text stands inside", path_of(element))
            continue
        try:
            read_date_time(string_value(element))
        except DateTimeError as error:
            yield Breach(str(error), path_of(element))


@security(
    "S18",
    "Created and Expires are in UTC",
    source="BSP 1.1 R3217, R3223",
    advice="Write the time in UTC, with Z at its end.",
    requires=("T2",),
)
def in_utc(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The zone is UTC: Z, or an offset of zero. Without a zone nobody knows which instant is meant."""
    for element, value in exchange.times:
        if value.zone not in ("Z", "+00:00", "-00:00"):
            yield Breach(f"zone {value.zone!r}" if value.zone else "there is no zone", path_of(element))


@security(
    "S18-form",
    "UTC is written Z",
    source="BSP 1.1 R3217, R3223; rules 7.3 no. 49",
    advice="Write Z instead of +00:00.",
    severity=Severity.WARN,
    requires=("T2",),
)
def written_z(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The zone is written Z."""
    for element, value in exchange.times:
        if value.zone in ("+00:00", "-00:00"):
            yield Breach(f"{value.zone} instead of Z", path_of(element))


@security(
    "S20",
    "At most three fraction digits",
    source="BSP 1.1 R3220, R3229",
    advice="Cut the seconds to milliseconds.",
    level=Level.SHOULD,
    requires=("T2",),
)
def three_fraction_digits(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Seconds have no more than three fraction digits. More are computed with exactly."""
    for element, value in exchange.times:
        if value.fraction_digits > 3:
            yield Breach(f"{value.fraction_digits} fraction digits", path_of(element))


@security(
    "T2-blanks",
    "No blanks around the times",
    source="rules 7.3 no. 53: XML Schema collapses them, WSS4J fails on them",
    advice="Write the value without white space around it.",
    level=Level.SHOULD,
    requires=("T2",),
)
def no_blanks(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """No white space stands around the value."""
    for element, value in exchange.times:
        if value.padded:
            yield Breach("white space around the value", path_of(element))


@security(
    "T3",
    "Expires is after Created",
    source="cookbook 6.2; rules T3",
    advice="Expires is Created plus one minute.",
    requires=("T2",),
    essential=True,
)
def expires_after_created(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Expires is later than Created; an equal time is a life of no length."""
    if (life := exchange.life) and life[1] <= life[0]:
        yield Breach(f"Expires is {_seconds(life[0] - life[1])} before Created or equal", "Timestamp")


@security(
    "T4",
    "The time to live is at most one minute",
    source="cookbook 6.2",
    advice="Set Expires one minute after Created. WSS4J's default of five minutes is the usual cause.",
    requires=("T2",),
)
def time_to_live(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Expires minus Created is at most 60 seconds, computed exactly."""
    if (life := exchange.life) and life[1] - life[0] > policy.settings.time_to_live * SECOND:
        yield Breach(
            f"Expires is {_seconds(life[1] - life[0])} after Created; at most {policy.settings.time_to_live} s",
            "Timestamp",
        )


@security(
    "T5",
    "Created is not in the future",
    source="cookbook 6.2 (tolerance of five minutes); rules T5",
    advice="Set the clock by NTP. The Date header of any answer shows the gateway's time.",
    requires=("T2",),
    essential=True,
)
def created_not_in_future(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The message is received no earlier than five minutes before Created."""
    life, now = exchange.life, exchange.request.received
    if life and now < life[0] - policy.settings.tolerance * SECOND:
        yield Breach(
            f"received {format_instant(now)}, {_to_milliseconds(life[0] - now)} before Created; "
            f"{policy.settings.tolerance} s are tolerated",
            "Timestamp/Created",
        )


@security(
    "T6",
    "The message has not expired",
    source="cookbook 6.2 (tolerance of five minutes); rules T6",
    advice="Write the Timestamp right before sending, never once for several calls; set the clock by NTP.",
    requires=("T2",),
    essential=True,
)
def not_expired(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The message is received no later than five minutes after Expires."""
    life, now = exchange.life, exchange.request.received
    if life and now > life[1] + policy.settings.tolerance * SECOND:
        yield Breach(
            f"received {format_instant(now)}, {_to_milliseconds(now - life[1])} after Expires; "
            f"{policy.settings.tolerance} s are tolerated",
            "Timestamp/Expires",
        )


@security(
    "T7",
    "The message comes within its time to live",
    source="rules 7.2 no. 7: inside the tolerance, but late",
    advice="Nothing, if the clocks are known to differ; else look at how long the message waits before it is sent.",
    level=Level.MAY,
    severity=Severity.INFO,
    requires=("T2", "T5", "T6"),
)
def on_time(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The message is received between Created and Expires; outside, it passes by the tolerance alone."""
    life, now = exchange.life, exchange.request.received
    if life and not life[0] <= now <= life[1]:
        early = now < life[0]
        distance = _to_milliseconds(life[0] - now if early else now - life[1])
        yield Breach(f"received {distance} {'before Created' if early else 'after Expires'}", "Timestamp")


def _to_milliseconds(duration: Instant) -> str:
    """Seconds to milliseconds, rounded up: a bound that is passed by a nanosecond is not told as kept."""
    return _seconds(-(-duration // _MILLISECOND) * _MILLISECOND)


def _seconds(duration: Instant) -> str:
    whole, rest = divmod(duration, SECOND)
    return f"{whole}.{rest:09d}".rstrip("0").rstrip(".") + " s"
