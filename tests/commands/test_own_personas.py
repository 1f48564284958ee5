"""`conformance run --as` a persona of one's own: from a file, or added to a running mock."""

import subprocess
import sys
from pathlib import Path

import pytest
import urllib3

from conformance.modes.mock import running_mock
from tests.commands.conftest import environment

NURSE = {"role": "nurse", "numbers": {"ssin": "85123199937", "nihii": "19999024001"}, "key": "EC P-256"}

FILE = """
[my-doctor]
role = "physician"
numbers = { ssin = "80010199976", nihii = "19999024001" }
subject = [["CN", "SSIN=80010199976"], ["OU", "MY DOCTOR"], ["O", "Federal Government"], ["C", "BE"]]
key = "RSA 3072"

[my-nurse]
role = "nurse"
numbers = { ssin = "85123199937", nihii = "19999024001" }
key = "EC P-256"
"""


def conformance(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """`conformance run` of one case that anyone may call."""
    command = [sys.executable, "-m", "conformance", "run", "--case", "answer-structure", *map(str, arguments)]
    return subprocess.run(command, env=environment(), capture_output=True, encoding="utf-8", timeout=120, check=False)


@pytest.mark.parametrize("name", ["my-doctor", "my-nurse"])
def test_a_persona_of_a_file_calls_with_the_key_that_the_file_asks_for(name: str, state: Path, tmp_path: Path) -> None:
    file = tmp_path / "personas.toml"
    file.write_text(FILE, "utf-8")
    with running_mock(state, "--personas", str(file)) as mock:
        options = ("--endpoint", mock.endpoint, "--state", state, "--personas", file, "--out", tmp_path / "out")
        run = conformance("--as", name, *options)
        assert (run.returncode, run.stderr) == (0, ""), run.stdout
        assert "1 PASS" in run.stdout
    assert (state / "pki" / f"persona-{name}" / "key.pem").exists()
    assert not (state / "pki" / f"persona-{'my-nurse' if name == 'my-doctor' else 'my-doctor'}").exists()


def test_a_persona_that_is_added_to_a_running_mock_calls_at_once(state: Path, tmp_path: Path) -> None:
    with running_mock(state) as mock, urllib3.PoolManager(retries=False, timeout=30.0) as http:
        options = ("--endpoint", mock.endpoint, "--state", state, "--out", tmp_path / "out")
        before = conformance("--as", "night-nurse", *options)
        assert (before.returncode, before.stdout) == (2, "")
        assert "there is no persona 'night-nurse'" in before.stderr
        added = http.request("PUT", f"{mock.management}/personas/night-nurse", json=NURSE)
        assert added.status == 200, added.data
        run = conformance("--as", "night-nurse", *options)
        assert (run.returncode, run.stderr) == (0, ""), run.stdout
        assert "1 PASS" in run.stdout
    assert (state / "pki" / "persona-night-nurse" / "key.pem").exists()
