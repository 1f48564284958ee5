"""Identifiers in SQLite: a file that several processes may share, or the memory of this one."""

import sqlite3
import time
import weakref
from pathlib import Path
from threading import Lock
from typing import Final

from mockserver.cbss.store import ATTEMPTS, PAUSE, TABLE, Issued, RegisterError, RegisterUnavailable

_BUSY: Final = 5.0
"""Seconds to wait for another process that is writing: then the request is told SOA-02002."""


class SqliteStore:
    """See mockserver.cbss.store.IdentifierStore.

    One connection for all threads, one statement at a time: SQLite has one writer anyway.
    """

    def __init__(self, file: Path | None) -> None:
        """None for a store in memory, gone when it is closed. Raises RegisterError."""
        self._file = file
        self._lock = Lock()
        try:
            # No isolation level: each statement is a transaction of its own.
            self._connection = sqlite3.connect(
                ":memory:" if file is None else file, timeout=_BUSY, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise RegisterError(self._not_opened(error)) from error
        weakref.finalize(self, self._connection.close)  # Python 3.13 warns of a connection that nobody closed
        try:
            if file is not None:
                self._share()
            self._connection.execute(f"{TABLE} WITHOUT ROWID")  # one tree of pages to write, not two
            self._add_sessions()
        except sqlite3.Error as error:
            self._connection.close()
            raise RegisterError(self._not_opened(error)) from error

    def add(self, issued: Issued) -> bool:
        """See IdentifierStore."""
        try:
            with self._lock:
                self._connection.execute(
                    "INSERT INTO identifiers (identifier, issued, correlation_id, session) VALUES (?, ?, ?, ?)",
                    (issued.identifier, issued.issued, issued.correlation_id, issued.session),
                )
        except sqlite3.IntegrityError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
                return False
            raise RegisterUnavailable(str(error)) from error
        except sqlite3.Error as error:
            raise RegisterUnavailable(str(error)) from error
        return True

    def count(self, session: str | None = None) -> int:
        """See IdentifierStore."""
        if session is None:
            return self._number("SELECT count(*) FROM identifiers")
        return self._number("SELECT count(*) FROM identifiers WHERE session = ?", session)

    def holds(self, identifier: str) -> bool:
        """See IdentifierStore."""
        return bool(self._number("SELECT EXISTS (SELECT 1 FROM identifiers WHERE identifier = ?)", identifier))

    def close(self) -> None:
        """See IdentifierStore."""
        self._connection.close()

    def _number(self, statement: str, *values: str) -> int:
        try:
            with self._lock:
                [number] = self._connection.execute(statement, values).fetchone()
        except sqlite3.Error as error:
            raise RegisterUnavailable(str(error)) from error
        return int(number)

    def _share(self) -> None:
        """Write-ahead log: readers and one writer at a time across processes, and no wait for the disk on each commit.

        A crash of the process loses nothing then; only one of the machine may lose the last commits.
        """
        self._connection.execute("PRAGMA synchronous=NORMAL")
        for attempt in range(1, ATTEMPTS + 1):
            # The switch to the log does not wait for `_BUSY`, if another mock just starts on the same new file.
            try:
                self._connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError:
                if attempt == ATTEMPTS:
                    raise
                time.sleep(PAUSE)
            else:
                return

    def _add_sessions(self) -> None:
        """Give a store of the time before sessions their column; another mock may do so at the same moment."""
        for attempt in (1, 2):
            if "session" in {name for _, name, *_ in self._connection.execute("PRAGMA table_info(identifiers)")}:
                return
            try:
                self._connection.execute("ALTER TABLE identifiers ADD COLUMN session VARCHAR(64) DEFAULT '' NOT NULL")
            except sqlite3.OperationalError:
                if attempt == 2:
                    raise

    def _not_opened(self, error: sqlite3.Error) -> str:
        """Which store, why, and the next step: another one for a file that is of no use."""
        if isinstance(error, sqlite3.OperationalError):
            remedy = "put that right, or name another state folder with --state"
        else:
            remedy = "move the file away and start again: it is made anew, without the identifiers issued so far"
        return f"the store of identifiers {self._file or 'in memory'} cannot be opened: {error}; {remedy}"
