"""One verification for both services: the STS's catalogue holds the gateway's own rules."""

import pytest

from mockserver.gateway.registry import RULES, Registry, RegistryError, Stage
from mockserver.sts.rules import STS_RULES

OWN = {"K01", "K02", "K03", "K04", "K05", "K06", "K07", "K18", "K52", "K60", "W01", "W02", "W03"}

NOT_SHARED = {
    "H01",  # one assertion in the Security header: K05
    "H18",  # made with the confirmed key: K18
    "H20",  # the holder's certificate: K02, K03
    "H20-valid",
    "S10-bst",  # a BinarySecurityToken warns at the service, and is due here
    "S40",  # the place, form and type of the reference to an assertion: K60
    "S60",
    "S63",
    "S65",
    "S65-present",
    "S66",
    "S52-token",  # K52
}


def test_rules_with_an_id_of_the_gateway_are_the_gateways_own_functions() -> None:
    for rule in STS_RULES:
        assert rule.id in OWN or rule.check is RULES[rule.id].check


def test_no_rule_of_the_ways_to_the_body_and_of_security_is_left_out_unsaid() -> None:
    stages = [stage for stage in Stage if stage <= Stage.SECURITY]
    left_out = {rule.id for rule in RULES.of(*stages) if rule.id not in STS_RULES}
    assert left_out == NOT_SHARED


def test_what_is_essential_at_the_gateway_is_essential_here() -> None:
    for rule in STS_RULES:
        if rule.id in RULES:
            assert rule.essential == RULES[rule.id].essential
            assert rule.soa == RULES[rule.id].soa


def test_a_required_rule_is_there_or_replaced() -> None:
    for rule in STS_RULES:
        assert all(needed in STS_RULES for needed in rule.requires)
        if rule.id in RULES:
            replaced = {"H01": "K05", "H18": "K18"}
            assert list(rule.requires) == [replaced.get(needed, needed) for needed in RULES[rule.id].requires]


def test_a_rule_whose_required_rule_is_missing_cannot_be_shared() -> None:
    with pytest.raises(RegistryError, match="requires"):
        Registry().share(RULES["S22"])


def test_no_id_means_two_things() -> None:
    assert OWN.isdisjoint(rule.id for rule in RULES)
    assert {rule.id for rule in STS_RULES} >= OWN
