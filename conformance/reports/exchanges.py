"""Every exchange as files: the "sample of eHealth request and eHealth answer" that cookbook 7.1.3 asks for.

The files hold tokens and personal data of the test; they are the user's own and go nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from conformance.modes.engine import Result

FOLDER: Final = "exchanges"
"""Where they go, beside results.json."""


@dataclass(frozen=True, slots=True)
class SavedExchange:
    """An exchange as its files hold it."""

    request_head: str
    request: bytes = field(repr=False)
    answer_head: str | None
    """None when not even a status line came."""
    answer: bytes = field(default=b"", repr=False)


def save_exchanges(result: Result, folder: Path) -> None:
    """Writes request and answer of each exchange of `result` below `folder`, in a folder named like the case.

    request.xml and answer.xml hold the octets of the bodies, unchanged and whatever they are; the .headers
    files hold request or status line and fields. A second exchange of the same case is request-2.xml, and so
    on. Files of an earlier run of the case are removed. Raises OSError.
    """
    place = folder / result.case.id
    for kind in ("request", "answer"):
        for old in place.glob(f"{kind}*"):
            if old.suffix in (".xml", ".headers"):
                old.unlink()
    for number, exchange in enumerate(result.exchanges, start=1):
        place.mkdir(parents=True, exist_ok=True)
        ordinal = "" if number == 1 else f"-{number}"
        http = exchange.answer.http
        (place / f"request{ordinal}.xml").write_bytes(exchange.request.body)
        (place / f"request{ordinal}.headers").write_text(exchange.request.head, encoding="utf-8", newline="\n")
        if http.status is not None:
            (place / f"answer{ordinal}.xml").write_bytes(http.body)
            (place / f"answer{ordinal}.headers").write_text(http.head, encoding="utf-8", newline="\n")


def read_exchanges(folder: Path, case: str) -> Sequence[SavedExchange]:
    """The exchanges of a case below `folder`, in their order; none when the case has no folder. Raises OSError."""
    place = folder / case
    found = []
    for number in range(1, len(list(place.glob("request*.xml"))) + 1):
        ordinal = "" if number == 1 else f"-{number}"
        answer = place / f"answer{ordinal}.headers"
        came = answer.is_file()
        found.append(
            SavedExchange(
                request_head=(place / f"request{ordinal}.headers").read_text(encoding="utf-8"),
                request=(place / f"request{ordinal}.xml").read_bytes(),
                answer_head=answer.read_text(encoding="utf-8") if came else None,
                answer=(place / f"answer{ordinal}.xml").read_bytes() if came else b"",
            )
        )
    return found
