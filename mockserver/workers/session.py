"""Sessions as a worker sees them: each is kept by the first process, and asked for there."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mockserver.gateway.replay import Keys
from mockserver.identities.personas import Persona
from mockserver.instant import Clock, Instant
from mockserver.management.entry import Entry
from mockserver.scenarios.playing import Turn
from mockserver.sessions.clock import SessionClock
from mockserver.sessions.open_session import OpenSession
from mockserver.sts.challenges import Challenge
from mockserver.sts.token_request import TokenRequest
from mockserver.workers.front import Sight
from mockserver.workers.line import Line

_MOST_KNOWN: Final = 200
"""Sessions whose rooms are kept ready; those of one more are made again at its next request."""


class WorkerSessions:
    """All sessions, from a worker's point of view."""

    def __init__(self, line: Line, clock: Clock, on_personas: Callable[[], None]) -> None:
        """`on_personas` is called when the personas have changed since the last request."""
        self._line = line
        self._clock = clock
        self._on_personas = on_personas
        self._personas = 0
        self._known: OrderedDict[tuple[str, str], WorkerSession] = OrderedDict()

    def find(self, name: str) -> "WorkerSession | None":
        """See OpenSessions."""
        sight = self._line.ask("find", name)
        return None if sight is None else self._seen(sight)

    def use(self, name: str) -> "WorkerSession":
        """See OpenSessions."""
        return self._seen(self._line.ask("use", name))

    def _seen(self, sight: Sight) -> "WorkerSession":
        if sight.personas != self._personas:
            self._on_personas()
            self._personas = sight.personas
        key = sight.name, sight.id
        session = self._known.get(key)
        if session is None:
            session = self._known[key] = WorkerSession(self._line, self._clock, sight)
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(key)
        session.see(sight)
        return session


class WorkerSession(OpenSession):
    """One session. What it says of clock and scenario is as the last `use` or `find` has found it."""

    def __init__(self, line: Line, clock: Clock, sight: Sight) -> None:
        super().__init__(sight.name, sight.id, SessionClock(clock))
        self._line = line
        self._plays = False

    def see(self, sight: Sight) -> None:
        """Take over what has changed."""
        if sight.frozen is None:
            self.clock.go(sight.offset)
        else:
            self.clock.freeze(sight.frozen)
        self._plays = sight.plays
        self.last_identifier = sight.last_identifier

    def take_turn(self) -> Turn | None:
        """See OpenSession."""
        turn: Turn | None = self._line.ask("take_turn") if self._plays else None
        return turn

    def record(self, entry: Entry) -> None:
        """See OpenSession. It is there when this returns: whoever has the answer finds it in the journal."""
        self._line.ask("record", entry)

    def accepted(self, path: str, most: int) -> "AcceptedElsewhere":
        """See OpenSession."""
        return AcceptedElsewhere(self._line, path, most)

    @property
    def challenges(self) -> "ChallengesElsewhere":
        """See OpenSession."""
        return ChallengesElsewhere(self._line)


@dataclass(frozen=True, slots=True)
class AcceptedElsewhere:
    """The memory of replays of one room."""

    line: Line
    path: str
    most: int

    def knows(self, keys: Keys, now: Instant) -> bool:
        """See Accepted."""
        known: bool = self.line.ask("knows", self.path, self.most, keys, now)
        return known

    def remember(self, keys: Keys, end: Instant, now: Instant) -> bool:
        """See Accepted."""
        is_new: bool = self.line.ask("remember", self.path, self.most, keys, end, now)
        return is_new


@dataclass(frozen=True, slots=True)
class ChallengesElsewhere:
    """The open challenges."""

    line: Line

    def open(self, request: TokenRequest, persona: Persona, now: Instant) -> Challenge:
        """See OpenChallenges."""
        challenge: Challenge = self.line.ask("open_challenge", request, persona, now)
        return challenge

    def find(self, context: str, text: str, now: Instant) -> Challenge | None:
        """See OpenChallenges."""
        found: Challenge | None = self.line.ask("find_challenge", context, text, now)
        return found

    def close(self, challenge: Challenge) -> bool:
        """See OpenChallenges."""
        was_open: bool = self.line.ask("close_challenge", challenge)
        return was_open


@dataclass(frozen=True, slots=True)
class StoreElsewhere:
    """The identifiers of the session that is being served."""

    line: Line

    def issue(self, *, now: Instant, correlation_id: str, session: str) -> str:
        """See Store; the first process knows the session itself."""
        identifier: str = self.line.ask("issue", now, correlation_id)
        return identifier
