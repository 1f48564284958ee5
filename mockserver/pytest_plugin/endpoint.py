"""The mock that tests talk to: one in a thread of this process, or one that runs somewhere."""

import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Final
from uuid import uuid4

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from mockserver.assembly import MockPremises, Plan
from mockserver.contract import ContractError
from mockserver.gateway.exchange import ENDPOINT_PATH
from mockserver.gateway.profiles import PolicyError
from mockserver.http.log import ExchangeLog
from mockserver.identities.authority import AuthorityError
from mockserver.pytest_plugin.management import DossierError, Management, Refused
from mockserver.pytest_plugin.session import DossierSession
from mockserver.server import Urls, serve
from mockserver.service_port import Ports
from mockserver.sessions.register import Sessions
from mockserver.stopping import Stop

STOP_SECONDS: Final = 20.0
"""For the server's thread, which ends its requests first."""

_NAME_LENGTH: Final = 40
"""Of a test's name in a session's, which has 64 characters at most."""


class DossierEndpoint:
    """A mock that runs."""

    def __init__(self, url: str, management: str, token: str) -> None:
        """`url` with or without the endpoint's path; `token` of the management port, or empty."""
        self.base = url.rstrip("/").removesuffix(ENDPOINT_PATH)
        """Without path."""
        self._management = Management(management, token)

    @property
    def url(self) -> str:
        """The endpoint outside all sessions, which every test shares."""
        return self.base + ENDPOINT_PATH

    @property
    def management(self) -> str:
        """The management port, whose page is the Inspector."""
        return self._management.url

    def open_session(self, test: str) -> DossierSession:
        """A session of its own, whatever other processes use the same mock. Raises DossierError."""
        plain = re.sub("[^A-Za-z0-9_]+", "-", test)[:_NAME_LENGTH].strip("-_") or "test"
        session = DossierSession(f"{plain}-{uuid4().hex[:16]}", self.base, self._management)
        self._management.ask("PUT", f"/sessions/{session.name}")
        return session

    def check_ready(self) -> None:
        """Raises DossierError."""
        try:
            self._management.ask("GET", "/readyz")
        except Refused as error:
            raise DossierError(
                f"The mock at {self.management} is not ready (HTTP {error.status}): wait until /readyz answers 200."
            ) from error

    def close(self) -> None:
        """Close the connections to it."""
        self._management.close()


@contextmanager
def running_at(url: str, management: str, token: str, profile: str) -> Iterator[DossierEndpoint]:
    """The mock at `url`, which must be ready. Raises DossierError."""
    if not url or not management:
        raise DossierError("A running mock needs both addresses: give --dossier-url and --dossier-management.")
    if profile:
        raise DossierError(f"A running mock has its profile already: leave --dossier-profile {profile} out.")
    for option, address in (("--dossier-url", url), ("--dossier-management", management)):
        _check_address(option, address)
    endpoint = DossierEndpoint(url, management, token)
    try:
        endpoint.check_ready()
        yield endpoint
    finally:
        endpoint.close()


@contextmanager
def in_process(state: Path, profile: str) -> Iterator[DossierEndpoint]:
    """A mock in a thread, on free ports of loopback, with its test PKI in `state`. Raises DossierError."""
    try:
        premises = MockPremises(Plan(state, profile or None, in_memory=True))
    except (AuthorityError, ContractError, PolicyError) as error:
        raise DossierError(f"The mock does not start: {error}.") from error
    token = secrets.token_urlsafe(32)
    try:
        with _serving(premises, token) as urls:
            endpoint = DossierEndpoint(urls.service, urls.management, token)
            try:
                yield endpoint
            finally:
                endpoint.close()
    finally:
        premises.close()


@contextmanager
def _serving(premises: MockPremises, token: str) -> Iterator[Urls]:
    """The server in a thread of its own, until it has stopped. Raises DossierError."""
    stop = Stop()
    outcome: SimpleQueue[Urls | Exception] = SimpleQueue()

    def run() -> None:
        ports = Ports(port=0, management_port=0, management_token=token)
        try:
            with Path(os.devnull).open("w", encoding="utf-8") as nowhere:  # the journal has it all
                log = ExchangeLog(nowhere)
                serve(lambda: premises, sessions=Sessions(), on_ready=outcome.put, ports=ports, log=log, stop=stop)
        except Exception as error:
            outcome.put(error)

    # A daemon: should it hang, the tests end all the same.
    thread = threading.Thread(target=run, name="dossier mock", daemon=True)
    thread.start()
    first = outcome.get()
    if isinstance(first, Exception):
        raise DossierError(f"The mock does not start: {first}") from first
    try:
        yield first
    finally:
        stop()
        thread.join(STOP_SECONDS)
    if thread.is_alive():
        raise DossierError(f"The mock in process did not stop within {STOP_SECONDS:g} seconds.")
    if not outcome.empty():
        raise DossierError(f"The mock in process ended by itself: {outcome.get()}")


def _check_address(option: str, address: str) -> None:
    try:
        url = parse_url(address)
    except LocationParseError:
        url = None
    if url is None or url.scheme not in ("http", "https") or url.host is None:
        raise DossierError(f"{option} is {address!r}; give a URL such as http://127.0.0.1:8080.")
