"""A proxy in front of a real mock that spoils what comes back, in one way."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3

from conformance.modes.mock import MockUrls


@dataclass(frozen=True)
class Sent:
    """A request that the proxy passed on, unchanged."""

    method: str
    target: str
    fields: urllib3.HTTPHeaderDict
    body: bytes
    refused_by: str
    """Id of the first rule of the mock that refused it; empty when none did."""


@dataclass(frozen=True)
class Got:
    """The mock's answer, or what a defect makes of it."""

    status: int
    fields: urllib3.HTTPHeaderDict = field(default_factory=urllib3.HTTPHeaderDict)
    body: bytes = b""
    length: int | None = None
    """What Content-Length says; None: the truth."""

    def with_field(self, name: str, value: str | None) -> "Got":
        """The answer with another value of a field; None leaves it out."""
        fields = self.fields.copy()
        fields.pop(name, None)
        if value is not None:
            fields[name] = value
        return replace(self, fields=fields)


Defect = Callable[[Sent, Got], Got]
"""What the broken endpoint answers."""


@contextmanager
def broken_endpoint(mock: MockUrls, defect: Defect) -> Iterator[str]:
    """The URL of an endpoint that behaves like `mock`, but for the defect."""
    path = "/" + mock.endpoint.split("/", 3)[3]
    base = mock.endpoint.removesuffix(path)
    with urllib3.PoolManager(retries=False, timeout=20.0) as pool:

        def refused_by(correlation: str | None) -> str:
            entry = pool.request("GET", f"{mock.management}/journal/{correlation}")
            if entry.status != 200:
                return ""  # questions for the contract and the clock are not journalled
            told = json.loads(entry.data)
            findings = (told["report"] or {}).get("findings", [])
            refusing = [finding["rule"] for finding in findings if finding["severity"] == "reject"]
            return str(next(iter(refusing), told["rule"] or ""))

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                fields = urllib3.HTTPHeaderDict(self.headers.items())
                if "User-Agent" not in fields:
                    fields["User-Agent"] = urllib3.util.SKIP_HEADER
                answer = pool.request(
                    self.command, base + self.path, body=body or None, headers=fields, redirect=False,
                    decode_content=False,
                )  # fmt: skip
                rule = refused_by(answer.headers.get("X-CorrelationID"))
                sent = Sent(self.command, self.path, fields, body, rule)
                headers = urllib3.HTTPHeaderDict(answer.headers)
                got = defect(sent, Got(answer.status, headers, answer.data))
                self._write(got)

            do_POST = do_GET = do_PUT = do_DELETE = do_OPTIONS = do_HEAD = handle_any  # noqa: N815 - names of the library

            def _write(self, got: Got) -> None:
                lines = [f"HTTP/1.1 {got.status} Reason"]
                dropped = ("content-length", "transfer-encoding", "connection")
                lines += [f"{name}: {value}" for name, value in got.fields.items() if name.lower() not in dropped]
                length = len(got.body) if got.length is None else got.length
                lines += [f"Content-Length: {length}", "Connection: close", "", ""]
                self.wfile.write("\r\n".join(lines).encode("latin-1") + got.body)
                self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Silent: a test's output is the test's."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}{path}"
            finally:
                server.shutdown()
                thread.join()
