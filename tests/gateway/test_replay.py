"""The memory of signatures: what is a replay, for how long it is remembered, and what it costs (rules A110 to A113)."""

import sys
from base64 import b64decode, b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from conformance.client.message import Requester
from mockserver.gateway.exchange import Exchange, HttpRequest
from mockserver.gateway.gateway import Gateway, Report
from mockserver.gateway.registry import Severity
from mockserver.gateway.replay import AcceptedHere, ReplayMemory
from mockserver.instant import SECOND, Instant, read_date_time
from mockserver.namespaces import DS, SOAP, WSSE
from tests.attacks.tokens import held_with, token
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


def another_name(forge: Forge) -> None:
    forge.operation[0][1][0].text = "COVID_LASTNAME_OTHER"


def a_block_that_must_be_understood(forge: Forge) -> None:
    etree.SubElement(forge.header, "{urn:x}Block").set(f"{{{SOAP}}}mustUnderstand", "1")


def an_encoding_style(forge: Forge) -> None:
    forge.root.set(f"{{{SOAP}}}encodingStyle", "urn:x")


def another_token(forge: Forge) -> None:
    (identifier,) = forge.signature.iter(f"{{{WSSE}}}KeyIdentifier")
    identifier.text = "another"


@pytest.mark.parametrize(
    ("spoil", "soa"),
    [
        (another_name, "SOA-01001"),
        (another_token, "SOA-01001"),
        (a_block_that_must_be_understood, "SOA-03002"),
        (an_encoding_style, "SOA-03004"),
    ],
)
@pytest.mark.parametrize("profile", ["cookbook", "hardened"])
def test_a_message_that_was_refused_is_not_remembered(
    workshop: Workshop, profile: str, spoil: Change, soa: str
) -> None:
    """Else anybody could have the genuine one refused, by sending it spoilt before: unsigned parts need no key."""
    gateway, forge = workshop.gateway(profile), workshop.forge()
    spoilt = forge.copy()
    spoil(spoilt)
    assert workshop.examine(gateway, spoilt).answer.soa == soa
    assert not is_replay(workshop, gateway, forge)


@pytest.mark.parametrize("field", ["SOAPAction", "User_Agent"])
def test_a_message_that_was_refused_for_an_http_field_is_not_remembered(workshop: Workshop, field: str) -> None:
    gateway, forge = workshop.gateway("hardened"), workshop.forge()
    refused = workshop.examine(gateway, forge, fields=workshop.fields(**{field: None}))
    assert refused.answer.status is None
    assert not is_replay(workshop, gateway, forge)


@pytest.mark.parametrize("gateway_profile", ["cookbook", "hardened"])
def test_a_message_that_its_holder_got_wrong_is_refused_for_the_same_reason_again(
    workshop: Workshop, gateway_profile: str
) -> None:
    gateway, forge = workshop.gateway(gateway_profile), workshop.forge()
    forge.operation[0][1].remove(forge.operation[0][1][0])
    again = [workshop.examine(gateway, forge.sign()) for _ in range(2)]
    assert [(report.answer.soa, rules_of(report)[-1:]) for report in again] == [("SOA-03006", ["X01"])] * 2


def test_what_the_back_end_refuses_was_accepted_by_the_gateway(workshop: Workshop) -> None:
    """Cookbook Table 2 is no fault: the caller got its answer, with whatever came of it."""
    gateway = workshop.gateway("hardened")
    forge = workshop.forge(requester=Requester(person_identifier="85123199937"))
    answers = [workshop.examine(gateway, forge).answer for _ in range(2)]
    assert [(answer.status, answer.soa) for answer in answers] == [("Requester", None), (None, "SOA-01001")]


def test_the_same_message_with_another_token_of_its_holder_is_a_replay(mock: Mock) -> None:
    """The token is no part of what is signed (A66): a memory by AssertionID would take it for another message."""
    forge = mock.forge()
    assert mock.post(forge).warnings == []
    assert mock.post(forge.replace_token(token(mock))).warnings == ["I12"]


@pytest.mark.parametrize(("profile", "successes"), [("hardened", 1), ("cookbook", 8)])
def test_of_identical_messages_in_flight_at_once_one_alone_is_new(
    workshop: Workshop, profile: str, successes: int
) -> None:
    """All threads are let go at the same moment, and change places often: between the look and the remembering too."""
    gateway, threads, interval = workshop.gateway(profile), 8, sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(threads) as pool:
            for _ in range(5):
                message, start = workshop.forge().octets(), Barrier(threads)
                reports = list(pool.map(lambda _: held_back(start, workshop, gateway, message), range(threads)))  # noqa: B023
                assert sum(report.answer.status == "Success" for report in reports) == successes
                assert sum("I12" in {f.rule.id for f in report.findings} for report in reports) == threads - 1
    finally:
        sys.setswitchinterval(interval)


def held_back(start: Barrier, workshop: Workshop, gateway: Gateway, message: bytes) -> Report:
    start.wait()
    return workshop.examine(gateway, message)


@pytest.mark.parametrize("octets", [b"", b"<a/>", b"<Envelope", b"<!DOCTYPE a><a/>"])
def test_what_is_no_signed_message_is_no_replay_and_can_not_be_remembered(workshop: Workshop, octets: bytes) -> None:
    asked = Exchange(HttpRequest("POST", "/", "1.1", (), octets, workshop.now), workshop.gateway().policy)
    memory = ReplayMemory(AcceptedHere(100))
    assert not memory.knows(asked)
    with pytest.raises(ValueError, match="never accepted"):
        memory.remember(asked)


def exchange(workshop: Workshop, forge: Forge, received: Instant) -> Exchange:
    request = HttpRequest("POST", "/", "1.1", (), forge.octets(), received)
    return Exchange(request, workshop.gateway().policy)


def test_the_memory_is_bounded_by_time(workshop: Workshop) -> None:
    """What can no longer pass is forgotten a minute later: the margin for a clock that is set back."""
    accepted = AcceptedHere(100)
    memory = ReplayMemory(accepted)
    forges = [workshop.forge(now=workshop.now + number * SECOND) for number in range(10)]
    for forge in forges:
        assert memory.remember(exchange(workshop, forge, workshop.now))
    assert len(accepted) == 10
    last = max(map(expires, forges))
    later = workshop.forge(now=last)
    assert memory.knows(exchange(workshop, forges[-1], last + TOLERANCE + 60 * SECOND))
    assert len(accepted) == 1
    assert memory.remember(exchange(workshop, later, last + TOLERANCE + 60 * SECOND + 1))
    assert len(accepted) == 1


def test_the_memory_is_bounded_by_number(workshop: Workshop) -> None:
    """The first to go is the one whose time is over first, whenever it came."""
    accepted = AcceptedHere(2)
    memory = ReplayMemory(accepted)
    seconds = {name: workshop.forge(now=workshop.now + at * SECOND) for name, at in (("b", 1), ("a", 0), ("c", 2))}
    for forge in seconds.values():
        assert memory.remember(exchange(workshop, forge, workshop.now))
    assert len(accepted) == 2
    known = {name: memory.knows(exchange(workshop, forge, workshop.now)) for name, forge in seconds.items()}
    assert known == {"a": False, "b": True, "c": True}


def test_how_many_are_remembered_is_a_limit_of_the_policy(workshop: Workshop, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("[limits]\nreplays = 1\n")
    gateway, first, second = workshop.gateway(policy=policy), workshop.forge(), workshop.forge()
    sent = (first, first, second, second, first)
    assert [is_replay(workshop, gateway, forge) for forge in sent] == [False, True, False, True, False]


def test_to_ask_costs_no_memory_and_changes_nothing(workshop: Workshop) -> None:
    accepted = AcceptedHere(100)
    memory, asked = ReplayMemory(accepted), exchange(workshop, workshop.forge(), workshop.now)
    assert [memory.knows(asked) for _ in range(3)] == [False] * 3
    assert len(accepted) == 0
    assert [memory.remember(asked) for _ in range(3)] == [True, False, False]
    assert len(accepted) == 1
    assert memory.knows(asked)


def test_other_prefixes_make_no_message_new_where_the_signature_still_verifies(workshop: Workshop) -> None:
    """The prefix of Envelope and Header is no part of what is digested; Body's is."""
    gateway, forge = workshop.gateway(), workshop.forge()
    assert not is_replay(workshop, gateway, forge)
    head = forge.octets().replace(b"<SOAP-ENV:Envelope ", f'<e:Envelope xmlns:e="{SOAP}" '.encode(), 1)
    message = head.replace(b"</SOAP-ENV:Envelope>", b"</e:Envelope>")
    assert message != forge.octets()
    assert is_replay(workshop, gateway, message)
