"""The table is a table on a terminal and plain lines with NO_COLOR."""

import io

import pytest
from rich.console import Console

from conformance.cases import all_cases
from conformance.modes.engine import Result, Verdict
from conformance.reports.terminal import print_cases, print_results, printable


def shown(terminal: bool) -> str:
    console = Console(
        file=io.StringIO(), force_terminal=terminal, width=120, color_system="standard" if terminal else None
    )
    result = Result(all_cases()[0], Verdict.ERROR, reason="[bold]no[/bold] connection")
    print_results([result], console)
    print_cases([(all_cases()[0], ["run"])], console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_terminal_gets_a_table_with_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = shown(terminal=True)
    assert "┃" in text
    assert "\x1b[" in text
    assert "[bold]no[/bold] connection" in text


def test_no_color_and_a_pipe_get_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    piped = shown(terminal=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown(terminal=True) == piped
    assert piped.isascii()
    assert piped.splitlines()[0].startswith(f"ERROR  {all_cases()[0].id}  [bold]no")


def test_long_and_unprintable_text_is_tamed() -> None:
    assert printable("a\x1b\r\n\u202eb é") == r"a\x1b\r\n\u202eb é"
    assert len(printable("x" * 5000)) < 1000
