"""Our own schema of the SOAP 1.1 envelope says what was measured on that of the WS-I tools (`rules.md` 9).

Answers of the mock are validated with it, so what it lets through and what not is tested by itself.
"""

import pytest
from lxml import etree

from mockserver.namespaces import SOAP, SOAP_12

FAULT = "<faultcode>e:Client</faultcode><faultstring>SOA-01001</faultstring>"
DETAIL = '<detail><x:SystemError xmlns:x="urn:x"><Code>SOA-01001</Code></x:SystemError></detail>'
BODY = "<e:Body><p:Request xmlns:p='urn:p'/></e:Body>"


def envelope(content: str, attributes: str = "", namespace: str = SOAP) -> etree._Element:
    return etree.fromstring(f'<e:Envelope xmlns:e="{namespace}" xmlns:h="urn:h" {attributes}>{content}</e:Envelope>')


def fault(content: str) -> etree._Element:
    return envelope(f"<e:Body><e:Fault>{content}</e:Fault></e:Body>")


def test_an_envelope_has_a_body_and_perhaps_a_header(envelope_schema: etree.XMLSchema) -> None:
    assert envelope_schema.validate(envelope(BODY))
    assert envelope_schema.validate(envelope("<e:Body/>"))
    assert envelope_schema.validate(envelope(f"<e:Header/>{BODY}"))
    assert envelope_schema.validate(envelope(f"<e:Header><h:Block/></e:Header>\n{BODY}\n"))


@pytest.mark.parametrize(
    "content",
    ["", "<e:Header/>", f"{BODY}{BODY}", f"{BODY}<e:Header/>", f"<e:Header/><e:Header/>{BODY}"],
    ids=["empty", "no Body", "two Bodies", "Header after Body", "two Headers"],
)
def test_a_missing_doubled_or_displaced_part_is_refused(envelope_schema: etree.XMLSchema, content: str) -> None:
    assert not envelope_schema.validate(envelope(content))


@pytest.mark.parametrize(
    "content",
    [f"text{BODY}", f"{BODY}text", f"<e:Header>text</e:Header>{BODY}", "<e:Body>text</e:Body>"],
    ids=["before Body", "after Body", "in Header", "in Body"],
)
def test_text_between_the_parts_is_refused(envelope_schema: etree.XMLSchema, content: str) -> None:
    assert not envelope_schema.validate(envelope(content))


@pytest.mark.parametrize("namespace", [SOAP_12, SOAP.rstrip("/"), SOAP.replace("http:", "https:")])
def test_another_namespace_is_no_soap_1_1(envelope_schema: etree.XMLSchema, namespace: str) -> None:
    assert not envelope_schema.validate(envelope(BODY, namespace=namespace))


def test_a_foreign_element_after_the_body_is_valid_so_r1011_needs_a_check_of_its_own(
    envelope_schema: etree.XMLSchema,
) -> None:
    assert envelope_schema.validate(envelope(f"{BODY}<h:Trailer/>"))
    assert not envelope_schema.validate(envelope(f"{BODY}<Trailer/>"))


def test_header_blocks_are_qualified(envelope_schema: etree.XMLSchema) -> None:
    assert not envelope_schema.validate(envelope(f"<e:Header><Block/></e:Header>{BODY}"))


def test_unqualified_attributes_stand_on_the_body_only(envelope_schema: etree.XMLSchema) -> None:
    assert envelope_schema.validate(envelope('<e:Body a="1"/>'))
    assert not envelope_schema.validate(envelope(BODY, 'a="1"'))
    assert not envelope_schema.validate(envelope(f'<e:Header a="1"/>{BODY}'))
    assert envelope_schema.validate(envelope(f'<e:Header h:a="1"/>{BODY}', 'h:a="1"'))


@pytest.mark.parametrize(
    ("value", "valid"),
    [("1", True), ("0", True), (" 1 ", True), ("true", False), ("false", False), ("+1", False), ("", False)],
)
def test_must_understand_is_one_or_zero(envelope_schema: etree.XMLSchema, value: str, valid: bool) -> None:
    header = f'<e:Header><h:Block e:mustUnderstand="{value}"/></e:Header>'
    assert envelope_schema.validate(envelope(header + BODY)) is valid


@pytest.mark.parametrize(
    "content",
    [FAULT, FAULT + DETAIL, FAULT + "<detail/>", f"{FAULT}<faultactor>urn:x</faultactor>{DETAIL}"],
)
def test_a_fault_has_code_string_and_perhaps_actor_and_detail(envelope_schema: etree.XMLSchema, content: str) -> None:
    assert envelope_schema.validate(fault(content))


def test_a_fault_without_string_is_refused(envelope_schema: etree.XMLSchema) -> None:
    assert not envelope_schema.validate(fault("<faultcode>e:Client</faultcode>"))
    assert not envelope_schema.validate(fault(f"<faultcode>e:Client</faultcode>{DETAIL}"))


@pytest.mark.parametrize(
    "content",
    [
        f"<faultcode>e:Client</faultcode>{DETAIL}<faultstring>s</faultstring>",
        "<faultstring>s</faultstring><faultcode>e:Client</faultcode>",
        f"{FAULT}{DETAIL}<faultactor>urn:x</faultactor>",
        f"{FAULT}<h:Extra/>",
        FAULT.replace("faultcode", "e:faultcode"),
    ],
    ids=["detail first", "string first", "actor last", "a fifth child", "qualified child"],
)
def test_the_children_of_a_fault_are_unqualified_and_in_order(envelope_schema: etree.XMLSchema, content: str) -> None:
    assert not envelope_schema.validate(fault(content))


def test_a_faultstring_has_no_language(envelope_schema: etree.XMLSchema) -> None:
    """R1016 makes receivers accept xml:lang there; the schema does not, so the mock never sends it."""
    assert not envelope_schema.validate(fault(FAULT.replace("<faultstring>", '<faultstring xml:lang="en">')))


def test_a_faultcode_is_a_qualified_name_with_a_declared_prefix(envelope_schema: etree.XMLSchema) -> None:
    assert not envelope_schema.validate(fault(FAULT.replace("e:Client", "unknown:Client")))
    assert not envelope_schema.validate(fault(FAULT.replace("e:Client", "e:Not a name")))
