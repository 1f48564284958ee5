"""`mockserver reset`: clears the state folder after asking, and nothing else."""

import shutil
import signal
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mockserver.commands import app
from mockserver.identities.authority import Authority
from tests.commands.conftest import announced, invoke, serving


def test_what_the_mock_keeps_is_deleted_and_the_next_start_makes_it_anew(state: Path) -> None:
    (state / "register.sqlite").write_bytes(b"")
    before = Authority.open(state).ca_certificate
    run = invoke("reset", "--state", state, "--yes")
    assert (run.returncode, run.stderr) == (0, "")
    kept = [str(state / name) for name in ("pki", "register.sqlite")]
    assert run.stdout.splitlines() == [*kept, f"{state} is clear; the next start fills it anew."]
    assert [entry.name for entry in state.iterdir()] == ["in-use"]
    assert Authority.open(state).ca_certificate != before


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 2), ("\n", 2), ("", 1)])
def test_it_asks_first_and_takes_nothing_else_than_yes_for_it(state: Path, answer: str, code: int) -> None:
    result = CliRunner().invoke(app, ["reset", "--state", str(state)], input=answer, prog_name="mockserver")
    assert result.exit_code == code
    assert "Delete these?" in result.stdout
    assert (state / "pki").exists() is (code != 0)


def test_a_users_own_files_in_the_folder_stay(state: Path) -> None:
    (state / "notes.txt").write_text("mine", "utf-8")
    assert invoke("reset", "--state", state, "--yes").returncode == 0
    assert sorted(entry.name for entry in state.iterdir()) == ["in-use", "notes.txt"]


def test_another_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    for folder, words in ((tmp_path, "is no state folder: it holds none of pki"), (tmp_path / "none", "is no folder")):
        run = invoke("reset", "--state", folder, "--yes")
        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.startswith(f"mockserver: {folder} {words}")
    assert [entry.name for entry in tmp_path.iterdir()] == ["notes.txt"]


def test_a_folder_that_is_linked_to_is_refused(state: Path, tmp_path: Path) -> None:
    shutil.move(state / "pki", tmp_path / "elsewhere")
    try:
        (state / "pki").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no symbolic links for this user")
    run = invoke("reset", "--state", state, "--yes")
    assert run.returncode == 2
    assert "pki is not a folder of its own" in run.stderr
    assert list((tmp_path / "elsewhere").iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_folder_that_a_mock_runs_on_is_refused_until_the_mock_has_ended_however_it_ends(state: Path) -> None:
    with serving("--state", state) as process:
        said = announced(process)
        assert "test-pki" in said
        run = invoke("reset", "--state", state, "--yes")
        assert (run.returncode, run.stderr) == (3, f"mockserver: a mock runs on {state}; stop it first\n")
        assert (state / "pki" / "ca" / "key.pem").exists()
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    assert invoke("reset", "--state", state, "--yes").returncode == 0
