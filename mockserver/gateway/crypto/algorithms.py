"""The algorithms a signature may name: everything else is refused before any library sees it (`rules.md` 4.4).

HMAC is absent on purpose: with it a public key would do as a secret (`rules.md` A54). DSA, MD5 and RIPEMD are absent
because no client of eHealth uses them.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_MGF1: Final = "http://www.w3.org/2007/05/xmldsig-more#"
_XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
_XMLDSIG: Final = "http://www.w3.org/2000/09/xmldsig#"


_PKCS1: Final = padding.PKCS1v15()
_PSS: Final = {
    # RFC 6931 section 2.3.10: MGF1 with the same hash, salt as long as the hash
    each.name: padding.PSS(padding.MGF1(each), each.digest_size)
    for each in (hashes.SHA256(), hashes.SHA384(), hashes.SHA512())
}


class Family(Enum):
    """The kind of key and padding a signature algorithm needs."""

    RSA_PKCS1 = "RSA"
    RSA_PSS = "RSA with PSS"
    ECDSA = "EC"


@dataclass(frozen=True, slots=True)
class SignatureAlgorithm:
    """An allowed SignatureMethod."""

    family: Family
    hash: hashes.HashAlgorithm

    @property
    def padding(self) -> padding.AsymmetricPadding:
        """For RSA keys."""
        return _PKCS1 if self.family is Family.RSA_PKCS1 else _PSS[self.hash.name]


SIGNATURES: Final = {
    # RFC 4051, RFC 6931
    f"{_MORE}rsa-sha256": SignatureAlgorithm(Family.RSA_PKCS1, hashes.SHA256()),
    f"{_MORE}rsa-sha384": SignatureAlgorithm(Family.RSA_PKCS1, hashes.SHA384()),
    f"{_MORE}rsa-sha512": SignatureAlgorithm(Family.RSA_PKCS1, hashes.SHA512()),
    f"{_MORE}ecdsa-sha256": SignatureAlgorithm(Family.ECDSA, hashes.SHA256()),
    f"{_MORE}ecdsa-sha384": SignatureAlgorithm(Family.ECDSA, hashes.SHA384()),
    f"{_MORE}ecdsa-sha512": SignatureAlgorithm(Family.ECDSA, hashes.SHA512()),
    # RFC 6931 section 2.3.10
    f"{_MGF1}sha256-rsa-MGF1": SignatureAlgorithm(Family.RSA_PSS, hashes.SHA256()),
    f"{_MGF1}sha384-rsa-MGF1": SignatureAlgorithm(Family.RSA_PSS, hashes.SHA384()),
    f"{_MGF1}sha512-rsa-MGF1": SignatureAlgorithm(Family.RSA_PSS, hashes.SHA512()),
    # XML Signature 1.0; a matter of policy (rule SHA1): real connectors sent it for years
    f"{_XMLDSIG}rsa-sha1": SignatureAlgorithm(Family.RSA_PKCS1, hashes.SHA1()),  # noqa: S303
}

DIGESTS: Final[dict[str, str]] = {
    # algorithm identifier to the name hashlib knows it by
    f"{_XENC}sha256": "sha256",
    f"{_MORE}sha384": "sha384",
    f"{_XENC}sha512": "sha512",
    f"{_XMLDSIG}sha1": "sha1",
}

SHA_1: Final = frozenset({f"{_XMLDSIG}rsa-sha1", f"{_XMLDSIG}sha1"})
"""The identifiers that mean SHA-1."""

RSA_MIN_BITS: Final = 2048
RSA_MAX_BITS: Final = 8192
RSA_MIN_EXPONENT: Final = 65537
"""`rules.md` 4.4 (key row) and A73."""

EC_CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})
