"""Whether a token holds what was asked for, before a service has to say so (cookbook 5.1.1)."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from lxml import etree

from conformance.client.credentials import Token
from conformance.client.parsing import parse, text_of
from mockserver.identities.personas import CERTIFIED
from mockserver.instant import Instant, read_date_time
from mockserver.namespaces import SAML

_ATTRIBUTE: Final = f"{{{SAML}}}Attribute"
_VALUE: Final = f"{{{SAML}}}AttributeValue"


def shortcomings(token: Token, asked: Sequence[str], *, denied: Collection[str] = ()) -> list[str]:
    """What keeps the token from giving access, one sentence each; empty when nothing does.

    `denied` are attributes that are known to be false or empty, and of which nothing is said.

    "The response token must contain "true" for all of the boolean certification attributes and a non-empty value for
    other certification attributes" (cookbook 5.1.1).
    """
    root = parse(token.octets)
    found = {attribute.get("AttributeName", "") for attribute in root.iter(_ATTRIBUTE)}
    missing = [
        f"attribute {name} is missing from the token: the STS did not answer it" for name in asked if name not in found
    ]
    return [*missing, *_refused(root, denied)]


def end_of(token: Token) -> Instant:
    """NotOnOrAfter of the token. Raises ValueError when it has none that can be read."""
    conditions = parse(token.octets).find(f"{{{SAML}}}Conditions")
    text = "" if conditions is None else conditions.get("NotOnOrAfter", "")
    return read_date_time(text).instant


def _refused(root: etree._Element, denied: Collection[str]) -> Iterator[str]:
    for attribute in root.iter(_ATTRIBUTE):
        name = attribute.get("AttributeName", "")
        values = [text_of(value).strip() for value in attribute.iterchildren(_VALUE)]
        if name in denied:
            continue
        if attribute.get("AttributeNamespace") != CERTIFIED:
            # What the client asserts of itself: the STS gives it back as it was, or empty (wire-facts B).
            if not values or not all(values):
                yield f"{name} is empty: the STS did not confirm it, ask with the keystore of the person it names"
        elif name.endswith(":boolean") and any(value != "true" for value in values):
            yield f"{name} is false: eHealth does not certify it, have the test case checked (cookbook 5.1.1)"
        elif not values or not all(values):
            yield f"{name} is empty: eHealth has no such data, have the test case checked (cookbook 5.1.1)"
