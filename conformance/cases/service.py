"""The service over HTTP: its description and what HTTP alone refuses (cookbook 5.1.3, 5.2; WS-I R1113 to R1132)."""

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from lxml import etree

from conformance.cases.checks import Check, Finding, Level, equal, shown
from conformance.cases.expectations import expect_success
from conformance.cases.known import PERSON
from conformance.cases.registry import case
from conformance.client.exchange import Client, Exchange
from conformance.client.parsing import MarkupError, parse
from mockserver.namespaces import SOAP, WSDL, WSDL_SOAP, XSD


def _document(exchange: Exchange) -> Iterator[Check]:
    http = exchange.answer.http
    yield equal("HTTP status", 200, http.status)
    media = [value.partition(";")[0].strip().lower() for value in http.values("Content-Type")]
    yield Check("Content-Type", "text/xml", shown(", ".join(media)), media in (["text/xml"], ["application/xml"]))


def _parsed(exchange: Exchange) -> etree._Element | None:
    try:
        return parse(exchange.answer.http.body)
    except MarkupError:
        return None


@case("wsdl-served", clause="5.2", level=Level.MUST)
def wsdl_served(client: Client) -> Iterator[Finding]:
    """GET ?wsdl gives the description: authorised consumers get it (R0001), with the operation and an address."""
    exchange = client.ask("GET", query="wsdl")
    yield from _document(exchange)
    root = _parsed(exchange)
    yield equal("document element", f"{{{WSDL}}}definitions", None if root is None else root.tag)
    if root is None:
        return
    operations = {operation.get("name") for operation in root.iterfind(f"{{{WSDL}}}portType/{{{WSDL}}}operation")}
    yield equal("operations", {client.contract.operation}, operations)
    actions = {operation.get("soapAction") for operation in root.iter(f"{{{WSDL_SOAP}}}operation")}
    yield equal("soapAction", {client.contract.soap_action}, actions)
    addresses = [address.get("location", "") for address in root.iter(f"{{{WSDL_SOAP}}}address")]
    plain = all(urlsplit(address).scheme in ("http", "https") for address in addresses)
    yield Check("soap:address", "an http or https URL", shown(", ".join(addresses)), bool(addresses) and plain)


@case("wsdl-schemas-served", clause="5.2", level=Level.MUST)
def schemas_served(client: Client) -> Iterator[Finding]:
    """Every schema that the served description imports can be had from the same server (R0001, R2009)."""
    root = _parsed(client.ask("GET", query="wsdl"))
    imports = [] if root is None else list(root.iter(f"{{{XSD}}}import"))
    locations = {element.get("schemaLocation", "") for element in imports}
    yield Check("imported schemas", "at least one", str(len(locations)), bool(locations))
    for location in sorted(locations):
        exchange = client.ask("GET", query=urlsplit(location).query)
        yield from _document(exchange)
        schema = _parsed(exchange)
        yield equal(location, f"{{{XSD}}}schema", None if schema is None else schema.tag)


def _refused_by_http(exchange: Exchange, status: int) -> Iterator[Finding]:
    """A refusal without an envelope is 4xx (R1125), and should be the status that says why."""
    http = exchange.answer.http
    came = http.status or 0
    yield Check("HTTP status", "4xx (R1125)", shown(http.status), 400 <= came <= 499)
    yield equal("HTTP status", status, http.status, Level.SHOULD)
    yield Check("body", "no envelope", f"{len(http.body)} bytes", SOAP.encode() not in http.body)


@case("http-get", clause="5.1.3", level=Level.MUST, intrusive=True)
def get(client: Client) -> Iterator[Finding]:
    """GET without a question is refused: a SOAP request is POSTed (R1132), 405 with Allow (R1114)."""
    exchange = client.ask("GET")
    yield from _refused_by_http(exchange, 405)
    allow = exchange.answer.http.values("Allow")
    yield Check("Allow", "POST among them", shown(", ".join(allow)), "POST" in ",".join(allow), Level.SHOULD)


@case("http-put", clause="5.1.3", level=Level.MUST, intrusive=True)
def put(client: Client) -> Iterator[Finding]:
    """PUT is refused: 405 (R1114)."""
    yield from _refused_by_http(client.ask("PUT"), 405)


@case("http-delete", clause="5.1.3", level=Level.MUST, intrusive=True)
def delete(client: Client) -> Iterator[Finding]:
    """DELETE is refused: 405 (R1114)."""
    yield from _refused_by_http(client.ask("DELETE"), 405)


MEDIA_TYPES: Final[dict[str, tuple[str, Sequence[str]]]] = {
    "soap-1-2": ("that of SOAP 1.2", ["application/soap+xml; charset=utf-8"]),
    "xml": ("application/xml", ["application/xml; charset=utf-8"]),
    "json": ("that of JSON", ["application/json"]),
    "multipart": ("multipart, for messages with attachments", ['multipart/related; boundary="b"; type="text/xml"']),
    "absent": ("left out", []),
}
"""By end of the id: the media type in words, and the values of Content-Type."""


def _media_type(name: str, what: str, values: Sequence[str]) -> None:
    def steps(client: Client) -> Iterator[Finding]:
        exchange = client.generate_covid_id(client.credentials.requester, PERSON, fields={"Content-Type": values})
        yield from _refused_by_http(exchange, 415)

    steps.__doc__ = f"The media type is {what}: 415 (R1115). SOAP 1.1 travels as text/xml."
    case(f"http-media-type-{name}", clause="5.1.3", level=Level.MUST, intrusive=True)(steps)


for _name, (_what, _values) in MEDIA_TYPES.items():
    _media_type(_name, _what, _values)


@case("http-options", clause="6.2", level=Level.SHOULD)
def options(client: Client) -> Iterator[Finding]:
    """OPTIONS is answered with a Date: connectors measure the drift of their clock with it (wire-facts.md C7)."""
    http = client.ask("OPTIONS").answer.http
    yield equal("HTTP status", 200, http.status)
    yield Check("Date", "one", shown(", ".join(http.values("Date"))), len(http.values("Date")) == 1)


@case("http-cookie", clause="5.1.3", level=Level.MUST)
def cookie(client: Client) -> Iterator[Finding]:
    """A cookie changes nothing: it is neither required nor understood as anything (R1120 to R1123)."""
    yield from expect_success(
        client.generate_covid_id(client.credentials.requester, PERSON, fields={"Cookie": ["session=unknown"]})
    )


@case("http-other-fields", clause="5.1.3", level=Level.MUST)
def other_fields(client: Client) -> Iterator[Finding]:
    """Unknown header fields and an Accept of everything are no reason to refuse."""
    fields = {"X-Unknown": ["1"], "Accept": ["*/*"], "Pragma": ["no-cache"]}
    yield from expect_success(client.generate_covid_id(client.credentials.requester, PERSON, fields=fields))
