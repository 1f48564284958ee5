"""What can be measured of a client that is watched or driven: how long the calls took that it made anyhow.

Nobody asks such a client for more calls than it makes, so that its performance results come from the cases themselves.
"""

from collections.abc import Iterable, Sequence

from conformance.client.exchange import Exchange
from conformance.performance.measure import MAX_CALLS
from conformance.performance.measured import Call, Performance
from mockserver.instant import SECOND


def measured_as_seen(exchanges: Iterable[Exchange]) -> Performance | None:
    """The durations of the calls that the endpoint answered with Success, the first MAX_CALLS of them.

    The others are no part of it: a recommended case may be one that the service refuses, and a refusal is quick. None
    when there is no such call.
    """
    timed = [exchange for exchange in exchanges if exchange.received is not None]
    good = [exchange for exchange in timed if exchange.answer.summary().startswith("Success, ")]
    if not good:
        return None
    kept = sorted(good, key=lambda exchange: exchange.received or 0)[:MAX_CALLS]
    left_out = len(good) - len(kept)
    return Performance(
        asked=len(kept),
        at_a_time=_most_at_once(kept),
        interval=0.0,
        calls=[Call(exchange.seconds) for exchange in kept],
        stopped=f"{left_out} more calls are not counted" if left_out else "",
    )


def _most_at_once(exchanges: Sequence[Exchange]) -> int:
    """How many of the calls were under way together at most."""
    begun = [(exchange.received or 0, 1) for exchange in exchanges]
    ended = [((exchange.received or 0) + round(exchange.seconds * SECOND), -1) for exchange in exchanges]
    most = under_way = 0
    for _, change in sorted([*begun, *ended]):  # an end sorts before a beginning at the same moment
        under_way += change
        most = max(most, under_way)
    return max(1, most)
