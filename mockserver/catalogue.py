"""The catalogue of rules as data and as a table. Everything in it comes from the registry."""

from typing import Any

from rich.console import Console
from rich.table import Table

from mockserver.gateway.pipeline import rules_in_order
from mockserver.gateway.profiles import load_profile
from mockserver.gateway.registry import Rule, Severity


def catalogue(profile: str = "cookbook") -> list[dict[str, Any]]:
    """Every rule with its severity in `profile`, in the order of judgement.

    Raises PolicyError.
    """
    severities, _ = load_profile(profile)
    return [_row(rule, severities.get(rule.id, rule.severity)) for rule in rules_in_order()]


def print_catalogue(rows: list[dict[str, Any]]) -> None:
    """The catalogue as a table on standard output."""
    table = Table("Rule", "Title", "Level", "Severity", "Answer", "Source", box=None, pad_edge=False)
    for row in rows:
        answer = row["soa"] or row["cbss"] or (f"HTTP {row['http']}" if row["http"] else "Status")
        source = f"{row['source']}{' (reconstructed)' if row['reconstructed'] else ''}"
        table.add_row(row["id"], row["title"], row["level"], row["severity"], answer, source)
    Console(highlight=False).print(table)


def _row(rule: Rule, severity: Severity) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "text": rule.text,
        "stage": rule.stage.name.lower(),
        "level": rule.level.value,
        "severity": severity.value,
        "soa": rule.soa,
        "http": rule.http,
        "cbss": rule.cbss,
        "source": rule.source,
        "reconstructed": rule.reconstructed,
        "essential": rule.essential,
        "requires": list(rule.requires),
        "advice": rule.advice,
    }
