"""The folder a run leaves behind: results.json, junit.xml, report.html, and every exchange."""

from pathlib import Path
from typing import Final

from conformance.reports.exchanges import FOLDER, read_exchanges
from conformance.reports.junit import junit
from conformance.reports.page import page
from conformance.reports.record import Record
from conformance.reports.results import results_text

RESULTS: Final = "results.json"
JUNIT: Final = "junit.xml"
PAGE: Final = "report.html"


def save_record(record: Record, out: Path) -> None:
    """Writes the reports of a run into `out`, where its exchanges are already. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    (out / RESULTS).write_text(results_text(record), encoding="utf-8", newline="\n")
    (out / JUNIT).write_bytes(junit(record))
    text = page(record, lambda case: read_exchanges(out / FOLDER, case))
    (out / PAGE).write_text(text, encoding="utf-8", newline="\n")
