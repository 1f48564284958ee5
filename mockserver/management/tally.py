"""Counters of exchanges: how many of each kind, and how long the gateway took."""

import bisect
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from mockserver.instant import SECOND, Instant
from mockserver.management.recorded import Recorded

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Upper ends of the histogram's buckets in seconds: one request takes a few milliseconds."""


@dataclass(slots=True)
class Tally:
    """Counts that only grow. Safe to use from several threads."""

    exchanges: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By service, verdict and code."""
    durations: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    """Exchanges by bucket, the last one without an upper end; only those that reached a gateway."""
    nanoseconds: Instant = 0
    """All durations together."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, exchange: Recorded) -> None:
        """Count an exchange."""
        with self._lock:
            self.exchanges[exchange.service, exchange.verdict, exchange.code] += 1
            if exchange.was_judged:
                self.durations[bisect.bisect_left(BUCKETS, exchange.duration / SECOND)] += 1
                self.nanoseconds += exchange.duration

    def by_verdict(self) -> dict[str, int]:
        """Exchanges by verdict."""
        counts: Counter[str] = Counter()
        for (_, verdict, _), count in list(self.exchanges.items()):
            counts[verdict] += count
        return dict(counts)
