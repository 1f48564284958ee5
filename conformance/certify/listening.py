"""A port with one thread a connection, so that an answer may be late, cut or reset without holding up others.

The mock's own server answers every request at once and correctly; that is what it is for. Here an answer is what a
case wants it to be. The reading is the mock's: same grammar, same limits.
"""

import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from mockserver.http.application import Fragment
from mockserver.http.body import body_of, check_length
from mockserver.http.delivery import End, reset_when_closed
from mockserver.http.head import Head, check_beginning, read_head
from mockserver.http.limits import Limits
from mockserver.http.listener import authority_of, listen
from mockserver.http.refusal import Refusal, malformed
from mockserver.http.wire import CONTINUE
from mockserver.instant import Instant, system_clock

LIMITS: Final = Limits()

_PIECE: Final = 64 * 1024
_HEAD_END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a client gets for a request."""

    octets: bytes
    end: End = End.KEEP
    delay: float = 0.0
    """Seconds before the first octet."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A whole request."""

    head: Head
    body: bytes
    """Out of its chunks, still in its content coding."""
    raw: bytes
    """Every octet of the request as it came, head and framing included."""
    received: Instant
    """The moment the last octet was in."""
    peer: str

    @property
    def fragment(self) -> Fragment:
        """The same as the mock's application wants it for a refusal."""
        return Fragment(self.head.raw, self.body, self.received, self.peer)


Serve = Callable[[Arrived], Reaction]
"""Answers a whole request; may take its time."""

Refuse = Callable[[Refusal, Fragment], Reaction]
"""Answers what is no request."""


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, listener: socket.socket, serve: Serve, refuse: Refuse) -> None:
        super().__init__(listener.getsockname(), _Connection, bind_and_activate=False)
        self.socket.close()  # TCPServer made one of its own
        self.socket = listener
        self.serve = serve
        self.refuse = refuse


class _Connection(socketserver.BaseRequestHandler):
    """Requests of one connection, one after the other."""

    server: _Server
    request: socket.socket

    def handle(self) -> None:
        self.request.settimeout(LIMITS.idle_seconds)
        buffer = bytearray()
        try:
            while (arrived := self._read(buffer)) is not None:
                reaction = self.server.serve(arrived)
                if not self._write(reaction) or not arrived.head.keep_alive:
                    return
        except Refusal as refusal:
            fragment = Fragment(bytes(buffer), b"", system_clock(), self._peer)
            self._write(self.server.refuse(refusal, fragment))
        except (ConnectionError, TimeoutError):
            return  # the client has gone: what it sent before is in the ledger

    @property
    def _peer(self) -> str:
        host, port = self.client_address[:2]
        return f"{host}:{port}"

    def _read(self, buffer: bytearray) -> Arrived | None:
        """The next request; None when the client closed the connection between two. Raises Refusal."""
        while (end := buffer.find(_HEAD_END)) < 0:
            if buffer:
                check_beginning(buffer, LIMITS)
            part = self.request.recv(_PIECE)
            if not part and buffer:
                raise malformed("The connection was closed before the head of the request ended.")
            if not part:
                return None
            buffer += part
        size = end + len(_HEAD_END)
        head = read_head(bytes(buffer[:size]), LIMITS)
        check_length(head, LIMITS)
        del buffer[:size]
        raw = bytearray(head.raw)
        body = body_of(head, LIMITS)
        if head.expects_continue and not buffer and not body.complete:
            self.request.sendall(CONTINUE)
        while not body.complete:
            if not buffer:
                part = self.request.recv(_PIECE)
                if not part:
                    raise malformed("The connection was closed before the body of the request ended.")
                buffer += part
            before = bytes(buffer)
            body.take(buffer)
            taken = len(before) - len(buffer)
            raw += before[:taken]
            if not taken and not body.complete:  # the end of a chunked body may straddle two pieces
                part = self.request.recv(_PIECE)
                if not part:
                    raise malformed("The connection was closed before the body of the request ended.")
                buffer += part
        return Arrived(head, body.content(), bytes(raw), system_clock(), self._peer)

    def _write(self, reaction: Reaction) -> bool:
        """True if the connection goes on."""
        if reaction.delay:
            time.sleep(reaction.delay)
        self.request.sendall(reaction.octets)
        if reaction.end is End.RESET:
            reset_when_closed(self.request)
            self.request.close()
        return reaction.end is End.KEEP


@contextmanager
def listening(host: str, port: int, serve: Serve, refuse: Refuse) -> Iterator[str]:
    """Serves on `host` and `port` (0: any free one) and yields host:port as it listens.

    Raises ListenError.
    """
    listener = listen(host, port, option="--port")
    authority = authority_of(listener)
    server = _Server(listener, serve, refuse)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield authority
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
