"""Explanations on demand, beside a server: one at a time, each in a process of low priority and bounded time."""

import asyncio
import json
import subprocess
import sys
from typing import Any, Final

from mockserver.xray.job import Job

_START: Final = 20.0
"""Seconds that a process may take beyond the limit of its search: to start on a busy machine, to read and to write."""

_LOWER: Final[int] = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
"""Windows has priority classes; elsewhere the process is nice by itself."""


class WorkerBusy(Exception):
    """So many explanations are waited for that no more are taken."""


class WorkerFailed(Exception):
    """The process ended without an explanation."""


class Worker:
    """Explains one message after the other. Belongs to one event loop."""

    def __init__(self, most_waiting: int = 8) -> None:
        self._most_waiting = most_waiting
        self._waiting = 0
        self._turn = asyncio.Lock()

    async def explain(self, job: Job) -> dict[str, Any]:
        """The explanation as JSON. Raises WorkerBusy, WorkerFailed."""
        if self._waiting >= self._most_waiting:
            raise WorkerBusy
        self._waiting += 1
        try:
            async with self._turn:
                return await _explained(job)
        finally:
            self._waiting -= 1


async def _explained(job: Job) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mockserver.xray",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        # A traceback could hold what the message holds: nobody shall log it.
        stderr=asyncio.subprocess.DEVNULL,
        creationflags=_LOWER,
    )
    try:
        async with asyncio.timeout(job.limits.seconds + _START):
            output, _ = await process.communicate(job.to_bytes())
    except TimeoutError as error:
        raise WorkerFailed("it took longer than its limit") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise WorkerFailed(f"its process ended with {process.returncode}")
    content: dict[str, Any] = json.loads(output)
    return content
