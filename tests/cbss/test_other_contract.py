"""Another contract needs no code (decisions 1): answers speak its names, and its SOAPAction is the one asked for."""

import shutil
from pathlib import Path

import pytest
from lxml import etree

from conformance.client.credentials import StateFolder
from conformance.client.message import Person, Requester
from mockserver.assembly import Plan, build_examiner
from mockserver.contract import Contract, default_contract_directory, load_contract
from mockserver.gateway.exchange import ENDPOINT_PATH, HttpRequest
from mockserver.gateway.gateway import Report
from mockserver.instant import system_clock
from tests.forge import Forge

OURS, OTHER = "urn:be:fgov:ehealth:dossiernumbergeneration:", "urn:example:another-service:"


@pytest.fixture(scope="module", params=["qualified", "unqualified"])
def contract_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our contract under other namespaces and with another SOAPAction; local elements qualified or not."""
    folder = Path(shutil.copytree(default_contract_directory(), tmp_path_factory.mktemp("contract") / "wsdl"))
    for file in folder.rglob("*.*"):
        text = file.read_text("utf-8").replace(OURS, OTHER)
        if "dossiernumbergeneration" in file.name:
            text = text.replace('elementFormDefault="qualified"', f'elementFormDefault="{request.param}"')
        file.write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def contract(contract_folder: Path) -> Contract:
    return load_contract(contract_folder)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


def examine(
    state: Path, folder: Path, contract: Contract, person: Person, requester: Requester | None = None
) -> Report:
    now = system_clock()
    credentials = StateFolder(state).credentials("physician")
    forge = Forge.request(credentials, contract, now, person=person, requester=requester)
    gateway = build_examiner(Plan(state, contract=folder), clock=lambda: now)
    fields = (
        ("Host", b"mock.example"),
        ("Content-Type", b"text/xml; charset=utf-8"),
        ("SOAPAction", f'"{contract.soap_action}"'.encode()),
    )
    return gateway.examine(HttpRequest("POST", ENDPOINT_PATH, "1.1", fields, forge.octets(), now))


LAST_NAME = "COVID_LASTNAME_TEST"


@pytest.mark.parametrize(
    ("person", "requester", "expected"),
    [
        (Person(LAST_NAME, "Zoë", "F", "+3227885155"), None, (200, None, "Success", None)),
        (Person(LAST_NAME), Requester(nihii="71999041"), (200, None, "Requester", None)),
        (Person(LAST_NAME, gender="X"), None, (200, None, "Responder", "MSG00008")),
        (Person("SOA-02001"), None, (500, "SOA-02001", None, None)),
        (Person(), None, (500, "SOA-03006", None, None)),
    ],
)
def test_each_kind_of_answer_is_that_of_the_contract(
    state: Path,
    contract_folder: Path,
    contract: Contract,
    person: Person,
    requester: Requester | None,
    expected: tuple[int, str | None, str | None, str | None],
) -> None:
    report = examine(state, contract_folder, contract, person, requester)
    answer = report.answer
    assert (answer.http, answer.soa, answer.status, answer.cbss) == expected
    (child,) = etree.fromstring(answer.body)[0]
    told = child if answer.soa is None else child[2][0]
    assert told.tag == (contract.response.name if answer.soa is None else contract.system_error.name)
    assert contract.violations(told) == []
    assert OURS.encode() not in answer.body


def test_the_contract_says_what_the_names_above_claim(contract: Contract, request: pytest.FixtureRequest) -> None:
    qualified = "[qualified" in request.node.name
    assert contract.request.name == f"{{{OTHER}protocol:v1}}GenerateCovidIdRequest"
    assert contract.request["Criteria"].name == (f"{{{OTHER}protocol:v1}}Criteria" if qualified else "Criteria")
    assert contract.soap_action == f"{OTHER}protocol:v1:GenerateCovidId"


def test_our_own_message_is_not_of_that_service(state: Path, contract_folder: Path) -> None:
    """Neither is its SOAPAction."""
    report = examine(state, contract_folder, load_contract(), Person(LAST_NAME))
    assert report.answer.soa == "SOA-03004"
    assert [finding.rule.id for finding in report.findings if finding.refuses] == ["Q06", "Q45"]
