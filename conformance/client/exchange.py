"""One caller at one endpoint: builds, signs, sends, reads, and keeps every exchange."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime

from lxml import etree

from conformance.client.answer import Answer, read_answer
from conformance.client.credentials import Credentials, CredentialSource
from conformance.client.endpoint import Endpoint
from conformance.client.message import Person, Requester, covid_id_request, new_request_id
from conformance.client.parts import Change, Parts
from conformance.client.signer import TokenSignature, secure_envelope
from conformance.client.transport import HttpRequest, Transport
from mockserver.contract import Contract
from mockserver.instant import SECOND, Clock, Instant, system_clock

FRESH = ""
"""As request_id: a new one."""

Fields = Mapping[str, Sequence[str]]
"""Header fields to send instead of the client's own: the values by name; none leaves the field out."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request as it was sent and the answer to it."""

    request_id: str | None
    """@Id of the request; None when it had none, or was no GenerateCovidId at all."""
    request: HttpRequest
    answer: Answer
    received: Instant | None = None
    """When the last octet of the request was in, where it was the endpoint that took the time."""
    seconds: float = 0.0
    """From then until the first octet of the answer went back; 0 where nobody took the time."""


class Client:
    """The reference client, for one caller. Not for use by several threads at once."""

    def __init__(
        self,
        endpoint: Endpoint,
        contract: Contract,
        credentials: Credentials,
        transport: Transport,
        clock: Clock = system_clock,
        *,
        source: CredentialSource | None = None,
        seed: int = 0,
    ) -> None:
        """`source` gives the credentials of other personas; `seed` is for cases that draw their values."""
        self.credentials = credentials
        self.contract = contract
        self.exchanges: list[Exchange] = []
        self.seed = seed
        self._endpoint = endpoint
        self._transport = transport
        self._clock = clock
        self._source = source

    def now(self) -> Instant:
        """One reading of this machine's clock."""
        return self._clock()

    def another(self, persona: str) -> Credentials:
        """The credentials of another persona. Raises PersonaUnavailableError or CredentialsError."""
        if self._source is None:
            raise RuntimeError("this client was made without a source of credentials")
        return self._source(persona)

    def generate_covid_id(
        self,
        requester: Requester | None,
        person: Person | None,
        *,
        token_signature: TokenSignature = TokenSignature.NONE,
        credentials: Credentials | None = None,
        request_id: str | None = FRESH,
        times: tuple[str, str] | None = None,
        business: Callable[[etree._Element], object] | None = None,
        message: Change | None = None,
        octets: Callable[[bytes], bytes] | None = None,
        fields: Fields | None = None,
    ) -> Exchange:
        """Calls GenerateCovidId. Raises NoConnectionError or CredentialsError.

        The options make a message differ from the reference client's, in the order in which it comes about:

        `request_id`   @Id; None leaves it out
        `business`     changes the request element before it is signed
        `credentials`  sign instead of the client's own
        `times`        texts of Created and Expires
        `message`      changes the message after it was signed
        `octets`       changes what goes on the wire
        `fields`       header fields instead of the client's own
        """
        now = self._clock()
        identifier = new_request_id() if request_id == FRESH else request_id
        element = covid_id_request(
            self.contract, requester=requester, person=person, request_id=identifier, issue_instant=now
        )
        if business is not None:
            business(element)
        body = secure_envelope(
            element, credentials or self.credentials, now=now, times=times, token_signature=token_signature
        )
        if message is not None:
            parts = Parts.of(body)
            message(parts)
            body = parts.octets()
        if octets is not None:
            body = octets(body)
        return self.post(body, request_id=identifier, fields=fields)

    def post(self, body: bytes, *, request_id: str | None = None, fields: Fields | None = None) -> Exchange:
        """Sends octets as they are, a message sent before for instance. Raises NoConnectionError."""
        request = self._transport.request(self._endpoint, body, self.contract.soap_action)
        return self._send(replace(request, fields=_changed(request.fields, fields or {})), request_id)

    def ask(self, method: str, *, query: str = "") -> Exchange:
        """Sends a request without a body: a question to HTTP, not to the service. Raises NoConnectionError."""
        fields = [
            (name, value)
            for name, value in self._transport.request(self._endpoint, b"", "").fields
            if name not in ("Content-Type", "Content-Length", "SOAPAction")
        ]
        target = self._endpoint.target + (f"?{query}" if query else "")
        return self._send(HttpRequest(target, fields, b"", method), None)

    def endpoint_time(self) -> Instant | None:
        """What the endpoint's clock says, in whole seconds: the Date of its answer to OPTIONS. None without one.

        Connectors measure the drift of their own clock in this way (wire-facts.md C7). Raises NoConnectionError.
        """
        dates = self.ask("OPTIONS").answer.http.values("Date")
        try:
            return round(parsedate_to_datetime(dates[0]).timestamp()) * SECOND
        except (IndexError, ValueError):
            return None

    def _send(self, request: HttpRequest, request_id: str | None) -> Exchange:
        http = self._transport.send(self._endpoint, request)
        exchange = Exchange(request_id, request, read_answer(http, self.contract))
        self.exchanges.append(exchange)
        return exchange


def _changed(fields: Sequence[tuple[str, str]], changes: Fields) -> list[tuple[str, str]]:
    """`fields` in their order with the values of `changes` in place of their own; new ones follow."""
    names = [name for name, _ in fields]
    changed = []
    for name, value in fields:
        changed += [(name, new) for new in changes[name]] if name in changes else [(name, value)]
    return changed + [(name, value) for name, values in changes.items() if name not in names for value in values]
