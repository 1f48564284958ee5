"""Sessions as a worker sees them: each is kept by the first process, and asked for there."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mockserver.identities.personas import Persona
from mockserver.instant import Clock, Instant
from mockserver.management.entry import Entry
from mockserver.scenarios.playing import Turn
from mockserver.sessions.clock import SessionClock
from mockserver.sessions.open_session import OpenSession
from mockserver.sts.challenges import Challenge
from mockserver.sts.token_request import TokenRequest
from mockserver.workers.accepted_table import AcceptedByAll, AcceptedTable
from mockserver.workers.changes import Changes
from mockserver.workers.front import Sight
from mockserver.workers.line import Line
from mockserver.workers.notes import NoteWriter

_MOST_KNOWN: Final = 200
"""Sessions whose rooms are kept ready; those of one more are made again at its next request."""


class WorkerSessions:
    """All sessions, from a worker's point of view.

    What was seen of one is believed until there is notice of a change, and for a second at most: then it is asked for
    again, which keeps it alive.
    """

    def __init__(
        self,
        line: Line,
        notes: NoteWriter,
        changes: Changes,
        table: AcceptedTable,
        clock: Clock,
        on_personas: Callable[[], None],
    ) -> None:
        """`on_personas` is called when the personas have changed since the last request."""
        self._line = line
        self._notes = notes
        self._changes = changes
        self._table = table
        self._clock = clock
        self._on_personas = on_personas
        self._personas = 0
        self._known: OrderedDict[str, WorkerSession] = OrderedDict()

    def find(self, name: str) -> "WorkerSession | None":
        """See OpenSessions."""
        session = self._believed(name)
        if session is None:
            asked = time.monotonic()
            sight = self._line.ask("find", name)
            session = None if sight is None else self._seen(sight, asked)
        return session

    def use(self, name: str) -> "WorkerSession":
        """See OpenSessions."""
        session = self._believed(name)
        if session is None:
            asked = time.monotonic()
            session = self._seen(self._line.ask("use", name), asked)
        return session

    def _believed(self, name: str) -> "WorkerSession | None":
        """The session as it was seen last, if it can be no other by now."""
        if self._changes.there_are():
            for known in self._known.values():
                known.believed_until = 0.0
        session = self._known.get(name)
        return session if session is not None and time.monotonic() < session.believed_until else None

    def _seen(self, sight: Sight, asked: float) -> "WorkerSession":
        if sight.personas != self._personas:
            self._on_personas()
            self._personas = sight.personas
        session = self._known.get(sight.name)
        if session is None or session.id != sight.id:
            session = self._known[sight.name] = WorkerSession(self._line, self._notes, self._table, self._clock, sight)
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        self._known.move_to_end(sight.name)
        session.see(sight)
        session.believed_until = asked + sight.seconds
        return session


class WorkerSession(OpenSession):
    """One session. What it says of clock and scenario is as the last `use` or `find` has found it."""

    def __init__(self, line: Line, notes: NoteWriter, table: AcceptedTable, clock: Clock, sight: Sight) -> None:
        super().__init__(sight.name, sight.id, SessionClock(clock))
        self._line = line
        self._notes = notes
        self._table = table
        self._era = sight.era
        self._plays = False
        self._told_identifier: str | None = None
        self.believed_until = 0.0
        """In seconds of the monotonic clock."""

    def see(self, sight: Sight) -> None:
        """Take over what has changed."""
        if sight.frozen is None:
            self.clock.go(sight.offset)
        else:
            self.clock.freeze(sight.frozen)
        if sight.era != self._era:
            self._era, self._rooms = sight.era, None
        self._plays = sight.plays
        self.last_identifier = self._told_identifier = sight.last_identifier

    def take_turn(self) -> Turn | None:
        """See OpenSession."""
        turn: Turn | None = self._line.ask("take_turn", self.name, self.id) if self._plays else None
        return turn

    def record(self, exchange: Entry) -> None:
        """See OpenSession. It is noted when this returns: whoever has the answer finds it in the journal."""
        issued = self.last_identifier if self.last_identifier != self._told_identifier else None
        self._told_identifier = self.last_identifier
        self._notes.write(exchange, self.id, issued)

    def accepted(self, path: str, most: int) -> AcceptedByAll:
        """See OpenSession. The table bounds all sessions together, so that `most` does not count here."""
        return AcceptedByAll.of_room(self._table, self._era, path)

    @property
    def challenges(self) -> "ChallengesElsewhere":
        """See OpenSession."""
        return ChallengesElsewhere(self._line, self.name, self.id)


@dataclass(frozen=True, slots=True)
class ChallengesElsewhere:
    """The open challenges of one session."""

    line: Line
    session: str
    """Its name; and its id."""
    session_id: str

    def open(self, request: TokenRequest, persona: Persona, now: Instant) -> Challenge:
        """See OpenChallenges."""
        challenge: Challenge = self.line.ask("open_challenge", self.session, self.session_id, request, persona, now)
        return challenge

    def find(self, context: str, text: str, now: Instant) -> Challenge | None:
        """See OpenChallenges."""
        found: Challenge | None = self.line.ask("find_challenge", self.session, self.session_id, context, text, now)
        return found

    def close(self, challenge: Challenge) -> bool:
        """See OpenChallenges."""
        was_open: bool = self.line.ask("close_challenge", self.session, self.session_id, challenge)
        return was_open


@dataclass(frozen=True, slots=True)
class StoreElsewhere:
    """The identifiers that the first process keeps in its memory."""

    line: Line

    def issue(self, *, now: Instant, correlation_id: str, session: str) -> str:
        """See Store."""
        identifier: str = self.line.ask("issue", now, correlation_id, session)
        return identifier
