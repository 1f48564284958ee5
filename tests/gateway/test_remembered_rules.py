"""Rules that judge the token or the HTTP head alone are asked once about the same one, if it broke nothing."""

from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest
from lxml import etree

from mockserver.gateway.exchange import JUDGED_FIELDS, Exchange, HttpRequest
from mockserver.gateway.limits import Limits
from mockserver.gateway.message.assertion import Assertion
from mockserver.gateway.pipeline import judge
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Check, Registry, Rule, Stage
from tests.forge import Forge
from tests.gateway.conftest import Workshop

TOKEN_RULES = [rule for rule in RULES if rule.judges_token]
HEAD_RULES = [rule for rule in RULES if rule.judges_head]


@pytest.mark.parametrize("rule", TOKEN_RULES, ids=lambda rule: rule.id)
def test_a_rule_that_judges_the_token_looks_at_the_assertion_and_the_limits_alone(
    workshop: Workshop, rule: Rule
) -> None:
    """Whatever else it asked for, the exchange and the policy of this test have not, and that would be an error."""
    alone = Assertion(etree.fromstring(etree.tostring(workshop.forge().assertion, with_tail=False)))
    exchange = cast("Exchange", SimpleNamespace(assertion=alone))
    assert list(rule.check(exchange, cast("Policy", SimpleNamespace(limits=Limits())))) == []


@pytest.mark.parametrize("rule", HEAD_RULES, ids=lambda rule: rule.id)
def test_a_rule_that_judges_the_head_looks_at_the_head_alone(workshop: Workshop, rule: Rule) -> None:
    request = SimpleNamespace(method="POST", version="1.1", fields=workshop.fields())
    request.values = partial(HttpRequest.values, cast("HttpRequest", request))
    actions = (workshop.gateway().policy.contract.soap_action,)
    alone = SimpleNamespace(request=request, soap_actions=actions, encoding=SimpleNamespace(charset="utf-8"))
    assert list(rule.check(cast("Exchange", alone), cast("Policy", SimpleNamespace()))) == []


@pytest.mark.parametrize("rule", HEAD_RULES, ids=lambda rule: rule.id)
def test_a_rule_that_judges_the_head_looks_at_no_field_that_a_head_is_not_known_by(
    workshop: Workshop, rule: Rule
) -> None:
    """Whatever is wrong with a field that counts: another field beside it changes nothing of what is found."""
    policy = workshop.gateway().policy
    others = ("X-Request-ID", b"1"), ("Content-Length", b"9"), ("Accept", b"*/*"), ("Connection", b"close")

    def found(*fields: tuple[str, bytes]) -> tuple[object, object]:
        request = HttpRequest("POST", "/", "1.1", fields, b"", workshop.now)
        return request.judged_fields, list(rule.check(Exchange(request, policy), policy))

    for name in JUDGED_FIELDS:
        fields = *workshop.fields(), (name.title(), b"x/1"), (name, b"?")
        assert found(*fields, *others) == found(*fields)


def test_no_rule_about_time_or_trust_judges_the_token_alone() -> None:
    changing = {"H07", "H08", "H09", "H11", "H12", "H20", "H20-valid", "H21", "H29", "M13"}
    assert changing.isdisjoint(rule.id for rule in TOKEN_RULES)


class Asked:
    """A check that notes how often it was asked, and finds what it is told to."""

    def __init__(self, *breaches: Breach) -> None:
        self.times = 0
        self._breaches = breaches

    def __call__(self, exchange: Exchange, policy: Policy) -> Iterator[Breach]:
        self.times += 1
        yield from self._breaches


def catalogue(of_the_token: Check, genuine: Check) -> Registry:
    """A rule about the token, and one that says by its id whether the token is genuine."""
    registry = Registry()
    said: Any = {"title": "A title", "stage": Stage.SECURITY, "source": "s", "advice": "a", "soa": "SOA-01001"}
    for rule_id, check, judges_token in (("T", of_the_token, True), ("H21", genuine, False)):
        check.__doc__ = "A text."
        registry.rule(rule_id, **said, judges_token=judges_token)(check)
    return registry


def judged(workshop: Workshop, forge: Forge, registry: Registry, limits: Limits | None = None) -> Exchange:
    gateway = workshop.gateway()
    policy = gateway.policy
    if limits is not None:
        policy = Policy(policy.contract, policy.trust, limits=limits)
    exchange = Exchange(HttpRequest("POST", "/", "1.1", (), forge.octets(), workshop.now), policy)
    judge(exchange, policy, registry)
    return exchange


def test_what_held_of_a_genuine_token_is_not_asked_again(workshop: Workshop) -> None:
    check = Asked()
    registry = catalogue(check, Asked())
    for _ in range(3):
        judged(workshop, workshop.forge(), registry)
    assert check.times == 1


def test_it_is_asked_again_about_another_token_and_under_other_limits(workshop: Workshop) -> None:
    check = Asked()
    registry = catalogue(check, Asked())
    judged(workshop, workshop.forge(), registry)
    judged(workshop, workshop.forge("hospital"), registry)
    judged(workshop, workshop.forge(), registry, Limits(id_length=255))
    assert check.times == 3


def test_the_same_token_in_other_namespaces_is_another(workshop: Workshop) -> None:
    check = Asked()
    registry = catalogue(check, Asked())
    judged(workshop, workshop.forge(), registry)
    forge = workshop.forge()
    etree.SubElement(forge.header, "{urn:other}block")
    judged(workshop, forge, registry)
    assert check.times == 2


def test_what_a_token_breaks_is_found_every_time(workshop: Workshop) -> None:
    registry = catalogue(Asked(Breach("broken")), Asked())
    for _ in range(2):
        assert [finding.rule.id for finding in judged(workshop, workshop.forge(), registry).findings] == ["T"]


def test_of_a_token_that_is_not_genuine_nothing_is_remembered(workshop: Workshop) -> None:
    check = Asked()
    registry = catalogue(check, Asked(Breach("signed by nobody we trust")))
    for _ in range(2):
        judged(workshop, workshop.forge(), registry)
    assert check.times == 2
