"""A contract whose files cannot be used is refused with one sentence that names the file and the trouble."""

import os
from pathlib import Path

import pytest

from mockserver.contract import ContractError, load_contract
from mockserver.contract.documents import MAX_BYTES

from .conftest import CORE_FILE, ERRORS_CORE_FILE, PROTOCOL_FILE, WSDL_FILE, XML_FILE, ContractCopy, refusal

CORE_LOCATION = 'schemaLocation="ehealth-dossiernumbergeneration-core-1_0.xsd"'


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="nowhere does not exist: name the folder that holds the WSDL"):
        load_contract(tmp_path / "nowhere")


def test_a_file_in_place_of_the_directory_is_refused(contract_copy: ContractCopy) -> None:
    with pytest.raises(ContractError, match="is not a directory: name the folder that holds the WSDL"):
        load_contract(contract_copy.directory / WSDL_FILE)


def test_a_directory_without_wsdl_is_refused(tmp_path: Path) -> None:
    (tmp_path / "service.xsd").touch()
    with pytest.raises(ContractError, match=r"holds no \.wsdl file"):
        load_contract(tmp_path)


def test_several_wsdls_are_refused_by_name(contract_copy: ContractCopy) -> None:
    (contract_copy.directory / "Another.WSDL").touch()
    sentence = refusal(contract_copy)
    assert sentence.endswith(f"holds several WSDLs, keep one: Another.WSDL, {WSDL_FILE}")


def test_hidden_files_are_no_part_of_a_contract(contract_copy: ContractCopy) -> None:
    """Archives made on macOS carry `._name.wsdl`; a Kubernetes volume has every file again below `..data`."""
    (contract_copy.directory / "._service.wsdl").write_bytes(b"\0\5\26\7")
    (contract_copy.directory / "..data").mkdir()
    (contract_copy.directory / "..data" / "service.wsdl").touch()
    assert contract_copy.load().operation == "GenerateCovidId"


@pytest.mark.parametrize("file", [WSDL_FILE, CORE_FILE, XML_FILE])
def test_a_malformed_file_is_named(contract_copy: ContractCopy, file: str) -> None:
    (contract_copy.directory / file).write_bytes(b"<a><b></a>")
    assert refusal(contract_copy).startswith(f"{contract_copy.directory / file} is not well-formed XML: Opening")


def test_an_empty_file_is_named(contract_copy: ContractCopy) -> None:
    (contract_copy.directory / CORE_FILE).write_bytes(b"")
    assert refusal(contract_copy).startswith(f"{contract_copy.directory / CORE_FILE} is not well-formed XML")


def test_a_file_that_is_something_else_is_named(contract_copy: ContractCopy) -> None:
    (contract_copy.directory / CORE_FILE).write_text("<html/>")
    assert refusal(contract_copy) == (
        f"{contract_copy.directory / CORE_FILE} has the root 'html', expected "
        "{http://www.w3.org/2001/XMLSchema}schema"
    )


def test_a_missing_schema_is_named(contract_copy: ContractCopy) -> None:
    (contract_copy.directory / CORE_FILE).unlink()
    path = contract_copy.directory / CORE_FILE
    assert refusal(contract_copy) == f"{path} does not exist, and the contract refers to it"


def test_a_directory_in_place_of_a_schema_is_named(contract_copy: ContractCopy) -> None:
    (contract_copy.directory / CORE_FILE).unlink()
    (contract_copy.directory / CORE_FILE).mkdir()
    assert refusal(contract_copy) == f"{contract_copy.directory / CORE_FILE} is not a file"


def test_an_oversized_file_is_refused(contract_copy: ContractCopy) -> None:
    (contract_copy.directory / CORE_FILE).write_bytes(b" " * (MAX_BYTES + 1))
    assert refusal(contract_copy) == f"{contract_copy.directory / CORE_FILE} is larger than {MAX_BYTES} bytes"


def test_an_endless_chain_of_schemas_is_refused(contract_copy: ContractCopy) -> None:
    schema = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{}</xs:schema>'
    for number in range(201):
        include = f'<xs:include schemaLocation="chain{number + 1}.xsd"/>'
        (contract_copy.directory / f"chain{number}.xsd").write_text(schema.format(include))
    contract_copy.replace(XML_FILE, "<xs:attribute ", '<xs:include schemaLocation="../../chain0.xsd"/><xs:attribute ')
    assert "reaches more than 200 schemas" in refusal(contract_copy)


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE schema>",
        '<!DOCTYPE schema SYSTEM "http://127.0.0.1:9/schema.dtd">',
        '<!DOCTYPE schema [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_a_doctype_is_refused(contract_copy: ContractCopy, doctype: str) -> None:
    contract_copy.replace(CORE_FILE, "<xs:schema\n", f"{doctype}<xs:schema\n")
    path = contract_copy.directory / CORE_FILE
    assert refusal(contract_copy) == f"{path} has a DOCTYPE, which is not supported: remove it"


@pytest.mark.parametrize(
    "location",
    [
        "http://www.w3.org/2001/XMLSchema.xsd",
        "https://www.w3.org/2001/xml.xsd?version=2",
        "HTTP://www.w3.org/2001/xml.xsd",
        "file:///etc/passwd",
        "file:core.xsd",
        "urn:contract:core",
        "//files.example.be/core.xsd",
        "//files.example.be",
        "/etc/passwd",
        "%2Fetc/passwd",
        "C:/contract/core.xsd",
        "core.xsd?version=2",
        "core.xsd#CriteriaType",
    ],
)
def test_a_location_that_would_have_to_be_fetched_is_refused(contract_copy: ContractCopy, location: str) -> None:
    contract_copy.replace(PROTOCOL_FILE, CORE_LOCATION, f'schemaLocation="{location}"')
    sentence = refusal(contract_copy)
    assert sentence.startswith(f"{contract_copy.directory / PROTOCOL_FILE}: schemaLocation '{location}' is not a rel")
    assert "nothing is fetched, so put that schema into the contract directory" in sentence


@pytest.mark.parametrize(
    "location",
    [
        "../../../core.xsd",
        "../../..",
        "../../ehealth-commons/../../core.xsd",
        "%2e%2e/%2E%2E/../core.xsd",
        "..%2F..%2F..%2Fcore.xsd",
    ],
)
def test_a_location_out_of_the_directory_is_refused(contract_copy: ContractCopy, location: str) -> None:
    (contract_copy.directory.parent / "core.xsd").write_bytes((contract_copy.directory / CORE_FILE).read_bytes())
    contract_copy.replace(PROTOCOL_FILE, CORE_LOCATION, f'schemaLocation="{location}"')
    assert refusal(contract_copy) == (
        f"{contract_copy.directory / PROTOCOL_FILE}: schemaLocation '{location}' leads out of the contract directory"
    )


@pytest.mark.parametrize("location", ["", " ", "..\\XSD\\core.xsd", "core%00.xsd", "core%0A.xsd"])
def test_a_location_that_names_no_file_is_refused(contract_copy: ContractCopy, location: str) -> None:
    contract_copy.replace(PROTOCOL_FILE, CORE_LOCATION, f'schemaLocation="{location}"')
    assert "does not name a file" in refusal(contract_copy)


def test_a_location_that_is_no_uri_is_refused(contract_copy: ContractCopy) -> None:
    contract_copy.replace(PROTOCOL_FILE, CORE_LOCATION, 'schemaLocation="//[core.xsd"')
    assert "schemaLocation '//[core.xsd' is not a URI" in refusal(contract_copy)


@pytest.mark.skipif(os.name == "nt", reason="Windows lets only administrators make symbolic links")
def test_a_symbolic_link_out_of_the_directory_is_refused(contract_copy: ContractCopy) -> None:
    inside, outside = contract_copy.directory / CORE_FILE, contract_copy.directory.parent / "core.xsd"
    inside.rename(outside)
    inside.symlink_to(outside)
    assert refusal(contract_copy).startswith(f"{inside} leads out of the contract directory, to ")


@pytest.mark.skipif(os.name == "nt", reason="Windows lets only administrators make symbolic links")
def test_a_symbolic_link_to_itself_is_refused(contract_copy: ContractCopy) -> None:
    path = contract_copy.directory / CORE_FILE
    path.unlink()
    path.symlink_to(path)
    assert refusal(contract_copy).startswith(f"{path} cannot be read: ")


def test_a_schema_of_another_namespace_than_imported_is_refused(contract_copy: ContractCopy) -> None:
    contract_copy.replace(ERRORS_CORE_FILE, 'targetNamespace="urn:be:fgov:', 'targetNamespace="urn:xx:fgov:')
    sentence = refusal(contract_copy)
    assert "imports the namespace 'urn:be:fgov:ehealth:errors:core:v1' from" in sentence
    assert "whose targetNamespace is 'urn:xx:fgov:ehealth:errors:core:v1'" in sentence


def test_an_invalid_schema_is_named(contract_copy: ContractCopy) -> None:
    contract_copy.replace(CORE_FILE, 'type="core:CbeType"', 'type="core:Unknown"')
    sentence = refusal(contract_copy)
    assert sentence.startswith(f"{contract_copy.directory / CORE_FILE} is not a valid XML Schema: element decl.")
    assert "'{urn:be:fgov:ehealth:dossiernumbergeneration:core:v1}Unknown' does not resolve" in sentence


def test_a_schema_that_redefines_another_is_refused(contract_copy: ContractCopy) -> None:
    contract_copy.replace(
        CORE_FILE,
        '<xs:complexType name="CriteriaType">',
        '<xs:redefine schemaLocation="x.xsd"/><xs:complexType name="CriteriaType">',
    )
    assert "uses xs:redefine, which is not supported: write the definition out" in refusal(contract_copy)
