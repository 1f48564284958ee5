"""The gateway's findings on a client's messages, as checks of a case.

A finding of level MUST fails the client, SHOULD warns (also what the gateway lets pass only to be tolerant, and its
hardening rules); MAY is no matter. A rule that refuses by itself is a MUST for the client whatever its own level.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace

from conformance.cases.checks import Check
from conformance.cases.checks import Level as CheckLevel
from conformance.certify.endpoint import Seen
from conformance.certify.xray import EXPLAINED, XRay
from mockserver.gateway.exchange import Finding
from mockserver.gateway.registry import RULES, Level

ALL_KEPT = "rules of the gateway"

Invited = Callable[[Seen], Collection[str]]
"""The rules that a message breaks because its case wants it to."""


def _nothing(_: Seen) -> Collection[str]:
    return ()


def audit(seen: Sequence[Seen], invited: Invited = _nothing, xray: XRay | None = None) -> Iterator[Check]:
    """One check for each broken rule, with the first breach and how many messages broke it; or one that none is.

    `invited` tells which rules a message breaks because its case wants it to. With `xray` the
    first finding on a signature, token or clock of such a message says why, too.
    """
    broken: dict[str, tuple[Check, int]] = {}
    for number, exchange in enumerate(seen):
        explained = xray is None
        for rule, check in _breaches(exchange):
            if rule not in invited(exchange):
                if xray is not None and not explained and rule in EXPLAINED and rule not in broken:
                    explained = True
                    check = _with(check, xray.of(exchange, seen[:number]))  # noqa: PLW2901
                first, count = broken.get(rule, (check, 0))
                broken[rule] = (first, count + 1)
    for check, count in broken.values():
        suffix = f" (in {count} messages)" if count > 1 else ""
        yield Check(check.what, check.expected, check.came + suffix, held=False, level=check.level)
    if not broken:
        yield Check(ALL_KEPT, "no finding", f"no finding in {len(seen)} message(s)", held=True)


def _with(check: Check, diagnosis: str) -> Check:
    return replace(check, came=f"{check.came}. {diagnosis}") if diagnosis else check


def refuses(checks: Sequence[Check]) -> bool:
    """Whether a rule of level MUST is broken, so that what follows says nothing more of the client."""
    return any(not check.held and check.level is CheckLevel.MUST for check in checks)


def _breaches(exchange: Seen) -> Iterator[tuple[str, Check]]:
    if exchange.refusal is not None:
        rule = exchange.refusal.rule or f"HTTP {exchange.refusal.status}"
        title = f" {RULES[rule].title}" if rule in RULES else ""
        came = f"HTTP {exchange.refusal.status}: {exchange.refusal.detail}"
        expected = RULES[rule].advice if rule in RULES else "a request that HTTP alone does not refuse"
        yield rule, Check(f"{rule}{title}", expected, came, held=False, level=CheckLevel.MUST)
    if exchange.report is not None:
        told = set()
        for finding in exchange.report.findings:
            if finding.rule.level is not Level.MAY and finding.rule.id not in told:
                told.add(finding.rule.id)
                yield finding.rule.id, _check(finding)


def _check(finding: Finding) -> Check:
    rule, breach = finding.rule, finding.breach
    where = f" at {breach.where}" if breach.where else ""
    binding = rule.level is Level.MUST or finding.refuses
    return Check(
        f"{rule.id} {rule.title}",
        f"{rule.advice} ({rule.source})",
        f"{breach.detail}{where}",
        held=False,
        level=CheckLevel.MUST if binding else CheckLevel.SHOULD,
    )
