"""An exchange as counters and journals take it in: the few facts they go by, and all of it for whoever reads it."""

from typing import Protocol

from mockserver.management.entry import Entry


class Recorded(Protocol):
    """An exchange that has ended: an Entry, or what becomes one when somebody reads it."""

    @property
    def correlation_id(self) -> str:
        """See Entry, as for all that follows."""

    @property
    def service(self) -> str:
        """Which service was called."""

    @property
    def verdict(self) -> str:
        """What it came to."""

    @property
    def code(self) -> str:
        """SOA code, CBSS code or rule; empty for none."""

    @property
    def duration(self) -> int:
        """Nanoseconds the gateway took."""

    @property
    def was_judged(self) -> bool:
        """Whether it reached a gateway."""

    @property
    def size(self) -> int:
        """Bytes it is reckoned to take in memory."""

    def numbered(self, number: int) -> Entry:
        """All of it, in its place in the order of all entries."""


class Kept:
    """An exchange in its place in a journal. It is made whole once, when somebody reads it for the first time."""

    __slots__ = ("_entry", "number", "recorded", "size")

    def __init__(self, number: int, recorded: Recorded) -> None:
        self.number = number
        """Its place in the order of all entries of the server."""
        self.recorded = recorded
        self.size = recorded.size
        """Bytes that it is reckoned to take, when it came in."""
        self._entry: Entry | None = None

    @property
    def entry(self) -> Entry:
        """All of it."""
        if self._entry is None:
            # From now on the facts are the entry's own: what it was made of is not held twice.
            self.recorded = self._entry = self.recorded.numbered(self.number)
        return self._entry
