"""The words of a report that several of its forms share."""

from collections.abc import Iterator
from typing import Final

from conformance.modes.engine import Result

_MAX_TEXT: Final = 600
"""Characters of one line; the files and results.json hold everything."""


def printable(text: str) -> str:
    """`text` on one line and harmless: an endpoint's words must not steer the terminal that shows them."""
    shown = "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
    return shown if len(shown) <= _MAX_TEXT else f"{shown[:_MAX_TEXT]}..."


def explained(result: Result, command: str | None) -> Iterator[str]:
    """What was expected, what came, by which clause, and how to repeat the case alone; a line each."""
    yield f"{result.case.id}: cookbook {result.case.clause}: {result.case.title}"
    for check in result.broken:
        yield f"  {check.level or result.case.level}  {check}"
    if result.reason:
        yield f"  {result.verdict}  {result.reason}"
    if command is not None:
        yield f"  again: {command}"


def milliseconds(seconds: float) -> str:
    """A duration for people."""
    return f"{seconds * 1000:.1f} ms" if seconds < 10 else f"{seconds:.2f} s"
