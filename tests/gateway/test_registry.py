"""The registry refuses what would make the catalogue lie, and the catalogue is complete."""

import re
from collections.abc import Iterator
from functools import partial

import pytest

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Level, Registry, RegistryError, Rule, Severity, Stage

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def holds(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The first line,
    and the second."""
    yield from ()


def wordless(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    yield from ()


@pytest.fixture
def registry() -> Registry:
    return Registry()


def add(registry: Registry, rule_id: str = "A", **options: object) -> None:
    register = partial(registry.rule, stage=Stage.XML, source="a source", advice="some advice")
    register(rule_id, "A title", **options)(holds)  # type: ignore[arg-type]


def test_an_id_is_given_once_and_for_ever(registry: Registry) -> None:
    add(registry)
    with pytest.raises(RegistryError, match="rule A is registered twice"):
        add(registry)


def test_a_rule_requires_only_what_stands_before_it(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="rule A requires B, which is not registered before it"):
        add(registry, requires=("B",))
    assert "A" not in registry
    add(registry, "B")
    add(registry, requires=("B",))
    assert [rule.id for rule in registry] == ["B", "A"]


def test_a_rule_has_a_text(registry: Registry) -> None:
    with pytest.raises(RegistryError, match="rule A has no text"):
        registry.rule("A", "A title", stage=Stage.XML, source="s", advice="a")(wordless)


def test_the_docstring_is_the_published_text(registry: Registry) -> None:
    add(registry)
    assert registry["A"].text == "The first line, and the second."


@pytest.mark.parametrize(
    ("level", "severity"),
    [
        (Level.MUST, Severity.REJECT),
        (Level.HARDENING, Severity.REJECT),
        (Level.SHOULD, Severity.WARN),
        (Level.MAY, Severity.WARN),
    ],
)
def test_must_refuses_and_should_warns_unless_said_otherwise(
    registry: Registry, level: Level, severity: Severity
) -> None:
    """decisions 5, profile `cookbook`."""
    add(registry, level=level)
    add(registry, "B", level=level, severity=Severity.INFO)
    assert (registry["A"].severity, registry["B"].severity) == (severity, Severity.INFO)


def test_rules_come_by_stage_and_then_as_registered(registry: Registry) -> None:
    for rule_id, stage in (("c", Stage.WSI), ("b", Stage.SOAP), ("a", Stage.WSI)):
        add(registry, rule_id, stage=stage)
    assert [rule.id for rule in registry.of(*Stage)] == ["b", "c", "a"]
    assert [rule.id for rule in registry.of(Stage.WSI)] == ["c", "a"]


@each_rule
def test_each_rule_says_what_it_asks_why_and_what_to_do(rule: Rule) -> None:
    assert rule.title == rule.title.strip().rstrip(".")
    for words in (rule.text, rule.source, rule.advice):
        assert words == words.strip()
        assert words
    assert re.fullmatch(r"[A-Z][A-Za-z0-9]*(-[a-z0-9]+)?", rule.id)


@each_rule
def test_each_rule_has_the_one_answer_of_its_stage(rule: Rule) -> None:
    """decisions 2: plain HTTP, a SOA code, a Status, or a CbssStatus."""
    answers = {
        Stage.HTTP: (None, None),
        Stage.DOCTYPE: ("SOA-03004", None),
        Stage.XML: ("SOA-03001", None),
        Stage.SOAP: ("SOA-03002", None),
        Stage.BODY: ("SOA-03003", None),
        Stage.MUST_UNDERSTAND: ("SOA-03002", None),
        Stage.WSI: ("SOA-03004", None),
        Stage.SECURITY: ("SOA-01001", None),
        Stage.AUTHORISATION: ("SOA-01002", None),
        Stage.OPERATION: ("SOA-03005", None),
        Stage.SCHEMA: ("SOA-03006", None),
        Stage.CONTENT: ("SOA-03007", None),
        Stage.REQUESTER: (None, None),
        Stage.CBSS: (None, "MSG00013" if rule.id == "M13" else "MSG00008"),
        Stage.TRACING: (None, None),
    }
    assert (rule.soa, rule.cbss) == answers[rule.stage]
    refuses_without_envelope = rule.stage in (Stage.HTTP, Stage.TRACING)
    assert bool(rule.http) == refuses_without_envelope
    assert set(rule.http) <= {400, 404, 405, 408, 413, 414, 415, 417, 431, 505}


@each_rule
def test_what_no_source_says_is_marked_reconstructed(rule: Rule) -> None:
    assert rule.reconstructed or not rule.source.startswith(("reconstructed", "our extension"))


@each_rule
def test_each_rule_of_the_end_user_hangs_on_the_verified_assertion(rule: Rule) -> None:
    """What is read from an assertion may be believed only when its signature verified and its values are clear."""
    if rule.stage in (Stage.AUTHORISATION, Stage.REQUESTER, Stage.CBSS):
        assert {"H21", "H23"} <= set(rule.requires)
