"""The checking proxy: a request goes on to another endpoint, and its answer comes back, octet for octet.

Only what names the proxy itself is rewritten: the path in the request line, and the value of Host, without which a
server with several names (acceptance is one) could not tell which is meant.
"""

import io
import re
import ssl
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final

from conformance.certify.listening import Arrived, Reaction
from conformance.client.endpoint import Endpoint
from mockserver.gateway.exchange import ENDPOINT_PATH
from mockserver.http.delivery import End

_HOST: Final = re.compile(rb"(?im)^(host:[ \t]*)[^\r\n]*")
_CONNECT_SECONDS: Final = 10.0


class _Recording(io.RawIOBase):
    """A raw stream that keeps every octet it hands out."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self.octets = bytearray()

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int | None:
        count = self._raw.readinto(target)
        self.octets += bytes(target[: count or 0])
        return count


class _Tap:
    """What http.client takes for a socket."""

    def __init__(self, recording: _Recording) -> None:
        self._recording = recording

    def makefile(self, _mode: str) -> io.BufferedReader:
        """The recorded stream."""
        return io.BufferedReader(self._recording)


def forwarding(endpoint: Endpoint, timeout: float, ca_certificate: str | None = None) -> Callable[[Arrived], Reaction]:
    """A function that sends a request on to `endpoint` and returns what came, after `timeout` seconds at most."""
    context = None
    if endpoint.scheme == "https":
        context = ssl.create_default_context()
        if ca_certificate is not None:
            context.load_verify_locations(cadata=ca_certificate)

    def forward(arrived: Arrived) -> Reaction:
        connection = _connection(endpoint, context)
        try:
            connection.connect()
        except OSError as error:
            reason = error.strerror or str(error)
            line = f"The checking proxy has no connection to {endpoint.authority}: {reason}.\n".encode()
            head = f"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: {len(line)}\r\n"
            return Reaction(f"{head}Connection: close\r\n\r\n".encode() + line, End.CLOSE)
        try:
            connection.sock.settimeout(timeout)
            connection.sock.sendall(readdressed(arrived, endpoint))
            return _received(connection, arrived.head.method)
        finally:
            connection.close()

    return forward


def readdressed(arrived: Arrived, endpoint: Endpoint) -> bytes:
    """The request with the endpoint's path and Host, and not another octet changed."""
    raw = arrived.raw
    end = raw.index(b"\r\n\r\n")
    line, _, rest = raw[:end].partition(b"\r\n")
    method, target, version = line.split(b" ")
    path, mark, query = target.partition(b"?")
    if path.rstrip(b"/").endswith(ENDPOINT_PATH.encode()):  # not that of a clock probe, OPTIONS / (wire-facts C7)
        target = endpoint.target.encode() + mark + query
    fields = _HOST.sub(lambda match: match[1] + endpoint.authority.encode(), rest, count=1)
    return b" ".join((method, target, version)) + (b"\r\n" if rest else b"") + fields + raw[end:]


def _received(connection: HTTPConnection, method: str) -> Reaction:
    with connection.sock.makefile("rb", buffering=0) as raw:
        recording = _Recording(raw)
        response = HTTPResponse(_Tap(recording), method=method)  # type: ignore[arg-type]
        try:
            response.begin()
            response.read()
            end = End.CLOSE if response.will_close else End.KEEP
        except (HTTPException, OSError, ValueError):
            end = End.RESET if not recording.octets else End.CLOSE  # what came is handed on as it came
    return Reaction(bytes(recording.octets), end)


def _connection(endpoint: Endpoint, context: ssl.SSLContext | None) -> HTTPConnection:
    host = endpoint.host.strip("[]")
    if context is None:
        return HTTPConnection(host, endpoint.port, timeout=_CONNECT_SECONDS)
    return HTTPSConnection(host, endpoint.port, timeout=_CONNECT_SECONDS, context=context)
