"""The gateway of a session: judges each request as ever, and lets the session's scenario have its say.

A step that speaks in place of CBSS does so behind the gateway, so that only a message without mistakes gets it, and no
identifier is issued. A step that bends an answer does so in front of it, on what goes out.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from mockserver.cbss.response import CbssStatus, Outcome
from mockserver.cbss.service import BusinessAnswer, SystemErrorRaised
from mockserver.contract import Contract
from mockserver.gateway.exchange import Answer, Exchange, HttpRequest
from mockserver.gateway.faults import SYSTEM_ERRORS
from mockserver.gateway.gateway import BackEnd, Gateway, Report
from mockserver.gateway.policy import Policy
from mockserver.http.delivery import Delivery, End
from mockserver.http.wire import date_by
from mockserver.instant import SECOND, Clock, Instant
from mockserver.management.entry import Entry, Script
from mockserver.scenarios import distortions
from mockserver.scenarios.plan import Step
from mockserver.scenarios.playing import Turn
from mockserver.sessions.open_session import OpenSession

_NOT_AVAILABLE: Final = "SOA-02002"
_FAR: Final = "http://192.0.2.1/entity"
"""RFC 5737: an address that nobody has."""


class Store(Protocol):
    """Where identifiers are kept."""

    def issue(self, *, now: Instant, correlation_id: str, session: str) -> str:
        """A new identifier, stored before it is returned. Raises RegisterUnavailable."""


class SessionStore:
    """The identifiers of one session, in the store that all sessions share: unique across them for ever."""

    def __init__(self, register: Store, session: OpenSession) -> None:
        self._register = register
        self._session = session
        self.repeats = False
        """Whether the next one is the last once more: the answer `duplicate-identifier`."""
        self.repeated = False
        """Whether that has happened."""

    def issue(self, *, now: Instant, correlation_id: str) -> str:
        """A new identifier, stored before it is returned. Raises RegisterUnavailable."""
        session = self._session
        if self.repeats and session.last_identifier is not None:
            self.repeated = True
            return session.last_identifier
        issued = self._register.issue(now=now, correlation_id=correlation_id, session=session.id)
        session.last_identifier = issued
        return issued


class ScriptedBackEnd:
    """Stands in for CBSS where the current step wants it."""

    def __init__(self, back_end: BackEnd, contract: Contract, clock: Clock) -> None:
        self._back_end = back_end
        self._contract = contract
        self._clock = clock
        self.step: Step | None = None
        """Of the request that is being answered."""
        self.played = False
        """Whether the step was played here."""

    def answer(self, exchange: Exchange, correlation_id: str) -> BusinessAnswer:
        """See BackEnd."""
        step = self.step
        if step is None:
            return self._back_end.answer(exchange, correlation_id)
        request_id = exchange.business.id if exchange.business is not None else None
        code = step.code or ""
        self.played = True
        match step.answer:
            case "fault":
                raise SystemErrorRaised(code if code in SYSTEM_ERRORS else "SOA-00001")
            case "html" | "empty" | "reset":
                raise SystemErrorRaised(_NOT_AVAILABLE)
            case "cbss":
                body = distortions.cbss_answer(self._contract, code, request_id=request_id, now=self._clock())
                return BusinessAnswer(body, Outcome("Responder", cbss=CbssStatus(code)))
            case "success-without-identifier":
                return self._business(Outcome("Success"), request_id)
            case "refusal-with-identifier":
                message = "The answer of a scenario"
                return self._business(Outcome("Requester", message, identifier=distortions.IDENTIFIER), request_id)
        self.played = False
        return self._back_end.answer(exchange, correlation_id)

    def _business(self, outcome: Outcome, request_id: str | None) -> BusinessAnswer:
        body = distortions.business_answer(self._contract, outcome, request_id=request_id, now=self._clock())
        return BusinessAnswer(body, outcome)


class ScriptedGateway:
    """GenerateCovidId of one session: every exchange goes into the session's journal."""

    def __init__(self, gateway: Gateway, session: OpenSession, back_end: ScriptedBackEnd, store: SessionStore) -> None:
        """`gateway` hands on to `back_end`, which issues identifiers from `store`."""
        self._gateway = gateway
        self._session = session
        self._back_end = back_end
        self._store = store

    def handle(self, request: HttpRequest) -> Answer:
        """Answer one request as the scenario wants it. Never raises."""
        turn = self._session.take_turn()
        if turn is None:
            report = self._gateway.examine(request)
            self._session.record(_entry(self._session, report, report.answer))
            return report.answer
        return self._play(turn, request)

    def _play(self, turn: Turn, request: HttpRequest) -> Answer:
        step = turn.step
        shift = round(step.clock * SECOND)
        self._back_end.step, self._back_end.played = step, False
        self._store.repeats, self._store.repeated = step.answer == "duplicate-identifier", False
        with self._session.clock.shifted(step.clock):
            report = self._gateway.examine(replace(request, received=request.received + shift))
        self._back_end.step = None
        self._store.repeats = False
        answer = bent(step, report.answer, self._gateway.policy, stood_in=self._back_end.played)
        played = answer is not report.answer or self._back_end.played or self._store.repeated or step.answer == "truth"
        if shift:
            answer = replace(answer, fields=[*answer.fields, date_by(report.request.received)])
        script = Script(turn.scenario, turn.number, step.answer, played or bool(shift))
        self._session.record(_entry(self._session, report, answer, script))
        return answer


class JournallingGateway:
    """A service that no scenario plays with: every exchange goes into the session's journal."""

    def __init__(self, gateway: Gateway, session: OpenSession, service: str) -> None:
        self._gateway = gateway
        self._session = session
        self._service = service

    def handle(self, request: HttpRequest) -> Answer:
        """Answer one request. Never raises."""
        report = self._gateway.examine(request)
        self._session.record(_entry(self._session, report, report.answer, service=self._service))
        return report.answer


def bent(step: Step, answer: Answer, policy: Policy, *, stood_in: bool) -> Answer:
    """The answer as the step wants it; the very same where the step has nothing to say to it.

    `stood_in` tells that it comes from the step already, in place of CBSS.
    """
    changed = _fault(step, answer, policy) if stood_in and step.answer == "fault" else _bent(step, answer, policy)
    if step.http is not None and (stood_in or changed is not answer or step.answer == "truth"):
        changed = replace(changed, http=step.http)
    if step.delay:
        changed = replace(changed, delivery=replace(changed.delivery, delay=step.delay))
    return changed


def _bent(step: Step, answer: Answer, policy: Policy) -> Answer:
    contract = policy.contract
    match step.answer:
        case "html":
            return _of_a_proxy(answer, 503, distortions.HTML, [distortions.HTML_TYPE])
        case "empty":
            return _of_a_proxy(answer, 500, b"", [])
        case "reset":
            return replace(_of_a_proxy(answer, 500, b"", []), delivery=Delivery(end=End.RESET))
    if answer.status != "Success" or not answer.identifier:
        return answer
    match step.answer:
        case "truncated":
            end = distortions.end_of_identifier(answer.body, answer.identifier)
            return replace(answer, delivery=Delivery(body_bytes=end, end=End.CLOSE))
        case "wrong-in-response-to":
            return replace(answer, body=distortions.with_other_in_response_to(answer.body, contract))
        case "unknown-parts":
            return replace(answer, body=distortions.with_unknown_parts(answer.body, contract))
        case "other-prefixes":
            return replace(answer, body=distortions.otherwise_written(answer.body))
        case "doctype":
            return replace(answer, body=distortions.with_doctype(answer.body, contract, _FAR))
    return answer


def _fault(step: Step, answer: Answer, policy: Policy) -> Answer:
    code = step.code or ""
    if code in SYSTEM_ERRORS:
        return answer
    message = distortions.UNKNOWN_MESSAGE
    body = distortions.fault_with(
        code,
        policy.contract,
        correlation_id=answer.correlation_id,
        environment=policy.settings.environment,
        message=message,
    )
    return replace(answer, body=body, soa=code, message=message)


def _of_a_proxy(answer: Answer, status: int, body: bytes, fields: Sequence[tuple[str, str]]) -> Answer:
    """Somebody else's answer; the correlation id stays, to find the exchange in the journal."""
    return Answer(status, fields, body, answer.correlation_id)


def _entry(
    session: OpenSession,
    report: Report,
    answer: Answer,
    script: Script | None = None,
    *,
    service: str = "DossierNumberGeneration",
) -> Entry:
    return Entry.of_exchange(
        report.request,
        answer,
        duration=report.duration,
        report=report,
        session=session.name,
        service=service,
        script=script,
    )
