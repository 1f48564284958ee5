"""The messages that any worker has accepted, in memory that all of them share: to ask it costs no trip.

In it are digests and moments alone. What names a message is digested together with a key of its room, which nobody
outside of the server knows. So rooms, sessions, and a session before and after it was renewed have nothing in common;
and nobody can work out ahead which messages would push another one out.

A name belongs into one bucket, and a bucket is a ring: a new name takes the place of the one that was written first.
Not of one whose time is over, for sessions have clocks of their own: one that is ahead, or has been stopped, would
decide over the messages of all others. A time is only compared with the clock of the session it belongs to, when its
name is asked for.

A process locks the buckets that it looks at, by record locks, which the system takes off whoever dies. One that is
killed between two writes leaves nothing worse than a message of which one name or both are known, and which it has not
answered; killed within one, a digest of nothing, or a time that is over soon.
"""

import fcntl
import mmap
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

from mockserver.gateway.replay import Keys
from mockserver.instant import Instant

_NAME: Final = 20
"""Bytes of a digest. Among half a million of them, a new one is there by accident once in 10^42 times; and who has not
the key of the room cannot look for such a case."""

_END: Final = 12
"""Bytes of a moment: eight would end in the year 2262, and a message may say 9999."""

_PLACE: Final = _NAME + _END

_BUCKET: Final = 1024
"""Bytes of a bucket: how many names have been written to it, in as many bytes as a place has, and 31 places."""

_PLACES: Final = _BUCKET // _PLACE - 1

_COUNT: Final = 8
"""Bytes of the number of names."""

_Place = tuple[int, bytes]
"""Where the bucket of a name begins, and the name."""


class AcceptedTable:
    """The names of messages that were accepted, and until when each could pass.

    Belongs to one thread: record locks keep out other processes, not another thread of this one.
    """

    def __init__(self, descriptor: int) -> None:
        """`descriptor` is that of a file as `new_accepted_file` makes it.

        No other one of that file may be closed in this process while it uses the table: its locks would go with it.
        """
        self._descriptor = descriptor
        self._memory = mmap.mmap(descriptor, 0)
        self._buckets = len(self._memory) // _BUCKET

    def knows(self, names: Sequence[bytes], now: Instant) -> bool:
        """Whether a message of one of these names was accepted, and could still pass."""
        places = self._places(names)
        try:
            self._lock(places)
            return self._holds_any(places, now)
        finally:
            self._unlock()

    def remember(self, names: Sequence[bytes], end: Instant, now: Instant) -> bool:
        """Take note of a message that could pass until `end`; False, and no note, if one of its names is known."""
        places = self._places(names)
        try:
            self._lock(places)
            if self._holds_any(places, now):
                return False
            for place in places:
                self._write(place, end)
            return True
        finally:
            self._unlock()

    def _places(self, names: Sequence[bytes]) -> Sequence[_Place]:
        """In the order in which all processes lock, so that no two wait for each other."""
        return sorted((int.from_bytes(name[:4], "big") % self._buckets * _BUCKET, name) for name in names)

    def _lock(self, places: Sequence[_Place]) -> None:
        for bucket, _ in places:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX, _BUCKET, bucket)

    def _unlock(self) -> None:
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN)  # all that this process holds

    def _holds_any(self, places: Sequence[_Place], now: Instant) -> bool:
        return any(self._holds(place, now) for place in places)

    def _holds(self, place: _Place, now: Instant) -> bool:
        bucket, name = place
        octets = self._memory[bucket : bucket + _BUCKET]
        at = octets.find(name)
        while at >= 0:  # a name whose time was over may have been written anew, after a clock was set back
            if at % _PLACE == 0 and int.from_bytes(octets[at + _NAME : at + _PLACE], "big", signed=True) >= now:
                return True
            at = octets.find(name, at + 1)
        return False

    def _write(self, place: _Place, end: Instant) -> None:
        bucket, name = place
        count = int.from_bytes(self._memory[bucket : bucket + _COUNT], "big")
        at = bucket + (1 + count % _PLACES) * _PLACE
        self._memory[at : at + _PLACE] = name + end.to_bytes(_END, "big", signed=True)
        self._memory[bucket : bucket + _COUNT] = (count + 1).to_bytes(_COUNT, "big")


@dataclass(frozen=True, slots=True)
class AcceptedByAll:
    """What one room has accepted, whichever worker took it. See Accepted."""

    table: AcceptedTable
    room_key: bytes = field(repr=False)

    @classmethod
    def of_room(cls, table: AcceptedTable, era: bytes, path: str) -> "AcceptedByAll":
        """That of the room at `path` of the session whose era (`Session.era`) this is."""
        return cls(table, blake2b(path.encode(), key=era).digest())

    def knows(self, keys: Keys, now: Instant) -> bool:
        """See Accepted."""
        return self.table.knows(self._names(keys), now)

    def remember(self, keys: Keys, end: Instant, now: Instant) -> bool:
        """See Accepted."""
        return self.table.remember(self._names(keys), end, now)

    def _names(self, keys: Keys) -> Sequence[bytes]:
        return [blake2b(key, digest_size=_NAME, key=self.room_key).digest() for key in keys]
