"""WS-I Basic Profile 1.1 and Simple SOAP Binding Profile 1.0 of the answers; the form of a fault (rules.md 2; Table 1).

Each case looks at one property in three kinds of answers: a success, a refusal by Table 2, and a fault. A client reads
all three, and stacks build them in different places.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree

from conformance.cases.checks import Check, Finding, Level, Observation, equal, shown
from conformance.cases.expectations import expect_either, expect_system_error, label_of, system_error
from conformance.cases.known import PERSON
from conformance.cases.registry import case
from conformance.client.answer import Fault
from conformance.client.exchange import Client, Exchange
from conformance.client.message import Person, Requester
from conformance.client.parsing import MarkupError, parse
from mockserver.namespaces import SOAP, XML

_UNSEEN: Final = Requester(person_identifier="85123199937", nihii="71999041")
"""Table 2 has a row against this whoever calls: a person may send no Nihii, an institution not this one."""

Property = Callable[[Exchange], Iterator[Finding]]


def _answers(client: Client) -> Iterator[tuple[str, Exchange]]:
    """A success, a refusal by Table 2, and a fault by the schema, each with its name."""
    yield "success", client.generate_covid_id(client.credentials.requester, PERSON)
    yield "refusal", client.generate_covid_id(_UNSEEN, PERSON)
    yield "fault", _fault(client)


def _fault(client: Client) -> Exchange:
    """A fault that an honest client can provoke: no Person, which is mandatory (5.2.1.1)."""
    return client.generate_covid_id(client.credentials.requester, None)


def _of_every_answer(identifier: str, text: str, judge: Property, level: Level = Level.MUST) -> None:
    def steps(client: Client) -> Iterator[Finding]:
        for kind, exchange in _answers(client):
            for finding in judge(exchange):
                if isinstance(finding, Check):
                    yield Check(f"{kind}: {finding.what}", finding.expected, finding.came, finding.held, finding.level)
                else:
                    yield finding

    steps.__doc__ = text
    case(f"answer-{identifier}", clause="5.1.3", level=level)(steps)


def _of_fault(identifier: str, text: str, judge: Property, level: Level = Level.MUST) -> None:
    def steps(client: Client) -> Iterator[Finding]:
        exchange = _fault(client)
        yield Check("answer", "a Fault", exchange.answer.summary(), _root(exchange, f"{{{SOAP}}}Fault") is not None)
        yield from judge(exchange)

    steps.__doc__ = text
    case(f"fault-{identifier}", clause="8", level=level)(steps)


def _root(exchange: Exchange, entry: str | None = None) -> etree._Element | None:
    """The document element of the answer, or the Body's child of this name; None when there is none."""
    try:
        root = parse(exchange.answer.http.body)
    except MarkupError:
        return None
    return root if entry is None else root.find(f"{{{SOAP}}}Body/{entry}")


def _no(what: str, found: int, level: Level | None = None) -> Check:
    return Check(what, "none", str(found) if found else "none", not found, level)


def _status(exchange: Exchange) -> Iterator[Finding]:
    is_fault = b":Fault" in exchange.answer.http.body or b"<Fault" in exchange.answer.http.body
    yield equal("HTTP status", 500 if is_fault else 200, exchange.answer.http.status)


def _content_type(exchange: Exchange) -> Iterator[Finding]:
    http = exchange.answer.http
    values = http.values("Content-Type")
    normal = re.sub(r'[\s"]', "", ",".join(values).lower())
    yield equal("Content-Type", "text/xml;charset=utf-8", normal)


def _encoding(exchange: Exchange) -> Iterator[Finding]:
    body = exchange.answer.http.body
    try:
        body.decode("utf-8")
        came = "UTF-8"
    except UnicodeDecodeError as error:
        came = f"not UTF-8 at byte {error.start}"
    yield equal("octets", "UTF-8", came)
    declared = re.match(rb"""\s*<\?xml[^>]*\bencoding=["']([^"']+)""", body.removeprefix(b"\xef\xbb\xbf"))
    encoding = declared[1].decode("ascii", "replace").upper() if declared else "UTF-8"
    yield equal("declared encoding", "UTF-8", encoding)
    version = re.match(rb"""\s*<\?xml\s+version=["']([^"']+)""", body.removeprefix(b"\xef\xbb\xbf"))
    yield equal("XML version", "1.0", version[1].decode("ascii", "replace") if version else "1.0")


def _length(exchange: Exchange) -> Iterator[Finding]:
    http = exchange.answer.http
    yield Check("answer", "whole", http.broken or "whole", http.broken is None)
    lengths = http.values("Content-Length")
    if lengths:
        yield equal("Content-Length", [str(len(http.body))], lengths)
    else:
        coded = [value.lower() for value in http.values("Transfer-Encoding")]
        yield equal("Transfer-Encoding", ["chunked"], coded)


def _envelope_alone(exchange: Exchange) -> Iterator[Finding]:
    body = exchange.answer.http.body
    root = _root(exchange)
    yield equal("document element", f"{{{SOAP}}}Envelope", None if root is None else root.tag)
    yield Check("last octets", "the end of Envelope", shown(ascii(body[-20:])), body.rstrip().endswith(b"Envelope>"))


def _no_doctype(exchange: Exchange) -> Iterator[Finding]:
    yield _no("document type declaration", exchange.answer.http.body.count(b"<!DOCTYPE"))


def _no_processing_instruction(exchange: Exchange) -> Iterator[Finding]:
    body = exchange.answer.http.body
    yield _no("processing instruction", len(re.findall(rb"<\?(?!xml[\s?])", body)))


def _structure(exchange: Exchange) -> Iterator[Finding]:
    root = _root(exchange)
    names = [] if root is None else [etree.QName(child).text for child in root.iterchildren("*")]
    bodies = [f"{{{SOAP}}}Body"], [f"{{{SOAP}}}Header", f"{{{SOAP}}}Body"]
    yield Check("children of Envelope", "an optional Header and a Body", ", ".join(names), names in bodies)


def _one_entry(exchange: Exchange) -> Iterator[Finding]:
    root = _root(exchange)
    body = None if root is None else root.find(f"{{{SOAP}}}Body")
    names = [] if body is None else [etree.QName(child) for child in body.iterchildren("*")]
    qualified = len(names) == 1 and names[0].namespace is not None
    yield Check("children of Body", "one, with a namespace", ", ".join(name.text for name in names), qualified)


def _no_soap_attributes(exchange: Exchange) -> Iterator[Finding]:
    root = _root(exchange)
    if root is None:
        yield Check("Envelope", "readable", "not readable", held=False)
        return
    outer = [root, *root.iterchildren("*")]
    prefix = f"{{{SOAP}}}"
    found = [name for element in outer for name in element.attrib if str(name).startswith(prefix)]
    found += [name for element in root.iter("*") for name in element.attrib if name == f"{prefix}encodingStyle"]
    yield _no("soap:* attributes and encodingStyle", len(found))


def _must_understand(exchange: Exchange) -> Iterator[Finding]:
    root = _root(exchange)
    values = [] if root is None else [element.get(f"{{{SOAP}}}mustUnderstand") for element in root.iter("*")]
    strange = [value for value in values if value not in (None, "0", "1")]
    yield _no("mustUnderstand other than 0 and 1", len(strange))
    yield _no("header blocks that must be understood", sum(value == "1" for value in values))


def _no_cookie(exchange: Exchange) -> Iterator[Finding]:
    yield _no("Set-Cookie", len(exchange.answer.http.values("Set-Cookie")))


def _no_xml_prefix(exchange: Exchange) -> Iterator[Finding]:
    yield _no("declaration of the prefix xml", exchange.answer.http.body.count(b"xmlns:xml="))


def _date(exchange: Exchange) -> Iterator[Finding]:
    dates = exchange.answer.http.values("Date")
    held = len(dates) == 1 and dates[0].endswith("GMT")
    yield Check("Date", "one, in GMT", shown(", ".join(dates)), held)


_of_every_answer("http-status", "A Fault comes with HTTP 500 (R1126), everything else with 200 (R1111).", _status)
_of_every_answer("content-type", "Content-Type is text/xml with charset utf-8 (R9702, R9703, R1018).", _content_type)
_of_every_answer("encoding", "The octets are UTF-8, and a declaration says so: XML 1.0, UTF-8 (R1012).", _encoding)
_of_every_answer("length", "The answer is as long as Content-Length says, or chunked to its end (R9700).", _length)
_of_every_answer("envelope-alone", "The envelope is all there is, nothing follows it (R9700).", _envelope_alone)
_of_every_answer("no-doctype", "There is no document type declaration (R1008).", _no_doctype)
_of_every_answer("no-processing-instruction", "There is no processing instruction (R1009).", _no_processing_instruction)
_of_every_answer("structure", "Envelope holds an optional Header and one Body; nothing follows (R1011).", _structure)
_of_every_answer("one-entry", "Body holds one element, with a namespace (R1014, R9981).", _one_entry)
_of_every_answer(
    "no-soap-attributes",
    "No attribute of the SOAP namespace on Envelope, Header and Body, no encodingStyle (R1032, R1005, R1006).",
    _no_soap_attributes,
)
_of_every_answer(
    "must-understand",
    "No header block of the answer must be understood: the cookbook names none (R1013, R2738).",
    _must_understand,
)
_of_every_answer("no-cookie", "No cookie is set (R1120, R1121).", _no_cookie, Level.SHOULD)
_of_every_answer("no-xml-prefix", "The prefix xml is not declared (R1033).", _no_xml_prefix, Level.SHOULD)
_of_every_answer("date", "The answer has a Date: connectors compare their clock with it.", _date, Level.SHOULD)


def _fault_element(exchange: Exchange) -> etree._Element | None:
    return _root(exchange, f"{{{SOAP}}}Fault")


def _fault_children(exchange: Exchange) -> Iterator[Finding]:
    fault = _fault_element(exchange)
    names = [] if fault is None else [etree.QName(child).text for child in fault.iterchildren("*")]
    allowed = [name for name in ("faultcode", "faultstring", "faultactor", "detail") if name in names]
    held = names == allowed and {"faultcode", "faultstring", "detail"} <= {*names}
    yield Check("children of Fault", "faultcode, faultstring, detail, all unqualified", ", ".join(names), held)


def _fault_code(exchange: Exchange) -> Iterator[Finding]:
    fault = _fault_element(exchange)
    text = "" if fault is None else fault.findtext("faultcode") or ""
    prefix, colon, _ = text.partition(":")
    declared = fault is not None and bool(colon) and prefix in fault.nsmap
    yield Check("faultcode", "a QName with a declared prefix, without blanks", shown(text), declared)
    content = exchange.answer.content
    resolved = content.faultcode if isinstance(content, Fault) else ""
    yield equal("faultcode", f"{{{SOAP}}}Client", resolved, Level.SHOULD)
    yield _no("dots in faultcode (R1031)", text.count("."), Level.SHOULD)


def _fault_string(exchange: Exchange) -> Iterator[Finding]:
    fault = _fault_element(exchange)
    string = None if fault is None else fault.find("faultstring")
    text = "" if string is None else string.text or ""
    yield Check("faultstring", "a text", shown(text), bool(text.strip()))
    language = None if string is None else string.get(f"{{{XML}}}lang")
    # The schema of SOAP 1.1 refuses it although receivers must accept it (R1016).
    yield equal("xml:lang on faultstring", None, language, Level.SHOULD)


def _system_error(exchange: Exchange) -> Iterator[Finding]:
    content = exchange.answer.content
    error = content.system_error if isinstance(content, Fault) else None
    yield Check("detail", "a SystemError", "one" if error else "none", error is not None)
    if error is None:
        return
    yield Check("SystemError", "valid against the contract", "; ".join(error.violations) or "valid",
                not error.violations)  # fmt: skip
    for name, value in (("Origin", error.origin), ("Code", error.code), ("Message", error.message)):
        yield Check(name, "a value", shown(value), bool(value and value.strip()))
    yield Check("@Id", "a ticket to quote", shown(error.id), bool(error.id), Level.SHOULD)


def _environment(exchange: Exchange) -> Iterator[Finding]:
    content = exchange.answer.content
    error = content.system_error if isinstance(content, Fault) else None
    value = error.environment if error else None
    yield Check("Environment", "a value", shown(value), bool(value))
    yield Check("Environment", "another than Production", shown(value), value != "Production")


_of_fault(
    "children",
    "A Fault holds faultcode, faultstring and detail in this order, unqualified (R1000, R1001).",
    _fault_children,
)
_of_fault(
    "code", "faultcode is a QName in scope (R1004): Client, for the consumer's mistake; no dots (R1031).", _fault_code
)
_of_fault("string", "faultstring is there and has no xml:lang.", _fault_string)
_of_fault(
    "system-error",
    "detail holds a SystemError: Origin, Code and Message unqualified, Environment qualified, as the contract has it.",
    _system_error,
)
_of_fault("environment", "Environment names where it happened, which is not production.", _environment)


@case("fault-ids-differ", clause="8", level=Level.SHOULD)
def fault_ids_differ(client: Client) -> Iterator[Finding]:
    """Two faults carry two tickets: "verify your request", then the service desk asks for the ticket."""
    ids = []
    for _ in range(2):
        content = _fault(client).answer.content
        error = content.system_error if isinstance(content, Fault) else None
        ids.append(error.id if error else None)
        yield Check("@Id", "a value", shown(ids[-1]), bool(ids[-1]))
    yield Check("@Id of the second fault", f"another than {shown(ids[0])}", shown(ids[1]), ids[0] != ids[1])


@case("fault-message-of-table-1", clause="8", level=Level.MUST)
def fault_message(client: Client) -> Iterator[Finding]:
    """The Message of a fault is the description that Table 1 gives the code; more may follow it."""
    exchange = _fault(client)
    yield from expect_system_error(exchange, "SOA-03006")
    content = exchange.answer.content
    message = (content.system_error.message if isinstance(content, Fault) and content.system_error else None) or ""
    yield Check("Message", '"XSD compliance failure" and perhaps more', shown(message),
                message.startswith("XSD compliance failure"))  # fmt: skip


@case("fault-language", clause="8", level=Level.SHOULD)
def fault_language(client: Client) -> Iterator[Finding]:
    """Message says its language: xml:lang is an attribute of eHealth's error schema."""
    exchange = _fault(client)
    fault = _fault_element(exchange)
    name = client.contract.system_error["Message"].name
    message = None if fault is None else fault.find(f"detail/{client.contract.system_error.name}/{name}")
    language = None if message is None else message.get(f"{{{XML}}}lang")
    yield Check("xml:lang", "a language", shown(language), bool(language))


TRIGGERS: Final = {
    "SOA-00001": "Service error",
    "SOA-02001": "Service not available",
    "SOA-02002": "Service temporarily not available",
}
"""Codes of Table 1 that no honest request provokes; with the mock, a LastName equal to the code does."""


def _trigger(code: str, description: str) -> None:
    def steps(client: Client) -> Iterator[Finding]:
        exchange = client.generate_covid_id(client.credentials.requester, Person(code))
        came = label_of(exchange.answer)
        if came != code and came in ("Success", "MSG00008", "SOA-03006"):
            yield Check("answer", "one that Table 1 or 5.2 describes", came, held=True)
            yield Observation(f"a LastName of {code} is a name like another here: it answered {came}")
            return
        yield from expect_either(exchange, system_error(code))

    steps.__doc__ = (
        f"{code}, {description}: the fault of the provider has the form of all others. The mock's extension gives it "
        f"to a LastName of {code}; elsewhere that is a name like another."
    )
    case(f"table-1-{code.lower()}", clause="8", level=Level.MAY, intrusive=True)(steps)


for _code, _description in TRIGGERS.items():
    _trigger(_code, _description)
