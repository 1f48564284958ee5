"""Token and signature: what the security header must prove (cookbook 5.1.2 and 6.2).

Refusals all are SOA-01001, "the consumer could not be identified or the credentials provided are not correct".
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from conformance.cases.checks import Finding, Level
from conformance.cases.expectations import (
    SUCCESS,
    expect_either,
    expect_success,
    expect_system_error,
    system_error,
)
from conformance.cases.known import FULL_PERSON, PERSON
from conformance.cases.registry import case
from conformance.client.exchange import Client
from conformance.client.parts import Change, Parts, removed
from conformance.client.signer import TokenSignature
from mockserver.instant import SECOND
from mockserver.namespaces import DS, SAML, WSSE, WSU

NOT_AUTHENTICATED: Final = "SOA-01001"


def _altered(identifier: str, text: str, *changes: Change) -> None:
    """A case that alters the message after it was signed; each change is sent by itself."""

    def steps(client: Client) -> Iterator[Finding]:
        for change in changes:
            exchange = client.generate_covid_id(client.credentials.requester, FULL_PERSON, message=change)
            yield from expect_system_error(exchange, NOT_AUTHENTICATED)

    steps.__doc__ = text
    case(identifier, clause="5.1.2", level=Level.MUST, intrusive=True)(steps)


def _other_name(parts: Parts) -> None:
    name = next(element for element in parts.operation.iter("*") if etree.QName(element).localname == "LastName")
    name.text = "COVID_LASTNAME_TESS"


def _other_case(text: str) -> str:
    """`text` with its first letter in the other case: other octets of the same length, still base64."""
    index = next(index for index, character in enumerate(text) if character.isalpha())
    return text[:index] + text[index].swapcase() + text[index + 1 :]


def _other_value(name: str, number: int = 0) -> Change:
    def change(parts: Parts) -> None:
        element = parts.signature.findall(f".//{{{DS}}}{name}")[number]
        element.text = _other_case(element.text or "")

    return change


def _other_attribute(parts: Parts) -> None:
    for value in parts.assertion.iter(f"{{{SAML}}}AttributeValue"):
        value.text = f"{value.text} "


def _later_end(parts: Parts) -> None:
    conditions = parts.assertion.find(f"{{{SAML}}}Conditions")
    if conditions is None:
        raise LookupError("the token has no Conditions")
    conditions.set("NotOnOrAfter", "2099-01-01T00:00:00.000Z")


def _one_reference(number: int) -> Change:
    return lambda parts: removed(parts.signed_info.findall(f"{{{DS}}}Reference")[number])


def _wrapped_body(parts: Parts) -> None:
    """The signed Body moves into Header, another one takes its place: signature wrapping (McIntosh and Austel)."""
    evil = etree.fromstring(etree.tostring(parts.body))
    del evil.attrib[f"{{{WSU}}}Id"]
    wrapper = etree.SubElement(parts.header, "{urn:be:example:unknown}Wrapper")
    wrapper.append(parts.body)
    parts.root.append(evil)
    _other_name(parts)


def _wrapped_timestamp(parts: Parts) -> None:
    signed = parts.timestamp
    fresh = etree.fromstring(etree.tostring(signed))
    del fresh.attrib[f"{{{WSU}}}Id"]
    signed.addprevious(fresh)
    etree.SubElement(parts.header, "{urn:be:example:unknown}Wrapper").append(signed)


def _two_with_one_id(parts: Parts) -> None:
    parts.operation.set(f"{{{WSU}}}Id", parts.body.get(f"{{{WSU}}}Id", ""))


def _two_tokens(parts: Parts) -> None:
    parts.assertion.addnext(etree.fromstring(etree.tostring(parts.assertion)))


def _without_key_info(parts: Parts) -> None:
    removed(parts.signature.findall(f"{{{DS}}}KeyInfo")[0])


def _to_unknown_token(parts: Parts) -> None:
    for identifier in parts.signature.iter(f"{{{WSSE}}}KeyIdentifier"):
        identifier.text = "_00000000000000000000000000000000"


_altered("signature-body-altered", "One letter of LastName differs from what was signed: SOA-01001.", _other_name)
_altered(
    "signature-timestamp-altered",
    "Expires differs from what was signed: SOA-01001.",
    lambda parts: setattr(parts.expires, "text", (parts.expires.text or "")[:-4] + "000Z"),
)
_altered(
    "token-altered",
    'An attribute of the token differs from what the STS signed: SOA-01001. "Exactly as received".',
    _other_attribute,
)
_altered("token-prolonged", "The token's end was put later: SOA-01001.", _later_end)
_altered(
    "token-indented",
    "The token was indented on its way: SOA-01001, for white space is signed too.",
    lambda parts: etree.indent(parts.assertion),
)
_altered(
    "token-signature-removed",
    "The signature of the STS is left out of the token: SOA-01001.",
    lambda parts: removed(parts.assertion.findall(f"{{{DS}}}Signature")[0]),
)
_altered("security-absent", "There is no Security header: SOA-01001.", lambda parts: removed(parts.security))
_altered("header-absent", "There is no Header: SOA-01001.", lambda parts: removed(parts.header))
_altered("signature-absent", "There is no Signature: SOA-01001.", lambda parts: removed(parts.signature))
_altered("token-absent", "There is no token: SOA-01001.", lambda parts: removed(parts.assertion))
_altered(
    "token-twice", "The token stands there twice: SOA-01001, for the attributes of which would count?", _two_tokens
)
_altered(
    "signature-value-altered",
    "SignatureValue or a DigestValue differs: SOA-01001.",
    _other_value("SignatureValue"),
    _other_value("DigestValue", 0),
    _other_value("DigestValue", 1),
)
_altered(
    "signature-reference-removed",
    'SignedInfo refers to Body or Timestamp alone: SOA-01001. It must have "References to the soapBody and the '
    'Timestamp".',
    _one_reference(0),
    _one_reference(1),
)
_altered(
    "signature-key-info-absent",
    'KeyInfo is left out: SOA-01001. It needs "a SecurityTokenReference pointing to the SAML Assertion".',
    _without_key_info,
)
_altered("signature-key-info-dangling", "KeyInfo points to no token of the message: SOA-01001.", _to_unknown_token)
_altered(
    "signature-wrapped-body",
    "The signed Body stands elsewhere, another one in its place: SOA-01001 (signature wrapping).",
    _wrapped_body,
)
_altered(
    "signature-wrapped-timestamp",
    "The signed Timestamp stands elsewhere, another one in its place: SOA-01001 (signature wrapping).",
    _wrapped_timestamp,
)
_altered("signature-id-twice", "The wsu:Id of Body stands on two elements: SOA-01001.", _two_with_one_id)


@case("signature-other-key", clause="5.1.2", level=Level.MUST, intrusive=True)
def other_key(client: Client) -> Iterator[Finding]:
    """The signature is made with another key than "the public key is mentioned in the SAML Assertion": SOA-01001."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    caller = replace(client.credentials, key=key)
    exchange = client.generate_covid_id(caller.requester, PERSON, credentials=caller)
    yield from expect_system_error(exchange, NOT_AUTHENTICATED)


@case("token-of-another-holder", clause="5.1.2", level=Level.MUST, persona="physician", intrusive=True)
def token_of_another(client: Client) -> Iterator[Finding]:
    """A valid token, issued to another holder than the one who signs: SOA-01001."""
    stolen = replace(client.credentials, token=client.another("sorting-center").token)
    exchange = client.generate_covid_id(stolen.requester, PERSON, credentials=stolen)
    yield from expect_system_error(exchange, NOT_AUTHENTICATED)


@case("token-expired", clause="5.1.2", level=Level.MUST, persona="physician", intrusive=True)
def token_expired(client: Client) -> Iterator[Finding]:
    """The token ended an hour ago: SOA-01001."""
    caller = client.credentials.reissued(now=client.now() - 2 * 3600 * SECOND, lifetime=3600)
    exchange = client.generate_covid_id(caller.requester, PERSON, credentials=caller)
    yield from expect_system_error(exchange, NOT_AUTHENTICATED)


@case("token-not-yet-valid", clause="5.1.2", level=Level.MUST, persona="physician", intrusive=True)
def token_not_yet_valid(client: Client) -> Iterator[Finding]:
    """The token begins in an hour: SOA-01001."""
    caller = client.credentials.reissued(not_before=client.now() + 3600 * SECOND)
    exchange = client.generate_covid_id(caller.requester, PERSON, credentials=caller)
    yield from expect_system_error(exchange, NOT_AUTHENTICATED)


@case("token-of-a-foreign-sts", clause="5.1.2", level=Level.MUST, persona="physician", intrusive=True)
def token_self_issued(client: Client) -> Iterator[Finding]:
    """The caller issued the token to itself, with its own key in place of the STS's: SOA-01001."""
    caller = client.credentials.reissued(self_issued=True)
    exchange = client.generate_covid_id(caller.requester, PERSON, credentials=caller)
    yield from expect_system_error(exchange, NOT_AUTHENTICATED)


@case("token-of-another-issuer", clause="5.1.2", level=Level.MUST, persona="physician", intrusive=True)
def token_of_another_issuer(client: Client) -> Iterator[Finding]:
    """The token names another Issuer than eHealth's STS: SOA-01001."""
    caller = client.credentials.reissued(issuer="urn:be:example:sts")
    exchange = client.generate_covid_id(caller.requester, PERSON, credentials=caller)
    yield from expect_system_error(exchange, NOT_AUTHENTICATED)


@case("token-bearer", clause="5.1.2", level=Level.MUST, persona="physician", intrusive=True)
def token_bearer(client: Client) -> Iterator[Finding]:
    """The token confirms its bearer instead of the holder of a key: SOA-01001. The policy is SAML HOK (4, 5.1.2)."""
    caller = client.credentials.reissued(confirmation_methods=("urn:oasis:names:tc:SAML:1.0:cm:bearer",))
    exchange = client.generate_covid_id(caller.requester, PERSON, credentials=caller)
    yield from expect_system_error(exchange, NOT_AUTHENTICATED)


@case("token-reused", clause="5.1.2", level=Level.MUST)
def token_reused(client: Client) -> Iterator[Finding]:
    """One token serves for several messages until it ends: both are accepted."""
    for _ in range(2):
        yield from expect_success(client.generate_covid_id(client.credentials.requester, PERSON))


@case("token-signed-directly", clause="4", level=Level.MUST)
def token_signed_directly(client: Client) -> Iterator[Finding]:
    """The signature covers the token too, as the cookbook's figure says: "Sign: body+token+TS". It is accepted."""
    yield from expect_success(
        client.generate_covid_id(client.credentials.requester, PERSON, token_signature=TokenSignature.DIRECT)
    )


@case("token-signed-by-str-transform", clause="4", level=Level.MUST)
def token_signed_by_str_transform(client: Client) -> Iterator[Finding]:
    """The signature covers the token through the STR-Transform, as connectors before 3.11 signed. It is accepted."""
    yield from expect_success(
        client.generate_covid_id(client.credentials.requester, PERSON, token_signature=TokenSignature.STR_TRANSFORM)
    )


@case("security-other-order", clause="5.1.2", level=Level.MAY)
def other_order(client: Client) -> Iterator[Finding]:
    """The Signature stands before the token it refers to. The policy's layout is lax; R5205 wants the token first."""
    exchange = client.generate_covid_id(
        client.credentials.requester, PERSON, message=lambda parts: parts.security.insert(0, parts.signature)
    )
    yield from expect_either(exchange, SUCCESS, system_error(NOT_AUTHENTICATED))


@case("security-timestamp-last", clause="5.1.2", level=Level.MUST)
def timestamp_last(client: Client) -> Iterator[Finding]:
    """The Timestamp stands last in Security: the cookbook gives no order, and the policy's layout is lax. Accepted."""
    yield from expect_success(
        client.generate_covid_id(
            client.credentials.requester, PERSON, message=lambda parts: parts.security.append(parts.timestamp)
        )
    )


@case("message-replayed", clause="6.2", level=Level.MAY, intrusive=True)
def replayed(client: Client) -> Iterator[Finding]:
    """The same octets are sent twice within their time to live: the cookbook is silent, both answers are reported."""
    first = client.generate_covid_id(client.credentials.requester, PERSON)
    yield from expect_success(first)
    again = client.post(first.request.body, request_id=first.request_id)
    yield from expect_either(again, SUCCESS, system_error(NOT_AUTHENTICATED))


@case("security-before-business", clause="8", level=Level.MUST, persona="physician", intrusive=True)
def security_before_business(client: Client) -> Iterator[Finding]:
    """A message that is not authenticated learns nothing of Table 2: altered, and with another's SSIN, it is SOA-01001.

    Otherwise whoever holds no key could ask whether a number belongs to a token.
    """

    def change(parts: Parts) -> None:
        removed(parts.signature)

    exchange = client.generate_covid_id(
        replace(client.credentials.requester, person_identifier="85123199937"), PERSON, message=change
    )
    yield from expect_system_error(exchange, NOT_AUTHENTICATED)
