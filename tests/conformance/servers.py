"""Small endpoints made by hand, most of them broken on purpose."""

import re
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ANSWERS = Path(__file__).parents[2] / "fixtures" / "answers"

_REQUEST_ID = re.compile(rb'GenerateCovidIdRequest [^>]*\bId="([^"]+)"')


@dataclass(frozen=True)
class Received:
    """A request as it reached the server."""

    line: str
    fields: Sequence[tuple[str, str]]
    body: bytes


Talk = Callable[[BaseHTTPRequestHandler, bytes], None]
"""Writes whatever it likes to handler.wfile; the second argument is the request's body."""


@dataclass
class Server:
    """A running server and what it received."""

    port: int
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serving(talk: Talk, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server on a free port that answers every POST with `talk`, then closes the connection."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.received.append(Received(self.requestline, self.headers.items(), body))
            self.close_connection = True
            talk(self, body)

        def log_message(self, format: str, *args: object) -> None:
            """Silent: a test's output is the test's."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Clients of these servers hang up early, which is what is tested."""

    with Quiet(("127.0.0.1", 0), Handler) as http:
        if context is not None:
            http.socket = context.wrap_socket(http.socket, server_side=True)
        server = Server(http.server_address[1])
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()


def closed_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answer_file(name: str, request: bytes = b"") -> bytes:
    """A file of fixtures/answers, with the request's @Id where it says REQUEST-ID."""
    octets = (ANSWERS / name).read_bytes()
    match = _REQUEST_ID.search(request)
    return octets.replace(b"REQUEST-ID", match.group(1)) if match else octets


def http_answer(
    status: int, body: bytes, content_type: str = "text/xml; charset=utf-8", *more: tuple[str, str]
) -> bytes:
    """A whole HTTP answer."""
    fields = [("Content-Type", content_type), ("Content-Length", str(len(body))), *more]
    lines = [f"HTTP/1.1 {status} Reason", *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def saying(name: str, status: int = 200, change: tuple[bytes, bytes] = (b"", b"")) -> Talk:
    """Answers with a file of fixtures/answers, in which `change` replaces one text by another."""

    def talk(handler: BaseHTTPRequestHandler, request: bytes) -> None:
        old, new = change
        body = answer_file(name, request)
        assert old in body
        content_type = "text/html" if name.endswith(".html") else "text/xml; charset=utf-8"
        handler.wfile.write(http_answer(status, body.replace(old, new) if old else body, content_type))

    return talk


def raw(octets: bytes) -> Talk:
    """Writes these octets and closes the connection."""

    def talk(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.wfile.write(octets)

    return talk


def resetting(octets: bytes = b"") -> Talk:
    """Writes these octets and resets the connection (RST instead of FIN)."""

    def talk(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.wfile.write(octets)
        handler.wfile.flush()
        if octets:
            time.sleep(0.05)  # a reset throws away what the peer has not yet read
        # SO_LINGER with a time of zero; Windows declares its two members as shorts.
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # Two file objects keep the socket open until they are closed as well.
        handler.rfile.close()
        handler.connection.close()

    return talk
