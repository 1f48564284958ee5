"""Connections: kept alive, pipelined, bounded in time, answered in one piece."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.gateway.exchange import Answer
from mockserver.http.application import Fragment, Message
from mockserver.http.head import Head
from mockserver.http.limits import Limits
from mockserver.http.protocol import Connections, HttpProtocol
from mockserver.http.refusal import Refusal
from mockserver.instant import system_clock
from tests.http.running import Running, running
from tests.http.wire import ENDPOINT, HOST, XML, chunked, request


def test_a_connection_serves_many_requests(server: Running) -> None:
    with server.connect() as wire:
        for number in range(20):
            wire.send(request(body=b"%d" % number))
            assert wire.read().body == b"<echo>%d</echo>" % number


def test_pipelined_requests_are_answered_in_order(server: Running) -> None:
    mixed = [
        request(body=b"1"),
        request(fields=XML + b"Transfer-Encoding: chunked\r\n", body=chunked(b"2", b"2"), length=False),
        b"\r\n" + request(line=b"OPTIONS * HTTP/1.1"),
        request(line=b"HEAD " + ENDPOINT + b"?wsdl HTTP/1.1"),
        request(body=b"3"),
    ]
    with server.connect() as wire:
        wire.send(b"".join(mixed) * 5)
        for _ in range(5):
            assert wire.read().body == b"<echo>1</echo>"
            assert wire.read().body == b"<echo>22</echo>"
            assert wire.read().value("Allow") == "GET, HEAD, OPTIONS, POST"
            assert wire.read(head_only=True).status == 200
            assert wire.read().body == b"<echo>3</echo>"


def test_requests_after_a_malformed_one_are_not_read(server: Running) -> None:
    with server.connect() as wire:
        wire.send(b"BAD REQUEST LINE\r\n\r\n" + request(body=b"smuggled"))
        assert wire.read().status == 400
        assert wire.is_closed()
    assert server.gateway.requests == []


@pytest.mark.parametrize("value", [b"close", b"Close", b"x, close"])
def test_connection_close_is_honoured(server: Running, value: bytes) -> None:
    with server.connect() as wire:
        wire.send(request(fields=XML + b"Connection: " + value + b"\r\n"))
        assert wire.read().value("Connection") == "close"
        assert wire.is_closed()


def test_100_continue_is_sent_before_the_body_and_only_once(server: Running) -> None:
    message = request(fields=XML + b"Expect: 100-Continue\r\n", body=b"abc")
    with server.connect() as wire:
        wire.send(message[:-3])
        assert wire.read().status == 100
        wire.send(b"a")
        wire.send(b"bc")
        assert wire.read().body == b"<echo>abc</echo>"


def test_100_continue_is_left_out_when_the_body_is_there_or_the_client_speaks_1_0(server: Running) -> None:
    fields = XML + b"Expect: 100-continue\r\n"
    assert server.ask(request(fields=fields, body=b"abc")).status == 200
    old = request(line=b"POST " + ENDPOINT + b" HTTP/1.0", fields=fields, body=b"abc")
    with server.connect() as wire:
        wire.send(old[:-3])
        time.sleep(0.1)
        wire.send(old[-3:])
        assert wire.read().status == 200


def test_who_waits_for_100_continue_hears_a_refusal_instead() -> None:
    with running(limits=Limits(body_bytes=10)) as server:
        for fields, status in (
            (b"Content-Type: a/b\r\n", 415),
            (XML + b"Content-Encoding: br\r\n", 415),
            (XML, 413),
        ):
            body = b"x" * (11 if status == 413 else 3)
            with server.connect() as wire:
                wire.send(request(fields=fields + b"Expect: 100-continue\r\n", body=body)[: -len(body)])
                assert wire.read().status == status
                assert wire.is_closed()


def test_a_refused_client_that_keeps_sending_still_gets_its_answer() -> None:
    with running(limits=Limits(body_bytes=1000)) as server, server.connect() as wire:
        wire.send(request(fields=XML + b"Content-Length: 5000000\r\n", length=False))
        for _ in range(50):
            wire.send(b"x" * 100_000)
        assert wire.read().status == 413


def test_an_idle_connection_is_closed_without_a_word() -> None:
    with (
        running(limits=Limits(idle_seconds=0.2)) as server,
        server.connect() as fresh,
        server.connect() as used,
    ):
        used.send(request())
        assert used.read().status == 200
        assert fresh.is_closed()
        assert used.is_closed()
        assert [entry.outcome for entry in server.journal.newest_first()[0]] == ["answered"]


def test_each_request_begins_the_idle_time_anew() -> None:
    with running(limits=Limits(idle_seconds=0.5)) as server, server.connect() as wire:
        for _ in range(3):
            time.sleep(0.3)
            wire.send(request())
            assert wire.read().status == 200
        answered = time.monotonic()
        assert wire.is_closed()
        assert time.monotonic() - answered > 0.4


def test_a_client_that_reads_nothing_is_dropped() -> None:
    with running(limits=Limits(body_seconds=0.3)) as server:
        body = b"x" * 500_000
        with server.connect() as wire:
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wire.socket.settimeout(2)
            # The server stops reading, for nobody takes what it writes; then it gives up.
            with pytest.raises(OSError, match=r"reset|Broken pipe|abort"):
                for _ in range(100):
                    wire.send(request(body=body))
        assert server.ask(request(body=b"abc")).status == 200


def test_many_connections_at_once_each_get_their_own_answer(server: Running) -> None:
    wrong: list[bytes] = []

    def talk(number: int) -> None:
        with server.connect() as wire:
            for turn in range(20):
                body = b"%d-%d" % (number, turn)
                wire.send(request(body=body))
                if wire.read().body != b"<echo>" + body + b"</echo>":
                    wrong.append(body)

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert wrong == []
    assert len(server.gateway.requests) == 320


# Below, the protocol alone: what it writes, and how often.


class Notes:
    """An application that notes what it is handed."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes]] = []

    def admit(self, head: Head) -> None:
        pass

    def answer(self, message: Message) -> Answer:
        self.messages.append((message.head.target, message.body))
        return Answer(http=200, fields=[], body=b"<a/>", correlation_id="1")

    def refuse(self, refusal: Refusal, fragment: Fragment) -> Answer:
        self.messages.append((str(refusal.status), fragment.body))
        return Answer(http=refusal.status, fields=[], body=b"no", correlation_id="2")

    def cut(self, reason: str, fragment: Fragment) -> None:
        self.messages.append(("cut", fragment.body))


class Writes(asyncio.Transport):
    """A transport that keeps every single write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.closed = True

    def close(self) -> None:
        self.closed = True


def receive(protocol: HttpProtocol, data: bytes) -> None:
    """What the event loop does with bytes from a socket."""
    while data:
        buffer = protocol.get_buffer(-1)
        size = min(len(data), len(buffer))
        buffer[:size] = data[:size]
        protocol.buffer_updated(size)
        data = data[size:]


def feed(parts: Iterable[bytes]) -> tuple[Notes, Writes]:
    notes, transport = Notes(), Writes()

    async def talk() -> None:
        protocol = Connections(notes, Limits(), system_clock).accept()
        protocol.connection_made(transport)
        for part in parts:
            receive(protocol, part)
        protocol.connection_lost(None)

    asyncio.run(talk())
    return notes, transport


def test_head_and_body_of_an_answer_leave_in_one_write() -> None:
    for data in (request(body=b"abc"), b"BAD\r\n\r\n"):
        _, transport = feed([data])
        (written,) = transport.writes
        assert written.startswith(b"HTTP/1.1 ")
        assert written.endswith((b"\r\n\r\n<a/>", b"\r\n\r\nno"))


def test_nagle_is_off() -> None:
    seen: list[int] = []

    async def accept_one() -> None:
        connections = Connections(Notes(), Limits(), system_clock)
        server = await asyncio.get_running_loop().create_server(connections.accept, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(request(body=b"abc"))
        await reader.readuntil(b"<a/>")
        (protocol,) = connections._open
        accepted = cast(socket.socket, protocol._transport.get_extra_info("socket"))
        seen.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()
        server.close()
        await writer.wait_closed()

    asyncio.run(accept_one())
    assert seen[0] != 0


STREAM = (
    request(line=b"POST /1 HTTP/1.1", body=b"abc")
    + b"\r\n\r\n"
    + request(
        line=b"POST /2 HTTP/1.1",
        fields=XML + b"Transfer-Encoding: chunked\r\n",
        body=chunked(b"de", b"\r\n\r\n", end=b"0\r\nX-T: 1\r\n\r\n"),
        length=False,
    )
    + b"GET /3 HTTP/1.1\r\n" + HOST + b"\r\n"
    + request(line=b"POST /4 HTTP/1.1", body=b"")
    + request(line=b"POST /5 HTTP/1.1", body=b"\r\n\r\n")
)  # fmt: skip


@given(cuts=st.sets(st.integers(1, len(STREAM) - 1), max_size=40))
def test_how_the_bytes_are_cut_into_segments_makes_no_difference(cuts: set[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    notes, transport = feed(STREAM[a:b] for a, b in pairwise(places))
    assert notes.messages == [
        ("/1", b"abc"),
        ("/2", b"de\r\n\r\n"),
        ("/3", b""),
        ("/4", b""),
        ("/5", b"\r\n\r\n"),
    ]
    assert len(transport.writes) == 5


def test_byte_by_byte_makes_no_difference() -> None:
    notes, _ = feed(STREAM[place : place + 1] for place in range(len(STREAM)))
    assert [target for target, _ in notes.messages] == ["/1", "/2", "/3", "/4", "/5"]


PIECES = st.sampled_from(
    [
        b"POST / HTTP/1.1\r\n",
        b"GET /x HTTP/1.0\r\n",
        HOST,
        XML,
        b"Content-Length: 3\r\n",
        b"Content-Length: 9999999999\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Expect: 100-continue\r\n",
        b"Connection: close\r\n",
        b"Connection: upgrade\r\n",
        b"Upgrade: h2c\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b"0\r\n\r\n",
        b"3\r\nabc\r\n",
        b"abc",
        b"\x00",
        b"\xff",
        b" ",
        b":",
    ]
)


@given(pieces=st.lists(st.one_of(PIECES, st.binary(max_size=8)), max_size=30))
def test_whatever_is_sent_every_answer_is_whole_and_the_last_refusal_closes(pieces: list[bytes]) -> None:
    notes, transport = feed(pieces)
    answers = [written for written in transport.writes if not written.startswith(b"HTTP/1.1 100 ")]
    assert all(written.endswith((b"\r\n\r\n<a/>", b"\r\n\r\nno", b"\r\n\r\n")) for written in answers)
    assert len(answers) == len([name for name, _ in notes.messages if name != "cut"])
    assert transport.closed or not any(name.isdigit() for name, _ in notes.messages)
