"""A54 to A56: algorithms that make a public key a secret, cut a value short, or are none."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from mockserver.namespaces import DS
from tests.attacks.catalogue import attack
from tests.attacks.forgery import canonical, ds, part, reference_to, set_value, sign_value
from tests.conftest import Mock
from tests.forge import Forge

MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
ECDSA_SHA256: Final = f"{MORE}ecdsa-sha256"
_ALGORITHMS: Final = ("S45",)

# A54: the attacker owns no key. What everybody can read, the holder's certificate, is the secret of the HMAC.

_SECRETS: dict[str, Callable[[x509.Certificate], bytes]] = {
    "pem": lambda certificate: certificate.public_bytes(Encoding.PEM),
    "der": lambda certificate: certificate.public_bytes(Encoding.DER),
    "spki-pem": lambda certificate: certificate.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    ),
    "spki": lambda certificate: certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "pkcs1": lambda certificate: certificate.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1),
    "empty": lambda _: b"",
}
_HMACS = {
    "sha1": f"{DS}hmac-sha1",
    "sha256": f"{MORE}hmac-sha256",
    "sha384": f"{MORE}hmac-sha384",
    "sha512": f"{MORE}hmac-sha512",
    "md5": f"{MORE}hmac-md5",
}


def _hmac(mock: Mock, algorithm: str, secret: Callable[[x509.Certificate], bytes], bits: int | None = None) -> Forge:
    """A request signed by HMAC, its value cut to `bits` where HMACOutputLength says so."""
    forge = mock.forge()
    method = part(forge, "SignatureMethod")
    method.set("Algorithm", _HMACS[algorithm])
    if bits is not None:
        ds(method, "HMACOutputLength", str(bits))
    value = hmac.new(secret(forge.credentials.certificate), canonical(forge.signed_info), algorithm).digest()
    set_value(forge, value if bits is None else value[: (bits + 7) // 8])
    return forge


for _name, _secret in _SECRETS.items():

    def _keyed(mock: Mock, secret: Callable[[x509.Certificate], bytes] = _secret) -> Forge:
        return _hmac(mock, "sha256", secret)

    attack(
        f"A54-{_name}", soa="SOA-01001", rules=_ALGORITHMS, title=f"HMAC-SHA256 keyed with the public key ({_name})"
    )(_keyed)

for _name in ("sha1", "sha384", "sha512", "md5"):

    def _hashed(mock: Mock, algorithm: str = _name) -> Forge:
        return _hmac(mock, algorithm, _SECRETS["spki"])

    attack(f"A54-{_name}", soa="SOA-01001", rules=_ALGORITHMS, title=f"HMAC-{_name} keyed with the public key")(_hashed)

for _bits in (0, 1, 8):

    def _truncated(mock: Mock, bits: int = _bits) -> Forge:
        return _hmac(mock, "sha256", _SECRETS["spki"], bits)

    def _parameter(mock: Mock, bits: int = _bits) -> Forge:
        forge = mock.forge()
        ds(part(forge, "SignatureMethod"), "HMACOutputLength", str(bits))
        return forge.sign()

    attack(f"A55-{_bits}", soa="SOA-01001", rules=("S54",), title=f"An HMAC cut to {_bits} bits")(_truncated)
    attack(
        f"A55-{_bits}-rsa",
        soa="SOA-01001",
        rules=("S54",),
        title=f"HMACOutputLength {_bits} as a parameter of RSA, signed by the holder",
    )(_parameter)


# A56: no algorithm, another one, or the right one written otherwise. The holder signs by rsa-sha256 each time.

RSA_SHA256: Final = f"{MORE}rsa-sha256"
_METHODS = {
    "none": "none",
    "urn-none": f"{DS}none",
    "empty": "",
    "unknown": "urn:example:signature",
    "upper-case": RSA_SHA256.upper(),
    "host-upper-case": RSA_SHA256.replace("www.w3.org", "WWW.W3.ORG"),
    "https": RSA_SHA256.replace("http:", "https:"),
    "blank": f"{RSA_SHA256} ",
    "short": "rsa-sha256",
    "dsa-sha1": f"{DS}dsa-sha1",
    "rsa-md5": f"{MORE}rsa-md5",
    "rsa-ripemd160": f"{MORE}rsa-ripemd160",
    "digest": "http://www.w3.org/2001/04/xmlenc#sha256",
    "ecdsa-for-rsa": ECDSA_SHA256,
}


@attack("A56-pss-for-pkcs1", soa="SOA-01001", rules=("H18",))
def other_padding(mock: Mock) -> Forge:
    """The method says PSS, the value is padded by PKCS #1 v1.5"""
    forge = mock.forge()
    part(forge, "SignatureMethod").set("Algorithm", "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1")
    return _sign_as_rsa_sha256(forge)


@attack("A56-sha512-for-sha256", soa="SOA-01001", rules=("H18",))
def other_hash(mock: Mock) -> Forge:
    """The method says SHA-512, the value is of SHA-256"""
    forge = mock.forge()
    part(forge, "SignatureMethod").set("Algorithm", f"{MORE}rsa-sha512")
    return _sign_as_rsa_sha256(forge)


for _name, _algorithm in _METHODS.items():

    def _method(mock: Mock, algorithm: str = _algorithm) -> Forge:
        forge = mock.forge()
        part(forge, "SignatureMethod").set("Algorithm", algorithm)
        return _sign_as_rsa_sha256(forge)

    attack(
        f"A56-{_name}",
        soa="SOA-01001",
        # An RSA key is never tried with an algorithm for EC keys, which is H18's matter.
        rules=("H18",) if _name == "ecdsa-for-rsa" else _ALGORITHMS,
        title=f"The SignatureMethod is {_name}",
    )(_method)


@attack("A56-no-attribute", soa="SOA-01001", rules=_ALGORITHMS)
def method_without_algorithm(mock: Mock) -> Forge:
    """The SignatureMethod has no Algorithm"""
    forge = mock.forge()
    del part(forge, "SignatureMethod").attrib["Algorithm"]
    return _sign_as_rsa_sha256(forge)


@attack("A56-no-method", soa="SOA-01001", rules=("S54",))
def no_method(mock: Mock) -> Forge:
    """There is no SignatureMethod"""
    forge = mock.forge()
    forge.signed_info.remove(part(forge, "SignatureMethod"))
    return _sign_as_rsa_sha256(forge)


@attack("A56-two-methods", soa="SOA-01001", rules=("S54",))
def two_methods(mock: Mock) -> Forge:
    """There are two SignatureMethods, the first a good one"""
    forge = mock.forge()
    second = etree.Element(f"{{{DS}}}SignatureMethod", Algorithm=_HMACS["sha256"])
    part(forge, "SignatureMethod").addnext(second)
    return _sign_as_rsa_sha256(forge)


_DIGESTS = {
    "md5": (f"{MORE}md5", hashlib.md5),
    "ripemd160": ("http://www.w3.org/2001/04/xmlenc#ripemd160", hashlib.sha256),
    "sha224": (f"{MORE}sha224", hashlib.sha224),
    "sha3": ("http://www.w3.org/2007/05/xmldsig-more#sha3-256", hashlib.sha3_256),
    "unknown": ("urn:example:digest", hashlib.sha256),
    "empty": ("", hashlib.sha256),
}
for _name, (_algorithm, _) in _DIGESTS.items():

    def _digest(mock: Mock, algorithm: str = _algorithm, name: str = _name) -> Forge:
        forge = mock.forge()
        reference = reference_to(forge, forge.body)
        reference[1].set("Algorithm", algorithm)
        value = _DIGESTS[name][1](canonical(forge.body)).digest()
        reference[2].text = base64.b64encode(value).decode()
        return sign_value(forge)

    attack(f"A56-digest-{_name}", soa="SOA-01001", rules=_ALGORITHMS, title=f"The DigestMethod is {_name}")(_digest)


def _sign_as_rsa_sha256(forge: Forge) -> Forge:
    """The holder signs SignedInfo as it stands, whatever SignatureMethod says."""
    key = forge.credentials.key
    assert isinstance(key, rsa.RSAPrivateKey)
    set_value(forge, key.sign(canonical(forge.signed_info), padding.PKCS1v15(), hashes.SHA256()))
    return forge
