"""In place of a running mock: it makes the messages in this process and keeps them instead of sending them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.client.credentials import Credentials
from mockserver.gateway.exchange import ENDPOINT_PATH, Exchange, HeaderField, HttpRequest
from mockserver.gateway.policy import Policy
from mockserver.identities.authority import Authority
from mockserver.instant import Instant
from tests.conftest import Mock, Reply
from tests.forge import Forge
from tests.rules.bench import NOON, Bench


@dataclass(frozen=True)
class Message:
    """A request and what the gateway has to know beside it."""

    name: str
    request: HttpRequest
    again: bool = False
    """The same request came before."""
    under: Callable[[Policy], Policy] = lambda policy: policy
    """What the operator has set otherwise."""

    def exchange(self, policy: Policy) -> Exchange:
        """What the rules are asked about; the exchange holds the policy they judge by."""
        return Exchange(self.request, self.under(policy), lambda _: self.again)


class Recorder(Mock):
    """Makes the messages of a mock without one: same tokens, same keys, and what is posted is kept."""

    def __init__(self, state: Path) -> None:
        self.bench = Bench(state)
        # The tables open the same folder by the clock, which stands at noon: no certificate may be older or younger.
        self.bench.authority = Authority.open(state, clock=lambda: NOON)
        self.gateway = self.bench.gateway()
        self.url = "http://mock.example" + ENDPOINT_PATH
        self.state = state
        self.contract = self.bench.contract
        self.posted: list[HttpRequest] = []

    def credentials(self, persona: str = "physician") -> Credentials:
        return self.bench.credentials(persona)

    def forge(self, persona: str = "physician", *, now: Instant | None = None, **options: Any) -> Forge:
        return Forge.request(self.credentials(persona), self.contract, NOON if now is None else now, **options)

    def post(self, body: bytes | Forge, fields: Sequence[tuple[str, str]] | None = None) -> Reply:
        octets = body.octets() if isinstance(body, Forge) else body
        sent = [(name, value.encode("latin-1")) for name, value in (self.fields() if fields is None else fields)]
        request = self.request(octets, sent)
        self.posted.append(request)
        report = self.gateway.examine(request)
        answer, json = report.answer, report.to_json()
        entry = {"soa": answer.soa, "status": answer.status, "cbss": answer.cbss, "answer": json["answer"]}
        return Reply(answer.http, dict(answer.fields), answer.body, json, entry)

    def request(
        self, body: bytes, fields: Sequence[HeaderField], *, version: str = "1.1", received: Instant = NOON
    ) -> HttpRequest:
        return HttpRequest("POST", ENDPOINT_PATH, version, tuple(fields), body, received)

    def plain(self, body: bytes | Forge, *, received: Instant = NOON) -> HttpRequest:
        """A request whose HTTP head nothing is wrong with."""
        octets = body.octets() if isinstance(body, Forge) else body
        return self.request(octets, self.bench.fields(octets), received=received)
