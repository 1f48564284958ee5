"""A client that writes the bytes it is told to, and reads answers one by one."""

import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Self

HOST = b"Host: mock.example\r\n"
XML = b"Content-Type: text/xml; charset=utf-8\r\n"
ENDPOINT = b"/DossierNumberGeneration/v1"


def request(
    *,
    line: bytes = b"POST " + ENDPOINT + b" HTTP/1.1",
    host: bytes = HOST,
    fields: bytes = XML,
    body: bytes = b"",
    length: bool = True,
) -> bytes:
    """A request; `fields` are whole lines, `length` adds the Content-Length of `body`."""
    counted = b"Content-Length: %d\r\n" % len(body) if length else b""
    return line + b"\r\n" + host + fields + counted + b"\r\n" + body


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + end


@dataclass(frozen=True)
class Reply:
    version: str
    status: int
    fields: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for field_name, value in self.fields if field_name.lower() == name.lower()]

    def value(self, name: str) -> str:
        (value,) = self.values(name)
        return value

    @property
    def line(self) -> str:
        return self.body.decode().removesuffix("\n")


class Wire:
    """One connection."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=5)
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def end(self) -> None:
        """Nothing more will be sent (FIN)."""
        self.socket.shutdown(socket.SHUT_WR)

    def read(self, *, head_only: bool = False) -> Reply:
        """The next answer; `head_only` after HEAD, whose Content-Length has no body."""
        status_line = self._file.readline()
        assert status_line, "the server closed the connection instead of answering"
        version, status, _ = status_line.decode().rstrip("\r\n").split(" ", 2)
        fields = []
        while (line := self._file.readline()) != b"\r\n":
            name, value = line.decode("latin-1").rstrip("\r\n").split(": ", 1)
            fields.append((name, value))
        reply = Reply(version, int(status), fields, b"")
        if head_only or reply.status == 100:
            return reply
        return Reply(version, int(status), fields, self._file.read(int(reply.value("Content-Length"))))

    def is_closed(self) -> bool:
        """The server closes the connection, having sent nothing more."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True
