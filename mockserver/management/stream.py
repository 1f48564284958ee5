"""Exchanges as server-sent events (HTML standard, section 9.2)."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Final

from mockserver.http.application import Stream
from mockserver.management.entry import Entry
from mockserver.management.problem import content_answer
from mockserver.management.recorded import Kept
from mockserver.sessions.register import Sessions

KEEP_ALIVE_SECONDS: Final = 15.0
_WAITING: Final = 10_000
"""Events kept for a slow reader; then the stream ends, and the reader may begin again after the last number it saw."""


def event_stream(sessions: Sessions, fits: Callable[[Entry], bool], after: int | None) -> Stream:
    """Every exchange that fits, from now on; before them, with `after`, those that are numbered higher."""
    answer = content_answer(b"", "text/event-stream")
    return Stream(answer, _events(sessions, fits, after))


async def _events(sessions: Sessions, fits: Callable[[Entry], bool], after: int | None) -> AsyncGenerator[bytes, None]:
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Kept] = asyncio.Queue(_WAITING + 1)
    last = after if after is not None else 0

    def put(kept: Kept) -> None:
        if not queue.full():
            queue.put_nowait(kept)

    # Subscribed before the past is read, so that nothing falls between; the numbers keep out what comes twice.
    unsubscribe = sessions.subscribe(lambda kept: loop.call_soon_threadsafe(put, kept))
    try:
        yield b": exchanges of the mock\n\n"
        for entry in _past(sessions, after):
            last = entry.number
            if fits(entry):
                yield _event(entry)
        while not queue.full():
            try:
                kept = await asyncio.wait_for(queue.get(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if kept.number > last and fits(kept.entry):
                yield _event(kept.entry)
    finally:
        unsubscribe()


def _past(sessions: Sessions, after: int | None) -> list[Entry]:
    if after is None:
        return []
    entries = [entry for session in sessions.all() for entry in session.journal.newest_first()[0]]
    return sorted((entry for entry in entries if entry.number > after), key=lambda entry: entry.number)


def _event(entry: Entry) -> bytes:
    data = json.dumps(entry.summary(), ensure_ascii=False)
    return f"id: {entry.number}\nevent: exchange\ndata: {data}\n\n".encode()
