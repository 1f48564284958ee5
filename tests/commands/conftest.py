"""Runs the real command, and keeps a state folder that is already filled."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mockserver.commands import app
from mockserver.identities.authority import Authority
from mockserver.identities.personas import personas


def environment(**variables: str) -> dict[str, str]:
    """This process's, without the settings that the command would take from it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOCKSERVER_", "DOSSIER_"))}
    return kept | variables


def mockserver(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "mockserver", *map(str, arguments)],
        env=environment(**variables),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def invoke(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """The same in this process, for one more row of a table: a process costs a second."""
    cleared: dict[str, str | None] = {name: None for name in os.environ if name.startswith(("MOCKSERVER_", "DOSSIER_"))}
    result = CliRunner().invoke(app, list(map(str, arguments)), env=cleared | variables, prog_name="mockserver")
    return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)


@contextmanager
def serving(*arguments: str | Path) -> Iterator["subprocess.Popen[str]"]:
    """`mockserver serve` on free ports, begun but perhaps not ready; killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "mockserver", "serve", "--port", "0", "--management-port", "0", *map(str, arguments)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def announced(process: "subprocess.Popen[str]") -> dict[str, str]:
    """What it says until it is ready: `management` and `ready`, each with its URL."""
    assert process.stdout is not None
    said: dict[str, str] = {}
    while "ready" not in said:
        line = process.stdout.readline()
        assert line, process.stderr and process.stderr.read()
        word, _, url = line.rstrip("\n").partition(" ")
        said[word] = url
    return said


@pytest.fixture(scope="session")
def filled_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with its PKI and the physician's credential. Not to be changed: see `state`."""
    folder = tmp_path_factory.mktemp("filled")
    Authority.open(folder).credential(personas()["physician"])
    return folder


@pytest.fixture
def state(filled_state: Path, tmp_path: Path) -> Path:
    """A filled state folder of the test's own."""
    return Path(shutil.copytree(filled_state, tmp_path / "state"))
