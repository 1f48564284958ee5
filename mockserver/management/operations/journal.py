"""The journal of a session: listing, waiting, verifying, following, clearing."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from mockserver.gateway.exchange import Answer
from mockserver.http.application import Later, Stream
from mockserver.management.criteria import PARAMETERS, Criteria, criteria_of_json, criteria_of_query, nearest_misses
from mockserver.management.entry import Entry
from mockserver.management.journal import Journal
from mockserver.management.operation import PROBLEM, Call, Desk, Operation, Parameter, Returns
from mockserver.management.problem import Problem, json_answer
from mockserver.management.stream import event_stream
from mockserver.sessions.open_session import DEFAULT

_SESSION: Final = Parameter("session", 'Name of the session; without it "default", whose paths have no prefix')
_ALL: Final = "*"
_LONGEST: Final = 300.0
"""Seconds that a call may wait."""
_PAGE: Final = 1000


def _listing(desk: Desk, call: Call) -> Answer:
    name = call.query.get("session", DEFAULT)
    criteria, limit, before = criteria_of_query(call.query), call.query.get("limit", _PAGE), call.query.get("before")
    sessions = desk.sessions.all() if name == _ALL else [desk.session(name)]
    # One more than wanted tells whether another page follows.
    pages = [session.journal.page(criteria.fits, limit=limit + 1, before=before) for session in sessions]
    found = sorted((entry for page in pages for entry in page.entries), key=lambda entry: -entry.number)
    entries = found[:limit]
    matching = sum(page.matching for page in pages)
    return json_answer(
        {
            "dropped": sum(page.dropped for page in pages),
            "entries": [entry.summary() for entry in entries],
            "matching": matching,
            "next": entries[-1].number if len(found) > limit else None,
        }
    )


def _clear(desk: Desk, call: Call) -> Answer:
    name = call.query.get("session", DEFAULT)
    sessions = desk.sessions.all() if name == _ALL else [desk.session(name)]
    return json_answer({"forgotten": sum(session.journal.clear() for session in sessions)})


def _follow(desk: Desk, call: Call) -> Stream:
    name, criteria = call.query.get("session", _ALL), criteria_of_query(call.query)
    # What a browser sends when it comes back after a break (HTML standard, 9.2.4).
    last = b"".join(call.head.values("last-event-id"))
    return event_stream(
        desk.sessions,
        lambda entry: (name in (_ALL, entry.session)) and criteria.fits(entry),
        int(last[:18]) if last.isdigit() else call.query.get("after"),
    )


class _Expectation:
    """What a journal must hold: how many exchanges of which kind."""

    def __init__(self, desk: Desk, content: Any, *, extra: Sequence[str] = ()) -> None:
        """Raises Problem (404, 422)."""
        known = ("session", "match", "count", "atLeast", "atMost", "after", *extra)
        if not isinstance(content, dict) or any(key not in known for key in content):
            raise Problem(422, f"The body must be an object with any of {', '.join(known)}.")
        name = content.get("session", DEFAULT)
        if not isinstance(name, str):
            raise Problem(422, "session must be a name.")
        self.session = desk.used(name)
        self.criteria: Criteria = criteria_of_json(content.get("match", {}))
        exact = _whole(content, "count")
        least, most = _whole(content, "atLeast"), _whole(content, "atMost")
        if exact is not None and (least is not None or most is not None):
            raise Problem(422, "Give count, or atLeast and atMost, not both.")
        self.least = exact if exact is not None else (1 if least is None and most is None else least or 0)
        self.most = exact if exact is not None else most
        if self.most is not None and self.least > self.most:
            raise Problem(422, f"atLeast {self.least} is more than atMost {self.most}: no journal can hold that.")
        self.after = _whole(content, "after") or 0

    @property
    def journal(self) -> Journal:
        return self.session.journal

    def entries(self) -> list[Entry]:
        """Those after the given number, newest first."""
        return [entry for entry in self.journal.newest_first()[0] if entry.number > self.after]

    def check_whole(self) -> None:
        """Raises Problem (409) when exchanges were dropped, whatever they were."""
        if not self.journal.is_whole_after(self.after):
            raise Problem(
                409,
                f"The journal of session {self.session.name} has dropped {self.journal.dropped} exchanges for want of "
                "room: nobody can tell how many there were. Clear it before each test, or raise --journal-entries and "
                "--journal-bytes.",
                more={"dropped": self.journal.dropped},
            )

    def outcome(self, entries: list[Entry]) -> dict[str, Any]:
        """The count, and the exchanges that make it."""
        matching = [entry for entry in entries if self.criteria.fits(entry)]
        return {"count": len(matching), "entries": [entry.summary() for entry in matching]}

    def holds(self, count: int) -> bool:
        """Whether so many are as many as there must be."""
        return count >= self.least and (self.most is None or count <= self.most)

    def difference(self, entries: list[Entry], count: int) -> dict[str, Any]:
        """Why it does not hold: how many there are, and what came near."""
        wanted = {"match": dict(self.criteria.values), "atLeast": self.least, "atMost": self.most}
        return {
            "wanted": wanted,
            "count": count,
            "exchanges": len(entries),
            "nearest": nearest_misses(self.criteria, entries),
        }

    def sentence(self, count: int) -> str:
        """The difference in words."""
        wanted = f"{self.least}" if self.most == self.least else f"at least {self.least}"
        if self.most is not None and self.most != self.least:
            wanted += f" and at most {self.most}"
        return f"Session {self.session.name} has {count} matching exchanges; {wanted} must be there."


def _verify(desk: Desk, call: Call) -> Answer:
    expected = _Expectation(desk, call.body)
    expected.check_whole()
    return _judged(expected)


def _judged(expected: _Expectation) -> Answer:
    entries = expected.entries()
    outcome = expected.outcome(entries)
    if not expected.holds(outcome["count"]):
        difference = expected.difference(entries, outcome["count"])
        raise Problem(422, expected.sentence(outcome["count"]), more={"difference": difference})
    return json_answer(outcome)


def _wait(desk: Desk, call: Call) -> Later:
    expected = _Expectation(desk, call.body, extra=("timeoutSeconds",))
    seconds = call.body.get("timeoutSeconds", 10.0)
    if type(seconds) not in (int, float) or not 0 <= seconds <= _LONGEST:
        raise Problem(422, f"timeoutSeconds must be from 0 to {_LONGEST:g}.")
    return _waited(desk, expected, float(seconds))


async def _waited(desk: Desk, expected: _Expectation, seconds: float) -> Answer:
    """As soon as enough exchanges are there, or when the time is over."""
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    unsubscribe = expected.journal.subscribe(lambda _: loop.call_soon_threadsafe(arrived.set))
    try:
        async with asyncio.timeout(seconds):
            while True:
                expected.check_whole()
                arrived.clear()
                if sum(map(expected.criteria.fits, expected.entries())) >= expected.least:
                    break
                await arrived.wait()
    except TimeoutError:
        desk.catch_up()
        expected.check_whole()
    finally:
        unsubscribe()
    return _judged(expected)


def _whole(content: dict[str, Any], name: str) -> int | None:
    value = content.get(name)
    if value is not None and (type(value) is not int or value < 0):
        raise Problem(422, f"{name} must be a whole number, not negative.")
    return value


_WITH_ALL: Final = Parameter(_SESSION.name, f"{_SESSION.text}; * for all sessions")
_EXPECTED: Final = {
    200: Returns("It holds", "Matching"),
    404: PROBLEM,
    409: Returns("Exchanges were dropped: nobody can tell", "DroppedProblem", "application/problem+json"),
    422: Returns("It does not hold, and why; or the body is not as described", "Unmet", "application/problem+json"),
}

OPERATIONS: Final = (
    Operation(
        "listExchanges",
        "GET",
        "/journal",
        "Exchanges, newest first",
        _listing,
        {200: Returns("A page of them", "Listing"), 404: PROBLEM},
        query=(
            _WITH_ALL,
            *PARAMETERS,
            Parameter("limit", "So many at most", "integer", least=1, most=10_000),
            Parameter("before", "Only those with a lower number: the `next` of the page before", "integer"),
        ),
    ),
    Operation(
        "clearJournal",
        "DELETE",
        "/journal",
        "Forget the exchanges, and the count of dropped ones",
        _clear,
        {200: Returns("How many there were", "Forgotten"), 404: PROBLEM},
        query=(_WITH_ALL,),
    ),
    Operation(
        "followJournal",
        "GET",
        "/journal/stream",
        "Each exchange as it ends, as server-sent events named `exchange` whose data is a Summary; a comment every "
        "15 seconds keeps the connection",
        _follow,
        {200: Returns("Events without end", media_type="text/event-stream")},
        query=(
            Parameter("session", "Of one session only; without it or with * of all"),
            *PARAMETERS,
            Parameter("after", "Begin with those in the journal that have a higher number", "integer"),
        ),
    ),
    Operation(
        "verify",
        "POST",
        "/journal/verify",
        "Whether a journal holds so many exchanges of a kind",
        _verify,
        _EXPECTED,
        body="Expectation",
    ),
    Operation(
        "waitFor",
        "POST",
        "/journal/wait",
        "The same, as soon as it holds, or when the time is over",
        _wait,
        _EXPECTED,
        body="Waiting",
    ),
)
