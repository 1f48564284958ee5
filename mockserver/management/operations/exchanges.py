"""One exchange: in full, and as files for `mockserver check`."""

from typing import Any, Final

from mockserver.gateway.exchange import Answer
from mockserver.http.refusal import shown
from mockserver.management.entry import Entry
from mockserver.management.facts import facts_of
from mockserver.management.operation import PROBLEM, Call, Desk, Operation, Returns, Stock
from mockserver.management.problem import Problem, content_answer, json_answer


def _entry(desk: Desk, call: Call) -> Entry:
    found = desk.sessions.entry(call.path["id"])
    if found is None:
        raise Problem(404, f"No journal has an exchange {shown(call.path['id'])}: it was never there, or was dropped.")
    return found[1]


def _exchange(desk: Desk, call: Call) -> Answer:
    entry = _entry(desk, call)
    content: dict[str, Any] = entry.to_json()
    loaded = desk.loaded()
    facts = facts_of(entry, loaded.policy) if isinstance(loaded, Stock) else None
    return json_answer(content | {"facts": facts})


def _request_body(desk: Desk, call: Call) -> Answer:
    return _file(_entry(desk, call).body, "request.xml")


def _request_head(desk: Desk, call: Call) -> Answer:
    return _file(_entry(desk, call).head, "request.headers")


def _answer_body(desk: Desk, call: Call) -> Answer:
    answer = _entry(desk, call).answer
    if answer is None:
        raise Problem(404, "The exchange was cut: it has no answer.")
    return _file(answer.body, "answer.xml")


def _file(content: bytes, name: str) -> Answer:
    # Never as XML or HTML: whatever a hostile request holds, no browser shall show it as a page of this origin.
    disposition = ("Content-Disposition", f'attachment; filename="{name}"')
    return content_answer(content, _OCTETS, fields=[disposition])


_OCTETS: Final = "application/octet-stream"
_BYTES: Final = {200: Returns("The bytes", media_type=_OCTETS), 404: PROBLEM}

OPERATIONS: Final = (
    Operation(
        "showExchange",
        "GET",
        "/journal/{id}",
        "One exchange by its correlation id: bytes, findings, identity, times, what was signed, answer",
        _exchange,
        {200: Returns("The exchange", "Exchange"), 404: PROBLEM},
    ),
    Operation(
        "requestBody",
        "GET",
        "/journal/{id}/request.xml",
        "The body of the request, byte for byte: MESSAGE.xml of `mockserver check`",
        _request_body,
        _BYTES,
    ),
    Operation(
        "requestHead",
        "GET",
        "/journal/{id}/request.headers",
        "The head of the request: --headers of `mockserver check`",
        _request_head,
        _BYTES,
    ),
    Operation(
        "answerBody", "GET", "/journal/{id}/answer.xml", "The body of the answer, byte for byte", _answer_body, _BYTES
    ),
)
