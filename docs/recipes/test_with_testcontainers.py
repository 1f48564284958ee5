# ruff: noqa: S101 - it is a test
"""A mock in a container for a session of pytest: needs testcontainers 4.15 or later, urllib3 and cryptography.

Not run here with a container, because no Docker was at hand.
"""

from collections.abc import Iterator

import pytest
import urllib3
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

IMAGE = "dossiernumbergeneration-mock:0.1.0"
MANAGEMENT_TOKEN = "only-for-tests"  # noqa: S105 - nothing secret: the keys behind it are those of the mock's test PKI


class Dossier:
    """Where a mock listens, and what it hands out."""

    def __init__(self, service: str, management: str) -> None:
        self.endpoint = f"{service}/DossierNumberGeneration/v1"
        self._management = management

    def fetch(self, path: str) -> bytes:
        """What the management port has there."""
        fields = {"Authorization": f"Bearer {MANAGEMENT_TOKEN}"}
        answer = urllib3.request("GET", self._management + path, headers=fields)
        assert answer.status == 200, answer.data
        return answer.data


@pytest.fixture(scope="session")
def dossier() -> Iterator[Dossier]:
    """A mock for all tests; give each test a session of its own by /s/NAME before the path of the endpoint."""
    container = (
        DockerContainer(IMAGE)
        .with_exposed_ports(8080, 8081)
        .with_env("MOCKSERVER_MANAGEMENT_HOST", "0.0.0.0")  # noqa: S104 - inside the container
        .with_env("MOCKSERVER_MANAGEMENT_TOKEN", MANAGEMENT_TOKEN)
        .waiting_for(HttpWaitStrategy(8081, "/readyz"))
    )
    with container:
        host = container.get_container_host_ip()
        service, management = (f"http://{host}:{container.get_exposed_port(port)}" for port in (8080, 8081))
        yield Dossier(service, management)


def test_the_keys_of_the_physician_open(dossier: Dossier) -> None:
    """Here your client signs with the key, puts the token in as it is, and posts to dossier.endpoint."""
    key, certificate, _ = load_key_and_certificates(dossier.fetch("/personas/physician/credential.p12"), b"changeit")
    assert key is not None
    assert certificate is not None
    assert dossier.fetch("/personas/physician/token.xml").startswith(b"<")
    assert dossier.fetch("/journal").startswith(b"{")
