"""`mockserver check`: a message from a file, judged as if it came in, and the verdict for a person to read."""

import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from mockserver.gateway.exchange import ENDPOINT_PATH, Answer, Finding, HttpRequest, ParserRefusal
from mockserver.gateway.gateway import Gateway, Report
from mockserver.gateway.registry import Severity
from mockserver.given_file import UnusableFile, read_bounded, read_given
from mockserver.http.body import too_large
from mockserver.http.head import read_head
from mockserver.http.limits import Limits
from mockserver.http.refusal import Refusal
from mockserver.instant import Clock, DateTimeError, Instant, read_date_time, system_clock

_STYLES: Final = {Severity.REJECT: "bold red", Severity.WARN: "yellow"}
_WIDTH: Final = 100
"""Characters of a line that lists rules: a list of ids is no line to copy."""


class UnusableInput(Exception):
    """A file or option of the command cannot be used; the message names it and the next step."""


def examine_files(
    message: Path, headers: Path | None, at: str | None, gateway_at: Callable[[Clock], Gateway]
) -> Report:
    """Judge the message in a file.

    `gateway_at` builds the gateway for a clock that stands at the moment of receipt.

    Raises UnusableInput.
    """
    received = _instant(at)
    body = _content(message)
    gateway = gateway_at(lambda: received)
    if len(body) > Limits().body_bytes:
        refusal = too_large(Limits())
        parsers = ParserRefusal(refusal.status, refusal.rule or "Q11", refusal.detail)
        request = HttpRequest("POST", ENDPOINT_PATH, "1.1", (), b"", received, has_head=False, refusal=parsers)
    elif headers is None:
        request = HttpRequest("POST", ENDPOINT_PATH, "1.1", (), body, received, has_head=False)
    else:
        request = _request(headers, body, received)
    return gateway.examine(request)


def print_report(report: Report) -> None:
    """Answer and findings on standard output; colour on a terminal only."""
    console = Console(highlight=False, soft_wrap=True)
    answer = report.answer
    console.print(Text(_headline(answer), style="bold green" if answer.status == "Success" else "bold red"))
    if answer.message:
        console.print(Text(f"  {answer.message}"))
    if not report.request.has_head and report.request.refusal is None:
        console.print("HTTP rules were left out: no --headers given.")
    told = [finding for finding in report.findings if finding.severity is not Severity.INFO]
    notes = dict.fromkeys(finding.rule.id for finding in report.findings if finding.severity is Severity.INFO)
    for finding in sorted(told, key=lambda finding: list(_STYLES).index(finding.severity)):
        _print_finding(console, finding)
    if not told:
        console.print("No findings.")
    if notes:
        console.print(f"\nNotes that ask for nothing, in full with --json: {', '.join(notes)}")
    if report.skipped:
        # No-break spaces, which textwrap leaves alone, keep a rule and its reason on one line.
        shown = ", ".join(
            f"{rule}\N{NO-BREAK SPACE}(needs\N{NO-BREAK SPACE}{broken})" for rule, broken in report.skipped.items()
        )
        console.print()
        for line in textwrap.wrap(f"Not judged, because a rule they build on is broken: {shown}", _WIDTH):
            console.print(line.replace("\N{NO-BREAK SPACE}", " "))


def _print_finding(console: Console, finding: Finding) -> None:
    rule = finding.rule
    console.print()
    console.print(Text(f"{finding.severity:<6} {rule.id}", style=_STYLES[finding.severity]))
    lines = {
        "rule": f"{rule.title}.",
        "found": finding.breach.detail,
        "where": finding.breach.where,
        "do": rule.advice,
        "source": rule.source,
    }
    for label, text in lines.items():
        if text:
            console.print(Text(f"       {label + ':':<8}{text}"))


def _headline(answer: Answer) -> str:
    parts = [f"HTTP {answer.http}", answer.soa, answer.status, answer.cbss]
    return ", ".join(part for part in parts if part)


def _request(file: Path, body: bytes, received: Instant) -> HttpRequest:
    """The request whose head is in `file`; line ends may be those of any system."""
    raw = re.sub(rb"\r\n|\r|\n", b"\r\n", _head(file)).rstrip(b"\r\n") + b"\r\n\r\n"
    try:
        head = read_head(raw, Limits())
    except Refusal as refusal:
        parsers = ParserRefusal(refusal.status, refusal.rule or "Q10", refusal.detail)
        return HttpRequest("POST", ENDPOINT_PATH, "1.1", (), body, received, has_head=False, refusal=parsers)
    return HttpRequest(head.method, head.target, head.version, head.fields, body, received)


def _content(file: Path) -> bytes:
    """The message, or as much of it as it takes to see that it is too large."""
    try:
        return read_given(file, Limits().body_bytes)
    except UnusableFile as error:
        raise UnusableInput(str(error)) from error


def _head(file: Path) -> bytes:
    try:
        return read_bounded(file)
    except UnusableFile as error:
        raise UnusableInput(str(error)) from error


def _instant(text: str | None) -> Instant:
    if text is None:
        return system_clock()
    try:
        value = read_date_time(text)
    except DateTimeError as error:
        raise UnusableInput(f"--at {text!r} is no instant: {error}; write it as 2026-11-23T18:34:07Z") from error
    if not value.zone:
        raise UnusableInput(f"--at {text!r} has no zone; end it with Z for UTC")
    return value.instant
