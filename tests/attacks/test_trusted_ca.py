"""A65 where the operator names a CA with --trust-sts: it may issue an STS's certificate, and not everybody's."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from mockserver.identities.authority import Authority, Credential
from tests.attacks.forgery import stranger
from tests.attacks.tokens import authority, certify, credential, token
from tests.conftest import Mock


@pytest.fixture(scope="session")
def anchored(start_mock: Callable[..., Mock], tmp_path_factory: pytest.TempPathFactory) -> tuple[Mock, Mock]:
    """A mock that trusts the CA of another one to issue STS certificates and holders' too, and that other one."""
    other = start_mock()
    file = tmp_path_factory.mktemp("trust") / "ca.pem"
    file.write_bytes(_ca(other).ca_certificate.public_bytes(Encoding.PEM))
    return start_mock("--trust-sts", str(file), "--trust-ca", str(file)), other


def _ca(mock: Mock) -> Authority:
    return authority(mock.state)


def test_a_token_of_the_sts_that_the_ca_certified_is_accepted(anchored: tuple[Mock, Mock]) -> None:
    trusting, other = anchored
    reply = trusting.post(other.forge())
    assert (reply.status, reply.rules) == ("Success", [])


def test_a_token_of_a_new_sts_that_the_ca_certified_is_accepted(anchored: tuple[Mock, Mock]) -> None:
    trusting, other = anchored
    key = stranger()
    sts = Credential(
        credential(other).persona, key, certify(other, key.public_key(), subject="CBE=0809394427, IAMMOCK")
    )
    reply = trusting.post(other.forge().replace_token(token(other, sts_credential=sts, key=key)))
    assert (reply.status, reply.rules) == ("Success", [])


@pytest.mark.parametrize("persona", ["physician", "hospital", "company"])
def test_a_token_signed_by_a_holder_that_the_ca_certified_is_refused(anchored: tuple[Mock, Mock], persona: str) -> None:
    trusting, other = anchored
    signer = credential(other, persona)
    before = trusting.issued()
    reply = trusting.post(other.forge().replace_token(token(other, sts_credential=signer, key=signer.key)))
    assert (reply.http, reply.soa) == (500, "SOA-01001")
    assert "H07" in reply.rules
    assert trusting.issued() == before
