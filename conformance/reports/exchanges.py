"""Every exchange as files: the "sample of eHealth request and eHealth answer" that cookbook 7.1.3 asks for.

The files hold tokens and personal data of the test; they are the user's own and go nowhere else.
"""

from pathlib import Path

from conformance.modes.engine import Result


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
