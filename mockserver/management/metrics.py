"""The metrics in Prometheus' text exposition format 0.0.4."""

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from mockserver.instant import SECOND
from mockserver.management.operation import Desk
from mockserver.management.tally import BUCKETS, Tally

_PREFIX: Final = "dossier_mock_"


def exposition(desk: Desk) -> str:
    """All metrics. Sessions are counted and not named: their names would make labels without end."""
    return "".join(f"{line}\n" for line in _lines(desk))


def _lines(desk: Desk) -> Iterator[str]:
    gauges = desk.gauges()
    sessions = desk.sessions.all()
    journals = [session.journal for session in sessions]
    counts = sorted(desk.tally.exchanges.items())
    yield from _metric(
        "exchanges_total",
        "counter",
        "Exchanges by service, verdict, and SOA code, CBSS code or rule.",
        ((_labels(service=service, verdict=verdict, code=code), count) for (service, verdict, code), count in counts),
    )
    yield from _histogram(desk.tally)
    for name, text, value in (
        ("in_flight", "Requests that have begun to arrive and are not answered yet.", gauges.in_flight),
        ("connections", "Open connections of the service port.", gauges.connections),
        ("sessions", "Sessions, the default one included.", len(sessions)),
        ("journal_entries", "Exchanges in the journals.", sum(map(len, journals))),
        ("journal_bytes", "Bytes that the journals are reckoned to take.", sum(each.octets for each in journals)),
        (
            "journal_dropped",
            "Exchanges that had to make room since their journal was cleared.",
            sum(each.dropped for each in journals),
        ),
        ("ready", "Whether requests can be answered.", int(desk.loaded() is not None)),
    ):
        yield from _metric(name, "gauge", text, [("", value)])


def _histogram(tally: Tally) -> Iterator[str]:
    name = f"{_PREFIX}exchange_duration_seconds"
    *below, total = accumulate(tally.durations)
    yield f"# HELP {name} Time the gateway took for an answer."
    yield f"# TYPE {name} histogram"
    for end, count in zip(BUCKETS, below, strict=True):
        yield f'{name}_bucket{{le="{end:g}"}} {count}'
    yield f'{name}_bucket{{le="+Inf"}} {total}'
    yield f"{name}_sum {tally.nanoseconds / SECOND!r}"
    yield f"{name}_count {total}"


def _metric(name: str, kind: str, text: str, samples: Iterable[tuple[str, int]]) -> Iterator[str]:
    yield f"# HELP {_PREFIX}{name} {text}"
    yield f"# TYPE {_PREFIX}{name} {kind}"
    for labels, value in samples:
        yield f"{_PREFIX}{name}{labels} {value}"


def _labels(**values: str) -> str:
    """Values are words and codes of ours: nothing in them needs an escape."""
    return "{" + ",".join(f'{name}="{value}"' for name, value in values.items()) + "}"
