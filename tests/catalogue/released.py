"""What was last released of each rule, and which digit of the catalogue's version a change of it raises.

`python -m tests.catalogue.released` writes released_rules.json: docs/releases.md says when.
"""

import json
import sys
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

from mockserver.catalogue import published

LIST: Final = Path(__file__).with_name("released_rules.json")


class Digit(IntEnum):
    """Of the catalogue's version, by weight; NONE for a change that raises none, or only the third."""

    NONE = 0
    SECOND = 1
    FIRST = 2


def released() -> dict[str, Any]:
    """`version`, `withdrawn` ids, and `rules`: the facts of each id that the promise is about."""
    document: dict[str, Any] = json.loads(LIST.read_text("utf-8"))
    return document


def facts(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The promised facts by rule id, out of the published catalogue."""
    rules = (*document["rules"], *document["stsRules"])
    return {rule["id"]: {key: rule[key] for key in ("answer", "stage", "essential", "severity")} for rule in rules}


def raised_by(before: Mapping[str, Any], now: Mapping[str, Any]) -> Digit:
    """The digit that must be raised between two states of the rules' facts."""
    if before.keys() - now.keys() or any(before[rule]["answer"] != now[rule]["answer"] for rule in before):
        return Digit.FIRST
    return Digit.NONE if before == now else Digit.SECOND


def raised_from(before: str, now: str) -> Digit:
    """The digit in which `now` is the higher version. Raises ValueError if it is the lower one."""
    old, new = ([int(digit) for digit in version.split(".")] for version in (before, now))
    if new < old:
        raise ValueError(f"catalogue {now} is older than the released {before}")
    if new[0] > old[0]:
        return Digit.FIRST
    return Digit.SECOND if new[1] > old[1] else Digit.NONE


def write() -> None:
    """The list as of now; an id that is gone joins the withdrawn ones, where it stays.

    Ends the program if the version is not raised as far as the rules have changed.
    """
    now, before = published(), released()
    rules = facts(now)
    needed = raised_by(before["rules"], rules)
    if raised_from(before["version"], now["catalogueVersion"]) < needed:
        sys.exit(f"first raise the {needed.name.lower()} digit of CATALOGUE_VERSION (docs/releases.md)")
    withdrawn = sorted({*before["withdrawn"], *(before["rules"].keys() - rules.keys())})
    lines = ",\n".join(f"    {json.dumps(rule)}: {json.dumps(rules[rule])}" for rule in sorted(rules))
    head = f'{{\n  "version": {json.dumps(now["catalogueVersion"])},\n  "withdrawn": {json.dumps(withdrawn)},\n'
    LIST.write_text(f'{head}  "rules": {{\n{lines}\n  }}\n}}\n', "utf-8", newline="\n")


if __name__ == "__main__":
    write()
