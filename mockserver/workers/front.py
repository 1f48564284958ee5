"""The first process's side of a worker's questions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mockserver.gateway.replay import Keys
from mockserver.identities.persona_register import PersonaRegister
from mockserver.identities.personas import Persona
from mockserver.instant import Instant
from mockserver.management.entry import Entry
from mockserver.scenarios.gateway import Store
from mockserver.scenarios.playing import Turn
from mockserver.sessions.register import Sessions
from mockserver.sessions.session import Session
from mockserver.sts.challenges import Challenge
from mockserver.sts.token_request import TokenRequest


@dataclass(frozen=True, slots=True)
class Sight:
    """What a worker has to know of a session when a request for it comes in."""

    name: str
    id: str
    offset: Instant
    """Of its clock, as is `frozen`: see SessionClock."""
    frozen: Instant | None
    plays: bool
    """Whether the next request may have a step of a scenario."""
    last_identifier: str | None
    personas: int
    """Version of the personas: when it is another one, they have to be read again."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What the first process keeps for all workers."""

    sessions: Sessions
    store: Store
    personas: PersonaRegister


class Front:
    """Answers one worker, in a thread of its own.

    A worker deals with one request at a time and begins each with `use` or `find`: all else it asks is about the
    session that it got then, even when that has been removed meanwhile.
    """

    def __init__(self, shared: Callable[[], Shared], on_closed: Callable[[], None]) -> None:
        """`on_closed` is called whenever the worker has closed a connection."""
        self._shared = shared
        self._session: Session | None = None
        self._calls: dict[str, Callable[..., object]] = {
            "use": self._use,
            "find": self._find,
            "take_turn": self._take_turn,
            "knows": self._knows,
            "remember": self._remember,
            "issue": self._issue,
            "open_challenge": self._open_challenge,
            "find_challenge": self._find_challenge,
            "close_challenge": self._close_challenge,
            "record": self._record,
            "closed": on_closed,
        }

    def __call__(self, name: str, arguments: tuple[Any, ...]) -> object:
        """One call of the worker's Line."""
        return self._calls[name](*arguments)

    def _use(self, name: str) -> Sight:
        return self._seen(self._shared().sessions.use(name))

    def _find(self, name: str) -> Sight | None:
        session = self._shared().sessions.find(name)
        return None if session is None else self._seen(session)

    def _seen(self, session: Session) -> Sight:
        self._session = session
        clock = session.clock
        return Sight(
            name=session.name,
            id=session.id,
            offset=clock.offset,
            frozen=clock.frozen,
            plays=session.playing.scenario is not None,
            last_identifier=session.last_identifier,
            personas=self._shared().personas.version,
        )

    def _take_turn(self) -> Turn | None:
        return self._current.take_turn()

    def _knows(self, path: str, most: int, keys: Keys, now: Instant) -> bool:
        return self._current.accepted(path, most).knows(keys, now)

    def _remember(self, path: str, most: int, keys: Keys, end: Instant, now: Instant) -> bool:
        return self._current.accepted(path, most).remember(keys, end, now)

    def _issue(self, now: Instant, correlation_id: str) -> str:
        session = self._current
        identifier = self._shared().store.issue(now=now, correlation_id=correlation_id, session=session.id)
        session.last_identifier = identifier
        return identifier

    def _open_challenge(self, request: TokenRequest, persona: Persona, now: Instant) -> Challenge:
        return self._current.challenges.open(request, persona, now)

    def _find_challenge(self, context: str, text: str, now: Instant) -> Challenge | None:
        return self._current.challenges.find(context, text, now)

    def _close_challenge(self, challenge: Challenge) -> bool:
        return self._current.challenges.close(challenge)

    def _record(self, entry: Entry) -> None:
        self._current.record(entry)

    @property
    def _current(self) -> Session:
        if self._session is None:
            raise ValueError("a worker begins with `use` or `find`")
        return self._session
