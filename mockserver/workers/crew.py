"""The first process's side of its workers: it starts them, hands them connections, and replaces one that dies."""

import asyncio
import contextlib
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.reduction import send_handle
from typing import IO, Final

import structlog

from mockserver.http.limits import Limits
from mockserver.http.listener import ListenError
from mockserver.management.operation import Gauges
from mockserver.workers.changes import ChangeTeller
from mockserver.workers.front import Front, Shared
from mockserver.workers.line import serve_line
from mockserver.workers.notes import Notes
from mockserver.workers.orders import CONNECTION, GAUGES, READY, STOP, Orders

_LOG: Final = structlog.get_logger("mockserver.workers")

_GAUGE_SECONDS: Final = 0.5
"""For a worker to say how busy it is; one that cannot counts as when it was asked before."""

_PAUSE_SECONDS: Final = 0.1
"""After an accept that failed, for want of descriptors say, and before a worker is started anew."""

_ATTEMPTS: Final = 3
"""To replace a worker."""


class WorkerError(ListenError):
    """A worker cannot do its work; the message says why."""


def check_platform() -> None:
    """Raises WorkerError where connections cannot be handed over."""
    if sys.platform == "win32":
        raise WorkerError("Workers hand connections over by Unix sockets, which Windows lacks: leave --workers out.")


def share_of(limits: Limits, workers: int) -> Limits:
    """What each of so many workers takes, so that all together take what one process would, rounded up."""
    return replace(limits, connections=-(-limits.connections // workers), in_flight=-(-limits.in_flight // workers))


class Member:
    """One worker process."""

    def __init__(
        self,
        shared: Callable[[], Shared],
        notes: Notes,
        accepted: IO[bytes],
        on_end: "Callable[[Member], object]",
    ) -> None:
        """Start it; `on_end` is called in a thread once it has ended. Raises WorkerError."""
        self._control, control = Pipe()
        (line, line_there), (noted, notes_there), (changes, changes_there) = (socket.socketpair() for _ in range(3))
        theirs = control, line_there, notes_there, changes_there
        first, *others = (each.fileno() for each in theirs)
        numbers = first, accepted.fileno(), *others
        try:
            # A session of its own: Ctrl-C is for the first process, which tells the others.
            self._process = subprocess.Popen(  # noqa: S603 - this very program
                [sys.executable, "-m", "mockserver.workers", *map(str, numbers)],
                pass_fds=numbers,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerError(f"A worker cannot be started: {error.strerror or error}.") from error
        finally:
            for each in theirs:
                each.close()
        self._changes = ChangeTeller(changes)
        self.connections = 0
        """Handed to it, and not closed yet."""
        self._counting = threading.Lock()
        self._gauges = Gauges(0, 0)
        self._orders = ThreadPoolExecutor(1, "orders")
        threading.Thread(target=self._serve, args=(line, shared, on_end), name="line", daemon=True).start()
        threading.Thread(target=notes.follow, args=(notes.open(noted),), name="notes", daemon=True).start()

    @property
    def number(self) -> int:
        """Of its process."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """What it ended with, the signal as a negative number; None while it runs."""
        return self._process.returncode

    async def follow(self, orders: Orders) -> None:
        """Give it its orders, and wait until it is ready. Raises WorkerError."""
        answer = await asyncio.wrap_future(self._orders.submit(self._follow, orders))
        if answer != READY:
            raise WorkerError(answer)

    def take(self, connection: socket.socket, on_failure: Callable[[socket.socket], object]) -> None:
        """Give it a connection; `on_failure` gets it back, in another thread, when the worker is gone."""
        self._count(1)
        try:
            self._orders.submit(self._take, connection, on_failure)
        except RuntimeError:  # it has just ended
            on_failure(connection)

    def gauges(self) -> Gauges:
        """What it does now."""
        try:
            self._gauges = self._orders.submit(self._ask_gauges).result(_GAUGE_SECONDS)
        except (TimeoutError, EOFError, OSError, RuntimeError):  # RuntimeError: it is ending, and takes no orders
            _LOG.info("a worker does not say how busy it is", worker=self.number)
        return self._gauges

    def tell_change(self) -> None:
        """What it has seen of sessions may be otherwise now."""
        self._changes.tell()

    def close(self) -> None:
        """It has ended; called where it was told of changes."""
        self._changes.close()

    def stop(self) -> None:
        """Tell it to stop; a second time, to stop at once."""
        with contextlib.suppress(RuntimeError):  # it has just ended
            self._orders.submit(self._control.send_bytes, STOP)

    def kill(self) -> None:
        """End it."""
        self._process.kill()

    # In the thread that talks to it.

    def _follow(self, orders: Orders) -> str:
        try:
            self._control.send_bytes(pickle.dumps(orders))
            answer: str = self._control.recv()
        except (EOFError, OSError):
            return "A worker ended before it was ready; what it wrote above tells why."
        return answer

    def _take(self, connection: socket.socket, on_failure: Callable[[socket.socket], object]) -> None:
        try:
            self._control.send_bytes(CONNECTION)
            send_handle(self._control, connection.fileno(), self.number)
        except OSError:
            on_failure(connection)
        else:
            connection.close()  # the worker has it now

    def _ask_gauges(self) -> Gauges:
        self._control.send_bytes(GAUGES)
        in_flight, connections = self._control.recv()
        return Gauges(in_flight, connections)

    # In the thread that answers it.

    def _serve(self, line: socket.socket, shared: Callable[[], Shared], on_end: "Callable[[Member], object]") -> None:
        with line:
            serve_line(line, Front(shared, lambda: self._count(-1)))
        self._process.wait()
        self._orders.shutdown(wait=False)
        on_end(self)

    def _count(self, change: int) -> None:
        with self._counting:
            self.connections += change


class Crew:
    """All workers of a server. Belongs to one event loop; it is drained beside the connections of other ports."""

    def __init__(self, count: int, limits: Limits, notes: Notes, accepted: IO[bytes]) -> None:
        """`notes` takes what they note; `accepted` is where they remember together what each has accepted."""
        self._count = count
        self._notes = notes
        self._accepted = accepted
        self._limits = limits
        self._shared: Shared | None = None
        self._orders: Orders | None = None
        self._loop = asyncio.get_running_loop()
        self._starting: set[Member] = set()
        self._ready: list[Member] = []
        self._waiting: list[socket.socket] = []
        """Connections for which there was no worker."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self.none_left = asyncio.Event()
        self.failure: asyncio.Future[None] = self._loop.create_future()
        """Ends with WorkerError when a worker that died could not be replaced."""

    def start(self) -> None:
        """Start the processes: they load their libraries while this one loads what it keeps. Raises WorkerError."""
        for _ in range(self._count):
            self._starting.add(self._new())

    async def open(self, shared: Shared, orders: Orders) -> None:
        """Wait until every worker is ready. Raises WorkerError."""
        self._shared, self._orders = shared, orders
        await asyncio.gather(*(self._engage(member) for member in tuple(self._starting)))

    async def accept(self, listener: socket.socket) -> None:
        """Hand out the connections of `listener`, until cancelled."""
        listener.setblocking(False)
        while True:
            try:
                connection, _ = await self._loop.sock_accept(listener)
            except OSError as error:
                _LOG.error("a connection cannot be accepted", reason=error.strerror)
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            self._hand_out(connection)

    def gauges(self) -> Gauges:
        """What all do together."""
        each = [member.gauges() for member in self._ready]
        return Gauges(sum(one.in_flight for one in each), sum(one.connections for one in each))

    def tell_change(self) -> None:
        """What they have seen of sessions may be otherwise now."""
        for member in self._members:
            member.tell_change()

    # mockserver.stopping.Drained

    def finish(self) -> None:
        """Let every worker end its requests."""
        self._stopping = True
        for connection in self._waiting:
            connection.close()
        for member in self._members:
            member.stop()
        self._settle()

    def cut(self) -> None:
        """End every worker."""
        for member in self._members:
            member.kill()

    @property
    def _members(self) -> Sequence[Member]:
        return [*self._starting, *self._ready]

    def _new(self) -> Member:
        return Member(
            self._shared_now,
            self._notes,
            self._accepted,
            lambda member: self._loop.call_soon_threadsafe(self._ended, member),
        )

    def _shared_now(self) -> Shared:
        if self._shared is None:
            raise ValueError("a worker asks nothing before it has its orders")
        return self._shared

    async def _engage(self, member: Member) -> None:
        if self._orders is None:
            raise ValueError("there are no orders yet")
        await member.follow(self._orders)
        if member in self._starting:
            self._starting.discard(member)
            self._ready.append(member)
            waiting, self._waiting = self._waiting, []
            for connection in waiting:
                self._hand_out(connection)

    def _hand_out(self, connection: socket.socket) -> None:
        if self._ready:
            least = min(self._ready, key=lambda member: member.connections)
            least.take(connection, lambda back: self._loop.call_soon_threadsafe(self._hand_out, back))
        elif self._stopping or len(self._waiting) >= self._limits.connections:
            connection.close()
        else:
            self._waiting.append(connection)

    def _ended(self, member: Member) -> None:
        """A process is gone: as it was told, or by itself."""
        member.close()
        was_ready = member in self._ready
        self._starting.discard(member)
        if was_ready:
            self._ready.remove(member)
        if self._stopping:
            self._settle()
        elif was_ready:
            _LOG.error("a worker ended and is replaced", worker=member.number, status=member.status)
            task = self._loop.create_task(self._replace())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _replace(self) -> None:
        """Begin a new one until it is ready; a few that end before that are an accident, more are a fault of ours."""
        for attempt in range(1, _ATTEMPTS + 1):
            if self._stopping:  # since the task was made
                return
            try:
                member = self._new()
                self._starting.add(member)
                await self._engage(member)
            except WorkerError as error:
                if attempt < _ATTEMPTS:
                    _LOG.error("a worker ended before it was ready, another one is started")
                    await asyncio.sleep(_PAUSE_SECONDS)
                elif not self._stopping and not self.failure.done():
                    self.failure.set_exception(error)
            else:
                _LOG.info("a worker has taken its place", worker=member.number)
                return

    def _settle(self) -> None:
        if not self._members:
            self.none_left.set()
