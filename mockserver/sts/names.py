"""Names of WS-Trust, SAML-P and the platform's STS; each with where it was read (`wire-facts.md` B)."""

from typing import Final

WST: Final = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
"""WS-Trust 1.3."""

AUTH: Final = "http://docs.oasis-open.org/wsfed/authorization/200706"
"""WS-Federation 1.2, section 9.3: ClaimType and Value."""

DIALECT: Final = "http://docs.oasis-open.org/wsfed/authorization/200706/authclaims"
"""Claims/@Dialect (B3)."""

SAMLP: Final = "urn:oasis:names:tc:SAML:1.0:protocol"
"""SAML 1.0 and 1.1 share this namespace."""

PROTOCOL: Final = "urn:be:fgov:ehealth:sts:protocol:v1"
"""Target namespace of the STS's WSDLs (B1)."""

ISSUE: Final = f"{WST}/Issue"
RENEW: Final = f"{WST}/Renew"

PUBLIC_KEY: Final = f"{WST}/PublicKey"
PUBLIC_KEY_AS_SENT: Final = "http://docs.oasis-open.org/ws-sx/wstrust/200512/PublicKey"
"""Without the hyphen: what real clients send (B3)."""

X509_V3: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
BASE64_BINARY: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"

REQUEST_SECURITY_TOKEN: Final = f"{{{WST}}}RequestSecurityToken"
REQUEST_SECURITY_TOKEN_RESPONSE: Final = f"{{{WST}}}RequestSecurityTokenResponse"
REQUEST_SECURITY_TOKEN_RESPONSE_COLLECTION: Final = f"{{{WST}}}RequestSecurityTokenResponseCollection"
REQUEST: Final = f"{{{SAMLP}}}Request"
RESPONSE: Final = f"{{{SAMLP}}}Response"

INVALID_REQUEST: Final = "wst:InvalidRequest"
"""Code of the BusinessError (B5, decisions 4b); WS-Trust 1.3, section 11. Clients have seen other prefixes."""

TIME_TO_LIVE: Final = 300
"""Seconds between Created and Expires at most, for the STS (B4: the sister platform's page on X.509)."""
