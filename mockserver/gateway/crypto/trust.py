"""Whom the gateway believes. Trust never comes from the message (`rules.md` I6): a certificate in it is a hint only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mockserver.gateway.crypto.algorithms import EC_CURVES, RSA_MAX_BITS, RSA_MIN_BITS, RSA_MIN_EXPONENT
from mockserver.gateway.fact import fact
from mockserver.given_file import UnusableFile, read_bounded
from mockserver.instant import SECOND, Instant

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

STS_SUBJECT = "CBE=0809394427, IAM"
"""How the CN of an eHealth STS certificate begins (`wire-facts.md` A3: IAMACC, IAMINT; 0809394427 is eHealth's own
CBE number). Asked only of a signer that is trusted through a CA: the CA issues to others too (`rules.md` A65)."""


class TrustError(Exception):
    """A file given for trust cannot be used; the message names it and says why."""


class Signer:
    """The certificate of a trusted STS, and what is asked of it with each message."""

    def __init__(self, certificate: x509.Certificate) -> None:
        self.certificate = certificate

    @fact
    def key_bytes(self) -> bytes:
        """Its public key, SubjectPublicKeyInfo in DER."""
        return spki(self.certificate)

    @fact
    def life(self) -> tuple[Instant, Instant]:
        """See life_of."""
        return life_of(self.certificate)

    @fact
    def may_sign(self) -> bool:
        """See the function of this name."""
        return may_sign(self.certificate)

    @fact
    def weakness(self) -> str | None:
        """What is wrong with its key; None for a key that is accepted."""
        try:
            accepted_key(self.certificate.public_key())
        except KeyRefused as error:
            return str(error)
        return None


class KeyRefused(ValueError):
    """The key is too weak, or of a kind that is not allowed."""


@dataclass(frozen=True, slots=True)
class Trust:
    """STS signers and issuers of holder certificates, as the operator configured them.

    By which names an STS may call itself is a setting (`Settings.issuers`): a name alone is no trust.
    """

    sts_pins: Sequence[x509.Certificate] = ()
    """Leaf certificates of trusted STSs, compared by key."""
    sts_anchors: Sequence[x509.Certificate] = ()
    """CA certificates that the operator trusts to issue STS certificates."""
    holder_anchors: Sequence[x509.Certificate] = ()
    """CA certificates that issue holder certificates; they never make a token trusted."""

    def sts_certificate(self, hint: x509.Certificate) -> x509.Certificate | None:
        """The trusted certificate to verify a token with, given the one its KeyInfo names; None if not trusted."""
        wanted = spki(hint)
        for pin in self.sts_pins:
            if spki(pin) == wanted:
                return pin
        if any(is_issued_by(hint, anchor) for anchor in self.sts_anchors) and _is_sts_subject(hint):
            return hint
        return None

    def holder_is_anchored(self, certificate: x509.Certificate) -> bool:
        """True if a trusted CA issued the holder's certificate."""
        return any(is_issued_by(certificate, anchor) for anchor in self.holder_anchors)


def spki(certificate: x509.Certificate) -> bytes:
    """SubjectPublicKeyInfo in DER: what makes two certificates speak of one key."""
    return key_bytes(certificate.public_key())


def key_bytes(key: object) -> bytes:
    """SubjectPublicKeyInfo of any public key, in DER."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]


@lru_cache(maxsize=1024)
def is_issued_by(certificate: x509.Certificate, anchor: x509.Certificate) -> bool:
    """True if `anchor` is a CA, names itself as the issuer and its key signed the certificate.

    Remembered by the certificates' whole content: it is the same for ever, unlike whether they are valid now.
    """
    if not is_ca(anchor):
        return False
    try:
        certificate.verify_directly_issued_by(anchor)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def is_ca(certificate: x509.Certificate) -> bool:
    """True if basicConstraints says so; a certificate without that extension is a leaf."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def may_sign(certificate: x509.Certificate) -> bool:
    """True if keyUsage has digitalSignature, or there is no keyUsage (RFC 5280 section 4.2.1.3)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    except x509.ExtensionNotFound:
        return True
    except ValueError:
        return False


def life_of(certificate: x509.Certificate) -> tuple[Instant, Instant]:
    """The first and the last nanosecond of its validity (RFC 5280 section 4.1.2.5: both ends included)."""
    return _instant(certificate.not_valid_before_utc), _instant(certificate.not_valid_after_utc) + SECOND - 1


def is_valid_at(certificate: x509.Certificate, now: Instant) -> bool:
    """True if notBefore <= now <= notAfter."""
    begin, end = life_of(certificate)
    return begin <= now <= end


def _instant(moment: datetime) -> Instant:
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * SECOND


def accepted_key(key: object) -> PublicKey:
    """The key, if it is of an allowed kind and size (`rules.md` 4.4).

    Raises KeyRefused.
    """
    if isinstance(key, rsa.RSAPublicKey):
        if not RSA_MIN_BITS <= key.key_size <= RSA_MAX_BITS:
            raise KeyRefused(f"an RSA key of {key.key_size} bits; {RSA_MIN_BITS} to {RSA_MAX_BITS} are allowed")
        exponent = key.public_numbers().e
        if exponent < RSA_MIN_EXPONENT or exponent % 2 == 0:
            raise KeyRefused(
                f"an RSA key with public exponent {exponent}; odd ones from {RSA_MIN_EXPONENT} are allowed"
            )
        return key
    if isinstance(key, ec.EllipticCurvePublicKey):
        if key.curve.name not in EC_CURVES:
            raise KeyRefused(f"an EC key on {key.curve.name}; P-256, P-384 and P-521 are allowed")
        return key
    raise KeyRefused("a key that is neither RSA nor EC")


def read_certificates(file: Path) -> list[x509.Certificate]:
    """All certificates of a PEM (one or many) or DER file.

    Raises TrustError.
    """
    try:
        content = read_bounded(file)
    except UnusableFile as error:
        raise TrustError(str(error)) from error
    try:
        if b"-----BEGIN" in content:
            certificates = x509.load_pem_x509_certificates(content)
        else:
            certificates = [x509.load_der_x509_certificate(content)]
    except ValueError as error:
        raise TrustError(f"{file} is not a certificate (PEM or DER is expected)") from error
    for certificate in certificates:
        try:
            # Read at start-up, or the first message that is compared with it would be the one to fail.
            certificate.public_key()
        except (ValueError, UnsupportedAlgorithm) as error:
            raise TrustError(f"{file} holds a certificate whose key is of an unknown kind; leave it out") from error
    return certificates


def load_trust(
    sts_files: Iterable[Path],
    ca_files: Iterable[Path],
    *,
    own_sts: Sequence[x509.Certificate] = (),
    own_ca: Sequence[x509.Certificate] = (),
) -> Trust:
    """The mock's own STS and CA, and what `--trust-sts` and `--trust-ca` add.

    A leaf given as STS is pinned by its key; only a CA certificate given there is an anchor. A CA file anchors holder
    certificates and never tokens (decisions 4).

    Raises TrustError.
    """
    signers = [certificate for file in sts_files for certificate in read_certificates(file)]
    anchors = []
    for file in ca_files:
        for certificate in read_certificates(file):
            if not is_ca(certificate):
                raise TrustError(f"{file} holds a certificate that is no CA; --trust-ca takes issuing CAs")
            anchors.append(certificate)
    return Trust(
        sts_pins=(*own_sts, *(certificate for certificate in signers if not is_ca(certificate))),
        sts_anchors=tuple(certificate for certificate in signers if is_ca(certificate)),
        holder_anchors=(*own_ca, *anchors),
    )


def _is_sts_subject(certificate: x509.Certificate) -> bool:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return len(names) == 1 and str(names[0].value).startswith(STS_SUBJECT)
