"""Identifiers on a PostgreSQL server, for several mocks that share them: it may be restarted, and may fall silent."""

import time
import weakref
from collections.abc import Generator
from contextlib import suppress
from typing import Any, Final

from mockserver.cbss.store import (
    ATTEMPTS,
    PAUSE,
    TABLE,
    Issued,
    RegisterError,
    RegisterUnavailable,
    UnusableStore,
)

try:
    import psycopg
except ModuleNotFoundError as error:
    raise UnusableStore(
        "a store on PostgreSQL needs psycopg, which is not installed: install the product with its extra postgres"
    ) from error

_EXAMPLE: Final = "postgresql://USER:PASSWORD@HOST:5432/DATABASE"
_SCHEMES: Final = ("postgresql", "postgres")

_SECONDS: Final = 5
"""For the server to take a connection, and to end a statement: then the request is told SOA-02002."""

_SILENT: Final = _SECONDS + 1.0
"""Seconds after which a server that says nothing at all is given up: it should have ended the statement itself."""


class _SilentServer(psycopg.OperationalError):
    """It neither answers nor refuses; what it is still doing is unknown."""


class _Connection(psycopg.Connection[tuple[Any, ...]]):
    """One that does not wait for ever: psycopg's own does, for a server that has stopped or was cut off."""

    def wait(self, gen: Generator[Any, Any, Any], *arguments: Any, **named: Any) -> Any:
        return super().wait(_while_patient(gen), *arguments, **named)


def _while_patient(steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """The same steps of a conversation with the server. Raises _SilentServer."""
    end = time.monotonic() + _SILENT
    wanted = next(steps)
    while True:
        ready = yield wanted  # nothing is ready: psycopg asks ten times a second, to hear of an interruption
        if not ready and time.monotonic() > end:
            raise _SilentServer(f"the server has not answered for {_SILENT:.0f} seconds")
        try:
            wanted = steps.send(ready)
        except StopIteration as answered:
            return answered.value


class PostgresqlStore:
    """See mockserver.cbss.store.IdentifierStore. As many connections as threads have asked at once."""

    def __init__(self, url: str) -> None:
        """Raises UnusableStore for a URL of something else, RegisterError if the server is of no use."""
        self._parameters = _parameters(url)
        self._idle: list[_Connection] = []
        weakref.finalize(self, _close, self._idle)
        try:
            self._create()
        except psycopg.Error as error:
            raise RegisterError(
                f"the store of identifiers {_shown(self._parameters)} cannot be used: {_reason(error)}; "
                "put that right, or change --store"
            ) from error

    def add(self, issued: Issued) -> bool:
        """See IdentifierStore.

        If the server is lost after it has stored the identifier and before it says so, the second attempt finds it
        taken: it is never issued then.
        """
        try:
            self._ask(
                "INSERT INTO identifiers (identifier, issued, correlation_id, session) VALUES (%s, %s, %s, %s)",
                issued.identifier,
                issued.issued,
                issued.correlation_id,
                issued.session,
            )
        except psycopg.errors.UniqueViolation:
            return False
        except psycopg.Error as error:
            raise RegisterUnavailable(_reason(error)) from error
        return True

    def count(self, session: str | None = None) -> int:
        """See IdentifierStore."""
        if session is None:
            return self._number("SELECT count(*) FROM identifiers")
        return self._number("SELECT count(*) FROM identifiers WHERE session = %s", session)

    def holds(self, identifier: str) -> bool:
        """See IdentifierStore."""
        return bool(self._number("SELECT EXISTS (SELECT 1 FROM identifiers WHERE identifier = %s)", identifier))

    def close(self) -> None:
        """See IdentifierStore."""
        _close(self._idle)

    def _number(self, statement: str, *values: str) -> int:
        try:
            row = self._ask(statement, *values)
        except psycopg.Error as error:
            raise RegisterUnavailable(_reason(error)) from error
        return 0 if row is None else int(row[0])

    def _ask(self, statement: str, *values: object) -> tuple[Any, ...] | None:
        """Its first row, if it has any. Raises psycopg.Error."""
        while (idle := self._take()) is not None:
            # One that was good the last time may have been closed since, by a restart: that alone is no failure.
            try:
                return self._ask_on(idle, statement, values)
            except _SilentServer:
                raise
            except psycopg.OperationalError:
                if not idle.closed:
                    raise
        return self._ask_on(_Connection.connect(**self._parameters, autocommit=True), statement, values)

    def _take(self) -> _Connection | None:
        with suppress(IndexError):
            return self._idle.pop()
        return None

    def _ask_on(self, connection: _Connection, statement: str, values: tuple[object, ...]) -> tuple[Any, ...] | None:
        """The connection is kept for the next statement if it is of use still."""
        try:
            cursor = connection.execute(statement, values)
            return cursor.fetchone() if cursor.description else None
        except _SilentServer:
            connection.close()
            raise
        finally:
            if not connection.closed:
                self._idle.append(connection)

    def _create(self) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._ask(TABLE)
            except (psycopg.IntegrityError, psycopg.ProgrammingError):
                # IF NOT EXISTS is no lock: of two mocks that create at once, one fails on the name of the type.
                if attempt == ATTEMPTS:
                    raise
                time.sleep(PAUSE)
            else:
                return


def _parameters(url: str) -> dict[str, Any]:
    """What psycopg connects with; the URL's own parameters go before ours. Raises UnusableStore.

    No message holds the URL itself, which may hold a password.
    """
    scheme, separator, _ = url.partition("://")
    if not separator or scheme not in _SCHEMES:
        named = repr(scheme) if separator else "the URL of the store"
        raise UnusableStore(f"{named} names no store that can be used; write {_EXAMPLE}")
    waits = f"-c statement_timeout={_SECONDS * 1000} -c lock_timeout={_SECONDS * 1000}"
    try:
        given = psycopg.conninfo.conninfo_to_dict(url)
        for port in str(given.get("port", "0")).split(","):
            int(port)
    except (psycopg.Error, ValueError) as error:
        raise UnusableStore(f"the URL of the store names no store that can be used; write {_EXAMPLE}") from error
    return {"connect_timeout": _SECONDS, "options": waits, **given}


def _shown(parameters: dict[str, Any]) -> str:
    """The URL, without its password and its parameters."""
    user, host, port = (parameters.get(name, default) for name, default in (("user", ""), ("host", ""), ("port", 5432)))
    secret = ":***" if "password" in parameters else ""
    return f"postgresql://{user}{secret}@{host}:{port}/{parameters.get('dbname', '')}"


def _reason(error: psycopg.Error) -> str:
    """The driver's own sentence, without the statement and its values."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def _close(connections: list[_Connection]) -> None:
    for connection in connections:
        connection.close()
    connections.clear()
