"""A PKCS #12 keystore (`.p12`): the caller's key and certificate."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key, pkcs12

from conformance.client.credentials import PrivateKey, UnusableCredentialsError
from conformance.client.der import NotPkcs12, shrouded_keys
from mockserver.instant import SECOND, Instant, format_instant

AUTHENTICATION: Final = "authentication"
"""Alias of the signing entry in keystores that eHealth's own tools make."""


_JKS: Final = b"\xfe\xed\xfe\xed"
"""What files of Java's own keystore type begin with."""


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One entry with a private key."""

    alias: str
    """Empty when the file gives it none."""
    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate


def read_keystore(file: Path, password: str, *, alias: str | None, now: Instant) -> KeyEntry:
    """The entry `alias`; without it the only one with a key, or the one called "authentication".

    Raises UnusableCredentialsError when the file cannot be read, the password is wrong, there is no such entry or no
    one choice, or the certificate is not valid at `now`.
    """
    entries = _entries(file, password)
    entry = _chosen(file, entries, alias)
    _check_validity(file, entry, now)
    return entry


def _entries(file: Path, password: str) -> Sequence[KeyEntry]:
    try:
        octets = file.read_bytes()
    except OSError as error:
        raise UnusableCredentialsError(f"the keystore {file} cannot be read: {error.strerror}") from error
    secret = password.encode()
    try:
        shrouded = shrouded_keys(octets)
    except (NotPkcs12, ValueError) as error:
        raise UnusableCredentialsError(f"{file} is no PKCS #12 keystore; {_way_to_one(octets)}") from error
    try:
        loaded = pkcs12.load_pkcs12(octets, secret)
        keys = [load_der_private_key(each, secret) for each in shrouded]
    except (ValueError, TypeError) as error:
        raise UnusableCredentialsError(f"the password does not open {file}; give the keystore's own") from error
    except UnsupportedAlgorithm as error:
        raise UnusableCredentialsError(
            f"{file} is encrypted in a way that cannot be read; export it anew with AES"
        ) from error
    certificates = [loaded.cert] if loaded.cert is not None else []
    certificates += loaded.additional_certs
    if not keys and loaded.key is not None:
        return [_entry(loaded.key, certificates, file)]
    return [_entry(key, certificates, file) for key in keys]


def _way_to_one(octets: bytes) -> str:
    """How to make a PKCS #12 file of what this is instead."""
    if octets.startswith(_JKS):
        return "it is an old Java keystore: keytool -importkeystore with -deststoretype PKCS12 makes one of it"
    if octets.lstrip().startswith(b"-----BEGIN "):
        return "it is in PEM: openssl pkcs12 -export makes one of a key and its certificate"
    return "export one from yours as .p12"


def _entry(key: object, certificates: Sequence[pkcs12.PKCS12Certificate], file: Path) -> KeyEntry:
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise UnusableCredentialsError(f"{file} holds a key that is neither RSA nor EC, which cannot sign here")
    own = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for each in certificates:
        public = each.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        if public == own:
            return KeyEntry((each.friendly_name or b"").decode("utf-8", "replace"), key, each.certificate)
    raise UnusableCredentialsError(f"{file} holds a key without its certificate; export both together")


def _chosen(file: Path, entries: Sequence[KeyEntry], alias: str | None) -> KeyEntry:
    # Java keystores compare aliases without case.
    wanted = AUTHENTICATION if alias is None and len(entries) != 1 else alias
    found = [entry for entry in entries if wanted is None or entry.alias.lower() == wanted.lower()]
    if len(found) == 1:
        return found[0]
    if not entries:
        raise UnusableCredentialsError(f"{file} holds no private key; export the certificate with its key")
    named = ", ".join(sorted(entry.alias or "(without alias)" for entry in entries))
    if alias is None:
        raise UnusableCredentialsError(f"{file} holds {len(entries)} keys; choose one with --alias: {named}")
    raise UnusableCredentialsError(f"{file} has no one entry called {alias!r}; there are: {named}")


def _check_validity(file: Path, entry: KeyEntry, now: Instant) -> None:
    begin, end = (
        int(moment.timestamp()) * SECOND
        for moment in (entry.certificate.not_valid_before_utc, entry.certificate.not_valid_after_utc)
    )
    if now > end:
        raise UnusableCredentialsError(f"the certificate in {file} expired on {format_instant(end)}; renew it")
    if now < begin:
        raise UnusableCredentialsError(
            f"the certificate in {file} is valid from {format_instant(begin)} only; set the clock, or wait"
        )
