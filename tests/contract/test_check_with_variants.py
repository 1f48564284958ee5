"""`mockserver check --contract`: a saved message is judged in the words of each variant, as the mock would judge it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from conformance.client.credentials import StateFolder
from mockserver.commands import app
from mockserver.contract import load_contract
from mockserver.identities.authority import Authority
from mockserver.instant import format_instant, system_clock
from tests.contract.test_variants import CONTRACTS, VARIANTS
from tests.forge import Forge


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state")
    Authority.open(folder)
    return folder


def judged(state: Path, tmp_path: Path, written_with: Path | None, read_with: Path) -> tuple[int, dict[str, Any]]:
    """Exit code and report on a request that is written in the words of one contract and read in those of another."""
    contract, now = load_contract(written_with), system_clock()
    request = Forge.request(StateFolder(state).credentials("physician"), contract, now)
    (tmp_path / "request.xml").write_bytes(request.octets())
    (tmp_path / "request.headers").write_text(
        "POST /DossierNumberGeneration/v1 HTTP/1.1\nHost: localhost\nContent-Type: text/xml; charset=utf-8\n"
        f'SOAPAction: "{load_contract(read_with).soap_action}"\n'
        "User-Agent: tests/1.0 urllib3/2.0\nFrom: tests@example.org\n",
        encoding="utf-8",
    )
    command = ["check", str(tmp_path / "request.xml"), "--headers", str(tmp_path / "request.headers")]
    options = ["--at", format_instant(now), "--state", str(state), "--contract", str(read_with), "--json"]
    run = CliRunner().invoke(app, [*command, *options], prog_name="mockserver")
    assert run.stdout, run.stderr
    return run.exit_code, json.loads(run.stdout)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_message_in_the_words_of_a_variant_is_accepted(variant: str, state: Path, tmp_path: Path) -> None:
    code, report = judged(state, tmp_path, CONTRACTS / variant, CONTRACTS / variant)
    assert (code, report["answer"]["soa"]) == (0, None), report


@pytest.mark.parametrize("variant", ["unqualified", "renamed"])
def test_a_message_in_the_usual_words_is_refused(variant: str, state: Path, tmp_path: Path) -> None:
    code, report = judged(state, tmp_path, None, CONTRACTS / variant)
    assert code == 1
    assert report["answer"]["soa"] in ("SOA-03005", "SOA-03006")


def test_the_optional_elements_of_a_variant_may_be_left_out(state: Path, tmp_path: Path) -> None:
    code, report = judged(state, tmp_path, None, CONTRACTS / "extended")
    assert (code, report["answer"]["soa"]) == (0, None), report


def test_a_variant_that_lacks_a_needed_element_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "request.xml").write_bytes(b"<a/>")
    arguments = ["check", str(tmp_path / "request.xml"), "--contract", str(CONTRACTS / "lacking")]
    run = CliRunner().invoke(app, arguments, prog_name="mockserver")
    assert run.exit_code == 2
    assert "lacks GenerateCovidIdRequest/Criteria/Person/PhoneNumber" in run.stderr
    assert run.stderr.count("\n") == 1
