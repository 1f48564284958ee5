"""The service port of a server: answered by the server's own process, or by workers (mockserver.workers)."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from mockserver.app import App
from mockserver.http.forwarded import TrustedProxies
from mockserver.http.limits import Limits
from mockserver.http.log import ExchangeLog
from mockserver.http.protocol import Connections
from mockserver.http.relay import Relay
from mockserver.http.tls import Tls, keep_fresh
from mockserver.instant import Clock
from mockserver.management.operation import Gauges
from mockserver.sessions.register import Sessions
from mockserver.sessions.rooms import Premises
from mockserver.stopping import Drained


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the server listens, and who may read the journal."""

    host: str = "127.0.0.1"
    port: int = 8080
    """0 takes any free port; so does `management_port`."""
    management_host: str = "127.0.0.1"
    management_port: int = 8081
    management_token: str | None = field(default=None, repr=False)
    """Without it, the management port listens on loopback only."""
    public_url: str | None = None
    """Where clients see the service, when that is not where it listens (a proxy, a container)."""
    trusted_proxies: Sequence[str] = ()
    """Addresses and networks whose X-Forwarded fields are believed."""
    tls: Tls | None = None
    """Certificate and key of the service port; None for plain HTTP, as always on the management port."""


@dataclass(frozen=True, slots=True)
class PortSettings:
    """What a service port is told by its server."""

    origin: str
    """Where it listens: scheme://host:port."""
    ports: Ports
    limits: Limits
    clock: Clock
    sessions: Sessions
    log: ExchangeLog
    relay: Relay
    """What runs the event loop."""


class ServicePort(Protocol):
    """What a server does with its service port. Belongs to one event loop."""

    @property
    def premises(self) -> Premises | None:
        """What has been loaded; None until requests can be answered."""

    @property
    def failure(self) -> "asyncio.Future[None]":
        """Ends, with an exception, when the port can no longer be served."""

    @property
    def drained(self) -> Drained:
        """What is waited for when the server stops."""

    @property
    def stop_seconds(self) -> float:
        """How long, at most."""

    def gauges(self) -> Gauges:
        """What the port is doing now."""

    def catch_up(self) -> None:
        """Let every exchange be in its journal that has been answered by now."""

    def tell_change(self) -> None:
        """A session may be otherwise than before, or a persona: the next request finds them as they are now."""

    async def start(self, listener: socket.socket) -> None:
        """Accept connections. Raises ListenError."""

    async def open(self, premises: Premises) -> Premises:
        """Answer requests from now on; gives back what it got. Raises ListenError."""

    def close(self) -> None:
        """Accept no more connections."""


class OneProcess:
    """The port is answered by this process: the usual way. See ServicePort."""

    def __init__(self, settings: PortSettings) -> None:
        """Raises ListenError when the certificate and its key cannot be used."""
        ports, limits = settings.ports, settings.limits
        self._tls = ports.tls
        self._context: ssl.SSLContext | None = ports.tls.context() if ports.tls is not None else None
        self._limits = limits
        self._app = App(
            origin=settings.origin,
            sessions=settings.sessions,
            log=settings.log,
            limits=limits,
            public_url=ports.public_url,
            proxies=TrustedProxies.read(ports.trusted_proxies),
            on_read=settings.relay.has_read,
        )
        self._connections = Connections(self._app, limits, settings.clock)
        self._server: asyncio.Server | None = None
        self._renewing: asyncio.Task[None] | None = None
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.stop_seconds = limits.stop_seconds

    @property
    def premises(self) -> Premises | None:
        """See ServicePort."""
        return self._app.service

    @property
    def drained(self) -> Connections:
        """See ServicePort."""
        return self._connections

    def gauges(self) -> Gauges:
        """See ServicePort."""
        return Gauges(self._connections.in_flight, self._connections.open)

    def catch_up(self) -> None:
        """See ServicePort: an exchange is in its journal before it is answered."""

    def tell_change(self) -> None:
        """See ServicePort: requests look at the sessions themselves."""

    async def start(self, listener: socket.socket) -> None:
        """See ServicePort."""
        tls = self._context
        self._server = await asyncio.get_running_loop().create_server(
            self._connections.accept,
            sock=listener,
            ssl=tls,
            ssl_handshake_timeout=self._limits.head_seconds if tls is not None else None,
        )
        if self._tls is not None and tls is not None:
            self._renewing = asyncio.create_task(keep_fresh(self._tls, tls))

    async def open(self, premises: Premises) -> Premises:
        """See ServicePort."""
        self._app.service = premises
        return premises

    def close(self) -> None:
        """See ServicePort."""
        if self._renewing is not None:
            self._renewing.cancel()
        if self._server is not None:
            self._server.close()
