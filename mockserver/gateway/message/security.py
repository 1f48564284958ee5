"""The parts of the wsse:Security header by position: Timestamp, Assertion, message Signature.

Reading is tolerant: lists hold what should stand once, texts are taken whole, nothing is believed. Rules judge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from mockserver.gateway.message.envelope import SECURITY, Envelope, elements, is_addressed_to_us, string_value
from mockserver.namespaces import DS, EXC_C14N, SAML, WSSE, WSU

WSU_ID: Final = f"{{{WSU}}}Id"
TIMESTAMP: Final = f"{{{WSU}}}Timestamp"
CREATED: Final = f"{{{WSU}}}Created"
EXPIRES: Final = f"{{{WSU}}}Expires"
ASSERTION: Final = f"{{{SAML}}}Assertion"
SIGNATURE: Final = f"{{{DS}}}Signature"
SIGNED_INFO: Final = f"{{{DS}}}SignedInfo"
KEY_INFO: Final = f"{{{DS}}}KeyInfo"
DIGEST_METHOD: Final = f"{{{DS}}}DigestMethod"
DIGEST_VALUE: Final = f"{{{DS}}}DigestValue"
INCLUSIVE_NAMESPACES: Final = f"{{{EXC_C14N}}}InclusiveNamespaces"
SECURITY_TOKEN_REFERENCE: Final = f"{{{WSSE}}}SecurityTokenReference"
KEY_IDENTIFIER: Final = f"{{{WSSE}}}KeyIdentifier"
BINARY_SECURITY_TOKEN: Final = f"{{{WSSE}}}BinarySecurityToken"

_CANONICALIZATION_METHOD: Final = f"{{{DS}}}CanonicalizationMethod"
_SIGNATURE_METHOD: Final = f"{{{DS}}}SignatureMethod"
_SIGNATURE_VALUE: Final = f"{{{DS}}}SignatureValue"
_REFERENCE: Final = f"{{{DS}}}Reference"
_TRANSFORMS: Final = f"{{{DS}}}Transforms"


@dataclass(frozen=True, slots=True)
class SecurityHeader:
    """The one wsse:Security block addressed to us, and its children by kind."""

    element: etree._Element
    timestamps: Sequence[etree._Element]
    assertions: Sequence[etree._Element]
    signatures: Sequence[etree._Element]
    children: Sequence[etree._Element]


@dataclass(frozen=True, slots=True)
class Timestamp:
    """The wsu:Timestamp."""

    element: etree._Element
    created: Sequence[etree._Element]
    expires: Sequence[etree._Element]


@dataclass(frozen=True, slots=True)
class Canonicalization:
    """A CanonicalizationMethod or Transform: what is done before digesting or signing."""

    element: etree._Element
    algorithm: str
    prefix_lists: Sequence[str]
    """PrefixList of each InclusiveNamespaces child."""

    @property
    def prefixes(self) -> list[str]:
        """The prefixes to treat as inclusive; XML white space of any kind and amount separates them (R5415)."""
        return self.prefix_lists[0].split() if self.prefix_lists else []


@dataclass(frozen=True, slots=True)
class Reference:
    """A ds:Reference of the message signature."""

    element: etree._Element
    uri: str | None
    transforms: Sequence[Canonicalization]
    digest_method: str
    digest_value: str


@dataclass(frozen=True, slots=True)
class Signature:
    """A ds:Signature: the message's, or the assertion's own."""

    element: etree._Element
    signed_infos: Sequence[etree._Element]
    canonicalizations: Sequence[Canonicalization]
    signature_methods: Sequence[etree._Element]
    signature_values: Sequence[etree._Element]
    key_infos: Sequence[etree._Element]
    references: Sequence[Reference]

    @property
    def signature_method(self) -> str:
        """Algorithm of the SignatureMethod; empty when missing."""
        return self.signature_methods[0].get("Algorithm", "") if self.signature_methods else ""


def locate_security(envelope: Envelope) -> SecurityHeader | None:
    """The Security header addressed to us; None if there is none or more than one."""
    ours = [block for block in envelope.blocks if block.tag == SECURITY and is_addressed_to_us(block)]
    if len(ours) != 1:
        return None
    return SecurityHeader(
        ours[0],
        list(ours[0].iterchildren(TIMESTAMP)),
        list(ours[0].iterchildren(ASSERTION)),
        list(ours[0].iterchildren(SIGNATURE)),
        elements(ours[0]),
    )


def read_timestamp(security: SecurityHeader) -> Timestamp | None:
    """The one Timestamp."""
    if len(security.timestamps) != 1:
        return None
    (element,) = security.timestamps
    return Timestamp(
        element,
        list(element.iterchildren(CREATED)),
        list(element.iterchildren(EXPIRES)),
    )


def read_message_signature(security: SecurityHeader) -> Signature | None:
    """The one Signature that is a direct child of Security."""
    return read_signature(security.signatures[0]) if len(security.signatures) == 1 else None


def read_signature(element: etree._Element) -> Signature:
    """Take a ds:Signature apart by path: nothing is looked up with `//` (`rules.md` A69)."""
    signed_infos = list(element.iterchildren(SIGNED_INFO))
    signed_info = signed_infos[0] if signed_infos else etree.Element(SIGNED_INFO)  # one with nothing in it
    return Signature(
        element,
        signed_infos,
        [_canonicalization(child) for child in signed_info.iterchildren(_CANONICALIZATION_METHOD)],
        list(signed_info.iterchildren(_SIGNATURE_METHOD)),
        list(element.iterchildren(_SIGNATURE_VALUE)),
        list(element.iterchildren(KEY_INFO)),
        [_reference(child) for child in signed_info.iterchildren(_REFERENCE)],
    )


def _reference(element: etree._Element) -> Reference:
    digest_method = next(element.iterchildren(DIGEST_METHOD), None)
    digest_value = next(element.iterchildren(DIGEST_VALUE), None)
    return Reference(
        element,
        element.get("URI"),
        [_canonicalization(t) for group in element.iterchildren(_TRANSFORMS) for t in group.iterchildren("*")],
        digest_method.get("Algorithm", "") if digest_method is not None else "",
        string_value(digest_value) if digest_value is not None else "",
    )


def _canonicalization(element: etree._Element) -> Canonicalization:
    inclusive = element.iterchildren(INCLUSIVE_NAMESPACES)
    return Canonicalization(element, element.get("Algorithm", ""), [child.get("PrefixList", "") for child in inclusive])
