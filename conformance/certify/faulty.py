"""Answers that are wrong, late or broken, each made from what the gateway truly answers."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from lxml import etree

from conformance.cases.known import OTHER_SSINS
from conformance.cases.known import TABLE_2 as TABLE_2_ROWS
from conformance.certify.endpoint import React, Turn, true_answer
from conformance.certify.listening import End, Reaction
from conformance.certify.octets import written
from mockserver.cbss.response import CbssStatus, Outcome, build_response
from mockserver.gateway.faults import fault, serialise
from mockserver.instant import system_clock
from mockserver.namespaces import SOAP

TICKET: Final = "0c0ffee0-0000-4000-8000-000000000ad0"
"""Id of every SystemError made here: one that a report can look for in the client's output."""

UNKNOWN_SOA: Final = "SOA-09999"
UNKNOWN_MESSAGE: Final = "A code of a later version"
UNKNOWN_CBSS: Final = "MSG00099"

TABLE_2: Final = TABLE_2_ROWS[1].substitute(value1=OTHER_SSINS[0], value2="80010199976")
"""StatusMessage of the refusal; both numbers are synthetic (wire-facts.md H)."""

IDENTIFIER: Final = "12345678901"
"""An identifier where none should be; no valid SSIN."""

_UNKNOWN: Final = "urn:example:later"


def first(react: React) -> React:
    """`react` to the first request of the case, the true answer to all others."""
    return lambda turn: react(turn) if turn.number == 1 else true_answer(turn)


def fault_with(code: str, message: str | None = None, *, http: int = 500) -> React:
    """A Fault with this code; with `message` when Table 1 does not list the code."""

    def react(turn: Turn) -> Reaction:
        contract = turn.contract
        listed = code if message is None else "SOA-00001"
        body = fault(listed, contract, correlation_id=TICKET, environment="Acceptation")
        if message is not None:
            root = etree.fromstring(body)
            for element in root.iter("*"):
                if element.text == listed:
                    element.text = code
                elif element.tag == contract.system_error["Message"].name:
                    element.text = message
            body = serialise(root)
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
        contract = turn.contract
        root = _response(turn, Outcome("Responder", cbss=CbssStatus("MSG00013")))
        for element in root.iter(contract.cbss_status["Code"].name):
            element.text = code
        return Reaction(written(200, _envelope(root)))

    return react


def other_in_response_to(turn: Turn) -> Reaction:
    """The true answer, with another InResponseTo."""
    return _changed(turn, lambda response: response.set("InResponseTo", f"_{uuid.uuid4()}"))


def with_unknown_parts(turn: Turn) -> Reaction:
    """The true answer with one element and one attribute more."""

    def change(response: etree._Element) -> None:
        response.set(f"{{{_UNKNOWN}}}Version", "2")
        etree.SubElement(response, f"{{{_UNKNOWN}}}Remark", nsmap={"later": _UNKNOWN}).text = "of a later version"

    return _changed(turn, change)


def otherwise_written(turn: Turn) -> Reaction:
    """The true answer with every prefix another, an XML declaration, an empty Header, comments and blanks."""
    envelope = _success_of(turn)
    if envelope is None:
        return true_answer(turn)
    twin = _with_prefixes(envelope)
    twin.insert(0, etree.Element(f"{{{SOAP}}}Header"))
    body = twin.find(f"{{{SOAP}}}Body")
    assert body is not None  # noqa: S101 - the gateway's own envelope
    body[0].insert(0, etree.Comment(" written otherwise "))
    etree.indent(twin)
    return Reaction(written(200, etree.tostring(twin, encoding="UTF-8", xml_declaration=True)))


def with_doctype(turn: Turn) -> Reaction:
    """The true answer with a DOCTYPE whose external entity stands in place of the identifier."""
    envelope = _success_of(turn)
    if envelope is None:
        return true_answer(turn)
    identifier = envelope.find(f".//{turn.contract.response['CovidDossierIdentifier'].name}")
    assert identifier is not None  # noqa: S101 - it is a success
    identifier.text = "ENTITY"
    doctype = f'<!DOCTYPE x [<!ENTITY id "{IDENTIFIER}"><!ENTITY far SYSTEM "{turn.base}/entity">]>'
    octets = serialise(envelope).replace(b"ENTITY", b"&id;&far;")
    return Reaction(written(200, doctype.encode() + octets))


def late(turn: Turn) -> Reaction:
    """The true answer; `delayed` says when."""
    return true_answer(turn)


def delayed(react: React, seconds: float) -> React:
    """`react`, so much later."""
    return lambda turn: replace(react(turn), delay=seconds)


def html(status: int) -> React:
    """A page of a proxy."""
    page = b"<!DOCTYPE html><html><head><title>Notice</title></head><body><p>Please log in<br></p></body></html>"
    return lambda _: Reaction(written(status, page, [("Content-Type", "text/html; charset=utf-8")]))


def empty(_: Turn) -> Reaction:
    """HTTP 500 and nothing else."""
    return Reaction(written(500, b"", []))


def cut(turn: Turn) -> Reaction:
    """The true answer up to the end of the identifier, and then the end of the connection."""
    octets = true_answer(turn).octets
    identifier = turn.report.answer.identifier
    end = octets.rindex(identifier.encode()) + len(identifier) if identifier else len(octets) // 2
    return Reaction(octets[:end], End.CLOSE)


def reset(_: Turn) -> Reaction:
    """No octet, and RST."""
    return Reaction(b"", End.RESET)


def _response(turn: Turn, outcome: Outcome) -> etree._Element:
    return build_response(turn.contract, outcome, in_response_to=turn.request_id, now=system_clock())


def _business(turn: Turn, outcome: Outcome) -> Reaction:
    return Reaction(written(200, _envelope(_response(turn, outcome))))


def _envelope(response: etree._Element) -> bytes:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP})
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(response)
    return serialise(envelope)


def _success_of(turn: Turn) -> etree._Element | None:
    """The true answer as a tree, if it is a success; else there is nothing to make the case's answer of."""
    if turn.report.answer.status != "Success":
        return None
    return etree.fromstring(turn.report.answer.body)


def _changed(turn: Turn, change: Callable[[etree._Element], object]) -> Reaction:
    envelope = _success_of(turn)
    if envelope is None:
        return true_answer(turn)
    for response in envelope.iter(turn.contract.response.name):
        change(response)
    return Reaction(written(200, serialise(envelope)))


def _with_prefixes(envelope: etree._Element) -> etree._Element:
    """A copy with prefixes of another kind for every namespace."""
    namespaces = dict.fromkeys(filter(None, (etree.QName(element).namespace for element in envelope.iter("*"))))
    nsmap = {f"n-{number}.x": namespace for number, namespace in enumerate(namespaces)}

    def copied(element: etree._Element, parent: etree._Element | None) -> etree._Element:
        twin = etree.Element(element.tag, nsmap=nsmap) if parent is None else etree.SubElement(parent, element.tag)
        for name, value in element.attrib.items():
            twin.set(name, value)
        twin.text = element.text
        for child in element.iterchildren("*"):
            copied(child, twin)
        return twin

    return copied(envelope, None)
