"""docs/mutants.md holds a whole run that was good enough, and a reason for every survivor."""

import re
import tomllib
from pathlib import Path

_PAGE = Path(__file__).parents[2] / "docs" / "mutants.md"
_REASONS = Path(__file__).with_name("survivors.toml")


def page() -> str:
    return _PAGE.read_text("utf-8")


def test_the_score_is_at_least_ninety() -> None:
    told = re.search(r"([0-9]+) of ([0-9]+) mutants are killed: a mutation score of ([0-9.]+) %", page())
    assert told is not None
    killed, tested, score = told.groups()
    assert float(score) >= 90
    assert abs(100 * int(killed) / int(tested) - float(score)) < 0.1
    assert page().count("```diff") == int(tested) - int(killed)


def test_every_survivor_is_explained_and_every_explanation_is_of_a_survivor() -> None:
    groups = tomllib.loads(_REASONS.read_text("utf-8"))["group"]
    explained = [(function, change, group["reason"]) for group in groups for function, change in group["mutants"]]
    assert "Not explained" not in page()
    assert page().count("```diff") == len(explained)
    for function, change, reason in explained:
        assert f"### `{function}`" in page()
        assert f"```diff\n{change}\n```\n\n{reason}\n" in page(), function
