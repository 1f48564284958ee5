"""Where the STS listens, and what each address speaks (`wire-facts.md` B1). A light module: routing imports it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from mockserver.sts.names import (
    PROTOCOL,
    REQUEST,
    REQUEST_SECURITY_TOKEN,
    REQUEST_SECURITY_TOKEN_RESPONSE,
)


class Protocol(Enum):
    """In which messages a token is asked for."""

    WS_TRUST = "WS-Trust 1.3"
    SAML_P = "SAML 1.1 protocol"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of the STS."""

    path: str
    protocol: Protocol
    actions: Mapping[str, str]
    """soapAction by the name of the element in Body: the operations of the WSDL."""
    wsdl: str
    """File below `wsdl/`."""


ENDPOINTS: Final = (
    Endpoint(
        "/IAM/SecurityTokenService/v1",
        Protocol.WS_TRUST,
        {
            REQUEST_SECURITY_TOKEN: f"{PROTOCOL}:RequestSecurityToken",
            REQUEST_SECURITY_TOKEN_RESPONSE: f"{PROTOCOL}:Challenge",
        },
        "security-token-service.wsdl",
    ),
    Endpoint(
        "/IAM/Saml11TokenService/v1",
        Protocol.SAML_P,
        {REQUEST: f"{PROTOCOL}:RequestSecurityToken"},
        "saml11-token-service.wsdl",
    ),
    Endpoint(
        "/IAM/Saml11TokenService/Legacy/v1",
        Protocol.SAML_P,
        {REQUEST: f"{PROTOCOL}:RequestSecureToken"},
        "secure-token-service.wsdl",
    ),
)

PATHS: Final = tuple(endpoint.path for endpoint in ENDPOINTS)
