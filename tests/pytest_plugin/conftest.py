"""A project whose tests use the plugin, and a mock with a management token in a process of its own."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

# Imported here, because pytester takes away what an inner run imports, which then costs seconds each time.
from mockserver.pytest_plugin.endpoint import DossierEndpoint
from mockserver.pytest_plugin.session import DossierSession
from tests.conftest import Mock
from tests.pytest_plugin.my_product import DossierClient

CLIENT = Path(__file__).with_name("my_product.py")
# The plugin of hypothesis imports all of it at the end of each run, which costs a second.
QUIET = ("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:hypothesispytest")
TOKEN = "a token for tests only"

FIXTURE = """
import pytest
from my_product import DossierClient

@pytest.fixture
def client(dossier_session, dossier_credentials, tmp_path):
    files = dossier_credentials.write(tmp_path / "who")
    return DossierClient(dossier_session.url, files.credential, dossier_credentials.password, files.token)
"""


class Running(NamedTuple):
    """A mock that somebody else has started."""

    mock: Mock

    @property
    def options(self) -> tuple[str, ...]:
        """What names it to pytest."""
        return ("--dossier-url", self.mock.url, "--dossier-management", self.mock.management)

    def open_session(self) -> DossierSession:
        return DossierEndpoint(self.mock.url, self.mock.management, TOKEN).open_session("test")


@pytest.fixture(scope="session")
def token_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("token") / "token"
    file.write_text(TOKEN, "utf-8")
    return file


@pytest.fixture(scope="session")
def running(start_mock: Callable[..., Mock], token_file: Path) -> Running:
    return Running(start_mock("--management-token-file", str(token_file), "--sessions", "5"))


@pytest.fixture(scope="session")
def forgetful(start_mock: Callable[..., Mock], token_file: Path) -> Running:
    """Its journals hold one exchange."""
    return Running(start_mock("--management-token-file", str(token_file), "--journal-entries", "1"))


@pytest.fixture
def session(running: Running) -> Iterator[DossierSession]:
    opened = running.open_session()
    yield opened
    opened.close()


def client_of(session: DossierSession, folder: Path, **options: str) -> DossierClient:
    credentials = session.credentials("physician")
    files = credentials.write(folder / "physician")
    return DossierClient(session.url, files.credential, credentials.password, files.token, **options)


@pytest.fixture
def client(session: DossierSession, tmp_path: Path) -> DossierClient:
    return client_of(session, tmp_path)


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with a client, without any setting of this repository or of the one who runs its tests."""
    for name in os.environ:
        if name.startswith(("DOSSIER_", "MOCKSERVER_", "PYTEST_ADDOPTS")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MOCKSERVER_MANAGEMENT_TOKEN", TOKEN)
    pytester.makepyfile(my_product=CLIENT.read_text("utf-8"), conftest=FIXTURE)
    pytester.syspathinsert()
    return pytester
