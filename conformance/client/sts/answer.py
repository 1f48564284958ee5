"""What the STS answers: a token, a challenge, or a refusal."""

from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from conformance.client.credentials import CredentialsError
from conformance.client.parsing import MarkupError, parse, text_of
from conformance.client.sts.message import WST
from conformance.client.transport import HttpAnswer
from mockserver.namespaces import SAML, SOAP

_NAMESPACES: Final = {"soap": SOAP, "wst": WST, "saml": SAML}


class TokenRefusedError(CredentialsError):
    """The STS gave no token; the sentence says why, as far as it told."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A token, as the octets of its Assertion element."""

    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the session key has to sign."""

    context: str
    text: str = field(repr=False)


def read_sts_answer(http: HttpAnswer) -> Issued | Challenge:
    """The token or challenge in an answer. Raises TokenRefusedError."""
    if http.broken is not None:
        raise TokenRefusedError(f"the STS gave no answer that can be used: {http.broken}")
    try:
        root = parse(http.body)
    except MarkupError as error:
        raise TokenRefusedError(
            f"the STS answered HTTP {http.status} with no XML: {error}; is this its URL?"
        ) from error
    body = root.find("soap:Body", _NAMESPACES)
    if body is None:
        raise TokenRefusedError(f"the STS answered HTTP {http.status} without a SOAP Body; is this its URL?")
    if (fault := body.find("soap:Fault", _NAMESPACES)) is not None:
        raise TokenRefusedError(_reason(fault))
    response = body.find(".//wst:RequestSecurityTokenResponse", _NAMESPACES)
    if response is None:
        raise TokenRefusedError("the STS answered something other than a RequestSecurityTokenResponse")
    if (text := response.findtext("wst:SignChallenge/wst:Challenge", namespaces=_NAMESPACES)) is not None:
        return Challenge(response.get("Context", ""), text)
    assertion = response.find("wst:RequestedSecurityToken/saml:Assertion", _NAMESPACES)
    if assertion is None:
        raise TokenRefusedError("the answer of the STS holds no SAML 1.1 Assertion")
    # Written alone, with every namespace declaration that was in scope: exclusive canonicalization ignores the ones
    # that the assertion does not use, so the signature of the STS stays whole.
    return Issued(etree.tostring(assertion, encoding="UTF-8", xml_declaration=False, with_tail=False))


def _reason(fault: etree._Element) -> str:
    code, message, ticket = (fault.findtext("faultstring") or "no faultstring").strip(), "", ""
    detail = fault.find("detail")
    error = None if detail is None else next(detail.iterchildren("*"), None)
    if error is not None:
        ticket = error.get("Id", "")
        for child in error.iterchildren("*"):
            name = etree.QName(child).localname
            code = text_of(child).strip() if name == "Code" else code
            message = text_of(child).strip() if name == "Message" else message
    told = ": ".join(part for part in (code, message) if part)
    return f"the STS refused the request: {told}" + (f" (ticket {ticket})" if ticket else "")
