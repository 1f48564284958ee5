"""The parts of the wsse:Security header by position: Timestamp, Assertion, message Signature.

Reading is tolerant: lists hold what should stand once, texts are taken whole, nothing is believed. Rules judge. All is
taken by path: nothing is looked up with `//` (`rules.md` A69).
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from lxml import etree

from mockserver.gateway.fact import fact
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


class SecurityHeader:
    """The one wsse:Security block addressed to us, and its children by kind."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element

    @fact
    def timestamps(self) -> Sequence[etree._Element]:
        """Children that are a wsu:Timestamp."""
        return list(self.element.iterchildren(TIMESTAMP))

    @fact
    def assertions(self) -> Sequence[etree._Element]:
        """Children that are a saml:Assertion."""
        return list(self.element.iterchildren(ASSERTION))

    @fact
    def signatures(self) -> Sequence[etree._Element]:
        """Children that are a ds:Signature."""
        return list(self.element.iterchildren(SIGNATURE))

    @fact
    def children(self) -> Sequence[etree._Element]:
        """All of them."""
        return elements(self.element)


class Timestamp(NamedTuple):
    """The wsu:Timestamp."""

    element: etree._Element
    created: Sequence[etree._Element]
    expires: Sequence[etree._Element]


class Canonicalization(NamedTuple):
    """A CanonicalizationMethod or Transform: what is done before digesting or signing."""

    element: etree._Element
    algorithm: str
    prefix_lists: Sequence[str]
    """PrefixList of each InclusiveNamespaces child."""

    @property
    def prefixes(self) -> list[str]:
        """The prefixes to treat as inclusive; XML white space of any kind and amount separates them (R5415)."""
        return self.prefix_lists[0].split() if self.prefix_lists else []


class ReferenceMethod(NamedTuple):
    """How a Reference digests: what stands in it but its URI and its DigestValue."""

    transform: str
    prefixes: Sequence[str]
    digest: str


class Reference:
    """A ds:Reference. Each part is read when it is asked for."""

    def __init__(self, element: etree._Element, method: ReferenceMethod | None = None) -> None:
        """`method` is for one of which it is known."""
        self.element = element
        self._method = method

    @property
    def uri(self) -> str | None:
        """URI."""
        return self.element.get("URI")

    @fact
    def transforms(self) -> Sequence[Canonicalization]:
        """The children of its Transforms."""
        return [
            _canonicalization(transform)
            for group in self.element.iterchildren(_TRANSFORMS)
            for transform in group.iterchildren("*")
        ]

    @fact
    def digest_method(self) -> str:
        """Algorithm of the DigestMethod; empty when missing."""
        element = next(self.element.iterchildren(DIGEST_METHOD), None)
        return element.get("Algorithm", "") if element is not None else ""

    @fact
    def digest_value(self) -> str:
        """The text of the DigestValue; empty when missing."""
        element = next(self.element.iterchildren(DIGEST_VALUE), None)
        return string_value(element) if element is not None else ""

    @fact
    def method(self) -> ReferenceMethod:
        """How it digests; only for one with a single transform."""
        if self._method is not None:
            return self._method
        (transform,) = self.transforms
        return ReferenceMethod(transform.algorithm, tuple(transform.prefixes), self.digest_method)


class SignatureMethod(NamedTuple):
    """How a Signature is made: what stands in it but ids and values."""

    algorithm: str
    prefixes: Sequence[str]
    """Of the canonicalisation of SignedInfo."""
    references: Sequence[ReferenceMethod]


class Signature:
    """A ds:Signature: the message's, or the assertion's own. Each part is read when it is asked for."""

    def __init__(self, element: etree._Element, method: SignatureMethod | None = None) -> None:
        """`method` is for one of which it is known."""
        self.element = element
        self._method = method
        self.octets: tuple[bytes, bytes] | None = None
        """See `crypto.message_signature.signature_octets`, which keeps them here."""

    @fact
    def signed_infos(self) -> Sequence[etree._Element]:
        """Its SignedInfo."""
        return list(self.element.iterchildren(SIGNED_INFO))

    @fact
    def canonicalizations(self) -> Sequence[Canonicalization]:
        """The CanonicalizationMethod of its SignedInfo."""
        return [_canonicalization(child) for child in self._in_signed_info(_CANONICALIZATION_METHOD)]

    @fact
    def signature_methods(self) -> Sequence[etree._Element]:
        """The SignatureMethod of its SignedInfo."""
        return list(self._in_signed_info(_SIGNATURE_METHOD))

    @fact
    def signature_values(self) -> Sequence[etree._Element]:
        """Its SignatureValue."""
        return list(self.element.iterchildren(_SIGNATURE_VALUE))

    @fact
    def key_infos(self) -> Sequence[etree._Element]:
        """Its KeyInfo."""
        return list(self.element.iterchildren(KEY_INFO))

    @fact
    def references(self) -> Sequence[Reference]:
        """The References of its SignedInfo."""
        elements_of = self._in_signed_info(_REFERENCE)
        if self._method is not None:
            return [Reference(*known) for known in zip(elements_of, self._method.references, strict=True)]
        return [Reference(child) for child in elements_of]

    @property
    def signature_method(self) -> str:
        """Algorithm of the SignatureMethod; empty when missing."""
        if self._method is not None:
            return self._method.algorithm
        return self.signature_methods[0].get("Algorithm", "") if self.signature_methods else ""

    @property
    def prefixes(self) -> Sequence[str]:
        """The PrefixList of the canonicalisation of SignedInfo; only where there is one."""
        return self._method.prefixes if self._method is not None else self.canonicalizations[0].prefixes

    @fact
    def method(self) -> SignatureMethod:
        """How it is made; only for one of which `rules.structure.signature_structure` found nothing, and whose
        references have one transform each."""
        if self._method is not None:
            return self._method
        references = tuple(each.method for each in self.references)
        return SignatureMethod(self.signature_method, tuple(self.prefixes), references)

    def _in_signed_info(self, name: str) -> Iterator[etree._Element]:
        """The children of this name of the first SignedInfo, if there is one."""
        return self.signed_infos[0].iterchildren(name) if self.signed_infos else iter(())


def locate_security(envelope: Envelope) -> SecurityHeader | None:
    """The Security header addressed to us; None if there is none or more than one."""
    ours = [block for block in envelope.blocks if block.tag == SECURITY and is_addressed_to_us(block)]
    if len(ours) != 1:
        return None
    return SecurityHeader(ours[0])


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


def read_message_signature(security: SecurityHeader, method: SignatureMethod | None = None) -> Signature | None:
    """The one Signature that is a direct child of Security; `method` where it is known."""
    return Signature(security.signatures[0], method) if len(security.signatures) == 1 else None


def _canonicalization(element: etree._Element) -> Canonicalization:
    inclusive = element.iterchildren(INCLUSIVE_NAMESPACES)
    return Canonicalization(element, element.get("Algorithm", ""), [child.get("PrefixList", "") for child in inclusive])
