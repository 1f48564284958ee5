"""One session: a journal, a clock, a scenario, a store and counters of its own."""

import uuid
from collections.abc import Mapping

from mockserver.instant import Clock, Instant
from mockserver.management.entry import Entry
from mockserver.management.journal import Journal
from mockserver.management.tally import Tally
from mockserver.scenarios.playing import Playing
from mockserver.sessions.clock import SessionClock
from mockserver.sessions.rooms import Premises, Room

DEFAULT: str = "default"
"""Name of the session that the plain paths belong to."""


class Session:
    """What requests below `/s/NAME` share with each other, and with no other request."""

    def __init__(self, name: str, *, journal: Journal, clock: Clock, created: Instant) -> None:
        self.name = name
        self.id = "" if name == DEFAULT else str(uuid.uuid4())
        """What the store knows it by: a session that comes again under the same name is another one."""
        self.created = created
        """By the server's clock."""
        self.clock = SessionClock(clock)
        self.journal = journal
        self.tally = Tally()
        self.playing = Playing()
        self.used = 0.0
        """When it was last used, in seconds of the monotonic clock."""
        self._rooms: Mapping[str, Room] | None = None

    @property
    def prefix(self) -> str:
        """What its paths begin with."""
        return "" if self.name == DEFAULT else f"/s/{self.name}"

    def record(self, entry: Entry) -> None:
        """Take an exchange into journal and counters."""
        self.tally.add(entry)
        self.journal.record(entry)

    def room(self, path: str, premises: Premises) -> Room | None:
        """The room at the path of an endpoint."""
        if self._rooms is None:
            self._rooms = premises.rooms(self)
        return self._rooms.get(path)

    def renew(self) -> None:
        """Begin anew what the gateway remembers (replays, open challenges); the rooms are made again when needed."""
        self._rooms = None
