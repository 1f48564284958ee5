"""Changing any one character that is signed makes a message SOA-01001 (cookbook 5.1.2, 6.2: integrity)."""

import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from mockserver.assembly import Plan, build_examiner
from mockserver.gateway.exchange import ENDPOINT_PATH, HttpRequest
from mockserver.gateway.gateway import Gateway
from mockserver.instant import read_date_time
from mockserver.namespaces import DS, SAML, SOAP, WSU
from tests.samples.characters import Value, signed_values, values
from tests.samples.messages import CA, SAMPLES, STS, Answer, Sample

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=str)

Place = tuple[Value, int, int]
"""A value, and where one of its characters begins and ends."""


class Examiner:
    """Judges changed forms of one sample as `mockserver check` would, without a process for each."""

    def __init__(self, sample: Sample) -> None:
        received = read_date_time(sample.received).instant
        plan = Plan(Path("no-such-state-folder"), trust_sts=(STS,), trust_ca=(CA,))
        self._gateway: Gateway = build_examiner(plan, clock=lambda: received)
        self._received = received
        self.text = sample.file.read_bytes().decode("utf-8")

    def answer(self, text: str) -> Answer:
        request = HttpRequest("POST", ENDPOINT_PATH, "1.1", (), text.encode(), self._received, has_head=False)
        report: Answer = self._gateway.examine(request).to_json()["answer"]
        return report

    def survivors(self, places: Iterable[Place]) -> Iterator[str]:
        """The places whose change is answered with anything but SOA-01001, in words."""
        for value, start, end in places:
            other = "x" if self.text[start:end] != "x" else "7"
            answer = self.answer(self.text[:start] + other + self.text[end:])
            if (answer["http"], answer["soa"]) != (500, "SOA-01001"):
                yield f"{value}: {self.text[start:end]!r} at {start} changed to {other!r} gives {answer}"


def places(value: Value) -> list[Place]:
    return [(value, start, end) for start, end in value.characters]


def first_last_and_one(value: Value, rng: random.Random) -> list[Place]:
    every = places(value)
    return list({place[1]: place for place in (every[0], every[-1], rng.choice(every))}.values())


@each_sample
def test_a_changed_character_in_each_signed_value_is_refused(sample: Sample) -> None:
    seed = random.getrandbits(32)
    sys.stdout.write(f"seed {seed}\n")
    rng = random.Random(seed)
    examiner = Examiner(sample)
    chosen = [place for value in signed_values(examiner.text) for place in first_last_and_one(value, rng)]
    assert not list(examiner.survivors(chosen)), f"seed {seed}"


@pytest.mark.slow
@each_sample
def test_every_changed_character_is_refused(sample: Sample) -> None:
    examiner = Examiner(sample)
    every = [place for value in signed_values(examiner.text) for place in places(value)]
    assert not list(examiner.survivors(every))


@each_sample
def test_the_unchanged_message_gets_its_own_answer(sample: Sample) -> None:
    """So that a refusal of a changed one is due to the change."""
    examiner = Examiner(sample)
    assert examiner.answer(examiner.text) == sample.answer


@each_sample
def test_a_changed_character_that_nothing_signs_survives(sample: Sample) -> None:
    """The control: the Ids of ds:Signature and ds:KeyInfo are neither digested nor signed, and name nothing."""
    examiner = Examiner(sample)
    unsigned = [v for v in values(examiner.text) if v.attribute == "Id" and v.path[-1] in ("Signature", "KeyInfo")]
    assert len(unsigned) == 2
    tried = [value.characters[-1] for value in unsigned]
    assert {str(value) for value in unsigned}.isdisjoint(map(str, signed_values(examiner.text)))
    for start, end in tried:
        assert examiner.answer(f"{examiner.text[:start]}x{examiner.text[end:]}") == sample.answer


@each_sample
def test_the_scanner_finds_every_signed_value(sample: Sample) -> None:
    """Held against the tree: as many texts and attributes, and the same ones, as lxml sees in the signed parts."""
    text = sample.file.read_text("utf-8")
    root = etree.fromstring(text.encode())
    body, security = root.find(f"{{{SOAP}}}Body"), root[0][0]
    assert body is not None
    parts = [body, *security.findall(f"{{{WSU}}}Timestamp"), *security.findall(f"{{{SAML}}}Assertion")]
    parts += security.findall(f"{{{DS}}}Signature/{{{DS}}}SignedInfo")
    if sample.name != "wss4j-strtransform":
        own = security.find(f"{{{SAML}}}Assertion/{{{DS}}}Signature")
        assert own is not None
        for child in own[1:]:
            own.remove(child)
    elements = [element for part in parts for element in part.iter("*")]
    seen = sorted(value for element in elements for value in (*element.attrib.values(), element.text) if value)
    found = sorted(etree.fromstring(f"<v>{value.text}</v>").text or "" for value in signed_values(text))
    assert found == seen
    assert all(element.tail is None for part in parts for element in part.iterdescendants("*"))
