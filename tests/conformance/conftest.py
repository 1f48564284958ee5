"""What the tests of the suite share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from conformance.client.credentials import Credentials, StateFolder
from conformance.client.transport import Transport
from conformance.modes.mock import running_mock
from mockserver.contract import Contract, load_contract
from tests.conformance.servers import Server, Talk, serving


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load_contract()


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder of this test process, filled at first use; making its keys costs a second."""
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="session")
def folder(state: Path) -> StateFolder:
    return StateFolder(state)


@pytest.fixture(scope="session")
def mock_url(state: Path) -> Iterator[str]:
    """The endpoint of the real mock, as a process of its own that shares the state folder of the tests."""
    with running_mock(state) as mock:
        yield mock.endpoint


@pytest.fixture(scope="session")
def physician(folder: StateFolder) -> Credentials:
    return folder.credentials("physician")


@pytest.fixture
def transport() -> Transport:
    return Transport("tests@example.org", answer_timeout=5.0)


@pytest.fixture
def serve() -> Iterator[Callable[[Talk], Server]]:
    """Starts servers that stop with the test."""
    with ExitStack() as stack:
        yield lambda talk: stack.enter_context(serving(talk))
