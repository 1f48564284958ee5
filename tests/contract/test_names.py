"""What is read from our contract, and from one that uses other names, as the official one may."""

import pytest
from lxml import etree

from mockserver.contract import Contract, ElementDeclaration
from mockserver.namespaces import XML

from .conftest import CORE_FILE, PROTOCOL_FILE, WSDL_FILE, ContractCopy
from .messages import COMMONS, CORE, ISSUED, PROTOCOL, SOA, request


def names_below(declaration: ElementDeclaration, *paths: str) -> list[str]:
    return [declaration[path].name for path in paths]


def test_the_operation_and_its_soap_action_are_found(contract: Contract) -> None:
    assert contract.operation == "GenerateCovidId"
    assert contract.soap_action == f"{PROTOCOL}:GenerateCovidId"


def test_the_elements_of_the_request_are_found(contract: Contract) -> None:
    assert contract.request.name == f"{{{PROTOCOL}}}GenerateCovidIdRequest"
    assert contract.request["Criteria"].name == f"{{{PROTOCOL}}}Criteria"
    requester = contract.request["Criteria/Requester"]
    assert names_below(requester, "InstitutionIdentifier/Nihii", "InstitutionIdentifier/Cbe", "PersonIdentifier") == [
        f"{{{CORE}}}Nihii",
        f"{{{CORE}}}Cbe",
        f"{{{CORE}}}PersonIdentifier",
    ]
    assert list(contract.request["Criteria/Person"].children) == [
        "LastName",
        "FirstNames",
        "Gender",
        "PhoneNumber",
    ]
    assert contract.request["Criteria/Person/LastName"].name == f"{{{CORE}}}LastName"
    assert contract.request.attributes == {"Id": False, "IssueInstant": True}


def test_what_is_required_in_the_request_is_known(contract: Contract) -> None:
    required = {
        path: contract.request[f"Criteria/{path}"].required
        for path in (
            "Requester",
            "Requester/InstitutionIdentifier",
            "Requester/InstitutionIdentifier/Nihii",
            "Requester/PersonIdentifier",
            "Person",
            "Person/LastName",
            "Person/Gender",
        )
    }
    assert [path for path, is_required in required.items() if is_required] == [
        "Requester",
        "Person",
        "Person/LastName",
    ]


def test_the_elements_of_the_answer_are_found(contract: Contract) -> None:
    assert contract.response.name == f"{{{PROTOCOL}}}GenerateCovidIdResponse"
    assert list(contract.response.children) == ["Status", "CovidDossierIdentifier"]
    assert contract.response["CovidDossierIdentifier"].name == f"{{{PROTOCOL}}}CovidDossierIdentifier"
    assert names_below(contract.response, "Status", "Status/StatusCode", "Status/StatusDetail") == [
        f"{{{COMMONS}}}Status",
        f"{{{COMMONS}}}StatusCode",
        f"{{{COMMONS}}}StatusDetail",
    ]
    assert contract.response["Status/StatusCode"].attributes == {"Value": True}
    assert contract.response.attributes == {"Id": True, "InResponseTo": False, "IssueInstant": True}


def test_a_type_that_contains_itself_can_be_followed_to_any_depth(contract: Contract) -> None:
    level_2 = contract.response["Status/StatusCode/StatusCode"]
    assert level_2.name == f"{{{COMMONS}}}StatusCode"
    assert level_2["StatusCode/StatusCode"].attributes == {"Value": True}
    assert "StatusCode" in repr(level_2)


def test_the_cbss_status_is_found(contract: Contract) -> None:
    assert contract.cbss_status.name == f"{{{CORE}}}CbssStatus"
    assert list(contract.cbss_status.children) == ["Value", "Code", "Description", "Information"]
    assert contract.cbss_status["Information/FieldValue"].name == f"{{{CORE}}}FieldValue"


def test_the_children_of_a_system_error_are_unqualified_save_environment(contract: Contract) -> None:
    error = contract.system_error
    assert error.name == f"{{{SOA}}}SystemError"
    assert names_below(error, "Origin", "Code", "Message") == ["Origin", "Code", "Message"]
    assert error["Environment"].name == f"{{{SOA}}}Environment"
    assert error.attributes == {"Id": False}
    assert error["Message"].attributes == {f"{{{XML}}}lang": False}


def test_a_path_that_does_not_exist_is_named_whole(contract: Contract) -> None:
    with pytest.raises(KeyError, match="GenerateCovidIdRequest/Criteria/Person/MiddleName"):
        contract.request["Criteria/Person/MiddleName"]


def test_the_local_name_goes_without_namespace(contract: Contract) -> None:
    assert (contract.request.local, contract.system_error["Code"].local) == ("GenerateCovidIdRequest", "Code")


def test_a_contract_with_other_namespaces_is_read_alike(contract_copy: ContractCopy) -> None:
    old = "urn:be:fgov:ehealth:dossiernumbergeneration"
    contract_copy.replace_everywhere(f'"{old}:protocol:v1"', '"urn:other:protocol:2_0"')
    contract_copy.replace_everywhere(f'"{old}:core:v1"', '"urn:other:core:2_0"')
    contract = contract_copy.load()
    assert contract.request.name == "{urn:other:protocol:2_0}GenerateCovidIdRequest"
    assert contract.request["Criteria/Person"].name == "{urn:other:core:2_0}Person"
    assert contract.cbss_status.name == "{urn:other:core:2_0}CbssStatus"
    assert contract.soap_action == f"{old}:protocol:v1:GenerateCovidId"
    text = etree.tostring(request()).decode()
    renamed = text.replace(PROTOCOL, "urn:other:protocol:2_0").replace(CORE, "urn:other:core:2_0")
    assert contract.violations(etree.fromstring(renamed)) == []
    assert contract.violations(request()) != []


@pytest.mark.parametrize("action", ["urn:other:action", "http://example.be/generateCovidId", ""])
def test_another_soap_action_is_read_alike(contract_copy: ContractCopy, action: str) -> None:
    contract_copy.replace(WSDL_FILE, f'soapAction="{PROTOCOL}:GenerateCovidId"', f'soapAction="{action}"')
    assert contract_copy.load().soap_action == action


def test_a_wsdl_without_soap_action_has_an_empty_one(contract_copy: ContractCopy) -> None:
    contract_copy.replace(WSDL_FILE, f' soapAction="{PROTOCOL}:GenerateCovidId"', "")
    assert contract_copy.load().soap_action == ""


def test_unqualified_local_elements_go_without_namespace_on_the_wire(contract_copy: ContractCopy) -> None:
    for file in (PROTOCOL_FILE, CORE_FILE):
        contract_copy.replace(file, 'elementFormDefault="qualified"', 'elementFormDefault="unqualified"')
    contract = contract_copy.load()
    assert contract.request.name == f"{{{PROTOCOL}}}GenerateCovidIdRequest"
    assert names_below(contract.request, "Criteria", "Criteria/Person/LastName") == ["Criteria", "LastName"]
    assert contract.cbss_status.name == f"{{{CORE}}}CbssStatus"
    assert contract.cbss_status["Value"].name == "Value"
    assert contract.response["Status"].name == f"{{{COMMONS}}}Status"
    assert contract.response["CovidDossierIdentifier"].name == "CovidDossierIdentifier"
    unqualified = etree.fromstring(
        f'<p:GenerateCovidIdRequest xmlns:p="{PROTOCOL}" {ISSUED}><Criteria><Requester/><Person>'
        "<LastName>COVID_LASTNAME_TEST</LastName></Person></Criteria></p:GenerateCovidIdRequest>"
    )
    assert contract.violations(unqualified) == []


def test_the_form_of_a_single_element_overrides_the_default(contract_copy: ContractCopy) -> None:
    contract_copy.replace(CORE_FILE, 'name="LastName"', 'name="LastName" form="unqualified"')
    contract = contract_copy.load()
    assert contract.request["Criteria/Person/LastName"].name == "LastName"
    assert contract.request["Criteria/Person/Gender"].name == f"{{{CORE}}}Gender"


def test_additional_optional_elements_and_attributes_do_no_harm(contract_copy: ContractCopy) -> None:
    contract_copy.replace(
        CORE_FILE,
        '<xs:element name="LastName" type="xs:string"/>',
        '<xs:element name="BirthDate" type="xs:date" minOccurs="0"/><xs:element name="LastName" type="xs:string"/>',
    )
    contract_copy.replace(
        PROTOCOL_FILE,
        '<xs:element name="Criteria" type="core:CriteriaType"/>',
        '<xs:element name="Criteria" type="core:CriteriaType"/>'
        '<xs:element name="Remark" type="xs:string" minOccurs="0"/>',
    )
    contract = contract_copy.load()
    assert list(contract.request.children) == ["Criteria", "Remark"]
    assert "BirthDate" in contract.request["Criteria/Person"].children
    assert contract.violations(request()) == []


def test_an_operation_with_a_small_first_letter_is_recognised(contract_copy: ContractCopy) -> None:
    contract_copy.replace(WSDL_FILE, 'operation name="GenerateCovidId"', 'operation name="generateCovidId"')
    assert contract_copy.load().operation == "generateCovidId"


def test_a_wsdl_with_more_operations_and_a_soap_1_2_binding_is_read_alike(
    contract_copy: ContractCopy,
) -> None:
    other = (
        '<wsdl:operation name="RevokeCovidId"><wsdl:input message="protocol:GenerateCovidIdRequest"/></wsdl:operation>'
    )
    contract_copy.replace(WSDL_FILE, "</wsdl:portType>", f"{other}</wsdl:portType>")
    contract_copy.replace(
        WSDL_FILE,
        "<wsdl:service ",
        '<wsdl:binding name="Newer" type="protocol:DossierNumberGenerationPortType">'
        '<s12:binding xmlns:s12="http://schemas.xmlsoap.org/wsdl/soap12/" '
        'transport="http://schemas.xmlsoap.org/soap/http"/><wsdl:operation name="GenerateCovidId"/>'
        "</wsdl:binding><wsdl:service ",
    )
    assert contract_copy.load().operation == "GenerateCovidId"


def test_a_message_may_have_further_parts_when_the_binding_names_the_one_of_the_body(
    contract_copy: ContractCopy,
) -> None:
    part = '<wsdl:part name="body" element="protocol:GenerateCovidIdRequest"/>'
    contract_copy.replace(WSDL_FILE, part, f'<wsdl:part name="token" element="soa:SystemError"/>{part}')
    contract_copy.replace(WSDL_FILE, '<soap:body use="literal"/>', '<soap:body use="literal" parts="body"/>')
    assert contract_copy.load().request.local == "GenerateCovidIdRequest"
