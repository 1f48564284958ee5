"""The endpoint a client under test calls: it audits each request with the gateway, and keeps what it saw.

Each case has a URL of its own, `/case/ID/DossierNumberGeneration/v1`, so that clients may run side by side and a
request needs no mark of ours. Without a case in the path, a request belongs to the whole session.
"""

import io
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from conformance.certify.listening import LIMITS, Arrived, Reaction, listening
from conformance.certify.octets import octets_of, read_back
from conformance.client.answer import Answer as ReadAnswer
from conformance.client.answer import read_answer
from mockserver.app import App, Service
from mockserver.contract import Contract
from mockserver.gateway.exchange import ENDPOINT_PATH, Answer, Exchange, HttpRequest
from mockserver.gateway.gateway import Gateway, Report
from mockserver.http.application import Fragment, Message
from mockserver.http.delivery import End
from mockserver.http.head import Head
from mockserver.http.log import ExchangeLog
from mockserver.http.refusal import Refusal
from mockserver.instant import Instant
from mockserver.sessions.register import Sessions, SessionSettings

_CASE: Final = re.compile(r"/case/([a-z0-9]+(?:-[a-z0-9]+)*)(/.*)")


@dataclass(frozen=True, slots=True)
class Seen:
    """A request of the client under test, what the gateway says of it, and what the client was told."""

    case: str
    """Id of the case in the path; empty when the path names none."""
    received: Instant
    head: bytes
    body: bytes
    report: Report | None
    """None when HTTP alone refused the request."""
    refusal: Refusal | None
    """Why HTTP alone refused it."""
    facts: Exchange | None
    """The request as the gateway's readers see it; None when HTTP alone refused it."""
    answer: ReadAnswer
    """What went back, as the reference client reads it."""
    seconds: float = 0.0
    """From the last octet of the request to the first of the answer, the audit included; 0 when HTTP refused it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A request in its case, for whoever decides what goes back."""

    number: int
    """1 for the first request of the case."""
    arrived: Arrived
    report: Report
    base: str
    """URL of the case, without the endpoint's path."""
    contract: Contract
    request_id: str | None
    """@Id of the request, if it had one."""


React = Callable[[Turn], Reaction]


class Ledger:
    """What was seen, in order of arrival; safe to use from several threads."""

    def __init__(self) -> None:
        self._seen: list[Seen] = []
        self._numbers: dict[str, int] = {}
        self._others: list[tuple[str, str]] = []
        self._changed = threading.Condition()

    def number(self, case: str) -> int:
        """Count one more request of the case."""
        with self._changed:
            self._numbers[case] = self._numbers.get(case, 0) + 1
            return self._numbers[case]

    def add(self, seen: Seen) -> None:
        """Take a finished exchange in."""
        with self._changed:
            self._seen.append(seen)
            self._changed.notify_all()

    def note(self, case: str, path: str) -> None:
        """Note a request that is no call of the service."""
        with self._changed:
            self._others.append((case, path))

    def of(self, case: str | None = None) -> Sequence[Seen]:
        """The exchanges of a case; of all without one."""
        with self._changed:
            return [seen for seen in self._seen if case is None or seen.case == case]

    def others(self, case: str) -> Sequence[str]:
        """Paths below the case that were asked for beside the service."""
        with self._changed:
            return [path for name, path in self._others if name == case]

    def wait(self, known: int, timeout: float) -> Sequence[Seen]:
        """All exchanges, as soon as there are more than `known`, or when `timeout` seconds have passed."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._seen) > known, timeout)
            return list(self._seen)


class _Examining:
    """The gateway as the mock's application wants it; keeps the report. One for each request."""

    def __init__(self, gateway: Gateway, lock: threading.Lock) -> None:
        self._gateway = gateway
        self._lock = lock
        self.report: Report | None = None

    def handle(self, request: HttpRequest) -> Answer:
        """See mockserver.app.Gateway."""
        with self._lock:  # the gateway is written for one thread
            self.report = self._gateway.examine(request)
        return self.report.answer


class CheckedEndpoint:
    """The mock's application and gateway behind a port of their own, with a say in what goes back."""

    def __init__(
        self,
        gateway: Gateway,
        contract: Contract,
        *,
        react: Mapping[str, React] | None = None,
        relay: Callable[[Arrived], Reaction] | None = None,
    ) -> None:
        """`react` decides by case id what goes back; without it the gateway's answer does.

        `relay` is for the checking proxy: it answers every request, whatever the mock would say of it.
        """
        self.ledger = Ledger()
        self.contract = contract
        self._gateway = gateway
        self._react = react or {}
        self._relay = relay
        self._lock = threading.Lock()
        self._origin = ""

    @contextmanager
    def running(self, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
        """Listens, and yields the origin `http://host:port`. Raises ListenError."""
        with listening(host, port, self._serve, self._refuse) as authority:
            self._origin = f"http://{authority}"
            yield self._origin

    def url(self, case: str = "") -> str:
        """Where the client finds the service, as the case wants it."""
        return f"{self._base(case)}{ENDPOINT_PATH}"

    def _base(self, case: str) -> str:
        return f"{self._origin}/case/{case}" if case else self._origin

    def _serve(self, arrived: Arrived) -> Reaction:
        began = time.perf_counter()
        case, head = _routed(arrived.head)
        examining = _Examining(self._gateway, self._lock)
        app = self._app(case, examining)
        close = not head.keep_alive
        try:
            app.admit(head)
            answer = app.answer(Message(head, arrived.body, arrived.received, arrived.peer))
        except Refusal as refusal:
            said = app.refuse(refusal, arrived.fragment)
            reaction = self._relay(arrived) if self._relay else Reaction(octets_of(said))
            self._note_refused(case, refusal, reaction, arrived.fragment, head.method)
            return reaction
        if examining.report is None:
            if head.path.rstrip("/") != ENDPOINT_PATH:  # the WSDL may be asked for at any time
                self.ledger.note(case, head.path)
            if self._relay is not None:
                return self._relay(arrived)
            octets = octets_of(answer, version=head.version, with_body=head.method != "HEAD", close=close)
            return Reaction(octets, End.CLOSE if close else End.KEEP)
        report = examining.report
        facts = Exchange(report.request, self._gateway.policy)
        turn = Turn(
            number=self.ledger.number(case),
            arrived=arrived,
            report=report,
            base=self._base(case),
            contract=self.contract,
            request_id=facts.business.id if facts.business is not None else None,
        )
        reaction = self._relay(arrived) if self._relay is not None else self._react.get(case, true_answer)(turn)
        self.ledger.add(
            Seen(
                case=case,
                received=arrived.received,
                head=arrived.head.raw,
                body=report.request.body,
                report=report,
                refusal=None,
                facts=facts,
                answer=read_answer(read_back(reaction.octets), self.contract),
                seconds=time.perf_counter() - began + reaction.delay,
            )
        )
        return reaction

    def _refuse(self, refusal: Refusal, fragment: Fragment) -> Reaction:
        """What cannot be read as HTTP cannot be sent on either: where would it end?"""
        said = self._app("", _Examining(self._gateway, self._lock)).refuse(refusal, fragment)
        reaction = Reaction(octets_of(said, close=True), End.CLOSE)
        self._note_refused("", refusal, reaction, fragment, "POST")
        return reaction

    def _note_refused(self, case: str, refusal: Refusal, reaction: Reaction, fragment: Fragment, method: str) -> None:
        if method != "POST" and refusal.status == 404:
            self.ledger.note(case, fragment.head.split(b" ")[1].decode("latin-1"))
            return
        self.ledger.add(
            Seen(
                case=case,
                received=fragment.received,
                head=fragment.head,
                body=fragment.body,
                report=None,
                refusal=refusal,
                facts=None,
                answer=read_answer(read_back(reaction.octets), self.contract),
            )
        )

    def _app(self, case: str, examining: _Examining) -> App:
        app = App(
            origin=self._origin,
            sessions=Sessions(SessionSettings(most=0, journal_entries=1)),
            log=ExchangeLog(io.StringIO()),
            limits=LIMITS,
            public_url=self._base(case),
        )
        app.service = Service(examining, self.contract)
        return app


def true_answer(turn: Turn) -> Reaction:
    """What the gateway answers."""
    head = turn.arrived.head
    close = not head.keep_alive
    return Reaction(octets_of(turn.report.answer, version=head.version, close=close), End.CLOSE if close else End.KEEP)


def _routed(head: Head) -> tuple[str, Head]:
    """The case in the path, and the head as if the path had none: the service knows nothing of cases."""
    match = _CASE.fullmatch(head.path)
    if match is None:
        return "", head
    query = f"?{head.query}" if head.query else ""
    return match[1], replace(head, path=match[2], target=match[2] + query)
