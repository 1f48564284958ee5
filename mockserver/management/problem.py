"""The one form of every error on the management port: problem details (RFC 9457)."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from mockserver.gateway.exchange import Answer
from mockserver.http.refusal import Refusal

MEDIA_TYPE = "application/problem+json"


class Problem(Refusal):
    """A refusal that has more to tell than a sentence: `more` goes into the problem details."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        more: Mapping[str, Any] | None = None,
        fields: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(status, None, detail, fields=fields)
        self.more = more or {}


def problem_answer(refusal: Refusal) -> Answer:
    """The refusal as problem details; a rule of HTTP that was broken is named."""
    more = refusal.more if isinstance(refusal, Problem) else {}
    content = {
        "type": "about:blank",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "detail": refusal.detail,
        **({"rule": refusal.rule} if refusal.rule is not None else {}),
        **more,
    }
    return content_answer(json_bytes(content), MEDIA_TYPE, status=refusal.status, fields=refusal.fields)


def json_answer(content: object, status: int = 200) -> Answer:
    """An answer in JSON."""
    return content_answer(json_bytes(content), "application/json", status=status)


def content_answer(
    body: bytes, media_type: str, *, status: int = 200, fields: Sequence[tuple[str, str]] = ()
) -> Answer:
    """Any answer of the management port: nobody may keep it, and no browser may take it for something else."""
    always = [
        ("Content-Type", media_type),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return Answer(http=status, fields=[*always, *fields], body=body, correlation_id="")


def json_bytes(content: object) -> bytes:
    """Indented, for people too."""
    return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"
