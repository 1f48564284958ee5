"""XML: characters, the prolog, well-formedness, and what one document may cost."""

from collections.abc import Iterator
from functools import partial

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.document import Trouble
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Level, Severity, Stage

malformed = partial(RULES.rule, stage=Stage.XML, soa="SOA-03001")
wsi = partial(RULES.rule, stage=Stage.WSI, soa="SOA-03004")


@RULES.rule(
    "Q32",
    "No document type declaration",
    stage=Stage.DOCTYPE,
    source="BP 1.1 R1008",
    advice="Remove the DOCTYPE. SOAP forbids it, and with it come entity attacks.",
    soa="SOA-03004",
    essential=True,
    judges_outline=True,
)
def no_doctype(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """No `<!DOCTYPE` in the prolog, not even an empty one. It is found before any parser could expand an entity."""
    if exchange.prolog.doctype_at is not None:
        yield Breach(f"a DOCTYPE at character {exchange.prolog.doctype_at}", "prolog")


@malformed(
    "Q16-bytes",
    "The bytes are characters of the encoding",
    source="Simple SOAP Binding Profile 1.0 R1012; cookbook Table 1, SOA-03001",
    advice="Write the message in the encoding that Content-Type names. The usual slip: bytes of the system's own "
    "code page sent as UTF-8, which names such as Zoë reveal.",
    essential=True,
    judges_outline=True,
)
def decodable(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The body is valid in its encoding: no overlong forms, surrogates or stray bytes."""
    if exchange.encoding.problem is not None:
        yield Breach(exchange.encoding.problem, "body")


@malformed(
    "Q20",
    "The document is well formed",
    source="Simple SOAP Binding Profile 1.0 R9701; BP 1.1 BP1601; cookbook Table 1, SOA-03001",
    advice="Let an XML library write the document, and send nothing before or after it.",
    essential=True,
)
def well_formed(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The body is one namespace-well-formed XML document with nothing but white space after it."""
    document = exchange.document
    if document.trouble is Trouble.NOT_WELL_FORMED:
        yield Breach(document.detail, "body")


@malformed(
    "I11",
    "The document keeps the limits",
    source="reconstructed: rules I11 (depth, nodes, attributes and namespace declarations)",
    advice="An ordinary request has about a hundred nodes and is nested ten deep. Limits are settings of the mock.",
    level=Level.HARDENING,
    essential=True,
    reconstructed=True,
    judges_outline=True,
)
def keeps_limits(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Depth, number of nodes, attributes and namespace declarations per element are bounded."""
    document = exchange.document
    if document.trouble is Trouble.LIMIT:
        yield Breach(document.detail, "body")


@wsi(
    "Q15",
    "The charset parameter names the encoding",
    source="Simple SOAP Binding Profile 1.0 R1018",
    advice="Send Content-Type: text/xml; charset=utf-8.",
    judges_head=True,
)
def charset_is_given(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Content-Type has a charset parameter."""
    if exchange.encoding.charset is None and len(exchange.request.values("Content-Type")) == 1:
        yield Breach("there is no charset parameter", "Content-Type")


@wsi(
    "Q16",
    "The encoding is UTF-8 or UTF-16",
    source="Simple SOAP Binding Profile 1.0 R1012",
    advice="Write the message in UTF-8 and say so.",
    essential=True,
    judges_outline=True,
)
def encoding_is_allowed(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The charset (or, without one, the BOM or the XML declaration) is UTF-8, or UTF-16 whose byte order is known."""
    encoding = exchange.encoding
    if encoding.codec is None:
        yield Breach(
            f"{(encoding.charset or encoding.declared or '')[:40]!r} is not UTF-8 or UTF-16 with a BOM",
            "body",
        )


@wsi(
    "Q19",
    "A byte order mark agrees with the charset",
    source="Simple SOAP Binding Profile 1.0 R4001, R1018",
    advice="Leave the BOM out, or name the encoding it stands for.",
    judges_outline=True,
)
def bom_agrees(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """A BOM is accepted if it stands for the encoding that the charset parameter names."""
    encoding = exchange.encoding
    if encoding.bom is not None and encoding.codec is not None and encoding.bom != encoding.codec:
        yield Breach(f"the BOM says {encoding.bom}, the charset {encoding.charset}", "body")


@wsi(
    "Q20-version",
    "The XML version is 1.0",
    source="Simple SOAP Binding Profile 1.0 R9701",
    advice='Write <?xml version="1.0" encoding="UTF-8"?> or no declaration.',
    judges_outline=True,
)
def xml_version(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """A declared version is 1.0. libxml2 would let 1.1 pass, whose white space and control characters differ."""
    if exchange.encoding.version not in (None, "1.0"):
        yield Breach(f"version {exchange.encoding.version[:8]!r}", "XML declaration")


@wsi(
    "Q17",
    "The XML declaration agrees with the charset",
    source="Simple SOAP Binding Profile 1.0 R1018, R1019",
    advice="Make the encoding of the XML declaration that of the charset parameter, or leave it out.",
    severity=Severity.WARN,
    judges_outline=True,
)
def declaration_agrees(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The encoding of the XML declaration is that of the bytes. A receiver ignores it where HTTP names another."""
    encoding = exchange.encoding
    if encoding.declared is not None and encoding.codec is not None and not encoding.declaration_agrees:
        yield Breach(
            f"the declaration says {encoding.declared[:40]!r}, the body is {encoding.codec}",
            "XML declaration",
        )


@wsi(
    "Q42",
    "The prefix xml is not declared",
    source="BP 1.1 R1033",
    advice="Leave xmlns:xml out; the prefix is bound by definition.",
    level=Level.SHOULD,
    judges_outline=True,
)
def xml_prefix_is_not_declared(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """No element declares xmlns:xml."""
    if exchange.document.declares_xml_prefix:
        yield Breach("xmlns:xml is declared", "envelope")
