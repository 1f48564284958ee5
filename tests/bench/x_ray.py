"""What a refused request costs its client while X-rays are made of others, beside the same with none."""

import contextlib
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import urllib3

from tests.bench.server import Server, server
from tests.bench.stages import Bench

_ROUNDS: Final = 6
_REQUESTS: Final = 60
"""Of each kind in a round. Both kinds are measured in turn, so that what else the machine does meets both."""


def with_x_rays(bench: Bench, state: Path) -> dict[str, Any]:
    """Milliseconds of a refused request over loopback, with no X-ray and with one always being made."""
    found: dict[str, list[float]] = {"off": [], "on": []}
    made: list[int] = []
    pool = urllib3.PoolManager()
    with server(state) as mock:
        last, _ = _refused(bench, mock, pool)  # connections, and an exchange to look into
        for _ in range(_ROUNDS):
            found["off"] += [_refused(bench, mock, pool)[1] for _ in range(_REQUESTS)]
            with _x_rays(mock, last, made):
                found["on"] += [_refused(bench, mock, pool)[1] for _ in range(_REQUESTS)]
    return {kind: _percentiles(times) for kind, times in found.items()} | {"x-rays": len(made)}


def _refused(bench: Bench, mock: Server, pool: urllib3.PoolManager) -> tuple[str, float]:
    """The exchange's id, and how long its answer took."""
    body = bench.request().body.replace(b"LastName>", b"FirstName>")  # signed otherwise
    began = time.perf_counter()
    answer = pool.request("POST", mock.endpoint, body=body, headers=dict(bench.fields()))
    took = (time.perf_counter() - began) * 1e3
    if answer.status != 500 or b"SOA-01001" not in answer.data:
        raise RuntimeError(f"the mock answered {answer.status} to a request whose signature does not verify")
    return answer.headers["X-CorrelationID"], took


@contextlib.contextmanager
def _x_rays(mock: Server, exchange: str, made: list[int]) -> Iterator[None]:
    """Ask for one X-ray after the other in the background; `made` gets the status of each."""
    ended = threading.Event()
    pool = urllib3.PoolManager()

    def ask() -> None:
        while not ended.is_set():
            answer = pool.request("GET", f"{mock.management}/journal/{exchange}/xray")
            if answer.status != 200:
                raise RuntimeError(f"the management port answered {answer.status} to a request for an X-ray")
            made.append(answer.status)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _percentiles(times: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=100)
    return {"p50": cuts[49], "p90": cuts[89], "p99": cuts[98]}
