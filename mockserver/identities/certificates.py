"""The certificates of the test PKI: what stands in them.

One root (the CA) issues three kinds of leaf: the STS's, the server's and the holders' (personas). Keys are
made here, on the user's machine; none is ever shipped.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from mockserver.identities.distinguished_name import name_of
from mockserver.instant import SECOND, Instant

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

CA_SUBJECT: Final = (
    ("CN", "DossierNumberGeneration mock issuing CA"),
    ("O", "DossierNumberGeneration mock"),
    ("C", "BE"),
)

STS_SUBJECT: Final = (
    ("CN", "CBE=0809394427, IAMMOCK"),
    ("OU", "eHealth-platform Belgium"),
    ("OU", "EHEALTH-PLATFORM"),
    ("OU", "CBE=0809394427"),
    ("OU", "IAMMOCK"),
    ("O", "Federal Government"),
    ("C", "BE"),
)
"""As the signer of genuine tokens (IAMACC on acceptance), named IAMMOCK: `wire-facts.md` A3."""

_TLS_SUBJECT: Final = (("CN", "localhost"), ("O", "DossierNumberGeneration mock"), ("C", "BE"))

_BACKDATED: Final = timedelta(days=30)
"""So that whoever's clock is behind finds the certificate valid: a client within the tolerance of cookbook 6.2, and a
gateway that was started with a clock offset."""

_CA_LIFETIME: Final = timedelta(days=3653)
"""Ten years; the STS's and the holders' certificates end with it."""

_TLS_LIFETIME: Final = timedelta(days=790)
"""macOS and iOS refuse a server certificate of more than 825 days, even under a root of the user's own (Apple
support HT210176)."""

_RSA_BITS: Final = 2048
"""Size of the genuine keys (`wire-facts.md` A3)."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key and the certificate of its public key."""

    key: PrivateKey
    certificate: x509.Certificate


def make_ca(now: Instant) -> KeyPair:
    """A new self-signed root, valid for ten years from `now`."""
    key = _rsa_key()
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (_key_usage(key_cert_sign=True, crl_sign=True), True),
    ]
    return _certify(key, CA_SUBJECT, None, now=now, lifetime=_CA_LIFETIME, extensions=extensions)


def make_sts(ca: KeyPair, now: Instant) -> KeyPair:
    """A new key and certificate for the STS, which signs assertions."""
    return make_holder(ca, STS_SUBJECT, now)


def make_holder(ca: KeyPair, subject: Sequence[tuple[str, str]], now: Instant) -> KeyPair:
    """A new RSA key and certificate for `subject`, RDNs in print order.

    Key usage and extended key usage are those of a genuine eHealth certificate (`wire-facts.md` A3).
    Raises KeyError or ValueError for a subject that no certificate can hold.
    """
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage(digital_signature=True, content_commitment=True, key_encipherment=True), True),
        (
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION]),
            False,
        ),
    ]
    return _certify(_rsa_key(), subject, ca, now=now, lifetime=_CA_LIFETIME, extensions=extensions)


def make_tls(ca: KeyPair, now: Instant) -> KeyPair:
    """A new EC key and certificate for a server on this machine: localhost, 127.0.0.1 and ::1."""
    names: list[x509.GeneralName] = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.IPv4Address("127.0.0.1")),
        x509.IPAddress(ipaddress.IPv6Address("::1")),
    ]
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage(digital_signature=True), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName(names), False),
    ]
    key = ec.generate_private_key(ec.SECP256R1())
    return _certify(key, _TLS_SUBJECT, ca, now=now, lifetime=_TLS_LIFETIME, extensions=extensions)


def _rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)


def _certify(
    key: PrivateKey,
    subject: Sequence[tuple[str, str]],
    issuer: KeyPair | None,
    *,
    now: Instant,
    lifetime: timedelta,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
) -> KeyPair:
    """Certify `key` for `subject`; without `issuer` the certificate is self-signed."""
    moment = datetime.fromtimestamp(now // SECOND, UTC)
    name = name_of(subject)
    not_after = moment + lifetime
    issuer_name, issuer_key = name, key
    subject_key_identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issuer_key_identifier = subject_key_identifier
    if issuer is not None:
        issuer_name, issuer_key = issuer.certificate.subject, issuer.key
        # A certificate that outlives its issuer cannot be verified to its end.
        not_after = min(not_after, issuer.certificate.not_valid_after_utc)
        issuer_key_identifier = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - _BACKDATED)
        .not_valid_after(not_after)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    builder = builder.add_extension(subject_key_identifier, critical=False).add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key_identifier), critical=False
    )
    return KeyPair(key, builder.sign(issuer_key, hashes.SHA256()))


def _key_usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_encipherment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,  # what X.509 called nonRepudiation
        key_encipherment=key_encipherment,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
