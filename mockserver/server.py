"""The server: two ports on one event loop, started and stopped cleanly."""

import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from types import FrameType
from typing import TypeVar

from mockserver.gateway.exchange import ENDPOINT_PATH
from mockserver.http.limits import Limits
from mockserver.http.listener import UnusableAddress, authority_of, listen
from mockserver.http.log import ExchangeLog
from mockserver.http.protocol import Connections
from mockserver.http.relay import Relay
from mockserver.instant import Clock, system_clock
from mockserver.management.access import Access
from mockserver.management.api import ManagementApp
from mockserver.management.operation import Desk
from mockserver.scenarios.plan import Scenario, builtin_scenarios
from mockserver.service_port import OneProcess, Ports, PortSettings, ServicePort
from mockserver.sessions.register import Sessions
from mockserver.sessions.rooms import Premises
from mockserver.stopping import Stop, drain

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the server listens in fact."""

    service: str
    """The endpoint, path included."""
    management: str
    """Without path."""


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
    service_port: Callable[[PortSettings], ServicePort] = OneProcess,
) -> None:
    """Serve until told to stop (SIGTERM, Ctrl-C, `stop`), then return.

    Both ports accept before `load` is called, in a thread of its own; what needs the service is answered 503
    until `load` has returned. Then `on_ready` is called, once. `scenarios` can be played by name; without them, the
    built-in ones. `service_port` answers the requests.

    Raises ListenError when a port cannot be had or a worker cannot work, and whatever `load` raises.
    """
    relay, stop = Relay(), stop or Stop()
    with _signals(stop):
        relay.run(
            _serve(
                load,
                sessions=sessions,
                on_ready=on_ready,
                ports=ports or Ports(),
                limits=limits or Limits(),
                clock=clock,
                log=log or ExchangeLog(),
                stop=stop,
                scenarios=builtin_scenarios() if scenarios is None else scenarios,
                service_port=service_port,
                relay=relay,
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
    service_port: Callable[[PortSettings], ServicePort],
    relay: Relay,
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
        origin = f"{'https' if ports.tls is not None else 'http'}://{authority_of(listener)}"
        service = service_port(PortSettings(origin, ports, limits, clock, sessions, log, relay))
        access = Access(ports.management_host, ports.management_token)
        desk = Desk(
            sessions=sessions,
            loaded=lambda: service.premises,
            gauges=service.gauges,
            catch_up=service.catch_up,
            tell_change=service.tell_change,
            clock=clock,
            scenarios=dict(scenarios),
            guarded=access.is_guarded,
        )
        management = Connections(ManagementApp(desk, access), limits, clock)
        stop.attach()
        await service.start(listener)
        management_server = await loop.create_server(management.accept, sock=management_listener)
        try:
            premises = await _first(_loading(load), stop.gently)
            if premises is not None:
                await _first(asyncio.ensure_future(service.open(premises)), stop.gently)
            if service.premises is not None:
                on_ready(Urls(origin + ENDPOINT_PATH, f"http://{authority_of(management_listener)}"))
                await _first(service.failure, stop.gently)
        finally:
            service.close()
            management_server.close()
            await drain([service.drained, management], service.stop_seconds, stop)
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


async def _first(future: "asyncio.Future[_T]", stopped: asyncio.Event) -> _T | None:
    """What comes of `future`, or None when the server was told to stop before. Raises what `future` raises."""
    waiting = asyncio.create_task(stopped.wait())
    await asyncio.wait((future, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if future.done():
        return future.result()
    future.cancel()
    return None


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
