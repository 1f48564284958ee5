"""An exchange on its way from a worker to the journal, and in it until somebody reads it.

Its parts are written out as plain values: to pickle the same objects, and to make them again, takes several times as
long, and most exchanges of a busy mock are never read. Written out at once, too: each function called on the way has to
come back into the processor's caches, which the gateway has filled with its own.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from mockserver.gateway.exchange import Answer, Finding, HttpRequest
from mockserver.gateway.gateway import Report
from mockserver.gateway.registry import RULES, Breach, Severity
from mockserver.http.delivery import AT_ONCE, Delivery, End
from mockserver.management.entry import Entry, Script
from mockserver.sts.rules import STS_RULES
from mockserver.workers.encoding import content_of, written

_OF_STS: Final = {rule.id: rule for rule in STS_RULES}


@dataclass(slots=True)
class Packed:
    """An exchange whose facts are told and whose rest is packed. See Recorded."""

    correlation_id: str
    service: str
    verdict: str
    code: str
    duration: int
    was_judged: bool
    size: int
    octets: bytes = field(repr=False)

    def numbered(self, number: int) -> Entry:
        """See Recorded."""
        return _entry(content_of(self.octets), number)


def packed(entry: Entry) -> tuple[str, str, str, str, int, bool, int, bytes]:
    """What makes a Packed, as plain values."""
    return (
        entry.correlation_id,
        entry.service,
        entry.verdict,
        entry.code,
        entry.duration,
        entry.report is not None,
        entry.size,
        written(_parts_of(entry)),
    )


def _parts_of(entry: Entry) -> tuple[Any, ...]:
    request, report, script = entry.request, entry.report, entry.script
    return (
        entry.correlation_id,
        entry.received,
        entry.peer,
        entry.head,
        entry.body,
        _parts_of_answer(entry.answer),
        entry.duration,
        entry.rule,
        entry.detail,
        None if report is None else _parts_of_report(report, entry.answer),
        entry.session,
        entry.service,
        None if script is None else (script.scenario, script.step, script.answer, script.played),
        None if request is None else _parts_of_request(request),
    )


def _entry(parts: tuple[Any, ...], number: int) -> Entry:
    correlation_id, received, peer, head, body, answer, duration, rule, detail, report, *rest = parts
    session, service, script, request = rest
    asked, answered = _request(request), _answer(answer)
    return Entry(
        correlation_id,
        received,
        peer,
        head,
        body,
        answered,
        duration,
        rule,
        detail,
        None if report is None else _report(report, asked, answered),
        session,
        service,
        None if script is None else Script(*script),
        asked,
        number,
    )


def _parts_of_request(request: HttpRequest) -> tuple[Any, ...]:
    """Without what `mockserver check` alone sets."""
    fields = tuple(request.fields)
    return (request.method, request.target, request.version, fields, request.body, request.received, request.peer)


def _request(parts: tuple[Any, ...] | None) -> HttpRequest | None:
    if parts is None:
        return None
    method, target, version, fields, body, received, peer = parts
    return HttpRequest(method, target, version, fields, body, received, peer=peer)


def _parts_of_answer(answer: Answer | None) -> tuple[Any, ...] | None:
    if answer is None:
        return None
    delivery = answer.delivery
    return (
        answer.http,
        tuple(answer.fields),
        answer.body,
        answer.correlation_id,
        answer.soa,
        answer.status,
        answer.message,
        answer.cbss,
        answer.identifier,
        None if delivery is AT_ONCE else (delivery.delay, delivery.body_bytes, delivery.end.value),
    )


def _answer(parts: tuple[Any, ...] | None) -> Answer | None:
    if parts is None:
        return None
    http, fields, body, correlation_id, soa, status, message, cbss, identifier, delivery = parts
    how = AT_ONCE if delivery is None else Delivery(delivery[0], delivery[1], End(delivery[2]))
    return Answer(http, fields, body, correlation_id, soa, status, message, cbss, identifier, how)


def _parts_of_report(report: object, answer: Answer | None) -> tuple[Any, ...]:
    """The request is that of the entry; so is the answer, `answer`, unless a scenario has bent it.

    A finding tells its rule by id, and whose the rule is: the services share ids, but not every word.
    """
    if not isinstance(report, Report):
        raise TypeError("only a gateway reports what a worker notes")
    return (
        None if report.answer is answer else _parts_of_answer(report.answer),
        [
            (_OF_STS.get(rule.id) is rule, rule.id, str(severity), breach.detail, breach.where, breach.information)
            for rule, severity, breach in report.findings
        ],
        dict(report.skipped),
        report.duration,
    )


def _report(parts: tuple[Any, ...], request: HttpRequest | None, answer: Answer | None) -> Report:
    own_answer, findings, skipped, duration = parts
    answered = answer if own_answer is None else _answer(own_answer)
    if request is None or answered is None:
        raise ValueError("a gateway reports of a request and its answer")
    return Report(request, answered, tuple(_finding(finding) for finding in findings), skipped, duration)


def _finding(parts: tuple[Any, ...]) -> Finding:
    is_of_sts, rule_id, severity, *breach = parts
    return Finding((STS_RULES if is_of_sts else RULES)[rule_id], Severity(severity), Breach(*breach))
