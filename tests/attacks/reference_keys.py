"""A73 and A74: keys that anybody can use, and ECDSA values that verify anything."""

import base64
import hashlib
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.attacks.catalogue import attack
from tests.attacks.forgery import canonical, part, set_value
from tests.attacks.reference_algorithms import ECDSA_SHA256
from tests.attacks.tokens import AnyPublicKey, certify, confirm_certificates, confirm_rsa, held_with, signed_with, token
from tests.conftest import Mock
from tests.forge import Forge

# A73: the STS itself confirms a key that anybody can use.

_WEAK_RSA: Final = 1 << 2047 | 1


def _padded(forge: Forge, size: int) -> int:
    """The PKCS #1 v1.5 encoding of SignedInfo: with e=1 it is its own signature."""
    prefix = bytes.fromhex("3031300d060960864801650304020105000420")
    info = prefix + hashlib.sha256(canonical(forge.signed_info)).digest()
    return int.from_bytes(b"\x00\x01" + b"\xff" * (size - len(info) - 3) + b"\x00" + info, "big")


def _cube_root(number: int) -> int:
    """The smallest integer whose cube is not below `number`."""
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**3 < number else (low, middle)
    return low


@attack("A73-e1", soa="SOA-01001", rules=("H16",))
def exponent_of_one(mock: Mock) -> Forge:
    """The confirmed RSA key has the exponent 1: the padded digest is its own signature"""
    forge = mock.forge().replace_token(token(mock, confirm_rsa(_WEAK_RSA, 1)))
    set_value(forge, _padded(forge, 256).to_bytes(256, "big"))
    return forge


@attack("A73-e3", soa="SOA-01001", rules=("H16",))
def exponent_of_three(mock: Mock) -> Forge:
    """The confirmed RSA key has the exponent 3, and the value is a cube root (Bleichenbacher's forgery)"""
    forge = mock.forge().replace_token(token(mock, confirm_rsa(_WEAK_RSA, 3)))
    set_value(forge, _cube_root(_padded(forge, 256)).to_bytes(256, "big"))
    return forge


@attack("A73-e3-certificate", soa="SOA-01001", rules=("H16",))
def certificate_with_exponent_of_three(mock: Mock) -> Forge:
    """As A73-e3, in a certificate of the mock's CA, and the holder signs"""
    return held_with(mock, rsa.generate_private_key(public_exponent=3, key_size=2048))


for _bits in (1024, 1536, 2040):

    def _short(mock: Mock, bits: int = _bits) -> Forge:
        return held_with(mock, rsa.generate_private_key(public_exponent=65537, key_size=bits))

    attack(f"A73-rsa-{_bits}", soa="SOA-01001", rules=("H16",), title=f"The confirmed RSA key has {_bits} bits")(_short)

_NUMBERS = {
    "tiny": (3233, 17),
    "512": ((1 << 511) | 1, 65537),
    "even-exponent": (_WEAK_RSA, 65536),
    "exponent-0": (_WEAK_RSA, 0),
    "exponent-of-modulus": (_WEAK_RSA, _WEAK_RSA),
    "exponent-huge": (_WEAK_RSA, (1 << 2040) | 1),
    "modulus-0": (0, 65537),
    "modulus-1": (1, 65537),
    "modulus-even": (1 << 2047, 65537),
    "16384": ((1 << 16383) | 1, 65537),
    "8200": ((1 << 8199) | 1, 65537),
}
for _name, (_modulus, _exponent) in _NUMBERS.items():

    def _rsa_numbers(mock: Mock, modulus: int = _modulus, exponent: int = _exponent) -> Forge:
        return mock.forge().replace_token(token(mock, confirm_rsa(modulus, exponent)))

    attack(
        f"A73-numbers-{_name}",
        soa="SOA-01001",
        # libcrypto's own checks are not ours to know: where it takes an odd number for a key, nothing verifies by it.
        rules=("H16", "H18"),
        title=f"The confirmed RSAKeyValue is no key: {_name}",
    )(_rsa_numbers)


def _confirmed(mock: Mock, key: AnyPublicKey) -> Forge:
    """A request whose token confirms a key; its signature is still that of the physician."""
    return mock.forge().replace_token(token(mock, confirm_certificates(certify(mock, key))))


@attack("A73-dsa", soa="SOA-01001", rules=("H16",))
def dsa_key(mock: Mock) -> Forge:
    """The confirmed key is a DSA key"""
    return _confirmed(mock, dsa.generate_private_key(1024).public_key())


@attack("A73-ed25519", soa="SOA-01001", rules=("H16",))
def ed25519_key(mock: Mock) -> Forge:
    """The confirmed key is an Ed25519 key"""
    return _confirmed(mock, ed25519.Ed25519PrivateKey.generate().public_key())


for _curve in (ec.SECP256K1(), ec.SECP224R1(), ec.BrainpoolP256R1()):

    def _curved(mock: Mock, curve: ec.EllipticCurve = _curve) -> Forge:
        return held_with(mock, ec.generate_private_key(curve), ECDSA_SHA256)

    attack(f"A73-{_curve.name}", soa="SOA-01001", rules=("H16",), title=f"The confirmed key is on {_curve.name}")(
        _curved
    )


# A74: ECDSA values that are no pair of numbers below the order, or not written as XML Signature writes them.

_ORDER_P256: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def _ec_request(mock: Mock) -> tuple[Forge, int, int]:
    """A request of a holder with a P-256 key, with r and s of its good signature."""
    forge = held_with(mock, ec.generate_private_key(ec.SECP256R1()), ECDSA_SHA256)
    value = base64.b64decode(part(forge, "SignatureValue").text or "")
    return forge, int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big")


def _raw(r: int, s: int, size: int = 32) -> bytes:
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


_VALUES: dict[str, Callable[[int, int], bytes]] = {
    "zero": lambda r, s: _raw(0, 0),
    "r-zero": lambda r, s: _raw(0, s),
    "s-zero": lambda r, s: _raw(r, 0),
    "order": lambda r, s: _raw(_ORDER_P256, _ORDER_P256),
    "r-order": lambda r, s: _raw(_ORDER_P256, s),
    "one": lambda r, s: _raw(1, 1),
    "r-plus-order": lambda r, s: _raw(r + _ORDER_P256, s, 33),
    "all-ones": lambda r, s: b"\xff" * 64,
    "swapped": lambda r, s: _raw(s, r),
    "der": encode_dss_signature,
    "padded": lambda r, s: _raw(r, s, 33),
    "padded-in-front": lambda r, s: b"\x00\x00" + _raw(r, s),
    "longer": lambda r, s: _raw(r, s) + b"\x00",
    "r-alone": lambda r, s: r.to_bytes(32, "big"),
    "stripped": lambda r, s: _raw(r, s)[1:],
}
for _name, _value in _VALUES.items():

    def _ecdsa(mock: Mock, value: Callable[[int, int], bytes] = _value) -> Forge:
        forge, r, s = _ec_request(mock)
        set_value(forge, value(r, s))
        return forge

    attack(f"A74-{_name}", soa="SOA-01001", rules=("H18",), title=f"The ECDSA value is {_name}")(_ecdsa)


@attack("A74-rsa-for-ec", soa="SOA-01001", rules=("H18",))
def rsa_algorithm_for_an_ec_key(mock: Mock) -> Forge:
    """The confirmed key is an EC key, the method rsa-sha256 and the value a stranger's RSA signature"""
    forge, _, _ = _ec_request(mock)
    return signed_with(forge, rsa.generate_private_key(public_exponent=65537, key_size=2048))
