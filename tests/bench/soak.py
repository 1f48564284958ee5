"""`python -m tests.bench.soak`: valid, invalid and hostile requests for an hour, and then whether anything leaked.

The mock's memory of replays, which keeps what was accepted for eleven minutes, is limited to what fits in before the
first measurement: then whatever grows later is a leak.

Fails if memory, descriptors or threads of the mock have grown since it was warm, if an answer is not of the kind its
request deserves, or if an identifier that was answered is not in the store, once.
"""

import argparse
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Final

import urllib3

from mockserver.cbss.register import Register
from tests.bench.server import Server, server
from tests.bench.stages import Bench

_IDENTIFIER: Final = re.compile(rb"CovidDossierIdentifier[^>]*>([^<]+)<")
_REPLAYS: Final = 300
_WARM: Final = 1500
"""Requests after which the journal (1,000 entries) and the memory of replays are full: a quarter of them is valid."""
_WARMING: Final = 0.1
"""Part of the run that has to pass besides: the heap takes some thousand requests to settle, as does SQLite's cache."""

_TELL: Final = 60.0
"""Seconds between two lines about how it goes."""

_GROWTH: Final = 1.1
"""Resident memory at the end, at most so many times that of the warm mock."""


def main() -> int:
    """Run; the result is the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="length (default 60)")
    parser.add_argument("--seed", type=int, default=1, help="of the mixture (default 1)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        return _soak(Path(name, "state"), arguments.minutes * 60, random.Random(arguments.seed))


def _soak(state: Path, seconds: float, chance: random.Random) -> int:
    bench, pool = Bench(state), urllib3.PoolManager(retries=False, timeout=30.0)
    kinds: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    troubles: list[str] = []
    warm: tuple[float, int, int] | None = None
    policy = state.with_name("policy.toml")
    policy.write_text(f"[limits]\nreplays = {_REPLAYS}\n", "utf-8")
    with server(state, "--policy", str(policy)) as mock:
        began = time.monotonic()
        tell, settled, end = began + _TELL, began + _WARMING * seconds, began + seconds
        while time.monotonic() < end or warm is None:
            kind = chance.choice(("valid", "valid", "changed", "expired", "no XML", "DOCTYPE", "other path", "cut"))
            status, body = _send(kind, bench, mock, pool, chance)
            kinds[kind] += 1
            answered.update(match.decode() for match in _IDENTIFIER.findall(body))
            if not _deserved(kind, status, body) and len(troubles) < 20:
                troubles.append(f"a request of kind {kind!r} was answered {status}: {body[:200]!r}")
            if warm is None and kinds.total() >= _WARM and time.monotonic() >= settled:
                warm = _held(mock)
            if time.monotonic() > tell:
                print(f"{kinds.total()} requests, {mock.resident:.0f} MB resident", flush=True)
                tell += _TELL
        last = _held(mock)
    troubles += _leaks(warm, last) + _lost(state, answered)
    print(f"{kinds.total()} requests: {dict(kinds)}; {len(answered)} identifiers answered")
    print(f"MB resident, descriptors, threads: warm {warm}, at the end {last}")
    for trouble in troubles:
        print(f"FAILED: {trouble}")
    return 1 if troubles else 0


def _send(kind: str, bench: Bench, mock: Server, pool: urllib3.PoolManager, chance: random.Random) -> tuple[int, bytes]:
    body, url = bench.request().body, mock.endpoint
    if kind == "changed":
        body = body.replace(b"COVID_LASTNAME_TEST", b"COVID_LASTNAME_BEST")
    elif kind == "expired":
        body = re.sub(rb"(<[a-z]*:?Expires[^>]*>)\d{4}", rb"\g<1>2001", body)
    elif kind == "no XML":
        body = chance.randbytes(chance.randrange(1, 5000))
    elif kind == "DOCTYPE":
        body = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>' + body
    elif kind == "other path":
        url += "/elsewhere"
    elif kind == "cut":
        body = body[: chance.randrange(len(body))]
    answer = pool.request("POST", url, body=body, headers=dict(bench.fields()))
    return answer.status, answer.data


def _deserved(kind: str, status: int, body: bytes) -> bool:
    if kind == "valid":
        return status == 200 and _IDENTIFIER.search(body) is not None
    if kind == "other path":
        return status == 404
    return status == 500 and b"Fault" in body and _IDENTIFIER.search(body) is None


def _held(mock: Server) -> tuple[float, int, int]:
    process = f"/proc/{mock.process.pid}"
    return mock.resident, len(os.listdir(f"{process}/fd")), len(os.listdir(f"{process}/task"))  # noqa: PTH208


def _leaks(warm: tuple[float, int, int] | None, last: tuple[float, int, int]) -> list[str]:
    if warm is None:
        return ["the mock never got warm"]
    found = []
    if last[0] > warm[0] * _GROWTH:
        found.append(f"memory grew from {warm[0]:.0f} to {last[0]:.0f} MB")
    found += [
        f"{what} grew from {before} to {after}"
        for what, before, after in (("descriptors", warm[1], last[1]), ("threads", warm[2], last[2]))
        if after > before + 2
    ]
    return found


def _lost(state: Path, answered: Counter[str]) -> list[str]:
    register = Register.in_state(state)
    try:
        found = [f"identifier {name} was answered {count} times" for name, count in answered.items() if count > 1]
        found += [f"identifier {name} is not in the store" for name in answered if not register.holds(name)]
        if register.count() != len(answered):
            found.append(f"the store holds {register.count()} identifiers, {len(answered)} were answered")
        return found[:20]
    finally:
        register.close()


if __name__ == "__main__":
    sys.exit(main())
