"""An id of a rule is for ever, and the catalogue's version tells what changed since the last release."""

import copy
from typing import Any

import pytest

from mockserver.catalogue import CATALOGUE_VERSION, published
from tests.catalogue.released import Digit, facts, raised_by, raised_from, released


def test_no_released_id_is_gone_without_being_withdrawn() -> None:
    gone = released()["rules"].keys() - facts(published()).keys() - set(released()["withdrawn"])
    assert not gone, "withdraw them: raise the first digit, and write the list anew (docs/releases.md)"


def test_no_withdrawn_id_is_used_again() -> None:
    assert not facts(published()).keys() & set(released()["withdrawn"])


def test_the_version_is_raised_as_far_as_the_rules_have_changed() -> None:
    before, now = released(), facts(published())
    needed, raised = raised_by(before["rules"], now), raised_from(before["version"], CATALOGUE_VERSION)
    changed = sorted(rule for rule in before["rules"] | now if before["rules"].get(rule) != now.get(rule))
    assert raised >= needed, f"raise the {needed.name.lower()} digit of CATALOGUE_VERSION: {', '.join(changed)}"


def changed(rule: str, **facts_changed: Any) -> dict[str, Any]:
    rules: dict[str, Any] = copy.deepcopy(released()["rules"])
    rules[rule] |= facts_changed
    return rules


def renamed() -> dict[str, Any]:
    rules: dict[str, Any] = copy.deepcopy(released()["rules"])
    rules["Z99"] = rules.pop("S01")
    return rules


def added() -> dict[str, Any]:
    rules: dict[str, Any] = copy.deepcopy(released()["rules"])
    return rules | {"Z99": rules["S01"]}


@pytest.mark.parametrize(
    ("now", "digit"),
    [
        pytest.param(renamed(), Digit.FIRST, id="another id"),
        pytest.param(changed("S01", answer={"http": 400}), Digit.FIRST, id="another answer"),
        pytest.param(changed("S01", severity={"cookbook": "info"}), Digit.SECOND, id="another severity"),
        pytest.param(changed("S01", stage="content"), Digit.SECOND, id="another stage"),
        pytest.param(changed("S01", essential=None), Digit.SECOND, id="no more essential"),
        pytest.param(added(), Digit.SECOND, id="a new rule"),
        pytest.param(changed("S01"), Digit.NONE, id="nothing"),
    ],
)
def test_each_kind_of_change_raises_its_digit(now: dict[str, Any], digit: Digit) -> None:
    assert raised_by(released()["rules"], now) is digit


@pytest.mark.parametrize(
    ("version", "digit"),
    [("1.2.3", Digit.NONE), ("1.2.4", Digit.NONE), ("1.3.0", Digit.SECOND), ("2.0.0", Digit.FIRST)],
)
def test_versions_are_compared_by_digit(version: str, digit: Digit) -> None:
    assert raised_from("1.2.3", version) is digit


def test_a_version_never_goes_back() -> None:
    with pytest.raises(ValueError, match="older"):
        raised_from("1.10.0", "1.9.0")
