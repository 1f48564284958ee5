"""The exchanges that workers have answered, on their way into the journals: told, and not waited for.

A worker writes its note before it sends the answer, so that whoever has an answer finds the exchange in the journal:
every reader of a journal first lets `Notes.settle` read what stands in the sockets. Between readers a thread for each
worker does so, every few milliseconds for all notes of that time at once: to wake up costs more than to take a note.
What may wait is bounded by the buffer of a socket: a worker that finds it full waits there.
"""

import select
import socket
import threading
import time
from bisect import bisect_right
from collections.abc import Callable
from operator import itemgetter
from typing import Any, Final

from mockserver.management.entry import Entry
from mockserver.sessions.register import Sessions
from mockserver.sessions.session import Session
from mockserver.workers.encoding import Messages, message
from mockserver.workers.line import LineBroken
from mockserver.workers.packed import Packed, packed

_WAITING_BYTES: Final = 256 * 1024
"""What a socket may hold, some 30 notes; systems allow themselves some more or less."""

_WANTED_BYTES: Final = _WAITING_BYTES // 2
"""What shall wait at most, so that no worker finds its socket full."""

_AT_ONCE: Final = 512 * 1024
"""What is read at once: what Linux lets such a socket hold."""

_PAUSE_SECONDS: Final = 0.02
"""How long notes wait for more of them, at most; a journal's readers do not wait for it."""

_MOMENT: Final = itemgetter(0)


class NoteWriter:
    """The worker's end."""

    def __init__(self, stream: socket.socket) -> None:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _WAITING_BYTES)
        self._stream = stream

    def write(self, entry: Entry, session: str, issued: str | None) -> None:
        """Note an exchange of the session with that id, and the identifier that was issued in it. Raises LineBroken."""
        note = (time.monotonic_ns(), entry.session, session, issued, packed(entry))
        try:
            self._stream.sendall(message(note))
        except OSError as error:
            raise LineBroken from error


class Notes:
    """The first process's end, for all workers. Safe to use from several threads."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._lock = threading.Lock()
        self._inlets: list[Inlet] = []
        self._buffer = memoryview(bytearray(_AT_ONCE))
        self._waiting: list[tuple[Any, ...]] = []
        """Notes that were read, but may have to let another worker's go before them."""

    def open(self, stream: socket.socket) -> "Inlet":
        """What one worker notes is taken in from now on, whenever somebody settles or follows."""
        inlet = Inlet(stream)
        with self._lock:
            self._inlets.append(inlet)
        return inlet

    def follow(self, inlet: "Inlet", sleep: Callable[[float], object] = time.sleep) -> None:
        """Take in what one worker notes, until it is gone: for a thread of its own."""
        poll = select.poll()
        poll.register(inlet, select.POLLIN)
        pause = _PAUSE_SECONDS
        while not inlet.ended:
            poll.poll()
            octets = self.settle()
            if octets < _WAITING_BYTES:  # else a worker may be waiting for room
                pause = min(pause * _WANTED_BYTES / max(octets, 1), _PAUSE_SECONDS)
                sleep(pause)
        with self._lock:
            self._inlets.remove(inlet)
            inlet.close()

    def settle(self) -> int:
        """Take every exchange into its journal that was noted before this was called.

        Tells how many bytes were read from the worker that had noted most.

        They get their numbers in the order of their moments. An exchange that began after another one's answer has a
        later moment, and the other one's note was written before that moment. So nothing can be missing that belongs
        before a note from before the first socket was read; a later note waits until all have been read once more.
        """
        with self._lock:
            most = self._settle()
            while self._waiting:
                most = max(most, self._settle())
            return most

    def _settle(self) -> int:
        began = time.monotonic_ns()
        most = max([inlet.read(self._buffer, self._waiting) for inlet in self._inlets], default=0)
        self._waiting.sort(key=_MOMENT)
        count = bisect_right(self._waiting, began, key=_MOMENT)
        ready, self._waiting = self._waiting[:count], self._waiting[count:]
        session: Session | None = None
        for _, name, identity, issued, exchange in ready:
            if session is None or session.id != identity:
                session = self._sessions.begun(name, identity)
            if issued is not None:
                session.last_identifier = issued
            session.record(Packed(*exchange))
        return most


class Inlet:
    """The socket of one worker. Belongs to Notes, and is read by one thread at a time."""

    def __init__(self, stream: socket.socket) -> None:
        stream.setblocking(False)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WAITING_BYTES)  # macOS counts here, Linux there
        self._stream = stream
        self._messages = Messages()
        self.ended = False
        """Whether the worker is gone, and all that it has noted is read."""

    def fileno(self) -> int:
        """For poll."""
        return self._stream.fileno()

    def close(self) -> None:
        """Nothing comes any more."""
        self._stream.close()

    def read(self, buffer: memoryview, notes: list[tuple[Any, ...]]) -> int:
        """Add all that stands in the socket now to `notes`; tells how many bytes that was."""
        octets = 0
        while (count := self._received(buffer)) > 0:
            octets += count
            notes += self._messages.read(buffer[:count])
            if count < len(buffer):  # it is empty
                break
        return octets

    def _received(self, buffer: memoryview) -> int:
        try:
            octets = self._stream.recv_into(buffer)
        except BlockingIOError:
            return 0
        except OSError:  # reset: the worker was killed while it wrote
            octets = 0
        self.ended = octets == 0
        return octets
