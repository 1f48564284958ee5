"""The test PKI in the state folder.

    STATE/pki/ca/                 the root that issues all others
    STATE/pki/sts/                signs assertions
    STATE/pki/tls/                the server's, for localhost
    STATE/pki/persona-NAME/       a holder's, made when first asked for

each with `key.pem` and `certificate.pem`. Certificates are made anew, for the same keys, 30 days before they end. This
module starts with the server, so it imports neither signxml
nor lxml.
"""

import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12

from mockserver.identities.certificates import (
    KeyPair,
    PrivateKey,
    algorithm_of,
    covers,
    make_ca,
    make_holder,
    make_sts,
    make_tls,
)
from mockserver.identities.distinguished_name import name_of
from mockserver.identities.key_folder import (
    CERTIFICATE_FILE,
    KEY_FILE,
    AuthorityError,
    is_fresh,
    key_pem,
    open_key_pair,
    start_over,
    sweep,
)
from mockserver.identities.persona import CertificateTimes, Persona
from mockserver.instant import SECOND, Clock, Instant, system_clock

__all__ = ["Authority", "AuthorityError", "Credential", "default_state_directory"]

_APPLICATION: Final = "dossiernumbergeneration-mock"

_ALIAS: Final = b"authentication"
"""Name of the entry in a PKCS #12 file. eHealth's own tools give it
(technicalconnector/ra/utils/KeyStoreManager.java in taktik/freehealth-connector) and connector clients look
for it."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A persona's key and certificate: what a client signs its messages with."""

    persona: Persona
    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate
    issuer: x509.Certificate | None = None
    """The CA, which goes along into the PKCS #12 file."""

    def key_pem(self) -> bytes:
        """The private key as PKCS #8 PEM, not encrypted."""
        return key_pem(self.key)

    def certificate_pem(self) -> bytes:
        """The certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    def pkcs12(self, password: bytes) -> bytes:
        """Key, certificate and CA as one `.p12` file, entry "authentication", protected with `password`.

        The encryption (AES-256, HMAC-SHA-256) can be read by OpenSSL 1.1 and later, Windows 10 1709 and
        later, and Java from 8u301 and 11.0.12. Raises ValueError when the password is empty.
        """
        return pkcs12.serialize_key_and_certificates(
            _ALIAS,
            self.key,
            self.certificate,
            None if self.issuer is None else [self.issuer],
            BestAvailableEncryption(password),
        )


@dataclass(frozen=True, slots=True)
class Authority:
    """The test PKI of one state folder. `Authority.open` makes one; safe to share between threads."""

    ca_certificate: x509.Certificate
    sts_certificate: x509.Certificate
    sts_key: rsa.RSAPrivateKey = field(repr=False)
    tls_certificate_file: Path
    tls_key_file: Path
    _directory: Path
    _ca: KeyPair = field(repr=False)
    _clock: Clock = field(repr=False)

    @classmethod
    def open(cls, state: Path, *, clock: Clock = system_clock, hosts: Collection[str] = ()) -> "Authority":
        """Open the PKI below the folder `state`, create what is missing, and renew what is about to end.

        The server's certificate is for localhost and `hosts`, names or addresses. Raises AuthorityError when
        something there is damaged or unreadable, or can't be written, or for a host that can't be certified.
        """
        directory = state / "pki"
        now = clock()
        sweep(directory)

        def fits(certificate: x509.Certificate) -> bool:
            return is_fresh(certificate, now)

        ca = open_key_pair(directory / "ca", lambda old: make_ca(now, old), issuer=None, fits=fits)
        sts = open_key_pair(directory / "sts", lambda old: make_sts(ca, now, old), issuer=ca.certificate, fits=fits)
        tls = directory / "tls"
        try:
            open_key_pair(
                tls,
                lambda old: make_tls(ca, now, hosts, old),
                issuer=ca.certificate,
                fits=lambda certificate: fits(certificate) and covers(certificate, hosts),
            )
        except ValueError as error:
            raise AuthorityError(f"no certificate can be made for {', '.join(hosts)}: {error}") from error
        return cls(
            ca_certificate=ca.certificate,
            sts_certificate=sts.certificate,
            sts_key=_rsa(sts, directory / "sts"),
            tls_certificate_file=tls / CERTIFICATE_FILE,
            tls_key_file=tls / KEY_FILE,
            _directory=directory,
            _ca=ca,
            _clock=clock,
        )

    @property
    def end(self) -> Instant:
        """When the first certificate that tokens depend on, the CA's or the STS's, ends."""
        ends = (self.ca_certificate.not_valid_after_utc, self.sts_certificate.not_valid_after_utc)
        return int(min(ends).timestamp()) * SECOND

    def credential(self, persona: Persona) -> Credential:
        """The key and certificate of `persona`, from the folder; made and kept there at first use.

        Raises AuthorityError as `open` does, and when the kept certificate bears another name, or the key is of
        another kind, than the persona has now.
        """
        directory = self._directory / f"persona-{persona.name}"
        now = self._clock()
        pair = open_key_pair(
            directory,
            lambda old: make_holder(
                self._ca, persona.subject, now, algorithm=persona.key_algorithm, times=persona.certificate, renewed=old
            ),
            issuer=self.ca_certificate,
            fits=lambda certificate: _is_as_wanted(certificate, persona.certificate, now),
        )
        if algorithm_of(pair.key) is not persona.key_algorithm:
            raise AuthorityError(
                f"{directory / KEY_FILE} is not of the kind {persona.key_algorithm}; {start_over(directory)}"
            )
        if pair.certificate.subject != name_of(persona.subject):
            raise AuthorityError(
                f"{directory / CERTIFICATE_FILE} bears another name than the persona has now; {start_over(directory)}"
            )
        return Credential(persona, pair.key, pair.certificate, self.ca_certificate)


def default_state_directory(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    """Where the mock keeps its state: DOSSIER_STATE, else a folder by the platform's convention.

    The convention is %LOCALAPPDATA% on Windows, ~/Library/Application Support on macOS, and XDG_DATA_HOME or
    ~/.local/share elsewhere. Raises AuthorityError when the user has no home folder.
    """
    named = environment.get("DOSSIER_STATE")
    if named:
        return Path(named)
    if platform == "win32":
        data = environment.get("LOCALAPPDATA")
        base = Path(data) if data else _home() / "AppData" / "Local"
    elif platform == "darwin":
        base = _home() / "Library" / "Application Support"
    else:
        # XDG Base Directory Specification: "If an implementation encounters a relative path in any of these
        # variables it should consider the path invalid and ignore it."
        data = environment.get("XDG_DATA_HOME", "")
        base = Path(data) if data.startswith("/") else _home() / ".local" / "share"
    return base / _APPLICATION


def _is_as_wanted(certificate: x509.Certificate, times: CertificateTimes, now: Instant) -> bool:
    """Whether the certificate has the times that the persona asks for, and is fresh where it asks for none."""
    wanted = (
        (times.not_before, certificate.not_valid_before_utc),
        (times.not_after, certificate.not_valid_after_utc),
    )
    if times == CertificateTimes():
        return is_fresh(certificate, now)
    return all(asked is None or asked // SECOND == int(has.timestamp()) for asked, has in wanted)


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        raise AuthorityError(
            "this user has no home folder; name a state folder with --state or DOSSIER_STATE"
        ) from error


def _rsa(pair: KeyPair, directory: Path) -> rsa.RSAPrivateKey:
    if not isinstance(pair.key, rsa.RSAPrivateKey):
        raise AuthorityError(f"{directory / KEY_FILE} is not an RSA key; {start_over(directory)}")
    return pair.key
