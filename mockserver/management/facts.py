"""What the gateway's readers see in a journalled message: for people, told on demand and never on the way of a request.

Nothing here is verified: the findings say what may be believed.
"""

from typing import Any

from lxml import etree

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.assertion import Assertion
from mockserver.gateway.message.envelope import path_of, string_value
from mockserver.gateway.policy import Policy
from mockserver.instant import DateTimeError, format_instant, read_date_time
from mockserver.management.entry import Entry


def facts_of(entry: Entry, policy: Policy) -> dict[str, Any] | None:
    """Identity, token, times and signed parts of a request to the service; None for any other."""
    if entry.request is None or entry.service != "DossierNumberGeneration":
        return None
    exchange = Exchange(entry.request, policy)
    return {
        "identity": _identity(exchange),
        "token": _token(exchange.assertion),
        "times": _times(exchange, policy),
        "signed": _signed(exchange),
    }


def _identity(exchange: Exchange) -> dict[str, Any] | None:
    identity = exchange.identity
    if identity is None:
        return None
    return {"ssin": identity.ssin, "nihii": identity.nihii, "cbe": identity.cbe}


def _token(assertion: Assertion | None) -> dict[str, Any] | None:
    if assertion is None:
        return None
    conditions = assertion.conditions[0] if assertion.conditions else None
    names = [string_value(name) for subject in assertion.subjects for name in subject.name_identifiers]
    return {
        "assertionId": assertion.id,
        "issuer": assertion.element.get("Issuer"),
        "issueInstant": assertion.element.get("IssueInstant"),
        "notBefore": conditions.get("NotBefore") if conditions is not None else None,
        "notOnOrAfter": conditions.get("NotOnOrAfter") if conditions is not None else None,
        "subject": names[0] if names else None,
        "attributes": [
            {"namespace": attribute.namespace, "name": attribute.name, "values": list(attribute.values)}
            for attribute in assertion.attributes
        ],
    }


def _times(exchange: Exchange, policy: Policy) -> dict[str, Any]:
    timestamp = exchange.timestamp
    return {
        "created": _moment(timestamp.created if timestamp is not None else []),
        "received": format_instant(exchange.request.received),
        "expires": _moment(timestamp.expires if timestamp is not None else []),
        "toleranceSeconds": policy.settings.tolerance,
        "timeToLiveSeconds": policy.settings.time_to_live,
    }


def _moment(elements: list[etree._Element] | Any) -> dict[str, Any] | None:
    """The text as it stands, and the instant where it can be read."""
    if not elements:
        return None
    text = string_value(elements[0])
    try:
        return {"text": text, "instant": format_instant(read_date_time(text).instant)}
    except DateTimeError:
        return {"text": text, "instant": None}


def _signed(exchange: Exchange) -> list[dict[str, Any]]:
    return [
        {
            "uri": reference.uri,
            "path": path_of(element) if element is not None else None,
            "line": element.sourceline if element is not None else None,
            "digestMethod": reference.digest_method,
        }
        for reference, element in exchange.signed
    ]
