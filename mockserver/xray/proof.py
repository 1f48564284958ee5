"""What octets must fit: a declared digest, or the digest that a SignatureValue holds, or the signature itself.

RSA with PKCS#1 v1.5 gives the digest back to whoever has the public key. So for such a signature the question which key
made it is answered first, without knowing what was signed; and what was signed is then searched as for a Reference.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from mockserver.gateway.crypto.algorithms import Family, SignatureAlgorithm
from mockserver.gateway.crypto.base64 import Base64Error, decode_base64
from mockserver.gateway.crypto.trust import PublicKey
from mockserver.xray.budget import Budget
from mockserver.xray.edits.content import Gap

_BY_LENGTH: Final = {16: "md5", 20: "sha1", 32: "sha256", 48: "sha384", 64: "sha512"}
"""Octets of a digest to the algorithms that make so many; of SHA-2 and older, nothing else is in use here."""

_DIGEST_INFO: Final = {
    # RFC 8017 section 9.2, note 1: the DER in front of the digest
    bytes.fromhex("3020300c06082a864886f70d020505000410"): "md5",
    bytes.fromhex("3021300906052b0e03021a05000414"): "sha1",
    bytes.fromhex("302d300d06096086480165030402040500041c"): "sha224",
    bytes.fromhex("3031300d060960864801650304020105000420"): "sha256",
    bytes.fromhex("3041300d060960864801650304020205000430"): "sha384",
    bytes.fromhex("3051300d060960864801650304020305000440"): "sha512",
    bytes.fromhex("3031300d060960864801650304020805000420"): "sha3_256",
    bytes.fromhex("3041300d060960864801650304020905000430"): "sha3_384",
    bytes.fromhex("3051300d060960864801650304020a05000440"): "sha3_512",
}

_HASHES: Final[tuple[type[hashes.HashAlgorithm], ...]] = (hashes.SHA256, hashes.SHA1, hashes.SHA512)
_HEX: Final = re.compile(rb"(?:[0-9A-Fa-f]{2})+")


class Form(NamedTuple):
    """In which form the octets fit; without a mistake they fit as they should."""

    mistake: str | None = None
    detail: str = ""


class Proof(Protocol):
    """Tells whether octets are those that were digested or signed."""

    @property
    def is_cheap(self) -> bool:
        """Whether thousands of tries are affordable."""

    def accepts(self, octets: bytes, budget: Budget) -> Form | None:
        """The form in which the octets fit; None when they do not. Raises BudgetSpent."""

    def choice_of(self, gap: Gap, budget: Budget) -> str | None:
        """Which of the gap's choices fits. Raises BudgetSpent."""


@dataclass(frozen=True, slots=True)
class DigestProof:
    """The octets have one of these digests."""

    wanted: Mapping[tuple[str, bytes], Form]
    """Algorithm, as hashlib calls it, and digest."""
    twice: str
    """The mistake of digesting the digest once more."""
    is_cheap: bool = True

    def accepts(self, octets: bytes, budget: Budget) -> Form | None:
        """Digest the octets, and for the mistake `twice` the digest in its usual spellings."""
        for algorithm in {algorithm for algorithm, _ in self.wanted}:
            budget.spend()
            digest = _digest(algorithm, octets)
            if (form := self.wanted.get((algorithm, digest))) is not None:
                return form
            for words, again in _spellings(digest).items():
                if (algorithm, _digest(algorithm, again)) in self.wanted:
                    return Form(self.twice, f"the {words} was digested once more")
        return None

    def choice_of(self, gap: Gap, budget: Budget) -> str | None:
        """Digest what stands before the gap once for all choices."""
        for algorithm in {algorithm for algorithm, _ in self.wanted}:
            begun = hashlib.new(algorithm, gap.before, usedforsecurity=False)
            budget.spend(len(gap.choices))
            for choice in gap.choices:
                digest = begun.copy()
                digest.update(choice.encode() + gap.after)
                if (algorithm, digest.digest()) in self.wanted:
                    return choice
        return None


@dataclass(frozen=True, slots=True)
class VerifyProof:
    """The signature verifies over the octets with a key; for algorithms that do not give their digest back."""

    key: PublicKey
    family: Family
    declared: type[hashes.HashAlgorithm]
    values: Mapping[bytes, Form]
    """Readings of the SignatureValue; for ECDSA in DER, as the library wants it."""
    is_cheap: bool = False

    def accepts(self, octets: bytes, budget: Budget) -> Form | None:
        """Verify with each reading, hash, and over the digest in place of the octets."""
        for value, form in self.values.items():
            for kind in dict.fromkeys((self.declared, *_HASHES)):
                algorithm = kind()
                budget.spend(50)  # a verification takes as long as that many digests
                if self._verifies(value, octets, algorithm):
                    other = Form("wrong-hash", f"{algorithm.name.upper()} was used")
                    return form if kind is self.declared else other
                if self._verifies(value, _digest(algorithm.name, octets), algorithm):
                    return Form("signed-digest", "its digest was digested once more")
        return None

    def choice_of(self, gap: Gap, budget: Budget) -> str | None:
        """Never asked: it would take too long."""
        raise NotImplementedError("a search character by character is not affordable with this algorithm")

    def _verifies(self, value: bytes, octets: bytes, algorithm: hashes.HashAlgorithm) -> bool:
        try:
            if isinstance(self.key, rsa.RSAPublicKey):
                scheme: padding.AsymmetricPadding = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size)
                self.key.verify(value, octets, scheme, algorithm)
            else:
                self.key.verify(value, octets, ec.ECDSA(algorithm))
        except (InvalidSignature, ValueError):
            return False
        return True


def reference_proof(declared: str, algorithm: str) -> DigestProof | None:
    """What a DigestValue asks for; `algorithm` is the one its Reference declares, as hashlib calls it.

    None when the text cannot be read as a digest in any way.
    """
    wanted: dict[tuple[str, bytes], Form] = {}
    for octets, form in readings(declared):
        length = len(octets)
        if length == hashlib.new(algorithm, usedforsecurity=False).digest_size:
            wanted.setdefault((algorithm, octets), form)
        elif length in _BY_LENGTH:
            name = _BY_LENGTH[length]
            detail = f"it is a digest by {name.upper()}, declared is {algorithm.upper()}"
            wanted.setdefault((name, octets), Form(form.mistake or "wrong-hash", form.detail or detail))
    return DigestProof(wanted, "digest-twice") if wanted else None


def signature_proof(text: str, method: SignatureAlgorithm, key: PublicKey) -> Proof | None:
    """What a SignatureValue asks for under `key`. None when this RSA key cannot have made it, or it is unreadable."""
    found = dict(readings(text))
    if isinstance(key, rsa.RSAPublicKey):
        if method.family is Family.RSA_PSS:
            return VerifyProof(key, Family.RSA_PSS, type(method.hash), found)
        return _rsa_proof(found, method, key)
    values = {der: form for value, value_form in found.items() for der, form in _ecdsa(value, value_form, key)}
    return VerifyProof(key, Family.ECDSA, type(method.hash), values) if values else None


def _rsa_proof(found: Mapping[bytes, Form], method: SignatureAlgorithm, key: rsa.RSAPublicKey) -> DigestProof | None:
    wanted: dict[tuple[str, bytes], Form] = {}
    orders = list(found.items())
    orders += [(value[::-1], Form("byte-order", "its octets stand in reverse")) for value in found]
    for value, form in orders:
        block = recovered(value, key)
        if block is None:
            continue
        algorithm, digest, how = _digest_info(block)
        if algorithm is None:
            continue
        wanted[algorithm, digest] = _rsa_form(form, how, algorithm, method.hash.name)
    return DigestProof(wanted, "signed-digest") if wanted else None


def recovered(value: bytes, key: rsa.RSAPublicKey) -> bytes | None:
    """What stands below the padding of PKCS#1 v1.5; None when the key does not open the value."""
    if len(value) != (key.key_size + 7) // 8:
        return None
    try:
        return key.recover_data_from_signature(value, padding.PKCS1v15(), None)
    except InvalidSignature:
        return None


def _rsa_form(form: Form, how: str, algorithm: str, declared: str) -> Form:
    if how:
        return Form("signed-digest", how)
    if algorithm != declared and form.mistake is None:
        return Form("wrong-hash", f"it was made with {algorithm.upper()}, declared is {declared.upper()}")
    return form


def _digest_info(block: bytes) -> tuple[str | None, bytes, str]:
    """Algorithm, digest and what is wrong with the block, of what stood below the padding."""
    for prefix, name in _DIGEST_INFO.items():
        if block.startswith(prefix):
            return name, block[len(prefix) :], ""
    if len(block) in _BY_LENGTH:
        return _BY_LENGTH[len(block)], block, "the bare digest was encrypted, without its DigestInfo (NONEwithRSA)"
    return None, b"", ""


def _ecdsa(value: bytes, form: Form, key: ec.EllipticCurvePublicKey) -> Iterator[tuple[bytes, Form]]:
    size = (key.curve.key_size + 7) // 8
    if len(value) == 2 * size:
        r, s = int.from_bytes(value[:size], "big"), int.from_bytes(value[size:], "big")
        yield encode_dss_signature(r, s), form
        return
    try:
        decode_dss_signature(value)
    except ValueError:
        if len(value) == 2 * (size + 1):
            r, s = int.from_bytes(value[: size + 1], "big"), int.from_bytes(value[size + 1 :], "big")
            yield encode_dss_signature(r, s), Form("ecdsa-der", "r and s have a leading zero each")
        return
    yield value, Form("ecdsa-der", f"{len(value)} octets of DER instead of {2 * size}")


def readings(text: str) -> Iterator[tuple[bytes, Form]]:
    """The octets of a base64 text, strictly first, then as clients have been seen to write them."""
    compact = re.sub(r"[ \t\r\n]", "", text)
    if re.fullmatch(r"[0-9A-Fa-f]+", compact) and len(compact) // 2 in _BY_LENGTH and len(compact) % 2 == 0:
        yield bytes.fromhex(compact), Form("digest-hex", "the value is hexadecimal instead of base64")
    try:
        value = decode_base64(text)
    except Base64Error:
        lenient = _lenient(compact)
        if lenient is None:
            return
        value = lenient
        yield value, Form("base64-form", "it is base64url, or lacks its padding")
    else:
        yield value, Form()
    if _HEX.fullmatch(value):
        yield bytes.fromhex(value.decode("ascii")), Form("digest-hex", "it is base64 of hexadecimal digits")
    try:
        yield decode_base64(value.decode("ascii")), Form("digest-hex", "it is base64 of base64")
    except (Base64Error, UnicodeDecodeError):
        return


def _lenient(compact: str) -> bytes | None:
    padded = compact.rstrip("=") + "=" * (-len(compact.rstrip("=")) % 4)
    try:
        return base64.b64decode(padded.encode("ascii"), altchars=b"-_" if re.search("[-_]", compact) else None)
    except (binascii.Error, UnicodeEncodeError):
        return None


def _spellings(digest: bytes) -> dict[str, bytes]:
    return {
        "digest": digest,
        "digest in hexadecimal": digest.hex().encode(),
        "digest in base64": base64.b64encode(digest),
    }


def _digest(algorithm: str, octets: bytes) -> bytes:
    return hashlib.new(algorithm, octets, usedforsecurity=False).digest()
