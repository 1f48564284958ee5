"""The sessions there are: made at first use, limited in number, gone when nobody uses them."""

import itertools
import re
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from mockserver.instant import Clock, system_clock
from mockserver.management.entry import Entry
from mockserver.management.journal import MEBIBYTE, Journal, Listener
from mockserver.management.recorded import Kept
from mockserver.random_uuid import random_uuid
from mockserver.sessions.open_session import DEFAULT
from mockserver.sessions.session import Session

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A name stands in paths and pages: nothing in it may need an escape."""

NAME_RULE: Final = "1 to 64 letters, digits, '.', '_' and '-', the first a letter or digit"


class SessionError(Exception):
    """There can be no such session; the message says why."""


class BadName(SessionError):
    """The name breaks NAME_RULE."""


class TooManySessions(SessionError):
    """The limit is reached, and every session is in use."""


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """How many sessions there may be, and how much each may hold. All ours, the cookbook knows none."""

    most: int = 100
    """Sessions besides the default one."""
    idle_seconds: float = 3600.0
    """After so long without a request or a question for it, a session is gone, its journal with it."""
    journal_entries: int = 1000
    """Exchanges that each session's journal keeps."""
    journal_bytes: int = 64 * MEBIBYTE
    """Bytes that each session's journal keeps."""


class Sessions:
    """All sessions of a server. Safe to use from several threads."""

    def __init__(
        self,
        settings: SessionSettings | None = None,
        *,
        clock: Clock = system_clock,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` is what the sessions' clocks start from; `elapsed` counts the seconds of idleness."""
        self.settings = settings or SessionSettings()
        self._clock = clock
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._listeners: list[Listener] = []
        self._named: OrderedDict[str, Session] = OrderedDict()
        self._by_id: weakref.WeakValueDictionary[str, Session] = weakref.WeakValueDictionary()
        """Also those that are gone, as long as somebody deals with them still."""
        self.default = self._made(DEFAULT)

    def find(self, name: str) -> Session | None:
        """The session of that name, if there is one; asking keeps it alive."""
        if name == DEFAULT:
            return self.default
        with self._lock:
            self._expire()
            session = self._named.get(name)
            if session is not None:
                self._touch(session)
            return session

    def use(self, name: str) -> Session:
        """The session of that name, made if there is none. Raises SessionError."""
        session = self.find(name)
        if session is not None:
            return session
        check_name(name)
        with self._lock:
            # Another thread may have made it meanwhile: the two must not end up in two sessions.
            session = self._named.get(name)
            if session is None:
                if len(self._named) >= self.settings.most:
                    raise TooManySessions(
                        f"there are {self.settings.most} sessions already, as many as --sessions allows: delete one on "
                        f"the management port, or wait until one has been idle for {self.settings.idle_seconds:g} s"
                    )
                session = self._named[name] = self._made(name)
            self._touch(session)
            return session

    def begun(self, name: str, identity: str) -> Session:
        """The session of that id, in which a request has begun, also when it has been removed since.

        If nothing is left of it, one that nobody finds takes its place for as long as somebody holds it.
        """
        with self._lock:
            session = self._by_id.get(identity)
            return session if session is not None else self._made(name, identity)

    def remove(self, name: str) -> bool:
        """Forget a session and all it holds; its identifiers stay taken. The default one cannot go."""
        with self._lock:
            return self._named.pop(name, None) is not None

    def all(self) -> list[Session]:
        """Every session, the default one first, then those that were used the longest time ago."""
        with self._lock:
            self._expire()
            return [self.default, *self._named.values()]

    def idle(self, session: Session) -> float:
        """Seconds since the session was last used."""
        return self._elapsed() - session.used

    def entry(self, correlation_id: str) -> tuple[Session, Entry] | None:
        """The entry with that correlation id, in whichever journal it is."""
        for session in self.all():
            entry = session.journal.find(correlation_id)
            if entry is not None:
                return session, entry
        return None

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every exchange of every session, in the thread that records it; the result ends that."""
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def __iter__(self) -> Iterator[Session]:
        return iter(self.all())

    def _made(self, name: str, identity: str | None = None) -> Session:
        settings = self.settings
        journal = Journal(entries=settings.journal_entries, octets=settings.journal_bytes, numbers=self._numbers)
        journal.subscribe(self._tell)
        if identity is None:
            identity = "" if name == DEFAULT else random_uuid()
        session = Session(name, identity, journal=journal, clock=self._clock, created=self._clock())
        session.used = self._elapsed()
        self._by_id[identity] = session
        return session

    def _tell(self, kept: Kept) -> None:
        for listener in tuple(self._listeners):
            listener(kept)

    def _touch(self, session: Session) -> None:
        session.used = self._elapsed()
        self._named.move_to_end(session.name)

    def _expire(self) -> None:
        """In order of use, so that the first that is not idle ends the search."""
        while self._named:
            session = next(iter(self._named.values()))
            if self.idle(session) <= self.settings.idle_seconds:
                return
            self._named.popitem(last=False)


def check_name(name: str) -> None:
    """Raises BadName unless `name` keeps NAME_RULE."""
    if NAME.fullmatch(name) is None:
        raise BadName(f"a session's name has {NAME_RULE}")
