"""The identifiers issued: unique for ever in one store.

Cookbook 5.2.1.2: a person may have several, but each belongs to one person only.

The store keeps no name and no number of a person, only what it takes never to issue an identifier twice.
"""

import secrets
from pathlib import Path
from typing import Final

from mockserver.cbss.store import IdentifierStore, Issued, OpenStore, RegisterError, RegisterUnavailable
from mockserver.cbss.store.sqlite import SqliteStore
from mockserver.gateway.settings import DEFAULT_FORMAT
from mockserver.identities.numbers import is_ssin
from mockserver.instant import Instant

_MIN_DIGITS: Final = 6
_ATTEMPTS: Final = 100


class UnusableFormat(RegisterError):
    """The format that was set cannot make identifiers."""


class Register:
    """Issues identifiers and remembers them."""

    def __init__(self, open_store: OpenStore, pattern: str = DEFAULT_FORMAT) -> None:
        """`pattern` is the format of an identifier, with # for each digit. Raises RegisterError."""
        self._digits = pattern.count("#")
        if self._digits < _MIN_DIGITS:
            raise UnusableFormat(f"the identifier format {pattern!r} needs at least {_MIN_DIGITS} digits, written #")
        self._many = 10**self._digits
        self._is_bare = self._digits == len(pattern)
        self._pattern = pattern.replace("%", "%%").replace("#", "%s")
        self._store: IdentifierStore = open_store()

    @classmethod
    def in_memory(cls, pattern: str = DEFAULT_FORMAT) -> "Register":
        """One that is gone when the process ends. Raises RegisterError."""
        return cls(lambda: SqliteStore(None), pattern)

    @classmethod
    def in_state(cls, state: Path, pattern: str = DEFAULT_FORMAT) -> "Register":
        """The register in a state folder: one SQLite file that several processes may share. Raises RegisterError."""
        return cls(lambda: SqliteStore(state / "register.sqlite"), pattern)

    @classmethod
    def on_server(cls, url: str, pattern: str = DEFAULT_FORMAT) -> "Register":
        """The register of several mocks, on a PostgreSQL server. Raises RegisterError."""

        def open_store() -> IdentifierStore:
            from mockserver.cbss.store.postgresql import PostgresqlStore  # noqa: PLC0415 - its driver is an extra

            return PostgresqlStore(url)

        return cls(open_store, pattern)

    def issue(self, *, now: Instant, correlation_id: str, session: str = "") -> str:
        """A new identifier, stored before it is returned; new in every session.

        Raises RegisterUnavailable.
        """
        for _ in range(_ATTEMPTS):
            identifier = self._draw()
            if self._store.add(Issued(identifier, now, correlation_id, session)):
                return identifier
        raise RegisterUnavailable(f"no free identifier found in {_ATTEMPTS} attempts; the format is nearly used up")

    def count(self, session: str | None = None) -> int:
        """How many identifiers were issued, in all or in one session. Raises RegisterUnavailable."""
        return self._store.count(session)

    def holds(self, identifier: str) -> bool:
        """Whether the identifier was issued. Raises RegisterUnavailable."""
        return self._store.holds(identifier)

    def close(self) -> None:
        """Release the connections."""
        self._store.close()

    def _draw(self) -> str:
        """A random identifier of the format; never a valid SSIN or BIS number, which would be somebody's."""
        while True:
            # All digits in one draw, which is as random as one by one and ten times as fast.
            digits = str(secrets.randbelow(self._many)).zfill(self._digits)
            identifier = digits if self._is_bare else self._pattern % tuple(digits)
            if not is_ssin(identifier):
                return identifier
