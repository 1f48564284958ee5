"""Answers that are wrong or strange, each made from a true one: for scenarios, and for the suite's `provoke`."""

from collections.abc import Callable
from typing import Final

from lxml import etree

from mockserver.cbss.response import CbssStatus, Outcome, build_response
from mockserver.contract import Contract
from mockserver.gateway.faults import fault, serialise
from mockserver.instant import Instant
from mockserver.namespaces import SOAP
from mockserver.random_uuid import random_uuid

HTML: Final = b"<!DOCTYPE html><html><head><title>Notice</title></head><body><p>Please log in<br></p></body></html>"
"""A page of a proxy, as no XML parser takes it."""

HTML_TYPE: Final = ("Content-Type", "text/html; charset=utf-8")

UNKNOWN_MESSAGE: Final = "A code of a later version"

IDENTIFIER: Final = "12345678901"
"""An identifier where none should be; no valid SSIN."""

_LISTED: Final = "SOA-00001"
_UNKNOWN: Final = "urn:example:later"


def fault_with(
    code: str, contract: Contract, *, correlation_id: str, environment: str, message: str | None = None
) -> bytes:
    """A Fault with this code; `message` is needed when cookbook Table 1 does not list it."""
    if message is None:
        return fault(code, contract, correlation_id=correlation_id, environment=environment)
    root = etree.fromstring(fault(_LISTED, contract, correlation_id=correlation_id, environment=environment))
    for element in root.iter("*"):
        if element.text == _LISTED:
            element.text = code
        elif element.tag == contract.system_error["Message"].name:
            element.text = message
    return serialise(root)


def business_answer(contract: Contract, outcome: Outcome, *, request_id: str | None, now: Instant) -> bytes:
    """The envelope of any business answer, true or not."""
    return _enveloped(build_response(contract, outcome, in_response_to=request_id, now=now))


def cbss_answer(contract: Contract, code: str, *, request_id: str | None, now: Instant) -> bytes:
    """CBSS's NOK with this code, which may be one that the cookbook does not list."""
    outcome = Outcome("Responder", cbss=CbssStatus("MSG00013"))
    response = build_response(contract, outcome, in_response_to=request_id, now=now)
    for element in response.iter(contract.cbss_status["Code"].name):
        element.text = code
    return _enveloped(response)


# From here on, `envelope` is that of a true success.


def with_other_in_response_to(envelope: bytes, contract: Contract) -> bytes:
    """The same with an InResponseTo that belongs to nobody."""
    return _changed(envelope, contract, lambda response: response.set("InResponseTo", f"_{random_uuid()}"))


def with_unknown_parts(envelope: bytes, contract: Contract) -> bytes:
    """The same with one element and one attribute more."""

    def change(response: etree._Element) -> None:
        response.set(f"{{{_UNKNOWN}}}Version", "2")
        etree.SubElement(response, f"{{{_UNKNOWN}}}Remark", nsmap={"later": _UNKNOWN}).text = "of a later version"

    return _changed(envelope, contract, change)


def otherwise_written(envelope: bytes) -> bytes:
    """The same with every prefix another, an XML declaration, an empty Header, comments and blanks."""
    twin = _with_prefixes(etree.fromstring(envelope))
    twin.insert(0, etree.Element(f"{{{SOAP}}}Header"))
    body = twin.find(f"{{{SOAP}}}Body")
    assert body is not None  # noqa: S101 - the gateway's own envelope
    body[0].insert(0, etree.Comment(" written otherwise "))
    etree.indent(twin)
    return etree.tostring(twin, encoding="UTF-8", xml_declaration=True)


def with_doctype(envelope: bytes, contract: Contract, far: str) -> bytes:
    """The same with a DOCTYPE, whose entities stand in place of the identifier; the URL `far` is one of them."""
    root = etree.fromstring(envelope)
    identifier = root.find(f".//{contract.response['CovidDossierIdentifier'].name}")
    assert identifier is not None  # noqa: S101 - it is a success
    identifier.text = "ENTITY"
    doctype = f'<!DOCTYPE x [<!ENTITY id "{IDENTIFIER}"><!ENTITY far SYSTEM "{far}">]>'
    return doctype.encode() + serialise(root).replace(b"ENTITY", b"&id;&far;")


def end_of_identifier(octets: bytes, identifier: str | None) -> int:
    """Where to cut an answer so that it holds its identifier and not its end; half of one without identifier."""
    return octets.rindex(identifier.encode()) + len(identifier) if identifier else len(octets) // 2


def _enveloped(response: etree._Element) -> bytes:
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP})
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(response)
    return serialise(envelope)


def _changed(envelope: bytes, contract: Contract, change: Callable[[etree._Element], object]) -> bytes:
    root = etree.fromstring(envelope)
    for response in root.iter(contract.response.name):
        change(response)
    return serialise(root)


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
