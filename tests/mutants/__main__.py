"""`make mutants`: change the rules in small ways, and see whether the tests notice.

mutmut makes the mutants and runs them, in a copy of the project (`prepare.py`), each against the tests of the rules
that call the mutated function (`per_rule.py`). It is given at most the minutes that `--minutes` says: where all mutants
would take longer, a sample is drawn, by the seed that is printed.
"""

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path
from typing import Final

from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.utils.format_utils import get_mutant_name

from tests.mutants.outcome import Outcome, outcome, seconds_each
from tests.mutants.page import page
from tests.mutants.prepare import prepare

PROJECT: Final = Path(__file__).parents[2]
SCRATCH: Final = PROJECT / "mutants"
PAGE: Final = PROJECT / "docs" / "mutants.md"
LEAST: Final = 90.0
"""Per cent of the mutants that must be killed."""

_PILOT: Final = 80
"""Mutants that show how long one takes."""

_SHARE: Final = 0.8
"""Of the time that is left; the rest is for mutmut's own start, and for error."""


def main() -> int:
    options = _options()
    began = time.monotonic()
    files = prepare(PROJECT, SCRATCH)
    names = _mutants(files)
    random.Random(options.seed).shuffle(names)
    _say(f"{len(names)} mutants in {len(files)} files; seed {options.seed}")
    run = _run(names[:_PILOT], options.children)
    if run == 0 and names[_PILOT:]:
        left = options.minutes * 60 - (time.monotonic() - began)
        each = seconds_each(SCRATCH, files) / options.children
        names = names[: _PILOT + max(0, int(left * _SHARE / each))]
        run = _run(names[_PILOT:], options.children)
    if run != 0:
        _say(f"mutmut ended with status {run} before its time; what it said stands above")
        return 2
    found = outcome(SCRATCH, files, names)
    _tell(found, options.seed, time.monotonic() - began)
    if found.complete:
        PAGE.write_text(page(found), "utf-8")
    return 0 if found.score >= LEAST else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60, help="time for all of it (60)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of the sample, where one is drawn")
    parser.add_argument("--children", type=int, default=2, help="processes at once (2)")
    return parser.parse_args()


def _mutants(files: Sequence[Path]) -> list[str]:
    """The names that mutmut gives to the mutants of these files."""
    return [
        get_mutant_name(file, mutant)
        for file in files
        for mutant in mutate_file_contents(str(file), (SCRATCH / file).read_text("utf-8")).mutant_names
    ]


def _run(names: Sequence[str], children: int) -> int:
    """mutmut's exit status. What it prints of each mutant is kept from the terminal unless it fails."""
    mutmut = str(Path(sys.executable).with_name("mutmut"))
    with (SCRATCH / "mutmut.log").open("w+", encoding="utf-8") as log:
        command = [mutmut, "run", "--max-children", str(children), *names]
        status = subprocess.run(command, cwd=SCRATCH, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
        if status != 0:
            log.seek(0)
            _say(log.read()[-8000:])
    return status


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _tell(found: Outcome, seed: int, seconds: float) -> None:
    for survivor in found.survivors:
        _say(f"\nsurvived: {survivor.name}: {survivor.reason or 'NOT EXPLAINED'}\n{survivor.change}")
    for forgotten in found.stale:
        _say(f"\nsurvivors.toml explains what did not survive: {forgotten}")
    whole = "all" if found.complete else f"a sample of {found.tested}, seed {seed}, out of"
    _say(
        f"\n{whole} {found.total} mutants in {seconds / 60:.1f} minutes: {found.killed} killed"
        f" ({found.timeouts} of them by the time limit), {len(found.survivors)} survived,"
        f" {sum(survivor.reason is not None for survivor in found.survivors)} of these explained"
        f"\nmutation score {found.score:.1f} % (at least {LEAST:.0f} %)"
    )


if __name__ == "__main__":
    with chdir(PROJECT):
        sys.exit(main())
