"""For every case there is an endpoint that fails it. All of them in the slow tests; some drawn each time."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.cases import all_cases
from conformance.cases.checks import Level
from conformance.client.credentials import StateFolder
from conformance.client.endpoint import read_endpoint
from conformance.client.exchange import Client
from conformance.client.transport import Transport
from conformance.modes.engine import Result, Runner, Verdict
from conformance.modes.mock import MockUrls, running_mock
from mockserver.contract import load_contract
from tests.broken_endpoints.catalogue import DEFECTS
from tests.broken_endpoints.proxy import Defect, broken_endpoint

CASES = {case.id: case for case in all_cases()}
DRAWN = 12


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def folder(state: Path) -> StateFolder:
    return StateFolder(state)


@pytest.fixture(scope="module")
def mock(state: Path) -> Iterator[MockUrls]:
    with running_mock(state, "--memory") as urls:
        yield urls


def result_of(identifier: str, mock: MockUrls, folder: StateFolder, defect: Defect) -> Result:
    contract, transport = load_contract(), Transport("tests@example.org", 20.0)
    with broken_endpoint(mock, defect) as url:
        runner = Runner(
            folder.credentials,
            lambda caller: Client(
                read_endpoint(url), contract, caller, transport, source=folder.credentials, seed=20201019
            ),
        )
        return runner.run(CASES[identifier])


def expect_failure(identifier: str, result: Result) -> None:
    # A SHOULD cannot fail a case: its failure is the warning.
    wanted = {Verdict.FAIL} if CASES[identifier].level is not Level.SHOULD else {Verdict.FAIL, Verdict.WARN}
    assert result.verdict in wanted, (identifier, result.verdict, result.answer, result.reason)


def test_every_case_has_a_broken_endpoint_and_every_broken_endpoint_a_case(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with capsys.disabled():
        print(f"\n{len(CASES)} cases, {len(DEFECTS)} broken endpoints")  # noqa: T201 - a count that people ask for
    assert sorted(CASES) == sorted(DEFECTS)


def test_a_proxy_without_defect_changes_no_verdict(mock: MockUrls, folder: StateFolder) -> None:
    for identifier in random.sample(sorted(CASES), DRAWN):
        result = result_of(identifier, mock, folder, lambda _, got: got)
        assert result.verdict in (Verdict.PASS, Verdict.INFO), (identifier, [str(check) for check in result.broken])


def test_some_cases_drawn_at_random_fail_against_their_broken_endpoints(mock: MockUrls, folder: StateFolder) -> None:
    for identifier in random.sample(sorted(DEFECTS), DRAWN):
        expect_failure(identifier, result_of(identifier, mock, folder, DEFECTS[identifier]))


@pytest.mark.slow
@pytest.mark.parametrize("identifier", sorted(DEFECTS))
def test_the_case_fails_against_its_broken_endpoint(identifier: str, mock: MockUrls, folder: StateFolder) -> None:
    expect_failure(identifier, result_of(identifier, mock, folder, DEFECTS[identifier]))
