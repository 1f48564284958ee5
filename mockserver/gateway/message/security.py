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
SECURITY_TOKEN_REFERENCE: Final = f"{{{WSSE}}}SecurityTokenReference"
KEY_IDENTIFIER: Final = f"{{{WSSE}}}KeyIdentifier"
BINARY_SECURITY_TOKEN: Final = f"{{{WSSE}}}BinarySecurityToken"


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
    children = elements(ours[0])
    return SecurityHeader(
        ours[0],
        [child for child in children if child.tag == TIMESTAMP],
        [child for child in children if child.tag == ASSERTION],
        [child for child in children if child.tag == SIGNATURE],
        children,
    )


def read_timestamp(security: SecurityHeader) -> Timestamp | None:
    """The one Timestamp."""
    if len(security.timestamps) != 1:
        return None
    (element,) = security.timestamps
    return Timestamp(
        element,
        [child for child in element if child.tag == CREATED],
        [child for child in element if child.tag == EXPIRES],
    )


def read_message_signature(security: SecurityHeader) -> Signature | None:
    """The one Signature that is a direct child of Security."""
    return read_signature(security.signatures[0]) if len(security.signatures) == 1 else None


def read_signature(element: etree._Element) -> Signature:
    """Take a ds:Signature apart by path: nothing is looked up with `//` (`rules.md` A69)."""
    signed_infos = [child for child in element if child.tag == SIGNED_INFO]
    signed_info = signed_infos[0] if signed_infos else None
    return Signature(
        element,
        signed_infos,
        [_canonicalization(child) for child in _children(signed_info, "CanonicalizationMethod")],
        _children(signed_info, "SignatureMethod"),
        _children(element, "SignatureValue"),
        [child for child in element if child.tag == KEY_INFO],
        [_reference(child) for child in _children(signed_info, "Reference")],
    )


def _reference(element: etree._Element) -> Reference:
    transforms = [t for group in _children(element, "Transforms") for t in elements(group)]
    digest_methods = _children(element, "DigestMethod")
    digest_values = _children(element, "DigestValue")
    return Reference(
        element,
        element.get("URI"),
        [_canonicalization(transform) for transform in transforms],
        digest_methods[0].get("Algorithm", "") if digest_methods else "",
        string_value(digest_values[0]) if digest_values else "",
    )


def _canonicalization(element: etree._Element) -> Canonicalization:
    inclusive = [child for child in element if child.tag == f"{{{EXC_C14N}}}InclusiveNamespaces"]
    return Canonicalization(element, element.get("Algorithm", ""), [child.get("PrefixList", "") for child in inclusive])


def _children(parent: etree._Element | None, local: str) -> list[etree._Element]:
    tag = f"{{{DS}}}{local}"
    return [] if parent is None else [child for child in parent if child.tag == tag]
