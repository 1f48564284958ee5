"""From what a client did in a case to a result like those of `conformance run`: same verdicts, same reports."""

from collections.abc import Iterable, Iterator, Sequence

from conformance.cases.checks import Check, Finding, Level, Observation
from conformance.cases.registry import Case
from conformance.certify.endpoint import Seen
from conformance.client.exchange import Client, Exchange
from conformance.client.transport import HttpRequest
from conformance.modes.engine import Result, Verdict


def client_case(identifier: str, clause: str, text: str, persona: str, level: Level = Level.MUST) -> Case:
    """A case of a client in the form that the reports know."""
    return Case(id=identifier, clause=clause, level=level, persona=persona, intrusive=False, text=text, steps=_no_steps)


def _no_steps(_client: Client) -> Iterator[Check]:
    raise RuntimeError("a case of a client is made by the client")


def judged(case: Case, findings: Iterable[Finding], seen: Sequence[Seen], *, seconds: float = 0.0) -> Result:
    """The result of a case in which something was seen or should have been."""
    told = list(findings)
    checks = [finding for finding in told if isinstance(finding, Check)]
    observations = [finding for finding in told if isinstance(finding, Observation)]
    broken = {check.level or case.level for check in checks if not check.held}
    if Level.MUST in broken:
        verdict = Verdict.FAIL
    elif Level.SHOULD in broken:
        verdict = Verdict.WARN
    elif any(observation.review for observation in observations):
        verdict = Verdict.REVIEW
    else:
        verdict = Verdict.INFO if broken or observations else Verdict.PASS
    return Result(
        case,
        verdict,
        checks=tuple(checks),
        observations=tuple(observations),
        reason="; ".join(observation.text for observation in observations if observation.review),
        answer=seen[-1].answer.summary() if seen else "",
        requests=[identifier for exchange in seen if (identifier := request_id(exchange))],
        seconds=seconds,
        exchanges=tuple(map(_exchange, seen)),
    )


def not_judged(case: Case, verdict: Verdict, reason: str) -> Result:
    """A case that was left out (SKIP, NA), or of which nothing is known (ERROR)."""
    return Result(case, verdict, reason=reason)


def request_id(seen: Seen) -> str | None:
    """@Id of the request, if it had one."""
    return seen.facts.business.id if seen.facts is not None and seen.facts.business is not None else None


def _exchange(seen: Seen) -> Exchange:
    received = seen.received if seen.report is not None else None
    return Exchange(request_id(seen), _http_request(seen.head, seen.body), seen.answer, received, seen.seconds)


def _http_request(head: bytes, body: bytes) -> HttpRequest:
    """The request as the reports show it; of a malformed head, what there is."""
    line, *lines = head.decode("latin-1").split("\r\n")
    method, _, rest = line.partition(" ")
    target = rest.rpartition(" ")[0] or rest
    pairs = (field.partition(":") for field in lines if field)
    return HttpRequest(target, tuple((name, value.strip()) for name, _, value in pairs), body, method)
