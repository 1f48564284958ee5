"""Messages of odd structure, several of each with other values and ids: judged with precedents and without, all alike.

What a precedent must not be deceived by is put where it might be: elements called like values, ids that are equal to
something else or a part of one another, token references within each other, prefixes that mean nothing.
"""

import random
from collections.abc import Callable
from copy import deepcopy
from typing import Final

import pytest
from lxml import etree

from conformance.client.message import Person
from conformance.client.signer import TokenSignature
from mockserver.gateway.exchange import ENDPOINT_PATH, Exchange, HttpRequest
from mockserver.gateway.gateway import Gateway
from mockserver.gateway.message.outline import VALUES
from mockserver.gateway.message.security import WSU_ID
from mockserver.gateway.precedent import forget_precedents, name_of, precedent_of
from mockserver.gateway.registry import RULES
from mockserver.namespaces import DS, SOAP, WSSE, WSU
from tests.forge import Forge
from tests.gateway.conftest import Workshop

NAMES: Final = (*sorted(VALUES), "KeyIdentifier", "Reference", "SecurityTokenReference", "Timestamp", "b", "Assertion")
NAMESPACES: Final = ("{urn:x}", f"{{{WSSE}}}", f"{{{WSU}}}", f"{{{DS}}}", f"{{{SOAP}}}", "")
ATTRIBUTES: Final = ("Id", "ID", "id", "URI", "AssertionID", "IssueInstant", WSU_ID, "{urn:x}Id", "ValueType", "n")
TEXTS: Final = (
    "A",
    "TS",
    "TS-1",
    "TS-12",
    "_",
    "1st",
    "a b",
    "#A",
    "wsu",
    "ds",
    "COVID_LASTNAME_TEST",
    " ",
    "O'N",
    "\u00a0A",
)

Chance = random.Random


def strings(values: Chance, forge: Forge) -> str:
    """Something that an id, an attribute or a text may be equal to."""
    token = forge.assertion.get("AssertionID", "")
    ids = [forge.timestamp.get(WSU_ID, ""), forge.body.get(WSU_ID, ""), token]
    return values.choice((*TEXTS, *ids, *(f"#{each}" for each in ids), f"_k{values.randrange(99)}"))


def with_foreign_elements(structure: Chance, values: Chance, forge: Forge) -> None:
    places = [forge.header, forge.security, forge.signature[2][0], *forge.signature[2][0]]
    for _ in range(structure.choice((0, 0, 1, 1, 2))):
        parent = structure.choice(places)
        for _ in range(structure.randrange(1, 4)):
            child = etree.SubElement(parent, structure.choice(NAMESPACES) + structure.choice(NAMES))
            if structure.random() < 0.5:
                child.set(structure.choice(ATTRIBUTES), strings(values, forge))
            if structure.random() < 0.6:
                child.text = strings(values, forge)
            if structure.random() < 0.6:
                parent = child


def with_other_ids(structure: Chance, values: Chance, forge: Forge) -> None:
    if structure.random() < 0.3:
        name = values.choice(("A", "AB", "TS-1", f"_x{values.randrange(9)}", "COVID_LASTNAME_TEST"))
        for element, reference in ((forge.body, 0), (forge.timestamp, 1)):
            identity = name if reference == 0 or structure.random() < 0.2 else f"{name}-2"
            element.set(WSU_ID, identity)
            forge.references[reference].set("URI", f"#{identity}")
    if structure.random() < 0.3:
        forge.operation.set("Id", values.choice(("A", "_1", "TS-1")))


def with_white_space(structure: Chance, _: Chance, forge: Forge) -> None:
    if structure.random() < 0.2:
        forge.header.text = structure.choice((" ", "\n  ", "text"))


def move_the_reference(structure: Chance, values: Chance, forge: Forge) -> None:
    """KeyInfo is not signed: what an STR-Transform refers to may stand elsewhere, and say something else there."""
    reference = forge.signature[2][0]
    if reference.get(WSU_ID) is None or structure.random() < 0.3:
        return
    moved = deepcopy(reference)
    del reference.attrib[WSU_ID]
    forge.security.append(moved)
    if structure.random() < 0.7:
        inner = etree.SubElement(moved[0], structure.choice(NAMESPACES) + structure.choice(NAMES))
        inner.text = moved[0].text if values.random() < 0.5 else strings(values, forge)
        moved[0].text = structure.choice((None, "du"))


CHANGES: Final[tuple[Callable[[Chance, Chance, Forge], None], ...]] = (
    with_foreign_elements,
    with_other_ids,
    with_white_space,
)


def message(workshop: Workshop, seed: int, number: int) -> bytes:
    """The message `number` of the structure `seed`."""
    structure, values = Chance(seed), Chance(seed * 10 + number)
    person = Person(values.choice(("Abc", "TS-1", "D'H\"o>x", "A1")), "Zoë" if structure.random() < 0.5 else None)
    kind = structure.choice(list(TokenSignature))
    # Each has a moment of its own: with the same ids it would else be the same message as one of another structure.
    moment = workshop.now + (seed * 6 + number) * 1_000_000
    forge = workshop.forge(person=person, token_signature=kind, now=moment)
    for change in CHANGES:
        change(structure, values, forge)
    forge.sign()
    move_the_reference(structure, values, forge)
    octets = forge.octets()
    if structure.random() < 0.2:  # not signed: a reference to a character, a quote, a declaration
        octets = octets.replace(b'Id="', structure.choice((b'Id="&#95;', b" Id = '", b'Id="')), 1)
    return octets


def follows(workshop: Workshop, gateway: Gateway, octets: bytes) -> bool:
    request = HttpRequest("POST", ENDPOINT_PATH, "1.1", tuple(workshop.fields()), octets, workshop.now)
    exchange = Exchange(request, gateway.policy)
    name = name_of(exchange, gateway.policy, RULES)
    return name is not None and precedent_of(name, exchange) is not None


def compare(workshop: Workshop, profile: str, seeds: range) -> int:
    """Judge six messages of each structure with precedents, and without; how many of them followed one."""
    warm, cold, followed = workshop.gateway(profile), workshop.gateway(profile), 0
    for seed in seeds:
        messages = [message(workshop, seed, number) for number in range(6)]
        forget_precedents()  # of one token the first outlines are kept, and this is another one
        told = []
        for octets in messages:
            followed += follows(workshop, warm, octets)
            told.append(workshop.examine(warm, octets).to_json())
        for number, octets in enumerate(messages):
            forget_precedents()
            assert workshop.examine(cold, octets).to_json() == told[number], (profile, seed, number)
    return followed


@pytest.mark.parametrize("profile", ["cookbook", "lenient"])
def test_with_precedents_and_without_the_verdict_is_the_same(workshop: Workshop, profile: str) -> None:
    assert compare(workshop, profile, range(100)) > 50, "the control: some do follow precedents"


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["cookbook", "lenient"])
def test_with_precedents_and_without_the_verdict_is_the_same_many_times(workshop: Workshop, profile: str) -> None:
    assert compare(workshop, profile, range(1000, 2500)) > 900
