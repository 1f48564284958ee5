"""The server: two ports, one event loop, one process; started and stopped cleanly."""

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import FrameType

from mockserver.app import App
from mockserver.gateway.exchange import ENDPOINT_PATH
from mockserver.http.forwarded import TrustedProxies
from mockserver.http.limits import Limits
from mockserver.http.listener import UnusableAddress, authority_of, listen
from mockserver.http.log import ExchangeLog
from mockserver.http.protocol import Connections
from mockserver.http.tls import Tls, keep_fresh
from mockserver.instant import Clock, system_clock
from mockserver.management.access import Access
from mockserver.management.api import ManagementApp
from mockserver.management.operation import Desk, Gauges
from mockserver.scenarios.plan import Scenario, builtin_scenarios
from mockserver.sessions.register import Sessions
from mockserver.sessions.rooms import Premises


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
class Urls:
    """Where the server listens in fact."""

    service: str
    """The endpoint, path included."""
    management: str
    """Without path."""


class Stop:
    """Asks a server to stop, gently the first time, at once the second; from signal handlers and threads."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._calls = 0
        self.gently = asyncio.Event()
        self.at_once = asyncio.Event()

    def __call__(self) -> None:
        """Ask; may be called before the server runs, and as often as one likes."""
        self._calls += 1
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._settle)

    def attach(self) -> None:
        """Called by the server, on its event loop."""
        self._loop = asyncio.get_running_loop()
        self._settle()

    def detach(self) -> None:
        """Called by the server when it has ended: who asks later asks nobody."""
        self._loop = None

    def _settle(self) -> None:
        if self._calls >= 1:
            self.gently.set()
        if self._calls > 1:
            self.at_once.set()


def serve(
    load: Callable[[], Premises],
    *,
    sessions: Sessions,
    on_ready: Callable[[Urls], None],
    ports: Ports | None = None,
    limits: Limits | None = None,
    clock: Clock = system_clock,
    log: ExchangeLog | None = None,
    stop: Stop | None = None,
    scenarios: Mapping[str, Scenario] | None = None,
) -> None:
    """Serve until told to stop (SIGTERM, Ctrl-C, `stop`), then return.

    Both ports accept before `load` is called, in a thread of its own; what needs the service is answered 503
    until `load` has returned. Then `on_ready` is called, once. `scenarios` can be played by name; without them, the
    built-in ones.

    Raises ListenError when a port cannot be had, and whatever `load` raises.
    """
    asyncio.run(
        _serve(
            load,
            sessions=sessions,
            on_ready=on_ready,
            ports=ports or Ports(),
            limits=limits or Limits(),
            clock=clock,
            log=log or ExchangeLog(),
            stop=stop or Stop(),
            scenarios=builtin_scenarios() if scenarios is None else scenarios,
        )
    )


async def _serve(
    load: Callable[[], Premises],
    *,
    sessions: Sessions,
    on_ready: Callable[[Urls], None],
    ports: Ports,
    limits: Limits,
    clock: Clock,
    log: ExchangeLog,
    stop: Stop,
    scenarios: Mapping[str, Scenario],
) -> None:
    if ports.management_token is not None and not ports.management_token.strip():
        raise UnusableAddress("The management token is blank: set one that cannot be guessed, or none at all.")
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(listen(ports.host, ports.port, option="--port"))
        management_listener = stack.enter_context(
            listen(
                ports.management_host,
                ports.management_port,
                option="--management-port",
                loopback_only=ports.management_token is None,
            )
        )
        tls = ports.tls.context() if ports.tls is not None else None
        scheme = "https" if tls is not None else "http"
        origin = f"{scheme}://{authority_of(listener)}"
        proxies = TrustedProxies.read(ports.trusted_proxies)
        app = App(
            origin=origin, sessions=sessions, log=log, limits=limits, public_url=ports.public_url, proxies=proxies
        )
        service_connections = Connections(app, limits, clock)
        access = Access(ports.management_host, ports.management_token)
        desk = Desk(
            sessions=sessions,
            loaded=lambda: app.service,
            gauges=lambda: Gauges(service_connections.in_flight, service_connections.open),
            clock=clock,
            scenarios=dict(scenarios),
            guarded=access.is_guarded,
        )
        management = ManagementApp(desk, access)
        management_connections = Connections(management, limits, clock)
        stack.enter_context(_signals(stop))
        stop.attach()
        servers = [
            await loop.create_server(
                service_connections.accept,
                sock=listener,
                ssl=tls,
                ssl_handshake_timeout=limits.head_seconds if tls is not None else None,
            ),
            await loop.create_server(management_connections.accept, sock=management_listener),
        ]
        renewing = (
            asyncio.create_task(keep_fresh(ports.tls, tls)) if ports.tls is not None and tls is not None else None
        )
        try:
            app.service = await _first(_loading(load), stop.gently)
            if app.service is not None:
                on_ready(Urls(origin + ENDPOINT_PATH, f"http://{authority_of(management_listener)}"))
                await stop.gently.wait()
        finally:
            if renewing is not None:
                renewing.cancel()
            for server in servers:
                server.close()
            await _drain([service_connections, management_connections], limits.stop_seconds, stop)
            stop.detach()


def _loading(load: Callable[[], Premises]) -> "asyncio.Future[Premises]":
    """`load()` in a thread that does not keep the process alive when the server is stopped meanwhile."""
    loaded: Future[Premises] = Future()

    def run() -> None:
        try:
            loaded.set_result(load())
        except BaseException as error:
            loaded.set_exception(error)

    threading.Thread(target=run, name="load", daemon=True).start()
    return asyncio.wrap_future(loaded)


async def _first(loaded: "asyncio.Future[Premises]", stopped: asyncio.Event) -> Premises | None:
    """The loaded service, or None when the server was told to stop before."""
    waiting = asyncio.create_task(_set(stopped))
    await asyncio.wait((loaded, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if loaded.done():
        return loaded.result()
    loaded.cancel()
    return None


async def _drain(ports: list[Connections], seconds: float, stop: Stop) -> None:
    """Let the requests in flight end, for so many seconds at most; then cut them."""
    for connections in ports:
        connections.finish()

    async def ended() -> None:
        for connections in ports:
            await connections.none_left.wait()

    ending = asyncio.create_task(ended())
    hurry = asyncio.create_task(_set(stop.at_once))
    await asyncio.wait((ending, hurry), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    hurry.cancel()
    for connections in ports:
        connections.cut()
    await ending


async def _set(event: asyncio.Event) -> None:
    await event.wait()


@contextlib.contextmanager
def _signals(stop: Stop) -> Iterator[None]:
    """SIGTERM and Ctrl-C (on Windows also Ctrl-Break) ask the server to stop, instead of breaking it off.

    signal.signal and not loop.add_signal_handler, which Windows lacks. Signals belong to the main thread: a
    server in another one is stopped by its Stop.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:
        stop()

    numbers = [signal.SIGINT, signal.SIGTERM]
    if sys.platform == "win32":
        numbers.append(signal.SIGBREAK)
    before = {number: signal.signal(number, ask) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
