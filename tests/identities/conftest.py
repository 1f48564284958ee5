"""One test PKI for the tests that only look at it; a test that damages a folder makes its own."""

import shutil
from pathlib import Path

import pytest

from mockserver.identities.authority import Authority, Credential
from mockserver.identities.personas import personas


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.open(tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="session")
def physician(authority: Authority) -> Credential:
    return authority.credential(personas()["physician"])


@pytest.fixture(scope="session")
def samples() -> Path:
    """Messages with tokens in the shape of a genuine assertion, made by other software than ours."""
    return Path(__file__).parents[2] / "fixtures" / "samples"


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder with the physician's credential, to copy."""
    state = tmp_path_factory.mktemp("made")
    Authority.open(state).credential(personas()["physician"])
    return state


@pytest.fixture
def state(made: Path, tmp_path: Path) -> Path:
    """A state folder of the test's own, to damage."""
    return Path(shutil.copytree(made, tmp_path / "state"))
