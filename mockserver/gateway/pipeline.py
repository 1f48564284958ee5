"""Judging an exchange: every rule, in the order of the stages, on every message.

All findings are collected, also those behind the first refusal, so that a client sees all its mistakes at once; what
is answered is the first (`Exchange.refusal`). A rule is skipped only when one that it requires is broken. An essential
rule that could not be judged counts as broken: no override of another rule can open a way around it.
"""

from collections.abc import Sequence
from functools import cache
from itertools import islice
from typing import Final

import mockserver.gateway.rules  # noqa: F401  completes the registry
from mockserver.gateway.exchange import Exchange, Finding
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Registry, Rule, Severity, Stage

MOST_BREACHES: Final = 20
"""Breaches of one rule that are told of one message. Without an end, 200 KB of processing instructions would become
13 MB of findings in the journal (`rules.md` I11; reconstructed)."""


@cache
def rules_in_order(catalogue: Registry = RULES) -> Sequence[Rule]:
    """Every rule of the catalogue, by stage and then as registered."""
    return catalogue.of(*Stage)


def judge(exchange: Exchange, policy: Policy, catalogue: Registry = RULES) -> None:
    """Collect the findings of all rules of the catalogue on `exchange`."""
    for rule in rules_in_order(catalogue):
        if rule.judges_head and not exchange.request.has_head:
            continue
        # Every rule costs each message something: a message without mistakes is not asked what is broken.
        if exchange.breached or exchange.skipped:
            broken = next((needed for needed in rule.requires if _fails(needed, exchange)), None)
            if broken is not None:
                exchange.skipped[rule.id] = broken
                continue
        _apply(rule, exchange, policy)
    _refuse_unjudged(exchange, catalogue)


def _fails(rule_id: str, exchange: Exchange) -> bool:
    return rule_id in exchange.breached or rule_id in exchange.skipped


def _apply(rule: Rule, exchange: Exchange, policy: Policy) -> None:
    found = rule.check(exchange, policy)
    first = next(found, None)
    if first is None:
        return
    breaches = [first, *islice(found, MOST_BREACHES)]
    exchange.breached.add(rule.id)
    severity = policy.severity(rule)
    if severity is Severity.OFF:
        return
    if len(breaches) > MOST_BREACHES:
        breaches[-1] = Breach("and more of the kind")
    exchange.findings.extend(Finding(rule, severity, breach) for breach in breaches)


def _refuse_unjudged(exchange: Exchange, catalogue: Registry) -> None:
    """Nothing refuses, yet an essential rule was skipped: a rule it requires is broken but weakened by the profile."""
    if exchange.refusal is not None:
        return
    for rule_id, broken in exchange.skipped.items():
        if catalogue[rule_id].essential:
            breach = Breach(f"could not be judged, because rule {broken} is broken")
            exchange.findings.append(Finding(catalogue[rule_id], Severity.REJECT, breach))
            return
