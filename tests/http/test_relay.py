"""The loop goes from thread to thread: nobody notices, and what libxml2 learnt in one is forgotten with it."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from mockserver.http.relay import MOST_OCTETS, Relay
from tests.http.running import Running, running
from tests.http.wire import request

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the loop stays in one thread there")


def test_it_gives_back_what_comes_of_it() -> None:
    async def answer() -> int:
        await asyncio.sleep(0)
        return 42

    assert Relay().run(answer()) == 42


def test_it_raises_what_was_raised() -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Relay().run(fail())


def test_what_asyncio_does_not_keep_is_raised_too() -> None:
    async def leave() -> None:
        asyncio.get_running_loop().call_soon(sys.exit, 3)
        await asyncio.sleep(60)

    with pytest.raises(SystemExit):
        Relay().run(leave())


def test_another_thread_takes_over_once_one_has_read_enough() -> None:
    relay = Relay(most_octets=10)

    async def read() -> list[threading.Thread]:
        threads = []
        for octets in (6, 4, 1, 11, 0):
            threads.append(threading.current_thread())
            relay.has_read(octets)
            await asyncio.sleep(0.001)
        return threads

    first, same, again, second, third = relay.run(read())
    assert first is same is again
    assert len({first, second, third}) == 3
    assert not first.is_alive()
    assert not second.is_alive()


def test_it_may_end_in_the_step_in_which_the_thread_has_read_enough() -> None:
    """With an executor, which asyncio waits for when it clears up."""
    relay = Relay(most_octets=0)

    async def read() -> int:
        relay.has_read(1)
        await asyncio.get_running_loop().run_in_executor(None, int)
        relay.has_read(1)
        return 42

    assert relay.run(read()) == 42


def test_what_waits_goes_on_in_the_next_thread() -> None:
    """Timers, tasks, other threads' calls and sockets belong to the loop, not to its thread."""
    relay = Relay(most_octets=0)

    async def wait() -> list[str]:
        loop = asyncio.get_running_loop()
        heard: list[str] = []

        async def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"here\n")
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(say, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        loop.call_later(0.02, heard.append, "timer")
        task = asyncio.create_task(asyncio.sleep(0.02, "task"))
        thread = loop.run_in_executor(None, lambda: "thread")
        for _ in range(5):
            relay.has_read(1)
            await asyncio.sleep(0.01)
        heard += [await task, await thread, (await reader.readline()).decode().strip()]
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        return heard

    assert relay.run(wait()) == ["timer", "task", "thread", "here"]


@pytest.mark.skipif(
    threading.current_thread() is not threading.main_thread(), reason="signals belong to the main thread"
)
def test_a_signal_that_raises_ends_the_loop() -> None:
    class Enough(Exception):
        pass

    def raise_it(*_: object) -> None:
        raise Enough

    async def kill() -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.sleep(60)

    before = signal.signal(signal.SIGUSR1, raise_it)
    try:
        with pytest.raises(Enough):
            Relay().run(kill())
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert not _loops()


@pytest.fixture
def server() -> Iterator[Running]:
    with running() as server:
        yield server


def test_a_connection_outlives_the_thread_that_accepted_it(server: Running) -> None:
    body = b"a" * (MOST_OCTETS // 5)
    before = _loops()
    with server.connect() as connection:
        for _ in range(12):
            connection.send(request(body=body))
            assert connection.read().status == 200
    assert len(server.gateway.requests) == 12
    assert before.isdisjoint(_loops())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="resident memory is read from /proc")
def test_names_that_nobody_used_before_do_not_fill_the_memory() -> None:
    """60 messages with 1.2 million new names between them: 60 MB and more if one thread read them all.

    In a process of its own: what other tests leave behind would be counted too.
    """
    run = subprocess.run([sys.executable, "-c", _READ], capture_output=True, text=True, check=True)
    assert int(run.stdout) < 30 * 1024 * 1024


_READ = """
import asyncio
from pathlib import Path
from mockserver.gateway.limits import Limits
from mockserver.gateway.message.document import parse, read_prolog
from mockserver.gateway.message.encoding import Encoding
from mockserver.http.relay import Relay

def resident():
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024

def is_read(text):
    encoding = Encoding(text=text, codec="utf-8", charset="utf-8", bom=None, declared=None, version=None)
    return parse(encoding, read_prolog(text), Limits()).root is not None

async def read():
    before = 0
    for number in range(60):
        text = f"<r>{''.join(f'<n{number}x{each:05d}aaaaaaaaaa/>' for each in range(20_000))}</r>"
        assert is_read(text)
        relay.has_read(len(text))
        await asyncio.sleep(0)
        before = before or resident()
    return resident() - before

relay = Relay()
print(relay.run(read()))
"""


def _loops() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "loop"}
