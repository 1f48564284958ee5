"""SOAP 1.1: Envelope, Header, Body, mustUnderstand."""

from collections.abc import Iterator
from functools import partial

from lxml import etree

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.envelope import (
    BODY,
    HEADER,
    MUST_UNDERSTAND,
    SECURITY,
    elements,
    is_addressed_to_us,
    local_name,
    path_of,
)
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Stage
from mockserver.namespaces import SOAP, SOAP_12

soap = partial(RULES.rule, stage=Stage.SOAP, soa="SOA-03002", essential=True, judges_outline=True)


@soap(
    "Q30",
    "The document element is a SOAP 1.1 Envelope",
    source="BP 1.1 R1015; SOAP 1.1 section 4.1.2",
    advice=f"Use the namespace {SOAP}, with its final slash. SOAP 1.2 is not spoken here.",
)
def envelope(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The document element is Envelope in the SOAP 1.1 namespace. Another namespace is a VersionMismatch."""
    parts = exchange.envelope
    if parts is None or parts.is_soap_11:
        return
    namespace = "SOAP 1.2" if parts.root.tag == f"{{{SOAP_12}}}Envelope" else "another name"
    yield Breach(f"the document element is {local_name(parts.root)} ({namespace})", "document element")


@soap(
    "Q31",
    "The Envelope has the structure of SOAP 1.1",
    source="BP 1.1 R9980; SOAP 1.1 section 4",
    advice="Header at most once, then Body exactly once; no text beside them; every header block in a namespace.",
    requires=("Q30",),
)
def structure(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Header? then Body, each once; no text in Envelope, Header or Body beside elements; header blocks are in a
    namespace; no attribute without namespace on Envelope or Header."""
    parts = exchange.envelope
    if parts is None:
        return
    order = [child.tag for child in elements(parts.root)]
    if order.count(HEADER) > 1 or order.count(BODY) > 1:
        yield Breach(f"{order.count(HEADER)} Header and {order.count(BODY)} Body elements", "Envelope")
    elif HEADER in order and BODY in order and order.index(HEADER) > order.index(BODY):
        yield Breach("Header stands after Body", "Envelope")
    elif (HEADER in order or BODY in order) and order[0] not in (HEADER, BODY):
        yield Breach("an element stands before Header or Body", "Envelope")
    elif HEADER in order and BODY in order and order.index(BODY) != 1:
        yield Breach("an element stands between Header and Body", "Envelope")
    for element in (parts.root, parts.header, parts.body):
        if element is None:
            continue
        if _has_text(element):
            yield Breach("character data stands beside the elements", path_of(element))
        if element is not parts.body and any(not name.startswith("{") for name in element.attrib):
            yield Breach("an attribute has no namespace", path_of(element))
    for block in parts.blocks:
        namespace = etree.QName(block).namespace
        if namespace is None:
            yield Breach("a header block has no namespace", path_of(block))
        elif namespace == SOAP:
            yield Breach(
                "a header block is in SOAP's own namespace, which the schema (##other) excludes", path_of(block)
            )


@RULES.rule(
    "B01",
    "There is a Body",
    stage=Stage.BODY,
    source="cookbook Table 1, SOA-03003",
    advice="Put the request into soap:Body; an empty Body is another matter (SOA-03005).",
    soa="SOA-03003",
    requires=("Q30",),
    essential=True,
    judges_outline=True,
)
def has_body(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The Envelope has a Body in the SOAP namespace."""
    if exchange.envelope is not None and exchange.envelope.body is None:
        yield Breach("the Envelope has no Body", "Envelope")


@RULES.rule(
    "Q49",
    "Every header block that must be understood is understood",
    stage=Stage.MUST_UNDERSTAND,
    source="BP 1.1 R1027, R1025; SOAP 1.1 section 4.2.3. The code is reconstructed: Table 1 has none for it",
    advice="Send only wsse:Security with mustUnderstand; WS-Addressing and the like must be optional or absent.",
    soa="SOA-03002",
    requires=("Q30",),
    reconstructed=True,
    judges_outline=True,
)
def must_understand(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """A block with mustUnderstand="1" that is addressed to us is one we know: wsse:Security."""
    if exchange.envelope is None:
        return
    for block in exchange.envelope.blocks:
        if block.get(MUST_UNDERSTAND) == "1" and is_addressed_to_us(block) and block.tag != SECURITY:
            yield Breach("this block is not understood", path_of(block))


def _has_text(element: etree._Element) -> bool:
    texts = [element.text, *(child.tail for child in element)]
    return any(text and text.strip(" \t\r\n") for text in texts)
