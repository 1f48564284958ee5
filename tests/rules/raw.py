"""A request to the running mock, byte by byte, and what the journal says of it."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from tests.conftest import USER_AGENT, Mock, Reply
from tests.forge import Forge
from tests.http.wire import ENDPOINT, Wire

Line = tuple[bytes, bytes]
"""A field as it shall stand on the wire: name, and all that follows the colon and one blank."""


def lines_of(mock: Mock) -> list[Line]:
    """The fields of a request without findings, Content-Length apart."""
    return [
        (b"Host", urlsplit(mock.url).netloc.encode()),
        (b"Content-Type", b"text/xml; charset=utf-8"),
        (b"SOAPAction", f'"{mock.contract.soap_action}"'.encode()),
        (b"User-Agent", USER_AGENT.encode()),
        (b"From", b"tests@example.org"),
    ]


def with_lines(lines: Sequence[Line], name: bytes, *values: bytes) -> list[Line]:
    """The fields with these values for `name`: none takes it away, two send it twice."""
    kept = [line for line in lines if line[0].lower() != name.lower()]
    return [*kept, *((name, value) for value in values)]


def send(
    mock: Mock,
    message: bytes | Forge,
    lines: Sequence[Line] | None = None,
    *,
    line: bytes = b"POST " + ENDPOINT + b" HTTP/1.1",
) -> Reply:
    """Write the request as told (a Content-Length is added) and fetch what the journal says of it."""
    body = message.octets() if isinstance(message, Forge) else message
    fields = [*(lines_of(mock) if lines is None else lines), (b"Content-Length", str(len(body)).encode())]
    head = b"\r\n".join([line, *(name + b": " + value for name, value in fields)])
    address = urlsplit(mock.url)
    assert address.hostname is not None and address.port is not None
    with Wire((address.hostname, address.port)) as wire:
        wire.send(head + b"\r\n\r\n" + body)
        reply = wire.read()
    entry = mock.journal(reply.value("X-CorrelationID"))
    return Reply(reply.status, dict(reply.fields), reply.body, entry["report"], entry)
