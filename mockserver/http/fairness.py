"""An event loop in which connections take turns.

The kernel tells of ready sockets in the order in which they became so, and puts those it has told of at the end.
asyncio asks for all of them at once, and again when it has served them all. Where each takes a millisecond, the last of
16 gets its answer as the loop asks again; its next request comes a moment too late for that, and waits for two rounds
of the others instead of one: one answer in fifty took twice as long as the rest. Asked for a few at a time, the
kernel's own order holds.

On Linux, where the service runs under load; elsewhere the loop is asyncio's own.
"""

import asyncio
import selectors
import sys
from typing import Final

if sys.platform == "linux":
    import os
    import select

    AT_A_TIME: Final = 4
    """Sockets. Each question costs 6 microseconds, shared by those it brings."""

    class TurnsSelector(selectors.EpollSelector):
        """Tells of a few ready sockets at a time, those first that have been ready longest."""

        def __init__(self) -> None:
            super().__init__()
            # EpollSelector has no public way to its epoll object but its descriptor.
            self._turns = select.epoll.fromfd(os.dup(self.fileno()))

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            """See selectors.BaseSelector."""
            known = self.get_map()
            return [
                (key, _mask(events) & key.events)
                for descriptor, events in self._turns.poll(-1 if timeout is None else max(timeout, 0), AT_A_TIME)
                if (key := known.get(descriptor)) is not None
            ]

        def close(self) -> None:
            """See selectors.BaseSelector."""
            self._turns.close()
            super().close()

    def _mask(events: int) -> int:
        """As EpollSelector has it: errors and a hang-up wake both who reads and who writes."""
        read = selectors.EVENT_READ if events & ~select.EPOLLOUT else 0
        write = selectors.EVENT_WRITE if events & ~select.EPOLLIN else 0
        return read | write


def fair_loop() -> asyncio.AbstractEventLoop:
    """A new event loop."""
    return asyncio.SelectorEventLoop(TurnsSelector()) if sys.platform == "linux" else asyncio.new_event_loop()
