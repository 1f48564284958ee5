"""What is generated into docs/ is what the code says now, and says it in the form that is promised."""

import ast
import json
import re
from functools import cache
from typing import Any

import jsonschema
import pytest

from mockserver.catalogue import catalogue, published
from mockserver.catalogue.__main__ import generated_files
from mockserver.catalogue.markdown import prose, table
from mockserver.gateway.pipeline import rules_in_order
from mockserver.gateway.profiles import PROFILES
from mockserver.gateway.registry import RULES, Severity, Stage
from mockserver.sts.rules import STS_RULES
from tests.catalogue.places import DOCS, ROOT


@cache
def schema() -> Any:
    return json.loads((DOCS / "catalogue.schema.json").read_text("utf-8"))


def document() -> Any:
    """The catalogue as JSON has it."""
    return json.loads(json.dumps(published()))


def violations(instance: object) -> list[str]:
    validator = jsonschema.Draft202012Validator(schema())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)]


@pytest.mark.parametrize("name", generated_files())
def test_no_generated_file_is_stale(name: str) -> None:
    written = (DOCS / name).read_bytes().replace(b"\r\n", b"\n").decode("utf-8")
    assert written == generated_files()[name], "run: python -m mockserver.catalogue"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_catalogue_is_valid_against_its_schema() -> None:
    assert violations(document()) == []


def test_the_schema_notices_what_it_promises() -> None:
    for path, value in (
        (("format",), 2),
        (("rules", 0, "stage"), "HTTP"),
        (("rules", 0, "level"), "must"),
        (("rules", 0, "id"), "q1"),
        (("rules", 0, "requires"), ["S01", "S01"]),
        (("rules", 0, "severity", "cookbook"), "refuse"),
        (("rules", 0, "answer", "http"), 302),
        (("rules", 0, "answer", "http"), [400, 302]),
        (("rules", 0, "answer", "http"), [400]),
        (("rules", 0, "answer", "soa"), "SOA-01001"),  # with HTTP 400: a Fault goes with 500
        (("rules", 0, "answer"), None),
        (("rules", 0, "advice"), ""),
        (("rules", 0, "note"), "none"),
    ):
        broken = document()
        holder = broken
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = value
        assert violations(broken) != [], path


def test_an_essential_rule_that_a_profile_weakens_is_against_the_schema() -> None:
    broken = document()
    essential = next(rule for rule in broken["rules"] if rule["essential"])
    essential["severity"]["lenient"] = "warn"
    assert violations(broken) != []


def test_the_catalogue_holds_every_rule_in_the_order_of_judgement() -> None:
    rules = document()["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in rules_in_order()]
    assert all(list(rule["severity"]) == list(PROFILES) for rule in rules)
    stages = [stage["name"] for stage in document()["stages"]]
    assert stages == [stage.name.lower() for stage in Stage]
    assert [rule["stage"] for rule in rules] == sorted((rule["stage"] for rule in rules), key=stages.index)


def test_the_catalogue_holds_the_rules_of_the_sts_alone() -> None:
    own = {rule.id for rule in STS_RULES} - {rule.id for rule in rules_in_order()}
    assert [rule["id"] for rule in document()["stsRules"]] == [r.id for r in rules_in_order(STS_RULES) if r.id in own]
    assert own


@pytest.mark.parametrize("profile", PROFILES)
def test_the_severities_are_those_of_the_profile(profile: str) -> None:
    of_command = {row["id"]: row["severity"] for row in catalogue(profile)}
    rules = (*document()["rules"], *document()["stsRules"])
    assert {rule["id"]: rule["severity"][profile] for rule in rules} == of_command


def test_every_rule_stands_on_the_page_with_all_its_facts() -> None:
    page = generated_files()["rules.md"]
    for rule in (*published()["rules"], *published()["stsRules"]):
        start = page.index(f'### <a id="{rule["id"].lower()}"></a>{rule["id"]} ')
        entry = page[start : page.find("\n### ", start + 1)]
        for fact in ("title", "text", "source", "advice"):
            assert prose(rule[fact]) in entry, (rule["id"], fact)
        assert f"- Level: {rule['level']}" in entry
        for mark in ("essential", "reconstructed"):
            assert (f", {mark}" in entry.split("- Source:")[0]) == rule[mark], rule["id"]
        (row,) = re.findall(rf"^\| \[{rule['id']}\]\(#.*$", page, re.MULTILINE)
        severities = " | ".join(rule["severity"][profile] for profile in PROFILES)
        assert f"| {rule['level']} | {severities} |" in row


def refusals() -> dict[str, set[int]]:
    """Rule id to the statuses with which the code refuses in its name before the gateway is asked."""
    found: dict[str, set[int]] = {}
    for path in (ROOT / "mockserver").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Refusal":
                match call.args[:2]:
                    case [ast.Constant(value=int(status)), ast.Constant(value=str(rule))]:
                        found.setdefault(rule, set()).add(status)
    return found


def test_the_http_statuses_of_a_rule_are_those_that_are_sent_in_its_name() -> None:
    assert len(refusals()) == 7, "the way refusals are written has changed"
    for rule, statuses in refusals().items():
        if RULES[rule].soa is None:
            assert set(RULES[rule].http) == statuses, rule


def test_a_rule_that_has_no_code_and_is_no_business_answer_has_an_http_status() -> None:
    for rule in document()["rules"]:
        answer = rule["answer"]
        assert answer["soa"] or answer["status"] or answer["http"], rule["id"]


def test_several_statuses_are_told_as_such() -> None:
    (rule,) = (rule for rule in document()["rules"] if rule["id"] == "Q11")
    assert rule["answer"]["http"] == [404, 408, 413, 414, 417, 431]
    assert "| HTTP 404, 408, 413, 414, 417 or 431 |" in generated_files()["rules.md"]


def test_severities_have_a_word_on_the_page_for_each() -> None:
    page = generated_files()["rules.md"]
    assert all(f"`{severity}`" in page for severity in Severity)


def test_markdown_sees_nothing_but_code_in_prose() -> None:
    assert prose("a < b, *c*, [d] and\n`e_<f>*`") == r"a \< b, \*c\*, \[d\] and `e_<f>*`"
    assert prose("no_escape_inside words, but _here_") == r"no_escape_inside words, but \_here\_"
    assert list(table(("A",), [("x|y",)])) == ["| A |", "| --- |", r"| x\|y |"]
