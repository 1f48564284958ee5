"""The journal: every exchange in full, in memory only, within bounds.

It holds health data (`decisions.md` 6). Nothing here is written to disk or to a log; the management port
alone shows it.
"""

import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from mockserver.management.entry import Entry
from mockserver.management.recorded import Kept, Recorded

MEBIBYTE: Final = 1024 * 1024

Listener = Callable[[Kept], object]


@dataclass(frozen=True, slots=True)
class Page:
    """Part of a journal, and what has to be known to judge by it."""

    entries: list[Entry]
    """Newest first."""
    matching: int
    """Entries that match, those beyond the page included."""
    dropped: int
    """Entries that had to make room since the journal was cleared."""


class Journal:
    """The latest exchanges, oldest dropped first; counts what it drops. Safe to use from several threads."""

    def __init__(
        self, *, entries: int = 1000, octets: int = 64 * MEBIBYTE, numbers: Iterator[int] | None = None
    ) -> None:
        """Keep at most so many entries, of so many bytes together, their reports included.

        `numbers` numbers the entries; journals that share it have one order.
        """
        self.entries_limit = entries
        self.octets_limit = octets
        self._numbers = numbers if numbers is not None else itertools.count(1)
        self._lock = threading.Lock()
        self._entries: deque[Kept] = deque()
        self._by_id: dict[str, Kept] = {}
        self._octets = 0
        self._dropped = 0
        self._last_dropped = 0
        self._listeners: list[Listener] = []

    def record(self, exchange: Recorded) -> None:
        """Take an exchange in, and drop the oldest ones that no longer fit."""
        with self._lock:
            kept = Kept(next(self._numbers), exchange)
            self._entries.append(kept)
            self._by_id[exchange.correlation_id] = kept
            self._octets += kept.size
            while len(self._entries) > self.entries_limit or self._octets > self.octets_limit:
                self._drop_oldest()
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(kept)

    def newest_first(self) -> tuple[list[Entry], int]:
        """The entries, and how many were dropped for want of room since the journal was last cleared."""
        with self._lock:
            newest_first, dropped = list(reversed(self._entries)), self._dropped
        return [kept.entry for kept in newest_first], dropped

    def page(
        self, matches: Callable[[Entry], bool] = lambda _: True, *, limit: int | None = None, before: int | None = None
    ) -> Page:
        """The newest `limit` entries that match and are numbered below `before`."""
        entries, dropped = self.newest_first()
        found = [entry for entry in entries if matches(entry)]
        below = found if before is None else [entry for entry in found if entry.number < before]
        return Page(below[:limit], len(found), dropped)

    def find(self, correlation_id: str) -> Entry | None:
        """The entry with that correlation id, if it is still there."""
        with self._lock:
            kept = self._by_id.get(correlation_id)
        return kept.entry if kept is not None else None

    def clear(self) -> int:
        """Forget everything, the count of dropped entries too; tells how many entries were there."""
        with self._lock:
            forgotten = len(self._entries)
            self._entries.clear()
            self._by_id.clear()
            self._octets = self._dropped = self._last_dropped = 0
            return forgotten

    @property
    def octets(self) -> int:
        """Bytes that the entries are reckoned to take."""
        return self._octets

    @property
    def dropped(self) -> int:
        """Entries that had to make room since the journal was cleared."""
        return self._dropped

    def is_whole_after(self, number: int) -> bool:
        """Whether no entry with a higher number than `number` was dropped."""
        return self._last_dropped <= number

    def __len__(self) -> int:
        return len(self._entries)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every exchange from now on, in the thread that records it; the result ends that."""
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def _drop_oldest(self) -> None:
        oldest = self._entries.popleft()
        if self._by_id.get(oldest.recorded.correlation_id) is oldest:
            del self._by_id[oldest.recorded.correlation_id]
        self._octets -= oldest.size
        self._dropped += 1
        self._last_dropped = oldest.number
