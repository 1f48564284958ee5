"""docs/requirements.md: the register of requirements as a page."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from mockserver.catalogue.markdown import GENERATED, anchored, prose, table
from mockserver.requirements import Part, Requirement, parts

_INTRODUCTION: Final = """
One row for each sentence that binds somebody, and what answers for it: a rule of the gateway, a case of the conformance
suite, or a test of this project that shows that the mock keeps it. Where nothing does, the row says why.

- **Level**: MUST, SHOULD or MAY as in RFC 2119; where the source uses none of these words, MUST.
- **Binds**: the client, the service, both, or the partner, which is the organisation behind a client.
"""


def requirements_page() -> str:
    """The page, with a line end at its end."""
    return "\n".join(_lines(parts())) + "\n"


def _lines(register: Sequence[Part]) -> Iterator[str]:
    rows = [row for part in register for row in part.requirements]
    untested = sum(row.untested is not None for row in rows)
    yield from ("# Requirements", "", GENERATED, *_INTRODUCTION.splitlines())
    yield from ("", f"{len(rows)} requirements, {len(rows) - untested} of them tested.")
    for part in register:
        yield from ("", f"## {part.title}", "", *part.introduction.strip().splitlines(), "")
        yield from _readings(part)
        yield from _by_clause(part) if part.clauses else _table(part.requirements, "Source")


def _readings(part: Part) -> Iterator[str]:
    if not part.readings:
        return
    yield from ("### Where it contradicts itself, is damaged, or is silent", "")
    yield from table(
        ("Rows", "The source", "How it is read here"),
        (
            (", ".join(f"[{row}](#{_anchor(row)})" for row in reading.of), prose(reading.says), prose(reading.reading))
            for reading in part.readings
        ),
    )
    yield ""


def _by_clause(part: Part) -> Iterator[str]:
    cited = {row.source for row in part.requirements}
    empty = [clause for clause in part.clauses if clause not in cited]
    yield f"Clauses that bind nobody (headings, addresses, history): {', '.join(empty)}."
    for clause, rows in groupby(part.requirements, key=lambda row: row.source):
        yield from ("", f"### {clause} {prose(part.clauses[clause])}", "")
        yield from _table(tuple(rows))


def _table(rows: Sequence[Requirement], source: str | None = None) -> Iterator[str]:
    """A table of requirements; `source` is the heading of a column for their source, if it is not plain already."""
    head = ("Row", *((source,) if source else ()), "Level", "Binds", "Requirement", "Held by")
    yield from table(
        head,
        (
            (
                anchored(_anchor(row.id), row.id),
                *((prose(row.source),) if source else ()),
                row.level,
                row.binds,
                prose(row.text),
                _held_by(row),
            )
            for row in rows
        ),
    )


def _held_by(row: Requirement) -> str:
    if row.untested is not None:
        return f"*not tested:* {prose(row.untested)}"
    holders = []
    if row.code is not None:
        holders.append(f"every rule answered with [{row.code}](troubleshooting.md#{row.code.lower()})")
    if row.rules:
        holders.append("rules " + ", ".join(f"[{rule}](rules.md#{rule.lower()})" for rule in row.rules))
    if row.cases:
        holders.append("cases " + ", ".join(f"`{case}`" for case in row.cases))
    holders += [_test(test) for test in row.tests]
    return "<br>".join(holders)


def _test(test: str) -> str:
    file, _, function = test.partition("::")
    return f"[{function.removeprefix('test_').replace('_', ' ')}](../{file})"


def _anchor(row_id: str) -> str:
    return f"row-{row_id.lower()}"
