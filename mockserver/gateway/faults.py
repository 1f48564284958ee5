"""SOAP faults as the platform sends them: cookbook Table 1 and `wire-facts.md` D.

No fault of eHealth's gateway has been published verbatim. The form is that of its error schemas, and of the sister
platform's published sample with the same codes and operator: reconstructed.
"""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from mockserver.contract import Contract
from mockserver.namespaces import SOAP, XML

_SOAPENV: Final = "soapenv"


@dataclass(frozen=True, slots=True)
class SystemError:
    """A row of cookbook Table 1."""

    code: str
    origin: str
    """Column "Component"; Table 1 leaves it empty for SOA-00001, where Provider is decided (decisions 2)."""
    message: str


SYSTEM_ERRORS: Final = {
    row.code: row
    for row in (
        SystemError("SOA-00001", "Provider", "Service error"),
        SystemError("SOA-01001", "Consumer", "Service call not authenticated"),
        SystemError("SOA-01002", "Consumer", "Service call not authorized"),
        # The full stops stand in the sister platform's messages (wire-facts D3); the line break in the cookbook is
        # that of its table cell.
        SystemError("SOA-02001", "Provider", "Service not available. Please contact service desk."),
        SystemError("SOA-02002", "Provider", "Service temporarily not available. Please try later."),
        SystemError("SOA-03001", "Consumer", "Malformed message"),
        SystemError("SOA-03002", "Consumer", "Message must be SOAP"),
        SystemError("SOA-03003", "Consumer", "Message must contain SOAP body"),
        SystemError("SOA-03004", "Consumer", "WS-I compliance failure"),
        SystemError("SOA-03005", "Consumer", "WSDL compliance failure"),
        SystemError("SOA-03006", "Consumer", "XSD compliance failure"),
        SystemError("SOA-03007", "Consumer", "Message content validation failure"),
    )
}
"""Cookbook section 8, Table 1, by code."""

_FAULTCODES: Final = {"Consumer": "Client", "Provider": "Server"}

_DETAIL_LENGTH: Final = 1000


def fault_message(code: str, detail: str = "") -> str:
    """The Message of the SystemError. Only SOA-03006 tells more than its code (`wire-facts.md` D4)."""
    text = SYSTEM_ERRORS[code].message
    return f"{text}: {detail[:_DETAIL_LENGTH]}" if detail else text


def fault(
    code: str,
    contract: Contract,
    *,
    correlation_id: str,
    environment: str,
    detail: str = "",
    faultcode: str | None = None,
) -> bytes:
    """The envelope of a fault.

    `faultcode` is the local name of a SOAP 1.1 fault code where it is not Client or Server by origin (VersionMismatch,
    MustUnderstand). faultstring is the code itself and carries no xml:lang: the SOAP schema refuses that.
    """
    row = SYSTEM_ERRORS[code]
    names = contract.system_error
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={_SOAPENV: SOAP})
    body = etree.SubElement(envelope, f"{{{SOAP}}}Body")
    soap_fault = etree.SubElement(body, f"{{{SOAP}}}Fault")
    etree.SubElement(soap_fault, "faultcode").text = f"{_SOAPENV}:{faultcode or _FAULTCODES[row.origin]}"
    etree.SubElement(soap_fault, "faultstring").text = code
    system_error = etree.SubElement(
        etree.SubElement(soap_fault, "detail"),
        names.name,
        nsmap={"soa": etree.QName(names.name).namespace or ""},
    )
    system_error.set("Id", correlation_id)
    etree.SubElement(system_error, names["Origin"].name).text = row.origin
    etree.SubElement(system_error, names["Code"].name).text = code
    message = etree.SubElement(system_error, names["Message"].name)
    message.set(f"{{{XML}}}lang", "en")
    message.text = fault_message(code, detail)
    etree.SubElement(system_error, names["Environment"].name).text = environment
    return serialise(envelope)


def serialise(envelope: etree._Element) -> bytes:
    """UTF-8 without BOM and without an XML declaration; nothing is indented: signatures and clients depend on it."""
    return etree.tostring(envelope, encoding="utf-8")
