"""docs/mutants.md: the score, and the mutants that survive."""

from itertools import groupby

from tests.mutants.outcome import Outcome

_HEAD = """\
# Mutants of the rules

Written by `make mutants`; do not edit. mutmut changes the rules in small ways (another operator, another constant, an
argument left out, a text in capitals) and the tests of tests/rules must notice each change. How it is done stands in
tests/mutants; the reasons below are kept in tests/mutants/survivors.toml.

{killed} of {tested} mutants are killed: a mutation score of {score:.1f} %.

## Survivors
"""


def page(found: Outcome) -> str:
    """The page, in Markdown."""
    lines = [_HEAD.format(killed=found.killed, tested=found.tested, score=found.score)]
    if not found.survivors:
        lines.append("None.\n")
    for name, survivors in groupby(found.survivors, key=lambda survivor: survivor.name):
        lines.append(f"### `{name}`\n")
        for survivor in survivors:
            lines.append(f"```diff\n{survivor.change}\n```\n")
            lines.append(f"{survivor.reason or 'Not explained: no test notices this change yet.'}\n")
    return "\n".join(lines)
