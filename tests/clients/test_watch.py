"""`watch`: the client works as it always does, and only its URL is ours."""

import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from conformance.certify.recommended import RECOMMENDED
from conformance.client.endpoint import read_endpoint
from conformance.modes.engine import Result, Verdict, exit_code
from conformance.modes.watch import WatchSettings, watch
from mockserver.identities.authority import Authority
from mockserver.identities.personas import personas
from mockserver.identities.token_files import write_token
from mockserver.instant import system_clock
from tests.conftest import Mock

Work = Callable[[str], object]


def watched(settings: WatchSettings, work: Work) -> tuple[Sequence[Result], list[str]]:
    """The verdict on what `work` sends to the URL it is given, and the cases in the order they were ticked off."""
    ticked: list[str] = []
    workers: list[threading.Thread] = []

    stop = threading.Event()

    def run(url: str) -> None:
        work(url)
        stop.set()

    def ready(url: str) -> None:
        workers.append(threading.Thread(target=run, args=(url,)))
        workers[0].start()

    results = watch(settings, ready, lambda _seen, new, _checks: ticked.extend(new), stop)
    workers[0].join()
    return results, ticked


def verdicts(results: Sequence[Result]) -> dict[str, str]:
    return {result.case.id: str(result.verdict) for result in results}


def broken(results: Sequence[Result], case: str = "client-messages") -> set[str]:
    return {check.what.split(" ")[0] for result in results if result.case.id == case for check in result.broken}


def calling(client: str, state: Path, folder: Path, *cases: str) -> Work:
    """A client that makes these recommended cases, one after the other."""

    def work(url: str) -> None:
        for case in RECOMMENDED:
            if case.id not in cases:
                continue
            persona = personas()[case.persona]
            credentials = folder / case.id
            write_token(credentials, Authority.open(state), persona, now=system_clock(), overwrite=True)
            person, requester = case.person, case.requester(persona)
            options = {
                "endpoint": url,
                "persona": case.persona,
                "credentials": str(credentials),
                "lastname": person.last_name,
                "firstnames": person.first_names,
                "gender": person.gender,
                "phone": person.phone_number,
                "person-identifier": requester.person_identifier,
                "nihii": requester.nihii,
            }
            given = [part for name, value in options.items() if value for part in (f"--{name}", value)]
            command = [sys.executable, "-m", *client.split(), *given]
            subprocess.run(command, check=False, capture_output=True, timeout=100)

    return work


ALL = [case.id for case in RECOMMENDED]
FIRST = "client-lastname-only"


@pytest.mark.parametrize(
    "client", ["tests.clients.reference", pytest.param("tests.clients.zeep_client", marks=pytest.mark.slow)]
)
def test_a_good_client_is_certified_as_soon_as_the_last_case_is_seen(client: str, state: Path, tmp_path: Path) -> None:
    settings = WatchSettings(state=state, seconds=120)
    results, ticked = watched(settings, calling(client, state, tmp_path, *ALL))
    assert ticked == ALL
    assert verdicts(results) == {**dict.fromkeys(ALL, "PASS"), "client-messages": "PASS"}
    assert exit_code(results) == 0


def test_a_case_that_is_not_seen_before_the_end_fails(state: Path, tmp_path: Path) -> None:
    results, ticked = watched(
        WatchSettings(state=state, seconds=120), calling("tests.clients.reference", state, tmp_path, FIRST)
    )
    assert ticked == [FIRST]
    assert verdicts(results) == {**dict.fromkeys(ALL, "FAIL"), FIRST: "PASS", "client-messages": "PASS"}
    assert exit_code(results) == 1


def test_a_case_of_a_persona_that_does_not_use_the_client_is_not_applicable(state: Path, tmp_path: Path) -> None:
    settings = WatchSettings(state=state, seconds=120, personas=["sorting-center"])
    last = ALL[-1]
    results, _ = watched(settings, calling("tests.clients.reference", state, tmp_path, last))
    assert verdicts(results) == {**dict.fromkeys(ALL, "NA"), last: "PASS", "client-messages": "PASS"}


@pytest.mark.parametrize(
    ("deviation", "rule", "verdict", "ticked"),
    [
        ("time-to-live-300", "T4", "FAIL", []),
        ("media-type-of-soap-1.2", "Q12", "FAIL", []),
        ("user-agent-missing", "U01", "WARN", [FIRST]),
    ],
)
def test_a_broken_client_is_caught_by_the_rule_it_breaks(
    deviation: str, rule: str, verdict: str, ticked: list[str], state: Path, tmp_path: Path
) -> None:
    work = calling(f"tests.clients.broken --deviation {deviation}", state, tmp_path, FIRST)
    results, seen = watched(WatchSettings(state=state, seconds=120), work)
    assert seen == ticked
    assert verdicts(results)["client-messages"] == verdict
    assert broken(results) == {rule}


def test_without_any_request_nothing_is_known(state: Path) -> None:
    results, _ = watched(WatchSettings(state=state, seconds=0.1), lambda _: None)
    assert {result.verdict for result in results} == {Verdict.ERROR}
    assert exit_code(results) == 3


def test_behind_the_checking_proxy_another_endpoint_answers(mock: Mock, tmp_path: Path) -> None:
    before = mock.issued()
    last = ALL[-1]
    settings = WatchSettings(
        state=mock.state, seconds=120, forward=read_endpoint(mock.url), personas=["sorting-center"]
    )
    results, ticked = watched(settings, calling("tests.clients.reference", mock.state, tmp_path, FIRST, last))
    assert ticked == [last]
    assert verdicts(results) == {**dict.fromkeys(ALL, "NA"), last: "PASS", "client-messages": "PASS"}
    assert mock.issued() == before + 1
