"""A valid signed request as a tree that a test may bend, and sign again with the holder's key if it wants to.

The attacker of most tests owns no private key: it starts from `Forge.request()` and moves things about. An insider, or
the positive control of an attack, calls `sign` afterwards.
"""

import base64
import copy
import hashlib
from collections.abc import Callable, Sequence
from typing import Final, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

from conformance.client.credentials import Credentials, PrivateKey, Token
from conformance.client.message import Person, Requester, covid_id_request, new_request_id
from conformance.client.signer import TokenSignature, secure_envelope
from mockserver.contract import Contract
from mockserver.instant import Instant
from mockserver.namespaces import DS, EXC_C14N, SAML, SOAP, STR_TRANSFORM, WSSE, WSU

_DIGESTS: Final = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    "http://www.w3.org/2000/09/xmldsig#sha1": "sha1",
}
_HASHES: Final[dict[str, type[hashes.HashAlgorithm]]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
    "sha1": hashes.SHA1,
}

PERSON: Final = Person("COVID_LASTNAME_TEST", "Jérôme Zoë", "F", "+3227885155")


class Forge:
    """One message under construction."""

    def __init__(self, envelope: bytes, credentials: Credentials) -> None:
        self.root = etree.fromstring(envelope)
        self.credentials = credentials

    @classmethod
    def request(
        cls,
        credentials: Credentials,
        contract: Contract,
        now: Instant,
        *,
        requester: Requester | None = None,
        person: Person = PERSON,
        token_signature: TokenSignature = TokenSignature.NONE,
    ) -> Self:
        """A valid request of the credentials' holder, signed at `now`."""
        request = covid_id_request(
            contract,
            requester=credentials.requester if requester is None else requester,
            person=person,
            request_id=new_request_id(),
            issue_instant=now,
        )
        envelope = secure_envelope(request, credentials, now=now, token_signature=token_signature)
        return cls(envelope, credentials)

    # The parts, by position.

    @property
    def header(self) -> etree._Element:
        return self._one(self.root, f"{{{SOAP}}}Header")

    @property
    def body(self) -> etree._Element:
        return self._one(self.root, f"{{{SOAP}}}Body")

    @property
    def operation(self) -> etree._Element:
        return self.body[0]

    @property
    def security(self) -> etree._Element:
        return self._one(self.header, f"{{{WSSE}}}Security")

    @property
    def timestamp(self) -> etree._Element:
        return self._one(self.security, f"{{{WSU}}}Timestamp")

    @property
    def created(self) -> etree._Element:
        return self._one(self.timestamp, f"{{{WSU}}}Created")

    @property
    def expires(self) -> etree._Element:
        return self._one(self.timestamp, f"{{{WSU}}}Expires")

    @property
    def assertion(self) -> etree._Element:
        return self._one(self.security, f"{{{SAML}}}Assertion")

    @property
    def signature(self) -> etree._Element:
        return self._one(self.security, f"{{{DS}}}Signature")

    @property
    def signed_info(self) -> etree._Element:
        return self._one(self.signature, f"{{{DS}}}SignedInfo")

    @property
    def references(self) -> list[etree._Element]:
        return self.signed_info.findall(f"{{{DS}}}Reference")

    def replace_token(self, token: bytes) -> Self:
        """Put another assertion in place of the one in the header; the KeyIdentifier follows."""
        assertion = etree.fromstring(token)
        self.security.replace(self.assertion, assertion)
        for identifier in self.signature.iter(f"{{{WSSE}}}KeyIdentifier"):
            identifier.text = assertion.get("AssertionID")
        self.credentials = Credentials(
            self.credentials.persona,
            self.credentials.key,
            self.credentials.certificate,
            Token.received(token),
            self.credentials.requester,
        )
        return self

    def sign(self, key: PrivateKey | None = None) -> Self:
        """Compute all digests and the SignatureValue anew, as whoever owns `key` could (default: the holder)."""
        for reference in self.references:
            self.digest(reference)
        method = self.signed_info.find(f"{{{DS}}}SignatureMethod")
        assert method is not None
        signed = self.canonical(self.signed_info, self.signed_info.find(f"{{{DS}}}CanonicalizationMethod"))
        value = sign_bytes(key or self.credentials.key, method.get("Algorithm", ""), signed)
        self._one(self.signature, f"{{{DS}}}SignatureValue").text = base64.b64encode(value).decode()
        return self

    def digest(self, reference: etree._Element, target: etree._Element | None = None) -> None:
        """Set the DigestValue of a reference to that of what it names (or of `target`)."""
        transform = reference.find(f"{{{DS}}}Transforms/{{{DS}}}Transform")
        if target is None:
            target = self.named(reference.get("URI", "")[1:])
            if transform is not None and transform.get("Algorithm") == STR_TRANSFORM:
                target = self.assertion
        method = reference.find(f"{{{DS}}}DigestMethod")
        assert method is not None
        name = _DIGESTS[method.get("Algorithm", "")]
        value = hashlib.new(name, self.canonical(target, transform)).digest()
        self._one(reference, f"{{{DS}}}DigestValue").text = base64.b64encode(value).decode()

    def named(self, identifier: str) -> etree._Element:
        """The first element with this wsu:Id or AssertionID."""
        for element in self.root.iter("*"):
            if identifier in (element.get(f"{{{WSU}}}Id"), element.get("AssertionID")):
                return element
        raise LookupError(identifier)

    def add_reference(
        self,
        target_id: str,
        *,
        algorithm: str = EXC_C14N,
        digest: str = "http://www.w3.org/2001/04/xmlenc#sha256",
    ) -> etree._Element:
        """Append a Reference to SignedInfo; the signature no longer verifies until `sign`."""
        reference = etree.SubElement(self.signed_info, f"{{{DS}}}Reference", URI=f"#{target_id}")
        transforms = etree.SubElement(reference, f"{{{DS}}}Transforms")
        etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm=algorithm)
        etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm=digest)
        etree.SubElement(reference, f"{{{DS}}}DigestValue").text = ""
        return reference

    @staticmethod
    def canonical(element: etree._Element, method: etree._Element | None) -> bytes:
        """Exclusive canonical form with the PrefixList of `method`."""
        inclusive = None if method is None else method.find(f"{{{EXC_C14N}}}InclusiveNamespaces")
        prefixes = None if inclusive is None else inclusive.get("PrefixList", "").split()
        return etree.tostring(
            element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes
        )

    def copy(self) -> Self:
        """Another message of the same octets."""
        return type(self)(self.octets(), self.credentials)

    def octets(self) -> bytes:
        """The message as UTF-8, without XML declaration."""
        return etree.tostring(self.root, encoding="utf-8")

    @staticmethod
    def _one(parent: etree._Element, tag: str) -> etree._Element:
        found = parent.find(tag)
        assert found is not None, tag
        return found


def sign_bytes(key: PrivateKey, algorithm: str, signed: bytes) -> bytes:
    """A SignatureValue's octets for an XML Signature algorithm identifier."""
    name = next(n for n in _HASHES if n in algorithm)
    digest = _HASHES[name]()
    if isinstance(key, rsa.RSAPrivateKey):
        scheme: padding.AsymmetricPadding = padding.PKCS1v15()
        if algorithm.endswith("rsa-MGF1"):
            scheme = padding.PSS(padding.MGF1(digest), digest.digest_size)
        return key.sign(signed, scheme, digest)
    r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(digest)))
    size = (key.curve.key_size + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def moved(element: etree._Element, to: etree._Element) -> etree._Element:
    """Move an element with all below it, without the text after it."""
    element.tail = None
    to.append(element)
    return element


def duplicate(element: etree._Element) -> etree._Element:
    """A deep copy that stands nowhere."""
    twin = copy.deepcopy(element)
    twin.tail = None
    return twin


Mutation = Callable[[Forge], object]
"""What a test does to a message."""

Mutations = Sequence[Mutation]
