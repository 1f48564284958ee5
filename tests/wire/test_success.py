"""A valid request gets an identifier (cookbook 5.2.1.2, 7.2)."""

import pytest

from conformance.client.message import Person
from conformance.client.signer import TokenSignature
from mockserver.identities.numbers import is_ssin
from mockserver.identities.personas import personas
from tests.conftest import Mock
from tests.wire.answers import response_of

WELCOME = [name for name in personas() if name not in ("refused-physician", "no-legal-context")]


@pytest.mark.parametrize("persona", WELCOME)
def test_a_valid_request_of_each_persona_succeeds(mock: Mock, persona: str) -> None:
    before = mock.issued()
    reply = mock.post(mock.forge(persona))
    assert (reply.http, reply.status, reply.rules, reply.warnings) == (200, "Success", [], [])
    response = response_of(mock, reply)
    assert (response.status, response.message, response.cbss) == ("Success", None, None)
    assert response.identifier
    assert mock.issued() == before + 1


@pytest.mark.parametrize("token_signature", TokenSignature)
def test_the_token_may_be_signed_too_in_any_of_the_ways_in_use(mock: Mock, token_signature: TokenSignature) -> None:
    """wire-facts C6."""
    reply = mock.post(mock.forge(token_signature=token_signature))
    assert (reply.status, reply.rules, reply.warnings) == ("Success", [], [])


def test_a_last_name_is_enough(mock: Mock) -> None:
    """Cookbook 7.2, first case."""
    assert response_of(mock, mock.post(mock.forge(person=Person("COVID_LASTNAME_TEST")))).status == "Success"


def test_one_person_gets_a_new_identifier_each_time_and_never_a_valid_ssin(mock: Mock) -> None:
    """Cookbook 5.2.1.2: a person may have several. One that were a valid SSIN could be somebody's (decisions 3)."""
    responses = [response_of(mock, mock.post(mock.forge())) for _ in range(20)]
    identifiers = [response.identifier or "" for response in responses]
    assert len(set(identifiers)) == 20
    assert len({response.id for response in responses}) == 20
    assert all(len(identifier) == 11 and identifier.isascii() and identifier.isdigit() for identifier in identifiers)
    assert not any(is_ssin(identifier) for identifier in identifiers)


def test_in_response_to_is_the_id_of_the_request(mock: Mock) -> None:
    forge = mock.forge()
    forge.operation.set("Id", "request-7.é")
    assert response_of(mock, mock.post(forge.sign())).in_response_to == "request-7.é"


def test_without_an_id_there_is_no_in_response_to(mock: Mock) -> None:
    """Cookbook 5.2.1.2: "'Id' attribute of the request if available"."""
    forge = mock.forge()
    del forge.operation.attrib["Id"]
    response = response_of(mock, mock.post(forge.sign()))
    assert (response.status, response.in_response_to) == ("Success", None)


def test_a_refusal_names_the_request_too(mock: Mock) -> None:
    forge = mock.forge(person=Person(""))
    forge.operation.set("Id", "_refused")
    assert response_of(mock, mock.post(forge.sign())).in_response_to == "_refused"
