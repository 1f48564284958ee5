"""Reading the Request of the SAML 1.1 protocol (`wire-facts.md` B2)."""

from typing import Final

from lxml import etree

from mockserver.gateway.limits import Limits
from mockserver.gateway.message.envelope import string_value
from mockserver.gateway.message.security import Signature
from mockserver.instant import DateTimeError, Instant, read_date_time
from mockserver.namespaces import DS, HOLDER_OF_KEY, SAML
from mockserver.sts.names import SAMLP
from mockserver.sts.session_key import SessionKeyError, session_certificate
from mockserver.sts.token_request import Asked, Misfit, TokenRequest

_NAMESPACES: Final = {"samlp": SAMLP, "saml": SAML, "ds": DS}
_CONFIRMATION: Final = "samlp:AttributeQuery/saml:Subject/saml:SubjectConfirmation"
_ASSERTED: Final = f"{_CONFIRMATION}/saml:SubjectConfirmationData/saml:Assertion"


def read_saml_request(request: etree._Element, limits: Limits) -> TokenRequest | Misfit:
    """What a samlp:Request asks for; it is valid against the schema already."""
    confirmation = request.find(_CONFIRMATION, _NAMESPACES)
    if confirmation is None:
        return Misfit("the Subject has no SubjectConfirmation", "AttributeQuery/Subject")
    methods = [string_value(m).strip() for m in confirmation.iterfind("saml:ConfirmationMethod", _NAMESPACES)]
    if methods != [HOLDER_OF_KEY]:
        return Misfit("the ConfirmationMethod is not holder-of-key", "SubjectConfirmation")
    key_info = confirmation.find("ds:KeyInfo", _NAMESPACES)
    if key_info is None:
        return Misfit("the SubjectConfirmation has no KeyInfo", "SubjectConfirmation")
    try:
        session = session_certificate(key_info, limits)
    except SessionKeyError as error:
        return Misfit(str(error), "SubjectConfirmation/KeyInfo")
    asserted = request.find(_ASSERTED, _NAMESPACES)
    try:
        begin, end = (_instant(asserted, name) for name in ("NotBefore", "NotOnOrAfter"))
    except DateTimeError as error:
        return Misfit(str(error), "Assertion/Conditions")
    asked = [*_asserted(asserted), *_designated(request)]
    if not asked:
        return Misfit("it asks for no attribute", "AttributeQuery")
    return TokenRequest(request.get("RequestID", ""), asked, begin, end, session)


def inner_signatures(request: etree._Element) -> list[Signature]:
    """The signatures that are direct children of the Request: that of the holder of the session key."""
    return [Signature(child) for child in request.iterchildren(f"{{{DS}}}Signature")]


def _asserted(assertion: etree._Element | None) -> list[Asked]:
    """The identification attributes that the client asserts about itself."""
    if assertion is None:
        return []
    return [
        Asked(
            attribute.get("AttributeName", ""),
            attribute.get("AttributeNamespace", ""),
            ";".join(string_value(v).strip() for v in attribute.iterfind("saml:AttributeValue", _NAMESPACES)) or None,
        )
        for attribute in assertion.iterfind("saml:AttributeStatement/saml:Attribute", _NAMESPACES)
    ]


def _designated(request: etree._Element) -> list[Asked]:
    return [
        Asked(designator.get("AttributeName", ""), designator.get("AttributeNamespace", ""))
        for designator in request.iterfind("samlp:AttributeQuery/saml:AttributeDesignator", _NAMESPACES)
    ]


def _instant(assertion: etree._Element | None, name: str) -> Instant | None:
    """An end of the asserted Conditions. Raises DateTimeError."""
    conditions = None if assertion is None else assertion.find("saml:Conditions", _NAMESPACES)
    text = None if conditions is None else conditions.get(name)
    if text is None:
        return None
    value = read_date_time(text)
    if not value.zone:
        raise DateTimeError(f"{name} has no zone")
    return value.instant
