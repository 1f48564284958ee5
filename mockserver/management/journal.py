"""The journal: every exchange in full, in memory only, within bounds.

It holds health data (`decisions.md` 6). Nothing here is written to disk or to a log; the management port
alone shows it.
"""

import threading
from base64 import b64encode
from collections import deque
from dataclasses import dataclass, field
from typing import Final, Protocol, Self

from mockserver.gateway.exchange import Answer, HttpRequest
from mockserver.instant import Instant, format_instant

_MILLISECOND: Final = 1_000_000

_OVERHEAD: Final = 2048
"""Bytes reckoned for an entry's objects on top of the messages themselves."""


class Report(Protocol):
    """What the gateway found out about a message."""

    @property
    def reason(self) -> tuple[str, str] | None:
        """Id of the rule that refused, and what was found; None if nothing did."""

    def to_json(self) -> dict[str, object]:
        """The findings, ready for JSON."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One exchange. Answered by the gateway, refused by HTTP, or cut before it was complete."""

    correlation_id: str
    received: Instant
    peer: str
    """host:port of the caller."""
    head: bytes = field(repr=False)
    """Request line and fields, up to the empty line; of a malformed request whatever came."""
    body: bytes = field(repr=False)
    """As the gateway saw it, without content coding; of a refused request as it came."""
    answer: Answer | None = field(default=None, repr=False)
    """None when the exchange was cut."""
    duration: int = 0
    """Nanoseconds the gateway took; 0 for what never reached it."""
    rule: str | None = None
    """Id of the rule of `rules.md` 1.1 that HTTP refused the request by."""
    detail: str | None = None
    """Why HTTP refused the request, or why it was cut; one sentence."""
    report: Report | None = field(default=None, repr=False)
    """The gateway's findings; None for what never reached it."""

    @classmethod
    def of_exchange(cls, request: HttpRequest, answer: Answer, *, duration: int, report: Report) -> Self:
        """The entry of a request that reached the gateway; `duration` in nanoseconds."""
        return cls(
            correlation_id=answer.correlation_id,
            received=request.received,
            peer=request.peer,
            head=head_bytes(request),
            body=request.body,
            answer=answer,
            duration=duration,
            report=report,
        )

    @property
    def outcome(self) -> str:
        """`answered`, `refused` or `cut`."""
        if self.answer is None:
            return "cut"
        return "refused" if self.detail is not None else "answered"

    @property
    def size(self) -> int:
        """Bytes it is reckoned to take in memory, its report apart."""
        answer = len(self.answer.body) if self.answer is not None else 0
        return len(self.head) + len(self.body) + answer + _OVERHEAD

    def summary(self) -> dict[str, object]:
        """A line of the listing, ready for JSON."""
        answer = self.answer
        rule, detail = (self.report.reason if self.report is not None else None) or (self.rule, self.detail)
        return {
            "id": self.correlation_id,
            "received": format_instant(self.received),
            "peer": self.peer,
            "outcome": self.outcome,
            "http": answer.http if answer is not None else None,
            "soa": answer.soa if answer is not None else None,
            "status": answer.status if answer is not None else None,
            "cbss": answer.cbss if answer is not None else None,
            "rule": rule,
            "detail": detail,
            "durationMilliseconds": self.duration / _MILLISECOND,
            "bytes": len(self.body),
        }

    def to_json(self) -> dict[str, object]:
        """All of it, ready for JSON; bytes in base64."""
        return self.summary() | {
            "report": self.report.to_json() if self.report is not None else None,
            "request": {"head": _base64(self.head), "body": _base64(self.body)},
            "answer": _answer_json(self.answer) if self.answer is not None else None,
        }


def head_bytes(request: HttpRequest) -> bytes:
    """Request line and fields as the client sent them, but for optional white space around values."""
    lines = [f"{request.method} {request.target} HTTP/{request.version}".encode("latin-1")]
    lines += [name.encode("latin-1") + b": " + value for name, value in request.fields]
    return b"\r\n".join(lines) + b"\r\n\r\n"


class Journal:
    """The latest exchanges, oldest dropped first; counts what it drops. Safe to use from several threads."""

    def __init__(self, *, entries: int = 1000, octets: int = 64 * 1024 * 1024) -> None:
        """Keep at most so many entries, of so many bytes together."""
        self._entries_limit = entries
        self._octets_limit = octets
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque()
        self._octets = 0
        self._dropped = 0

    def record(self, entry: Entry) -> None:
        """Take an entry in, and drop the oldest ones that no longer fit."""
        with self._lock:
            self._entries.append(entry)
            self._octets += entry.size
            while len(self._entries) > self._entries_limit or self._octets > self._octets_limit:
                self._octets -= self._entries.popleft().size
                self._dropped += 1

    def newest_first(self) -> tuple[list[Entry], int]:
        """The entries, and how many were dropped for want of room since the journal was last cleared."""
        with self._lock:
            return list(reversed(self._entries)), self._dropped

    def find(self, correlation_id: str) -> Entry | None:
        """The entry with that correlation id, if it is still there."""
        with self._lock:
            return next((entry for entry in self._entries if entry.correlation_id == correlation_id), None)

    def clear(self) -> int:
        """Forget everything, the count of dropped entries too; tells how many entries were there."""
        with self._lock:
            forgotten = len(self._entries)
            self._entries.clear()
            self._octets = self._dropped = 0
            return forgotten


def _answer_json(answer: Answer) -> dict[str, object]:
    return {
        "http": answer.http,
        "fields": [list(pair) for pair in answer.fields],
        "body": _base64(answer.body),
        "soa": answer.soa,
        "status": answer.status,
        "message": answer.message,
        "cbss": answer.cbss,
        "identifier": answer.identifier,
    }


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
