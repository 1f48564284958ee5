"""Judging an exchange: every rule, in the order of the stages, on every message.

All findings are collected, also those behind the first refusal, so that a client sees all its mistakes at once; what
is answered is the first (`Exchange.refusal`). A rule is skipped only when one that it requires is broken. An essential
rule that could not be judged counts as broken: no override of another rule can open a way around it.
"""

from collections.abc import Sequence
from functools import cache

import mockserver.gateway.rules  # noqa: F401  completes the registry
from mockserver.gateway.exchange import Exchange, Finding
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Rule, Severity, Stage


@cache
def rules_in_order() -> Sequence[Rule]:
    """Every rule of the catalogue, by stage and then as registered."""
    return RULES.of(*Stage)


def judge(exchange: Exchange, policy: Policy) -> None:
    """Collect the findings of all rules on `exchange`."""
    for rule in rules_in_order():
        if rule.judges_head and not exchange.request.has_head:
            continue
        broken = next((needed for needed in rule.requires if _fails(needed, exchange)), None)
        if broken is not None:
            exchange.skipped[rule.id] = broken
            continue
        _apply(rule, exchange, policy)
    _refuse_unjudged(exchange)


def _fails(rule_id: str, exchange: Exchange) -> bool:
    return rule_id in exchange.breached or rule_id in exchange.skipped


def _apply(rule: Rule, exchange: Exchange, policy: Policy) -> None:
    severity = policy.severity(rule)
    for breach in rule.check(exchange, policy):
        exchange.breached.add(rule.id)
        if severity is not Severity.OFF:
            exchange.findings.append(Finding(rule, severity, breach))


def _refuse_unjudged(exchange: Exchange) -> None:
    """Nothing refuses, yet an essential rule was skipped: a rule it requires is broken but weakened by the profile."""
    if exchange.refusal is not None:
        return
    for rule_id, broken in exchange.skipped.items():
        if RULES[rule_id].essential:
            breach = Breach(f"could not be judged, because rule {broken} is broken")
            exchange.findings.append(Finding(RULES[rule_id], Severity.REJECT, breach))
            return
