"""The three modes against clients that do what they must, and against those that do not."""

import sys

import pytest

from conformance.certify.provocations import PROVOCATIONS
from conformance.certify.recommended import RECOMMENDED
from conformance.modes.engine import Result, Verdict
from tests.clients.catalogue import BROKEN, Broken
from tests.clients.conftest import Certify, all_cases, drawn
from tests.clients.deviations import DEVIATIONS

GOOD = ("tests.clients.reference", "tests.clients.zeep_client")
BEHAVED = [broken for broken in BROKEN if broken.deviation != "never-ends"]


def shown(results: list[Result]) -> str:
    return "\n".join(
        f"{result.verdict} {result.case.id}: {[str(check) for check in result.broken]}" for result in results
    )


def expect_caught(broken: Broken, certify: Certify, *cases: str) -> None:
    timeout = 4.0 if broken.deviation in ("never-ends", "tries-for-ever") else 60.0
    client = f"tests.clients.broken --deviation {broken.deviation}"
    for result in certify(client, broken.mode, *cases, timeout=timeout):
        if result.case.id not in broken.cases:
            assert result.verdict is Verdict.PASS, shown([result])
            continue
        assert result.verdict == broken.verdict, shown([result])
        told = {check.what for check in result.broken}
        matched = {reason for reason in broken.reasons if any(what.startswith(reason) for what in told)}
        assert matched == broken.reasons, shown([result])
        assert all(any(what.startswith(reason) for reason in broken.reasons) for what in told), shown([result])


@pytest.mark.parametrize("client", GOOD)
def test_a_good_client_is_certified_in_some_cases_of_drive_and_provoke(client: str, certify: Certify) -> None:
    for mode in ("drive", "provoke"):
        results = list(certify(client, mode, *drawn(all_cases(mode), 2)))
        assert {result.verdict for result in results} == {Verdict.PASS}, shown(results)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["drive", "provoke"])
@pytest.mark.parametrize("client", GOOD)
def test_a_good_client_is_certified(client: str, mode: str, certify: Certify) -> None:
    results = list(certify(client, mode))
    assert len(results) == len(all_cases(mode))
    assert {result.verdict for result in results} == {Verdict.PASS}, shown(results)


def test_drawn_broken_clients_are_caught_each_by_its_own_case(certify: Certify) -> None:
    names = drawn([broken.deviation for broken in BEHAVED], 6)
    for broken in (broken for broken in BROKEN if broken.deviation in names):
        others = [case for case in all_cases(broken.mode) if case not in broken.cases]
        expect_caught(broken, certify, *drawn(broken.cases, 1), *drawn(others, 1))


@pytest.mark.slow
@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.deviation)
def test_a_broken_client_is_caught_by_its_cases_and_passes_all_others(broken: Broken, certify: Certify) -> None:
    expect_caught(broken, certify)


def test_every_deviation_stands_in_the_catalogue_once() -> None:
    assert sorted(broken.deviation for broken in BROKEN) == sorted(DEVIATIONS)


def test_every_case_catches_a_broken_client(capsys: pytest.CaptureFixture[str]) -> None:
    catching = {case for broken in BROKEN for case in broken.cases}
    assert catching == {*all_cases("drive"), *all_cases("provoke")}
    reasons = {(broken.reasons, tuple(broken.cases)) for broken in BROKEN if broken.verdict == "FAIL"}
    with capsys.disabled():
        sys.stdout.write(
            f"\nclients: {len(RECOMMENDED)} recommended cases, {len(PROVOCATIONS)} provocations, "
            f"{len(BROKEN)} broken clients, {len(reasons)} of them failed for distinct reasons\n"
        )
    assert len(reasons) >= 25
