"""HTTP: what is answered without an envelope (WS-I Basic Profile 1.1, section 3.4; `rules.md` 1.1).

The listener (`mockserver.http`) refuses such requests before the gateway sees them, and asks the same functions. The
rules stand here for the catalogue, for the journal's words, and for `mockserver check --headers`.
"""

from collections.abc import Callable, Iterator
from functools import partial

from mockserver.gateway.exchange import HTTP_EXTENSION_FIELDS, Exchange
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Check, Level, Severity, Stage
from mockserver.http.admission import check_media_type, check_method
from mockserver.http.body import content_coding
from mockserver.http.refusal import Refusal

http = partial(RULES.rule, stage=Stage.HTTP)
rule = partial(http, judges_head=True)


def _by_parser(rule_id: str, text: str) -> Check:
    """A rule that the HTTP parser judges: it breaks where the parser refused under that id."""
    check = partial(_refused_by_parser, rule_id)
    check.__doc__ = text
    return check


def _refused_by_parser(rule_id: str, exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    refusal = exchange.request.refusal
    if refusal is not None and refusal.rule == rule_id:
        yield Breach(refusal.detail, "HTTP head")


http(
    "Q10",
    "The HTTP request is well formed",
    source="BP 1.1 R1113; RFC 9112 sections 3, 5 and 6",
    advice="Let an HTTP library write the request. Content-Length together with Transfer-Encoding, or one field twice "
    "with different values, is how requests are smuggled past a proxy.",
    level=Level.SHOULD,
    severity=Severity.REJECT,
    http=400,
)(
    _by_parser(
        "Q10",
        "A malformed HTTP request gets 400: a bad request line, field name or value, a missing or repeated Host, "
        "Content-Length repeated, not a number, or together with Transfer-Encoding, broken chunks, a cut body.",
    )
)

http(
    "Q11",
    "The HTTP request is within bounds, and goes where the service is",
    source="BP 1.1 R1125: what is wrong with the format of a request gets 4xx and no envelope",
    advice="Send POST to the endpoint's path, a head of at most 32 KiB, a body of at most 1 MiB, and no Expect but "
    "100-continue.",
    http=(404, 408, 413, 414, 417, 431),
)(
    _by_parser(
        "Q11",
        "404 for another path, 408 for one that takes too long, 413, 414 and 431 for one that is too large, 417 for an "
        "expectation that cannot be met.",
    )
)

http(
    "Q03",
    "The version is HTTP/1.0 or HTTP/1.1",
    source="BP 1.1 R1141; the status from RFC 9110 section 15.6.6",
    advice="Switch HTTP/2 off for this call.",
    http=505,
)(_by_parser("Q03", "Messages travel over HTTP/1.1 or HTTP/1.0."))


@rule(
    "Q01",
    "The method is POST",
    source="BP 1.1 R1132, R1114",
    advice="Send the envelope with POST. GET serves the contract at ?wsdl only.",
    http=405,
)
def method_is_post(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """A SOAP request uses POST, written in capitals."""
    yield from _refused(lambda: check_method(exchange.request.method), "request line")


@rule(
    "Q12",
    "The media type is text/xml",
    source="BP 1.1 R1115; Simple SOAP Binding Profile 1.0 R9702, R9703, R9700",
    advice="Send Content-Type: text/xml; charset=utf-8. application/soap+xml is SOAP 1.2; multipart/related means MTOM "
    "or attachments, which this service does not take.",
    level=Level.SHOULD,
    severity=Severity.REJECT,
    http=415,
)
def media_type(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Exactly one Content-Type, and its media type is text/xml."""
    yield from _refused(lambda: check_media_type(exchange.request.values("Content-Type")), "Content-Type")


@rule(
    "Q24",
    "The content coding is one the server knows",
    source="BP 1.1 E0010, E0011; RFC 9110 section 15.5.16",
    advice="Send the body plain, or with Content-Encoding: gzip.",
    level=Level.SHOULD,
    severity=Severity.REJECT,
    http=(415, 400),
)
def known_content_coding(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Content-Encoding is absent, identity, gzip or deflate (415); Transfer-Encoding is absent or chunked (400)."""
    yield from _refused(lambda: content_coding(exchange.request.values("Content-Encoding")), "Content-Encoding")


@rule(
    "Q04",
    "The version should be HTTP/1.1",
    source="BP 1.1 R1140",
    advice="Use HTTP/1.1.",
    level=Level.SHOULD,
    http=400,
)
def http_11(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Messages should be sent with HTTP/1.1."""
    if exchange.request.version == "1.0":
        yield Breach("HTTP/1.0", "request line")


@rule(
    "Q25",
    "Other HTTP extensions are noted",
    source="BP 1.1 E0007, E0008, E0012",
    advice="Nothing: this service asks for no HTTP authentication and no upgrade.",
    level=Level.MAY,
    severity=Severity.INFO,
    http=400,
)
def http_extensions(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Authorization and Upgrade are extensibility points of the profile: they change nothing here."""
    for name in ("Authorization", "Upgrade"):
        if exchange.request.values(name):
            yield Breach("has no meaning for this service", name)


wsi_rule = partial(RULES.rule, stage=Stage.WSI, judges_head=True, soa="SOA-03004")


@wsi_rule(
    "Q02",
    "The HTTP Extension Framework is not used",
    source="BP 1.1 R1108 (RFC 2774)",
    advice="Send a plain POST without Man, Opt or Ext fields.",
)
def no_extension_framework(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """None of the fields Man, C-Man, Opt, C-Opt, Ext, C-Ext. The method M-POST gets 405 without an envelope."""
    for name, _ in exchange.request.fields:
        if name.lower() in HTTP_EXTENSION_FIELDS:
            yield Breach("belongs to the HTTP Extension Framework", name)


@wsi_rule(
    "Q05",
    "SOAPAction is a quoted string",
    source="BP 1.1 R1109; R1119 lets a receiver refuse",
    advice='Put the value between double quotes: SOAPAction: "urn:...". Connectors before 3.18 sent it bare.',
)
def soap_action_is_quoted(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The value of SOAPAction begins and ends with a double quote and holds none in between."""
    for value in exchange.request.values("SOAPAction"):
        if _quoted(value) is None:
            yield Breach("the value is not a quoted string", "SOAPAction")


@wsi_rule(
    "Q06",
    "SOAPAction is that of the WSDL",
    source="BP 1.1 R2744, R2745",
    advice="Send one field SOAPAction with the soapAction of the binding operation from the WSDL, byte for byte.",
)
def soap_action_matches(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Exactly one SOAPAction field; its content is the soapAction of the binding, or empty if there is none."""
    values = exchange.request.values("SOAPAction")
    if not values:
        yield Breach("the field SOAPAction is missing", "SOAPAction")
        return
    if len(values) > 1:
        yield Breach(f"{len(values)} SOAPAction fields instead of one", "SOAPAction")
        return
    action = _quoted(values[0])
    said = values[0].decode("latin-1") if action is None else action
    if said not in exchange.soap_actions:
        expected = " or ".join(repr(action) for action in exchange.soap_actions)
        yield Breach(f"{said[:200]!r} instead of {expected}", "SOAPAction")


def _quoted(value: bytes) -> str | None:
    text = value.decode("latin-1")
    if len(text) < 2 or text[0] != '"' or text[-1] != '"' or '"' in text[1:-1]:
        return None
    return text[1:-1]


def _refused(ask: Callable[[], object], where: str) -> Iterator[Breach]:
    """The refusal of the listener's own function as a breach."""
    try:
        ask()
    except Refusal as refusal:
        yield Breach(refusal.detail, where)
