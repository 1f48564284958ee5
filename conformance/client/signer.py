"""The WS-Security header, in the shape of the eHealth technical connector (wire-facts.md C1 to C6).

One Security block with Timestamp, Assertion and Signature in that order; the Signature refers to Body, then
Timestamp, and its KeyInfo to the Assertion. signxml makes the signature. Nothing of the gateway's verifier is
used here: a mistake common to both would be seen by neither.
"""

import hashlib
from base64 import b64encode
from enum import Enum
from typing import Any, Final
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.signer import XMLSigner

from conformance.client.credentials import Credentials, CredentialsError, PrivateKey, Token
from conformance.client.parsing import parse
from mockserver.instant import SECOND, Instant, format_instant
from mockserver.namespaces import (
    DS,
    EXC_C14N,
    SAML_ASSERTION_ID,
    SAML_TOKEN_TYPE,
    SOAP,
    STR_TRANSFORM,
    WSSE,
    WSSE_11,
    WSU,
)

TIME_TO_LIVE: Final = 60
"""Seconds between Created and Expires: "Time-to-live of the message: one minute" (cookbook 6.2)."""


class TokenSignature(Enum):
    """Whether the signature covers the token too (wire-facts.md C6; the figure in cookbook 5.1 says so)."""

    NONE = "none"
    """Body and Timestamp only: cookbook 5.1.2, and the connector since 3.11."""
    DIRECT = "direct"
    """`#AssertionID` with exclusive canonicalization."""
    STR_TRANSFORM = "str-transform"
    """`#STR-…` with the STR-Transform, as connectors before 3.11."""


def secure_envelope(
    request: etree._Element | None,
    credentials: Credentials,
    *,
    now: Instant,
    times: tuple[str, str] | None = None,
    token_signature: TokenSignature = TokenSignature.NONE,
) -> bytes:
    """The envelope around `request`, signed, as UTF-8 octets for the wire.

    `now` is the one reading of the clock behind Created and Expires: two readings could lie more than a
    minute apart. `times` are other texts for Created and Expires. `request` is moved into the envelope; None leaves
    the Body empty.
    """
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"SOAP-ENV": SOAP})
    etree.SubElement(envelope, f"{{{SOAP}}}Header")
    body = etree.SubElement(envelope, f"{{{SOAP}}}Body", nsmap={"wsu": WSU})
    if request is not None:
        body.append(request)
    return secured(envelope, credentials, now=now, times=times, token_signature=token_signature)


def secured(
    envelope: etree._Element,
    credentials: Credentials,
    *,
    now: Instant,
    times: tuple[str, str] | None = None,
    token_signature: TokenSignature = TokenSignature.NONE,
) -> bytes:
    """The envelope with a Security block at the end of its Header, signed, as UTF-8 octets for the wire.

    It must hold a Header and a Body, and no Security block. The Body gets a wsu:Id of ours: the one that signs must
    know that no other element has it. The rest as for `secure_envelope`.
    """
    header, body = (next(envelope.iterchildren(f"{{{SOAP}}}{name}")) for name in ("Header", "Body"))
    security = etree.SubElement(header, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
    security.set(f"{{{SOAP}}}mustUnderstand", "1")  # R1013: 0 or 1, never true
    timestamp_id, body_id = f"TS-{uuid4()}", f"id-{uuid4()}"
    security.append(timestamp(timestamp_id, times or life_from(now)))
    body.set(f"{{{WSU}}}Id", body_id)

    token_place = etree.Comment(f"token {uuid4()}")
    security.append(token_place)
    security.append(_signature(envelope, [body_id, timestamp_id], credentials, token_signature))
    return _with_token(etree.tostring(envelope, encoding="UTF-8"), token_place, credentials.token)


def life_from(created: Instant, seconds: float = TIME_TO_LIVE) -> tuple[str, str]:
    """The texts of Created and Expires of a message made at `created` that lives so many seconds."""
    return format_instant(created), format_instant(created + round(seconds * SECOND))


def timestamp(identifier: str, times: tuple[str, str]) -> etree._Element:
    """A Timestamp with this wsu:Id and these texts of Created and Expires."""
    element = etree.Element(f"{{{WSU}}}Timestamp", nsmap={"wsu": WSU})
    element.set(f"{{{WSU}}}Id", identifier)
    for name, text in zip(("Created", "Expires"), times, strict=True):
        etree.SubElement(element, f"{{{WSU}}}{name}").text = text
    return element


def detached_signer(key: PrivateKey) -> XMLSigner:
    """A signer with the algorithms of connector 4.0.2 and later for this kind of key (wire-facts.md C2)."""
    elliptic = isinstance(key, EllipticCurvePrivateKey)
    return XMLSigner(
        method=SignatureConstructionMethod.detached,
        signature_algorithm=SignatureMethod.ECDSA_SHA256 if elliptic else SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )


def _with_token(message: bytes, place: etree._Element, token: Token) -> bytes:
    """`message` with the token's own octets where `place` stood.

    Parsing and writing the token again would be enough to change it: quotes, line ends, namespace
    declarations. The digests of Body and Timestamp do not depend on it, because exclusive canonicalization
    takes no namespace from elements around them.
    """
    mark = etree.tostring(place)
    before, found, after = message.partition(mark)
    if not found or mark in after:
        raise RuntimeError("the place of the token must stand in the message exactly once")
    return before + token.octets + after


def _signature(
    envelope: etree._Element,
    identifiers: list[str],
    credentials: Credentials,
    token_signature: TokenSignature,
) -> etree._Element:
    """The Signature over the elements with these wsu:Ids.

    signxml finds them by local name "Id". When one is missing or occurs twice it digests the whole document
    instead, without a word, so the identifiers must be fresh: never take one from the caller.
    """
    signer = detached_signer(credentials.key)
    reference_id = f"STR-{uuid4()}"
    if token_signature is not TokenSignature.NONE:
        reference = _token_reference(credentials.token, token_signature, reference_id)

        def add_reference(signature: etree._Element, **_: Any) -> None:
            signature[0].append(reference)  # SignedInfo is the first child (XML Signature 4.1)

        signer.signature_annotators.append(add_reference)
    signature = signer.sign(
        envelope,
        key=credentials.key,
        reference_uri=identifiers,
        id_attribute="Id",
        key_info=_key_info(credentials.token, reference_id),
    )
    signature.set("Id", f"SIG-{uuid4()}")
    return signature


def _key_info(token: Token, reference_id: str) -> etree._Element:
    """KeyInfo pointing to the token (cookbook 5.1.2; SAML Token Profile 1.1, section 3.4)."""
    key_info = etree.Element(f"{{{DS}}}KeyInfo", nsmap={"ds": DS, "wsse": WSSE, "wsu": WSU})
    key_info.set("Id", f"KI-{uuid4()}")
    reference = etree.SubElement(key_info, f"{{{WSSE}}}SecurityTokenReference", nsmap={"wsse11": WSSE_11})
    reference.set(f"{{{WSSE_11}}}TokenType", SAML_TOKEN_TYPE)
    reference.set(f"{{{WSU}}}Id", reference_id)
    identifier = etree.SubElement(reference, f"{{{WSSE}}}KeyIdentifier")
    identifier.set("ValueType", SAML_ASSERTION_ID)
    identifier.text = token.assertion_id
    return key_info


def _token_reference(token: Token, kind: TokenSignature, reference_id: str) -> etree._Element:
    """The Reference that covers the token; signxml has no STR-Transform.

    Both kinds digest the same octets, the token in exclusive canonical form: the STR-Transform replaces the
    SecurityTokenReference by the token and canonicalizes that (WSS SOAP Message Security 1.1, section 8.3).
    """
    direct = kind is TokenSignature.DIRECT
    uri = f"#{token.assertion_id}" if direct else f"#{reference_id}"
    reference = etree.Element(f"{{{DS}}}Reference", nsmap={"ds": DS}, URI=uri)
    transforms = etree.SubElement(reference, f"{{{DS}}}Transforms")
    transform = etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm=EXC_C14N if direct else STR_TRANSFORM)
    if not direct:
        parameters = etree.SubElement(transform, f"{{{WSSE}}}TransformationParameters", nsmap={"wsse": WSSE})
        etree.SubElement(parameters, f"{{{DS}}}CanonicalizationMethod", Algorithm=EXC_C14N)
    etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm=DigestAlgorithm.SHA256.value)
    assertion = parse(token.octets)
    if not direct and assertion.prefix is not None:
        # The transform then adds xmlns="" to the token, as WSS4J does; eHealth's STS never prefixes
        # (wire-facts A1).
        raise CredentialsError("the STR-Transform of this client only takes a token without a prefix")
    digest = hashlib.sha256(etree.tostring(assertion, method="c14n", exclusive=True)).digest()
    etree.SubElement(reference, f"{{{DS}}}DigestValue").text = b64encode(digest).decode("ascii")
    return reference
