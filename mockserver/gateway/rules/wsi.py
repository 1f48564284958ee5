"""WS-I Basic Profile 1.1: what it asks of the envelope (cookbook 5.1.3)."""

from collections.abc import Iterator
from functools import partial

from lxml import etree

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.envelope import (
    BODY,
    ENCODING_STYLE,
    MUST_UNDERSTAND,
    is_within,
    local_name,
    path_of,
)
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Stage
from mockserver.namespaces import SOAP, SOAP_ENCODING

wsi = partial(RULES.rule, stage=Stage.WSI, soa="SOA-03004", requires=("Q30",), judges_outline=True)


@wsi(
    "Q33",
    "No processing instructions",
    source="BP 1.1 R1009",
    advice="Remove it; the XML declaration is not one.",
    essential=True,
)
def no_processing_instructions(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """No processing instruction in the document, before, inside or after the Envelope."""
    root = exchange.document.root
    if root is None:
        return
    around = [*root.itersiblings(preceding=True), *root.itersiblings()]
    for node in (*around, *root.iter(etree.ProcessingInstruction)):
        if isinstance(node, etree._ProcessingInstruction):
            yield Breach(f"processing instruction {node.target[:40]!r}", "document")


@wsi(
    "Q34",
    "No encodingStyle on SOAP elements",
    source="BP 1.1 R1005",
    advice="Document/literal needs no encodingStyle; switch SOAP encoding off.",
)
def no_encoding_style(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """soap:encodingStyle stands on no element of the SOAP namespace."""
    for element in exchange.document.carrying(ENCODING_STYLE):
        if etree.QName(element).namespace == SOAP:
            yield Breach("soap:encodingStyle", path_of(element))


@wsi(
    "Q35",
    "No encodingStyle on the children of Body",
    source="BP 1.1 R1006",
    advice="Document/literal needs no encodingStyle; switch SOAP encoding off.",
)
def no_encoding_style_in_body(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """soap:encodingStyle stands on no child of Body."""
    if exchange.envelope is None:
        return
    for child in exchange.envelope.body_children:
        if ENCODING_STYLE in child.attrib:
            yield Breach("soap:encodingStyle", path_of(child))


@wsi(
    "Q37",
    "Nothing follows Body",
    source="BP 1.1 R1011",
    advice="Move the element into the Header. SOAP's schema would allow it; the profile does not.",
)
def nothing_after_body(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """No element child of Envelope stands after Body."""
    if exchange.envelope is None or exchange.envelope.body is None:
        return
    for sibling in exchange.envelope.body.itersiblings():
        if isinstance(sibling.tag, str) and sibling.tag != BODY:
            yield Breach(f"{local_name(sibling)} stands after Body", path_of(sibling))


@wsi(
    "Q38",
    "The children of Body have a namespace",
    source="BP 1.1 R1014",
    advice="The request element is in the target namespace of the schema.",
)
def body_child_is_qualified(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Every child of Body is in a namespace."""
    if exchange.envelope is None:
        return
    for child in exchange.envelope.body_children:
        if etree.QName(child).namespace is None:
            yield Breach(f"{local_name(child)[:60]} has no namespace", path_of(child))


@wsi(
    "Q39",
    "Body has at most one child",
    source="BP 1.1 R9981, R2712",
    advice="One request per message.",
    essential=True,
)
def one_body_child(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Body has no more than one child element."""
    if exchange.envelope is not None and len(exchange.envelope.body_children) > 1:
        yield Breach(f"{len(exchange.envelope.body_children)} children", "Envelope/Body")


@wsi(
    "Q40",
    "mustUnderstand is 0 or 1",
    source="BP 1.1 R1013",
    advice='Write mustUnderstand="1"; "true" is SOAP 1.2.',
)
def must_understand_value(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """soap:mustUnderstand has the value 0 or 1, without blanks or a sign."""
    for element in exchange.document.carrying(MUST_UNDERSTAND):
        value = element.get(MUST_UNDERSTAND, "")
        if value not in ("0", "1"):
            yield Breach(f"mustUnderstand={value[:20]!r}", path_of(element))


@wsi(
    "Q41",
    "No SOAP attributes on Envelope, Header and Body",
    source="BP 1.1 R1032",
    advice="mustUnderstand and actor belong on header blocks.",
)
def no_soap_attributes(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Envelope, Header and Body carry no attribute of the SOAP namespace."""
    parts = exchange.envelope
    if parts is None:
        return
    for element in (parts.root, *parts.headers, *parts.bodies):
        for name in element.attrib:
            if name.startswith(f"{{{SOAP}}}"):
                yield Breach(f"soap:{etree.QName(name).localname[:40]}", path_of(element))


@wsi(
    "Q44",
    "No arrayType",
    source="BP 1.1 R2113",
    advice="Document/literal has no SOAP arrays.",
)
def no_array_type(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The attribute soapenc:arrayType does not occur in Body."""
    if exchange.envelope is None or exchange.envelope.body is None:
        return
    for element in exchange.document.carrying(f"{{{SOAP_ENCODING}}}arrayType"):
        if is_within(element, exchange.envelope.body):
            yield Breach("soapenc:arrayType", path_of(element))
