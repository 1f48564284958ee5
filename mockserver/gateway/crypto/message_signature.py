"""The client's signature over Body, Timestamp and perhaps the token: our own digests, `cryptography` for the key.

libxmlsec has no STR-Transform, and signxml skips transforms it does not know. So what a Reference covers and how it
is digested is ours, over lxml's canonical form; it runs only after the rules have allowed every algorithm, transform
and target.
"""

import hashlib
import hmac
from typing import cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from mockserver.gateway.crypto.algorithms import DIGESTS, SIGNATURES, Family, SignatureAlgorithm
from mockserver.gateway.crypto.base64 import Base64Error, decode_base64
from mockserver.gateway.crypto.canonical import CanonicalError, exclusive_c14n, str_transform
from mockserver.gateway.crypto.trust import PublicKey
from mockserver.gateway.message.envelope import string_value
from mockserver.gateway.message.security import Reference, Signature
from mockserver.namespaces import STR_TRANSFORM


def canonical_bytes(reference: Reference, target: etree._Element) -> bytes:
    """What `reference` digests of `target`: the element itself, or for an STR-Transform the token.

    Raises CanonicalError.
    """
    method = reference.method
    return str_transform(target) if method.transform == STR_TRANSFORM else exclusive_c14n(target, method.prefixes)


def digest_matches(reference: Reference, target: etree._Element) -> bool:
    """True if the declared DigestValue is that of the target."""
    try:
        declared = decode_base64(reference.digest_value)
        computed = hashlib.new(DIGESTS[reference.method.digest], canonical_bytes(reference, target)).digest()
    except (Base64Error, CanonicalError):
        return False
    return hmac.compare_digest(declared, computed)


def fits(algorithm: SignatureAlgorithm, key: PublicKey) -> bool:
    """True if the algorithm is one for this kind of key; never tried otherwise (`rules.md` I5)."""
    return isinstance(key, ec.EllipticCurvePublicKey) == (algorithm.family is Family.ECDSA)


def signature_octets(signature: Signature) -> tuple[bytes, bytes]:
    """The SignatureValue, and the canonical SignedInfo that it is made over.

    Raises Base64Error and CanonicalError.
    """
    if signature.octets is None:
        value = decode_base64(string_value(signature.signature_values[0]))
        signature.octets = value, exclusive_c14n(signature.signed_infos[0], signature.prefixes)
    return signature.octets


def signature_verifies(signature: Signature, key: PublicKey) -> bool:
    """True if the SignatureValue is that of the canonical SignedInfo under `key`, which `fits` the algorithm."""
    algorithm = SIGNATURES[signature.signature_method]
    try:
        value, signed = signature_octets(signature)
    except (Base64Error, CanonicalError):
        return False
    return _verifies(algorithm, key, value, signed)


def _verifies(algorithm: SignatureAlgorithm, key: PublicKey, value: bytes, signed: bytes) -> bool:
    try:
        if algorithm.family is not Family.ECDSA:
            key = cast(rsa.RSAPublicKey, key)  # `fits` has been asked
            if len(value) != (key.key_size + 7) // 8:
                return False  # RFC 8017 section 8.2.2, step 1
            key.verify(value, signed, algorithm.padding, algorithm.hash)
        else:
            key = cast(ec.EllipticCurvePublicKey, key)
            key.verify(_dss_signature(value, key), signed, ec.ECDSA(algorithm.hash))
    except (InvalidSignature, ValueError):
        return False
    return True


def _dss_signature(value: bytes, key: ec.EllipticCurvePublicKey) -> bytes:
    """XML Signature writes r and s side by side (RFC 4050 section 3.3), OpenSSL wants DER.

    Raises ValueError.
    """
    size = (key.curve.key_size + 7) // 8
    if len(value) != 2 * size:
        raise ValueError("not r and s of the curve's length")
    return encode_dss_signature(int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big"))
