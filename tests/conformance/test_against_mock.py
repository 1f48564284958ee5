"""The suite against the real mock, which runs as a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from junitparser import JUnitXml
from typer.testing import CliRunner

from conformance.cases import all_cases
from conformance.cases.expectations import expect_success
from conformance.client.credentials import Credentials
from conformance.client.endpoint import read_endpoint
from conformance.client.exchange import Client
from conformance.client.message import Person
from conformance.client.signer import TokenSignature
from conformance.client.transport import Transport
from conformance.commands import app
from conformance.modes.mock import MockError, running_mock
from mockserver.contract import Contract

ROOT = Path(__file__).parents[2]


def test_all_cases_pass_in_two_processes_and_in_random_order(mock_url: str, state: Path, tmp_path: Path) -> None:
    code, output = run("--endpoint", mock_url, "--state", state, "--out", tmp_path, "--jobs", "2")
    assert code == 0, output
    report = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [case["id"] for case in report["cases"]] == [case.id for case in all_cases()]
    assert {case["verdict"] for case in report["cases"]} == {"PASS", "INFO"}
    schema = json.loads((ROOT / "docs" / "results.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(report)] == []
    [suite] = JUnitXml.fromfile(str(tmp_path / "junit.xml"))
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (len(all_cases()), 0, 0, 0)
    assert sorted(case.name for case in suite) == sorted(case.id for case in all_cases())


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["run", *map(str, arguments)])
    return result.exit_code, result.output


def test_the_five_recommended_cases_pass(mock_url: str, state: Path, tmp_path: Path) -> None:
    code, output = run("--endpoint", mock_url, "--state", state, "--out", tmp_path, "-k", "recommended")
    assert code == 0, output
    report = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [(case["id"], case["verdict"]) for case in report["cases"] if case["clause"] == "7.2"] == [
        ("recommended-lastname-only", "PASS"),
        ("recommended-all-fields", "PASS"),
        ("recommended-no-lastname", "PASS"),
        ("recommended-physician-other-requester", "PASS"),
        ("recommended-sorting-center-other-requester", "PASS"),
    ]
    # decisions.md 3: the mock answers an absent LastName with the schema's refusal.
    assert report["cases"][2]["answer"].startswith("SOA-03006: XSD compliance failure")


@pytest.mark.parametrize("token_signature", TokenSignature)
def test_every_way_of_signing_the_token_is_accepted(
    mock_url: str,
    physician: Credentials,
    contract: Contract,
    transport: Transport,
    token_signature: TokenSignature,
) -> None:
    client = Client(read_endpoint(mock_url), contract, physician, transport)
    exchange = client.generate_covid_id(
        physician.requester, Person("COVID_LASTNAME_TEST"), token_signature=token_signature
    )
    assert [str(check) for check in expect_success(exchange) if not check.held] == []


def test_two_calls_give_two_identifiers(
    mock_url: str, physician: Credentials, contract: Contract, transport: Transport
) -> None:
    client = Client(read_endpoint(mock_url), contract, physician, transport)
    first, second = (
        client.generate_covid_id(physician.requester, Person("COVID_LASTNAME_TEST")).answer.summary() for _ in range(2)
    )
    assert first.startswith("Success, CovidDossierIdentifier ")
    assert first != second


def test_a_mock_with_another_state_folder_fails_the_cases_and_the_report_says_what_to_do(
    mock_url: str, tmp_path: Path
) -> None:
    code, output = run(
        "--endpoint", mock_url, "--state", tmp_path / "other", "--out", tmp_path, "-k", "recommended-all"
    )
    assert code == 1
    assert "SOA-01001: Service call not authenticated" in output
    assert "give its folder with --state" in output


def test_the_demo_shows_five_answers_and_leaves_the_samples(tmp_path: Path) -> None:
    demo = subprocess.run(
        [sys.executable, "-m", "conformance.demo"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (demo.returncode, demo.stderr) == (0, "")
    assert "5 PASS" in demo.stdout.splitlines()
    assert "CovidDossierIdentifier" in demo.stdout
    assert "SOA-03006" in demo.stdout
    exchanges = tmp_path / "demo-out" / "exchanges"
    assert len(list(exchanges.glob("*/request.xml"))) == len(list(exchanges.glob("*/answer.xml"))) == 5


def test_a_mock_that_does_not_start_says_why(state: Path) -> None:
    refused = pytest.raises(MockError, match=r"(?s)ended before it was ready; its stderr:.*nonsense")
    with refused, running_mock(state, "--nonsense"):
        pytest.fail("it cannot have started")
