"""A mock in a process of its own, as clients meet it: start, load over loopback, memory."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import urllib3

from mockserver.cbss.register import Register
from tests.bench.stages import Bench

CONNECTIONS: Final = {1: 1600, 16: 3300, 64: 3300}
"""How many at a time, and requests signed ahead for each second: more than the mock answers, so none is sent twice."""

PASSES: Final = 25_000
"""Requests that are sent again and again where only their number counts; more than are remembered to tell replays."""

_SCRIPT: Final = Path(__file__).with_name("requests.lua")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running mock."""

    process: subprocess.Popen[str]
    endpoint: str
    management: str

    @property
    def processes(self) -> list[int]:
        """The first process, and its workers where it has some."""
        return [self.process.pid, *children(self.process.pid)]

    @property
    def resident(self) -> float:
        """Megabytes resident in memory, what processes share counted for each."""
        return sum(map(_resident, self.processes))

    @property
    def cpu(self) -> float:
        """Seconds of CPU it has used."""
        return sum(map(_cpu, self.processes))


def children(process: int) -> list[int]:
    """Its child processes, whichever of its threads started them."""
    found: list[int] = []
    for thread in Path(f"/proc/{process}/task").iterdir():
        # One may end meanwhile, such as those that served a worker which is gone: another one has its children then.
        with suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, thread.joinpath("children").read_text("ascii").split())
    return found


def _resident(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the kernel does not say how much memory the mock takes")


def _cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def server(state: Path, *options: str) -> Iterator[Server]:
    """A mock on a free port, ready; its log is thrown away."""
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--management-port", "0"]
    process = subprocess.Popen(
        [*command, "--state", str(state), *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield Server(process, *_addresses(process))
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def _addresses(process: subprocess.Popen[str]) -> tuple[str, str]:
    """The endpoint, and the origin of the management port."""
    management = ""
    for line in process.stdout or ():
        match line.split():
            case ["management", address, *_]:
                management = address
            case ["ready", endpoint]:
                return endpoint, management
    raise RuntimeError("the mock ended before it was ready")


def start(bench: Bench, state: Path) -> dict[str, float]:
    """Seconds from the start of the process to its first verified answer, the best of three; memory then."""
    found = []
    for _ in range(3):
        request = bench.request()
        began = time.perf_counter()
        with server(state) as mock:
            _post(mock, request.body, dict(bench.fields()))
            found.append((time.perf_counter() - began, mock.resident))
    return {"seconds": min(seconds for seconds, _ in found), "resident": found[-1][1]}


def sign_ahead(bench: Bench, folder: Path, seconds: int) -> None:
    """Sign what `load` sends, for each number of connections into a folder of its own. Good for five minutes."""
    for connections, each_second in CONNECTIONS.items():
        _signed(bench, folder / str(connections), each_second * seconds)


def load(state: Path, folder: Path, seconds: int, *options: str) -> dict[str, Any] | None:
    """Answers a second and latencies at several numbers of connections; None if there is no wrk.

    `options` are the mock's; `folder` has what `sign_ahead` signed. If the mock asks for more than that, the requests
    begin again from the first one, which it answers all the same (a replay only warns): `signed` and `requests` tell.
    """
    if shutil.which("wrk") is None:
        return None
    levels = []
    with server(state, *options) as mock:
        before = [_resident(process) for process in mock.processes]
        for connections, each_second in CONNECTIONS.items():
            issued, cpu = _issued(state), mock.cpu
            told = _wrk(mock.endpoint, folder / str(connections), connections, seconds)
            told["signed"] = each_second * seconds
            told["cpu microseconds a request"] = (mock.cpu - cpu) * 1e6 / told["requests"]
            told["identifiers"] = _issued(state) - issued
            levels.append(told)
        return {
            "levels": levels,
            "resident before, the first process first": before,
            "resident after": [_resident(process) for process in mock.processes],
        }


def memory(bench: Bench, state: Path, folder: Path, requests: int) -> list[dict[str, float]]:
    """Megabytes resident after so many requests, and on the way there; only with wrk.

    One pool of signed requests is sent over and over, so the clock of their session stands still.
    """
    found: list[dict[str, float]] = []
    sent = 0
    with server(state) as mock:
        clock = f"{mock.management}/sessions/memory/clock"
        frozen = urllib3.request("PUT", clock, json={"frozen": True})
        if frozen.status != 200:
            raise RuntimeError(f"the clock was not stopped: {frozen.status}")
        _signed(bench, folder, PASSES)
        origin, _, path = mock.endpoint.partition("/Dossier")
        endpoint = f"{origin}/s/memory/Dossier{path}"
        while sent < requests:
            told = _wrk(endpoint, folder, 16, 20)
            sent += told["requests"]
            if told["not 200"] or told["socket errors"]:
                raise RuntimeError(f"not every answer was 200: {told}")
            found.append({"requests": sent, "resident": mock.resident, "a second": told["a second"]})
            print(f"{sent} requests, {mock.resident:.0f} MB resident", file=sys.stderr, flush=True)
    return found


def by_sessions(bench: Bench, state: Path, requests: int = 300) -> list[dict[str, float]]:
    """CPU of the mock for a request with so many sessions open, each with a few entries in its journal."""
    found = []
    pool = urllib3.PoolManager()
    with server(state) as mock:
        origin, _, path = mock.endpoint.partition("/Dossier")
        for sessions in (0, 10, 90):
            for number in range(sessions):
                url = f"{origin}/s/bench-{number}/Dossier{path}"
                pool.request("POST", url, body=bench.request().body, headers=dict(bench.fields()))
            found.append({"sessions": sessions, "cpu": _cpu_each(bench, mock, pool, requests)})
    return found


def by_journal(bench: Bench, state: Path, requests: int = 300) -> list[dict[str, float]]:
    """CPU of the mock for a request as its journal fills, up to where it drops the oldest."""
    found = []
    pool = urllib3.PoolManager()
    with server(state) as mock:
        for block in range(5):
            found.append({"entries": block * requests, "cpu": _cpu_each(bench, mock, pool, requests)})
    return found


def _cpu_each(bench: Bench, mock: Server, pool: urllib3.PoolManager, requests: int) -> float:
    bodies = [bench.request().body for _ in range(requests)]
    before = mock.cpu
    for body in bodies:
        answer = pool.request("POST", mock.endpoint, body=body, headers=dict(bench.fields()))
        if answer.status != 200:
            raise RuntimeError(f"the mock answered {answer.status} to a request that is measured")
    return (mock.cpu - before) * 1e6 / requests


def _post(mock: Server, body: bytes, fields: dict[str, str]) -> None:
    answer = urllib3.request("POST", mock.endpoint, body=body, headers=fields)
    if answer.status != 200:
        raise RuntimeError(f"the mock answered {answer.status} to a request that is measured")


def _signed(bench: Bench, folder: Path, count: int) -> int:
    """Sign so many requests into one file: for each its length in a line, and its octets."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "requests").open("wb") as file:
        for _ in range(count):
            body = bench.request().body
            file.write(b"%d\n%b" % (len(body), body))
    lines = [f"{name}: {value}" for name, value in bench.fields()]
    (folder / "fields").write_text("\n".join(lines), "ascii")
    return count


def _wrk(endpoint: str, folder: Path, connections: int, seconds: int) -> dict[str, Any]:
    command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--latency", "-s", str(_SCRIPT)]
    environment = {**os.environ, "BENCH_FOLDER": str(folder)}
    done = subprocess.run([*command, endpoint], env=environment, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.rpartition("RESULT ")[2])
    return {"connections": connections, **told}


def _issued(state: Path) -> int:
    register = Register.in_state(state)
    try:
        return register.count()
    finally:
        register.close()
