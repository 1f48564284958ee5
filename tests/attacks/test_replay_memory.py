"""Who comes first, in profile `hardened`: a copy must neither pass twice nor block the genuine message (rules I12)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from lxml import etree

from mockserver.namespaces import SOAP
from tests.attacks.conftest import anonymous
from tests.conftest import Mock, Reply
from tests.forge import Forge, Mutation

Send = Callable[[Mock, Forge], Reply]
"""How somebody on the way, who copied a message and has no key, sends it first."""


@pytest.fixture
def strict(mock_of: Callable[[str], Mock]) -> Mock:
    return mock_of("hardened")


def outcome(reply: Reply) -> tuple[int, str | None, str | None]:
    return reply.http, reply.status, reply.soa


def test_of_two_identical_messages_at_the_same_moment_one_is_accepted(strict: Mock) -> None:
    start, issued = Barrier(2), strict.issued()

    def post(message: bytes) -> Reply:
        start.wait()
        return strict.post(message)

    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            replies = list(pool.map(post, [strict.forge().octets()] * 2))
            assert sorted(map(outcome, replies), key=str) == [(200, "Success", None), (500, None, "SOA-01001")]
    assert strict.issued() == issued + 10


def changed(change: Mutation) -> Send:
    def send(mock: Mock, forge: Forge) -> Reply:
        copy = forge.copy()
        change(copy)
        return mock.post(copy)

    return send


def with_field(name: str, value: str | None) -> Send:
    def send(mock: Mock, forge: Forge) -> Reply:
        kept = [(field, content) for field, content in mock.fields() if field != name]
        return mock.post(forge, kept if value is None else [*kept, (name, value)])

    return send


def mandatory_block(forge: Forge) -> None:
    etree.SubElement(forge.header, "{urn:x}Block").set(f"{{{SOAP}}}mustUnderstand", "1")


SPOILT: dict[str, Send] = {
    "a block nobody understands": changed(mandatory_block),
    "an encodingStyle": changed(lambda forge: forge.root.set(f"{{{SOAP}}}encodingStyle", "urn:x")),
    "a processing instruction": changed(lambda forge: forge.root.insert(0, etree.PI("x"))),
    "a second Timestamp": changed(lambda forge: forge.security.append(forge.copy().timestamp)),
    "another child of Body": changed(lambda forge: forge.body.append(etree.Element("{urn:x}Other"))),
    "another soapAction": with_field("SOAPAction", '"urn:x"'),
    "no User-Agent": with_field("User-Agent", None),
}


@pytest.mark.parametrize("send", SPOILT.values(), ids=SPOILT)
def test_a_copy_that_is_refused_does_not_block_the_genuine_message(strict: Mock, send: Send) -> None:
    forge = strict.forge()
    first = send(strict, forge)
    assert first.status is None and first.http >= 400, first.rules
    assert "I12" not in first.rules
    assert outcome(strict.post(forge)) == (200, "Success", None)
    assert strict.post(forge).rules == ["I12"]


def test_a_copy_that_arrives_first_uses_the_message_up(strict: Mock) -> None:
    """Nothing tells an exact copy from what its holder sent: it is accepted once, whoever brings it."""
    forge, issued = strict.forge(), strict.issued()
    copy = forge.octets()
    assert outcome(strict.post(copy, [*strict.fields(), ("X-Forwarded-For", "192.0.2.1")])) == (200, "Success", None)
    assert outcome(strict.post(forge)) == (500, None, "SOA-01001")
    assert strict.issued() == issued + 1


def test_what_was_refused_and_then_made_right_is_accepted(strict: Mock) -> None:
    """The holder's own mistake, mended and signed anew, with the token it has."""
    forge = strict.forge()
    right = forge.copy()
    person = forge.operation[0][1]
    person.remove(person[0])
    assert outcome(strict.post(forge.sign())) == (500, None, "SOA-03006")
    assert outcome(strict.post(right)) == (200, "Success", None)


def test_a_replay_is_told_beside_the_wire_and_as_any_other_refusal_on_it(
    strict: Mock, not_authenticated: tuple[bytes, dict[str, str]]
) -> None:
    forge = strict.forge()
    strict.post(forge)
    again = strict.post(forge)
    assert again.rules == ["I12"]
    assert anonymous(again) == not_authenticated
