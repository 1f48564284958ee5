"""What became of the mutants, and why those that survived did."""

import tomllib
from collections import Counter
from collections.abc import Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import mangled_name_from_mutant_name

_KILLED: Final = ("killed", "timeout", "segfault")
REASONS: Final = Path(__file__).with_name("survivors.toml")


class SurvivorsError(Exception):
    """survivors.toml is not as it should be."""


@dataclass(frozen=True)
class Survivor:
    """A mutant that no test notices."""

    name: str
    """`mockserver.gateway.rules.assertion.signed`: the mutated function."""
    change: str
    """The changed lines, those taken away behind -, the new ones behind +."""
    reason: str | None
    """Why no test can notice it; None where survivors.toml says nothing."""


@dataclass(frozen=True)
class Outcome:
    """A run of mutmut."""

    total: int
    """Mutants there are."""
    tested: int
    killed: int
    timeouts: int
    """Killed because the tests did not come to an end."""
    survivors: Sequence[Survivor]
    """Mutants that no test calls are among them."""
    stale: Sequence[str]
    """Explanations whose mutant did not survive, or is no more."""

    @property
    def complete(self) -> bool:
        return self.tested == self.total

    @property
    def score(self) -> float:
        """Per cent: killed / (killed + survived)."""
        return 100 * self.killed / self.tested


def outcome(scratch: Path, files: Sequence[Path], tested: Sequence[str]) -> Outcome:
    """Read what mutmut has written beside the mutated files. Raises SurvivorsError."""
    reasons = read_reasons(REASONS)
    with chdir(scratch):
        status = {name: each for file in files for name, each in _statuses(file).items()}
        survivors = [_survivor(name, file, reasons) for file, name in _surviving(files, set(tested), status)]
    counted = Counter(status[name] for name in tested)
    used = {(survivor.name, survivor.change) for survivor in survivors}
    stale = [f"{name}\n{change}" for name, change in reasons if (name, change) not in used]
    killed = sum(counted[each] for each in _KILLED)
    complete = len(tested) == len(status)
    return Outcome(len(status), len(tested), killed, counted["timeout"], survivors, stale if complete else [])


def seconds_each(scratch: Path, files: Sequence[Path]) -> float:
    """What one of the mutants that were run so far took, in the mean."""
    taken: list[float] = []
    with chdir(scratch):
        for file in files:
            data = SourceFileMutationData(path=file)
            data.load()
            taken += data.durations_by_key.values()
    return sum(taken) / len(taken)


def read_reasons(file: Path) -> dict[tuple[str, str], str]:
    """Function and change to the reason why the mutant behaves like the original. Raises SurvivorsError."""
    reasons: dict[tuple[str, str], str] = {}
    for group in tomllib.loads(file.read_text("utf-8")).get("group", []):
        for function, change in group["mutants"]:
            if (function, change) in reasons:
                raise SurvivorsError(f"{file.name} explains a mutant of {function} twice; leave one of\n{change}")
            reasons[function, change] = " ".join(group["reason"].split())
    return reasons


def _statuses(file: Path) -> dict[str, str]:
    data = SourceFileMutationData(path=file)
    data.load()
    return {name: status_by_exit_code[code] for name, code in data.exit_code_by_key.items()}


def _surviving(files: Sequence[Path], tested: set[str], status: dict[str, str]) -> list[tuple[Path, str]]:
    found = []
    for file in files:
        found += [(file, name) for name in _statuses(file) if name in tested and status[name] not in _KILLED]
    return found


def _survivor(name: str, file: Path, reasons: dict[tuple[str, str], str]) -> Survivor:
    module, _, function = mangled_name_from_mutant_name(name).rpartition(".")
    function = f"{module}.{function.removeprefix('x_')}"
    lines = get_diff_for_mutant(name, path=file).splitlines()[2:]
    change = "\n".join(f"{line[0]} {line[1:].strip()}" for line in lines if line[:1] in ("-", "+"))
    return Survivor(function, change, reasons.get((function, change)))
