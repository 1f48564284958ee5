"""The gateway: one request in, one answer out, and a report beside the wire that says why."""

import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import structlog

from mockserver.cbss.service import BusinessAnswer, SystemErrorRaised
from mockserver.gateway.exchange import Answer, Exchange, Finding, HttpRequest
from mockserver.gateway.faults import fault, fault_message
from mockserver.gateway.pipeline import judge
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Registry
from mockserver.gateway.replay import Accepted, AcceptedHere, ReplayMemory
from mockserver.namespaces import SOAP
from mockserver.random_uuid import random_uuid

_LOG: Final = structlog.get_logger("mockserver.gateway")

XML_CONTENT_TYPE: Final = "text/xml; charset=utf-8"
"""WS-I Basic Profile 1.1 and Simple SOAP Binding Profile R1018; `rules.md` P07."""

_FINDING_BYTES: Final = 320
"""A Finding, its Breach and their two strings, without the characters (CPython 3.11, rounded up)."""

_SKIPPED_BYTES: Final = 100
"""An item of a dict; ids are shared."""


@dataclass(slots=True)
class Report:
    """What the gateway found: for the journal and `mockserver check`, never for the wire."""

    request: HttpRequest
    answer: Answer
    findings: Sequence[Finding]
    """All findings, in the order of judgement."""
    skipped: Mapping[str, str]
    """Rules that could not be judged: rule id to the id of the broken rule they require."""
    duration: int
    """Nanoseconds the gateway took."""

    @property
    def reason(self) -> tuple[str, str] | None:
        """Id of the rule whose finding was answered, and what was found; None if nothing refused."""
        refusing = [finding for finding in self.findings if finding.refuses]
        if not refusing or self.answer.status == "Success":
            return None
        first = min(refusing, key=lambda finding: finding.rule.stage)
        return first.rule.id, f"{first.breach.detail} (the rule: {first.rule.title})"

    @property
    def rules(self) -> Sequence[str]:
        """Ids of the broken rules, refusing or not, each once."""
        return tuple(dict.fromkeys(finding.rule.id for finding in self.findings))

    @property
    def size(self) -> int:
        """Bytes it is reckoned to take in memory, request and answer apart: what the journal's bound counts."""
        size = _FINDING_BYTES * len(self.findings) + _SKIPPED_BYTES * len(self.skipped)
        for finding in self.findings:
            size += len(finding.breach.where) + len(finding.breach.detail)
        return size

    def to_json(self) -> dict[str, Any]:
        """The report as plain data; keys are always present."""
        answer = self.answer
        return {
            "answer": {
                "http": answer.http,
                "soa": answer.soa,
                "status": answer.status,
                "message": answer.message,
                "cbss": answer.cbss,
            },
            "findings": [finding_to_json(finding) for finding in self.findings],
            "skipped": dict(self.skipped),
        }


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """A finding with all that its rule says, as plain data."""
    rule = finding.rule
    return {
        "rule": rule.id,
        "title": rule.title,
        "level": rule.level.value,
        "severity": finding.severity.value,
        "source": rule.source,
        "reconstructed": rule.reconstructed,
        "stage": rule.stage.name.lower(),
        "soa": rule.soa,
        "where": finding.breach.where,
        "detail": finding.breach.detail,
        "advice": rule.advice,
    }


class BackEnd(Protocol):
    """What stands behind the gateway: CBSS, or the STS."""

    def answer(self, exchange: Exchange, correlation_id: str) -> BusinessAnswer:
        """Answer an exchange that the gateway did not refuse. Raises SystemErrorRaised."""


ExchangeKind = Callable[[HttpRequest, Policy, Callable[[Exchange], bool]], Exchange]
"""Makes the Exchange of a request: what a fact such as "the token" means differs between the services."""


class Gateway:
    """Judges requests and answers them (cookbook section 4)."""

    def __init__(
        self,
        policy: Policy,
        service: BackEnd,
        *,
        on_report: Callable[[Report], None] = lambda _: None,
        exchange: ExchangeKind = Exchange,
        catalogue: Registry = RULES,
        accepted: Accepted | None = None,
    ) -> None:
        """`exchange` and `catalogue` are those of GenerateCovidId unless another service stands behind.

        `accepted` is what replays are told by; without it the gateway remembers for itself what it accepts.
        """
        self.policy = policy
        self._service = service
        self._exchange = exchange
        self._catalogue = catalogue
        self._on_report = on_report
        self._replays = ReplayMemory(AcceptedHere(policy.limits.replays) if accepted is None else accepted)

    def handle(self, request: HttpRequest) -> Answer:
        """Answer one request. Never raises: an unexpected exception is SOA-00001, with an entry in the log."""
        return self.examine(request).answer

    def examine(self, request: HttpRequest) -> Report:
        """Answer one request and say why."""
        began = time.perf_counter_ns()
        correlation_id = random_uuid()
        exchange = self._exchange(request, self.policy, self._replays.has_met)
        try:
            judge(exchange, self.policy, self._catalogue)
            answer = self._answer(exchange, correlation_id)
        except Exception as error:
            _LOG.error("unexpected", correlation_id=correlation_id, **_anonymous(error))
            answer = self._fault("SOA-00001", correlation_id)
        duration = time.perf_counter_ns() - began
        report = Report(request, answer, tuple(exchange.findings), exchange.skipped, duration)
        self._on_report(report)
        return report

    def _answer(self, exchange: Exchange, correlation_id: str) -> Answer:
        refusal = exchange.gate_refusal
        if refusal is not None:
            return self._refuse(refusal, exchange, correlation_id)
        try:
            business = self._service.answer(exchange, correlation_id)
        except SystemErrorRaised as error:
            return self._fault(error.code, correlation_id)
        outcome = business.outcome
        return Answer(
            http=business.http,
            fields=_fields(correlation_id),
            body=business.envelope,
            correlation_id=correlation_id,
            status=outcome.status,
            message=outcome.message,
            cbss=outcome.cbss.code if outcome.cbss is not None else None,
            identifier=outcome.identifier,
        )

    def _refuse(self, refusal: Finding, exchange: Exchange, correlation_id: str) -> Answer:
        rule = refusal.rule
        if rule.soa is None:
            refused = exchange.request.refusal
            status = refused.http if refused is not None else rule.http[0]
            line = f"{refusal.breach.detail}\n".encode()
            fields = (("Content-Type", "text/plain; charset=utf-8"), *_fields(correlation_id)[1:])
            return Answer(status, fields, line, correlation_id)
        # Only a schema violation is told on the wire, as the platform does (wire-facts D4); never why a call was not
        # authenticated, which would help an attacker more than a developer.
        detail = refusal.breach.detail if rule.soa == "SOA-03006" else ""
        return self._fault(rule.soa, correlation_id, detail=detail, faultcode=_faultcode(refusal, exchange))

    def _fault(self, code: str, correlation_id: str, *, detail: str = "", faultcode: str | None = None) -> Answer:
        body = fault(
            code,
            self.policy.contract,
            correlation_id=correlation_id,
            environment=self.policy.settings.environment,
            detail=detail,
            faultcode=faultcode,
        )
        message = fault_message(code, detail)
        return Answer(500, _fields(correlation_id), body, correlation_id, soa=code, message=message)


def _anonymous(error: Exception) -> dict[str, Any]:
    """Kind and place of an exception. Its text and its variables may hold what a log never may: a person's data."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "exception": type(error).__qualname__,
        "at": [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _faultcode(refusal: Finding, exchange: Exchange) -> str | None:
    """SOAP 1.1 section 4.4.1 and Basic Profile R2725, where the fault is one of those kinds."""
    if refusal.rule.id == "Q49":
        return "MustUnderstand"
    root = exchange.document.root
    if refusal.rule.id == "Q30" and root is not None:
        is_other_version = root.tag != f"{{{SOAP}}}Envelope" and str(root.tag).rpartition("}")[2] == "Envelope"
        return "VersionMismatch" if is_other_version else None
    return None


def _fields(correlation_id: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Type", XML_CONTENT_TYPE), ("X-CorrelationID", correlation_id))
