"""A run for people: a table on a terminal, plain lines anywhere else and with NO_COLOR."""

import io
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Self

import rich.progress
from rich.console import Console
from rich.table import Table
from rich.text import Text

from conformance.cases.registry import Case
from conformance.modes.engine import Result, Verdict
from conformance.performance.measured import PERCENTILES, Performance
from conformance.reports.text import explained, milliseconds, printable

__all__ = [
    "Progress",
    "print_cases",
    "print_performance",
    "print_results",
    "print_summary",
    "printable",
    "tolerate_any_code_page",
]

_STYLES: Final = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.WARN: "yellow",
    Verdict.REVIEW: "bold cyan",
    Verdict.INFO: "cyan",
    Verdict.SKIP: "dim",
    Verdict.NA: "dim",
    Verdict.ERROR: "bold magenta",
}
_SHORT_RUN: Final = 20
"""Cases; of a longer run a table on a terminal leaves out what passed."""


def tolerate_any_code_page() -> None:
    """Escapes what stdout and stderr cannot show, an accented name say, instead of raising."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class Progress:
    """What a run shows while it runs: a bar on a terminal, a line for each case anywhere else."""

    def __init__(self, console: Console, cases: Sequence[Case]) -> None:
        self._console = console
        self._width = max((len(case.id) for case in cases), default=0)
        self._failed = 0
        self._bar: rich.progress.Progress | None = None
        if not _is_plain(console):
            self._bar = rich.progress.Progress(
                *rich.progress.Progress.get_default_columns(), console=console, transient=True
            )
            self._task = self._bar.add_task("cases", total=len(cases))

    def __enter__(self) -> Self:
        """Begins to show."""
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Takes the bar away; the lines stay."""
        if self._bar is not None:
            self._bar.stop()

    def expect(self, count: int) -> None:
        """So many cases are selected."""
        if self._bar is not None:
            self._bar.update(self._task, total=count)

    def told(self, result: Result) -> None:
        """One more case is known."""
        if self._bar is None:
            _print_line(self._console, _line(result, self._width))
            return
        self._failed += result.verdict is Verdict.FAIL
        description = f"{self._failed} failed" if self._failed else "cases"
        self._bar.update(self._task, advance=1, description=description)


def print_results(results: Sequence[Result], console: Console) -> None:
    """Shows every case with its verdict and the answer to it, then what was expected and did not come."""
    if _is_plain(console):
        width = max((len(result.case.id) for result in results), default=0)
        for result in results:
            _print_line(console, _line(result, width))
    print_summary(results, console)


def print_summary(results: Sequence[Result], console: Console, command: Callable[[Case], str] | None = None) -> None:
    """Shows what needs eyes, and the totals. `command` gives the command line that repeats a case alone.

    A terminal gets a table; of a long run only what did not simply pass.
    """
    if not _is_plain(console):
        table = Table("Verdict", "Case and answer", show_lines=True)
        for result in results:
            if len(results) <= _SHORT_RUN or result.verdict not in (Verdict.PASS, Verdict.INFO):
                verdict = Text(result.verdict, style=_STYLES[result.verdict])
                table.add_row(verdict, _titled(result.case.id, _outcome(result)))
        if table.row_count:
            console.print(table)
    for line in _details(results, command):
        _print_line(console, line)
    totals = Counter(result.verdict for result in results)
    _print_line(console, ", ".join(f"{totals[verdict]} {verdict}" for verdict in Verdict if totals[verdict]))


def print_performance(measured: Performance, console: Console) -> None:
    """Shows the percentiles, and what came instead of Success."""
    durations = ", ".join(
        f"p{percent} {milliseconds(seconds)}"
        for percent in PERCENTILES
        if (seconds := measured.percentile(percent)) is not None
    )
    counted = f"{len(measured.durations)} of {measured.asked} calls with Success"
    _print_line(console, f"performance: {counted}{': ' if durations else ''}{durations}")
    for trouble, count in Counter(call.trouble for call in measured.failed).items():
        _print_line(console, printable(f"performance: {count} x {trouble}"))
    if measured.stopped:
        early = "ended early: " if len(measured.calls) < measured.asked else ""
        _print_line(console, printable(f"performance: {early}{measured.stopped}"))


def print_cases(listed: Sequence[tuple[Case, Sequence[str]]], console: Console) -> None:
    """Shows the cases with clause, level, persona, and the commands that judge them."""
    if _is_plain(console):
        width = max((len(case.id) for case, _ in listed), default=0)
        for case, modes in listed:
            facts = f"{case.clause}  {case.level}  {case.persona}  {case.title}"
            _print_line(console, f"{case.id:{width}}  {facts}  [{', '.join(modes)}]")
        return
    table = Table("Clause", "Level", "Persona", "Judged by", "Case", show_lines=True)
    for case, modes in listed:
        table.add_row(
            *map(Text, (case.clause, case.level, case.persona, ", ".join(modes))), _titled(case.id, case.title)
        )
    console.print(table)


def _is_plain(console: Console) -> bool:
    # https://no-color.org: any value but the empty one.
    return not console.is_terminal or bool(os.environ.get("NO_COLOR"))


def _titled(identifier: str, text: str) -> Text:
    """Both in one cell: in a column of its own, an id would be cut on a terminal of 80 columns."""
    return Text.assemble((identifier, "bold"), "\n", text)


def _line(result: Result, width: int) -> str:
    return f"{result.verdict:6} {result.case.id:{width}}  {_outcome(result)}"


def _outcome(result: Result) -> str:
    return printable(result.reason or result.answer)


def _details(results: Sequence[Result], command: Callable[[Case], str] | None) -> Iterator[str]:
    answers = [result.answer for result in results if result.answer]
    is_failed = False
    for result in results:
        if result.broken:
            yield from map(printable, explained(result, command(result.case) if command is not None else None))
            is_failed = True
        for observation in result.observations:
            if observation.review:
                yield f"{result.case.id}: to be reviewed: {printable(observation.text)}"
    # Only of a run: where a client is judged, its findings say why, and there is no other mock.
    if command is not None and is_failed and all(answer.startswith("SOA-01001") for answer in answers):
        yield (
            "SOA-01001 for every case mostly means that the mock runs with another state folder: give its "
            "folder with --state. Why a message was refused stands in the mock's journal, under the SystemError Id."
        )


def _print_line(console: Console, text: str) -> None:
    """One line, never folded, never read as markup."""
    console.print(Text(text), soft_wrap=True)
