"""Judging an exchange: every rule, in the order of the stages, on every message.

All findings are collected, also those behind the first refusal, so that a client sees all its mistakes at once; what
is answered is the first (`Exchange.refusal`). A rule is skipped only when one that it requires is broken. An essential
rule that could not be judged counts as broken: no override of another rule can open a way around it.
"""

from collections.abc import Hashable, Sequence
from functools import cache
from itertools import islice
from typing import Final

import mockserver.gateway.rules  # noqa: F401  completes the registry
from mockserver.gateway.crypto.memory import Memory
from mockserver.gateway.exchange import Exchange, Finding
from mockserver.gateway.limits import Limits
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Check, Registry, Rule, Severity, Stage

MOST_BREACHES: Final = 20
"""Breaches of one rule that are told of one message. Without an end, 200 KB of processing instructions would become
13 MB of findings in the journal (`rules.md` I11; reconstructed)."""

_GENUINE: Final = "H21"
"""The rule that lets no token pass but one that a trusted STS signed. Only of such is it remembered what held: nobody
else fills the memory."""

_MOST_HEADS: Final = 256
"""Heads that are remembered, each of at most 32 KiB."""

_NOTHING: Final[frozenset[Check]] = frozenset()
_TOKENS: Final = Memory[tuple[bytes, Limits], frozenset[Check]]()
"""Checks of the rules that judge the token alone (`Rule.judges_token`) and held, by all they could look at."""
_HEADS: Final = Memory[Hashable, frozenset[Check]](_MOST_HEADS)
"""The same of the rules that judge the HTTP head (`Rule.judges_head`)."""

_ALIKE: Final[dict[frozenset[Check], frozenset[Check]]] = {}
"""Each of the sets in the memory of tokens once: most tokens break no rule, the others the same one or two."""


@cache
def rules_in_order(catalogue: Registry = RULES) -> Sequence[Rule]:
    """Every rule of the catalogue, by stage and then as registered."""
    return catalogue.of(*Stage)


def judge(exchange: Exchange, policy: Policy, catalogue: Registry = RULES) -> None:
    """Collect the findings of all rules of the catalogue on `exchange`."""
    held = _TOKENS.get(_token_of(exchange, policy), _NOTHING) | _HEADS.get(_head_of(exchange), _NOTHING)
    asked: list[Rule] = []
    lost: set[str] = set()  # rules broken or skipped
    for rule in rules_in_order(catalogue):
        if rule.judges_head and not exchange.request.has_head:
            continue
        if not lost.isdisjoint(rule.requires):
            exchange.skipped[rule.id] = next(needed for needed in rule.requires if needed in lost)
            lost.add(rule.id)
            continue
        if rule.judges_token or rule.judges_head:
            if rule.check in held:
                continue
            asked.append(rule)
        found = rule.check(exchange, policy)
        first = next(found, None)
        if first is not None:
            _take_in([first, *islice(found, MOST_BREACHES)], rule, exchange, policy)
            lost.add(rule.id)
    if asked:
        is_genuine = exchange.token_digest is not None and _GENUINE in catalogue and _GENUINE not in lost
        _remember(asked, exchange, policy, is_genuine=is_genuine)
    _refuse_unjudged(exchange, catalogue)


def _token_of(exchange: Exchange, policy: Policy) -> tuple[bytes, Limits]:
    """All that a rule may look at which judges the token alone."""
    return exchange.token_digest or b"", policy.limits


def _head_of(exchange: Exchange) -> Hashable:
    """All that a rule may look at which judges the head: the fields, and which actions would be right."""
    request = exchange.request
    return request.method, request.version, tuple(request.fields), tuple(exchange.soap_actions)


def _remember(asked: Sequence[Rule], exchange: Exchange, policy: Policy, *, is_genuine: bool) -> None:
    """Take note of the rules asked that held, beside those that held before."""
    held = [rule for rule in asked if rule.id not in exchange.breached]
    if of_head := frozenset(rule.check for rule in held if rule.judges_head):
        head = _head_of(exchange)
        _HEADS.put(head, of_head | _HEADS.get(head, _NOTHING))
    if is_genuine and (of_token := frozenset(rule.check for rule in held if rule.judges_token)):
        token = _token_of(exchange, policy)
        holding = of_token | _TOKENS.get(token, _NOTHING)
        _TOKENS.put(token, _ALIKE.setdefault(holding, holding))


def _take_in(breaches: list[Breach], rule: Rule, exchange: Exchange, policy: Policy) -> None:
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
