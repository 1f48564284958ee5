"""A graceful stop, within one second of the first signal."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.http.running import Running
from tests.http.wire import Wire, request

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send to another process")
ROOT = Path(__file__).parents[2]


@contextmanager
def process(*, answer_seconds: float = 0, load_seconds: float = 0) -> Iterator["subprocess.Popen[str]"]:
    arguments = [sys.executable, "-m", "tests.http.stoppable", str(answer_seconds), str(load_seconds)]
    started = subprocess.Popen(
        arguments,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert said(started) == "loading"
        yield started
    finally:
        started.kill()
        started.communicate()


def said(started: "subprocess.Popen[str]") -> str:
    assert started.stdout is not None
    return started.stdout.readline().rstrip("\n")


def addresses(started: "subprocess.Popen[str]") -> list[tuple[str, int]]:
    parts = [urlsplit(url) for url in said(started).split()]
    return [(part.hostname or "", part.port or 0) for part in parts]


def let_arrive(service: tuple[str, int]) -> None:
    """Return when the server has read all that was sent to it before."""
    with Wire(service) as wire:
        wire.send(request(line=b"OPTIONS / HTTP/1.1"))
        assert wire.read().status == 200


def ended(started: "subprocess.Popen[str]") -> tuple[list[list[str]], str]:
    """The journal that was printed, and what stands on standard error."""
    out, err = started.communicate(timeout=5)
    assert started.returncode == 0, err
    assert "Traceback" not in err
    return json.loads(out.splitlines()[-1]), err


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_in_flight_are_answered_and_half_sent_ones_are_cut(number: signal.Signals) -> None:
    with process(answer_seconds=0.3) as started:
        service, management = addresses(started)
        with (
            Wire(service) as in_flight,
            Wire(service) as half_sent,
            Wire(service) as idle,
            Wire(management) as probe,
        ):
            half_sent.send(request(body=b"half")[:-1])
            idle.send(request(line=b"OPTIONS / HTTP/1.1"))
            assert idle.read().status == 200
            in_flight.send(request(body=b"whole"))
            assert said(started) == "working"
            began = time.monotonic()
            started.send_signal(number)
            reply = in_flight.read()
            assert reply.body == b"<echo>whole</echo>"
            assert in_flight.is_closed()
            assert idle.is_closed()
            assert probe.is_closed()
            with pytest.raises(OSError, match="refused"):
                socket.create_connection(service, timeout=1).close()
            assert half_sent.is_closed()
            journal, _ = ended(started)
            assert time.monotonic() - began < 1.5  # one second, and the end of the interpreter
    assert sorted(journal) == [
        ["answered", "whole", None],
        ["cut", "hal", "The server was stopped before the request was complete."],
    ]


@posix
def test_a_request_that_is_completed_in_time_is_answered() -> None:
    with process() as started:
        service, _ = addresses(started)
        with Wire(service) as wire:
            message = request(body=b"late")
            wire.send(message[:-1])
            let_arrive(service)
            started.send_signal(signal.SIGTERM)
            time.sleep(0.2)
            wire.send(message[-1:])
            reply = wire.read()
            assert (reply.body, reply.value("Connection")) == (b"<echo>late</echo>", "close")
        journal, _ = ended(started)
    assert journal == [["answered", "late", None]]


@posix
def test_an_idle_server_stops_at_once() -> None:
    with process() as started:
        service, _ = addresses(started)
        with Wire(service):
            began = time.monotonic()
            started.send_signal(signal.SIGTERM)
            assert ended(started) == ([], "")
            assert time.monotonic() - began < 0.6


@posix
def test_a_second_signal_does_not_wait_for_anybody() -> None:
    with process() as started:
        service, _ = addresses(started)
        with Wire(service) as half_sent:
            half_sent.send(request(body=b"half")[:-1])
            let_arrive(service)
            began = time.monotonic()
            started.send_signal(signal.SIGTERM)
            time.sleep(0.1)
            started.send_signal(signal.SIGTERM)
            journal, _ = ended(started)
            assert time.monotonic() - began < 0.6
    assert [outcome for outcome, _, _ in journal] == ["cut"]


@posix
def test_a_server_that_is_still_loading_stops_too() -> None:
    with process(load_seconds=30) as started:
        time.sleep(0.1)
        began = time.monotonic()
        started.send_signal(signal.SIGTERM)
        assert ended(started) == ([], "")
        assert time.monotonic() - began < 1


def test_a_server_in_a_thread_is_stopped_by_its_stop(server: Running) -> None:
    with server.connect() as wire:
        wire.send(request())
        assert wire.read().status == 200
        server.stop()
        assert wire.is_closed()
