"""Answers that are wrong, late or broken, each made from what the gateway truly answers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from conformance.cases.known import OTHER_SSINS
from conformance.cases.known import TABLE_2 as TABLE_2_ROWS
from conformance.certify.endpoint import React, Turn, true_answer
from conformance.certify.listening import Reaction
from conformance.certify.octets import written
from mockserver.cbss.response import Outcome
from mockserver.http.delivery import End
from mockserver.instant import system_clock
from mockserver.scenarios import distortions

TICKET: Final = "0c0ffee0-0000-4000-8000-000000000ad0"
"""Id of every SystemError made here: one that a report can look for in the client's output."""

UNKNOWN_SOA: Final = "SOA-09999"
UNKNOWN_MESSAGE: Final = distortions.UNKNOWN_MESSAGE
UNKNOWN_CBSS: Final = "MSG00099"

TABLE_2: Final = TABLE_2_ROWS[1].substitute(value1=OTHER_SSINS[0], value2="80010199976")
"""StatusMessage of the refusal; both numbers are synthetic (wire-facts.md H)."""

IDENTIFIER: Final = distortions.IDENTIFIER
"""An identifier where none should be; no valid SSIN."""


def first(react: React) -> React:
    """`react` to the first request of the case, the true answer to all others."""
    return lambda turn: react(turn) if turn.number == 1 else true_answer(turn)


def fault_with(code: str, message: str | None = None, *, http: int = 500) -> React:
    """A Fault with this code; with `message` when Table 1 does not list the code."""

    def react(turn: Turn) -> Reaction:
        body = distortions.fault_with(
            code, turn.contract, correlation_id=TICKET, environment="Acceptation", message=message
        )
        return Reaction(written(http, body))

    return react


def requester_error(turn: Turn) -> Reaction:
    """Level 1 Requester with the text of Table 2."""
    return _business(turn, Outcome("Requester", TABLE_2))


def requester_error_with_identifier(turn: Turn) -> Reaction:
    """The same, and an identifier."""
    return _business(turn, Outcome("Requester", TABLE_2, identifier=IDENTIFIER))


def success_without_identifier(turn: Turn) -> Reaction:
    """Level 1 Success, and no more."""
    return _business(turn, Outcome("Success"))


def cbss_error(code: str) -> React:
    """CBSS's NOK with this code, which may be one that the cookbook does not list."""

    def react(turn: Turn) -> Reaction:
        body = distortions.cbss_answer(turn.contract, code, request_id=turn.request_id, now=system_clock())
        return Reaction(written(200, body))

    return react


def other_in_response_to(turn: Turn) -> Reaction:
    """The true answer, with another InResponseTo."""
    return _success_as(turn, lambda body: distortions.with_other_in_response_to(body, turn.contract))


def with_unknown_parts(turn: Turn) -> Reaction:
    """The true answer with one element and one attribute more."""
    return _success_as(turn, lambda body: distortions.with_unknown_parts(body, turn.contract))


def otherwise_written(turn: Turn) -> Reaction:
    """The true answer with every prefix another, an XML declaration, an empty Header, comments and blanks."""
    return _success_as(turn, distortions.otherwise_written)


def with_doctype(turn: Turn) -> Reaction:
    """The true answer with a DOCTYPE whose external entity stands in place of the identifier."""
    return _success_as(turn, lambda body: distortions.with_doctype(body, turn.contract, f"{turn.base}/entity"))


def late(turn: Turn) -> Reaction:
    """The true answer; `delayed` says when."""
    return true_answer(turn)


def delayed(react: React, seconds: float) -> React:
    """`react`, so much later."""
    return lambda turn: replace(react(turn), delay=seconds)


def html(status: int) -> React:
    """A page of a proxy."""
    return lambda _: Reaction(written(status, distortions.HTML, [distortions.HTML_TYPE]))


def empty(_: Turn) -> Reaction:
    """HTTP 500 and nothing else."""
    return Reaction(written(500, b"", []))


def cut(turn: Turn) -> Reaction:
    """The true answer up to the end of the identifier, and then the end of the connection."""
    octets = true_answer(turn).octets
    identifier = turn.report.answer.identifier
    return Reaction(octets[: distortions.end_of_identifier(octets, identifier)], End.CLOSE)


def reset(_: Turn) -> Reaction:
    """No octet, and RST."""
    return Reaction(b"", End.RESET)


def _business(turn: Turn, outcome: Outcome) -> Reaction:
    body = distortions.business_answer(turn.contract, outcome, request_id=turn.request_id, now=system_clock())
    return Reaction(written(200, body))


def _success_as(turn: Turn, change: Callable[[bytes], bytes]) -> Reaction:
    """The true answer changed, if it is a success; else there is nothing to make the case's answer of."""
    answer = turn.report.answer
    return Reaction(written(200, change(answer.body))) if answer.status == "Success" else true_answer(turn)
