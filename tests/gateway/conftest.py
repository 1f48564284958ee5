"""Gateways in this process over one test PKI; the tests hold clock and policy."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.client.credentials import Credentials, StateFolder
from mockserver.assembly import Plan, build_examiner
from mockserver.gateway.exchange import ENDPOINT_PATH, HttpRequest
from mockserver.gateway.gateway import Gateway, Report
from mockserver.gateway.registry import Severity
from mockserver.instant import Instant, system_clock
from tests.forge import Forge


class Workshop:
    """Makes gateways, messages that they accept, and asks what they say of them."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.now = system_clock()
        """When a message is made and received, unless a test says otherwise."""
        self._folder = StateFolder(state)
        self._contract = self.gateway().policy.contract

    def credentials(self, persona: str = "physician") -> Credentials:
        return self._folder.credentials(persona)

    def gateway(
        self, profile: str | None = None, policy: Path | None = None, severities: Mapping[str, Severity] | None = None
    ) -> Gateway:
        """A new gateway; `severities` are put in place without the checks that a policy file goes through."""
        gateway = build_examiner(Plan(self.state, profile, policy), clock=lambda: self.now)
        if severities is not None:
            gateway.policy = replace(gateway.policy, severities=severities)
        return gateway

    def forge(self, persona: str = "physician", *, now: Instant | None = None, **options: Any) -> Forge:
        moment = self.now if now is None else now
        return Forge.request(self.credentials(persona), self._contract, moment, **options)

    def fields(self, **values: str | None) -> list[tuple[str, bytes]]:
        """What a careful client sends, with other values for some; None leaves a field out."""
        fields: dict[str, str | None] = {
            "Host": "mock.example",
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{self._contract.soap_action}"',
            "User-Agent": "dossier-tests/1.0 pytest/9.0",
            "From": "tests@example.org",
        }
        fields |= {name.replace("_", "-"): value for name, value in values.items()}
        return [(name, value.encode()) for name, value in fields.items() if value is not None]

    def examine(
        self,
        gateway: Gateway,
        message: Forge | bytes,
        *,
        received: Instant | None = None,
        fields: Sequence[tuple[str, bytes]] | None = None,
    ) -> Report:
        body = message.octets() if isinstance(message, Forge) else message
        sent = tuple(self.fields() if fields is None else fields)
        moment = self.now if received is None else received
        return gateway.examine(HttpRequest("POST", ENDPOINT_PATH, "1.1", sent, body, moment))


def rules_of(report: Report, severity: Severity = Severity.REJECT) -> list[str]:
    """Ids of the rules found broken with this severity, each once."""
    return list(dict.fromkeys(f.rule.id for f in report.findings if f.severity is severity))


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("workshop"))
