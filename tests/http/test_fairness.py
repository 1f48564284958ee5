"""Connections take turns."""

import asyncio
import os
import selectors
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mockserver.http import fairness
from mockserver.http.fairness import fair_loop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the loop is asyncio's own")

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pairs() -> Iterator[list[Pair]]:
    with ExitStack() as stack:
        pairs = [socket.socketpair() for _ in range(10)]
        for one, other in pairs:
            stack.enter_context(one)
            stack.enter_context(other)
        yield pairs


@pytest.fixture
def selector() -> Iterator[selectors.BaseSelector]:
    with fairness.TurnsSelector() as selector:
        yield selector


def test_all_that_are_ready_get_a_turn_before_one_gets_two(selector: selectors.BaseSelector, pairs: list[Pair]) -> None:
    for one, other in pairs:
        selector.register(one, selectors.EVENT_READ)
        other.send(b"a request that is never read, so that the socket is always ready")
    told: list[object] = []
    while len(told) < 3 * len(pairs):
        found = selector.select(0)
        assert 0 < len(found) <= fairness.AT_A_TIME
        told += [key.fileobj for key, _ in found]
    ones = [one for one, _ in pairs]
    assert told[: 3 * len(pairs)] == ones * 3


@pytest.mark.parametrize("timeout", [0, -1, 0.01])
def test_nothing_ready_is_nothing_told(selector: selectors.BaseSelector, pairs: list[Pair], timeout: float) -> None:
    selector.register(pairs[0][0], selectors.EVENT_READ)
    began = time.monotonic()
    assert selector.select(timeout) == []
    assert time.monotonic() - began >= timeout


def test_without_a_timeout_it_waits(selector: selectors.BaseSelector, pairs: list[Pair]) -> None:
    one, other = pairs[0]
    selector.register(one, selectors.EVENT_READ)
    threading.Timer(0.05, other.send, [b"x"]).start()
    assert [key.fileobj for key, _ in selector.select()] == [one]


@pytest.mark.parametrize("wanted", [selectors.EVENT_READ, selectors.EVENT_WRITE, 3])
def test_events_are_those_of_asyncio_s_own_selector(
    selector: selectors.BaseSelector, pairs: list[Pair], wanted: int
) -> None:
    silent, told, left = (one for one, _ in pairs[:3])
    pairs[1][1].send(b"x")
    pairs[2][1].close()
    with selectors.EpollSelector() as usual:
        for one in (silent, told, left):
            selector.register(one, wanted)
            usual.register(one, wanted)
        assert _by_descriptor(selector) == _by_descriptor(usual)


def _by_descriptor(selector: selectors.BaseSelector) -> dict[int, int]:
    return {key.fd: events for key, events in selector.select(0)}


def test_a_loop_leaves_no_descriptor_behind() -> None:
    def descriptors() -> int:
        return len(list(Path(f"/proc/{os.getpid()}/fd").iterdir()))

    before = descriptors()
    with asyncio.Runner(loop_factory=fair_loop) as runner:
        runner.run(asyncio.sleep(0))
        assert descriptors() > before
    assert descriptors() == before
