"""A kill -9 in the middle of writes loses no identifier that was answered, and none is ever issued twice."""

import re
import subprocess
import sys
import threading
from pathlib import Path

import urllib3

from conformance.client.credentials import StateFolder
from conformance.modes.mock import running_mock
from mockserver.cbss.register import Register
from mockserver.contract import load_contract
from mockserver.instant import system_clock
from tests.forge import Forge

IDENTIFIER = re.compile(rb"CovidDossierIdentifier>([0-9]{11})<")


def test_a_kill_loses_no_identifier_that_was_answered_and_issues_none_twice(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "mockserver",
            "serve",
            "--port",
            "0",
            "--management-port",
            "0",
            "--state",
            str(tmp_path),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout as said:
        endpoint = next(line.split()[1] for line in said if line.startswith("ready"))
        credentials, contract = StateFolder(tmp_path).credentials("physician"), load_contract()
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{contract.soap_action}"'}
        answered: list[str] = []
        enough = threading.Event()

        def drive() -> None:
            http = urllib3.PoolManager(retries=False, timeout=10.0)
            while True:
                body = Forge.request(credentials, contract, system_clock()).octets()
                try:
                    data = http.request("POST", endpoint, body=body, headers=headers).data
                except urllib3.exceptions.HTTPError:
                    return
                answered.extend(found.decode() for found in IDENTIFIER.findall(data))
                if len(answered) >= 25:
                    enough.set()

        drivers = [threading.Thread(target=drive) for _ in range(4)]
        for driver in drivers:
            driver.start()
        assert enough.wait(60)
        process.kill()
        for driver in drivers:
            driver.join()
    before = set(answered)
    assert len(before) == len(answered)
    register = Register.in_state(tmp_path)
    assert [identifier for identifier in before if not register.holds(identifier)] == []
    assert register.count() >= len(before)
    register.close()
    with running_mock(tmp_path) as mock:
        http = urllib3.PoolManager(retries=False, timeout=10.0)
        for _ in range(5):
            body = Forge.request(credentials, contract, system_clock()).octets()
            (new,) = IDENTIFIER.findall(http.request("POST", mock.endpoint, body=body, headers=headers).data)
            assert new.decode() not in before
