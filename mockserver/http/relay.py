"""An event loop that runs in one thread after the other, so that what a thread has learnt from messages is forgotten.

libxml2 keeps every name it meets (of elements, attributes and namespaces, the values of xs:ID, even white space between
tags) in one dictionary a thread, and forgets none of them before the thread ends. Messages that each bring new names,
by a random prefix or in bad faith, would make a server's memory grow without end (`rules.md` I11; reconstructed). The
loop changes the thread, and not each message: the way to another thread and back costs 100 µs a message.
"""

import asyncio
import sys
import threading
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from mockserver.http.fairness import fair_loop

T = TypeVar("T")

MOST_OCTETS: Final = 4 * 1024 * 1024
"""What is read in one thread. In the worst case, a new name every seven bytes, the dictionary takes 30 MB by then."""


class Relay:
    """Runs one event loop, and hands it to another thread once enough has been read."""

    def __init__(self, most_octets: int = MOST_OCTETS) -> None:
        self._most = most_octets
        self._read = 0
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """What `main` returns or raises, as asyncio.run has it; the caller's thread waits, and takes the signals.

        On Windows the loop stays in the caller's thread, because Ctrl-C does not reach one that waits there; memory
        grows with the names.
        """
        with asyncio.Runner(loop_factory=fair_loop) as runner:
            if sys.platform == "win32":
                return runner.run(main)
            self._loop = loop = runner.get_loop()
            task = loop.create_task(self._to_the_end(main))
            try:
                while not task.done():
                    self._read = 0
                    _turn(loop)
            finally:
                self._loop = None
            return task.result()

    async def _to_the_end(self, main: Coroutine[Any, Any, T]) -> T:
        try:
            return await main
        finally:
            # Not in a callback of the task: that might still be waiting when asyncio.Runner uses the loop to clear up,
            # and would stop it then.
            if self._loop is not None:
                self._loop.stop()

    def has_read(self, octets: int) -> None:
        """Count so many bytes of a message; called on the loop."""
        self._read += octets
        if self._read > self._most and self._loop is not None:
            self._loop.stop()  # after what is ready now; what is not goes on in the next thread


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    """Run the loop in a new thread until it stops. Raises what a callback raises that asyncio does not keep."""
    raised: list[BaseException] = []
    over = threading.Event()

    def run() -> None:
        try:
            loop.run_forever()
        except BaseException as error:
            raised.append(error)
        finally:
            over.set()

    # A daemon, as the thread that waits for it may be one.
    thread = threading.Thread(target=run, name="loop", daemon=True)
    try:
        thread.start()
        thread.join()
    except BaseException:  # a signal handler's, which may come while the thread starts; or there can be no thread
        loop.call_soon_threadsafe(loop.stop)
        if thread in threading.enumerate():
            over.wait()
        raise
    if raised:
        raise raised[0]
