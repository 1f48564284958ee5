"""The command lines of watch, drive and provoke: what they refuse, and how they end."""

import json
import shlex
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.certify.launching import Command, TemplateError, launch, read_command
from conformance.certify.session import PLACEHOLDERS
from conformance.commands import app
from tests.clients.options import COMMAND

RUNNER = CliRunner()
REFERENCE = f"{shlex.quote(sys.executable)} -m tests.clients.reference {COMMAND}"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["drive", "--exec", "client {endpoin}"], "unknown placeholder {endpoin}; did you mean {endpoint}?"),
        (["drive", "--exec", "client {}"], "unknown placeholder {}"),
        (["drive", "--exec", "client"], "no {endpoint}"),
        (["drive", "--exec", " "], "--exec is empty"),
        (["drive", "--exec", "client '{endpoint}"], "cannot be read"),
        (["drive", "--exec", "client {endpoint"], "cannot be read"),
        (["drive", "--exec", "x {endpoint}", "--case", "client-lastname-onl"], "did you mean client-lastname-only?"),
        (["drive", "--exec", "x {endpoint}", "--fail-on", "never"], "neither fail nor warn"),
        (["provoke", "--as", "doctor"], "there is no persona 'doctor'"),
        (["provoke", "--exec", "x {endpoint}", "--timeout", "10"], "is not above --slow 65"),
        (["watch", "--forward", "https://services.ehealth.fgov.be"], "production environment"),
        (["watch", "--forward", "https://services.ehealth.fgov.be", "--acceptance"], "production environment"),
        (["watch", "--forward", "https://services-acpt.ehealth.fgov.be"], "add --acceptance"),
        (["watch", "--as", "hospital"], "there is no persona with recommended cases 'hospital'"),
    ],
)
def test_wrong_usage_is_one_sentence_and_status_2(arguments: list[str], sentence: str) -> None:
    result = RUNNER.invoke(app, arguments)
    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_a_program_that_is_not_there_is_wrong_usage(state: Path, tmp_path: Path) -> None:
    options = ["--state", str(state), "--out", str(tmp_path), "--case", "client-lastname-only"]
    result = RUNNER.invoke(app, ["drive", "--exec", "no-such-program {endpoint}", *options])
    assert result.exit_code == 2
    assert "--exec cannot be started: no-such-program" in result.stderr


def test_a_driven_client_leaves_results_and_exchanges(state: Path, tmp_path: Path) -> None:
    options = ["--state", str(state), "--out", str(tmp_path), "--case", "client-lastname-only"]
    result = RUNNER.invoke(app, ["drive", "--exec", REFERENCE, *options])
    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert [(case["id"], case["verdict"]) for case in report["cases"]] == [("client-lastname-only", "PASS")]
    # The command may hold a password: its user fills it in again.
    assert report["cases"][0]["command"].startswith(
        "conformance drive --case client-lastname-only --exec COMMAND --state "
    )
    assert (tmp_path / "exchanges" / "client-lastname-only" / "request.xml").read_bytes().startswith(b"<")


def test_with_fail_on_warn_a_warning_ends_with_1(state: Path, tmp_path: Path) -> None:
    command = REFERENCE.replace("tests.clients.reference", "tests.clients.broken --deviation from-missing")
    options = ["--state", str(state), "--out", str(tmp_path), "--case", "client-lastname-only"]
    assert RUNNER.invoke(app, ["drive", "--exec", command, *options]).exit_code == 0
    assert RUNNER.invoke(app, ["drive", "--exec", command, *options, "--fail-on", "warn"]).exit_code == 1


def test_provoke_without_a_command_shows_a_url_for_each_case_and_knows_nothing(state: Path, tmp_path: Path) -> None:
    options = ["--state", str(state), "--out", str(tmp_path), "--case", "client-told-table-2", "--time", "0.2"]
    result = RUNNER.invoke(app, ["provoke", *options])
    assert result.exit_code == 3
    assert "/case/client-told-table-2/DossierNumberGeneration/v1" in result.stdout
    assert "no request came to this case's URL" in result.stdout


def test_a_value_with_blanks_is_one_argument() -> None:
    command = read_command("client --url {endpoint} --name {lastname} '{{x}} {gender}'", PLACEHOLDERS)
    values = dict.fromkeys(PLACEHOLDERS, "") | {"endpoint": "http://a", "lastname": "De Smet; rm", "gender": "F"}
    assert command.filled(values) == ["client", "--url", "http://a", "--name", "De Smet; rm", "{x} F"]


@pytest.mark.skipif(sys.platform == "win32", reason="quotes of a POSIX shell")
def test_the_shell_gets_quoted_values() -> None:
    command = Command("echo {lastname} | cat", frozenset({"lastname"}), shell=True)
    line = command.filled({"lastname": "a; echo b"})
    assert isinstance(line, str)
    assert launch(line, 10.0).stdout == "a; echo b\n"


def test_a_command_that_does_not_end_is_stopped_with_its_children() -> None:
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    ending = launch([sys.executable, "-c", child], 1.0)
    assert ending.status is None
    assert ending.seconds < 10


def test_a_template_that_names_nothing_known_lists_what_there_is() -> None:
    with pytest.raises(TemplateError, match=r"There are \{endpoint\}, \{case\}"):
        read_command("client {endpoint} {x}", PLACEHOLDERS)
