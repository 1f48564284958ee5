"""Sessions: listing, making, emptying, removing."""

from typing import Any, Final

from mockserver.gateway.exchange import Answer
from mockserver.http.refusal import shown
from mockserver.instant import format_instant
from mockserver.management.operation import PROBLEM, Call, Desk, Operation, Returns
from mockserver.management.problem import Problem, json_answer
from mockserver.sessions.open_session import DEFAULT
from mockserver.sessions.session import Session


def _shown(desk: Desk, session: Session) -> dict[str, Any]:
    scenario = session.playing.scenario
    return {
        "name": session.name,
        "prefix": session.prefix,
        "created": format_instant(session.created),
        "idleSeconds": round(desk.sessions.idle(session), 3),
        "journal": {
            "entries": len(session.journal),
            "bytes": session.journal.octets,
            "dropped": session.journal.dropped,
            "mostEntries": session.journal.entries_limit,
            "mostBytes": session.journal.octets_limit,
        },
        "exchanges": session.tally.by_verdict(),
        "scenario": scenario.name if scenario is not None else None,
    }


def _listing(desk: Desk, _call: Call) -> Answer:
    settings = desk.sessions.settings
    return json_answer(
        {
            "most": settings.most,
            "idleSeconds": settings.idle_seconds,
            "sessions": [_shown(desk, session) for session in desk.sessions.all()],
        }
    )


def _show(desk: Desk, call: Call) -> Answer:
    return json_answer(_shown(desk, desk.session(call.path["name"])))


def _make(desk: Desk, call: Call) -> Answer:
    return json_answer(_shown(desk, desk.used(call.path["name"])))


def _remove(desk: Desk, call: Call) -> Answer:
    name = call.path["name"]
    if name == DEFAULT:
        raise Problem(422, "The default session cannot be removed: reset it with POST /sessions/default/reset.")
    if not desk.sessions.remove(name):
        raise Problem(404, f"There is no session {shown(name)}.")
    return json_answer({"removed": name})


def _reset(desk: Desk, call: Call) -> Answer:
    session = desk.session(call.path["name"])
    session.journal.clear()
    session.playing.stop()
    session.clock.go()
    session.renew()
    return json_answer(_shown(desk, session))


_SESSION: Final = {200: Returns("The session", "Session"), 404: PROBLEM}

OPERATIONS: Final = (
    Operation(
        "listSessions",
        "GET",
        "/sessions",
        "All sessions, and how many there may be",
        _listing,
        {200: Returns("The sessions", "Sessions")},
    ),
    Operation("showSession", "GET", "/sessions/{name}", "One session", _show, _SESSION),
    Operation(
        "makeSession",
        "PUT",
        "/sessions/{name}",
        "Make a session, unless it is there; the first request below /s/NAME does so too",
        _make,
        {200: Returns("The session", "Session"), 422: PROBLEM, 503: PROBLEM},
    ),
    Operation(
        "removeSession",
        "DELETE",
        "/sessions/{name}",
        "Forget a session and all it holds; its identifiers are never issued again",
        _remove,
        {200: Returns("It is gone", "Removed"), 404: PROBLEM, 422: PROBLEM},
    ),
    Operation(
        "resetSession",
        "POST",
        "/sessions/{name}/reset",
        "Clear its journal, stop its scenario, set its clock right, forget the signatures it has seen",
        _reset,
        _SESSION,
    ),
)
