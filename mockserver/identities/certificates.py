"""The certificates of the test PKI: what stands in them.

One root (the CA) issues three kinds of leaf: the STS's, the server's and the holders' (personas). Keys are
made here, on the user's machine; none is ever shipped.
"""

import ipaddress
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from mockserver.identities.distinguished_name import name_of
from mockserver.identities.persona import CertificateTimes, KeyAlgorithm
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

_HOST_NAME: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?")

_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
"""What the server's certificate always covers."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key and the certificate of its public key."""

    key: PrivateKey
    certificate: x509.Certificate


def make_ca(now: Instant, renewed: KeyPair | None = None) -> KeyPair:
    """A new self-signed root, valid for ten years from `now`.

    One that is `renewed` keeps its key and its name, so what it issued before stays issued by it.
    """
    key = renewed.key if renewed else _new_key(KeyAlgorithm.RSA_2048)
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (_key_usage(key_cert_sign=True, crl_sign=True), True),
    ]
    begin, end = _validity(now, _CA_LIFETIME, renewed)
    return _certify(key, CA_SUBJECT, None, begin=begin, end=end, extensions=extensions)


def make_sts(ca: KeyPair, now: Instant, renewed: KeyPair | None = None) -> KeyPair:
    """A certificate for the STS, which signs assertions, and a new key unless it is `renewed`."""
    return make_holder(ca, STS_SUBJECT, now, renewed=renewed)


def make_holder(
    ca: KeyPair,
    subject: Sequence[tuple[str, str]],
    now: Instant,
    *,
    algorithm: KeyAlgorithm = KeyAlgorithm.RSA_2048,
    times: CertificateTimes = CertificateTimes(),  # noqa: B008 - it is frozen
    renewed: KeyPair | None = None,
) -> KeyPair:
    """A certificate for `subject`, RDNs in print order, and a new key unless it is `renewed`.

    Key usage and extended key usage are those of a genuine eHealth certificate (`wire-facts.md` A3); a key of an EC
    curve can encipher nothing. `times` wins over the usual ten years, and may outlive the CA.

    Raises KeyError or ValueError for a subject that no certificate can hold.
    """
    key = renewed.key if renewed else _new_key(algorithm)
    enciphers = isinstance(key, rsa.RSAPrivateKey)
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage(digital_signature=True, content_commitment=True, key_encipherment=enciphers), True),
        (
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION]),
            False,
        ),
    ]
    begin, end = _validity(now, _CA_LIFETIME, renewed, ca)
    if times.not_before is not None:
        begin = _moment(times.not_before)
    if times.not_after is not None:
        end = _moment(times.not_after)
    return _certify(key, subject, ca, begin=begin, end=end, extensions=extensions)


def make_tls(ca: KeyPair, now: Instant, hosts: Collection[str] = (), renewed: KeyPair | None = None) -> KeyPair:
    """A certificate for a server on this machine, and a new EC key unless it is `renewed`.

    It covers localhost, 127.0.0.1 and ::1, what the renewed one covers, and `hosts`: names or addresses. Raises
    ValueError for a host that no certificate can name.
    """
    before = covered_hosts(renewed.certificate) if renewed else ()
    names = [_general_name(host) for host in dict.fromkeys((*_LOCAL, *before, *hosts))]
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage(digital_signature=True), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectAlternativeName(names), False),
    ]
    key = renewed.key if renewed else _new_key(KeyAlgorithm.EC_P256)
    # From now and not from when the renewed one began: together that were more days than Apple allows.
    begin, end = _validity(now, _TLS_LIFETIME, None, ca)
    return _certify(key, _TLS_SUBJECT, ca, begin=begin, end=end, extensions=extensions)


def covered_hosts(certificate: x509.Certificate) -> Sequence[str]:
    """The names and addresses that a server's certificate is for."""
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = names.get_values_for_type(x509.IPAddress)
    return [*names.get_values_for_type(x509.DNSName), *map(str, addresses)]


def covers(certificate: x509.Certificate, hosts: Collection[str]) -> bool:
    """Whether a server's certificate is for all of `hosts`. Raises ValueError as make_tls does."""
    covered = set(covered_hosts(certificate))
    return all(str(_general_name(host).value) in covered for host in hosts)


def _general_name(host: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        # A certificate holds a name in its ASCII form (RFC 5280, 4.2.1.6).
        name = host.encode("idna").decode("ascii").lower()
    if not _HOST_NAME.fullmatch(name):
        raise ValueError("neither a host name nor an address")
    return x509.DNSName(name)


_CURVES: Final = {KeyAlgorithm.EC_P256: ec.SECP256R1(), KeyAlgorithm.EC_P384: ec.SECP384R1()}
_RSA_BITS: Final = {KeyAlgorithm.RSA_2048: 2048, KeyAlgorithm.RSA_3072: 3072}


def _new_key(algorithm: KeyAlgorithm) -> PrivateKey:
    if algorithm in _CURVES:
        return ec.generate_private_key(_CURVES[algorithm])
    return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS[algorithm])


def algorithm_of(key: PrivateKey) -> KeyAlgorithm | None:
    """What kind of key this is; None when it is one that holders can't have here."""
    if isinstance(key, rsa.RSAPrivateKey):
        return next((kind for kind, bits in _RSA_BITS.items() if bits == key.key_size), None)
    return next((kind for kind, curve in _CURVES.items() if curve.name == key.curve.name), None)


def _validity(
    now: Instant, lifetime: timedelta, renewed: KeyPair | None, issuer: KeyPair | None = None
) -> tuple[datetime, datetime]:
    """From when until when; a renewed certificate covers what it did, so that no clock finds itself outside of it."""
    begin, end = _moment(now) - _BACKDATED, _moment(now) + lifetime
    if renewed is not None:
        begin = min(begin, renewed.certificate.not_valid_before_utc)
        end = max(end, renewed.certificate.not_valid_after_utc)
    # A certificate that outlives its issuer cannot be verified to its end.
    return begin, end if issuer is None else min(end, issuer.certificate.not_valid_after_utc)


def _moment(instant: Instant) -> datetime:
    return datetime.fromtimestamp(instant // SECOND, UTC)


def _certify(
    key: PrivateKey,
    subject: Sequence[tuple[str, str]],
    issuer: KeyPair | None,
    *,
    begin: datetime,
    end: datetime,
    extensions: Sequence[tuple[x509.ExtensionType, bool]],
) -> KeyPair:
    """Certify `key` for `subject`; without `issuer` the certificate is self-signed."""
    name = name_of(subject)
    issuer_name, issuer_key = name, key
    subject_key_identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    issuer_key_identifier = subject_key_identifier
    if issuer is not None:
        issuer_name, issuer_key = issuer.certificate.subject, issuer.key
        issuer_key_identifier = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
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
