"""The contract as a service hands it out: `?wsdl` and `?xsd=NAME` (D01, D27, D31 of `rules.md` 3)."""

import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree
from zeep import Client
from zeep.transports import Transport

from mockserver.contract import Contract, default_contract_directory
from mockserver.namespaces import WSDL_SOAP, XSD

from .conftest import CORE_FILE, ERRORS_SOA_FILE, PROTOCOL_FILE, WSDL_FILE, XML_FILE, ContractCopy
from .messages import CORE, PROTOCOL, SSIN

ENDPOINT = "http://127.0.0.1:8080/DossierNumberGeneration/v1"


def references(document: bytes) -> list[str]:
    """Every schemaLocation in a served document."""
    root = etree.fromstring(document)
    nodes = root.iter(f"{{{XSD}}}import", f"{{{XSD}}}include")
    return [location for node in nodes if (location := node.get("schemaLocation")) is not None]


def served(contract: Contract, url: str) -> bytes:
    """What a server at ENDPOINT gives for a URL; only `?wsdl` and `?xsd=NAME` exist."""
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == ENDPOINT
    query = parse_qs(parts.query, keep_blank_values=True)
    document = contract.document("wsdl" if "wsdl" in query else query["xsd"][0], ENDPOINT)
    assert document is not None, url
    return document


def crawl(contract: Contract) -> dict[str, bytes]:
    """Everything a client can load that has only the URL of the WSDL."""
    loaded: dict[str, bytes] = {}
    pending = [f"{ENDPOINT}?wsdl"]
    while pending:
        url = pending.pop()
        if url not in loaded:
            loaded[url] = served(contract, url)
            pending += references(loaded[url])
    return loaded


def test_every_document_can_be_reached_from_the_url_of_the_wsdl(contract: Contract) -> None:
    directory = default_contract_directory()
    files = {path.relative_to(directory).as_posix() for path in directory.rglob("*.xsd")}
    expected = {f"{ENDPOINT}?xsd={name}" for name in files} | {f"{ENDPOINT}?wsdl"}
    assert set(crawl(contract)) == expected


@pytest.mark.parametrize(
    "endpoint", [ENDPOINT, "https://mock.example.be:8443/DossierNumberGeneration/v1", "https://[::1]/a%20b/"]
)
def test_the_address_is_the_endpoint_and_nothing_else(contract: Contract, endpoint: str) -> None:
    document = contract.document("wsdl", endpoint)
    assert document is not None
    addresses = [node.get("location") for node in etree.fromstring(document).iter(f"{{{WSDL_SOAP}}}address")]
    assert addresses == [endpoint]
    assert b"services-acpt.ehealth.fgov.be" not in document


def test_every_location_is_absolute(contract: Contract) -> None:
    document = contract.document(PROTOCOL_FILE, ENDPOINT)
    assert document is not None
    assert references(document) == [
        f"{ENDPOINT}?xsd=ehealth-commons/XSD/ehealth-commons-schema-protocol-2_0.xsd",
        f"{ENDPOINT}?xsd={CORE_FILE}",
    ]


def test_an_endpoint_with_special_characters_is_escaped(contract: Contract) -> None:
    endpoint = 'https://mock.example.be/a&b"<c>'
    for name in ("wsdl", PROTOCOL_FILE):
        document = contract.document(name, endpoint)
        assert document is not None
        assert references(document)[0].startswith(f"{endpoint}?xsd=")


def test_served_documents_are_utf_8_with_declaration_and_without_bom(contract: Contract) -> None:
    for document in crawl(contract).values():
        assert document.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
        assert document.decode("utf-8")
        assert b"xmlns:xml=" not in document


def test_all_but_addresses_and_locations_stays_as_it_was(contract: Contract) -> None:
    directory = default_contract_directory()
    for name in ("wsdl", CORE_FILE, PROTOCOL_FILE, ERRORS_SOA_FILE, XML_FILE):
        document = contract.document(name, ENDPOINT)
        assert document is not None
        given, original = (
            etree.fromstring(document),
            etree.parse(directory / (WSDL_FILE if name == "wsdl" else name)),
        )
        assert "Reconstructed:" in document.decode() or "Our own writing" in document.decode()
        for root in (given, original.getroot()):
            for node in root.iter(f"{{{XSD}}}import", f"{{{WSDL_SOAP}}}address"):
                node.attrib.pop("schemaLocation", None)
                node.attrib.pop("location", None)
        assert etree.tostring(given, method="c14n") == etree.tostring(original.getroot(), method="c14n")


def test_a_second_port_and_a_soap_1_2_address_are_replaced_too(contract_copy: ContractCopy) -> None:
    contract_copy.replace(
        WSDL_FILE,
        "</wsdl:service>",
        '<wsdl:port name="Production" binding="protocol:DossierNumberGenerationSoapBinding"><soap:address '
        'location="https://services.ehealth.fgov.be/DossierNumberGeneration/v1"/></wsdl:port>'
        '<wsdl:port name="Newer" binding="protocol:Newer"><s12:address '
        'xmlns:s12="http://schemas.xmlsoap.org/wsdl/soap12/" location="https://services.ehealth.fgov.be/12"/>'
        "</wsdl:port></wsdl:service>",
    )
    document = contract_copy.load().document("wsdl", ENDPOINT)
    assert document is not None
    assert document.count(f'location="{ENDPOINT}"'.encode()) == 3
    assert b"services.ehealth.fgov.be" not in document


@pytest.mark.parametrize(
    "name",
    [
        "",
        "WSDL",
        WSDL_FILE,
        "ehealth-dossiernumbergeneration-core-1_0.xsd",
        f"./{CORE_FILE}",
        f"/{CORE_FILE}",
        f"external/../{CORE_FILE}",
        "../pyproject.toml",
        "../../../../etc/passwd",
        "stray.xsd",
    ],
)
def test_other_names_are_not_served(contract_copy: ContractCopy, name: str) -> None:
    """Nor is a file of the directory that the WSDL does not reach."""
    shutil.copy(contract_copy.directory / XML_FILE, contract_copy.directory / "stray.xsd")
    assert contract_copy.load().document(name, ENDPOINT) is None


def test_a_file_name_with_blanks_and_accents_is_percent_encoded(contract_copy: ContractCopy) -> None:
    name = "Numéro & dossier #1.xsd"
    (contract_copy.directory / CORE_FILE).rename(contract_copy.directory / Path(CORE_FILE).parent / name)
    contract_copy.replace(
        PROTOCOL_FILE,
        'schemaLocation="ehealth-dossiernumbergeneration-core-1_0.xsd"',
        'schemaLocation="Num%C3%A9ro%20&amp;%20dossier%20%231.xsd"',
    )
    contract = contract_copy.load()
    urls = [url for url in crawl(contract) if "dossier%20" in url]
    assert urls == [f"{ENDPOINT}?xsd=ehealth-dossiernumbergeneration/XSD/Num%C3%A9ro%20%26%20dossier%20%231.xsd"]


def test_cdata_and_comments_and_layout_survive(contract_copy: ContractCopy) -> None:
    documentation = "<xs:documentation><![CDATA[a < b]]></xs:documentation>"
    oddity = f"\r\n\t<!-- é -->\n<xs:annotation >{documentation}</xs:annotation>\n"
    contract_copy.replace(CORE_FILE, "  <!-- Global,", f"{oddity}  <!-- Global,")
    document = contract_copy.load().document(CORE_FILE, ENDPOINT)
    assert document is not None
    assert f"\n\t<!-- é -->\n<xs:annotation>{documentation}</xs:annotation>\n" in document.decode()


def test_a_contract_in_utf_16_is_served_in_utf_8(contract_copy: ContractCopy) -> None:
    path = contract_copy.directory / CORE_FILE
    path.write_bytes(path.read_text("utf-8").replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16"))
    document = contract_copy.load().document(CORE_FILE, ENDPOINT)
    assert document is not None
    assert document.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert etree.fromstring(document).get("targetNamespace") == CORE


class ServedContract(Transport):
    """Loads from the contract instead of a server, so that a foreign client can be tested without one."""

    def __init__(self, load: Callable[[str], bytes]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._load_document = load

    def load(self, url: str) -> bytes:
        return self._load_document(url)


def test_zeep_reads_the_served_contract_and_writes_a_valid_request(contract: Contract) -> None:
    transport = ServedContract(lambda url: served(contract, url))
    client = Client(f"{ENDPOINT}?wsdl", transport=transport)  # type: ignore[no-untyped-call]
    (service,) = client.wsdl.services.values()
    (port,) = service.ports.values()
    assert port.binding_options["address"] == ENDPOINT
    operation = port.binding.get("GenerateCovidId")
    assert operation.soapaction == contract.soap_action
    envelope = client.create_message(  # type: ignore[no-untyped-call]
        client.service,
        "GenerateCovidId",
        Id="_1",
        IssueInstant="2026-11-23T18:34:04Z",
        Criteria={
            "Requester": {"PersonIdentifier": SSIN},
            "Person": {"LastName": "COVID_LASTNAME_TEST", "FirstNames": "Jérôme Zoë"},
        },
    )
    request = envelope.find(f".//{{{PROTOCOL}}}GenerateCovidIdRequest")
    assert contract.violations(request) == []
