"""TLS on the service port: a certificate and its key from two files, read again when they change."""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509

from mockserver.http.listener import ListenError

LOOK_SECONDS: Final = 2.0
"""Between two looks at the files; whoever renews a certificate waits for no server."""

_STAMPS = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Tls:
    """What a server shows its clients: PEM files, so that each process can read them for itself."""

    certificate: Path
    """The server's certificate first, then those that lead to its CA."""
    key: Path
    """Its private key, not encrypted."""

    def context(self) -> ssl.SSLContext:
        """One-way TLS 1.2 and 1.3 (`rules.md` Q23), HTTP/1.1 only: h2 is never offered (Q03). Raises ListenError."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        self.load_into(context)
        return context

    def load_into(self, context: ssl.SSLContext) -> None:
        """Let the next handshakes of `context` show what the files hold now. Raises ListenError."""
        for path, kind in ((self.certificate, "certificate"), (self.key, "private key")):
            try:
                content = path.read_bytes()
            except OSError as error:
                raise ListenError(f"Cannot read the TLS {kind} {path}: {error.strerror or error}.") from error
            if b"ENCRYPTED" in content:
                # OpenSSL would ask for the password on the terminal, and a server has nobody there.
                raise ListenError(f"The TLS {kind} {path} is encrypted: give one that is not, closed to other users.")
        try:
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ValueError) as error:
            raise ListenError(f"Cannot use {self.certificate} with {self.key} for TLS: {_reason(error)}.") from error
        end = _end_of(self.certificate)
        if end is not None and end < datetime.now(UTC):
            raise ListenError(f"The TLS certificate {self.certificate} expired on {end:%Y-%m-%d}: give a newer one.")

    def stamps(self) -> _STAMPS | None:
        """What tells the files from earlier ones; None while one of them is not there."""
        try:
            # stat follows links: Kubernetes renews a secret by turning one.
            found = [path.stat() for path in (self.certificate, self.key)]
        except OSError:
            return None
        return tuple((each.st_mtime_ns, each.st_ino) for each in found)


async def keep_fresh(tls: Tls, context: ssl.SSLContext, seconds: float = LOOK_SECONDS) -> None:
    """Load the files into `context` whenever they have changed, until cancelled.

    Files that can't be used, such as a certificate whose key is still to come, leave the context as it was, and the log
    says so; they are looked at again when one of them changes.
    """
    known = tls.stamps()
    while True:
        await asyncio.sleep(seconds)
        found = tls.stamps()
        if found is None or found == known:
            continue
        known = found
        try:
            tls.context()  # tried apart: a certificate without its key would spoil the context in use
            tls.load_into(context)
        except ListenError as error:
            structlog.get_logger().warning("TLS certificate kept, its new files cannot be used", reason=str(error))
        else:
            structlog.get_logger().info("TLS certificate read again")


def _reason(error: Exception) -> str:
    text = str(error)
    if "KEY_VALUES_MISMATCH" in text:
        return "the key is not the certificate's"
    if "NO_START_LINE" in text or "PEM lib" in text or "[SSL]" in text:
        return "they must be a certificate and a private key, both PEM"
    return text


def _end_of(certificate: Path) -> datetime | None:
    try:
        return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except ValueError:
        return None  # what OpenSSL could read and this library can't is no reason to refuse
