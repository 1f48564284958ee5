"""The messages that the client sends to the STS, in WS-Trust 1.3 (wire-facts.md B3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from cryptography import x509
from lxml import etree

from conformance.client.parsing import parse
from conformance.client.sts.signer import base64_of
from mockserver.instant import SECOND, Instant, format_instant
from mockserver.namespaces import DS, SAML_TOKEN_TYPE, WSSE, WSU

WST: Final = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
AUTH: Final = "http://docs.oasis-open.org/wsfed/authorization/200706"
DIALECT: Final = "http://docs.oasis-open.org/wsfed/authorization/200706/authclaims"
KEY_TYPE: Final = "http://docs.oasis-open.org/ws-sx/wstrust/200512/PublicKey"
"""Without the hyphen, as the platform's own clients send it (wire-facts.md B3)."""

PATH: Final = "/IAM/SecurityTokenService/v1"
"""Path of the platform's WS-Trust STS on every environment (wire-facts.md B1)."""

PROTOCOL: Final = "urn:be:fgov:ehealth:sts:protocol:v1"
REQUEST_ACTION: Final = f"{PROTOCOL}:RequestSecurityToken"
CHALLENGE_ACTION: Final = f"{PROTOCOL}:Challenge"


@dataclass(frozen=True, slots=True)
class Claim:
    """One attribute to ask for; with a value where the client asserts it."""

    name: str
    value: str | None = None


def issue_request(
    claims: Sequence[Claim], certificate: x509.Certificate, *, now: Instant, lifetime: int
) -> etree._Element:
    """A request for a token bound to the key of `certificate`, valid `lifetime` seconds from `now`."""
    request = _request("Issue")
    holder = _child(request, "Claims", Dialect=DIALECT)
    for claim in claims:
        kind = etree.SubElement(holder, f"{{{AUTH}}}ClaimType", {"Uri": claim.name}, nsmap={"auth": AUTH})
        if claim.value is not None:
            etree.SubElement(kind, f"{{{AUTH}}}Value").text = claim.value
    span = _child(request, "Lifetime")
    for name, instant in (("Created", now), ("Expires", now + lifetime * SECOND)):
        etree.SubElement(span, f"{{{WSU}}}{name}", nsmap={"wsu": WSU}).text = format_instant(instant)
    _child(request, "KeyType").text = KEY_TYPE
    reference = _reference(_child(request, "UseKey"))
    data = etree.SubElement(reference, f"{{{DS}}}X509Data", nsmap={"ds": DS})
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = base64_of(certificate)
    return request


def renew_request(token: bytes) -> etree._Element:
    """A request for another token like the one in `token`."""
    request = _request("Renew")
    embedded = etree.SubElement(_reference(_child(request, "RenewTarget")), f"{{{WSSE}}}Embedded")
    embedded.set(f"{{{WSU}}}Id", f"token-{uuid4()}")
    # Exclusive canonicalization takes nothing from the elements around it, so the STS's signature stays whole.
    embedded.append(parse(token))
    return request


def challenge_response(context: str, challenge: str) -> etree._Element:
    """The answer to a challenge; the key that signs its message is the proof."""
    response = etree.Element(f"{{{WST}}}RequestSecurityTokenResponse", nsmap={"wst": WST})
    response.set("Context", context)
    _child(_child(response, "SignChallengeResponse"), "Challenge").text = challenge
    return response


def _request(kind: str) -> etree._Element:
    request = etree.Element(f"{{{WST}}}RequestSecurityToken", nsmap={"wst": WST})
    request.set("Context", f"urn:uuid:{uuid4()}")
    _child(request, "TokenType").text = SAML_TOKEN_TYPE
    _child(request, "RequestType").text = f"{WST}/{kind}"
    return request


def _reference(parent: etree._Element) -> etree._Element:
    return etree.SubElement(parent, f"{{{WSSE}}}SecurityTokenReference", nsmap={"wsse": WSSE, "wsu": WSU})


def _child(parent: etree._Element, local: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{WST}}}{local}", attributes)
