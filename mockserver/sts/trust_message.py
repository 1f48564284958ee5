"""Reading the messages of WS-Trust 1.3: RequestSecurityToken, and the answer to a challenge (`wire-facts.md` B3)."""

import re
from typing import Final

from cryptography import x509
from lxml import etree

from mockserver.gateway.limits import Limits
from mockserver.gateway.message.envelope import string_value
from mockserver.instant import DateTimeError, Instant, read_date_time
from mockserver.namespaces import SAML_TOKEN_TYPE, WSSE, WSU
from mockserver.sts.names import AUTH, DIALECT, ISSUE, PUBLIC_KEY, PUBLIC_KEY_AS_SENT, RENEW, WST
from mockserver.sts.session_key import SessionKeyError, session_certificate
from mockserver.sts.token_request import Asked, Misfit, TokenRequest

_NAMESPACES: Final = {"wst": WST, "auth": AUTH, "wsse": WSSE, "wsu": WSU}
_CONTEXT: Final = f"{{{WST}}}Context"
_WITHOUT_COLON: Final = re.compile(r"(.+[+-][0-9]{2})([0-9]{2})")


def read_trust_request(request: etree._Element, limits: Limits) -> TokenRequest | Misfit:
    """What a RequestSecurityToken asks for; it is valid against the schema already."""
    kind = _text(request, "wst:RequestType")
    if kind not in (ISSUE, RENEW):
        return Misfit("RequestType is neither Issue nor Renew", "RequestType")
    if _text(request, "wst:TokenType") not in (None, SAML_TOKEN_TYPE):
        return Misfit("TokenType is not that of a SAML 1.1 token", "TokenType")
    if _text(request, "wst:KeyType") not in (None, PUBLIC_KEY, PUBLIC_KEY_AS_SENT):
        return Misfit("KeyType is not PublicKey, which a holder-of-key token needs", "KeyType")
    try:
        begin, end = (_instant(request, name) for name in ("Created", "Expires"))
        session = _use_key(request, limits)
    except _Unreadable as error:
        return error.misfit
    brought = request.find("wst:RenewTarget", _NAMESPACES) is not None
    if brought != (kind == RENEW):
        return Misfit("a RenewTarget goes with Renew, and only with it", "RenewTarget")
    asked = _claims(request)
    if isinstance(asked, Misfit):
        return asked
    if kind == ISSUE and not asked:
        return Misfit("it asks for no attribute", "Claims")
    if kind == RENEW and (asked or session is not None):
        return Misfit("a renewal asks for no attributes and names no other key", "RequestSecurityToken")
    return TokenRequest(context_of(request), asked, begin, end, session, renews=kind == RENEW)


def context_of(message: etree._Element) -> str:
    """Context of a message; connectors write the attribute in the namespace of WS-Trust."""
    return message.get("Context") or message.get(_CONTEXT) or ""


def challenge_response_of(message: etree._Element) -> str | None:
    """The text in SignChallengeResponse/Challenge; None if the message holds none."""
    return _text(message, "wst:SignChallengeResponse/wst:Challenge")


def renewed_assertion(request: etree._Element) -> etree._Element | None:
    """The token in RenewTarget, found by path."""
    found = request.find("wst:RenewTarget/wsse:SecurityTokenReference/wsse:Embedded", _NAMESPACES)
    return None if found is None else next(found.iterchildren("*"), None)


class _Unreadable(Exception):
    def __init__(self, reason: str, where: str) -> None:
        super().__init__(reason)
        self.misfit = Misfit(reason, where)


def _claims(request: etree._Element) -> list[Asked] | Misfit:
    claims = request.find("wst:Claims", _NAMESPACES)
    if claims is None:
        return []
    if claims.get("Dialect") != DIALECT:
        return Misfit(f"the Dialect of Claims is not {DIALECT}", "Claims")
    asked = []
    for claim in claims.iterchildren(f"{{{AUTH}}}ClaimType"):
        value = claim.find("auth:Value", _NAMESPACES)
        said = None if value is None else string_value(value).strip()
        asked.append(Asked(claim.get("Uri", "").strip(), None, said or None))
    return asked


def _instant(request: etree._Element, name: str) -> Instant | None:
    where = f"Lifetime/{name}"
    text = _text(request, f"wst:Lifetime/wsu:{name}")
    if text is None:
        return None
    # One client formats the zone as +0000 and gets its tokens (wire-facts B3).
    match = _WITHOUT_COLON.fullmatch(text)
    try:
        value = read_date_time(f"{match[1]}:{match[2]}" if match else text)
    except DateTimeError as error:
        raise _Unreadable(str(error), where) from error
    if not value.zone:
        raise _Unreadable("there is no zone", where)
    return value.instant


def _use_key(request: etree._Element, limits: Limits) -> x509.Certificate | None:
    reference = request.find("wst:UseKey/wsse:SecurityTokenReference", _NAMESPACES)
    if reference is None:
        return None
    try:
        return session_certificate(reference, limits)
    except SessionKeyError as error:
        raise _Unreadable(str(error), "UseKey") from error


def _text(parent: etree._Element, path: str) -> str | None:
    found = parent.find(path, _NAMESPACES)
    return None if found is None else string_value(found).strip()
