"""One worker: connections come from the first process, answers go to the clients, questions back to the first one."""

import asyncio
import contextlib
import pickle
import socket
import threading
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle

import structlog

from mockserver.app import App
from mockserver.assembly import MockPremises
from mockserver.cbss.store import RegisterError
from mockserver.contract import ContractError
from mockserver.gateway.crypto.trust import TrustError
from mockserver.gateway.profiles import PolicyError
from mockserver.http.forwarded import TrustedProxies
from mockserver.http.listener import ListenError
from mockserver.http.log import ExchangeLog, log_faults
from mockserver.http.protocol import Connections
from mockserver.http.relay import Relay
from mockserver.http.tls import keep_fresh
from mockserver.identities.authority import AuthorityError
from mockserver.identities.persona_register import PersonaRegister
from mockserver.identities.personas import PersonaError
from mockserver.instant import skewed_clock
from mockserver.process_memory import spare_what_is_loaded, use_one_arena
from mockserver.stopping import Stop, drain
from mockserver.workers.accepted_table import AcceptedTable
from mockserver.workers.changes import Changes
from mockserver.workers.line import Line
from mockserver.workers.notes import NoteWriter
from mockserver.workers.orders import CONNECTION, GAUGES, READY, STOP, Orders
from mockserver.workers.session import StoreElsewhere, WorkerSessions

_LOG = structlog.get_logger("mockserver.workers")

_UNUSABLE = (AuthorityError, ContractError, ListenError, PersonaError, PolicyError, RegisterError, TrustError)


def work(control: Connection, accepted: int, line: socket.socket, notes: socket.socket, changes: socket.socket) -> None:
    """Follow the orders that come over `control` until it says to stop, or the first process is gone.

    `accepted` is the descriptor of the table of accepted messages. The other three are for what it asks, for what it
    notes, and for notice of changes.
    """
    use_one_arena()  # before there are threads
    try:
        orders: Orders = pickle.loads(control.recv_bytes())  # noqa: S301 - from the process that started this one
    except (EOFError, OSError):
        return  # stopped before it began
    with contextlib.suppress(BrokenPipeError):  # the first process is gone: nobody is left to tell
        try:
            relay = Relay()
            worker = Worker(orders, Line(line), NoteWriter(notes), Changes(changes), AcceptedTable(accepted), relay)
            spare_what_is_loaded()
        except _UNUSABLE as error:
            control.send(str(error))
            return
        relay.run(worker.run(control))


class Worker:
    """What one worker has loaded."""

    def __init__(
        self,
        orders: Orders,
        line: Line,
        notes: NoteWriter,
        changes: Changes,
        table: AcceptedTable,
        relay: Relay,
    ) -> None:
        """Raises what MockPremises raises, and ListenError."""
        log_faults(orders.log_form)
        clock = skewed_clock(orders.clock_offset)
        premises = MockPremises(orders.plan, clock=clock, memory=StoreElsewhere(line))
        self._orders = orders
        self._clock = clock
        self._line = line
        self._tls = None if orders.tls is None else orders.tls.context()
        self._app = App(
            origin=orders.origin,
            sessions=WorkerSessions(line, notes, changes, table, clock, lambda: _read_again(premises.personas)),
            log=ExchangeLog(form=orders.log_form),
            limits=orders.limits,
            public_url=orders.public_url,
            proxies=TrustedProxies.read(orders.trusted_proxies),
            on_read=relay.has_read,
        )
        self._app.service = premises
        self._stop = Stop()

    async def run(self, control: Connection) -> None:
        """Answer what the connections ask that come over `control`."""
        loop = asyncio.get_running_loop()
        connections = Connections(self._app, self._orders.limits, self._clock, on_closed=self._tell_closed)
        arriving: set[asyncio.Task[None]] = set()

        def take(connection: socket.socket) -> None:
            task = loop.create_task(self._serve(connection, connections))
            arriving.add(task)  # the loop itself holds it weakly
            task.add_done_callback(arriving.discard)

        def listen_to_first_process() -> None:
            try:
                while True:
                    match control.recv_bytes():
                        case order if order == CONNECTION:
                            connection = socket.socket(fileno=recv_handle(control))
                            loop.call_soon_threadsafe(take, connection)
                        case order if order == GAUGES:
                            control.send((connections.in_flight, connections.open))
                        case order if order == STOP:
                            self._stop()
            except (EOFError, OSError):  # the first process is gone
                self._stop()
                self._stop()

        self._stop.attach()
        renewing = (
            None
            if self._orders.tls is None or self._tls is None
            else asyncio.create_task(keep_fresh(self._orders.tls, self._tls))
        )
        threading.Thread(target=listen_to_first_process, name="orders", daemon=True).start()
        control.send(READY)
        await self._stop.gently.wait()
        if renewing is not None:
            renewing.cancel()
        await drain([connections], self._orders.limits.stop_seconds, self._stop)
        self._stop.detach()

    async def _serve(self, connection: socket.socket, connections: Connections) -> None:
        loop = asyncio.get_running_loop()
        seconds = None if self._tls is None else self._orders.limits.head_seconds
        try:
            await loop.connect_accepted_socket(
                connections.accept, connection, ssl=self._tls, ssl_handshake_timeout=seconds
            )
        except OSError:  # a handshake that failed or never ended: no request came, and nobody is there to be told
            connection.close()
            if self._tls is not None:
                self._tell_closed()

    def _tell_closed(self) -> None:
        self._line.tell("closed")


def _read_again(personas: PersonaRegister) -> None:
    try:
        personas.read_again()
    except PersonaError as error:
        _LOG.error("personas", reason=str(error))  # those of before are still known
