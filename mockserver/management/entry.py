"""An entry of the journal: one exchange, whole."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Protocol, Self

from mockserver.gateway.exchange import Answer, HeaderField, HttpRequest
from mockserver.instant import Instant, format_instant

_MILLISECOND: Final = 1_000_000

_OVERHEAD: Final = 2048
"""Bytes reckoned for an entry's objects on top of the messages themselves."""

VERDICTS: Final = (
    "success",
    "requester",
    "responder",
    "challenge",
    "invalid-request",
    "fault",
    "refused",
    "cut",
    "other",
)
"""What an exchange came to, in one word."""

_VERDICT_OF_STATUS: Final = {
    "Success": "success",
    "Requester": "requester",
    "Responder": "responder",
    "Challenge": "challenge",
    "wst:InvalidRequest": "invalid-request",
}


class Report(Protocol):
    """What the gateway found out about a message."""

    @property
    def reason(self) -> tuple[str, str] | None:
        """Id of the rule that refused, and what was found; None if nothing did."""

    @property
    def rules(self) -> Sequence[str]:
        """Ids of the broken rules, refusing or not."""

    @property
    def size(self) -> int:
        """Bytes it is reckoned to take in memory, request and answer apart."""

    def to_json(self) -> dict[str, object]:
        """The findings, ready for JSON."""


@dataclass(frozen=True, slots=True)
class Script:
    """What a scenario did to an exchange."""

    scenario: str
    step: int
    """1 for the first."""
    answer: str
    """Kind of answer that the step asks for."""
    played: bool
    """False where the true answer was sent all the same, because the step has nothing to say to such a message."""

    def to_json(self) -> dict[str, object]:
        """Ready for JSON."""
        return {"scenario": self.scenario, "step": self.step, "answer": self.answer, "played": self.played}


@dataclass(slots=True)
class Entry:
    """One exchange. Answered by the gateway, refused by HTTP, or cut before it was complete.

    Nothing of it changes but its number, which the journal gives it. It is not frozen for that, and because making a
    frozen object of sixteen fields, and another one for its number, took a tenth of the time around the gateway.
    """

    correlation_id: str
    received: Instant
    """By the clock that judged it."""
    peer: str
    """host:port of the caller."""
    head: bytes = field(repr=False)
    """Request line and fields, up to the empty line; of a malformed request whatever came."""
    body: bytes = field(repr=False)
    """As the gateway saw it, without content coding; of a refused request as it came."""
    answer: Answer | None = field(default=None, repr=False)
    """What went over the wire; None when the exchange was cut."""
    duration: int = 0
    """Nanoseconds the gateway took; 0 for what never reached it."""
    rule: str | None = None
    """Id of the rule of `rules.md` 1.1 that HTTP refused the request by."""
    detail: str | None = None
    """Why HTTP refused the request, or why it was cut; one sentence."""
    report: Report | None = field(default=None, repr=False)
    """The gateway's findings; None for what never reached it."""
    session: str = "default"
    service: str = "DossierNumberGeneration"
    """`DossierNumberGeneration` or `STS`."""
    script: Script | None = None
    """None where no scenario was playing."""
    request: HttpRequest | None = field(default=None, repr=False)
    """As the gateway got it; None for what never reached it."""
    number: int = 0
    """Place in the order of all entries of the server; given by the journal."""

    @classmethod
    def of_exchange(
        cls,
        request: HttpRequest,
        answer: Answer,
        *,
        duration: int,
        report: Report,
        session: str = "default",
        service: str = "DossierNumberGeneration",
        script: Script | None = None,
    ) -> Self:
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
            session=session,
            service=service,
            script=script,
            request=request,
        )

    @property
    def outcome(self) -> str:
        """`answered`, `refused` or `cut`."""
        if self.answer is None:
            return "cut"
        return "refused" if self.detail is not None else "answered"

    @property
    def verdict(self) -> str:
        """One of VERDICTS."""
        answer = self.answer
        if answer is None:
            return "cut"
        if answer.soa is not None:
            return "fault"
        if answer.status is not None:
            return _VERDICT_OF_STATUS.get(answer.status, "other")
        return "refused" if self.script is None and answer.http >= 400 else "other"

    @property
    def code(self) -> str:
        """SOA code, CBSS code or id of the rule that HTTP refused by; empty for none."""
        answer = self.answer
        told = (answer.soa or answer.cbss) if answer is not None else None
        return told or self.rule or ""

    @property
    def size(self) -> int:
        """Bytes it is reckoned to take in memory."""
        answer = len(self.answer.body) if self.answer is not None else 0
        report = self.report.size if self.report is not None else 0
        return len(self.head) + len(self.body) + answer + report + _OVERHEAD

    @property
    def was_judged(self) -> bool:
        """Whether it reached a gateway."""
        return self.report is not None

    def numbered(self, number: int) -> "Entry":
        """See Recorded: this one, which takes its place in the order of all entries."""
        self.number = number
        return self

    def summary(self) -> dict[str, object]:
        """A line of the listing, ready for JSON."""
        answer = self.answer
        rule, detail = (self.report.reason if self.report is not None else None) or (self.rule, self.detail)
        return {
            "id": self.correlation_id,
            "number": self.number,
            "session": self.session,
            "service": self.service,
            "received": format_instant(self.received),
            "peer": self.peer,
            "outcome": self.outcome,
            "verdict": self.verdict,
            "http": answer.http if answer is not None else None,
            "soa": answer.soa if answer is not None else None,
            "status": answer.status if answer is not None else None,
            "cbss": answer.cbss if answer is not None else None,
            "rule": rule,
            "detail": detail,
            "script": self.script.to_json() if self.script is not None else None,
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
    return _head_bytes(request.method, request.target, request.version, tuple(request.fields))


@lru_cache(maxsize=64)  # a client sends the same head again and again, and entries of one head then share its bytes
def _head_bytes(method: str, target: str, version: str, fields: tuple[HeaderField, ...]) -> bytes:
    lines = [f"{method} {target} HTTP/{version}".encode("latin-1")]
    lines += [name.encode("latin-1") + b": " + value for name, value in fields]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _answer_json(answer: Answer) -> dict[str, object]:
    delivery = answer.delivery
    return {
        "http": answer.http,
        "fields": [list(pair) for pair in answer.fields],
        "body": _base64(answer.body),
        "soa": answer.soa,
        "status": answer.status,
        "message": answer.message,
        "cbss": answer.cbss,
        "identifier": answer.identifier,
        "delivery": {"delaySeconds": delivery.delay, "bodyBytes": delivery.body_bytes, "end": delivery.end.value},
    }


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
