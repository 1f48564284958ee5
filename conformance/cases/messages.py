"""Messages that are no message, no SOAP, no WS-I or no request of this service (cookbook 5.1.3 and Table 1).

"Your request must be WS-I compliant." The order in which the platform tests is not published; each message here has
one defect only, and where two codes of Table 1 describe it, both are accepted.
"""

from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree

from conformance.cases.checks import Finding, Level
from conformance.cases.expectations import SUCCESS, expect_either, expect_success, expect_system_error, system_error
from conformance.cases.known import FULL_PERSON, PERSON
from conformance.cases.registry import case
from conformance.client.exchange import Client, Fields
from conformance.client.parts import Change, Parts, removed
from conformance.client.signer import secure_envelope
from mockserver.namespaces import SOAP, SOAP_12, SOAP_ENCODING

Octets = Callable[[bytes], bytes]


def _message_case(
    identifier: str,
    text: str,
    *accepted: str,
    message: Change | None = None,
    octets: Octets | None = None,
    fields: Fields | None = None,
    clause: str = "5.1.3",
    level: Level = Level.MUST,
) -> None:
    """A case that spoils the signed message in one way."""

    def steps(client: Client) -> Iterator[Finding]:
        exchange = client.generate_covid_id(
            client.credentials.requester, FULL_PERSON, message=message, octets=octets, fields=fields
        )
        if accepted == (SUCCESS.label,):
            yield from expect_success(exchange)
        elif len(accepted) == 1:
            yield from expect_system_error(exchange, accepted[0])
        else:
            outcomes = [SUCCESS if code == SUCCESS.label else system_error(code) for code in accepted]
            yield from expect_either(exchange, *outcomes)

    steps.__doc__ = text
    case(identifier, clause=clause, level=level, intrusive=accepted != (SUCCESS.label,))(steps)


def _cut(octets: bytes) -> bytes:
    return octets[: len(octets) // 2]


def _with_bad_utf_8(octets: bytes) -> bytes:
    return octets.replace("Jérôme".encode(), "Jérôme".encode("iso-8859-1"))


def _unescaped(octets: bytes) -> bytes:
    return octets.replace(b"COVID_LASTNAME_TEST", b"COVID & TEST")


def _soap_12(octets: bytes) -> bytes:
    return octets.replace(SOAP.encode(), SOAP_12.encode())


def _no_envelope(octets: bytes) -> bytes:
    return etree.tostring(Parts.of(octets).operation, encoding="UTF-8")


def _unknown_envelope(octets: bytes) -> bytes:
    return octets.replace(SOAP.encode(), b"http://schemas.xmlsoap.org/soap/envelope")


def _two_bodies(parts: Parts) -> None:
    parts.root.append(etree.fromstring(etree.tostring(parts.body)))


def _header_last(parts: Parts) -> None:
    parts.root.append(parts.header)


def _text_in_envelope(parts: Parts) -> None:
    parts.header.tail = "text"


def _block(parts: Parts, must_understand: str | None) -> None:
    block = etree.SubElement(parts.header, "{urn:be:example:unknown}Block")
    if must_understand is not None:
        block.set(f"{{{SOAP}}}mustUnderstand", must_understand)


def _trailer(parts: Parts) -> None:
    etree.SubElement(parts.root, "{urn:be:example:unknown}Trailer")


def _encoding_style(element: Callable[[Parts], etree._Element]) -> Change:
    return lambda parts: element(parts).set(f"{{{SOAP}}}encodingStyle", SOAP_ENCODING)


def _processing_instruction(parts: Parts) -> None:
    parts.header.insert(0, etree.ProcessingInstruction("hello", "world"))


MALFORMED: Final = "SOA-03001"
NO_SOAP: Final = "SOA-03002"
NO_BODY: Final = "SOA-03003"
WS_I: Final = "SOA-03004"

_message_case("message-cut", "The message ends in the middle: SOA-03001.", MALFORMED, octets=_cut, clause="8")
_message_case("message-empty", "There is no message at all: SOA-03001.", MALFORMED, octets=lambda _: b"", clause="8")
_message_case(
    "message-not-xml",
    "The message is JSON under the name of XML: SOA-03001.",
    MALFORMED,
    octets=lambda _: b'{"LastName": "COVID_LASTNAME_TEST"}',
    clause="8",
)
_message_case(
    "message-unescaped", "An ampersand stands unescaped: SOA-03001.", MALFORMED, octets=_unescaped, clause="8"
)
_message_case(
    "message-not-utf-8",
    "Accented names are sent in ISO 8859-1 under the name of UTF-8: SOA-03001, or SOA-03004 (R1012).",
    MALFORMED,
    WS_I,
    octets=_with_bad_utf_8,
    clause="8",
)
_message_case(
    "message-undeclared-prefix",
    "A prefix is not declared: SOA-03001.",
    MALFORMED,
    octets=lambda octets: octets.replace(b"</wsse:Security>", b"<undeclared:x/></wsse:Security>"),
    clause="8",
)
_message_case(
    "soap-no-envelope",
    "The request stands there without an envelope: SOA-03002 (R1015).",
    NO_SOAP,
    octets=_no_envelope,
    clause="8",
)
_message_case(
    "soap-1-2", "The envelope is one of SOAP 1.2: SOA-03002 (R1015, R2725).", NO_SOAP, octets=_soap_12, clause="8"
)
_message_case(
    "soap-unknown-namespace",
    "The envelope's namespace lacks its last slash: SOA-03002 (R1015).",
    NO_SOAP,
    octets=_unknown_envelope,
    clause="8",
)
_message_case("soap-two-bodies", "There are two Bodies: SOA-03002.", NO_SOAP, message=_two_bodies, clause="8")
_message_case(
    "soap-header-last",
    "Header stands behind Body: SOA-03002, or SOA-03004 (R1011).",
    NO_SOAP,
    WS_I,
    message=_header_last,
    clause="8",
)
_message_case("soap-text", "Text stands in the Envelope: SOA-03002.", NO_SOAP, message=_text_in_envelope, clause="8")
_message_case(
    "soap-not-understood",
    "A header block of another kind must be understood: SOA-03002, for Table 1 has no code of its own (R1027).",
    NO_SOAP,
    message=lambda parts: _block(parts, "1"),
    clause="8",
)
_message_case(
    "soap-no-body", "There is no Body: SOA-03003.", NO_BODY, message=lambda parts: removed(parts.body), clause="8"
)
_message_case(
    "wsi-doctype",
    "The message has a document type declaration: SOA-03004 (R1008).",
    WS_I,
    octets=lambda octets: b"<!DOCTYPE Envelope>" + octets,
)
_message_case(
    "wsi-processing-instruction",
    "The message has a processing instruction: SOA-03004 (R1009).",
    WS_I,
    message=_processing_instruction,
)
_message_case("wsi-trailer", "An element follows Body: SOA-03004 (R1011).", WS_I, message=_trailer)
_message_case(
    "wsi-encoding-style-body",
    "Body has an encodingStyle: SOA-03004 (R1005).",
    WS_I,
    message=_encoding_style(lambda parts: parts.body),
)
_message_case(
    "wsi-encoding-style-request",
    "The request element has an encodingStyle: SOA-03004 (R1006).",
    WS_I,
    message=_encoding_style(lambda parts: parts.operation),
)
_message_case(
    "wsi-must-understand-true",
    'mustUnderstand is "true", as SOAP 1.2 writes it: SOA-03004 (R1013).',
    WS_I,
    message=lambda parts: parts.security.set(f"{{{SOAP}}}mustUnderstand", "true"),
)
_message_case(
    "wsi-soap-attribute-on-body",
    "Body has an attribute of the SOAP namespace: SOA-03004 (R1032).",
    WS_I,
    message=lambda parts: parts.body.set(f"{{{SOAP}}}mustUnderstand", "1"),
)
_message_case(
    "wsi-soap-action-other",
    "SOAPAction is that of another operation: SOA-03004 (R2744).",
    WS_I,
    fields={"SOAPAction": ['"urn:be:example:unknown:protocol:v1:Other"']},
)
_message_case("wsi-soap-action-absent", "There is no SOAPAction: SOA-03004 (R2744).", WS_I, fields={"SOAPAction": []})
_message_case("wsi-soap-action-empty", 'SOAPAction is "": SOA-03004 (R2744).', WS_I, fields={"SOAPAction": ['""']})
_message_case(
    "wsi-charset-other",
    "The charset says ISO 8859-1, the octets are UTF-8: SOA-03004 or SOA-03001, or SOA-01001 where the receiver reads "
    "what the charset says and digests that (R1018).",
    WS_I,
    MALFORMED,
    "SOA-01001",
    fields={"Content-Type": ["text/xml; charset=iso-8859-1"]},
)
_message_case(
    "wsi-byte-order-mark",
    "A byte order mark stands in front: receivers must accept it (R4001).",
    "Success",
    octets=lambda octets: b"\xef\xbb\xbf" + octets,
)
_message_case(
    "wsi-xml-declaration",
    "An XML declaration stands in front: receivers must accept it (R1010).",
    "Success",
    octets=lambda octets: b'<?xml version="1.0" encoding="UTF-8"?>\n' + octets,
)
_message_case(
    "wsi-charset-quoted",
    "The charset stands in quotes and capitals: the same value (RFC 9110, 8.3.1).",
    "Success",
    fields={"Content-Type": ['Text/XML; Charset="UTF-8"']},
)
_message_case(
    "wsi-utf-16",
    "The message is in UTF-16 with its byte order mark: R1012 lets a sender choose it.",
    "Success",
    WS_I,
    level=Level.MAY,
    octets=lambda octets: octets.decode().encode("utf-16"),
    fields={"Content-Type": ["text/xml; charset=utf-16"]},
)
_message_case(
    "wsi-other-header-block",
    "A header block that need not be understood is ignored (R2739).",
    "Success",
    message=lambda parts: _block(parts, None),
)
_message_case(
    "wsi-blanks-around",
    "White space stands around the message's outer elements: it is no part of anything.",
    "Success",
    octets=lambda octets: octets.replace(b"<SOAP-ENV:Header>", b"\n  <SOAP-ENV:Header>") + b"\n",
)


@case("wsi-soap-action-unquoted", clause="5.1.3", level=Level.MAY, intrusive=True)
def soap_action_unquoted(client: Client) -> Iterator[Finding]:
    """SOAPAction without quotes: the sender breaks R1109, the receiver may refuse (R1119): SOA-03004, or a success."""
    fields = {"SOAPAction": [client.contract.soap_action]}
    exchange = client.generate_covid_id(client.credentials.requester, PERSON, fields=fields)
    yield from expect_either(exchange, system_error(WS_I), SUCCESS)


@case("wsdl-unknown-operation", clause="8", level=Level.MUST, intrusive=True)
def unknown_operation(client: Client) -> Iterator[Finding]:
    """Body holds a request of another name: SOA-03005."""

    def change(request: etree._Element) -> None:
        request.tag = f"{client.contract.request.name}Unknown"

    exchange = client.generate_covid_id(client.credentials.requester, PERSON, business=change)
    yield from expect_system_error(exchange, "SOA-03005")


@case("wsdl-empty-body", clause="8", level=Level.MUST, intrusive=True)
def empty_body(client: Client) -> Iterator[Finding]:
    """Body is there, signed, and empty: SOA-03005, not SOA-03003."""
    message = secure_envelope(None, client.credentials, now=client.now())
    yield from expect_system_error(client.post(message), "SOA-03005")
