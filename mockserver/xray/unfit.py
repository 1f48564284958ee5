"""Signatures that need no search: an algorithm that is not accepted, a part that is missing, a value of no use, PSS."""

import hashlib
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from mockserver.gateway.crypto.algorithms import DIGESTS, Family, SignatureAlgorithm
from mockserver.gateway.crypto.trust import PublicKey
from mockserver.gateway.message.security import Reference
from mockserver.xray.budget import Budget
from mockserver.xray.proof import readings, recovered
from mockserver.xray.search import Note

INCLUSIVE_C14N: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
"""Canonical XML 1.0, the default of .NET's SignedXml; carried out for a diagnosis alone."""

_PSS_HASHES: Final[tuple[type[hashes.HashAlgorithm], ...]] = (
    hashes.SHA256,
    hashes.SHA512,
    hashes.SHA384,
    hashes.SHA1,
)


def of_reference(reference: Reference, are_transforms_accepted: bool) -> Note | None:
    """Why a Reference cannot be digested, or has nothing to compare a digest with."""
    if reference.digest_method not in DIGESTS:
        return Note("algorithm-refused", f"DigestMethod is {reference.digest_method!r}")
    if not are_transforms_accepted:
        names = ", ".join(repr(transform.algorithm) for transform in reference.transforms) or "missing"
        return Note("algorithm-refused", f"its Transforms are {names}")
    if not reference.digest_value.strip():
        return Note("value-malformed", "DigestValue is empty or missing")
    return None


def of_value(text: str) -> Note | None:
    """Why a SignatureValue cannot be one of any key."""
    if not text.strip():
        return Note("value-malformed", "it is empty")
    if next(readings(text), None) is None:
        return Note("value-malformed", "it is not base64")
    return None


def of_length(text: str, key: PublicKey) -> Note | None:
    """Why a SignatureValue cannot be one of `key`; to be asked last, another key may have another length."""
    values = [value for value, _ in readings(text)]
    size = (key.key_size + 7) // 8
    if isinstance(key, rsa.RSAPublicKey) and size not in {len(value) for value in values}:
        return Note("value-malformed", f"it has {len(values[0])} octets, a signature by the confirmed key has {size}")
    return None


def of_padding(text: str, method: SignatureAlgorithm, key: PublicKey, octets: bytes, budget: Budget) -> Note | None:
    """PSS under an identifier of PKCS#1 v1.5, or the other way round. Raises BudgetSpent."""
    if not isinstance(key, rsa.RSAPublicKey):
        return None
    for value, _ in readings(text):
        if method.family is Family.RSA_PSS and recovered(value, key) is not None:
            return Note("padding", "it was made with PKCS#1 v1.5 padding, declared is PSS")
        for algorithm in [kind() for kind in _PSS_HASHES] if method.family is Family.RSA_PKCS1 else ():
            budget.spend(50)
            if _is_pss(value, key, octets, algorithm):
                name = algorithm.name.upper()
                return Note("padding", f"it was made with PSS padding and {name}, declared is PKCS#1 v1.5")
    return None


def _is_pss(value: bytes, key: rsa.RSAPublicKey, octets: bytes, algorithm: hashes.HashAlgorithm) -> bool:
    # A client may have given the library the digest in place of the octets: the padding is PSS in both cases.
    for content in (octets, hashlib.new(algorithm.name, octets, usedforsecurity=False).digest()):
        try:
            key.verify(value, content, padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO), algorithm)
        except (InvalidSignature, ValueError):
            continue
        return True
    return False
