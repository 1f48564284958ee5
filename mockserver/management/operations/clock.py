"""The clock of a session."""

from typing import Any, Final

from mockserver.gateway.exchange import Answer
from mockserver.instant import SECOND, DateTimeError, format_instant, read_date_time
from mockserver.management.operation import PROBLEM, Call, Desk, Operation, Returns
from mockserver.management.problem import Problem, json_answer
from mockserver.sessions.session import Session

_MOST_SECONDS: Final = 100 * 366 * 86400
"""A century: past the life of every certificate here."""


def _shown(desk: Desk, session: Session) -> Answer:
    clock = session.clock
    return json_answer(
        {
            "now": format_instant(clock()),
            "server": format_instant(desk.clock()),
            "offsetSeconds": clock.offset / SECOND if clock.frozen is None else None,
            "frozen": format_instant(clock.frozen) if clock.frozen is not None else None,
        }
    )


def _read(desk: Desk, call: Call) -> Answer:
    return _shown(desk, desk.session(call.path["name"]))


def _set(desk: Desk, call: Call) -> Answer:
    content: Any = call.body
    if not isinstance(content, dict) or set(content) not in ({"offsetSeconds"}, {"frozen"}):
        raise Problem(422, "Give either offsetSeconds, a number, or frozen, an instant or true for now.")
    session = desk.used(call.path["name"])
    if "offsetSeconds" in content:
        session.clock.go(_offset(content["offsetSeconds"]))
    else:
        session.clock.freeze(session.clock() if content["frozen"] is True else _instant(content["frozen"]))
    return _shown(desk, session)


def _unset(desk: Desk, call: Call) -> Answer:
    session = desk.session(call.path["name"])
    session.clock.go()
    return _shown(desk, session)


def _offset(value: object) -> int:
    if type(value) not in (int, float) or not -_MOST_SECONDS <= value <= _MOST_SECONDS:  # type: ignore[operator]
        raise Problem(422, "offsetSeconds must be a number of seconds, a century at most.")
    return round(float(value) * SECOND)  # type: ignore[arg-type]


def _instant(value: object) -> int:
    try:
        moment = read_date_time(value if isinstance(value, str) else "")
    except DateTimeError as error:
        raise Problem(422, f"frozen is {error}; write 2026-11-23T18:34:07Z.") from error
    if not moment.zone:
        raise Problem(422, "frozen has no zone; write 2026-11-23T18:34:07Z.")
    return moment.instant


_CLOCK: Final = {200: Returns("The clock", "Clock"), 404: PROBLEM}

OPERATIONS: Final = (
    Operation("readClock", "GET", "/sessions/{name}/clock", "What the session's clock shows", _read, _CLOCK),
    Operation(
        "setClock",
        "PUT",
        "/sessions/{name}/clock",
        "Put it ahead, behind, or to a stop; Timestamps, tokens, Date and IssueInstant go by it",
        _set,
        {**_CLOCK, 422: PROBLEM, 503: PROBLEM},
        body="ClockSetting",
    ),
    Operation("unsetClock", "DELETE", "/sessions/{name}/clock", "Let it show the server's time", _unset, _CLOCK),
)
