"""What every attack is measured by."""

import re
from collections.abc import Callable, Iterator

import pytest

from tests.attacks import collaborator as reached
from tests.conftest import Mock, Reply

_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="session", autouse=True)
def collaborator() -> Iterator[reached.Collaborator]:
    own = reached.collaborator()
    yield own
    own.close()


@pytest.fixture(scope="session")
def mock_of(start_mock: Callable[..., Mock]) -> Callable[[str], Mock]:
    """The mock that runs a profile."""

    def of(profile: str) -> Mock:
        return start_mock() if profile == "cookbook" else start_mock("--profile", profile)

    return of


@pytest.fixture(scope="session")
def not_authenticated(mock: Mock) -> tuple[bytes, dict[str, str]]:
    """An SOA-01001 as anybody gets it who sends no security header at all."""
    forge = mock.forge()
    forge.header.remove(forge.security)
    reply = mock.post(forge)
    assert reply.soa == "SOA-01001"
    return anonymous(reply)


def anonymous(reply: Reply) -> tuple[bytes, dict[str, str]]:
    """An answer without what differs each time: ids and the time. What is left must tell no reason (`rules.md` I13)."""
    fields = {name: value for name, value in reply.fields.items() if name not in ("Date", "X-CorrelationID")}
    return _UUID.sub(b"ID", reply.body), {name.lower(): value for name, value in fields.items()}
