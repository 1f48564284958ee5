"""The memory of signatures: what is a replay, for how long it is remembered, and what it costs (rules A110 to A113)."""

from base64 import b64decode, b64encode
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from mockserver.gateway.exchange import Exchange, HttpRequest
from mockserver.gateway.gateway import Gateway
from mockserver.gateway.registry import Severity
from mockserver.gateway.replay import ReplayMemory
from mockserver.instant import SECOND, Instant, read_date_time
from mockserver.namespaces import DS, SOAP
from tests.attacks.tokens import held_with
from tests.conftest import Mock
from tests.forge import Forge
from tests.gateway.conftest import Workshop, rules_of

Change = Callable[[Forge], object]

TOLERANCE = 300 * SECOND


def is_replay(workshop: Workshop, gateway: Gateway, message: Forge | bytes, received: Instant | None = None) -> bool:
    report = workshop.examine(gateway, message, received=received)
    assert report.answer.status == "Success", rules_of(report)
    return "I12" in rules_of(report, Severity.WARN)


def expires(forge: Forge) -> Instant:
    return read_date_time(forge.expires.text or "").instant


def test_a110_the_same_octets_again_are_a_replay(workshop: Workshop) -> None:
    gateway, message = workshop.gateway(), workshop.forge().octets()
    assert [is_replay(workshop, gateway, message) for _ in range(3)] == [False, True, True]


def test_a110_a_replay_is_refused_in_profile_hardened(workshop: Workshop) -> None:
    gateway, message = workshop.gateway("hardened"), workshop.forge().octets()
    assert workshop.examine(gateway, message).answer.status == "Success"
    again = workshop.examine(gateway, message)
    assert (again.answer.soa, rules_of(again)) == ("SOA-01001", ["I12"])


@pytest.mark.parametrize("later", [0, 200 * SECOND, TOLERANCE], ids=["at Expires", "200 s after", "at the last moment"])
def test_a111_a_replay_is_known_as_long_as_its_time_lets_it_pass(workshop: Workshop, later: Instant) -> None:
    """A memory that forgets at Expires misses those within the tolerance."""
    gateway, forge = workshop.gateway(), workshop.forge()
    assert not is_replay(workshop, gateway, forge)
    assert is_replay(workshop, gateway, forge, expires(forge) + later)


def test_a111_after_that_its_time_refuses_it(workshop: Workshop) -> None:
    gateway, forge = workshop.gateway(), workshop.forge()
    assert not is_replay(workshop, gateway, forge)
    report = workshop.examine(gateway, forge, received=expires(forge) + TOLERANCE + 1)
    assert rules_of(report) == ["T6"]


def another_block(forge: Forge) -> None:
    etree.SubElement(forge.header, "{urn:x}Block").text = "new"


def blanks_between(forge: Forge) -> None:
    forge.security.text = forge.header.tail = "\n  "


def another_id_of_the_signature(forge: Forge) -> None:
    forge.signature.set("Id", "another")


@pytest.mark.parametrize("change", [another_block, blanks_between, another_id_of_the_signature])
def test_a112_other_unsigned_parts_do_not_make_a_message_new(workshop: Workshop, change: Change) -> None:
    gateway, forge = workshop.gateway(), workshop.forge()
    assert not is_replay(workshop, gateway, forge)
    before = forge.octets()
    change(forge)
    assert forge.octets() != before
    assert is_replay(workshop, gateway, forge)


def test_a112_other_http_fields_do_not_make_a_message_new(workshop: Workshop) -> None:
    gateway, message = workshop.gateway(), workshop.forge().octets()
    assert not is_replay(workshop, gateway, message)
    other = workshop.fields(User_Agent="another/1.0 client/1.0")
    assert "I12" in rules_of(workshop.examine(gateway, message, fields=other), Severity.WARN)


def test_a113_the_signature_in_other_lines_is_the_same(workshop: Workshop) -> None:
    gateway, forge = workshop.gateway(), workshop.forge()
    assert not is_replay(workshop, gateway, forge)
    value = forge.signature[1]
    value.text = "\n\t".join((value.text or "")[at : at + 20] for at in range(0, len(value.text or ""), 20))
    assert is_replay(workshop, gateway, forge)


def test_a113_an_ecdsa_signature_altered_without_the_key_is_the_same(mock: Mock) -> None:
    """With (r, s) also (r, n - s) verifies: anybody can write it."""
    forge = held_with(
        mock, ec.generate_private_key(ec.SECP256R1()), "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
    )
    first = mock.post(forge)
    assert (first.status, first.warnings) == ("Success", [])
    value = forge.signature.find(f"{{{DS}}}SignatureValue")
    assert value is not None
    octets = b64decode(value.text or "")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-4, D.1.2.3
    other = order - int.from_bytes(octets[32:], "big")
    value.text = b64encode(octets[:32] + other.to_bytes(32, "big")).decode()
    second = mock.post(forge)
    assert (second.status, second.warnings) == ("Success", ["I12"])


def test_a_new_call_with_the_same_token_is_no_replay(workshop: Workshop) -> None:
    """rules H22: a token is used many times."""
    gateway = workshop.gateway()
    assert [is_replay(workshop, gateway, workshop.forge()) for _ in range(3)] == [False] * 3


def test_the_same_content_signed_a_second_later_is_no_replay(workshop: Workshop) -> None:
    gateway = workshop.gateway()
    assert not is_replay(workshop, gateway, workshop.forge())
    assert not is_replay(workshop, gateway, workshop.forge(now=workshop.now + SECOND))


def test_a_message_that_was_not_authenticated_is_not_remembered(workshop: Workshop) -> None:
    """Else anybody could have the genuine one refused, by sending it broken before."""
    gateway, forge = workshop.gateway(), workshop.forge()
    broken = forge.copy()
    broken.operation[0][1][0].text = "COVID_LASTNAME_OTHER"
    assert workshop.examine(gateway, broken).answer.soa == "SOA-01001"
    assert not is_replay(workshop, gateway, forge)


def exchange(workshop: Workshop, forge: Forge, received: Instant) -> Exchange:
    request = HttpRequest("POST", "/", "1.1", (), forge.octets(), received)
    return Exchange(request, workshop.gateway().policy)


def test_the_memory_is_bounded_by_time(workshop: Workshop) -> None:
    """What can no longer pass is forgotten a minute later: the margin for a clock that is set back."""
    memory = ReplayMemory()
    forges = [workshop.forge(now=workshop.now + number * SECOND) for number in range(10)]
    for forge in forges:
        assert not memory.was_seen(exchange(workshop, forge, workshop.now))
    full = len(memory)
    last = max(map(expires, forges))
    later = workshop.forge(now=last)
    assert memory.was_seen(exchange(workshop, forges[-1], last + TOLERANCE + 60 * SECOND))
    assert len(memory) < full
    assert not memory.was_seen(exchange(workshop, later, last + TOLERANCE + 60 * SECOND + 1))
    assert len(memory) == full // 10


def test_asking_again_costs_no_memory(workshop: Workshop) -> None:
    memory, forge = ReplayMemory(), workshop.forge()
    for _ in range(5):
        memory.was_seen(exchange(workshop, forge, workshop.now))
        assert len(memory) == 2


def test_other_prefixes_make_no_message_new_where_the_signature_still_verifies(workshop: Workshop) -> None:
    """The prefix of Envelope and Header is no part of what is digested; Body's is."""
    gateway, forge = workshop.gateway(), workshop.forge()
    assert not is_replay(workshop, gateway, forge)
    head = forge.octets().replace(b"<SOAP-ENV:Envelope ", f'<e:Envelope xmlns:e="{SOAP}" '.encode(), 1)
    message = head.replace(b"</SOAP-ENV:Envelope>", b"</e:Envelope>")
    assert message != forge.octets()
    assert is_replay(workshop, gateway, message)
