"""What is generated into docs/ is what the code says now, and says it in the form that is promised."""

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
from mockserver.gateway.registry import Severity, Stage
from mockserver.sts.rules import STS_RULES
from tests.catalogue.places import DOCS


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
    assert {rule["id"]: rule["severity"][profile] for rule in document()["rules"]} == of_command


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


def test_severities_have_a_word_on_the_page_for_each() -> None:
    page = generated_files()["rules.md"]
    assert all(f"`{severity}`" in page for severity in Severity)


def test_markdown_sees_nothing_but_code_in_prose() -> None:
    assert prose("a < b, *c*, [d] and\n`e_<f>*`") == r"a \< b, \*c\*, \[d\] and `e_<f>*`"
    assert prose("no_escape_inside words, but _here_") == r"no_escape_inside words, but \_here\_"
    assert list(table(("A",), [("x|y",)])) == ["| A |", "| --- |", r"| x\|y |"]
