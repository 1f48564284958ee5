"""A running mock, the credentials of its personas, and a client that shows what the mock says beside the wire."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3

from conformance.client.credentials import Credentials, StateFolder
from conformance.modes.mock import running_mock
from mockserver.cbss.register import Register
from mockserver.contract import Contract, load_contract
from mockserver.instant import Instant, system_clock
from tests.forge import Forge

USER_AGENT = "dossier-tests/1.0 urllib3/2.0"


@dataclass(frozen=True)
class Reply:
    """An answer over HTTP, and the journal's report on it."""

    http: int
    fields: Mapping[str, str]
    body: bytes
    report: Mapping[str, Any] | None
    """None when the request never reached the gateway."""
    entry: Mapping[str, Any]
    """The journal's entry."""

    @property
    def soa(self) -> str | None:
        return self.entry["soa"]  # type: ignore[no-any-return]

    @property
    def status(self) -> str | None:
        return self.entry["status"]  # type: ignore[no-any-return]

    @property
    def cbss(self) -> str | None:
        return self.entry["cbss"]  # type: ignore[no-any-return]

    @property
    def rules(self) -> list[str]:
        """Ids of the broken rules that refuse."""
        findings = self.report["findings"] if self.report else []
        return [finding["rule"] for finding in findings if finding["severity"] == "reject"]

    @property
    def warnings(self) -> list[str]:
        """Ids of the broken rules that warn."""
        findings = self.report["findings"] if self.report else []
        return [finding["rule"] for finding in findings if finding["severity"] == "warn"]


class Mock:
    """A mock in a process of its own, on loopback."""

    def __init__(self, url: str, management: str, state: Path, contract: Contract) -> None:
        self.url = url
        self.management = management
        self.state = state
        self.contract = contract
        self._folder = StateFolder(state)
        self._http = urllib3.PoolManager(retries=False, timeout=30.0)

    def credentials(self, persona: str = "physician") -> Credentials:
        return self._folder.credentials(persona)

    def forge(self, persona: str = "physician", *, now: Instant | None = None, **options: Any) -> Forge:
        """A valid request that the mock would accept now."""
        return Forge.request(self.credentials(persona), self.contract, now or system_clock(), **options)

    def fields(self) -> list[tuple[str, str]]:
        return [
            ("Content-Type", "text/xml; charset=utf-8"),
            ("SOAPAction", f'"{self.contract.soap_action}"'),
            ("User-Agent", USER_AGENT),
            ("From", "tests@example.org"),
        ]

    def post(self, body: bytes | Forge, fields: Sequence[tuple[str, str]] | None = None) -> Reply:
        """Send an envelope and fetch what the journal says of it."""
        octets = body.octets() if isinstance(body, Forge) else body
        headers = urllib3.HTTPHeaderDict(fields if fields is not None else self.fields())
        response = self._http.request("POST", self.url, body=octets, headers=headers, redirect=False)
        entry = self.journal(response.headers["X-CorrelationID"])
        return Reply(response.status, response.headers, response.data, entry["report"], entry)

    def get(self, path: str) -> urllib3.BaseHTTPResponse:
        return self._http.request("GET", self.url + path)

    def journal(self, correlation_id: str) -> Mapping[str, Any]:
        answer = self._http.request("GET", f"{self.management}/journal/{correlation_id}")
        assert answer.status == 200, answer.data
        return json.loads(answer.data)  # type: ignore[no-any-return]

    def sent(self, entry: Mapping[str, Any]) -> bytes:
        """The body of a journalled request."""
        return base64.b64decode(entry["request"]["body"])

    def issued(self) -> int:
        """How many identifiers the mock has issued."""
        register = Register.in_state(self.state)
        try:
            return register.count()
        finally:
            register.close()


@pytest.fixture(scope="session")
def start_mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Mock]]:
    """Starts mocks that live as long as the tests; one for each set of options."""
    running: dict[tuple[str, ...], Mock] = {}
    contract = load_contract()
    state = tmp_path_factory.mktemp("state")
    with ExitStack() as stack:

        def start(*options: str) -> Mock:
            if options not in running:
                own = state if not options else tmp_path_factory.mktemp("state")
                mock = stack.enter_context(running_mock(own, *options))
                running[options] = Mock(mock.endpoint, mock.management, own, contract)
            return running[options]

        yield start


@pytest.fixture(scope="session")
def mock(start_mock: Callable[..., Mock]) -> Mock:
    """The mock as it starts without options, on a state folder of its own."""
    return start_mock()
