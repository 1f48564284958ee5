"""The clock of a session: the server's, ahead or behind, or stopped."""

from collections.abc import Iterator
from contextlib import contextmanager

from mockserver.instant import SECOND, Clock, Instant


class SessionClock:
    """A Clock that can be put ahead, behind, or to a stop; for one session, and for a single request."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self._offset = 0
        self._frozen: Instant | None = None
        self._shift = 0

    def __call__(self) -> Instant:
        """Now, in this session."""
        return self.at(self._base())

    def at(self, instant: Instant) -> Instant:
        """What this clock shows at the moment that the server's clock shows `instant`."""
        shown = instant + self._offset if self._frozen is None else self._frozen
        return shown + self._shift

    @property
    def is_plain(self) -> bool:
        """Whether it shows what the server's clock shows."""
        return self._frozen is None and self._offset == 0 and self._shift == 0

    @property
    def offset(self) -> Instant:
        """Nanoseconds ahead of the server's clock, as long as it is not stopped."""
        return self._offset

    @property
    def frozen(self) -> Instant | None:
        """Where it stands still; None while it goes."""
        return self._frozen

    def go(self, offset: Instant = 0) -> None:
        """Run with the server's clock, so many nanoseconds ahead (negative: behind)."""
        self._offset, self._frozen = offset, None

    def freeze(self, instant: Instant) -> None:
        """Stand still at `instant`."""
        self._frozen = instant

    @contextmanager
    def shifted(self, seconds: float) -> Iterator[None]:
        """Show so many seconds more within the block: a scenario's clock for one request."""
        self._shift = round(seconds * SECOND)
        try:
            yield
        finally:
            self._shift = 0
