"""The rows of `rules.md` 3 that a WSDL can be tested for by itself, each with a change that breaks it.

D01, D27 and D31 are also a matter of how the contract is served (test_served_documents.py); D32 binds
consumers.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .conftest import CORE_FILE, ERRORS_CORE_FILE, WSDL_FILE
from .wsdl_checks import (
    Files,
    binds_every_part,
    binds_the_operations_of_its_port_type,
    describes_the_known_faults,
    extends_only_by_a_policy_that_leaves_the_profile_alone,
    has_a_target_namespace_or_only_imports,
    has_its_children_in_order,
    has_no_encoded_arrays,
    has_one_part_a_message,
    has_one_port_an_address,
    has_parts_with_an_element_and_no_type,
    has_request_response_or_one_way_operations_of_their_own_name,
    has_the_acceptance_endpoint,
    has_unique_wire_signatures,
    imports_schemas_only_from_schemas_in_types,
    is_document_style_throughout,
    is_literal_throughout,
    is_utf8_of_xml_1_0,
    is_valid_against_the_wsdl_schemas,
    is_xml_schema_1_0,
    names_each_soap_fault_as_its_fault,
    names_no_namespace_in_the_binding,
    names_no_parts_in_headers,
    names_only_imported_namespaces,
    publishes_an_absolute_soap_action,
    requires_no_extension,
    uses_soap_over_http,
)


@dataclass(frozen=True)
class Row:
    number: str
    requirements: str
    holds: Callable[[Files], bool]
    breach: tuple[str, str, str]
    """File, text in it, and what to put there to break the rule."""


_REQUEST_MESSAGE = '<wsdl:part name="body" element="protocol:GenerateCovidIdRequest"/>'
_END = "</wsdl:definitions>"
_BODY = '<soap:body use="literal"/>'

ROWS = (
    Row(
        "D02",
        "R4003, R4004",
        lambda files: is_utf8_of_xml_1_0(files.directory / WSDL_FILE),
        (WSDL_FILE, '<?xml version="1.0" encoding="UTF-8"?>', '\ufeff<?xml version="1.0" encoding="UTF-8"?>'),
    ),
    Row(
        "D03",
        "R4005, R1034",
        lambda files: not any(b"xmlns:xml=" in path.read_bytes() for path in files.directory.rglob("*.*")),
        (
            ERRORS_CORE_FILE,
            "<xs:schema\n",
            '<xs:schema xmlns:xml="http://www.w3.org/XML/1998/namespace"\n',
        ),
    ),
    Row("D04", "R2028, R2029", is_valid_against_the_wsdl_schemas, (WSDL_FILE, _END, f"<wsp:Policy/>{_END}")),
    Row(
        "D05",
        "R2022, R2023, R2030",
        has_its_children_in_order,
        (WSDL_FILE, _END, f'<wsdl:message name="Late"/>{_END}'),
    ),
    Row(
        "D06",
        "R2001, R2002, R2003, R2004",
        imports_schemas_only_from_schemas_in_types,
        (WSDL_FILE, "../../ehealth-errors/XSD/ehealth-errors-schema-soa-1_1.xsd", Path(WSDL_FILE).name),
    ),
    Row(
        "D07",
        "R2005, R2007, R2803",
        lambda files: not files.find("wsdl:import"),
        (WSDL_FILE, "<wsdl:types>", '<wsdl:import namespace="urn:x" location="x.wsdl"/><wsdl:types>'),
    ),
    Row(
        "D08",
        "R2009, R2010, R2011",
        lambda files: all(is_utf8_of_xml_1_0(path) for path in files.schemas),
        (CORE_FILE, 'encoding="UTF-8"', 'encoding="ISO-8859-1"'),
    ),
    Row(
        "D09",
        "R2105",
        has_a_target_namespace_or_only_imports,
        (WSDL_FILE, "</xs:schema>", '<xs:element name="Stray"/></xs:schema>'),
    ),
    Row(
        "D10",
        "R2101, R2102",
        names_only_imported_namespaces,
        (
            WSDL_FILE,
            'xmlns:soa="urn:be:fgov:ehealth:errors:soa:v1"',
            'xmlns:soa="urn:be:fgov:ehealth:errors:core:v1"',
        ),
    ),
    Row(
        "D11",
        "R2800, R2801",
        is_xml_schema_1_0,
        (CORE_FILE, "</xs:sequence>", '</xs:sequence><xs:assert test="true()"/>'),
    ),
    Row("D12", "R2110 to R2112", has_no_encoded_arrays, (CORE_FILE, "CriteriaType", "ArrayOfCriteria")),
    Row(
        "D13",
        "R2303, R2304",
        has_request_response_or_one_way_operations_of_their_own_name,
        (WSDL_FILE, '<wsdl:input message="protocol:GenerateCovidIdRequest"/>', ""),
    ),
    Row(
        "D14",
        "R2204, R2206, R2306",
        has_parts_with_an_element_and_no_type,
        (WSDL_FILE, 'element="soa:SystemError"', 'type="soa:SystemErrorType"'),
    ),
    Row(
        "D15",
        "R2201, R2210",
        has_one_part_a_message,
        (WSDL_FILE, _REQUEST_MESSAGE, _REQUEST_MESSAGE + _REQUEST_MESSAGE.replace("body", "second")),
    ),
    Row("D16", "R2205, R2209", binds_every_part, (WSDL_FILE, _BODY, '<soap:body use="literal" parts=""/>')),
    Row("D17", "R2401, R2701, R2702", uses_soap_over_http, (WSDL_FILE, "soap/http", "soap/smtp")),
    Row(
        "D18",
        "R2705",
        is_document_style_throughout,
        (WSDL_FILE, "<soap:operation ", '<soap:operation style="rpc" '),
    ),
    Row("D19", "R2706, R2707, R2723", is_literal_throughout, (WSDL_FILE, _BODY, '<soap:body use="encoded"/>')),
    Row(
        "D20",
        "R2716",
        names_no_namespace_in_the_binding,
        (WSDL_FILE, _BODY, '<soap:body use="literal" namespace="urn:x"/>'),
    ),
    Row(
        "D21",
        "R2718",
        binds_the_operations_of_its_port_type,
        (WSDL_FILE, 'name="GenerateCovidId">\n      <soap', 'name="Generate">\n      <soap'),
    ),
    Row(
        "D22",
        "R2720, R2749",
        names_no_parts_in_headers,
        (
            WSDL_FILE,
            _BODY,
            f'{_BODY}<soap:header message="protocol:SystemError" parts="fault" use="literal"/>',
        ),
    ),
    Row(
        "D23",
        "R2721, R2754",
        names_each_soap_fault_as_its_fault,
        (WSDL_FILE, '<soap:fault name="SystemError"', '<soap:fault name="Error"'),
    ),
    Row(
        "D24",
        "R2740, R2741",
        describes_the_known_faults,
        (WSDL_FILE, '<wsdl:fault name="BusinessError" message="protocol:BusinessError"/>', ""),
    ),
    Row(
        "D25",
        "R2710",
        has_unique_wire_signatures,
        (
            WSDL_FILE,
            "</wsdl:portType>",
            '<wsdl:operation name="Twin"><wsdl:input message="protocol:GenerateCovidIdRequest"/>'
            "</wsdl:operation>"
            "</wsdl:portType>",
        ),
    ),
    Row(
        "D26",
        "R2711",
        has_one_port_an_address,
        (
            WSDL_FILE,
            "</wsdl:service>",
            '<wsdl:port name="Twin" binding="protocol:DossierNumberGenerationSoapBinding"><soap:address '
            'location="https://services-acpt.ehealth.fgov.be/DossierNumberGeneration/v1"/></wsdl:port>'
            "</wsdl:service>",
        ),
    ),
    Row(
        "D27",
        "R5001",
        has_the_acceptance_endpoint,
        (WSDL_FILE, "https://services-acpt", "http://services-acpt"),
    ),
    Row(
        "D28",
        "R2744, R2745",
        publishes_an_absolute_soap_action,
        (WSDL_FILE, 'soapAction="urn:be:fgov:ehealth:dossiernumbergeneration:protocol:v1:', 'soapAction="'),
    ),
    Row(
        "D29",
        "R2025",
        extends_only_by_a_policy_that_leaves_the_profile_alone,
        (
            WSDL_FILE,
            "<sp:Wss10>",
            '<mtom:OptimizedMimeSerialization xmlns:mtom="http://schemas.xmlsoap.org/ws/2004/09/policy/'
            'optimizedmimeserialization"/><sp:Wss10>',
        ),
    ),
    Row(
        "D30",
        "R2026",
        requires_no_extension,
        (WSDL_FILE, 'URI="#SAML_HOK"', 'URI="#SAML_HOK" wsdl:required="true"'),
    ),
)
assert len({row.number for row in ROWS}) == len(ROWS)
assert all(re.fullmatch(r"D[0-9]{2}", row.number) for row in ROWS)
