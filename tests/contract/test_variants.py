"""Contracts that say it otherwise: mock and suite speak each of them, with no code touched."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.contract import ContractError, load_contract, w3c
from mockserver.instant import system_clock
from tests.conftest import Mock
from tests.contract.conftest import CORE_FILE, ERRORS_CORE_FILE, ContractCopy
from tests.forge import Forge

CONTRACTS = Path(__file__).resolve().parents[2] / "fixtures" / "contracts"
VARIANTS = ("unqualified", "renamed", "extended")

A_FEW = (
    "message-cut",
    "access-sorting-center-all-fields",
    "access-sorting-center-no-lastname",
    "access-mandatary-is-not-the-end-user",
    "access-no-legal-context",
)

each_variant = pytest.mark.parametrize("variant", VARIANTS)


def run_suite(mock: Mock, folder: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = ["run", "--endpoint", mock.url, "--state", str(mock.state), "--contract", str(folder), *options]
    return subprocess.run(
        [sys.executable, "-m", "conformance", *command, "--out", str(out)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_each_variant_says_what_it_is_for() -> None:
    usual = load_contract()
    unqualified, renamed, extended = (load_contract(CONTRACTS / variant) for variant in VARIANTS)
    assert unqualified.request["Criteria/Person/LastName"].name == "LastName"
    assert unqualified.response["CovidDossierIdentifier"].name == "CovidDossierIdentifier"
    assert {unqualified.soap_action, extended.soap_action} == {usual.soap_action}
    assert renamed.soap_action == "http://example.org/covid/2.3/GenerateCovidId"
    for name in ("request", "response", "cbss_status", "system_error"):
        assert getattr(renamed, name).name != getattr(usual, name).name
    assert renamed.request.local == "CovidIdentifierRequest"
    assert renamed.response["Status"].name == "{urn:be:fgov:ehealth:commons:core:v4}Status"
    for path in ("Language", "Signature", "Criteria/Person/Title", "Criteria/Person/Address"):
        assert not extended.request[path].required
    assert next(iter(extended.request["Criteria/Person"].children)) == "Title"


@each_variant
def test_a_request_in_the_words_of_a_variant_is_answered_in_them_and_one_in_the_usual_words_is_not(
    start_mock: Callable[..., Mock], variant: str
) -> None:
    contract = load_contract(CONTRACTS / variant)
    mock = start_mock("--contract", str(CONTRACTS / variant))
    fields = [(n, f'"{contract.soap_action}"' if n == "SOAPAction" else v) for n, v in mock.fields()]
    credentials = mock.credentials()
    reply = mock.post(Forge.request(credentials, contract, system_clock()), fields)
    assert (reply.status, reply.rules) == ("Success", [])
    assert contract.response.local.encode() in reply.body
    usual = mock.post(Forge.request(credentials, load_contract(), system_clock()), fields)
    assert usual.status == "Success" if variant == "extended" else usual.soa in ("SOA-03005", "SOA-03006")


@each_variant
def test_a_few_cases_of_the_suite_pass_with_a_variant(
    start_mock: Callable[..., Mock], tmp_path: Path, variant: str
) -> None:
    mock = start_mock("--contract", str(CONTRACTS / variant))
    chosen = [option for case in A_FEW for option in ("--case", case)]
    run = run_suite(mock, CONTRACTS / variant, tmp_path / "out", *chosen)
    assert (run.returncode, run.stderr) == (0, ""), run.stdout
    # A request without LastName is judged for information only.
    assert "4 PASS, 1 INFO" in run.stdout


@pytest.mark.slow
@each_variant
def test_the_whole_suite_passes_with_a_variant(start_mock: Callable[..., Mock], tmp_path: Path, variant: str) -> None:
    mock = start_mock("--contract", str(CONTRACTS / variant))
    run = run_suite(mock, CONTRACTS / variant, tmp_path / "out")
    assert (run.returncode, run.stderr) == (0, ""), run.stdout


def test_a_contract_that_lacks_an_element_is_refused_with_its_name() -> None:
    with pytest.raises(ContractError) as refused:
        load_contract(CONTRACTS / "lacking")
    file = CONTRACTS / "lacking" / "lacking.wsdl"
    assert str(refused.value) == f"{file} lacks GenerateCovidIdRequest/Criteria/Person/PhoneNumber"


XML_LOCATION = 'schemaLocation="../../external/XSD/xml.xsd"'


@pytest.mark.parametrize("url", [*w3c.urls()[:6], "https://www.w3.org/2001/xml.xsd"])
def test_a_schema_at_the_w3c_is_answered_from_our_own_copy(contract_copy: ContractCopy, url: str) -> None:
    contract_copy.replace(ERRORS_CORE_FILE, XML_LOCATION, f'schemaLocation="{url}"')
    (contract_copy.directory / "external" / "XSD" / "xml.xsd").unlink()
    contract = contract_copy.load()
    assert contract.system_error["Message"].attributes == {"{http://www.w3.org/XML/1998/namespace}lang": False}
    served = contract.document(ERRORS_CORE_FILE, "http://mock.example/service")
    assert served is not None
    assert b'schemaLocation="http://mock.example/service?xsd=w3c%3Axml.xsd"' in served
    assert contract.document("w3c:xml.xsd", "http://mock.example/service") is not None


@pytest.mark.parametrize("url", w3c.urls()[6:])
def test_the_schema_of_signatures_is_answered_from_our_own_copy(contract_copy: ContractCopy, url: str) -> None:
    use = '<xs:element name="Gender" type="xs:string" minOccurs="0"/><xs:element ref="ds:KeyInfo" minOccurs="0"/>'
    contract_copy.replace(CORE_FILE, '<xs:element name="Gender" type="xs:string" minOccurs="0"/>', use)
    imported = f'<xs:import namespace="http://www.w3.org/2000/09/xmldsig#" schemaLocation="{url}"/>'
    contract_copy.replace(CORE_FILE, 'version="1.0">', f'version="1.0">{imported}')
    contract_copy.replace(CORE_FILE, "<xs:schema", '<xs:schema xmlns:ds="http://www.w3.org/2000/09/xmldsig#"')
    key_info = contract_copy.load().request["Criteria/Person/KeyInfo"]
    assert "X509Certificate" in key_info["X509Data"].children


def test_a_namespace_of_the_w3c_may_be_imported_without_saying_from_where(contract_copy: ContractCopy) -> None:
    contract_copy.replace(ERRORS_CORE_FILE, XML_LOCATION, "")
    (contract_copy.directory / "external" / "XSD" / "xml.xsd").unlink()
    assert contract_copy.load().system_error["Message"].attributes


def test_a_copy_of_the_contracts_own_stands_beside_a_url_for_the_same_namespace(contract_copy: ContractCopy) -> None:
    imported = (
        '<xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="http://www.w3.org/2001/xml.xsd"/>'
    )
    contract_copy.replace(CORE_FILE, 'version="1.0">', f'version="1.0">{imported}')
    assert contract_copy.load().system_error["Message"].attributes
