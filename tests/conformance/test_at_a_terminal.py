"""The real command in front of a person: progress and colour, Ctrl-C, and the command to paste."""

import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.conformance.servers import Server, Talk, saying

Serve = Callable[[Talk], Server]

LASTNAME = "recommended-lastname-only"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals and SIGINT of POSIX")


def at_terminal(arguments: list[str], folder: Path, **environment: str) -> tuple[int, str]:
    """Exit code, and all that the terminal got."""
    import pty  # noqa: PLC0415 - there is none on Windows

    controller, terminal = pty.openpty()
    environ = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CI")}
    with subprocess.Popen(
        [sys.executable, "-m", "conformance", *arguments],
        cwd=folder,
        env=environ | {"TERM": "xterm-256color", "COLUMNS": "120"} | environment,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    ) as process:
        os.close(terminal)
        shown = b""
        with contextlib.suppress(OSError):  # Linux tells the end of a pseudo-terminal by EIO
            while piece := os.read(controller, 65536):
                shown += piece
        os.close(controller)
    return process.returncode, shown.decode()


def arguments_of(server: Server, state: Path) -> list[str]:
    return ["run", "--endpoint", server.url, "--state", str(state), "--seed", "7", "-k", "recommended-lastname"]


@on_posix
@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}], ids=["colour", "NO_COLOR"])
def test_a_terminal_gets_a_bar_and_colour_but_not_with_no_color(
    environment: Mapping[str, str], serve: Serve, state: Path, tmp_path: Path
) -> None:
    code, shown = at_terminal(arguments_of(serve(saying("success.xml")), state), tmp_path, **environment)
    assert code == 0
    assert "seed 7" in shown
    assert "1 PASS" in shown
    if environment:
        assert "\x1b" not in shown
        assert re.search(rf"^PASS   {LASTNAME} +Success", shown, re.MULTILINE)
    else:
        assert COLOUR.search(shown)
        assert "100%" in COLOUR.sub("", shown)  # the bar counts what -k selected, not all cases
        assert "┃" in shown


@on_posix
@pytest.mark.parametrize("jobs", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_ctrl_c_ends_a_run_with_130_and_one_sentence(jobs: str, serve: Serve, state: Path, tmp_path: Path) -> None:
    asked, over = threading.Event(), threading.Event()

    def never(_handler: BaseHTTPRequestHandler, _body: bytes) -> None:
        asked.set()
        over.wait(60)

    command = [sys.executable, "-m", "conformance", "run", "--endpoint", serve(never).url, "--state", str(state)]
    with subprocess.Popen(
        [*command, "--jobs", jobs, "-k", "access"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
        # Where the tests run in the background of a script, SIGINT is ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - it takes no lock
    ) as process:
        try:
            assert asked.wait(60)
            os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it: to every process of the run
            _, stderr = process.communicate(timeout=60)
        finally:
            over.set()
            process.kill()
    assert process.returncode == 130
    assert stderr.splitlines()[-1].startswith("conformance: stopped: no report is written; ")
    assert "Traceback" not in stderr


@on_posix
@pytest.mark.slow
def test_the_command_of_a_failed_case_repeats_it_when_it_is_pasted(serve: Serve, state: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a folder with blanks"
    folder.mkdir()
    options = ("--persona", "physician", "--case", LASTNAME, "--seed", "11", "--out", str(folder))
    server = serve(saying("fault-soa-01001.xml", 500))
    first = subprocess.run(
        [sys.executable, "-m", "conformance", "run", "--endpoint", server.url, "--state", str(state), *options],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert first.returncode == 1
    [line] = [line for line in first.stdout.splitlines() if line.startswith("  again: ")]
    name, *words = shlex.split(line.removeprefix("  again: "))
    assert name == "conformance"
    again = subprocess.run(
        [sys.executable, "-m", "conformance", *words],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert again.returncode == 1, again.stderr
    assert again.stdout.splitlines()[1:] == first.stdout.splitlines()[1:]
    assert "seed 11" in again.stdout
    facts = json.loads((folder / "conformance-results" / "results.json").read_text(encoding="utf-8"))
    assert [case["id"] for case in facts["cases"]] == [LASTNAME]
    assert len(server.received) == 2
