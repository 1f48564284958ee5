"""The first process's side of a worker's questions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from mockserver.identities.persona_register import PersonaRegister
from mockserver.identities.personas import Persona
from mockserver.instant import Instant
from mockserver.scenarios.gateway import Store
from mockserver.scenarios.playing import Turn
from mockserver.sessions.register import Sessions
from mockserver.sessions.session import Session
from mockserver.sts.challenges import Challenge
from mockserver.sts.token_request import TokenRequest
from mockserver.workers.notes import Notes

_MOST_SECONDS: Final = 1.0
_PART_OF_IDLENESS: Final = 0.001
"""A session may end so much of its time of idleness too soon: requests keep it alive only when a worker asks again."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a worker has to know of a session when a request for it comes in."""

    name: str
    id: str
    era: bytes = field(repr=False)
    """See Session."""
    offset: Instant
    """Of its clock, as is `frozen`: see SessionClock."""
    frozen: Instant | None
    plays: bool
    """Whether the next request may have a step of a scenario."""
    last_identifier: str | None
    personas: int
    """Version of the personas: when it is another one, they have to be read again."""
    seconds: float
    """How long a worker may go by this, unless it has notice of a change; 0 while the session plays."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What the first process keeps for all workers."""

    sessions: Sessions
    store: Store
    personas: PersonaRegister
    notes: Notes


class Front:
    """Answers one worker, in a thread of its own.

    A worker finds a session by `use` or `find`; all else it asks names that session, by name and id, and is about that
    very one, even when it has been removed meanwhile.
    """

    def __init__(self, shared: Callable[[], Shared], on_closed: Callable[[], None]) -> None:
        """`on_closed` is called whenever the worker has closed a connection."""
        self._shared = shared
        self._session: Session | None = None
        """The last one it asked about: held, because a request may be on its way there when it is removed."""
        self._calls: dict[str, Callable[..., object]] = {
            "use": self._use,
            "find": self._find,
            "take_turn": self._take_turn,
            "issue": self._issue,
            "open_challenge": self._open_challenge,
            "find_challenge": self._find_challenge,
            "close_challenge": self._close_challenge,
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
        shared, clock = self._shared(), session.clock
        plays = session.playing.scenario is not None
        if plays:
            shared.notes.settle()  # the identifier that was issued last may be in one of them
        return Sight(
            name=session.name,
            id=session.id,
            era=session.era,
            offset=clock.offset,
            frozen=clock.frozen,
            plays=plays,
            last_identifier=session.last_identifier,
            personas=shared.personas.version,
            seconds=0.0 if plays else min(_MOST_SECONDS, shared.sessions.settings.idle_seconds * _PART_OF_IDLENESS),
        )

    def _take_turn(self, name: str, identity: str) -> Turn | None:
        return self._begun(name, identity).take_turn()

    def _issue(self, now: Instant, correlation_id: str, session: str) -> str:
        return self._shared().store.issue(now=now, correlation_id=correlation_id, session=session)

    def _open_challenge(
        self, name: str, identity: str, request: TokenRequest, persona: Persona, now: Instant
    ) -> Challenge:
        return self._begun(name, identity).challenges.open(request, persona, now)

    def _find_challenge(self, name: str, identity: str, context: str, text: str, now: Instant) -> Challenge | None:
        return self._begun(name, identity).challenges.find(context, text, now)

    def _close_challenge(self, name: str, identity: str, challenge: Challenge) -> bool:
        return self._begun(name, identity).challenges.close(challenge)

    def _begun(self, name: str, identity: str) -> Session:
        session = self._session
        if session is None or session.id != identity:
            session = self._session = self._shared().sessions.begun(name, identity)
        return session
