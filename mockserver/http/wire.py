"""An answer as bytes."""

import re
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from werkzeug.http import http_date

from mockserver.gateway.exchange import Answer
from mockserver.instant import SECOND, Clock, Instant

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
"""RFC 9110 section 15.2.1."""

_CONTROLS: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f]")


def date_field(clock: Clock) -> Callable[[], str]:
    """A function that says now as a Date field does, in GMT, by the service's own clock.

    Clients measure their clock's drift with it (`rules.md` P18), so it must be the clock that judges
    Timestamps.
    """
    told = -1
    text = ""

    def date() -> str:
        nonlocal told, text
        second = clock() // SECOND
        if second != told:
            told, text = second, http_date(second)
        return text

    return date


def date_by(instant: Instant) -> tuple[str, str]:
    """A Date field for an answer by another clock than the server's."""
    return "Date", http_date(instant // SECOND)


def answer_bytes(
    answer: Answer, *, date: str, version: str, with_body: bool, close: bool, streamed: bool = False
) -> bytes:
    """Status line, fields and body in one piece, so that they leave in one segment when they fit one.

    `date` is the server's; an answer by another clock (a session's) brings its own.

    `version` is that of the request: an HTTP/1.0 client gets a 1.0 status line (`rules.md` P06). Without a
    body (HEAD) Content-Length still tells its size (RFC 9110 section 8.6). A `streamed` body follows later, for
    ever, and ends with the connection.

    Raises ValueError when a field would break out of its line: that is a fault of ours, not of the client.
    """
    lines = [_status_line(version, answer.http)]
    names = [name.lower() for name, _ in answer.fields]
    if "date" not in names:
        lines.append(f"Date: {date}")
    for name, value in answer.fields:
        line = f"{name}: {value}"
        if not line.isprintable() and _CONTROLS.search(line):  # nearly every line is, and that is told at once
            raise ValueError(f"control character in the answer's field {name!a}")
        lines.append(line)
    if answer.correlation_id and "x-correlationid" not in names:
        lines.append(f"X-CorrelationID: {answer.correlation_id}")
    if not streamed:
        lines.append(f"Content-Length: {len(answer.body)}")
    if close or streamed:
        lines.append("Connection: close")
    head = "\r\n".join(lines) + "\r\n\r\n"
    return head.encode("latin-1") + (answer.body[: answer.delivery.body_bytes] if with_body else b"")


@lru_cache(maxsize=64)
def _status_line(version: str, status: int) -> str:
    return f"HTTP/{version} {status} {HTTPStatus(status).phrase}"
