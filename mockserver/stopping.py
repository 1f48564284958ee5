"""Stopping: gently, so that requests in flight are answered, or at once."""

import asyncio
from collections.abc import Sequence
from typing import Protocol


class Stop:
    """Asks a server to stop, gently the first time, at once the second; from signal handlers and threads."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._calls = 0
        self.gently = asyncio.Event()
        self.at_once = asyncio.Event()

    def __call__(self) -> None:
        """Ask; may be called before the server runs, and as often as one likes."""
        self._calls += 1
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._settle)

    def attach(self) -> None:
        """Called by the server, on its event loop."""
        self._loop = asyncio.get_running_loop()
        self._settle()

    def detach(self) -> None:
        """Called by the server when it has ended: who asks later asks nobody."""
        self._loop = None

    def _settle(self) -> None:
        if self._calls >= 1:
            self.gently.set()
        if self._calls > 1:
            self.at_once.set()


class Drained(Protocol):
    """What has to come to its end."""

    @property
    def none_left(self) -> asyncio.Event:
        """Set when it has."""

    def finish(self) -> None:
        """Begin nothing new, and end what is on its way."""

    def cut(self) -> None:
        """End at once, whatever is on its way."""


async def drain(ports: Sequence[Drained], seconds: float, stop: Stop) -> None:
    """Let the requests in flight end, for so many seconds at most; then cut them."""
    for port in ports:
        port.finish()

    async def ended() -> None:
        for port in ports:
            await port.none_left.wait()

    ending = asyncio.create_task(ended())
    hurry = asyncio.create_task(stop.at_once.wait())
    await asyncio.wait((ending, hurry), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    hurry.cancel()
    for port in ports:
        port.cut()
    await ending
