"""What a client has to trust: certificates, never a key."""

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding

from mockserver.gateway.exchange import Answer
from mockserver.management.operation import PROBLEM, Call, Desk, Operation, Returns
from mockserver.management.problem import content_answer

_PEM: Final = "application/x-pem-file"
_RETURNS: Final = {200: Returns("PEM", media_type=_PEM), 503: PROBLEM}


def _pem(read: Callable[[Desk], bytes]) -> Callable[[Desk, Call], Answer]:
    return lambda desk, _: content_answer(read(desk), _PEM)


def _ca(desk: Desk) -> bytes:
    return desk.stock().authority.ca_certificate.public_bytes(Encoding.PEM)


def _sts(desk: Desk) -> bytes:
    return desk.stock().authority.sts_certificate.public_bytes(Encoding.PEM)


def _tls(desk: Desk) -> bytes:
    return desk.stock().authority.tls_certificate_file.read_bytes()


OPERATIONS: Final = (
    Operation(
        "caCertificate", "GET", "/certificates/ca.pem", "The test CA, which issued all others", _pem(_ca), _RETURNS
    ),
    Operation(
        "stsCertificate", "GET", "/certificates/sts.pem", "What the mock's STS signs tokens with", _pem(_sts), _RETURNS
    ),
    Operation("tlsCertificate", "GET", "/certificates/tls.pem", "The mock's own TLS certificate", _pem(_tls), _RETURNS),
)
