"""`mockserver serve`: it says when it is ready, stops when told, and keeps what it must."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import urllib3

from conformance.client.credentials import StateFolder
from conformance.modes.mock import running_mock
from mockserver.cbss.register import Register
from mockserver.contract import load_contract
from mockserver.instant import system_clock
from tests.commands.conftest import announced, serving
from tests.conftest import Mock
from tests.forge import Forge

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send to another process")


def success(url: str, state: Path) -> str:
    """The identifier that a valid request of the physician gets."""
    contract = load_contract()
    forge = Forge.request(StateFolder(state).credentials("physician"), contract, system_clock())
    fields = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{contract.soap_action}"'}
    with urllib3.PoolManager(retries=False, timeout=60.0) as http:
        answer = http.request("POST", url, body=forge.octets(), headers=fields)
    found = re.search(rb"CovidDossierIdentifier>([0-9]{11})<", answer.data)
    assert found is not None, answer.data
    return found[1].decode()


def identifiers(state: Path) -> set[str]:
    """What stands in the register's file."""
    connection = sqlite3.connect(state / "register.sqlite")
    try:
        return {row[0] for row in connection.execute("select identifier from identifiers")}
    finally:
        connection.close()


@posix
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_mock_stops_within_a_second_of_a_signal(state: Path, number: signal.Signals) -> None:
    """And says before where it listens."""
    if any(_seconds_to_stop(state, number) < 1 for _ in range(2)):
        return
    if os.getloadavg()[0] > 2 * (os.cpu_count() or 1):
        pytest.skip("this machine is too busy for a second to say anything")
    assert _seconds_to_stop(state, number) < 1


def _seconds_to_stop(state: Path, number: signal.Signals) -> float:
    with serving("--state", state) as process:
        said = announced(process)
        assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/DossierNumberGeneration/v1", said["ready"])
        assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+", said["management"])
        began = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (0, "")
        assert "Traceback" not in err
        return time.monotonic() - began


def test_two_mocks_that_start_at_once_on_one_new_folder_both_answer(tmp_path: Path) -> None:
    state = tmp_path / "new"
    with serving("--state", state) as first, serving("--state", state) as second:
        urls = [announced(process)["ready"] for process in (first, second)]
        issued = {success(url, state) for url in urls * 2}
    assert len(issued) == 4
    assert identifiers(state) == issued
    assert sorted(folder.name for folder in (state / "pki").iterdir()) == ["ca", "persona-physician", "sts", "tls"]


def test_identifiers_survive_a_restart(state: Path) -> None:
    issued = set()
    for restart in range(2):
        with running_mock(state) as mock:
            issued |= {success(mock.endpoint, state) for _ in range(2)}
        assert len(issued) == 2 * (restart + 1)
        assert identifiers(state) == issued
    register = Register.in_state(state)
    assert register.count() == 4
    register.close()


def test_in_memory_it_leaves_no_register(state: Path) -> None:
    with running_mock(state, "--memory") as mock:
        assert success(mock.endpoint, state)
    assert not list(state.glob("register*"))


def test_the_register_and_the_log_hold_nothing_of_a_person(state: Path) -> None:
    """decisions 6."""
    with serving("--state", state) as process:
        url = announced(process)["ready"]
        success(url, state)
        process.terminate()
        out, err = process.communicate(timeout=60)
    kept = out + err + "".join(file.read_bytes().decode("latin-1") for file in state.glob("register*"))
    for secret in ("COVID_LASTNAME_TEST", "80010199976", "3227885155", "Zo", "Assertion"):
        assert secret not in kept


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_need_none_of_the_libraries(option: str) -> None:
    """They must come at once: nothing of lxml, cryptography or Spyne is imported for them."""
    code = (
        "import sys; sys.argv = ['mockserver', sys.argv[1]]\n"
        "from mockserver.commands import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "assert not {'lxml', 'cryptography', 'spyne'} & sys.modules.keys()"
    )
    run = subprocess.run([sys.executable, "-c", code, option], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert "mockserver" in run.stdout


def test_a_clock_that_is_set_ahead_refuses_what_is_right_now(start_mock: Callable[..., Mock]) -> None:
    mock = start_mock("--clock-offset", "400")
    reply = mock.post(mock.forge())
    assert (reply.soa, reply.rules) == ("SOA-01001", ["T6"])
