"""Validation leaves the message alone, fetches nothing, runs in many threads and says a bounded amount."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lxml import etree

from mockserver.contract import Contract
from mockserver.namespaces import XSI

from .conftest import COMMONS_PROTOCOL_FILE, ContractCopy
from .messages import COMMONS, CORE, ISSUED, PERSON, PROTOCOL, SUCCESS, request, response


def in_envelope(element: etree._Element, declarations: str = "") -> etree._Element:
    """The element where it stands in reality: inside a Body, with text around it and more behind."""
    envelope = etree.fromstring(
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" {declarations}>'
        f"<e:Body>\n  {etree.tostring(element).decode()}\n  </e:Body><!-- behind --></e:Envelope>"
    )
    return envelope[0][0]


def test_the_element_is_judged_and_not_its_document(contract: Contract) -> None:
    assert contract.violations(in_envelope(request())) == []
    assert contract.violations(in_envelope(request(person=""))) != []


def test_an_element_without_global_declaration_is_a_violation(contract: Contract) -> None:
    violations = contract.violations(etree.fromstring(f'<p:Criteria xmlns:p="{PROTOCOL}"/>'))
    assert violations == [
        f"Element '{{{PROTOCOL}}}Criteria': No matching global declaration available for the validation root."
    ]


def test_the_document_stays_byte_for_byte_as_it_was(contract: Contract) -> None:
    element = in_envelope(request(attributes=f'Id="_1" {ISSUED}'))
    before = etree.tostring(element.getroottree())
    contract.violations(element)
    assert etree.tostring(element.getroottree()) == before


def test_the_business_id_does_not_become_an_id_of_the_document(contract: Contract) -> None:
    """libxml2 enters every xs:ID into the document's table, where a signature's look-up would find it."""
    element = in_envelope(response(f"<s:Status>{SUCCESS}</s:Status>", f'Id="_2" {ISSUED}'))
    root = request()
    assert contract.violations(element) == []
    assert contract.violations(root) == []
    assert element.xpath("id('_2')") == []
    assert root.xpath("id('_1')") == []


def test_a_message_may_be_judged_again_and_again(contract: Contract) -> None:
    element = in_envelope(request())
    assert [contract.violations(element) for _ in range(3)] == [[], [], []]


def test_defaults_of_the_schema_are_not_written_into_the_message(contract_copy: ContractCopy) -> None:
    contract_copy.replace(
        COMMONS_PROTOCOL_FILE,
        '<xs:attribute name="Id" type="xs:ID" use="optional"/>',
        '<xs:attribute name="Id" type="xs:ID" use="optional"/>'
        '<xs:attribute name="Version" type="xs:string" default="1.0"/>',
    )
    element = request()
    assert contract_copy.load().violations(element) == []
    assert element.get("Version") is None


def test_an_xsi_type_may_use_a_prefix_that_the_envelope_declares(contract: Contract) -> None:
    """Axis and others write xsi:type on every element and declare the prefixes on the Envelope."""
    element = in_envelope(request(), f'xmlns:types="{CORE}" xmlns:xsd="http://www.w3.org/2001/XMLSchema"')
    person = element.find(f".//{{{CORE}}}Person")
    assert person is not None
    person.set(f"{{{XSI}}}type", "types:PersonType")
    person[0].set(f"{{{XSI}}}type", "xsd:string")
    assert contract.violations(element) == []
    person.set(f"{{{XSI}}}type", "types:RequesterType")
    assert contract.violations(element) != []


def test_an_element_that_switched_the_default_namespace_off_is_judged_like_any_other(
    contract: Contract,
) -> None:
    outer = etree.fromstring('<Body xmlns="urn:x"><Criteria xmlns=""/></Body>')
    assert contract.violations(outer[0]) == [
        "Element 'Criteria': No matching global declaration available for the validation root."
    ]


def test_a_schema_that_the_message_points_at_is_not_loaded(contract: Contract, tmp_path: Path) -> None:
    hint = tmp_path / "hint.xsd"
    hint.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x">'
        '<xs:element name="y"/></xs:schema>'
    )
    detail = f'<s:StatusDetail><x:y xmlns:x="urn:x" xmlns:xsi="{XSI}" xsi:schemaLocation="urn:x {hint.as_uri()}"/>'
    element = response(f"<s:Status>{SUCCESS}{detail}</s:StatusDetail></s:Status>")
    element.set(f"{{{XSI}}}schemaLocation", f"urn:x {hint.as_uri()}")
    violations = contract.violations(element)
    assert len(violations) == 1
    assert "No matching global element declaration available" in violations[0]


def test_at_most_ten_violations_are_told(contract: Contract) -> None:
    attributes = " ".join(f'a{number}="x"' for number in range(50))
    violations = contract.violations(request(attributes=f"{ISSUED} {attributes}"))
    assert len(violations) == 10
    assert "The attribute 'a0' is not allowed." in violations[0]


def test_a_violation_is_cut_at_five_hundred_characters(contract: Contract) -> None:
    requester = f"<c:PersonIdentifier>{'7' * 100_000}</c:PersonIdentifier>"
    violations = contract.violations(request(requester=requester))
    assert {len(violation) for violation in violations} == {500}
    assert violations[0].startswith(f"Element '{{{CORE}}}PersonIdentifier': [facet 'pattern'] The value '777")


def test_the_validator_says_what_it_expected(contract: Contract) -> None:
    status = f'<s:Status xmlns:s="{COMMONS}"/>'
    assert contract.violations(request(person=PERSON + status)) == [
        f"Element '{{{COMMONS}}}Status': This element is not expected. Expected is one of "
        f"( {{{CORE}}}FirstNames, {{{CORE}}}Gender, {{{CORE}}}PhoneNumber )."
    ]


def test_threads_do_not_read_each_others_violations(contract: Contract) -> None:
    """error_log belongs to lxml's schema object and not to the call.

    The long messages break a rule in their first attribute and take a while from there, so that without lock
    the short ones empty the log, or write into it, while it is in use.
    """
    cbss_status = "<c:CbssStatus><c:Value>NOK</c:Value><c:Code>MSG00008</c:Code></c:CbssStatus>"
    detail = f"<s:StatusDetail>{cbss_status * 3000}</s:StatusDetail>"
    long = response(f"<s:Status>{SUCCESS}{detail}</s:Status>", f'Id="1-long" {ISSUED}')
    short = request(attributes=f'Id="2-short" {ISSUED}')
    messages = [etree.tostring(element) for _ in range(20) for element in (long, short, long, request())]

    def judge(message: bytes) -> list[str]:
        return contract.violations(etree.fromstring(message))

    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(judge, messages))
    assert together == [judge(message) for message in messages]
    assert len(judge(messages[0])) == 1
    assert "'1-long' is not a valid value" in judge(messages[0])[0]
