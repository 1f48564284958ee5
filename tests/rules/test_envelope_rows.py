"""WS-I Basic Profile 1.1 on the envelope of a request: rows Q30 to Q54, sent over HTTP.

Where the change touches what is signed, the holder signs again: only the rule of the row may refuse.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest
from lxml import etree

from mockserver.namespaces import SOAP, SOAP_12, SOAP_ENCODING, SOAP_NEXT, WSDL, WSDL_SOAP, WSSE, XSI
from tests.conftest import Mock, Reply
from tests.forge import Forge, duplicate
from tests.rules.coverage import Elsewhere, missing_rows, missing_tests, rows_of

ROWS: Final = rows_of("1.2")
BOUNDARIES: Final = list("abcdefg")

ACTOR: Final = f"{{{SOAP}}}actor"
MUST_UNDERSTAND: Final = f"{{{SOAP}}}mustUnderstand"
ENCODING_STYLE: Final = f"{{{SOAP}}}encodingStyle"
FOREIGN: Final = "{urn:example}Block"

Part = Callable[[Forge], etree._Element]
Change = Callable[[Forge], object]


@dataclass(frozen=True)
class Row:
    """One message. The rules are all that refuse, or warn; those behind the first follow from the same change."""

    id: str
    case: str
    change: Change
    rules: tuple[str, ...] = ()
    soa: str | None = None
    faultcode: str = "Client"
    warns: tuple[str, ...] = ()
    signed_again: bool = False
    as_bytes: Callable[[bytes], bytes] = lambda octets: octets
    """For what no tree can hold."""

    def posted_to(self, mock: Mock) -> Reply:
        forge = mock.forge()
        self.change(forge)
        if self.signed_again:
            forge.sign()
        return mock.post(self.as_bytes(forge.octets()))


def root(forge: Forge) -> etree._Element:
    return forge.root


def header(forge: Forge) -> etree._Element:
    return forge.header


def body(forge: Forge) -> etree._Element:
    return forge.body


def operation(forge: Forge) -> etree._Element:
    return forge.operation


def security(forge: Forge) -> etree._Element:
    return forge.security


def last_name(forge: Forge) -> etree._Element:
    (found,) = forge.operation.xpath(".//*[local-name() = 'LastName']")
    assert isinstance(found, etree._Element)
    return found


def nothing(forge: Forge) -> None:
    """Leave the message as it is."""


def setting(part: Part, name: str, value: str) -> Change:
    return lambda forge: part(forge).set(name, value)


def writing(part: Part, text: str) -> Change:
    """Put text before the first child of a part."""

    def change(forge: Forge) -> None:
        part(forge).text = text

    return change


def adding(part: Part, element: str | etree._Element, **attributes: str) -> Change:
    """Add an element, or a comment or processing instruction, at the end of a part."""

    def change(forge: Forge) -> None:
        child = etree.Element(element) if isinstance(element, str) else duplicate(element)
        for name, value in attributes.items():
            child.set({"actor": ACTOR, "understand": MUST_UNDERSTAND}[name], value)
        part(forge).append(child)

    return change


def renaming(part: Part, tag: str) -> Change:
    def change(forge: Forge) -> None:
        part(forge).tag = tag

    return change


def both(*changes: Change) -> Change:
    def change(forge: Forge) -> None:
        for each in changes:
            each(forge)

    return change


def replacing(old: str, new: str) -> Callable[[bytes], bytes]:
    def change(octets: bytes) -> bytes:
        assert old.encode() in octets
        return octets.replace(old.encode(), new.encode())

    return change


def refused(row: str, case: str, soa: str, rules: tuple[str, ...], change: Change, **options: object) -> Row:
    return Row(row, case, change, rules, f"SOA-{soa}", **options)  # type: ignore[arg-type]


def other_version(namespace: str) -> Row:
    return refused("Q30", f"namespace {namespace!r}", "03002", ("Q30",), nothing, faultcode="VersionMismatch",
                   as_bytes=replacing(f'"{SOAP}"', f'"{namespace}"'))  # fmt: skip


def without_namespace(octets: bytes) -> bytes:
    return octets.replace(f' xmlns:SOAP-ENV="{SOAP}"'.encode(), b"").replace(b"SOAP-ENV:", b"")


def empty_body(forge: Forge) -> None:
    forge.body.remove(forge.operation)


def response_element(forge: Forge) -> None:
    forge.operation.tag = str(forge.operation.tag).replace("Request", "Response")


def second_body(forge: Forge) -> None:
    forge.body.addnext(etree.Element(f"{{{SOAP}}}Body"))


def fault_in_body(forge: Forge) -> None:
    fault = etree.Element(f"{{{SOAP}}}Fault")
    etree.SubElement(fault, "faultcode").text = "SOAP-ENV:Client"
    etree.SubElement(fault, "faultstring").text = "not an operation"
    forge.body.replace(forge.operation, fault)


INSTRUCTION: Final = etree.ProcessingInstruction("xml-stylesheet", 'href="x"')

ENVELOPE: Final = [
    other_version(SOAP_12),
    other_version(SOAP.replace("http:", "https:")),
    other_version(SOAP.removesuffix("/")),
    refused("Q30", "no namespace", "03002", ("Q30",), nothing, faultcode="VersionMismatch",
            as_bytes=without_namespace),
    refused("Q30", "another name in the namespace", "03002", ("Q30",), renaming(root, f"{{{SOAP}}}envelope")),
    refused("Q30", "the request element alone", "03002", ("Q30",),
            lambda forge: setattr(forge, "root", duplicate(forge.operation))),
    refused("Q31", "two Headers", "03002", ("Q31",),
            lambda forge: forge.header.addnext(etree.Element(forge.header.tag))),
    refused("Q31", "Header after Body", "03002", ("Q31", "Q37"), lambda forge: forge.body.addnext(forge.header)),
    refused("Q31", "text in Envelope", "03002", ("Q31",), writing(root, "text")),
    refused("Q31", "text after Body", "03002", ("Q31",), lambda forge: setattr(forge.body, "tail", "text")),
    refused("Q31", "text in Header", "03002", ("Q31",), writing(header, "text")),
    refused("Q31", "a no-break space in Header", "03002", ("Q31",), writing(header, "\u00a0")),
    refused("Q31", "text in Body", "03002", ("Q31",), writing(body, "text"), signed_again=True),
    refused("Q31", "a block without namespace", "03002", ("Q31",), adding(header, "Block")),
    refused("Q31", "an attribute without namespace on Envelope", "03002", ("Q31",), setting(root, "Id", "a")),
    refused("Q31", "an attribute without namespace on Header", "03002", ("Q31",), setting(header, "Id", "a")),
    refused("Q31", "an element before Header", "03002", ("Q31",),
            lambda forge: forge.header.addprevious(etree.Element(FOREIGN))),
    refused("Q31", "an element between Header and Body", "03002", ("Q31",),
            lambda forge: forge.header.addnext(etree.Element(FOREIGN))),
    refused("Q32", "an empty DOCTYPE", "03004", ("Q32",), nothing,
            as_bytes=lambda octets: b"<!DOCTYPE SOAP-ENV:Envelope>" + octets),
    refused("Q33", "before the Envelope", "03004", ("Q33",), lambda forge: forge.root.addprevious(INSTRUCTION),
            as_bytes=lambda octets: b"<?xml-stylesheet href='x'?>" + octets),
    refused("Q33", "after the Envelope", "03004", ("Q33",), nothing, as_bytes=lambda octets: octets + b"<?x?>"),
    refused("Q33", "in the Envelope", "03004", ("Q33",), adding(root, INSTRUCTION)),
    refused("Q33", "in the Header", "03004", ("Q33",), adding(header, INSTRUCTION)),
    refused("Q33", "in the request element", "03004", ("Q33",), adding(operation, INSTRUCTION), signed_again=True),
    # R1005 and R1032 both speak of these attributes.
    refused("Q34", "on Envelope", "03004", ("Q34", "Q41"), setting(root, ENCODING_STYLE, SOAP_ENCODING)),
    refused("Q34", "on Header", "03004", ("Q34", "Q41"), setting(header, ENCODING_STYLE, "")),
    refused("Q34", "on Body", "03004", ("Q34", "Q41"), setting(body, ENCODING_STYLE, SOAP_ENCODING),
            signed_again=True),
    refused("Q35", "on the request element", "03004", ("Q35", "X01"),
            setting(operation, ENCODING_STYLE, SOAP_ENCODING), signed_again=True),
    refused("Q36", "below the request element", "03006", ("Q36", "X01"),
            setting(last_name, ENCODING_STYLE, SOAP_ENCODING), signed_again=True),
    refused("Q37", "a foreign element", "03004", ("Q37",), adding(root, FOREIGN)),
    refused("Q37", "an element without namespace", "03004", ("Q37",), adding(root, "Block")),
    refused("Q38", "no namespace", "03004", ("Q38", "Q45"), renaming(operation, "GenerateCovidIdRequest"),
            signed_again=True),
    refused("Q39", "two request elements", "03004", ("Q39",),
            lambda forge: forge.body.append(duplicate(forge.operation)), signed_again=True),
    refused("Q39", "a foreign element beside it", "03004", ("Q39",), adding(body, FOREIGN), signed_again=True),
    *(refused("Q40", f"{value!r}", "03004", ("Q40",), setting(security, MUST_UNDERSTAND, value))
      for value in ("true", "false", "+1", "", " 1 ", "01", "2", "\u0661")),
    *(Row("Q40", f"{value!r}", setting(security, MUST_UNDERSTAND, value)) for value in ("0", "1")),
    refused("Q41", "mustUnderstand on Envelope", "03004", ("Q41",), setting(root, MUST_UNDERSTAND, "1")),
    refused("Q41", "actor on Header", "03004", ("Q41",), setting(header, ACTOR, SOAP_NEXT)),
    refused("Q41", "mustUnderstand on Body", "03004", ("Q41",), setting(body, MUST_UNDERSTAND, "1"),
            signed_again=True),
    refused("Q41", "an invented one", "03004", ("Q41",), setting(root, f"{{{SOAP}}}version", "1.1")),
    Row("Q42", "xmlns:xml is declared", nothing, warns=("Q42",),
        as_bytes=replacing("<SOAP-ENV:Header>", '<SOAP-ENV:Header xmlns:xml="http://www.w3.org/XML/1998/namespace">')),
    Row("Q42", "xmlns:xml stands in a comment", nothing,
        as_bytes=replacing("<SOAP-ENV:Header>", '<SOAP-ENV:Header><!-- <a xmlns:xml="b"> -->')),
    refused("Q44", "soapenc:arrayType", "03004", ("Q44", "X01"),
            setting(last_name, f"{{{SOAP_ENCODING}}}arrayType", "xs:string[1]"), signed_again=True),
    refused("Q45", "another element", "03005", ("Q45",), renaming(operation, "{urn:example}GenerateCovidIdRequest"),
            signed_again=True),
    refused("Q45", "the response element", "03005", ("Q45",),
            response_element,
            signed_again=True),
    Row("Q47", "an unknown block", adding(header, FOREIGN)),
    Row("Q47", "an unknown block before Security", lambda forge: forge.security.addprevious(etree.Element(FOREIGN))),
    Row("Q47", "a block twice", both(adding(header, FOREIGN), adding(header, FOREIGN))),
    Row("Q47", "an unknown block that need not be understood", adding(header, FOREIGN, understand="0")),
    *(refused("Q49", f"aimed at {actor!r}", "03002", ("Q49",), adding(header, FOREIGN, understand="1", actor=actor),
              faultcode="MustUnderstand")
      for actor in ("", SOAP_NEXT)),
    refused("Q49", "aimed at nobody, so at us", "03002", ("Q49",), adding(header, FOREIGN, understand="1"),
            faultcode="MustUnderstand"),
    refused("Q49", "WS-Addressing", "03002", ("Q49",),
            adding(header, "{http://www.w3.org/2005/08/addressing}Action", understand="1"),
            faultcode="MustUnderstand"),
    Row("Q49", "aimed at another node", adding(header, FOREIGN, understand="1", actor="urn:example:node")),
    Row("Q49", "a Security header for another node",
        adding(header, f"{{{WSSE}}}Security", understand="1", actor="urn:example:node")),
    refused("Q50", "another version, a block not understood, a broken structure", "03002", ("Q30",),
            both(adding(header, FOREIGN, understand="1"), second_body), faultcode="VersionMismatch",
            as_bytes=replacing(f'"{SOAP}"', f'"{SOAP_12}"')),
    refused("Q50", "a block not understood, a breach of the profile, no operation", "03002", ("Q49", "Q33", "Q45"),
            both(adding(header, FOREIGN, understand="1"), adding(header, INSTRUCTION), empty_body),
            faultcode="MustUnderstand", signed_again=True),
    refused("Q51", "no LastName", "03006", ("X01",),
            lambda forge: last_name(forge).getparent().remove(last_name(forge)),  # type: ignore[union-attr]
            signed_again=True),
    refused("Q53", "a Fault", "03005", ("Q53",), fault_in_body, signed_again=True),
    Row("Q54", "a foreign attribute on Body", setting(body, "{urn:example}a", "b"), signed_again=True),
    Row("Q54", "an attribute without namespace on Body", setting(body, "a", "b"), signed_again=True),
]  # fmt: skip

LIST: Final = [
    refused("a", "an empty Body", "03005", ("Q45",), empty_body, signed_again=True),
    refused("a", "a Body with a comment alone", "03005", ("Q45",), both(empty_body, adding(body, etree.Comment("x"))),
            signed_again=True),
    refused("b", "two Bodies", "03002", ("Q31",), second_body),
    refused("c", "a Body in a foreign namespace", "03003", ("B01",), renaming(body, "{urn:example}Body")),
    refused("c", "no Body", "03003", ("B01",), lambda forge: forge.root.remove(forge.body)),
    refused("d", "no Header", "01001", ("S01",), lambda forge: forge.root.remove(forge.header)),
    *(Row("e", f"a comment in {part.__name__}", adding(part, etree.Comment("legal")))
      for part in (root, header, security, body, operation)),
    Row("f", "CDATA in LastName", lambda forge: setattr(last_name(forge), "text", etree.CDATA("A & B")),
        signed_again=True),
    Row("g", "white space around the request element",
        both(writing(body, "\n\t "), lambda forge: setattr(forge.operation, "tail", "\r\n ")), signed_again=True),
    Row("g", "white space around Header and Body",
        both(writing(root, "\n"), lambda forge: setattr(forge.header, "tail", "\n"),
             lambda forge: setattr(forge.body, "tail", "\n"))),
]  # fmt: skip


def named(row: Row) -> str:
    return f"{row.id} {row.case}"


@pytest.mark.parametrize("row", [*ENVELOPE, *LIST], ids=named)
def test_each_row_is_judged_as_the_catalogue_says(mock: Mock, row: Row) -> None:
    issued = mock.issued()
    reply = row.posted_to(mock)
    assert (set(reply.rules), reply.warnings) == (set(row.rules), list(row.warns))
    if row.soa is None:
        assert (reply.http, reply.status) == (200, "Success")
        assert mock.issued() == issued + 1
        return
    assert (reply.http, reply.soa, faultcode_of(reply)) == (500, row.soa, row.faultcode)
    # Q48, Q52: what is refused has no effect, and the Fault is all that comes back (R1025, R1028, R1029).
    assert mock.issued() == issued
    assert b"CovidDossierIdentifier" not in reply.body


def faultcode_of(reply: Reply) -> str:
    """The local name of a faultcode that is one of SOAP 1.1's (R1004)."""
    answer = etree.fromstring(reply.body)
    (code,) = answer.iter("faultcode")
    prefix, _, local = (code.text or "").partition(":")
    assert code.nsmap[prefix] == SOAP
    return local


def test_q43_no_type_attribute_is_asked_for(mock: Mock) -> None:
    forge = mock.forge()
    assert not any(f"{{{XSI}}}type" in element.attrib for element in forge.root.iter("*"))
    assert mock.post(forge).status == "Success"


def test_q46_the_wsdl_binds_no_header(mock: Mock) -> None:
    """So there is none that a request could lack; wsse:Security comes from the policy."""
    wsdl = etree.fromstring(mock.get("?wsdl").data)
    assert wsdl.find(f".//{{{WSDL}}}binding") is not None
    assert wsdl.find(f".//{{{WSDL_SOAP}}}header") is None


def test_q54_the_id_on_body_is_an_extension_of_the_profile(mock: Mock) -> None:
    """E0025: every signed message has one."""
    forge = mock.forge()
    assert len(forge.body.attrib) == 1
    reply = mock.post(forge)
    assert (reply.status, reply.rules, reply.warnings) == ("Success", [], [])


ELSEWHERE: Final[Elsewhere] = {
    "Q43": (f"{__name__}:test_q43_no_type_attribute_is_asked_for",),
    "Q46": (f"{__name__}:test_q46_the_wsdl_binds_no_header",),
    # Every refused row of the table shows these two.
    "Q48": (f"{__name__}:test_each_row_is_judged_as_the_catalogue_says",),
    "Q52": (f"{__name__}:test_each_row_is_judged_as_the_catalogue_says",),
}


def test_every_row_of_the_envelope_is_held_by_a_test() -> None:
    assert len(ROWS) == 25
    assert missing_tests(ELSEWHERE) == []
    assert missing_rows(ROWS, (row.id for row in ENVELOPE), ELSEWHERE) == []
    assert missing_rows(BOUNDARIES, (row.id for row in LIST)) == []
