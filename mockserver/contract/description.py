"""What the WSDL says of the operation: its name, its SOAPAction, the elements it exchanges."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from mockserver.contract.documents import ContractError, Document
from mockserver.namespaces import WSDL, WSDL_SOAP

OPERATION: Final = "GenerateCovidId"
"""Cookbook 5.2: the one operation of the service."""

_HTTP_TRANSPORT: Final = "http://schemas.xmlsoap.org/soap/http"
_PREFIXES: Final = {"wsdl": WSDL, "soap": WSDL_SOAP}


@dataclass(frozen=True, slots=True)
class Description:
    """The operation as the WSDL describes it. Elements are named `{namespace}local`."""

    operation: str
    soap_action: str
    """Without quotes; empty when the WSDL has none (then SOAPAction is `""` on the wire, R2745)."""
    request: str
    response: str
    faults: Sequence[str]


def read_description(wsdl: Document) -> Description:
    """Find the operation and what it exchanges in the SOAP 1.1 binding, document/literal.

    Raises ContractError, saying what the WSDL lacks.
    """
    return _Reader(wsdl).description()


class _Reader:
    def __init__(self, wsdl: Document) -> None:
        self._wsdl = wsdl

    def description(self) -> Description:
        binding, operation = self._bound_operation()
        name = operation.get("name", "")
        soap_operation = operation.find("soap:operation", _PREFIXES)
        style = binding.find("soap:binding", _PREFIXES)
        styles = {node.get("style", "document") for node in (style, soap_operation) if node is not None}
        if styles != {"document"}:
            raise self._error(f"binds {name} in style rpc; only document/literal is supported")

        port_type = self._referred("portType", binding.get("type"), binding)
        abstract = self._named(port_type.findall("wsdl:operation", _PREFIXES), name)
        if abstract is None:
            raise self._error(f"has no operation {name} in portType {port_type.get('name')}, though a binding does")
        request = self._exchanged(abstract, operation, "input")
        response = self._exchanged(abstract, operation, "output")
        faults = [self._part_element(fault, None) for fault in abstract.findall("wsdl:fault", _PREFIXES)]
        action = "" if soap_operation is None else soap_operation.get("soapAction", "")
        return Description(name, action, request, response, faults)

    def _bound_operation(self) -> tuple[etree._Element, etree._Element]:
        """The SOAP 1.1 binding over HTTP that has the operation, and the operation in it."""
        bindings = [
            binding
            for binding in self._wsdl.root.findall("wsdl:binding", _PREFIXES)
            if binding.find(f"soap:binding[@transport='{_HTTP_TRANSPORT}']", _PREFIXES) is not None
        ]
        if not bindings:
            raise self._error("has no SOAP 1.1 binding over HTTP")
        operations = [(binding, node) for binding in bindings for node in binding.findall("wsdl:operation", _PREFIXES)]
        # Without case: eHealth writes some operations of other services with a small first letter.
        found = [pair for pair in operations if pair[1].get("name", "").lower() == OPERATION.lower()]
        if not found:
            names = ", ".join(node.get("name", "") for _, node in operations) or "none"
            raise self._error(f"has no operation {OPERATION} in its SOAP 1.1 binding (operations there: {names})")
        if len(found) > 1:
            names = ", ".join(binding.get("name", "") for binding, _ in found)
            raise self._error(f"binds {OPERATION} to SOAP 1.1 more than once, keep one binding: {names}")
        return found[0]

    def _exchanged(self, abstract: etree._Element, bound: etree._Element, direction: str) -> str:
        """The element that stands in the Body of the operation's input or output."""
        message = abstract.find(f"wsdl:{direction}", _PREFIXES)
        body = bound.find(f"wsdl:{direction}/soap:body", _PREFIXES)
        if message is None or body is None:
            raise self._error(f"has no {direction} for {bound.get('name')}, or binds none to the Body")
        if body.get("use", "literal") != "literal":
            raise self._error(f"binds the {direction} of {bound.get('name')} as encoded; only literal is supported")
        return self._part_element(message, body.get("parts"))

    def _part_element(self, use: etree._Element, parts: str | None) -> str:
        """Name of the element that the one part of a message (of those in `parts`, if given) refers to."""
        message = self._referred("message", use.get("message"), use)
        found = message.findall("wsdl:part", _PREFIXES)
        if parts is not None:
            found = [part for part in found if part.get("name") in parts.split()]
        if len(found) != 1 or found[0].get("element") is None:
            raise self._error(f"must have one part with an element (R2204, R2210) in message {message.get('name')}")
        namespace, local = self._resolve(found[0], found[0].get("element", ""))
        return f"{{{namespace}}}{local}" if namespace else local

    def _referred(self, kind: str, qname: str | None, use: etree._Element) -> etree._Element:
        namespace, local = self._resolve(use, qname or "")
        found = self._named(self._wsdl.root.findall(f"wsdl:{kind}", _PREFIXES), local)
        if found is None or namespace != self._wsdl.root.get("targetNamespace", ""):
            raise self._error(f"refers to the {kind} {qname}, which it does not define")
        return found

    @staticmethod
    def _named(nodes: Sequence[etree._Element], name: str) -> etree._Element | None:
        return next((node for node in nodes if node.get("name") == name), None)

    @staticmethod
    def _resolve(node: etree._Element, qname: str) -> tuple[str, str]:
        prefix, _, local = qname.strip().rpartition(":")
        return node.nsmap.get(prefix or None, ""), local

    def _error(self, complaint: str) -> ContractError:
        return ContractError(f"{self._wsdl.path} {complaint}")
