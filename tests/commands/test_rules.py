"""`mockserver rules`: the catalogue as data and as a table."""

import json

import pytest

import mockserver.gateway.rules  # noqa: F401  completes the registry
from mockserver.catalogue import CATALOGUE_VERSION
from mockserver.gateway.registry import RULES, Severity, Stage
from mockserver.sts.rules import ALL_RULES, STS_RULES
from tests.commands.conftest import mockserver as run

KEYS = {
    "id",
    "title",
    "text",
    "stage",
    "level",
    "severity",
    "soa",
    "http",
    "cbss",
    "source",
    "reconstructed",
    "essential",
    "requires",
    "advice",
}


@pytest.mark.parametrize("profile", ["cookbook", "hardened"])
def test_the_catalogue_as_json_has_every_rule_in_the_order_of_judgement(profile: str) -> None:
    shown = run("rules", "--json", "--profile", profile)
    assert (shown.returncode, shown.stderr) == (0, "")
    rows = json.loads(shown.stdout)
    own = [rule.id for rule in STS_RULES.of(*Stage) if rule.id not in RULES]
    assert [row["id"] for row in rows] == [rule.id for rule in RULES.of(*Stage)] + own
    for row in rows:
        rule = ALL_RULES[row["id"]]
        assert row.keys() >= KEYS
        assert (row["title"], row["source"], row["soa"]) == (rule.title, rule.source, rule.soa)
        turned_up = profile == "hardened" and rule.severity in (Severity.WARN, Severity.OFF)
        assert row["severity"] == ("reject" if turned_up else rule.severity)


@pytest.mark.parametrize("columns", ["60", "200"])
def test_the_table_names_every_rule_on_a_terminal_of_any_width(columns: str) -> None:
    shown = run("rules", COLUMNS=columns, NO_COLOR="1")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "\x1b" not in shown.stdout
    first_words = {line.split(" ")[0] for line in shown.stdout.splitlines()}
    if columns == "200":
        assert {rule.id for rule in RULES} <= first_words


def test_the_catalogue_tells_its_version_alone() -> None:
    shown = run("rules", "--version")
    assert (shown.returncode, shown.stdout, shown.stderr) == (0, f"catalogue {CATALOGUE_VERSION}\n", "")
