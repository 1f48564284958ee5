"""Which rows the catalogue of rules has, and which tests hold them: so that a row nobody tests is seen."""

import importlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

Elsewhere = Mapping[str, tuple[str, ...]]
"""Row to the tests that hold it, each as `package.module:function`."""


_RULES: Final = Path(__file__).parents[2] / "docs" / "spec" / "rules.md"


def rows_of(*sections: str) -> list[str]:
    """The first column of the tables in these sections of the catalogue, headings left out: `Q01`, `31`."""
    rows, section = [], ""
    for line in _RULES.read_text("utf-8").splitlines():
        if heading := re.match(r"#{2,3} ([0-9]+(?:\.[0-9]+)?)\.? ", line):
            section = heading[1]
        elif section in sections and (row := re.match(r"\| ([A-Z]?[0-9]+) \|", line)):
            rows.append(row[1])
    return rows


def missing_tests(elsewhere: Elsewhere) -> list[str]:
    """Named tests that do not exist."""
    named = {name for names in elsewhere.values() for name in names}
    return sorted(name for name in named if not _exists(name))


def missing_rows(rows: Iterable[str], *held: Iterable[str]) -> list[str]:
    """Rows that none of the collections holds, and held ones that are no rows."""
    wanted, found = set(rows), {row for collection in held for row in collection}
    return sorted(wanted ^ found)


def _exists(name: str) -> bool:
    module, _, function = name.partition(":")
    return callable(getattr(importlib.import_module(module), function, None))
