"""The product works on every Python it claims: a virtual environment from the lock, and the sample messages in it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSIONS = ("3.11", "3.12", "3.13")
"""pyproject.toml, classifiers."""


def candidates(version: str) -> Iterator[str]:
    """Commands that may be that Python: this one, on the PATH, or installed by pyenv."""
    yield sys.executable
    yield f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True))


def interpreter(version: str) -> str | None:
    """The first that starts and is what it says: a shim of pyenv may be there and name a version that is not."""
    for command in candidates(version):
        ask = [command, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        try:
            said = subprocess.run(ask, capture_output=True, text=True, timeout=60, check=True, env=environment())
        except (OSError, subprocess.SubprocessError):
            continue
        if said.stdout.strip() == version:
            return command
    return None


def environment() -> dict[str, str]:
    """Without what this test run and its virtual environment put into it."""
    own = ("PYTEST_", "PYTHON", "VIRTUAL_ENV", "MOCKSERVER_", "DOSSIER_")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}


def run(*command: str | Path) -> None:
    done = subprocess.run(
        list(map(str, command)), cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=1800, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


def test_the_versions_are_those_the_package_claims() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert [version for version in ("3.10", *VERSIONS, "3.14") if f"Python :: {version}" in text] == list(VERSIONS)


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_the_samples_and_a_running_mock_work_on_it(version: str, tmp_path: Path) -> None:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"there is no Python {version} on the PATH or among pyenv's versions")
    run(python, "-m", "venv", tmp_path / "venv")
    bin_folder = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    pip = (bin_folder / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
    run(*pip, "-r", ROOT / "requirements" / "lock.txt")
    run(*pip, "--no-build-isolation", "--editable", ROOT)
    tests = ("tests/samples", "tests/wire/test_success.py")
    run(bin_folder / "python", "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", "-m", "not slow", *tests)
