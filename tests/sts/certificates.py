"""Certificates that no persona has: other names, other times, another CA."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from mockserver.identities.certificates import KeyPair
from tests.sts.messages import Signatory


def certified(
    issuer: KeyPair,
    subject: x509.Name,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | None = None,
    *,
    days: tuple[float, float] = (-1, 365),
) -> Signatory:
    """A signatory that `issuer` certified, valid between these days from now; a new key on P-256 unless given."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC).replace(microsecond=0)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .sign(issuer.key, hashes.SHA256())
    )
    return Signatory(own, certificate)
