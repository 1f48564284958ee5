"""SOAP faults as the platform sends them: cookbook Table 1 and `wire-facts.md` D.

No fault of eHealth's gateway has been published verbatim. The form is that of its error schemas, and of the sister
platform's published sample with the same codes and operator: reconstructed.
"""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from mockserver.contract import Contract, ElementDeclaration
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
    return error_fault(
        code,
        contract.system_error,
        origin=row.origin,
        message=fault_message(code, detail),
        correlation_id=correlation_id,
        environment=environment,
        faultcode=faultcode,
    )


def error_fault(
    code: str,
    names: ElementDeclaration,
    *,
    origin: str,
    message: str,
    correlation_id: str,
    environment: str,
    name: str = "SystemError",
    faultcode: str | None = None,
) -> bytes:
    """A fault with a SystemError or, by `name`, a BusinessError, which has the same children (`wire-facts.md` D1)."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={_SOAPENV: SOAP})
    body = etree.SubElement(envelope, f"{{{SOAP}}}Body")
    soap_fault = etree.SubElement(body, f"{{{SOAP}}}Fault")
    etree.SubElement(soap_fault, "faultcode").text = f"{_SOAPENV}:{faultcode or _FAULTCODES[origin]}"
    etree.SubElement(soap_fault, "faultstring").text = code
    namespace = etree.QName(names.name).namespace or ""
    error = etree.SubElement(
        etree.SubElement(soap_fault, "detail"), etree.QName(namespace or None, name), nsmap={"soa": namespace}
    )
    error.set("Id", correlation_id)
    etree.SubElement(error, names["Origin"].name).text = origin
    etree.SubElement(error, names["Code"].name).text = code
    told = etree.SubElement(error, names["Message"].name)
    told.set(f"{{{XML}}}lang", "en")
    told.text = message
    etree.SubElement(error, names["Environment"].name).text = environment
    return serialise(envelope)


def serialise(envelope: etree._Element) -> bytes:
    """UTF-8 without BOM and without an XML declaration; nothing is indented: signatures and clients depend on it."""
    return etree.tostring(envelope, encoding="utf-8")
