"""`python -m pytest --pyargs conformance`: the cases as items of a pytest that is the user's own."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conformance.servers import Server, Talk, saying

Serve = Callable[[Talk], Server]


def run_pytest(folder: Path, state: Path, *arguments: str, settings: str = "") -> subprocess.CompletedProcess[str]:
    """In a folder of its own, as a user has it: no configuration of this repository."""
    file = folder / "settings.toml"
    file.write_text(f'state = "{state.as_posix()}"\nout = "{(folder / "out").as_posix()}"\n{settings}', "utf-8")
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--pyargs", "conformance", "-p", "no:cacheprovider"),
            *("--conformance-settings", str(file), *arguments),
        ],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )


def test_the_cases_pass_under_pytest_with_its_own_selection(mock_url: str, state: Path, tmp_path: Path) -> None:
    run = run_pytest(
        tmp_path, state, "--endpoint", mock_url, "-k", "recommended and lastname", "--conformance-seed", "5"
    )
    assert run.returncode == 0, run.stdout
    assert f"conformance of {mock_url}, seed 5" in run.stdout
    assert re.search(r"2 passed, [0-9]+ deselected", run.stdout)


@pytest.mark.slow
def test_a_failed_case_shows_what_came_and_the_command_that_repeats_it(
    serve: Serve, state: Path, tmp_path: Path
) -> None:
    server = serve(saying("fault-soa-01001.xml", 500))
    run = run_pytest(tmp_path, state, "--endpoint", server.url, "-k", "recommended-lastname-only")
    assert run.returncode == 1
    assert "came HTTP 500 with a Fault, SOA-01001" in run.stdout
    assert f"again: conformance run --endpoint {server.url}" in run.stdout
    assert "Traceback" not in run.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    ['endpoint = "http://192.0.2.1"\nacceptance = true\n', 'endpoint = "http://127.0.0.1:1"\ninterval = 0.5\n'],
)
def test_several_workers_are_refused_where_requests_must_keep_their_distance(
    settings: str, state: Path, tmp_path: Path
) -> None:
    run = run_pytest(tmp_path, state, "-n", "2", settings=settings)
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert "-n 2 cannot be used here: cases run one at a time where another machine answers" in run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    assert not (tmp_path / "out").exists()
