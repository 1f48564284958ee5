"""A session as the rooms behind its paths see it, whichever process keeps it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

from mockserver.gateway.replay import Accepted
from mockserver.instant import Instant
from mockserver.management.entry import Entry
from mockserver.scenarios.playing import Turn
from mockserver.sessions.clock import SessionClock
from mockserver.sessions.rooms import Premises, Room

if TYPE_CHECKING:  # the STS's own modules import what stands behind a session
    from mockserver.identities.personas import Persona
    from mockserver.sts.challenges import Challenge
    from mockserver.sts.token_request import TokenRequest

DEFAULT: Final = "default"
"""Name of the session that the plain paths belong to."""


class OpenChallenges(Protocol):
    """The challenges of a session's STS that wait for their answer."""

    def open(self, request: "TokenRequest", persona: "Persona", now: Instant) -> "Challenge":
        """A new challenge for `request`."""

    def find(self, context: str, text: str, now: Instant) -> "Challenge | None":
        """The challenge that this answers, if it is still open."""

    def close(self, challenge: "Challenge") -> bool:
        """The challenge was answered; False if it was so already."""


class OpenSession(ABC):
    """What requests below `/s/NAME` share with each other, and with no other request."""

    def __init__(self, name: str, identity: str, clock: SessionClock) -> None:
        self.name = name
        self.id = identity
        """What the store knows it by, empty for the default one: a session that comes again under the same name is
        another one."""
        self.clock = clock
        self.last_identifier: str | None = None
        """Issued in it last."""
        self._rooms: Mapping[str, Room] | None = None

    @property
    def prefix(self) -> str:
        """What its paths begin with."""
        return "" if self.name == DEFAULT else f"/s/{self.name}"

    def room(self, path: str, premises: Premises) -> Room | None:
        """The room at the path of an endpoint."""
        if self._rooms is None:
            self._rooms = premises.rooms(self)
        return self._rooms.get(path)

    @abstractmethod
    def take_turn(self) -> Turn | None:
        """The step of its scenario that is for the next request; None when that gets the true answer."""

    @abstractmethod
    def record(self, exchange: Entry) -> None:
        """Take an exchange into journal and counters."""

    @abstractmethod
    def accepted(self, path: str, most: int) -> Accepted:
        """What the room at `path` has accepted, `most` messages."""

    @property
    @abstractmethod
    def challenges(self) -> OpenChallenges:
        """What its STS waits for."""


class OpenSessions(Protocol):
    """All sessions, as the service port sees them."""

    def find(self, name: str) -> OpenSession | None:
        """The session of that name, if there is one; asking keeps it alive."""

    def use(self, name: str) -> OpenSession:
        """The session of that name, made if there is none. Raises SessionError."""
