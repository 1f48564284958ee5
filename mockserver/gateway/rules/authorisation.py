"""Whether the authenticated caller may use the service (cookbook 5.1, 5.1.1; error code SOA-01002)."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.identity import CERTIFIED, certified
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Stage

access = partial(RULES.rule, stage=Stage.AUTHORISATION, soa="SOA-01002", requires=("H21", "H23"))

_BOOLEAN: Final = ":boolean"
_CERTIFIED_ENDINGS: Final = (_BOOLEAN, ":nihii11")
_STATEMENT: Final = "Assertion/AttributeStatement"


@access(
    "H26",
    "There is a certified attribute, in its namespace",
    source="cookbook 5.1.1; wire-facts A4; decisions 2.7. The names are reconstructed: the SSO annex is not public",
    advice="Ask the STS for the certification attributes of the SSO annex, in the namespace " + CERTIFIED + ".",
    reconstructed=True,
    judges_token=True,
)
def certified_attribute(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The token holds at least one attribute of the certified namespace, and none whose name is that of a certified
    attribute stands in another namespace."""
    if (token := exchange.assertion) is None:
        return
    if not certified(token):
        yield Breach("no attribute is in the certified namespace", _STATEMENT)
    for attribute in token.attributes:
        if attribute.namespace != CERTIFIED and _named_like_certified(attribute.name or ""):
            yield Breach(f"{attribute.name} is not in the certified namespace", _STATEMENT)


@access(
    "H25",
    "Boolean certification attributes are true",
    source='cookbook 5.1.1: "true" for all of the boolean certification attributes',
    advice="false means that eHealth did not certify it: have the test case checked (cookbook 5.1.1).",
    judges_token=True,
)
def booleans_are_true(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Every certified attribute ending in :boolean has the value true, in lower case, in each of its values."""
    if (token := exchange.assertion) is None:
        return
    for attribute in certified(token):
        if (attribute.name or "").endswith(_BOOLEAN) and any(value != "true" for value in attribute.values):
            yield Breach(f"{attribute.name} is not true", _STATEMENT)


@access(
    "H25-value",
    "Other certification attributes are not empty",
    source="cookbook 5.1.1: a non-empty value for other certification attributes",
    advice="An empty value means that eHealth has no such data: have the test case checked (cookbook 5.1.1).",
    judges_token=True,
)
def others_have_values(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Every certified attribute that is no boolean has a value."""
    if (token := exchange.assertion) is None:
        return
    for attribute in certified(token):
        if not (attribute.name or "").endswith(_BOOLEAN) and not all(attribute.values):
            yield Breach(f"{attribute.name} is empty", _STATEMENT)


@access(
    "H27",
    "The token names an end user",
    source="cookbook 5.1 (care providers, mandate holders); wire-facts A6. Reconstructed: the SSO annex is not public",
    advice="Ask the STS with the identification attributes of a person or an institution.",
    reconstructed=True,
    judges_outline=True,
)
def end_user(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """An identification attribute says who the end user is: SSIN, NIHII, CBE or EHP number."""
    if exchange.identity is not None and exchange.identity.number is None:
        yield Breach("no identification attribute names a person or an institution", _STATEMENT)


def _named_like_certified(name: str) -> bool:
    return name.endswith(_CERTIFIED_ENDINGS)
