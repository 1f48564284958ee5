"""An answer without an envelope (`rules.md` 0.3, stages 1 to 3; WS-I Basic Profile 1.1 R1113 to R1125)."""

from collections.abc import Sequence
from typing import Final

_SHOWN: Final = 80


class Refusal(Exception):
    """The request is refused by HTTP alone; no SOAP message goes back.

    `status` is the HTTP status, `rule` the id of `rules.md` 1.1 that was broken (None when the client broke
    none: 503, and on the management port), `detail` one sentence that names what is wrong and what to do. The
    sentence is the body of the answer and stands in the journal; it is never logged, for it may quote the
    request. `fields` go into the answer.
    """

    def __init__(self, status: int, rule: str | None, detail: str, *, fields: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(status, rule, detail)
        self.status = status
        self.rule = rule
        self.detail = detail
        self.fields = tuple(fields)


def malformed(detail: str) -> Refusal:
    """400: the bytes are not an HTTP/1.1 request (`rules.md` Q10, R1113)."""
    return Refusal(400, "Q10", detail)


def shown(value: bytes | str) -> str:
    """A quotation that is safe in one line of text: printable ASCII in quotes, cut at 80 characters.

    Control characters of a request must not reach a terminal or fake a second line (`rules.md` A134).
    """
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return ascii(text[:_SHOWN]) + ("..." if len(text) > _SHOWN else "")
