"""What a client has to trust: certificates, never a key."""

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from mockserver.gateway.exchange import Answer
from mockserver.identities.trust_store import CA_FORMS, TRUST_STORE_PASSWORD
from mockserver.management.operation import PROBLEM, Call, Desk, Operation, Returns
from mockserver.management.problem import content_answer

_PEM: Final = "application/x-pem-file"
_DER: Final = "application/pkix-cert"
_PKCS12: Final = "application/x-pkcs12"
_RETURNS: Final = {200: Returns("PEM", media_type=_PEM), 503: PROBLEM}


def _pem(read: Callable[[Desk], bytes]) -> Callable[[Desk, Call], Answer]:
    return lambda desk, _: content_answer(read(desk), _PEM)


def _ca(form: str, media_type: str) -> Callable[[Desk, Call], Answer]:
    return lambda desk, _: content_answer(CA_FORMS[form](desk.stock().authority.ca_certificate), media_type)


def _sts(desk: Desk) -> bytes:
    return desk.stock().authority.sts_certificate.public_bytes(Encoding.PEM)


def _tls(desk: Desk) -> bytes:
    return desk.stock().authority.tls_certificate_file.read_bytes()


OPERATIONS: Final = (
    Operation(
        "caCertificate",
        "GET",
        "/certificates/ca.pem",
        "The test CA, which issued all others",
        _ca("pem", _PEM),
        _RETURNS,
    ),
    Operation(
        "caCertificateDer",
        "GET",
        "/certificates/ca.der",
        "The same in DER",
        _ca("der", _DER),
        {200: Returns("DER", media_type=_DER), 503: PROBLEM},
    ),
    Operation(
        "trustStore",
        "GET",
        "/certificates/truststore.p12",
        f"The same as a PKCS#12 trust store for Java and .NET, whose password is {TRUST_STORE_PASSWORD}",
        _ca("p12", _PKCS12),
        {200: Returns("PKCS#12", media_type=_PKCS12), 503: PROBLEM},
    ),
    Operation(
        "stsCertificate", "GET", "/certificates/sts.pem", "What the mock's STS signs tokens with", _pem(_sts), _RETURNS
    ),
    Operation("tlsCertificate", "GET", "/certificates/tls.pem", "The mock's own TLS certificate", _pem(_tls), _RETURNS),
)
