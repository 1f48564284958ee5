"""A gateway in this process, with a clock that the test holds: for rows that need an exact instant of receipt."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from conformance.client.credentials import Credentials, Token
from conformance.client.message import Requester
from mockserver.assembly import Plan, build_gateway
from mockserver.contract import Contract
from mockserver.gateway.exchange import ENDPOINT_PATH, HeaderField, HttpRequest
from mockserver.gateway.gateway import Gateway, Report
from mockserver.gateway.registry import Severity
from mockserver.identities.assertion import issue_assertion
from mockserver.identities.authority import Authority
from mockserver.identities.personas import personas
from mockserver.instant import SECOND, Instant, read_date_time
from tests.forge import Forge

ALWAYS: Final = "S52-token"
"""The one note on every message of the connector's shape: the token is not covered by the signature."""


def at(text: str) -> Instant:
    """The instant that an xs:dateTime names."""
    return read_date_time(text).instant


NOON: Final = at("2022-08-01T10:00:00Z")
"""When messages are received unless a test says otherwise: the day the cookbook was published."""

_DAY: Final = 86_400 * SECOND
_HOUR: Final = 3_600 * SECOND


@dataclass(frozen=True)
class Judgement:
    """A report, in the words of the tables."""

    report: Report

    def of(self, severity: Severity) -> list[str]:
        """Ids of the broken rules of this severity, each once, in the order of the catalogue."""
        return list(dict.fromkeys(f.rule.id for f in self.report.findings if f.severity is severity))

    @property
    def refusing(self) -> list[str]:
        return self.of(Severity.REJECT)

    @property
    def warning(self) -> list[str]:
        return self.of(Severity.WARN)

    @property
    def noted(self) -> list[str]:
        return [rule for rule in self.of(Severity.INFO) if rule != ALWAYS]

    @property
    def found(self) -> set[tuple[str, str]]:
        """All findings, as (rule, severity)."""
        return {(finding.rule.id, finding.severity.value) for finding in self.report.findings}

    @property
    def verdict(self) -> str:
        """`accept`, `warn` or `reject`, as the tables have it."""
        answer = self.report.answer
        if answer.status == "Success":
            assert answer.http == 200 and answer.identifier is not None
            return "warn" if self.warning else "accept"
        assert answer.identifier is None
        return "reject"


class Bench:
    """Gateways of all profiles over one test PKI that was made a day before `NOON`."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.authority = Authority.open(state, clock=lambda: NOON - _DAY)
        self._gateways: dict[tuple[str, Path | None], tuple[Gateway, Contract]] = {}
        self._tokens: dict[tuple[str, Instant], Token] = {}

    @property
    def contract(self) -> Contract:
        return self._built("cookbook", None)[1]

    def gateway(self, profile: str = "cookbook", contract: Path | None = None) -> Gateway:
        return self._built(profile, contract)[0]

    def credentials(self, persona: str = "physician", *, now: Instant = NOON, **token: Any) -> Credentials:
        """The persona's, with a token of an hour before `now`; `token` are options of `issue_assertion`."""
        described = personas()[persona]
        credential = self.authority.credential(described)
        if token:
            received = Token.received(issue_assertion(self.authority, credential, now=now - _HOUR, **token))
        else:
            key = (persona, now - now % _HOUR)
            if key not in self._tokens:
                octets = issue_assertion(self.authority, credential, now=key[1] - _HOUR)
                self._tokens[key] = Token.received(octets)
            received = self._tokens[key]
        numbers = described.requester
        requester = Requester(numbers.get("PersonIdentifier"), numbers.get("Nihii"), numbers.get("Cbe"))
        return Credentials(persona, credential.key, credential.certificate, received, requester)

    def forge(self, persona: str = "physician", *, now: Instant = NOON, **options: Any) -> Forge:
        """A request that is valid when received at `now`."""
        return Forge.request(self.credentials(persona, now=now), self.contract, now, **options)

    def fields(self, body: bytes) -> list[HeaderField]:
        return [
            ("Host", b"mock.example"),
            ("Content-Type", b"text/xml; charset=utf-8"),
            ("Content-Length", str(len(body)).encode()),
            ("SOAPAction", f'"{self.contract.soap_action}"'.encode()),
            ("User-Agent", b"dossier-tests/1.0 bench/1.0"),
            ("From", b"tests@example.org"),
        ]

    def judge(
        self,
        message: Forge | bytes,
        *,
        received: Instant = NOON,
        profile: str = "cookbook",
        contract: Path | None = None,
        fields: Callable[[list[HeaderField]], Sequence[HeaderField]] = lambda fields: fields,
        **request: Any,
    ) -> Judgement:
        """Hand a message to the gateway. `fields` may change the header; `request` other parts of HttpRequest."""
        body = message.octets() if isinstance(message, Forge) else message
        asked = replace(self.request(body, received), fields=tuple(fields(self.fields(body))))
        return Judgement(self.gateway(profile, contract).examine(replace(asked, **request)))

    def request(self, body: bytes, received: Instant = NOON) -> HttpRequest:
        """A body as it would come over HTTP."""
        return HttpRequest("POST", ENDPOINT_PATH, "1.1", tuple(self.fields(body)), body, received)

    def _built(self, profile: str, contract: Path | None) -> tuple[Gateway, Contract]:
        if (profile, contract) not in self._gateways:
            plan = Plan(self.state, profile, contract=contract, in_memory=True)
            self._gateways[profile, contract] = build_gateway(plan, clock=lambda: NOON)
        return self._gateways[profile, contract]


def replaced(fields: Sequence[HeaderField], values: Mapping[str, bytes | None]) -> list[HeaderField]:
    """The fields with other values; None takes a field away."""
    kept = [(name, values.get(name, value)) for name, value in fields]
    return [(name, value) for name, value in kept if value is not None]
