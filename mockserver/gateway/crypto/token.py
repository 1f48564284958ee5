"""The STS's signature on the assertion, verified by libxmlsec.

Only called for a signature that the rules found to have one Reference to its own assertion, with allowed algorithms
and transforms (rule H06). libxmlsec gets the same limits again, and the key of the configured certificate: it never
looks at the KeyInfo.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from mockserver.gateway.crypto.memory import Proofs, digest_of
from mockserver.gateway.crypto.trust import Signer
from mockserver.gateway.message.assertion import Assertion
from mockserver.gateway.message.security import Signature

_REFERENCE_TRANSFORMS: Final = (
    xmlsec.constants.TransformEnveloped,
    xmlsec.constants.TransformExclC14N,
    xmlsec.constants.TransformSha1,
    xmlsec.constants.TransformSha256,
    xmlsec.constants.TransformSha384,
    xmlsec.constants.TransformSha512,
)

_VERIFIED: Final = Proofs()
"""Digests of assertions, each with the key that its signature verified with."""


def is_signed_by(signer: Signer, digest: bytes, token: Callable[[], Assertion]) -> bool:
    """True if the assertion's own signature verifies with the key of `signer`.

    `token` is digested in place, in the tree that came in, by the AssertionID of this very element. That its exact
    bytes, of which `digest` is the `token_digest`, verify with this key is remembered; nothing else is.
    """
    proof = digest + signer.key_bytes
    if proof in _VERIFIED:
        return True
    assertion = token()
    verifies = verify_enveloped_signature(assertion.element, "AssertionID", assertion.signatures[0], signer.certificate)
    if verifies:
        _VERIFIED.add(proof)
    return verifies


def token_digest(element: etree._Element) -> bytes:
    """SHA-256 of everything that the verification of an assertion depends on but the key: its bytes, its context."""
    return digest_of(element, *_namespaces_around(element))


def verify_enveloped_signature(
    signed: etree._Element, identifier: str, signature: Signature, certificate: x509.Certificate
) -> bool:
    """True if the signature inside `signed`, which refers to it by its attribute `identifier`, verifies with the key.

    Only for a signature of which `rules.structure.enveloped_structure` found nothing.
    """
    context = xmlsec.SignatureContext()
    context.key = _key(certificate)
    for transform in _REFERENCE_TRANSFORMS:
        context.enable_reference_transform(transform)
    try:
        context.register_id(signed, identifier)
        context.verify(signature.element)
    except xmlsec.Error:
        return False
    return True


def _namespaces_around(element: etree._Element) -> list[bytes]:
    """Every namespace that the document of `element` declares.

    libxmlsec walks the whole document to canonicalise a part, and refuses it for a relative namespace URI anywhere
    (`rules.md` A71): the one thing outside the assertion that its verification depends on.
    """
    root = element.getroottree().getroot()
    found = {declared[1] for _, declared in etree.iterwalk(root, events=("start-ns",)) if declared is not None}
    return sorted(uri.encode("utf-8") for uri in found)


@lru_cache(maxsize=64)
def _key(certificate: x509.Certificate) -> xmlsec.Key:
    """The certificate's key as libxmlsec has it; reading one costs as much as verifying with it."""
    return xmlsec.Key.from_memory(certificate.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatCertPem)
