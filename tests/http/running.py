"""A whole server in a thread, in front of a gateway that echoes."""

import contextlib
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue
from urllib.parse import urlsplit

from mockserver.app import Service
from mockserver.gateway.exchange import Answer, HttpRequest
from mockserver.http.limits import Limits
from mockserver.http.log import ExchangeLog
from mockserver.instant import Clock, system_clock
from mockserver.management.entry import Entry
from mockserver.management.journal import Journal
from mockserver.server import Urls, serve
from mockserver.service_port import Ports
from mockserver.sessions.register import Sessions, SessionSettings
from mockserver.stopping import Stop
from tests.http.wire import Reply, Wire


@dataclass(frozen=True)
class Findings:
    """A gateway's report."""

    findings: list[str]

    @property
    def reason(self) -> None:
        return None

    @property
    def rules(self) -> list[str]:
        return self.findings

    @property
    def size(self) -> int:
        return 100

    def to_json(self) -> dict[str, object]:
        return {"findings": self.findings}


@dataclass
class EchoGateway:
    """Answers with the body it got, and keeps the requests."""

    journal: Journal
    requests: list[HttpRequest] = field(default_factory=list)
    delay: float = 0.0
    """Seconds it takes for an answer."""

    def handle(self, request: HttpRequest) -> Answer:
        time.sleep(self.delay)
        self.requests.append(request)
        number = f"exchange-{len(self.requests)}"
        answer = Answer(
            http=200,
            fields=[("Content-Type", "text/xml; charset=utf-8"), ("X-CorrelationID", number)],
            body=b"<echo>" + request.body + b"</echo>",
            correlation_id=number,
            status="Success",
        )
        self.journal.record(Entry.of_exchange(request, answer, duration=1_500_000, report=Findings(["S01"])))
        return answer


class TwoDocuments:
    """A contract of a WSDL that tells its address, and one schema."""

    def document(self, name: str, endpoint: str) -> bytes | None:
        return {"wsdl": f"<definitions at='{endpoint}'/>".encode(), "core.xsd": b"<schema/>"}.get(name)


@dataclass
class Running:
    """A server that is up."""

    urls: Urls
    gateway: EchoGateway
    journal: Journal
    log: io.StringIO
    stop: Stop

    @property
    def address(self) -> tuple[str, int]:
        return _address(self.urls.service)

    @property
    def management_address(self) -> tuple[str, int]:
        return _address(self.urls.management)

    def connect(self) -> Wire:
        return Wire(self.address)

    def ask(self, data: bytes, *, head_only: bool = False) -> Reply:
        """One request on a connection of its own."""
        with self.connect() as wire:
            wire.send(data)
            return wire.read(head_only=head_only)

    def ask_management(self, target: str, *, method: str = "GET", host: str = "localhost", fields: str = "") -> Reply:
        with Wire(self.management_address) as wire:
            wire.send(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n".encode())
            return wire.read(head_only=method == "HEAD")

    def last_entry(self) -> Entry:
        entries, _ = self.journal.newest_first()
        return entries[0]

    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None and parts.port is not None
    return parts.hostname, parts.port


@contextlib.contextmanager
def running(
    *,
    limits: Limits | None = None,
    ports: Ports | None = None,
    clock: Clock = system_clock,
    load: Callable[[Service], Service] = lambda service: service,
    settings: SessionSettings | None = None,
) -> Iterator[Running]:
    """Start a server in a thread and stop it at the end; `load` may delay or replace what is served."""
    sessions = Sessions(settings, clock=clock)
    journal = sessions.default.journal
    gateway = EchoGateway(journal)
    log = io.StringIO()
    stop = Stop()
    outcome: SimpleQueue[Urls | BaseException] = SimpleQueue()

    def run() -> None:
        try:
            serve(
                lambda: load(Service(gateway, TwoDocuments())),
                sessions=sessions,
                on_ready=outcome.put,
                ports=ports or Ports(port=0, management_port=0),
                limits=limits,
                clock=clock,
                log=ExchangeLog(log),
                stop=stop,
            )
        except BaseException as error:
            outcome.put(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        first = outcome.get(timeout=5)
        if isinstance(first, BaseException):
            raise first
        yield Running(first, gateway, journal, log, stop)
    finally:
        stop()
        stop()
        thread.join(timeout=5)
        assert not thread.is_alive()
