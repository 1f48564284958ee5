"""Whatever is broken in a message, the X-ray says something and never raises."""

import random
import sys

import pytest
from lxml import etree

from mockserver.xray.budget import Limits
from tests.forge import Forge, duplicate
from tests.xray.specimens import Bench

_TEXTS = ("", "x", "AAAA", "é\n", "🂡", "-" * 3000, "#", "2026-13-45T99:00:00Z")


def _break(rng: random.Random, forge: Forge) -> None:
    """Change anything anywhere, signatures and keys too."""
    elements = [node for node in forge.root.iter("*") if node is not forge.root]
    if not elements:
        return  # an earlier change took the last child of the Envelope
    element = rng.choice(elements)
    parent = element.getparent()
    assert parent is not None
    match rng.randrange(6):
        case 0:
            parent.remove(element)
        case 1:
            parent.insert(rng.randrange(len(parent) + 1), duplicate(element))
        case 2:
            element.text = rng.choice(_TEXTS)
        case 3:
            element.tag = rng.choice(("Other", "{urn:other}Signature", "{http://www.w3.org/2000/09/xmldsig#}Object"))
        case 4 if element.attrib:
            element.set(rng.choice(list(element.attrib)), rng.choice(_TEXTS))
        case _:
            rng.choice(list(forge.root.iter("*"))).append(etree.Comment("<!"))


@pytest.mark.parametrize("changes", [1, 4])
def test_no_broken_message_raises(changes: int, bench: Bench) -> None:
    hurried = Bench(bench.mock.state, Limits(steps=800, seconds=5))
    seed = random.randrange(2**32)
    sys.stdout.write(f"seed {seed}\n")
    rng = random.Random(seed)
    for _ in range(40):
        forge = bench.forge()
        for _ in range(changes):
            _break(rng, forge)
        explanation = hurried.explain(forge.octets())
        assert explanation.headline
        explanation.to_json()
