"""The identifiers issued: unique for ever in one store.

Cookbook 5.2.1.2: a person may have several, but each belongs to one person only.

The store keeps no name and no number of a person, only what it takes never to issue an identifier twice.
"""

import secrets
import sqlite3
import time
import weakref
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from threading import Lock
from typing import Final

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from mockserver.gateway.settings import DEFAULT_FORMAT
from mockserver.identities.numbers import is_ssin
from mockserver.instant import Instant

MEMORY: Final = "memory"
"""The store that is gone when the process ends."""

_EXAMPLE: Final = "postgresql://USER:PASSWORD@HOST:5432/DATABASE"

_MIN_DIGITS: Final = 6
_ATTEMPTS: Final = 100
_PAUSE: Final = 0.02
"""Seconds between two attempts to open the store."""

_METADATA: Final = sa.MetaData()
_IDENTIFIERS: Final = sa.Table(
    "identifiers",
    _METADATA,
    sa.Column("identifier", sa.String(64), primary_key=True),
    sa.Column("issued", sa.BigInteger, nullable=False, comment="nanoseconds since 1970, UTC"),
    sa.Column("correlation_id", sa.String(64), nullable=False),
    sa.Column("session", sa.String(64), nullable=False, server_default="", comment="empty for the default one"),
)

_SERVER_SECONDS: Final = 5
"""For a database server to take a connection, and for it to end a statement: then the request is told SOA-02002."""

_INSERT: Final = _IDENTIFIERS.insert()


class RegisterError(Exception):
    """The store cannot be opened, or the format cannot make identifiers; the message says what to do."""


class UnusableFormat(RegisterError):
    """The format that was set cannot make identifiers."""


class UnusableStore(RegisterError):
    """The URL of the store cannot be meant, or what it needs is not installed."""


class RegisterUnavailable(Exception):
    """The store does not answer at the moment; trying again later may help (SOA-02002)."""


class Register:
    """Issues identifiers and remembers them."""

    def __init__(self, url: str, pattern: str = DEFAULT_FORMAT) -> None:
        if pattern.count("#") < _MIN_DIGITS:
            raise UnusableFormat(f"the identifier format {pattern!r} needs at least {_MIN_DIGITS} digits, written #")
        self._pattern = pattern
        self._engine = _engine(url)
        # The one connection to a store in memory holds one transaction at a time; files and servers have one each.
        self._alone: AbstractContextManager[object] = Lock() if url == MEMORY else nullcontext()
        weakref.finalize(self, self._engine.dispose)  # Python 3.13 warns of a SQLite connection that nobody closed
        try:
            self._create()
            self._add_sessions()
        except sa.exc.SQLAlchemyError as error:
            raise RegisterError(_not_opened(self._engine, error)) from error

    @classmethod
    def in_state(cls, state: Path, pattern: str = DEFAULT_FORMAT) -> "Register":
        """The register in a state folder: one SQLite file that several processes may share.

        Raises RegisterError.
        """
        return cls(f"sqlite:///{(state / 'register.sqlite').as_posix()}", pattern)

    def issue(self, *, now: Instant, correlation_id: str, session: str = "") -> str:
        """A new identifier, stored before it is returned; new in every session.

        Raises RegisterUnavailable.
        """
        for _ in range(_ATTEMPTS):
            identifier = self._draw()
            try:
                with self._alone, self._engine.begin() as connection:
                    connection.execute(
                        _INSERT,
                        {
                            "identifier": identifier,
                            "issued": now,
                            "correlation_id": correlation_id,
                            "session": session,
                        },
                    )
            except sa.exc.IntegrityError:
                continue
            except sa.exc.SQLAlchemyError as error:
                raise RegisterUnavailable(_reason(error)) from error
            return identifier
        raise RegisterUnavailable(f"no free identifier found in {_ATTEMPTS} attempts; the format is nearly used up")

    def count(self, session: str | None = None) -> int:
        """How many identifiers were issued, in all or in one session.

        Raises RegisterUnavailable.
        """
        counted = sa.select(sa.func.count()).select_from(_IDENTIFIERS)
        if session is not None:
            counted = counted.where(_IDENTIFIERS.c.session == session)
        try:
            with self._alone, self._engine.connect() as connection:
                return connection.execute(counted).scalar_one()
        except sa.exc.SQLAlchemyError as error:
            raise RegisterUnavailable(_reason(error)) from error

    def holds(self, identifier: str) -> bool:
        """Whether the identifier was issued.

        Raises RegisterUnavailable.
        """
        known = sa.select(sa.exists().where(_IDENTIFIERS.c.identifier == identifier))
        try:
            with self._alone, self._engine.connect() as connection:
                return bool(connection.execute(known).scalar_one())
        except sa.exc.SQLAlchemyError as error:
            raise RegisterUnavailable(_reason(error)) from error

    def close(self) -> None:
        """Release the connections."""
        self._engine.dispose()

    def _create(self) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self._engine.begin() as connection:
                    # In one statement: create_all looks first and creates then, and two mocks may start at once.
                    connection.execute(sa.schema.CreateTable(_IDENTIFIERS, if_not_exists=True))
            except (sa.exc.IntegrityError, sa.exc.ProgrammingError):
                # PostgreSQL's IF NOT EXISTS is no lock: of two that create at once, one fails on the type's name.
                if attempt == _ATTEMPTS or self._engine.dialect.name != "postgresql":
                    raise
                time.sleep(_PAUSE)
            else:
                return

    def _add_sessions(self) -> None:
        """Give a store of the time before sessions their column; another mock may do so at the same moment."""
        for attempt in (1, 2):
            columns = {column["name"] for column in sa.inspect(self._engine).get_columns("identifiers")}
            if "session" in columns:
                return
            try:
                with self._engine.begin() as connection:
                    connection.execute(
                        sa.text("ALTER TABLE identifiers ADD COLUMN session VARCHAR(64) DEFAULT '' NOT NULL")
                    )
            except sa.exc.OperationalError:
                if attempt == 2:
                    raise

    def _draw(self) -> str:
        """A random identifier of the format; never a valid SSIN or BIS number, which would be somebody's."""
        while True:
            identifier = "".join(str(secrets.randbelow(10)) if c == "#" else c for c in self._pattern)
            if not is_ssin(identifier):
                return identifier


def _engine(url: str) -> sa.Engine:
    if url == MEMORY:
        return sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        # Without the URL itself, which may hold a password.
        raise UnusableStore(f"the URL of the store names no store that can be used; write {_EXAMPLE}") from error
    match parsed.get_backend_name():
        case "sqlite":
            engine = sa.create_engine(parsed)
            sa.event.listen(engine, "connect", _share_sqlite)
            return engine
        case "postgresql":
            return _of_server(parsed)
        case other:
            raise UnusableStore(f"{other!r} names no store that can be used; write {_EXAMPLE}")


def _of_server(url: sa.URL) -> sa.Engine:
    """A database server: it may be restarted at any time, and may not answer at all."""
    waits = f"-c statement_timeout={_SERVER_SECONDS * 1000} -c lock_timeout={_SERVER_SECONDS * 1000}"
    # Each is a default that the URL's own parameters go before.
    query = {"connect_timeout": str(_SERVER_SECONDS), "options": waits, **url.query}
    try:
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg", query=query), pool_pre_ping=True, pool_timeout=_SERVER_SECONDS
        )
    except ModuleNotFoundError as error:
        raise UnusableStore(
            "a store on PostgreSQL needs psycopg, which is not installed: install the product with its extra postgres"
        ) from error


def _share_sqlite(connection: object, _record: object) -> None:
    """Write-ahead log: readers and one writer at a time across processes, and no wait for the disk on each commit.

    A crash of the process loses nothing then; only one of the machine may lose the last commits.
    """
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("busy_timeout=5000", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    for attempt in range(1, _ATTEMPTS + 1):
        # The switch to the log does not wait as busy_timeout says, if another mock just starts on the same new file.
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError:
            if attempt == _ATTEMPTS:
                raise
            time.sleep(_PAUSE)
    cursor.close()


def _not_opened(engine: sa.Engine, error: Exception) -> str:
    """Which store, why, and the next step: another one for a file that is of no use."""
    if engine.dialect.name == "postgresql":
        shown = engine.url.set(query={}).render_as_string(hide_password=True)
        return f"the store of identifiers {shown} cannot be used: {_reason(error)}; put that right, or change --store"
    if isinstance(error, sa.exc.OperationalError):
        remedy = "put that right, or name another state folder with --state"
    else:
        remedy = "move the file away and start again: it is made anew, without the identifiers issued so far"
    return f"the store of identifiers {engine.url.database} cannot be opened: {_reason(error)}; {remedy}"


def _reason(error: Exception) -> str:
    """The driver's own sentence, without the statement and its values."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]
