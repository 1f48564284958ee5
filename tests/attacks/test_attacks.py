"""Every attack of the catalogue is refused, and nothing else happens (`rules.md` section 6)."""

import time
from collections.abc import Callable
from typing import Final

import pytest

from tests.attacks.catalogue import Attack, Harmless, Request, attacks, harmless_messages
from tests.attacks.collaborator import MARK, Collaborator
from tests.attacks.conftest import anonymous
from tests.conftest import Mock, Reply
from tests.forge import Forge

_USUAL: Final = 0.1
"""Seconds for an ordinary exchange and its entry in the journal, generously."""


@pytest.mark.parametrize("attack", attacks(), ids=lambda attack: attack.id)
def test_an_attack_is_refused_and_leaves_no_trace(
    attack: Attack,
    mock_of: Callable[[str], Mock],
    collaborator: Collaborator,
    not_authenticated: tuple[bytes, dict[str, str]],
) -> None:
    mock = mock_of(attack.profile)
    message = attack.build(mock)
    issued = mock.issued()

    reply, seconds = _timed(mock, message)

    assert (reply.http, reply.soa) in [(attack.http, code) for code in attack.soa], (reply.rules, reply.body)
    assert reply.status != "Success"
    assert reply.rules, "no rule says why"
    if attack.rules:
        assert set(attack.rules) & set(reply.rules), reply.rules
    if reply.soa == "SOA-01001":
        assert anonymous(reply) == not_authenticated
    _assert_nothing_came_of_it(mock, reply, issued, collaborator)
    assert seconds < attack.seconds * _business(mock)


@pytest.mark.parametrize("message", harmless_messages(), ids=lambda message: message.id)
def test_a_harmless_look_alike_succeeds(message: Harmless, mock_of: Callable[[str], Mock]) -> None:
    mock = mock_of(message.profile)
    built = message.build(mock)
    issued = mock.issued()
    reply, _ = _timed(mock, built)
    assert (reply.http, reply.status, reply.rules) == (200, "Success", [])
    assert sorted(reply.warnings) == sorted(message.warns)
    assert mock.issued() == issued + 1


def _timed(mock: Mock, message: bytes | Forge | Request) -> tuple[Reply, float]:
    """The answer, and after how many seconds it was there."""
    body, fields = (message.body, message.fields) if isinstance(message, Request) else (message, None)
    began = time.perf_counter()
    reply = mock.post(body, fields)
    return reply, time.perf_counter() - began


def _assert_nothing_came_of_it(mock: Mock, reply: Reply, issued: int, collaborator: Collaborator) -> None:
    assert reply.entry["answer"]["identifier"] is None
    assert b"CovidDossierIdentifier" not in reply.body
    assert mock.issued() == issued
    assert collaborator.was_reached() is None
    assert MARK.encode() not in reply.body


def _business(mock: Mock) -> float:
    """The mock still answers a good request; how many times longer than on an idle machine that takes, at least 1.

    A bound in seconds means nothing on a machine that does ten things at once.
    """
    reply, seconds = _timed(mock, mock.forge())
    assert (reply.http, reply.status) == (200, "Success"), reply.rules
    return max(1.0, seconds / _USUAL)
