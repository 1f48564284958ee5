"""The message against the contract: operation and schema."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from lxml import etree

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.envelope import ENCODING_STYLE, FAULT, is_within, local_name, path_of
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Stage

operation = partial(RULES.rule, stage=Stage.OPERATION, soa="SOA-03005", requires=("B01",))
schema = partial(RULES.rule, stage=Stage.SCHEMA, soa="SOA-03006")

_WHERE: Final = "Envelope/Body"


@operation(
    "Q53",
    "A request is no Fault",
    source="BP 1.1 R1107",
    advice="Send the request element.",
    essential=True,
    judges_outline=True,
)
def no_fault(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """A Body whose child is soap:Fault is a Fault and asks for no operation."""
    if exchange.operation is not None and exchange.operation.tag == FAULT:
        yield Breach("Body holds a soap:Fault", _WHERE)


@operation(
    "Q45",
    "Body holds the request element of the contract",
    source="BP 1.1 R2301, R2712, R2724; cookbook Table 1, SOA-03005",
    advice="Body holds one element: the one that the input message of the WSDL names, in its namespace.",
    essential=True,
    judges_outline=True,
)
def known_operation(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The child of Body is the global element of the operation's input message. SOAPAction is never what selects."""
    if exchange.envelope is None or exchange.envelope.body is None:
        return
    child = exchange.operation
    if child is None:
        yield Breach("Body is empty", _WHERE)
    elif child.tag not in (policy.contract.request.name, FAULT):
        expected = etree.QName(policy.contract.request.name)
        alike = local_name(child) == expected.localname
        problem = "in another namespace" if alike else "not an element of this service"
        yield Breach(f"{local_name(child)[:60]} is {problem}; {policy.contract.request.name} is expected", _WHERE)


@schema(
    "Q36",
    "No encodingStyle below the request element",
    source="BP 1.1 R1007",
    advice="Document/literal needs no encodingStyle; switch SOAP encoding off.",
    requires=("B01",),
    judges_outline=True,
)
def no_encoding_style_below(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """soap:encodingStyle stands on no element below the child of Body."""
    if exchange.operation is None:
        return
    for element in exchange.document.carrying(ENCODING_STYLE):
        if element is not exchange.operation and is_within(element, exchange.operation):
            yield Breach("soap:encodingStyle", path_of(element))


@schema(
    "X01",
    "The request is valid against the schema",
    source="cookbook Table 1, SOA-03006; the schema itself is reconstructed until the official one is given",
    advice="Validate the request against the XSD of the contract before signing. Frequent: an Id that begins with a "
    "digit (xs:ID wants an NCName), a missing LastName, elements out of order.",
    requires=("Q45", "Q53", "Q39"),
    essential=True,
)
def valid_request(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The request element is valid against the contract's schema."""
    if exchange.operation is not None:
        for violation in policy.contract.violations(exchange.operation):
            yield Breach(violation, path_of(exchange.operation))
