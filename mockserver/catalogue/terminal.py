"""The catalogue as a table on standard output."""

from typing import Any

from rich.console import Console
from rich.table import Table


def print_catalogue(rows: list[dict[str, Any]]) -> None:
    """The catalogue as a table on standard output."""
    table = Table("Rule", "Title", "Level", "Severity", "Answer", "Source", box=None, pad_edge=False)
    for row in rows:
        answer = row["soa"] or row["cbss"] or (f"HTTP {row['http']}" if row["http"] else "Status")
        source = f"{row['source']}{' (reconstructed)' if row['reconstructed'] else ''}"
        table.add_row(row["id"], row["title"], row["level"], row["severity"], answer, source)
    Console(highlight=False).print(table)
