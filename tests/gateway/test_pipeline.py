"""What no policy can open: a message whose signature, Timestamp or assertion is broken never passes."""

from collections.abc import Iterator
from functools import cache
from itertools import count

import pytest

from mockserver.gateway.exchange import Exchange, HttpRequest
from mockserver.gateway.gateway import Report
from mockserver.gateway.pipeline import MOST_BREACHES, judge, rules_in_order
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Check, Level, Registry, Rule, Severity, Stage
from tests.gateway.conftest import Workshop, rules_of
from tests.gateway.forgeries import FORGERIES, Forgery

WEAKENING = (Severity.OFF, Severity.INFO, Severity.WARN)


def weakened(severity: Severity) -> dict[str, Severity]:
    """All that a policy may turn down, turned down at once."""
    return {rule.id: severity for rule in RULES if not rule.essential}


def assert_refused(report: Report) -> None:
    answer = report.answer
    assert (answer.http, answer.status, answer.identifier) == (500, None, None)
    assert answer.soa in ("SOA-01001", "SOA-03002", "SOA-03004")
    refusing = {finding.rule.id for finding in report.findings if finding.refuses}
    assert refusing
    assert all(RULES[rule_id].essential for rule_id in refusing)


@pytest.mark.parametrize("severity", WEAKENING)
@pytest.mark.parametrize(("rules", "make"), FORGERIES.values(), ids=FORGERIES)
def test_with_all_other_rules_turned_down_a_forged_message_is_refused(
    workshop: Workshop, rules: tuple[str, ...], make: Forgery, severity: Severity
) -> None:
    report = workshop.examine(workshop.gateway(severities=weakened(severity)), make(workshop))
    assert_refused(report)
    assert set(rules) <= set(rules_of(report))


@cache
def octets(workshop: Workshop, name: str) -> bytes:
    return FORGERIES[name][1](workshop).octets()


@pytest.mark.slow
@pytest.mark.parametrize("rule", [rule for rule in RULES if not rule.essential], ids=lambda rule: rule.id)
def test_turning_one_rule_off_lets_no_forged_message_pass(workshop: Workshop, rule: Rule) -> None:
    gateway = workshop.gateway(severities={rule.id: Severity.OFF})
    for name in FORGERIES:
        answer = workshop.examine(gateway, octets(workshop, name)).answer
        assert (answer.http, answer.identifier) == (500, None), name


@pytest.mark.parametrize("severity", WEAKENING)
def test_a_valid_message_passes_all_these_policies(workshop: Workshop, severity: Severity) -> None:
    """The control: a refusal above is due to the forgery."""
    assert (
        workshop.examine(workshop.gateway(severities=weakened(severity)), workshop.forge()).answer.status == "Success"
    )


def test_the_forgeries_break_every_essential_rule_of_the_security_stage() -> None:
    essential = {rule.id for rule in RULES if rule.essential and rule.stage is Stage.SECURITY}
    assert essential <= {rule for rules, _ in FORGERIES.values() for rule in rules}


def test_a_rule_that_refuses_by_default_and_guards_an_essential_one_can_be_turned_off_but_not_passed(
    workshop: Workshop,
) -> None:
    """S07 (ids are NCNames) is no essential rule, S42 requires it: unjudged, S42 refuses in its place."""
    forge = workshop.forge()
    forge.body.set("{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}Id", "1st")
    forge.references[0].set("URI", "#1st")
    message = forge.sign().octets()
    assert rules_of(workshop.examine(workshop.gateway(), message)) == ["S07"]
    report = workshop.examine(workshop.gateway(severities={"S07": Severity.OFF}), message)
    assert report.answer.soa == "SOA-01001"
    assert [(f.rule.id, f.breach.detail) for f in report.findings if f.refuses] == [
        ("S42", "could not be judged, because rule S07 is broken")
    ]


# The order of judgement, on a catalogue of the test's own.


def breaching(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Always broken."""
    yield Breach("broken")


def holding(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Never broken."""
    yield from ()


def catalogue(*rules: tuple[str, Check, Stage, tuple[str, ...], bool]) -> Registry:
    registry = Registry()
    for rule_id, check, stage, requires, essential in rules:
        registry.rule(
            rule_id,
            "A title",
            stage=stage,
            source="s",
            advice="a",
            soa="SOA-01001",
            requires=requires,
            essential=essential,
        )(check)
    return registry


def judged(workshop: Workshop, registry: Registry, **severities: Severity) -> Exchange:
    policy = workshop.gateway(severities=severities).policy
    exchange = Exchange(HttpRequest("POST", "/", "1.1", (), b"<x/>", workshop.now), policy)
    judge(exchange, policy, registry)
    return exchange


def test_an_essential_rule_that_was_skipped_refuses(workshop: Workshop) -> None:
    registry = catalogue(
        ("A", breaching, Stage.SECURITY, (), False),
        ("B", holding, Stage.SECURITY, ("A",), False),
        ("C", holding, Stage.SECURITY, ("B",), True),
    )
    exchange = judged(workshop, registry, A=Severity.OFF)
    assert exchange.skipped == {"B": "A", "C": "B"}
    assert exchange.refusal is not None
    assert exchange.refusal.rule.id == "C"


def test_a_rule_that_was_skipped_and_is_not_essential_refuses_nothing(workshop: Workshop) -> None:
    registry = catalogue(("A", breaching, Stage.SECURITY, (), False), ("B", breaching, Stage.SECURITY, ("A",), False))
    exchange = judged(workshop, registry, A=Severity.WARN)
    assert (exchange.refusal, exchange.skipped) == (None, {"B": "A"})
    assert [(f.rule.id, f.severity) for f in exchange.findings] == [("A", Severity.WARN)]


def test_a_rule_that_is_off_leaves_no_finding_but_counts_as_broken(workshop: Workshop) -> None:
    exchange = judged(workshop, catalogue(("A", breaching, Stage.XML, (), False)), A=Severity.OFF)
    assert (exchange.findings, set(exchange.breaches)) == ([], {"A"})


def test_of_one_rule_twenty_breaches_are_told(workshop: Workshop) -> None:
    """A message may break a rule a hundred thousand times: little is told of it, and nobody counts to the end."""
    counted: list[int] = []

    def breaching_for_ever(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
        """Always broken."""
        for number in count():
            counted.append(number)
            yield Breach(f"broken {number}")

    exchange = judged(workshop, catalogue(("A", breaching_for_ever, Stage.XML, (), False)))
    told = [finding.breach.detail for finding in exchange.findings]
    assert told == [*(f"broken {number}" for number in range(MOST_BREACHES)), "and more of the kind"]
    assert len(counted) == MOST_BREACHES + 1


def test_the_first_refusal_by_stage_answers_and_all_findings_are_kept(workshop: Workshop) -> None:
    registry = catalogue(
        ("late", breaching, Stage.CONTENT, (), False),
        ("first", breaching, Stage.WSI, (), False),
        ("second", breaching, Stage.WSI, (), False),
        ("warned", breaching, Stage.XML, (), False),
    )
    exchange = judged(workshop, registry, warned=Severity.WARN)
    assert exchange.refusal is not None
    assert exchange.refusal.rule.id == "first"
    assert [finding.rule.id for finding in exchange.findings] == ["warned", "first", "second", "late"]


def test_the_catalogue_is_judged_by_stage_and_then_as_registered() -> None:
    stages = [rule.stage for rule in rules_in_order()]
    assert stages == sorted(stages)
    registered = [rule.id for rule in RULES]
    for stage in Stage:
        ids = [rule.id for rule in rules_in_order() if rule.stage is stage]
        assert ids == sorted(ids, key=registered.index)


def test_every_essential_rule_refuses_by_default_and_has_a_code() -> None:
    for rule in RULES:
        if rule.essential:
            assert rule.severity is Severity.REJECT, rule.id
            assert rule.level in (Level.MUST, Level.HARDENING, Level.SHOULD), rule.id
            assert rule.soa is not None, rule.id
