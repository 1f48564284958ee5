"""Random changes of signed content, one each, and a verdict on what the diagnosis says of them."""

import random
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from lxml import etree

from mockserver.gateway.message.envelope import elements
from mockserver.xray.edits.content import place_of
from mockserver.xray.explanation import Explanation
from tests.forge import Forge, duplicate
from tests.xray.specimens import Bench, c14n

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -éèëüñç"
_BLANKS: Final = ("\n", " ", "\t", "\n  ")


class Verdict(Enum):
    NAMED = "named the changed element"
    NONE = "said that it found none"
    WRONG = "named something else"


@dataclass(frozen=True)
class Mutated:
    kind: str
    octets: bytes
    places: frozenset[str]
    """Names that are right for the changed element."""
    may_be_layout: bool
    """White space came between elements: "pretty-printed" is the truth."""


Change = Callable[[random.Random, etree._Element], list[etree._Element]]
"""Changes the element or what is near it; gives the elements that may be named. None are changed: gives none."""


def _text(change: Callable[[random.Random, str], str]) -> Change:
    def mutate(rng: random.Random, element: etree._Element) -> list[etree._Element]:
        if elements(element) or not element.text:
            return []
        before = element.text
        element.text = change(rng, before)
        return [element] if element.text != before else []

    return mutate


def _replaced(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text))
    return text[:at] + rng.choice(_LETTERS) + text[at + 1 :]


def _inserted(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(_LETTERS) + text[at:]


def _dropped(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text))
    return text[:at] + text[at + 1 :]


def _swapped(rng: random.Random, text: str) -> str:
    if len(text) < 2:
        return text
    at = rng.randrange(len(text) - 1)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _another(rng: random.Random, text: str) -> str:
    return "".join(rng.choice(_LETTERS) for _ in range(rng.randint(1, 20)))


def _attribute(rng: random.Random, element: etree._Element) -> list[etree._Element]:
    names = [name for name in element.attrib if not name.endswith("Id") and not name.endswith("ID")]
    if not names:
        return []
    name = rng.choice(names)
    before = element.attrib[name]
    element.attrib[name] = rng.choice((_replaced, _inserted, _dropped))(rng, before) if before else "x"
    return [element] if element.attrib[name] != before else []


def _attribute_added(rng: random.Random, element: etree._Element) -> list[etree._Element]:
    element.set("added", _another(rng, ""))
    return [element]


def _attribute_removed(rng: random.Random, element: etree._Element) -> list[etree._Element]:
    names = [name for name in element.attrib if not name.endswith("Id") and not name.endswith("ID")]
    if not names:
        return []
    del element.attrib[rng.choice(names)]
    return [element]


def _removed(rng: random.Random, element: etree._Element) -> list[etree._Element]:
    parent = element.getparent()
    if parent is None:
        return []
    parent.remove(element)
    return [parent, *elements(parent)]


def _twice(rng: random.Random, element: etree._Element) -> list[etree._Element]:
    twin = duplicate(element)
    element.addnext(twin)
    return [element, twin]


def _moved(rng: random.Random, element: etree._Element) -> list[etree._Element]:
    parent, following = element.getparent(), element.getnext()
    if parent is None or following is None or etree.tostring(element) == etree.tostring(following):
        return []
    following.addnext(element)
    return [parent, element, following]


def _blanks(rng: random.Random, element: etree._Element) -> list[etree._Element]:
    if not elements(element):
        return []
    element.text = (element.text or "") + rng.choice(_BLANKS)
    return [element]


KINDS: Final[dict[str, Change]] = {
    "character replaced": _text(_replaced),
    "character inserted": _text(_inserted),
    "character dropped": _text(_dropped),
    "characters swapped": _text(_swapped),
    "capitals": _text(lambda _, text: text.swapcase()),
    "text replaced": _text(_another),
    "text emptied": _text(lambda rng, text: ""),
    "white space around a text": _text(lambda rng, text: f" {text} "),
    "attribute changed": _attribute,
    "attribute added": _attribute_added,
    "attribute removed": _attribute_removed,
    "element removed": _removed,
    "element twice": _twice,
    "element moved": _moved,
    "white space between elements": _blanks,
}


def mutate(rng: random.Random, bench: Bench) -> Mutated:
    """One change at a random place of what the signatures cover."""
    while True:
        forge = bench.forge()
        kind = rng.choice(list(KINDS))
        candidates = _signed_elements(forge)
        before = _signed_octets(forge)
        changed = KINDS[kind](rng, rng.choice(candidates))
        if changed and _signed_octets(forge) != before:
            places = frozenset(place_of(element) for element in changed)
            return Mutated(kind, forge.octets(), places, kind == "white space between elements")


def _signed_elements(forge: Forge) -> list[etree._Element]:
    """Below Body, Timestamp, SignedInfo and the token, without those the message is found by."""
    signature = next(child for child in forge.assertion if etree.QName(child).localname == "Signature")
    inside = {*signature.iter("*")}
    parts = [forge.body, forge.timestamp, forge.assertion]
    return [node for part in parts for node in part.iterdescendants("*") if node not in inside]


def _signed_octets(forge: Forge) -> list[bytes]:
    """What the signatures cover; of the token without its own signature, which a sibling may change places with."""
    token = duplicate(forge.assertion)
    token.remove(next(child for child in token if etree.QName(child).localname == "Signature"))
    return [c14n(part) for part in (forge.body, forge.timestamp, token)]


def judged(mutated: Mutated, explanation: Explanation) -> Verdict:
    """Compare the first diagnosis with what was changed."""
    first = explanation.diagnoses[0]
    if not first.notes:
        return Verdict.NONE
    note = first.notes[0]
    if note.where.partition("/@")[0] in mutated.places:
        return Verdict.NAMED
    if mutated.may_be_layout and any(each.mistake == "pretty-printed" for each in first.notes):
        return Verdict.NAMED
    return Verdict.WRONG


def verdicts(bench: Bench, seed: int, count: int) -> Counter[Verdict]:
    """What is said of so many mutations; every wrong name is printed, and the count of each verdict."""
    rng = random.Random(seed)
    told: Counter[Verdict] = Counter()
    for number in range(count):
        mutated = mutate(rng, bench)
        explanation = bench.explain(mutated.octets)
        assert explanation.diagnoses, f"seed {seed}, mutation {number} ({mutated.kind}) was not seen at all"
        verdict = judged(mutated, explanation)
        told[verdict] += 1
        if verdict is Verdict.WRONG:
            sys.stdout.write(f"mutation {number}, {mutated.kind} at {sorted(mutated.places)}: {explanation.headline}\n")
    sys.stdout.write(f"seed {seed}: " + ", ".join(f"{told[each]} {each.value}" for each in Verdict) + "\n")
    return told
