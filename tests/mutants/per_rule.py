"""What mutmut runs: one test a rule, over every message of the tables on which that rule is judged.

The gateway asks every rule of every message, so by mutmut's own measure (which tests call this function?) every test
would belong to every rule. Here a rule is asked alone, and compared with what tests/rules/test_findings.py has
recorded: the words on the messages that break it, and silence on all others. A mutant that passes here passes there.

Not collected by `make test`, which compares the same records through the whole pipeline.
"""

import gc
import json
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.pipeline import rules_in_order
from mockserver.gateway.registry import Rule, Severity
from tests.mutants.messages import TABLES, messages, told
from tests.mutants.recorder import Recorder

_RECORDS: Final = Path(__file__).parents[1] / "rules" / "__snapshots__" / "test_findings"

# mutmut forks this process for each mutant; what is made here, with the rules as they are, is made once.
_STATE: Final = tempfile.TemporaryDirectory()


@pytest.fixture(scope="session", autouse=True)
def made_before() -> None:
    """So that mutmut's time limits are those of the rules, not of making the messages."""
    judged()
    gc.freeze()  # a forked process that collects garbage copies all it looks at


@pytest.mark.parametrize("rule", rules_in_order(), ids=lambda rule: rule.id)
def test_a_rule_says_what_is_recorded_and_nothing_else(rule: Rule) -> None:
    severity = recorder().gateway.policy.severity(rule)
    for name, exchange, recorded in judged()[rule.id]:
        assert [told(rule, severity, breach) for breach in rule.check(exchange, exchange.policy)] == recorded, name


@cache
def recorder() -> Recorder:
    return Recorder(Path(_STATE.name))


@cache
def judged() -> Mapping[str, Sequence[tuple[str, Exchange, list[str]]]]:
    """Rule id to the messages on which it is judged, each with what it says there; the breaking ones first."""
    found: dict[str, list[tuple[str, Exchange, list[str]]]] = {rule.id: [] for rule in rules_in_order()}
    for table in TABLES:
        record = _record(table)
        for name, message in messages(table, recorder()).items():
            exchange = message.exchange(recorder().gateway.policy)
            said = {rule.id: _said(rule, record[name]["findings"]) for rule in rules_in_order()}
            for rule_id in _judged_with({rule_id for rule_id, lines in said.items() if lines}):
                found[rule_id].append((name, exchange, said[rule_id]))
    return {rule_id: sorted(asked, key=lambda each: not each[2]) for rule_id, asked in found.items()}


def _record(table: str) -> dict[str, Any]:
    file = _RECORDS / f"test_each_finding_says_what_is_recorded[{table}].json"
    return json.loads(file.read_text("utf-8"))  # type: ignore[no-any-return]


def _said(rule: Rule, findings: Sequence[str]) -> list[str]:
    assert recorder().gateway.policy.severity(rule) is not Severity.OFF, "its breaches are not recorded"
    return [line for line in findings if line.partition(" ")[0] == rule.id]


def _judged_with(broken: set[str]) -> list[str]:
    """The rules that the pipeline asks when these are broken."""
    asked: list[str] = []
    lost = set(broken)
    for rule in rules_in_order():
        if lost.isdisjoint(rule.requires):
            asked.append(rule.id)
        else:
            lost.add(rule.id)
    return asked
