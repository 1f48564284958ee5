"""Answers in WS-Trust 1.3 (`wire-facts.md` B3, B5)."""

from typing import TYPE_CHECKING, Final

from lxml import etree

from mockserver.contract import Contract
from mockserver.gateway.faults import error_fault, serialise
from mockserver.instant import format_instant
from mockserver.namespaces import SAML_TOKEN_TYPE, SOAP, WSU
from mockserver.sts.challenges import Challenge
from mockserver.sts.names import (
    INVALID_REQUEST,
    REQUEST_SECURITY_TOKEN_RESPONSE,
    REQUEST_SECURITY_TOKEN_RESPONSE_COLLECTION,
    WST,
)

if TYPE_CHECKING:
    from mockserver.instant import Instant
    from mockserver.sts.service import Grant

_PREFIXES: Final = {"SOAP-ENV": SOAP}
"""Genuine tokens carry an unused declaration of this prefix: it leaked from the STS's envelope (`wire-facts.md` A1)."""


def granted(grant: "Grant", now: "Instant") -> bytes:
    """The envelope with the token, in a collection as WS-Trust 1.3, section 4.4.3 has it."""
    envelope, body = envelope_and_body()
    collection = etree.SubElement(body, REQUEST_SECURITY_TOKEN_RESPONSE_COLLECTION, nsmap={"wst": WST})
    response = _response(collection, grant.context)
    _child(response, "TokenType").text = SAML_TOKEN_TYPE
    _child(response, "RequestedSecurityToken").append(etree.fromstring(grant.token))
    lifetime = _child(response, "Lifetime")
    for name, instant in (("Created", grant.begin), ("Expires", grant.end)):
        etree.SubElement(lifetime, f"{{{WSU}}}{name}", nsmap={"wsu": WSU}).text = format_instant(instant)
    return serialise(envelope)


def challenge(open_challenge: Challenge) -> bytes:
    """The envelope with a challenge. No collection around it: clients read Context from the child of Body."""
    envelope, body = envelope_and_body()
    response = _response(body, open_challenge.request.context)
    _child(_child(response, "SignChallenge"), "Challenge").text = open_challenge.text
    return serialise(envelope)


def invalid_request(reason: str, contract: Contract, *, correlation_id: str, environment: str) -> bytes:
    """The fault with BusinessError that says what is wrong with the request."""
    return error_fault(
        INVALID_REQUEST,
        contract.system_error,
        name="BusinessError",
        origin="Consumer",
        message=f"The request was invalid or malformed: {reason}",
        correlation_id=correlation_id,
        environment=environment,
    )


def envelope_and_body() -> tuple[etree._Element, etree._Element]:
    """An empty envelope of the STS, and its Body."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap=_PREFIXES)
    return envelope, etree.SubElement(envelope, f"{{{SOAP}}}Body")


def _response(parent: etree._Element, context: str) -> etree._Element:
    response = etree.SubElement(parent, REQUEST_SECURITY_TOKEN_RESPONSE, nsmap={"wst": WST})
    if context:
        response.set("Context", context)
    return response


def _child(parent: etree._Element, local: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{WST}}}{local}")
