"""The thread in which messages are read and judged; another takes its place before it has learnt too much.

libxml2 keeps every name it meets (of elements, attributes and namespaces, the values of xs:ID, even white space between
tags) in one dictionary a thread, and forgets none of them before the thread ends. Messages that each bring new names,
by a random prefix or in bad faith, would make a server's memory grow without end (`rules.md` I11; reconstructed).
"""

import threading
import weakref
from collections.abc import Callable
from queue import SimpleQueue
from typing import Final, TypeVar

T = TypeVar("T")

MOST_OCTETS: Final = 4 * 1024 * 1024
"""What one thread reads. In the worst case, a new name every seven bytes, the dictionary takes some 30 MB by then."""

_Act = Callable[[], object]
_Outcome = tuple[object, BaseException | None]


class ReadingThread:
    """Does one thing after the other in a thread of its own, while the caller waits. For one caller at a time."""

    def __init__(self, most_octets: int = MOST_OCTETS) -> None:
        self._most = most_octets
        self._read = 0
        self._work: SimpleQueue[_Act | None] = SimpleQueue()
        self._done: SimpleQueue[_Outcome] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._left_alone: weakref.finalize[..., ReadingThread] | None = None

    def run(self, act: Callable[[], T], octets: int) -> T:
        """What `act` returns or raises; it reads so many bytes of a message."""
        if self._read + octets > self._most:
            self._end()
        if self._thread is None:
            self._begin()
        self._read += octets
        self._work.put(act)
        result, error = self._done.get()
        if error is not None:
            raise error
        return result  # type: ignore[return-value]  # of `act`, by way of a queue

    def _begin(self) -> None:
        self._read = 0
        self._work = SimpleQueue()
        self._thread = threading.Thread(target=_serve, args=(self._work, self._done), name="reading", daemon=True)
        self._thread.start()
        self._left_alone = weakref.finalize(self, self._work.put, None)

    def _end(self) -> None:
        if self._thread is not None and self._left_alone is not None:
            self._left_alone()  # once only, and then forgotten
            self._thread.join()
            self._thread = None


def _serve(work: "SimpleQueue[_Act | None]", done: "SimpleQueue[_Outcome]") -> None:
    while (act := work.get()) is not None:
        try:
            done.put((act(), None))
        except BaseException as error:
            done.put((None, error))
        del act  # it holds a message
