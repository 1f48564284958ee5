"""Whatever is done to a signed message, it is refused, or what is signed and judged is still the same."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from lxml import etree

from conformance.client.signer import TokenSignature
from mockserver.gateway.gateway import Gateway, Report
from mockserver.namespaces import WSU
from tests.attacks.forgery import FOREIGN
from tests.attacks.mutations import KINDS, Change, changes, protected
from tests.forge import Forge
from tests.gateway.conftest import Workshop, rules_of

_IN_PROCESS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Bench:
    """Gateways of two profiles, and one signed message of each kind, all at one moment."""

    def __init__(self, state: Path) -> None:
        self._workshop = Workshop(state)
        self._gateways = {name: self._workshop.gateway(name) for name in ("cookbook", "lenient")}
        self._messages = {kind: self._workshop.forge(token_signature=kind) for kind in TokenSignature}

    def message(self, kind: TokenSignature) -> Forge:
        """A copy of the signed message."""
        return self._messages[kind].copy()

    def examine(self, root: etree._Element, profile: str) -> tuple[bytes, Report]:
        """What goes over the wire for this tree, and what a gateway says of it."""
        octets = etree.tostring(root, encoding="utf-8")
        gateway: Gateway = self._gateways[profile]
        return octets, self._workshop.examine(gateway, octets)


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("mutations"))


_kinds = st.sampled_from(list(TokenSignature))
_profiles = st.sampled_from(["cookbook", "lenient"])


def _judge(bench: Bench, kind: TokenSignature, profile: str, drawn: list[Change]) -> None:
    forge = bench.message(kind)
    before = protected(forge.root)
    for change in drawn:
        change.apply(forge.root)
    octets, report = bench.examine(forge.root, profile)
    note(f"{report.answer.soa or report.answer.status}, refused by {rules_of(report)}")
    assert report.answer.soa != "SOA-00001", "an exception that nobody expected"
    if report.answer.status == "Success":
        assert protected(etree.fromstring(octets)) == before
    else:
        assert rules_of(report)
        assert report.answer.identifier is None


@settings(_IN_PROCESS, max_examples=250)
@given(kind=_kinds, profile=_profiles, change=changes)
def test_one_change_is_refused_or_touches_nothing_that_is_signed_or_judged(
    bench: Bench, kind: TokenSignature, profile: str, change: Change
) -> None:
    _judge(bench, kind, profile, [change])


@pytest.mark.slow
@settings(_IN_PROCESS, max_examples=20_000)
@given(kind=_kinds, profile=_profiles, drawn=st.lists(changes, min_size=1, max_size=4))
def test_several_changes_are_refused_or_touch_nothing_that_is_signed_or_judged(
    bench: Bench, kind: TokenSignature, profile: str, drawn: list[Change]
) -> None:
    _judge(bench, kind, profile, drawn)


# The counterpart: changes outside of what is signed and judged do not disturb. Without it a gateway that refuses
# everything would pass, and "outside" would be an empty set.

_OUTSIDE = ("root", "header", "security", "signature")


@settings(_IN_PROCESS, max_examples=60)
@given(
    kind=_kinds,
    place=st.sampled_from(_OUTSIDE),
    position=st.integers(0, 3),
    what=st.sampled_from(["comment", "attribute", "blanks"]),
)
def test_a_change_outside_of_what_is_signed_and_judged_disturbs_nobody(
    bench: Bench, kind: TokenSignature, place: str, position: int, what: str
) -> None:
    forge = bench.message(kind)
    before = protected(forge.root)
    parent: etree._Element = getattr(forge, place)
    if what == "comment":
        parent.insert(position, etree.Comment("x"))
    elif what == "blanks":
        parent.text = " \n\t"
    elif place == "signature":
        parent.set("Id", "SIG-other")
    else:
        parent.set(f"{{{FOREIGN}}}attribute", "value")
    octets, report = bench.examine(forge.root, "cookbook")
    assert (report.answer.status, rules_of(report)) == ("Success", [])
    assert protected(etree.fromstring(octets)) == before


# `protected` decides what a Success may mean, so it must see what matters.


@pytest.mark.parametrize("kind", list(TokenSignature), ids=lambda kind: kind.value)
def test_the_signed_message_itself_succeeds(bench: Bench, kind: TokenSignature) -> None:
    _, report = bench.examine(bench.message(kind).root, "cookbook")
    assert (report.answer.status, rules_of(report)) == ("Success", [])


@pytest.mark.parametrize("part", ["body", "timestamp", "assertion", "signed_info", "signature"])
def test_losing_a_part_is_seen(bench: Bench, part: str) -> None:
    forge = bench.message(TokenSignature.NONE)
    before = protected(forge.root)
    element: etree._Element = getattr(forge, part)
    element.getparent().remove(element)  # type: ignore[union-attr]
    assert protected(forge.root) != before


def test_another_owner_of_an_id_is_seen(bench: Bench) -> None:
    forge = bench.message(TokenSignature.NONE)
    before = protected(forge.root)
    forge.security.set("Id", forge.body.get(f"{{{WSU}}}Id", ""))
    assert protected(forge.root) != before


def test_a_comment_in_a_value_is_seen(bench: Bench) -> None:
    forge = bench.message(TokenSignature.NONE)
    before = protected(forge.root)
    forge.created.insert(0, etree.Comment("x"))
    assert protected(forge.root) != before


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_of_change_changes_the_message(bench: Bench, kind: str) -> None:
    """Some element of the message it does change; otherwise it would test nothing."""
    forge = bench.message(TokenSignature.NONE)
    elements = list(forge.root.iter("*"))
    parts = [elements.index(part) for part in (forge.timestamp, forge.assertion, forge.body, forge.created)]

    def changed(first: int, second: int) -> bool:
        twin = bench.message(TokenSignature.NONE)
        Change(kind, first, second, 1, "text").apply(twin.root)
        return twin.octets() != forge.octets()

    assert any(changed(first, second) for first in parts for second in reversed(parts))
