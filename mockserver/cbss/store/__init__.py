"""Where issued identifiers are kept: one table, in SQLite or on PostgreSQL.

Two drivers and four statements, without a library between: the store is on the path of each accepted request and of
each start (docs/performance.md).
"""

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from mockserver.instant import Instant

TABLE: Final = """\
CREATE TABLE IF NOT EXISTS identifiers (
  identifier VARCHAR(64) NOT NULL PRIMARY KEY,
  issued BIGINT NOT NULL,
  correlation_id VARCHAR(64) NOT NULL,
  session VARCHAR(64) DEFAULT '' NOT NULL
)"""
"""`issued` in nanoseconds since 1970, UTC; `session` empty for the default one."""

ATTEMPTS: Final = 100
PAUSE: Final = 0.02
"""Seconds between two attempts to open a store that another mock is just creating."""


class RegisterError(Exception):
    """The store cannot be opened, or the format cannot make identifiers; the message says what to do."""


class UnusableStore(RegisterError):
    """The URL of the store cannot be meant, or what it needs is not installed."""


class RegisterUnavailable(Exception):
    """The store does not answer at the moment; trying again later may help (SOA-02002)."""


class Issued(NamedTuple):
    """A row of the table."""

    identifier: str
    issued: Instant
    correlation_id: str
    session: str


class IdentifierStore(Protocol):
    """May be used by several threads at once."""

    def add(self, issued: Issued) -> bool:
        """Keep it, for good once this returns; False if the store has this identifier already.

        Raises RegisterUnavailable.
        """

    def count(self, session: str | None = None) -> int:
        """How many there are, in all or of one session. Raises RegisterUnavailable."""

    def holds(self, identifier: str) -> bool:
        """Whether the identifier is there. Raises RegisterUnavailable."""

    def close(self) -> None:
        """Release the connections."""


OpenStore = Callable[[], IdentifierStore]
"""Raises RegisterError."""
