"""The thread that reads messages: its answers are the caller's, and what libxml2 learns in it is forgotten with it."""

import gc
import sys
import threading
from pathlib import Path

import pytest

from mockserver.gateway.limits import Limits
from mockserver.gateway.message.document import parse, read_prolog
from mockserver.gateway.message.encoding import Encoding
from mockserver.http.reading_thread import ReadingThread

_NAMES = 20_000
_MESSAGES = 60


def test_what_was_done_comes_back() -> None:
    assert ReadingThread().run(lambda: 6 * 7, 1) == 42


def test_what_was_raised_comes_back_and_the_thread_goes_on() -> None:
    thread = ReadingThread()
    with pytest.raises(ZeroDivisionError):
        thread.run(lambda: 1 // 0, 1)
    assert thread.run(threading.current_thread, 1) is thread.run(threading.current_thread, 1)


def test_another_thread_takes_over_once_one_has_read_enough() -> None:
    reading = ReadingThread(most_octets=10)
    first = reading.run(threading.current_thread, 6)
    assert reading.run(threading.current_thread, 4) is first
    second = reading.run(threading.current_thread, 1)
    assert second is not first
    assert not first.is_alive()
    assert second.is_alive()


def test_one_message_may_be_larger_than_what_a_thread_may_read() -> None:
    reading = ReadingThread(most_octets=10)
    assert reading.run(lambda: "read", 11) == "read"


def test_the_thread_ends_with_what_it_works_for() -> None:
    reading = ReadingThread()
    thread = reading.run(threading.current_thread, 1)
    del reading
    gc.collect()
    thread.join(timeout=10)
    assert not thread.is_alive()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="resident memory is read from /proc")
def test_names_that_nobody_used_before_do_not_fill_the_memory() -> None:
    """60 messages with 1.2 million new names between them: 60 MB and more if one thread read them all."""
    reading = ReadingThread()
    _read(reading, 0)
    before = _resident()
    for number in range(1, _MESSAGES):
        _read(reading, number)
    assert _resident() - before < 30 * 1024 * 1024


def _read(reading: ReadingThread, number: int) -> None:
    text = f"<r>{''.join(f'<n{number}x{each:05d}aaaaaaaaaa/>' for each in range(_NAMES))}</r>"
    assert reading.run(lambda: _is_read(text), len(text))


def _is_read(text: str) -> bool:
    encoding = Encoding(text=text, codec="utf-8", charset="utf-8", bom=None, declared=None, version=None, problem=None)
    return parse(encoding, read_prolog(text), Limits()).root is not None


def _resident() -> int:
    """In bytes."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024
