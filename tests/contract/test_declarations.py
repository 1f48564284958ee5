"""Every construct of XML Schema 1.0 by which a contract may declare an element."""

from pathlib import Path

import pytest

from mockserver.contract import ContractError, ElementDeclaration
from mockserver.contract.declarations import Declarations
from mockserver.contract.documents import read_documents
from mockserver.contract.schemas import compile_schemas, find_schemas
from mockserver.namespaces import WSDL, XSD


class SmallContract:
    """A WSDL that holds nothing but types, with schema files beside it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def schema(self, name: str, content: str, attributes: str = 'targetNamespace="urn:t" xmlns="urn:t"') -> None:
        text = f'<xs:schema xmlns:xs="{XSD}" elementFormDefault="qualified" {attributes}>{content}</xs:schema>'
        (self.directory / name).write_text(text, "utf-8")

    def declarations(self, types: str) -> Declarations:
        """The declarations, compiled first as `load_contract` does it."""
        (self.directory / "service.wsdl").write_text(
            f'<wsdl:definitions xmlns:wsdl="{WSDL}" xmlns:xs="{XSD}" xmlns:t="urn:t"><wsdl:types>{types}'
            "</wsdl:types></wsdl:definitions>",
            "utf-8",
        )
        schemas = find_schemas(read_documents(self.directory))
        compile_schemas(schemas)
        return Declarations(schemas)

    def root(self, content: str) -> ElementDeclaration:
        """The declaration of {urn:t}Root in a single schema with this content."""
        self.schema("t.xsd", content)
        return self.declarations(IMPORT_T).element("{urn:t}Root")


IMPORT_T = '<xs:schema><xs:import namespace="urn:t" schemaLocation="t.xsd"/></xs:schema>'


@pytest.fixture
def small(tmp_path: Path) -> SmallContract:
    return SmallContract(tmp_path)


def required(declaration: ElementDeclaration) -> dict[str, bool]:
    return {child.name: child.required for child in declaration.children.values()}


def test_an_anonymous_type(small: SmallContract) -> None:
    root = small.root(
        '<xs:element name="Root"><xs:complexType><xs:sequence><xs:element name="A"><xs:complexType>'
        "<xs:sequence>"
        '<xs:element name="B" type="xs:string"/></xs:sequence></xs:complexType></xs:element></xs:sequence>'
        '<xs:attribute name="a" use="required"/></xs:complexType></xs:element>'
    )
    assert root["A/B"].name == "{urn:t}B"
    assert root.attributes == {"a": True}


def test_simple_types_and_elements_without_type_hold_no_elements(small: SmallContract) -> None:
    root = small.root(
        '<xs:element name="Root" type="T"/><xs:complexType name="T"><xs:sequence><xs:element name="A"/>'
        '<xs:element name="B" type="S"/><xs:element name="C"><xs:simpleType><xs:restriction base="xs:int"/>'
        '</xs:simpleType></xs:element></xs:sequence></xs:complexType><xs:simpleType name="S"><xs:restriction '
        'base="xs:string"/></xs:simpleType>'
    )
    assert [dict(child.children) for child in root.children.values()] == [{}, {}, {}]


def test_what_lies_in_a_choice_or_an_optional_group_is_not_required(small: SmallContract) -> None:
    root = small.root(
        '<xs:element name="Root"><xs:complexType><xs:sequence><xs:element name="A"/>'
        '<xs:element name="B" minOccurs="0"/><xs:choice><xs:element name="C"/><xs:sequence>'
        '<xs:element name="D"/>'
        '</xs:sequence></xs:choice><xs:sequence minOccurs="0"><xs:element name="E"/></xs:sequence>'
        '<xs:sequence><xs:element name="F" minOccurs="2" maxOccurs="3"/></xs:sequence>'
        '<xs:element name="G" minOccurs="0" maxOccurs="0"/></xs:sequence></xs:complexType></xs:element>'
    )
    assert required(root) == {
        "{urn:t}A": True,
        "{urn:t}B": False,
        "{urn:t}C": False,
        "{urn:t}D": False,
        "{urn:t}E": False,
        "{urn:t}F": True,
    }


def test_an_all_group(small: SmallContract) -> None:
    root = small.root(
        '<xs:element name="Root"><xs:complexType><xs:all><xs:element name="A"/>'
        '<xs:element name="B" minOccurs="0"/>'
        "</xs:all></xs:complexType></xs:element>"
    )
    assert required(root) == {"{urn:t}A": True, "{urn:t}B": False}


def test_named_groups_of_elements_and_attributes(small: SmallContract) -> None:
    root = small.root(
        '<xs:element name="Root"><xs:complexType><xs:sequence><xs:group ref="G"/>'
        '<xs:group ref="H" minOccurs="0"/>'
        '</xs:sequence><xs:attributeGroup ref="AG"/></xs:complexType></xs:element>'
        '<xs:group name="G"><xs:sequence><xs:element name="A"/></xs:sequence></xs:group>'
        '<xs:group name="H"><xs:sequence><xs:element name="B"/></xs:sequence></xs:group>'
        '<xs:attributeGroup name="AG"><xs:attribute name="a"/><xs:attributeGroup ref="Inner"/>'
        "</xs:attributeGroup>"
        '<xs:attributeGroup name="Inner"><xs:attribute name="b" use="required"/></xs:attributeGroup>'
    )
    assert required(root) == {"{urn:t}A": True, "{urn:t}B": False}
    assert root.attributes == {"a": False, "b": True}


def test_a_group_as_the_whole_content_of_a_type(small: SmallContract) -> None:
    root = small.root(
        '<xs:element name="Root"><xs:complexType><xs:group ref="G"/></xs:complexType></xs:element>'
        '<xs:group name="G"><xs:choice><xs:element name="A"/></xs:choice></xs:group>'
    )
    assert required(root) == {"{urn:t}A": False}


def test_an_extension_has_what_its_bases_have_and_then_its_own(small: SmallContract) -> None:
    root = small.root(
        '<xs:element name="Root" type="Outer"/><xs:complexType name="Outer"><xs:complexContent>'
        '<xs:extension base="Middle"><xs:sequence><xs:element name="C"/></xs:sequence>'
        '<xs:attribute name="c"/>'
        '</xs:extension></xs:complexContent></xs:complexType><xs:complexType name="Middle">'
        "<xs:complexContent>"
        '<xs:extension base="Inner"><xs:sequence><xs:element name="B"/></xs:sequence></xs:extension>'
        '</xs:complexContent></xs:complexType><xs:complexType name="Inner"><xs:sequence>'
        '<xs:element name="A"/>'
        '</xs:sequence><xs:attribute name="a" use="required"/></xs:complexType>'
    )
    assert list(root.children) == ["A", "B", "C"]
    assert root.attributes == {"a": True, "c": False}


def test_a_restriction_lists_its_elements_anew_and_keeps_attributes_it_does_not_prohibit(
    small: SmallContract,
) -> None:
    root = small.root(
        '<xs:element name="Root" type="Narrow"/><xs:complexType name="Narrow"><xs:complexContent>'
        '<xs:restriction base="Wide"><xs:sequence><xs:element name="A"/></xs:sequence>'
        '<xs:attribute name="b" use="prohibited"/><xs:attribute name="c" use="required"/></xs:restriction>'
        '</xs:complexContent></xs:complexType><xs:complexType name="Wide"><xs:sequence><xs:element name="A"/>'
        '<xs:element name="B" minOccurs="0"/></xs:sequence><xs:attribute name="a"/><xs:attribute name="b"/>'
        '<xs:attribute name="c"/></xs:complexType>'
    )
    assert list(root.children) == ["A"]
    assert root.attributes == {"a": False, "c": True}


def test_simple_content_has_attributes(small: SmallContract) -> None:
    root = small.root(
        '<xs:element name="Root" type="More"/><xs:complexType name="More"><xs:simpleContent><xs:extension '
        'base="Text"><xs:attribute name="b"/></xs:extension></xs:simpleContent></xs:complexType>'
        '<xs:complexType name="Text"><xs:simpleContent><xs:extension base="xs:string">'
        '<xs:attribute name="a"/>'
        "</xs:extension></xs:simpleContent></xs:complexType>"
    )
    assert root.attributes == {"a": False, "b": False}
    assert dict(root.children) == {}


def test_a_reference_to_a_global_element(small: SmallContract) -> None:
    small.schema("u.xsd", '<xs:element name="A"/>', 'targetNamespace="urn:u"')
    small.schema(
        "t.xsd",
        '<xs:import namespace="urn:u" schemaLocation="u.xsd"/><xs:element name="Root"><xs:complexType>'
        '<xs:sequence><xs:element ref="u:A" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>',
        'targetNamespace="urn:t" xmlns="urn:t" xmlns:u="urn:u"',
    )
    assert required(small.declarations(IMPORT_T).element("{urn:t}Root")) == {"{urn:u}A": False}


def test_qualified_attributes_bear_their_namespace(small: SmallContract) -> None:
    root = small.root(
        '<xs:element name="Root"><xs:complexType><xs:attribute name="a" form="qualified"/>'
        '<xs:attribute ref="b"/>'
        '<xs:attribute name="c"/></xs:complexType></xs:element><xs:attribute name="b"/>'
    )
    assert set(root.attributes) == {"{urn:t}a", "{urn:t}b", "c"}


def test_an_extended_type_whose_base_holds_it_in_turn(small: SmallContract) -> None:
    """The base is not complete when its element is met; the extension must still inherit all of it."""
    root = small.root(
        '<xs:element name="Root" type="Base"/><xs:complexType name="Base"><xs:sequence>'
        '<xs:element name="Nested" type="Extended" minOccurs="0"/><xs:element name="Late"/></xs:sequence>'
        '</xs:complexType><xs:complexType name="Extended"><xs:complexContent><xs:extension base="Base">'
        "<xs:sequence>"
        '<xs:element name="Own"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>'
    )
    assert list(root["Nested"].children) == ["Nested", "Late", "Own"]
    assert list(root["Nested/Nested/Nested"].children) == ["Nested", "Late", "Own"]


def test_where_a_name_occurs_twice_the_first_counts(small: SmallContract) -> None:
    root = small.root(
        '<xs:element name="Root"><xs:complexType><xs:sequence><xs:element name="A"/><xs:element name="B"/>'
        '<xs:element name="A" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>'
    )
    assert required(root) == {"{urn:t}A": True, "{urn:t}B": True}


def test_an_included_file_without_namespace_takes_that_of_the_file_including_it(small: SmallContract) -> None:
    small.schema(
        "common.xsd",
        '<xs:complexType name="T"><xs:sequence><xs:element name="A" type="S"/></xs:sequence></xs:complexType>'
        '<xs:complexType name="S"><xs:sequence><xs:element name="B"/></xs:sequence></xs:complexType>',
        "",
    )
    include = '<xs:include schemaLocation="common.xsd"/><xs:element name="Root" type="T"/>'
    small.schema("t.xsd", include)
    small.schema("u.xsd", include, 'targetNamespace="urn:u" xmlns="urn:u"')
    declarations = small.declarations(
        '<xs:schema><xs:import namespace="urn:t" schemaLocation="t.xsd"/>'
        '<xs:import namespace="urn:u" schemaLocation="u.xsd"/></xs:schema>'
    )
    assert declarations.element("{urn:t}Root")["A/B"].name == "{urn:t}B"
    assert declarations.element("{urn:u}Root")["A/B"].name == "{urn:u}B"


def test_one_namespace_in_several_files(small: SmallContract) -> None:
    """libxml2 alone would skip the second import of a namespace without a word."""
    small.schema("t1.xsd", '<xs:element name="Root" type="T"/>')
    small.schema(
        "t2.xsd",
        '<xs:complexType name="T"><xs:sequence><xs:element name="A"/></xs:sequence></xs:complexType>',
    )
    declarations = small.declarations(
        '<xs:schema><xs:import namespace="urn:t" schemaLocation="t1.xsd"/></xs:schema>'
        '<xs:schema><xs:import namespace="urn:t" schemaLocation="t2.xsd"/></xs:schema>'
    )
    assert list(declarations.element("{urn:t}Root").children) == ["A"]


def test_files_that_import_each_other(small: SmallContract) -> None:
    small.schema(
        "t.xsd",
        '<xs:import namespace="urn:u" schemaLocation="u.xsd"/><xs:element name="Root" type="u:T"/>'
        '<xs:element name="Leaf"/>',
        'targetNamespace="urn:t" xmlns:u="urn:u"',
    )
    small.schema(
        "u.xsd",
        '<xs:import namespace="urn:t" schemaLocation="t.xsd"/><xs:complexType name="T"><xs:sequence>'
        '<xs:element ref="t:Leaf"/></xs:sequence></xs:complexType>',
        'targetNamespace="urn:u" xmlns:t="urn:t"',
    )
    assert list(small.declarations(IMPORT_T).element("{urn:t}Root").children) == ["Leaf"]


def test_schemas_written_into_the_wsdl(small: SmallContract) -> None:
    """Prefixes may be declared on wsdl:definitions, and one schema may import another without a location."""
    declarations = small.declarations(
        '<xs:schema targetNamespace="urn:u"><xs:import namespace="urn:t"/>'
        '<xs:element name="Root" type="t:T"/>'
        '</xs:schema><xs:schema targetNamespace="urn:t" elementFormDefault="qualified">'
        '<xs:complexType name="T">'
        '<xs:sequence><xs:element name="A"/></xs:sequence></xs:complexType></xs:schema>'
    )
    assert required(declarations.element("{urn:u}Root")) == {"{urn:t}A": True}


def test_a_schema_without_namespace(small: SmallContract) -> None:
    small.schema(
        "none.xsd",
        '<xs:element name="Root"><xs:complexType><xs:sequence><xs:element name="A"/></xs:sequence>'
        "</xs:complexType>"
        "</xs:element>",
        "",
    )
    types = '<xs:schema targetNamespace="urn:u"><xs:import schemaLocation="none.xsd"/></xs:schema>'
    root = small.declarations(types).element("Root")
    assert (root.name, list(root.children), root["A"].name) == ("Root", ["A"], "A")


def test_an_include_without_location_is_refused(small: SmallContract) -> None:
    small.schema("t.xsd", "<xs:include/>")
    with pytest.raises(ContractError, match=r"t\.xsd is not a valid XML Schema: .*schemaLocation"):
        small.declarations(IMPORT_T)


def test_declarations_cannot_be_changed(small: SmallContract) -> None:
    root = small.root('<xs:element name="Root"/>')
    with pytest.raises(TypeError):
        root.children["A"] = root  # type: ignore[index]
