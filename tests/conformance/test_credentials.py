"""Tokens are taken as they are or refused; a state folder gives every persona its credentials."""

from pathlib import Path

import pytest

from conformance.client.credentials import (
    Credentials,
    CredentialsError,
    PersonaUnavailableError,
    StateFolder,
    Token,
)
from conformance.client.message import Requester
from mockserver.namespaces import SAML

TOKEN = f'<Assertion xmlns="{SAML}" AssertionID="_a"/>'.encode()


def test_a_token_knows_its_octets_and_its_id() -> None:
    token = Token.received(TOKEN)
    assert (token.octets, token.assertion_id) == (TOKEN, "_a")


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"<?xml version='1.0'?>" + TOKEN, "strip the XML declaration"),
        (b"\xef\xbb\xbf" + TOKEN, "byte order mark"),
        (b"\n" + TOKEN, "blanks in front"),
        (b"<!DOCTYPE Assertion>" + TOKEN, "does not begin with its Assertion"),
        (b"", "does not begin with its Assertion"),
        (TOKEN[:-2], "not well-formed XML"),
        (b"<Assertion AssertionID='_a'/>", "the token is a Assertion, not a SAML 1.1 Assertion"),
        (f"<Assertion xmlns='{SAML}'/>".encode(), "has no AssertionID"),
        (TOKEN.decode().encode("utf-16"), "does not begin with its Assertion"),
    ],
)
def test_octets_that_cannot_stand_in_an_envelope_are_refused(octets: bytes, said: str) -> None:
    with pytest.raises(CredentialsError, match=said):
        Token.received(octets)


def test_a_run_uses_one_token_for_each_persona(folder: StateFolder, physician: Credentials) -> None:
    assert folder.credentials("physician").token is physician.token
    assert physician.requester == Requester(person_identifier="80010199976")
    assert folder.credentials("sorting-center").requester == Requester(nihii="81999048")


def test_an_unknown_persona_is_told_with_the_known_ones(folder: StateFolder) -> None:
    with pytest.raises(PersonaUnavailableError, match="no persona astronaut; there are physician, "):
        folder.credentials("astronaut")


def test_a_state_folder_that_is_a_file_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(CredentialsError, match=r"the state folder .* cannot be used"):
        StateFolder(tmp_path / "state")


def test_nothing_secret_is_shown_by_repr(physician: Credentials) -> None:
    shown = repr(physician)
    assert "PrivateKey" not in shown
    assert "Signature" not in shown
