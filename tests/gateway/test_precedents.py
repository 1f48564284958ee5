"""What follows a precedent is judged as if there were none: the same answer, the same findings in the same order."""

import gc
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

import pytest
from lxml import etree

from conformance.client.message import Person, Requester
from conformance.client.signer import TokenSignature
from mockserver.gateway.crypto.trust import Trust
from mockserver.gateway.exchange import ENDPOINT_PATH, Exchange, HttpRequest
from mockserver.gateway.gateway import Gateway
from mockserver.gateway.limits import Limits
from mockserver.gateway.message.outline import VALUES, outline_of, token_in
from mockserver.gateway.message.security import WSU_ID
from mockserver.gateway.pipeline import judge
from mockserver.gateway.policy import Policy
from mockserver.gateway.precedent import MOST_OUTLINES, name_of, precedent_of
from mockserver.gateway.registry import RULES, Rule, Severity
from mockserver.instant import SECOND
from mockserver.namespaces import SAML
from tests.forge import PERSON, Forge
from tests.gateway.conftest import Workshop, rules_of
from tests.gateway.forgeries import FORGERIES

OUTLINE_RULES: Final = [rule for rule in RULES if rule.judges_outline]


def exchange_of(workshop: Workshop, octets: bytes, policy: Policy) -> Exchange:
    return Exchange(HttpRequest("POST", ENDPOINT_PATH, "1.1", tuple(workshop.fields()), octets, workshop.now), policy)


def follows(workshop: Workshop, gateway: Gateway, octets: bytes) -> bool:
    exchange = exchange_of(workshop, octets, gateway.policy)
    name = name_of(exchange, gateway.policy, RULES)
    return name is not None and precedent_of(name, exchange) is not None


def warm(workshop: Workshop) -> Gateway:
    """A gateway that has precedents for the requests of a client that knows all of a person, or the name alone."""
    gateway = workshop.gateway()
    for person in (PERSON, PERSON, Person("COVID_LASTNAME_TEST")):
        assert workshop.examine(gateway, workshop.forge(person=person)).answer.status == "Success"
    return gateway


def judged(workshop: Workshop, gateway: Gateway, message: Forge | bytes, **said: Any) -> dict[str, Any]:
    """All that a report says, but for the values that are drawn anew in each answer."""
    return workshop.examine(gateway, message, **said).to_json()


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_judged_as_without_precedents(workshop: Workshop, name: str) -> None:
    octets = FORGERIES[name][1](workshop).octets()
    assert judged(workshop, warm(workshop), octets) == judged(workshop, workshop.gateway(), octets)


CHANGES: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    # How the message is made, and how it is received.
    "as ever": ({}, {}),
    "late": ({}, {"received": 400 * SECOND}),
    "within the tolerance": ({}, {"received": 100 * SECOND}),
    "before its time": ({}, {"received": -400 * SECOND}),
    "after the token's end": ({}, {"received": 3 * 86400 * SECOND}),
    "after the certificates' end": ({}, {"received": 20 * 366 * 86400 * SECOND}),
    "without SOAPAction": ({}, {"fields": {"SOAPAction": None}}),
    "another requester": ({"requester": Requester(person_identifier="85123199937")}, {}),
    "wrong check digits": ({"requester": Requester(person_identifier="80010199977")}, {}),
    "no name": ({"person": Person(" ")}, {}),
    "digits in the name": ({"person": Person("A1", "B2", "X", "none")}, {}),
    "a trigger": ({"person": Person("MSG00013")}, {}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_another_message_of_the_client_is_judged_as_without_precedents(workshop: Workshop, name: str) -> None:
    made, received = CHANGES[name]
    gateway, octets = warm(workshop), workshop.forge(**made).octets()
    said: dict[str, Any] = {}
    if "received" in received:
        said["received"] = workshop.now + received["received"]
    if "fields" in received:
        said["fields"] = workshop.fields(**received["fields"])
    assert follows(workshop, gateway, octets)
    report = judged(workshop, gateway, octets, **said)
    assert report == judged(workshop, workshop.gateway(), octets, **said)
    if name == "after the certificates' end":  # rules that are settled require one that is broken now
        assert {"H21": "H07", "H25": "H21", "H27": "H21"}.items() <= report["skipped"].items()


def test_a_changed_digest_or_signature_is_found(workshop: Workshop) -> None:
    gateway = warm(workshop)
    for name, rule in (("LastName", "S22"), ("DigestValue", "H18"), ("SignatureValue", "H18"), ("Created", "S22")):
        forge = workshop.forge()
        element = next(forge.root.iter(f"{{*}}{name}"), None) if name != "DigestValue" else forge.references[0][2]
        element = forge.signature[1] if name == "SignatureValue" else element
        assert element is not None
        text = element.text or ""
        element.text = text.replace("2", "3", 1) if name == "Created" else text[1:2] + text[0:1] + text[2:]
        assert element.text != text
        assert follows(workshop, gateway, forge.octets())
        assert rule in rules_of(workshop.examine(gateway, forge))


def test_what_a_message_breaks_by_its_outline_is_told_of_each(workshop: Workshop) -> None:
    """A warning is no reason to judge all anew; it stands where it would stand."""

    def with_an_unknown_block() -> bytes:
        forge = workshop.forge()
        etree.SubElement(forge.security, "{urn:other}block")
        return forge.octets()

    gateway = workshop.gateway()
    judged(workshop, gateway, with_an_unknown_block())  # its token stands in namespaces that are new
    first = judged(workshop, gateway, with_an_unknown_block())
    assert "S10" in {finding["rule"] for finding in first["findings"]}
    octets = with_an_unknown_block()
    assert follows(workshop, gateway, octets)
    assert judged(workshop, gateway, octets)["findings"] == first["findings"]


def test_under_another_policy_there_is_no_precedent(workshop: Workshop) -> None:
    """Not even where it differs in nothing that a settled rule looks at."""
    gateway, octets = warm(workshop), workshop.forge().octets()
    assert follows(workshop, gateway, octets)
    reports = []
    for each in (gateway, workshop.gateway()):
        each.policy = replace(each.policy, trust=Trust())
        assert not follows(workshop, each, octets)
        reports.append(judged(workshop, each, octets))
    assert reports[0] == reports[1]
    assert {"H21": "H07", "H25": "H21", "H26": "H21"}.items() <= reports[0]["skipped"].items()


def test_a_refused_message_sets_none(workshop: Workshop) -> None:
    gateway = workshop.gateway()
    late = workshop.now + 400 * SECOND
    for _ in range(3):
        assert workshop.examine(gateway, workshop.forge(), received=late).answer.soa == "SOA-01001"
    assert not follows(workshop, gateway, workshop.forge().octets())


def test_the_second_message_with_a_token_sets_one(tmp_path: Path) -> None:
    """With the first it is not known whether there will be another."""
    workshop = Workshop(tmp_path)
    gateway = workshop.gateway()
    followed = []
    for _ in range(3):
        octets = workshop.forge().octets()
        followed.append(follows(workshop, gateway, octets))
        assert workshop.examine(gateway, octets).answer.status == "Success"
    assert followed == [False, False, True]


def test_what_the_back_end_refuses_sets_one(workshop: Workshop) -> None:
    """The gateway accepted it: Table 2 and CBSS look at values."""
    gateway = workshop.gateway()
    for _ in range(2):
        forge = workshop.forge(requester=Requester(person_identifier="85123199937"))
        assert workshop.examine(gateway, forge).answer.status == "Requester"
    assert follows(workshop, gateway, workshop.forge().octets())


def test_a_document_that_is_not_well_formed_follows_none(workshop: Workshop) -> None:
    gateway = warm(workshop)
    octets = workshop.forge().octets().replace(b"COVID_LASTNAME_TEST", b"COVID\x01LASTNAME")
    assert follows(workshop, gateway, octets), "by its characters alone"
    exchange = exchange_of(workshop, octets, gateway.policy)
    judge(exchange, gateway.policy)
    assert exchange.precedent is None
    assert exchange.refusal is not None
    assert exchange.refusal.rule.id == "Q20"


def test_of_one_token_the_first_outlines_are_kept(workshop: Workshop) -> None:
    gateway = workshop.gateway()
    assert workshop.examine(gateway, workshop.forge()).answer.status == "Success"
    messages = []
    for number in range(MOST_OUTLINES + 1):
        forge = workshop.forge()
        forge.header.text = " " * number
        messages.append(forge.octets())
        assert workshop.examine(gateway, messages[-1]).answer.status == "Success"
    assert [follows(workshop, gateway, each) for each in messages] == [*[True] * MOST_OUTLINES, False]


def test_a_replay_sets_none(workshop: Workshop) -> None:
    """Else whoever has seen one message could fill the memory with changes of what is not signed."""
    gateway, forge = warm(workshop), workshop.forge()
    assert workshop.examine(gateway, forge).answer.status == "Success"
    forge.header.text = "\n"
    report = workshop.examine(gateway, forge)
    assert (report.answer.status, rules_of(report, Severity.WARN)) == ("Success", ["I12"])
    assert not follows(workshop, gateway, forge.octets())


@pytest.mark.parametrize("name", sorted(VALUES))
def test_what_is_called_like_a_value_and_is_none_sets_no_precedent(workshop: Workshop, name: str) -> None:
    """A rule that judges the outline may read it: its text would be free, and nobody would look at it."""
    gateway = workshop.gateway()
    for _ in range(3):
        forge = workshop.forge()
        etree.SubElement(forge.header, f"{{urn:other}}{name}").text = "text"
        assert workshop.examine(gateway, forge).answer.status == "Success"
    assert not follows(workshop, gateway, forge.octets())


def test_a_key_identifier_that_is_not_text_alone_names_no_token(workshop: Workshop) -> None:
    """Found by a reader: with its text in an element called like a value, it could be changed behind a precedent."""
    forge = workshop.forge(token_signature=TokenSignature.STR_TRANSFORM)
    reference = forge.signature[2][0]
    identity = reference.attrib.pop(WSU_ID)
    copied = deepcopy(reference)
    copied.set(WSU_ID, identity)
    forge.security.append(copied)
    gateway = workshop.gateway()
    assert workshop.examine(gateway, forge.copy()).answer.status == "Success", "the control"
    identifier = copied[0]
    inner = etree.SubElement(identifier, "{urn:x}Nihii")
    inner.text, identifier.text = identifier.text, None
    assert "S52" in rules_of(workshop.examine(gateway, forge))


def test_a_precedent_holds_no_value_of_a_person(workshop: Workshop) -> None:
    gateway = warm(workshop)
    exchange = exchange_of(workshop, workshop.forge().octets(), gateway.policy)
    name = name_of(exchange, gateway.policy, RULES)
    assert name is not None
    found = precedent_of(name, exchange)
    assert found is not None
    held = repr((found.outline.__dict__, found.broken, found.ways, found.places))
    assert not any(value in held for value in ("COVID_LASTNAME_TEST", "Jérôme", "+3227885155"))


def test_a_precedent_keeps_no_tree(workshop: Workshop) -> None:
    """A tree takes six times the memory of its text."""
    gateway = warm(workshop)
    exchange = exchange_of(workshop, workshop.forge().octets(), gateway.policy)
    name = name_of(exchange, gateway.policy, RULES)
    assert name is not None
    seen: dict[int, object] = {}
    waiting: list[object] = [precedent_of(name, exchange)]
    while waiting:
        each = waiting.pop()
        if id(each) not in seen and not isinstance(each, (type, ModuleType, FunctionType, Policy, Rule, partial)):
            seen[id(each)] = each
            waiting += gc.get_referents(each)
    assert len(seen) > 100
    assert not [each for each in seen.values() if isinstance(each, etree._Element)]


# A rule that is settled by the outline looks at nothing else.


def octets_of(workshop: Workshop, name: str) -> bytes:
    return (workshop.forge() if name == "" else FORGERIES[name][1](workshop)).octets()


def with_other_values(octets: bytes) -> bytes | None:
    """A message of the same outline in which no value and no id is as it was; None for what has no outline."""
    text = octets.decode()
    token = token_in(text)
    outline = None if token is None else outline_of(text, token, Limits())
    if outline is None:
        return None
    root = etree.fromstring(octets)
    in_token = {each for token in root.iter(f"{{{SAML}}}Assertion") for each in token.iter()}
    for element in root.iter("*"):
        if etree.QName(element).localname in VALUES and element.text and element not in in_token:
            element.text = "another value"
    changed = etree.tostring(root, encoding="unicode")
    for identity in sorted(outline.ids, key=len, reverse=True):
        changed = changed.replace(f'"{identity}"', f'"other.{identity}"').replace(
            f'"#{identity}"', f'"#other.{identity}"'
        )
    return changed.encode()


def test_rules_that_judge_the_outline_look_at_no_value(workshop: Workshop) -> None:
    policy, compared = workshop.gateway().policy, 0
    for name in ("", *FORGERIES):
        octets = octets_of(workshop, name)
        other = with_other_values(octets)
        if other is None:
            continue
        first, second = exchange_of(workshop, octets, policy), exchange_of(workshop, other, policy)
        judge(first, policy)
        compared += other != octets
        for rule in OUTLINE_RULES:
            if rule.id not in first.skipped:
                assert found(rule, second, policy) == found(rule, first, policy), (rule.id, name)
    assert compared > 40, "most forgeries have an outline"


def found(rule: Rule, exchange: Exchange, policy: Policy) -> list[object]:
    return list(rule.check(exchange, policy))


def test_no_rule_about_values_times_or_trust_judges_the_outline() -> None:
    changing = {"H07", "H08", "H09", "H11", "H12", "H18", "H20", "H20-valid", "H21", "H29", "I12", "Q20", "S22", "X01"}
    changing |= {rule.id for rule in RULES if rule.id[0] in "TCRM"}
    assert changing.isdisjoint(rule.id for rule in OUTLINE_RULES)
