"""What `rules.md` 3 asks of a WSDL, as functions that say whether the files of a contract keep it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lxml import etree

from mockserver.namespaces import SOAP_12, SOAP_ENCODING, WSDL, WSDL_SOAP, XSD

from .conftest import SCHEMAS, WSDL_FILE

POLICY = "http://schemas.xmlsoap.org/ws/2004/09/policy"
SECURITY_POLICY = "http://docs.oasis-open.org/ws-sx/ws-securitypolicy/200702"
PREFIXES = {"wsdl": WSDL, "soap": WSDL_SOAP, "xs": XSD, "wsp": POLICY, "sp": SECURITY_POLICY}


@dataclass(frozen=True)
class Files:
    """The files of a contract, read without the product's own reader."""

    directory: Path

    @cached_property
    def wsdl(self) -> etree._Element:
        return etree.parse(self.directory / WSDL_FILE).getroot()

    @cached_property
    def schemas(self) -> dict[Path, etree._Element]:
        return {path: etree.parse(path).getroot() for path in self.directory.rglob("*.xsd")}

    def find(self, path: str) -> list[etree._Element]:
        return self.wsdl.findall(path, PREFIXES)

    def values(self, path: str, attribute: str) -> list[str | None]:
        return [node.get(attribute) for node in self.find(path)]


def is_utf8_of_xml_1_0(path: Path) -> bool:
    content = path.read_bytes()
    return content.startswith(b'<?xml version="1.0" encoding="UTF-8"?>') and bool(content.decode("utf-8"))


def is_valid_against_the_wsdl_schemas(files: Files) -> bool:
    return etree.XMLSchema(file=SCHEMAS / "wsdl-1.1.xsd").validate(files.wsdl)


def has_its_children_in_order(files: Files) -> bool:
    order = ("documentation", "import", "types", "message", "portType", "binding", "service")
    names = [etree.QName(child).localname for child in files.wsdl.iterchildren(f"{{{WSDL}}}*")]
    return names == sorted(names, key=order.index)


def imports_schemas_only_from_schemas_in_types(files: Files) -> bool:
    references = list(files.wsdl.iter(f"{{{XSD}}}import", f"{{{XSD}}}include"))
    in_types = files.find("wsdl:types/xs:schema/xs:import") + files.find("wsdl:types/xs:schema/xs:include")
    folder = (files.directory / WSDL_FILE).parent
    roots = [etree.parse(folder / reference.get("schemaLocation", "")).getroot() for reference in references]
    return (
        bool(references) and set(references) == set(in_types) and {root.tag for root in roots} == {f"{{{XSD}}}schema"}
    )


def has_a_target_namespace_or_only_imports(files: Files) -> bool:
    harmless = {f"{{{XSD}}}import", f"{{{XSD}}}annotation"}
    schemas = files.find("wsdl:types/xs:schema")
    return all(
        schema.get("targetNamespace") or {child.tag for child in schema.iterchildren("*")} <= harmless
        for schema in schemas
    )


def namespace_of(node: etree._Element, qname: str) -> str | None:
    prefix, _, _ = qname.rpartition(":")
    return node.nsmap.get(prefix or None)


def names_only_imported_namespaces(files: Files) -> bool:
    imported = {*files.values("wsdl:types/xs:schema/xs:import", "namespace")}
    parts = [part for part in files.find("wsdl:message/wsdl:part") if part.get("element")]
    if not {namespace_of(part, part.get("element", "")) for part in parts} <= imported:
        return False
    for schema in files.schemas.values():
        visible = {XSD, schema.get("targetNamespace")}
        visible |= {node.get("namespace") for node in schema.iterchildren(f"{{{XSD}}}import")}
        for node in schema.iter("*"):
            for name in ("type", "ref", "base", "itemType"):
                value = node.get(name)
                if value is not None and not value.startswith("xml:") and namespace_of(node, value) not in visible:
                    return False
    return True


def is_xml_schema_1_0(files: Files) -> bool:
    later = {f"{{{XSD}}}{name}" for name in ("assert", "assertion", "alternative", "override", "openContent")}
    return not any(node.tag in later for schema in files.schemas.values() for node in schema.iter("*"))


def has_no_encoded_arrays(files: Files) -> bool:
    for root in [files.wsdl, *files.schemas.values()]:
        for node in root.iter("*"):
            if SOAP_ENCODING in node.nsmap.values() or (node.get("name") or "").startswith("ArrayOf"):
                return False
    return True


def has_request_response_or_one_way_operations_of_their_own_name(files: Files) -> bool:
    shapes = []
    for operation in files.find("wsdl:portType/wsdl:operation"):
        children = [etree.QName(child).localname for child in operation.iterchildren(f"{{{WSDL}}}*")]
        shapes.append([name for name in children if name in ("input", "output")])
    names = files.values("wsdl:portType/wsdl:operation", "name")
    return all(shape in (["input", "output"], ["input"]) for shape in shapes) and len(set(names)) == len(names)


def has_parts_with_an_element_and_no_type(files: Files) -> bool:
    parts = files.find("wsdl:message/wsdl:part")
    return bool(parts) and all(part.get("element") and not part.get("type") for part in parts)


def has_one_part_a_message(files: Files) -> bool:
    return all(len(message) == 1 for message in files.find("wsdl:message"))


def binds_every_part(files: Files) -> bool:
    bodies = files.find("wsdl:binding/wsdl:operation/*/soap:body")
    listed = [body.get("parts") for body in bodies]
    return has_one_part_a_message(files) and listed == [None] * 2


def uses_soap_over_http(files: Files) -> bool:
    transports = files.values("wsdl:binding/soap:binding", "transport")
    return transports == ["http://schemas.xmlsoap.org/soap/http"] and not any(
        "soap12" in (namespace or "") for namespace in files.wsdl.nsmap.values()
    )


def is_document_style_throughout(files: Files) -> bool:
    bindings = files.values("wsdl:binding/soap:binding", "style")
    operations = files.values("wsdl:binding/wsdl:operation/soap:operation", "style")
    return {*bindings, *operations} <= {"document", None}


def soap_messages(files: Files) -> Iterator[etree._Element]:
    for name in ("body", "fault", "header", "headerfault"):
        yield from files.wsdl.iter(f"{{{WSDL_SOAP}}}{name}")


def is_literal_throughout(files: Files) -> bool:
    return {node.get("use", "literal") for node in soap_messages(files)} == {"literal"}


def names_no_namespace_in_the_binding(files: Files) -> bool:
    return all(node.get("namespace") is None for node in soap_messages(files))


def binds_the_operations_of_its_port_type(files: Files) -> bool:
    bound = files.values("wsdl:binding/wsdl:operation", "name")
    return bound == files.values("wsdl:portType/wsdl:operation", "name")


def names_no_parts_in_headers(files: Files) -> bool:
    headers = files.find("wsdl:binding/wsdl:operation/*/soap:header")
    return all(header.get("parts") is None and header.get("part") for header in headers)


def names_each_soap_fault_as_its_fault(files: Files) -> bool:
    faults = files.find("wsdl:binding/wsdl:operation/wsdl:fault")
    names = [
        (fault.get("name"), node.get("name")) for fault in faults for node in fault.findall("soap:fault", PREFIXES)
    ]
    return len(names) == len(faults) and all(outer == inner for outer, inner in names)


def describes_the_known_faults(files: Files) -> bool:
    abstract = files.values("wsdl:portType/wsdl:operation/wsdl:fault", "name")
    bound = files.values("wsdl:binding/wsdl:operation/wsdl:fault", "name")
    return abstract == bound == ["SystemError", "BusinessError"]


def has_unique_wire_signatures(files: Files) -> bool:
    inputs = files.values("wsdl:portType/wsdl:operation/wsdl:input", "message")
    return len(set(inputs)) == len(inputs)


def has_one_port_an_address(files: Files) -> bool:
    addresses = files.values("wsdl:service/wsdl:port/soap:address", "location")
    return bool(addresses) and len(set(addresses)) == len(addresses)


def has_the_acceptance_endpoint(files: Files) -> bool:
    cookbook_5_2 = "https://services-acpt.ehealth.fgov.be/DossierNumberGeneration/v1"
    return files.values("wsdl:service/wsdl:port/soap:address", "location") == [cookbook_5_2]


def publishes_an_absolute_soap_action(files: Files) -> bool:
    actions = files.values("wsdl:binding/wsdl:operation/soap:operation", "soapAction")
    return actions == [f"{files.wsdl.get('targetNamespace')}:GenerateCovidId"]


def extends_only_by_a_policy_that_leaves_the_profile_alone(files: Files) -> bool:
    policies = files.find("wsp:Policy")
    namespaces = {etree.QName(node).namespace for policy in policies for node in policy.iter("*")}
    return namespaces == {POLICY, SECURITY_POLICY} and SOAP_12 not in etree.tostring(files.wsdl).decode()


def requires_no_extension(files: Files) -> bool:
    return not any(node.get(f"{{{WSDL}}}required") for node in files.wsdl.iter("*"))
