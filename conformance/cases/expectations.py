"""Answers that cases expect, each as the checks of the whole answer."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from conformance.cases.checks import Check, Finding, Level, Observation, equal, shown
from conformance.client.answer import STATUS, Answer, Fault, Response, Unreadable
from conformance.client.exchange import Exchange
from mockserver.namespaces import SOAP

_FAULT_CODES: Final = tuple(f"{{{SOAP}}}{local}" for local in ("VersionMismatch", "MustUnderstand", "Client", "Server"))
"""SOAP 1.1, section 4.4.1."""


def expect_success(exchange: Exchange) -> Iterator[Check]:
    """A CovidId was generated: HTTP 200, Level 1 Success, an identifier (cookbook 5.2.1.2 and 5.2.2.3)."""
    response = exchange.answer.content
    if not isinstance(response, Response):
        yield _other("GenerateCovidIdResponse with Success", exchange.answer)
        return
    yield from _response_frame(exchange, response, "Success")
    identifier = response.identifier
    yield Check(
        "CovidDossierIdentifier",
        "a value",
        shown(identifier),
        identifier is not None and bool(identifier.strip()),
    )
    yield _no_cbss_status(response)


def expect_requester_error(exchange: Exchange, status_message: str) -> Iterator[Check]:
    """Criteria.Requester was refused with this StatusMessage, word for word (cookbook 8, Table 2)."""
    response = exchange.answer.content
    if not isinstance(response, Response):
        yield _other("GenerateCovidIdResponse with Requester", exchange.answer)
        return
    yield from _response_frame(exchange, response, "Requester")
    yield equal("StatusMessage", status_message, response.status_message)
    yield _no_identifier(response)
    yield _no_cbss_status(response)


def expect_cbss_status(exchange: Exchange, code: str) -> Iterator[Check]:
    """CBSS refused with this code (cookbook 5.2.2.4).

    Level 1 is not Success; whether Requester or Responder, no source says (wire-facts.md E4).
    """
    response = exchange.answer.content
    if not isinstance(response, Response):
        yield _other(f"GenerateCovidIdResponse with CbssStatus {code}", exchange.answer)
        return
    yield from _response_frame(exchange, response, "Requester", "Responder")
    yield equal("CbssStatus Value", "NOK", response.cbss_status.value if response.cbss_status else None)
    yield equal("CbssStatus Code", code, response.cbss_status.code if response.cbss_status else None)
    yield _no_identifier(response)


def expect_system_error(exchange: Exchange, code: str) -> Iterator[Check]:
    """A soap Fault with this code and its component (cookbook 8, Table 1), with HTTP 500 (R1126)."""
    fault = exchange.answer.content
    if not isinstance(fault, Fault):
        yield _other(f"a Fault with {code}", exchange.answer)
        return
    yield equal("HTTP status of a Fault", 500, exchange.answer.http.status)
    yield Check(
        "faultcode",
        "one of SOAP 1.1 (R1004)",
        shown(fault.faultcode),
        fault.faultcode in _FAULT_CODES,
        Level.SHOULD,
    )
    error = fault.system_error
    yield equal("SystemError Code", code, error.code if error else None)
    if error is not None:
        if code != "SOA-00001":  # Table 1 leaves its component open
            provider = code.startswith("SOA-02")
            yield equal("SystemError Origin", "Provider" if provider else "Consumer", error.origin)
        yield _valid("SystemError", error.violations)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One of the answers that a case accepts."""

    label: str
    """As `label_of` gives it for such an answer."""
    expect: Callable[[Exchange], Iterator[Check]]
    """The checks of the whole answer."""


SUCCESS: Final = Outcome("Success", expect_success)


def system_error(code: str) -> Outcome:
    """A fault of Table 1."""
    return Outcome(code, partial(expect_system_error, code=code))


def cbss(code: str) -> Outcome:
    """A refusal by CBSS."""
    return Outcome(code, partial(expect_cbss_status, code=code))


def requester_error(status_message: str) -> Outcome:
    """A refusal of Table 2."""
    return Outcome("Requester", partial(expect_requester_error, status_message=status_message))


def label_of(answer: Answer) -> str:
    """What kind of answer it is, in a word: Success, Requester, MSG00008, SOA-01001; empty for another one."""
    match answer.content:
        case Response(cbss_status=None, level_1=level_1):
            return (level_1 or "").removeprefix(STATUS)
        case Response(cbss_status=status):
            return (status.code or "") if status is not None else ""
        case Fault(system_error=error):
            return (error.code or "") if error is not None else ""
        case Unreadable():
            return ""


def expect_either(exchange: Exchange, *accepted: Outcome) -> Iterator[Finding]:
    """One of these answers, none of which the cookbook fixes; the report says which came.

    Which of them comes is free, its form is not, and nothing else may come: all this is MUST whatever the case's level.
    """
    label = label_of(exchange.answer)
    names = " or ".join(outcome.label for outcome in accepted)
    for outcome in accepted:
        if outcome.label == label:
            for check in outcome.expect(exchange):
                yield replace(check, level=check.level or Level.MUST)
            if len(accepted) > 1:
                yield Observation(f"the cookbook leaves it open; accepted: {names}; it answered {label}")
            return
    yield replace(_other(names, exchange.answer), level=Level.MUST)


def _response_frame(exchange: Exchange, response: Response, *statuses: str) -> Iterator[Check]:
    """What holds for every GenerateCovidIdResponse; Level 1 is one of `statuses`."""
    level_1 = [STATUS + status for status in statuses]
    yield equal("HTTP status", 200, exchange.answer.http.status)
    yield Check(
        "Level 1 StatusCode",
        " or ".join(map(shown, level_1)),
        shown(response.level_1),
        response.level_1 in level_1,
    )
    yield equal("InResponseTo", exchange.request_id, response.in_response_to)
    yield _valid("GenerateCovidIdResponse", response.violations)


def _other(expected: str, answer: Answer) -> Check:
    """The check that fails because the answer is of another kind altogether."""
    match answer.content:
        case Unreadable():
            came = answer.summary()
        case Fault(system_error=error):
            ticket = f" (SystemError Id {error.id})" if error is not None and error.id else ""
            came = f"HTTP {answer.http.status} with a Fault, {answer.summary()}{ticket}"
        case Response():
            came = f"HTTP {answer.http.status} with GenerateCovidIdResponse, {answer.summary()}"
    return Check("answer", expected, came, held=False)


def _no_identifier(response: Response) -> Check:
    return equal("CovidDossierIdentifier", None, response.identifier)


def _no_cbss_status(response: Response) -> Check:
    code = response.cbss_status.code if response.cbss_status else None
    return Check("CbssStatus", "nothing", shown(code), response.cbss_status is None)


def _valid(what: str, violations: Sequence[str]) -> Check:
    return Check(f"{what} against the contract", "valid", "; ".join(violations) or "valid", not violations)
