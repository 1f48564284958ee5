"""The catalogue as a table on standard output."""

from typing import Any, Final

from rich.console import Console
from rich.table import Table

from mockserver.catalogue.markdown import http_words

_WITH_SOURCES: Final = 120
"""Columns; on less the source of a rule would be one word a line."""


def print_catalogue(rows: list[dict[str, Any]]) -> None:
    """The catalogue as a table on standard output."""
    console = Console(highlight=False)
    has_room = console.width >= _WITH_SOURCES
    columns = ("Rule", "Title", "Level", "Severity", "Answer", *(("Source",) if has_room else ()))
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        answer = row["soa"] or row["cbss"] or (http_words(row["http"]) if row["http"] else "Status")
        source = f"{row['source']}{' (reconstructed)' if row['reconstructed'] else ''}"
        cells = (row["id"], row["title"], row["level"], row["severity"], answer, source)
        table.add_row(*cells[: len(columns)])
    console.print(table)
    if not has_room:
        console.print(f"Sources: on a terminal of {_WITH_SOURCES} columns, or with --json.")
