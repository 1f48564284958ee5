"""Judging an exchange: every rule, in the order of the stages, on every message.

All findings are collected, also those behind the first refusal, so that a client sees all its mistakes at once; what
is answered is the first (`Exchange.refusal`). A rule is skipped only when one that it requires is broken. An essential
rule that could not be judged counts as broken: no override of another rule can open a way around it.

What a rule cannot but find again is not asked again: of the outline of a message that was accepted (`precedent.py`), of
a genuine token, of an HTTP head.
"""

from collections.abc import Hashable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import Final, NamedTuple

import mockserver.gateway.rules  # noqa: F401  completes the registry
from mockserver.gateway.crypto.memory import Memory
from mockserver.gateway.exchange import Exchange, Finding
from mockserver.gateway.limits import Limits
from mockserver.gateway.policy import Policy
from mockserver.gateway.precedent import Name, Precedent, name_of, precedent_of, set_precedent
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


@cache
def rules_in_order(catalogue: Registry = RULES) -> Sequence[Rule]:
    """Every rule of the catalogue, by stage and then as registered."""
    return catalogue.of(*Stage)


class _Order(NamedTuple):
    """What is to be asked of a message."""

    rules: Sequence[Rule]
    """Those that look at the message alone."""
    last: Sequence[Rule]
    """Those that ask what there was before it (`Rule.judges_history`)."""
    of_head: Sequence[Rule]
    """Those of the first that judge the head."""
    required: frozenset[str]
    """Ids of the rules that one of these requires."""
    guards: frozenset[str]
    """Ids of the rules that one requires which is not to be asked."""


@lru_cache(maxsize=1024)
def _to_ask(catalogue: Registry, has_head: bool, of_head: frozenset[Check], of_message: frozenset[Check]) -> _Order:
    """Every rule but those that are known to hold."""
    rules = [
        rule
        for rule in rules_in_order(catalogue)
        if (has_head or not rule.judges_head) and rule.check not in of_head and rule.check not in of_message
    ]
    ids = {rule.id for rule in rules}
    return _Order(
        [rule for rule in rules if not rule.judges_history],
        [rule for rule in rules if rule.judges_history],
        [rule for rule in rules if rule.judges_head],
        frozenset(needed for rule in rules for needed in rule.requires),
        frozenset(needed for rule in rules_in_order(catalogue) if rule.id not in ids for needed in rule.requires),
    )


def judge(exchange: Exchange, policy: Policy, catalogue: Registry = RULES) -> None:
    """Collect the findings of all rules of the catalogue on `exchange`."""
    name = name_of(exchange, policy, catalogue) if catalogue.sets_precedents else None
    precedent = _followed(name, exchange)
    known = _TOKENS.get(_token_of(exchange, policy), _NOTHING) if precedent is None else precedent.settled
    order = _to_ask(catalogue, exchange.request.has_head, _HEADS.get(_head_of(exchange), _NOTHING), known)
    if precedent is not None:
        for rule, breaches in precedent.broken:
            _take_in(breaches, rule, exchange, policy)
    _ask(order.rules, order.required, exchange, policy)
    if not (order.guards.isdisjoint(exchange.breaches) and order.guards.isdisjoint(exchange.skipped)):
        # One that was not asked requires a rule that is broken: the report shall say that it could not be judged.
        exchange.begin_again()
        order = _to_ask(catalogue, exchange.request.has_head, _NOTHING, _NOTHING)
        _ask(order.rules, order.required, exchange, policy)
    _refuse_unjudged(exchange, catalogue)
    if order.last:
        _ask(order.last, order.required, exchange, policy)
    if len(exchange.findings) > 1:
        places = _order_of_findings(catalogue)
        exchange.findings.sort(key=lambda finding: places[finding.rule.id])
    if order.of_head:
        _remember_head(order.of_head, exchange)
    if precedent is None:
        _remember(order.rules, known, name, exchange, policy, catalogue)


@cache
def _order_of_findings(catalogue: Registry) -> Mapping[str, int]:
    """The place of each rule in the order in which findings are told, whenever they were found."""
    return {rule.id: place for place, rule in enumerate(rules_in_order(catalogue))}


def _followed(name: Name | None, exchange: Exchange) -> Precedent | None:
    """The precedent for the exchange, which now holds it."""
    exchange.precedent = precedent_of(name, exchange) if name is not None else None
    if exchange.precedent is not None and exchange.document.root is None:
        # Not well formed, for a character that no document may hold say: no outline speaks of it.
        exchange.precedent = None
    return exchange.precedent


def _ask(rules: Sequence[Rule], required: frozenset[str], exchange: Exchange, policy: Policy) -> None:
    lost = required.intersection((*exchange.breaches, *exchange.skipped))  # none that counts, in most messages
    for rule in rules:
        if lost and not lost.isdisjoint(rule.requires):
            exchange.skipped[rule.id] = next(needed for needed in rule.requires if needed in lost)
            lost |= {rule.id}
            continue
        found = rule.check(exchange, policy)
        for first in found:
            _take_in([first, *islice(found, MOST_BREACHES)], rule, exchange, policy)
            lost |= {rule.id}
            break


def _token_of(exchange: Exchange, policy: Policy) -> tuple[bytes, Limits]:
    """All that a rule may look at which judges the token alone."""
    return exchange.token_digest or b"", policy.limits


def _head_of(exchange: Exchange) -> Hashable:
    """All that a rule may look at which judges the head: the fields, and which actions would be right."""
    request = exchange.request
    return request.method, request.version, request.judged_fields, tuple(exchange.soap_actions)


def _remember_head(asked: Sequence[Rule], exchange: Exchange) -> None:
    """Take note of the rules about the head that held, beside those that held before."""
    if held := frozenset(rule.check for rule in asked if _held(rule, exchange)):
        head = _head_of(exchange)
        _HEADS.put(head, _alike(held | _HEADS.get(head, _NOTHING)))


def _remember(
    asked: Sequence[Rule],
    known: frozenset[Check],
    name: Name | None,
    exchange: Exchange,
    policy: Policy,
    catalogue: Registry,
) -> None:
    """Take note of the rules about a genuine token that held, beside those `known` to hold; where the message is
    accepted for the first time, of all that judge its outline, by its `name`."""
    if exchange.token_digest is None or _GENUINE not in catalogue or not _held(catalogue[_GENUINE], exchange):
        return
    held = [rule for rule in asked if _held(rule, exchange)]
    of_token = known.union(rule.check for rule in held if rule.judges_token)
    if of_token != known:
        _TOKENS.put(_token_of(exchange, policy), _alike(of_token))
    # Only of a token that is not new: whoever uses each token once shall not pay for what would serve the next time.
    if name is not None and known and exchange.gate_refusal is None and not exchange.replayed:
        broken = [rule for rule in asked if rule.judges_outline and rule.id in exchange.breaches]
        settled = of_token.union(rule.check for rule in (*held, *broken) if rule.judges_outline)
        set_precedent(name, exchange, _alike(settled), [(rule, exchange.breaches[rule.id]) for rule in broken])


def _held(rule: Rule, exchange: Exchange) -> bool:
    """Whether the rule, which was in line to be asked, found nothing."""
    return rule.id not in exchange.breaches and rule.id not in exchange.skipped


@lru_cache(maxsize=1024)
def _alike(held: frozenset[Check]) -> frozenset[Check]:
    """One object for all equal sets: most messages break no rule, the others the same one or two."""
    return held


def _take_in(breaches: Sequence[Breach], rule: Rule, exchange: Exchange, policy: Policy) -> None:
    if len(breaches) > MOST_BREACHES:
        breaches = [*breaches[:MOST_BREACHES], Breach("and more of the kind")]
    exchange.breaches[rule.id] = breaches
    severity = policy.severity(rule)
    if severity is not Severity.OFF:
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
