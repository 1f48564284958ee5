"""The test CA in the forms that clients' trust stores take."""

from collections.abc import Callable, Mapping
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12

TRUST_STORE_PASSWORD: Final = "changeit"  # noqa: S105 - Java's own for its cacerts; nothing in it is secret
_ALIAS: Final = b"dossiernumbergeneration-mock"


def trust_store(certificate: x509.Certificate) -> bytes:
    """A PKCS#12 file that holds `certificate` as trusted, under TRUST_STORE_PASSWORD.

    With the attribute 2.16.840.1.113894.746875.1.1, without which Java (JDK-6375456) sees no entry in such a file.
    """
    entry = pkcs12.PKCS12Certificate(certificate, _ALIAS)
    return pkcs12.serialize_java_truststore([entry], BestAvailableEncryption(TRUST_STORE_PASSWORD.encode()))


CA_FORMS: Final[Mapping[str, Callable[[x509.Certificate], bytes]]] = {
    "pem": lambda certificate: certificate.public_bytes(Encoding.PEM),
    "der": lambda certificate: certificate.public_bytes(Encoding.DER),
    "p12": trust_store,
}
