"""A contract that says the wrong thing is refused with one sentence: which file, and what it lacks."""

import pytest

from .conftest import (
    COMMONS_CORE_FILE,
    COMMONS_PROTOCOL_FILE,
    CORE_FILE,
    ERRORS_CORE_FILE,
    ERRORS_SOA_FILE,
    PROTOCOL_FILE,
    WSDL_FILE,
    ContractCopy,
    refusal,
)


def without_element(name: str) -> tuple[str, str]:
    return f'<xs:element name="{name}"', f'<xs:element name="{name}Renamed"'


def without_attribute(name: str) -> tuple[str, str]:
    return f'<xs:attribute name="{name}"', f'<xs:attribute name="{name}Renamed"'


# What a type inherits is missed where the type stands that should inherit it.
DERIVED_IN = {ERRORS_CORE_FILE: ERRORS_SOA_FILE, COMMONS_PROTOCOL_FILE: PROTOCOL_FILE}


@pytest.mark.parametrize(
    ("file", "change", "missing"),
    [
        (PROTOCOL_FILE, without_element("Criteria"), "GenerateCovidIdRequest/Criteria"),
        (CORE_FILE, without_element("Requester"), "GenerateCovidIdRequest/Criteria/Requester"),
        (
            CORE_FILE,
            without_element("InstitutionIdentifier"),
            "GenerateCovidIdRequest/Criteria/Requester/InstitutionIdentifier",
        ),
        (
            CORE_FILE,
            without_element("Nihii"),
            "GenerateCovidIdRequest/Criteria/Requester/InstitutionIdentifier/Nihii",
        ),
        (
            CORE_FILE,
            without_element("Cbe"),
            "GenerateCovidIdRequest/Criteria/Requester/InstitutionIdentifier/Cbe",
        ),
        (
            CORE_FILE,
            without_element("PersonIdentifier"),
            "GenerateCovidIdRequest/Criteria/Requester/PersonIdentifier",
        ),
        (CORE_FILE, without_element("Person"), "GenerateCovidIdRequest/Criteria/Person"),
        (CORE_FILE, without_element("LastName"), "GenerateCovidIdRequest/Criteria/Person/LastName"),
        (CORE_FILE, without_element("FirstNames"), "GenerateCovidIdRequest/Criteria/Person/FirstNames"),
        (CORE_FILE, without_element("Gender"), "GenerateCovidIdRequest/Criteria/Person/Gender"),
        (CORE_FILE, without_element("PhoneNumber"), "GenerateCovidIdRequest/Criteria/Person/PhoneNumber"),
        (
            PROTOCOL_FILE,
            without_element("CovidDossierIdentifier"),
            "GenerateCovidIdResponse/CovidDossierIdentifier",
        ),
        (COMMONS_CORE_FILE, without_element("StatusMessage"), "GenerateCovidIdResponse/Status/StatusMessage"),
        (COMMONS_CORE_FILE, without_element("StatusDetail"), "GenerateCovidIdResponse/Status/StatusDetail"),
        (COMMONS_CORE_FILE, without_element("StatusCode"), "GenerateCovidIdResponse/Status/StatusCode"),
        (
            COMMONS_CORE_FILE,
            without_attribute("Value"),
            "GenerateCovidIdResponse/Status/StatusCode/@Value",
        ),
        (COMMONS_PROTOCOL_FILE, without_attribute("InResponseTo"), "GenerateCovidIdResponse/@InResponseTo"),
        (CORE_FILE, without_element("Value"), "CbssStatus/Value"),
        (CORE_FILE, without_element("Code"), "CbssStatus/Code"),
        (CORE_FILE, without_element("Description"), "CbssStatus/Description"),
        (CORE_FILE, without_element("Information"), "CbssStatus/Information"),
        (CORE_FILE, without_element("FieldName"), "CbssStatus/Information/FieldName"),
        (CORE_FILE, without_element("FieldValue"), "CbssStatus/Information/FieldValue"),
        (ERRORS_CORE_FILE, without_element("Origin"), "SystemError/Origin"),
        (ERRORS_CORE_FILE, without_element("Code"), "SystemError/Code"),
        (ERRORS_CORE_FILE, without_element("Message"), "SystemError/Message"),
        (ERRORS_CORE_FILE, without_attribute("Id"), "SystemError/@Id"),
        (ERRORS_SOA_FILE, without_element("Environment"), "SystemError/Environment"),
    ],
)
def test_what_the_product_needs_and_the_contract_lacks_is_named(
    contract_copy: ContractCopy, file: str, change: tuple[str, str], missing: str
) -> None:
    contract_copy.replace(file, *change)
    holder = contract_copy.directory / DERIVED_IN.get(file, file)
    assert f"{holder} lacks {missing}" in refusal(contract_copy)


@pytest.mark.parametrize("attribute", ["Id", "IssueInstant"])
def test_attributes_that_both_messages_need_are_missed_in_both(contract_copy: ContractCopy, attribute: str) -> None:
    contract_copy.replace(COMMONS_PROTOCOL_FILE, *without_attribute(attribute))
    sentence = refusal(contract_copy)
    assert f"lacks GenerateCovidIdRequest/@{attribute}" in sentence
    assert f"lacks GenerateCovidIdResponse/@{attribute}" in sentence


def test_all_that_is_missing_is_named_at_once(contract_copy: ContractCopy) -> None:
    contract_copy.replace(CORE_FILE, *without_element("LastName"))
    contract_copy.replace(CORE_FILE, *without_element("FieldName"))
    sentence = refusal(contract_copy)
    assert "lacks GenerateCovidIdRequest/Criteria/Person/LastName" in sentence
    assert "lacks CbssStatus/Information/FieldName" in sentence


@pytest.mark.parametrize(
    ("file", "old", "new", "unknown"),
    [
        (
            PROTOCOL_FILE,
            '<xs:element name="CovidDossierIdentifier"',
            '<xs:element name="Ticket" type="xs:string"/><xs:element name="CovidDossierIdentifier"',
            "GenerateCovidIdResponse/Ticket",
        ),
        (
            COMMONS_CORE_FILE,
            '<xs:attribute name="Value"',
            '<xs:attribute name="Level" use="required"/><xs:attribute name="Value"',
            "GenerateCovidIdResponse/Status/StatusCode/@Level",
        ),
        (
            CORE_FILE,
            '<xs:element name="LastName"',
            '<xs:element name="BirthDate" type="xs:date"/><xs:element name="LastName"',
            "GenerateCovidIdRequest/Criteria/Person/BirthDate",
        ),
        (
            CORE_FILE,
            '<xs:element name="Gender" type="xs:string" minOccurs="0"/>',
            '<xs:element name="Gender" minOccurs="0"><xs:complexType>'
            '<xs:attribute name="System" use="required"/></xs:complexType></xs:element>',
            "GenerateCovidIdRequest/Criteria/Person/Gender/@System",
        ),
    ],
)
def test_what_the_contract_requires_and_the_product_cannot_fill_is_named(
    contract_copy: ContractCopy, file: str, old: str, new: str, unknown: str
) -> None:
    contract_copy.replace(file, old, new)
    assert f"requires {unknown}, which this product does not know" in refusal(contract_copy)


def test_qualified_attributes_are_missed(contract_copy: ContractCopy) -> None:
    default = 'attributeFormDefault="unqualified"'
    contract_copy.replace(COMMONS_CORE_FILE, default, default.replace("un", "", 1))
    assert "lacks GenerateCovidIdResponse/Status/StatusCode/@Value" in refusal(contract_copy)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            'operation name="GenerateCovidId"',
            'operation name="RevokeCovidId"',
            "has no operation GenerateCovidId in its SOAP 1.1 binding (operations there: RevokeCovidId)",
        ),
        ("wsdl/soap/", "wsdl/soap12/", "has no SOAP 1.1 binding over HTTP"),
        (
            "schemas.xmlsoap.org/soap/http",
            "schemas.xmlsoap.org/soap/smtp",
            "has no SOAP 1.1 binding over HTTP",
        ),
        ("wsdl:binding ", "wsdl:bindung ", "is not well-formed XML"),
        ('style="document"', 'style="rpc"', "in style rpc; only document/literal is supported"),
        ('<soap:body use="literal"/>', '<soap:body use="encoded"/>', "as encoded; only literal is supported"),
        ('<soap:body use="literal"/>', "", "has no input for GenerateCovidId, or binds none to the Body"),
        (
            '<wsdl:output message="protocol:GenerateCovidIdResponse"/>',
            "",
            "has no output for GenerateCovidId, or binds none to the Body",
        ),
        (
            '<wsdl:part name="body" element="protocol:GenerateCovidIdRequest"/>',
            '<wsdl:part name="body" type="protocol:GenerateCovidIdRequestType"/>',
            "must have one part with an element (R2204, R2210) in message GenerateCovidIdRequest",
        ),
        (
            '<wsdl:part name="body" element="protocol:GenerateCovidIdRequest"/>',
            "",
            "must have one part with an element (R2204, R2210) in message GenerateCovidIdRequest",
        ),
        (
            '<wsdl:message name="GenerateCovidIdRequest">',
            '<wsdl:message name="Request">',
            "refers to the message protocol:GenerateCovidIdRequest, which it does not define",
        ),
        (
            'type="protocol:DossierNumberGenerationPortType"',
            'type="soa:DossierNumberGenerationPortType"',
            "refers to the portType soa:DossierNumberGenerationPortType, which it does not define",
        ),
        (
            '<wsdl:operation name="GenerateCovidId">\n      <wsdl:doc',
            '<wsdl:operation name="Generate">\n      <wsdl:doc',
            "has no operation GenerateCovidId in portType DossierNumberGenerationPortType, though a binding does",
        ),
        (
            '<wsdl:fault name="SystemError" message="protocol:SystemError"/>',
            "",
            "has no fault SystemError in operation GenerateCovidId",
        ),
        (
            "<wsdl:types>",
            '<wsdl:import namespace="urn:x" location="x.wsdl"/><wsdl:types>',
            "uses wsdl:import",
        ),
    ],
)
def test_what_is_wrong_with_the_wsdl_is_named(contract_copy: ContractCopy, old: str, new: str, complaint: str) -> None:
    contract_copy.replace(WSDL_FILE, old, new)
    sentence = refusal(contract_copy)
    assert sentence.startswith(str(contract_copy.directory / WSDL_FILE))
    assert complaint in sentence


def test_an_operation_that_is_bound_twice_is_refused(contract_copy: ContractCopy) -> None:
    text = (contract_copy.directory / WSDL_FILE).read_text("utf-8")
    binding = text[text.index("<wsdl:binding ") : text.index("<wsdl:service ")]
    twin = binding.replace('name="DossierNumberGenerationSoapBinding"', 'name="Twin"')
    contract_copy.replace(WSDL_FILE, "<wsdl:service ", f"{twin}<wsdl:service ")
    assert "binds GenerateCovidId to SOAP 1.1 more than once, keep one binding: Dossier" in refusal(contract_copy)


def test_an_element_that_no_schema_declares_is_named(contract_copy: ContractCopy) -> None:
    contract_copy.replace(WSDL_FILE, 'element="protocol:GenerateCovidIdRequest"', 'element="protocol:Request"')
    assert "no schema of the contract declares the element {urn:be:fgov:ehealth:" in refusal(contract_copy)


def test_a_contract_without_schemas_is_refused(contract_copy: ContractCopy) -> None:
    text = (contract_copy.directory / WSDL_FILE).read_text("utf-8")
    types = text[text.index("<wsdl:types>") : text.index("</wsdl:types>")]
    contract_copy.replace(WSDL_FILE, f"{types}</wsdl:types>", "")
    assert "no schema of the contract declares the element" in refusal(contract_copy)


def test_a_contract_without_a_global_cbss_status_is_refused(contract_copy: ContractCopy) -> None:
    contract_copy.replace(CORE_FILE, *without_element("CbssStatus"))
    assert "must reach one global element CbssStatus, but its schemas declare none" in refusal(contract_copy)


def test_a_contract_with_two_cbss_statuses_is_refused(contract_copy: ContractCopy) -> None:
    system_error = '<xs:element name="SystemError"'
    contract_copy.replace(ERRORS_SOA_FILE, system_error, f'<xs:element name="CbssStatus"/>{system_error}')
    assert "must reach one global element CbssStatus, but its schemas declare {urn:" in refusal(contract_copy)
