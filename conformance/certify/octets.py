"""Answers as octets: written for the wire, and read back to see what the client was told."""

import io
from collections.abc import Sequence
from http.client import HTTPException, HTTPResponse, IncompleteRead

from conformance.client.transport import HttpAnswer
from mockserver.gateway.exchange import Answer
from mockserver.http.wire import answer_bytes, date_field
from mockserver.instant import system_clock

XML: tuple[str, str] = ("Content-Type", "text/xml; charset=utf-8")

_date = date_field(system_clock)


def octets_of(answer: Answer, *, version: str = "1.1", with_body: bool = True, close: bool = False) -> bytes:
    """An answer of the gateway or of the mock's application, as the mock itself would send it."""
    return answer_bytes(answer, date=_date(), version=version, with_body=with_body, close=close)


def written(status: int, body: bytes, fields: Sequence[tuple[str, str]] = (XML,)) -> bytes:
    """A well-formed HTTP answer of our own."""
    return octets_of(Answer(status, fields, body, ""))


class _Octets:
    """What http.client takes for a socket."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def makefile(self, _mode: str) -> io.BytesIO:
        """The whole answer as a file."""
        return io.BytesIO(self._octets)


def read_back(octets: bytes) -> HttpAnswer:
    """The answer in `octets`, whole or not, as the reference client would see it.

    What stands there may come from a foreign endpoint behind the checking proxy: nothing is taken for granted.
    """
    if not octets:
        return HttpAnswer(None, broken="the connection was closed without an answer")
    response = HTTPResponse(_Octets(octets), method="POST")  # type: ignore[arg-type]
    body, broken = b"", None
    try:
        response.begin()
        body = response.read()
    except IncompleteRead as error:
        body, broken = error.partial, f"the answer was cut after {len(error.partial)} bytes of its body"
    except (HTTPException, ValueError) as error:
        return HttpAnswer(None, broken=f"the answer is not HTTP: {error}")
    return HttpAnswer(
        status=response.status,
        reason=response.reason,
        version="HTTP/1.0" if response.version == 10 else "HTTP/1.1",
        fields=tuple(response.headers.items()),
        body=body,
        broken=broken,
    )
