"""One session: a journal, a clock, a scenario, a store and counters of its own."""

import secrets

from mockserver.gateway.replay import Accepted, AcceptedHere
from mockserver.instant import Clock, Instant
from mockserver.management.journal import Journal
from mockserver.management.recorded import Recorded
from mockserver.management.tally import Tally
from mockserver.scenarios.playing import Playing, Turn
from mockserver.sessions.clock import SessionClock
from mockserver.sessions.open_session import OpenSession
from mockserver.sts.challenges import Challenges


class Session(OpenSession):
    """A session in the process that keeps it. Safe to use from several threads."""

    def __init__(self, name: str, identity: str, *, journal: Journal, clock: Clock, created: Instant) -> None:
        super().__init__(name, identity, SessionClock(clock))
        self.created = created
        """By the server's clock."""
        self.journal = journal
        self.tally = Tally()
        self.playing = Playing()
        self.used = 0.0
        """When it was last used, in seconds of the monotonic clock."""
        self.era = _new_era()
        """Changes when the session is renewed: workers, who share one memory of replays, go by it."""
        self._accepted: dict[str, AcceptedHere] = {}
        self._challenges = Challenges()

    def take_turn(self) -> Turn | None:
        """See OpenSession."""
        return self.playing.take()

    def record(self, exchange: Recorded) -> None:
        """See OpenSession."""
        self.tally.add(exchange)
        self.journal.record(exchange)

    def accepted(self, path: str, most: int) -> Accepted:
        """See OpenSession."""
        return self._accepted.setdefault(path, AcceptedHere(most))

    @property
    def challenges(self) -> Challenges:
        """See OpenSession."""
        return self._challenges

    def renew(self) -> None:
        """Begin anew what the gateway remembers (replays, open challenges); the rooms are made again when needed."""
        self.era = _new_era()
        self._accepted = {}
        self._challenges = Challenges()
        self.last_identifier = None
        self._rooms = None


def _new_era() -> bytes:
    """By chance, so that no two are alike, in whichever session, and nobody can guess one."""
    return secrets.token_bytes(32)
