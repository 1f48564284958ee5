"""What leaves the house without persons' data, numbers, tokens and signatures.

Nothing is searched for and taken out: what is not known to be harmless goes. Names of elements, codes and instants
stay, so that a reader still sees the form of a message.
"""

import re
from dataclasses import replace
from typing import Final

from lxml import etree

from conformance.cases.checks import Check, Observation
from conformance.client.parsing import MarkupError, parse
from conformance.modes.engine import Result
from conformance.performance.measured import Call
from conformance.reports.exchanges import SavedExchange
from conformance.reports.record import Record
from mockserver.namespaces import DS, SAML, WSSE, WSU

REDACTED: Final = "[redacted]"

_EMPTIED: Final = frozenset({f"{{{SAML}}}Assertion", f"{{{DS}}}Signature", f"{{{WSSE}}}BinarySecurityToken"})
"""Elements of which only the name stays: tokens and signatures."""

_TEXTS: Final = {
    f"{{{WSU}}}Created": re.compile(r"[0-9T:.Z+-]+"),
    f"{{{WSU}}}Expires": re.compile(r"[0-9T:.Z+-]+"),
    "faultcode": re.compile(r"(?:\w+:)?(?:Client|Server|VersionMismatch|MustUnderstand)"),
    "faultstring": re.compile(r"SOA-[0-9]{5}"),
    "Code": re.compile(r"SOA-[0-9]{5}|MSG[0-9]{5}"),
    "Origin": re.compile(r"Consumer|Provider|Server"),
    "Value": re.compile(r"OK|NOK"),
}
"""Texts that stay, by element (by local name where the contract decides the namespace), if they have this form."""

_ATTRIBUTES: Final = {
    "Value": re.compile(r"urn:be:fgov:ehealth:2\.0:status:[A-Za-z]+"),
    "IssueInstant": re.compile(r"[0-9T:.Z+-]+"),
    "mustUnderstand": re.compile(r"[01]"),
}

_FIELDS: Final = frozenset(
    name.lower()
    for name in (
        *("Accept", "Accept-Encoding", "Connection", "Content-Length", "Content-Type", "Date", "Host"),
        *("Server", "SOAPAction", "Transfer-Encoding", "User-Agent"),
    )
)
"""Header fields that stay. From is a person's address."""

_HARMLESS: Final = re.compile(r"SOA-[0-9]{5}|MSG[0-9]{5}|HTTP [0-9]{3}|\b(?:Success|Requester|Responder|NOK|Fault)\b")
"""What stays of words that an endpoint or a client chose."""

_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_LONG_NUMBER: Final = re.compile(r"\d[\d ./-]{4,}\d")
_CODE: Final = re.compile(r"(SOA-\d{5}|MSG\d{5})")


def redacted(record: Record) -> Record:
    """The run without what a person or a machine could be known by. Commands hold paths: they go, too."""
    measured = record.performance
    return replace(
        record,
        endpoint=record.endpoint.partition("?")[0],
        results=[_result(result) for result in record.results],
        commands={},
        performance=None
        if measured is None
        else replace(
            measured,
            calls=[Call(call.seconds, _received(call.trouble)) for call in measured.calls],
            stopped=_received(measured.stopped),
        ),
    )


def _result(result: Result) -> Result:
    return replace(
        result,
        checks=[
            Check(check.what, _ours(check.expected), _received(check.came), check.held, check.level)
            for check in result.checks
        ],
        observations=[Observation(_received(seen.text), seen.review) for seen in result.observations],
        reason=_ours(result.reason),
        answer=_received(result.answer),
        requests=(),
        trace=REDACTED if result.trace else "",
        exchanges=(),
    )


def _received(text: str) -> str:
    """Of words that came from outside, the codes in them."""
    if not text:
        return text
    return ", ".join(dict.fromkeys([*_HARMLESS.findall(text), REDACTED]))


def _ours(text: str) -> str:
    """Our own words, without the values and numbers in them; codes of the tables stay."""
    plain = _QUOTED.sub(REDACTED, text)
    parts = _CODE.split(plain)
    return "".join(part if _CODE.fullmatch(part) else _LONG_NUMBER.sub(REDACTED, part) for part in parts)


def redacted_exchange(exchange: SavedExchange) -> SavedExchange:
    """An exchange of which only the form is left."""
    return SavedExchange(
        request_head=_head(exchange.request_head),
        request=_message(exchange.request),
        answer_head=None if exchange.answer_head is None else _head(exchange.answer_head),
        answer=_message(exchange.answer),
    )


def _head(head: str) -> str:
    first, *lines = head.splitlines()
    fields = [line.partition(":") for line in lines]
    kept = [f"{name}:{value if name.strip().lower() in _FIELDS else f' {REDACTED}'}" for name, _, value in fields]
    return "".join(f"{line}\n" for line in (_first_line(first), *kept))


def _first_line(line: str) -> str:
    """Method and path of a request, version and status of an answer: query and reason are free text."""
    words = line.split(" ")
    return f"{words[0]} {words[1].partition('?')[0]}" if len(words) > 1 else REDACTED


def _message(octets: bytes) -> bytes:
    if not octets:
        return octets
    try:
        root = parse(octets)
    except MarkupError:
        return f"[redacted: {len(octets)} octets that are no XML]".encode()
    for element in list(root.iter()):
        if not isinstance(element.tag, str):
            _drop(element)
        elif element.tag in _EMPTIED:
            for child in list(element):
                element.remove(child)
            element.attrib.clear()
            element.text = REDACTED
    for element in root.iter("*"):
        _empty(element)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _drop(node: etree._Element) -> None:
    """Takes a comment or a processing instruction away, with whatever stood behind it."""
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)
    else:
        node.text = REDACTED


def _empty(element: etree._Element) -> None:
    name = etree.QName(element)
    form = _TEXTS.get(str(element.tag)) or _TEXTS.get(name.localname)
    text = (element.text or "").strip()
    if text and not (form is not None and form.fullmatch(text)):
        element.text = REDACTED
    if (element.tail or "").strip():
        element.tail = REDACTED
    for attribute, value in element.attrib.items():
        allowed = _ATTRIBUTES.get(etree.QName(attribute).localname)
        if allowed is None or not allowed.fullmatch(str(value)):
            element.set(attribute, REDACTED)
