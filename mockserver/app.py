"""The service port: URL to room, and every answer that HTTP gives by itself.

What is a GenerateCovidId request by its head goes to the gateway, a request for a token to the STS; the WSDL of each is
served to `GET ?wsdl`; all else is refused here, without an envelope (`decisions.md` 2 item 1).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from time import perf_counter_ns
from typing import Final, Protocol
from urllib.parse import parse_qsl, unquote
from uuid import uuid4

from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule

from mockserver.gateway.exchange import ENDPOINT_PATH, Answer, HttpRequest
from mockserver.http.admission import check_media_type, check_method
from mockserver.http.application import Fragment, Message
from mockserver.http.body import content_coding, inflate
from mockserver.http.head import Head
from mockserver.http.limits import Limits
from mockserver.http.log import ExchangeLog
from mockserver.http.refusal import Refusal, shown
from mockserver.management.journal import Entry, Journal
from mockserver.sts import endpoints as sts

# Never a redirect: `/DossierNumberGeneration/v1/` works as it is (rules.md Q22).
_ROUTES: Final = Map(
    [Rule(path, endpoint=path) for path in (ENDPOINT_PATH, *sts.PATHS)],
    strict_slashes=False,
    merge_slashes=False,
    redirect_defaults=False,
).bind("")

_SERVICE_METHODS: Final = "GET, HEAD, OPTIONS, POST"
_XML: Final = "text/xml; charset=utf-8"
_PLAIN: Final = "text/plain; charset=utf-8"


class Gateway(Protocol):
    """What answers a request to one service; never raises."""

    def handle(self, request: HttpRequest) -> Answer:
        """One exchange, noted in the journal by the gateway itself."""


class Description(Protocol):
    """What knows the WSDL and the schemas."""

    def document(self, name: str, endpoint: str) -> bytes | None:
        """The WSDL (`name` is "wsdl") or a schema, for a service at the URL `endpoint`; None if unknown."""


@dataclass(frozen=True, slots=True)
class Room:
    """One service behind the port: what answers its requests, and what describes it."""

    gateway: Gateway
    description: Description


@dataclass(frozen=True, slots=True)
class Service:
    """What must be loaded before the first request can be answered."""

    gateway: Gateway
    contract: Description
    sts: Mapping[str, Room] = field(default_factory=dict)
    """The addresses of the STS, by path; empty when there is none."""

    def room(self, path: str) -> Room | None:
        """The room at the path of an endpoint."""
        return Room(self.gateway, self.contract) if path == ENDPOINT_PATH else self.sts.get(path)


class App:
    """The application of the service port."""

    def __init__(
        self,
        *,
        origin: str,
        journal: Journal,
        log: ExchangeLog,
        limits: Limits,
        public_url: str | None = None,
    ) -> None:
        """`origin` is where the port listens, as scheme://host:port.

        `public_url` is where clients see it, if elsewhere; with the endpoint's path at its end or without.
        """
        self.service: Service | None = None
        """None until it is loaded; every request that needs it is answered 503 until then."""
        self._origin = origin
        self._public_url = public_url
        self._journal = journal
        self._log = log
        self._limits = limits

    # mockserver.http.application.Application

    def admit(self, head: Head) -> None:
        """Refuse what by its head is no SOAP 1.1 request and no question for the contract. Raises Refusal."""
        if head.method == "OPTIONS":
            return
        if _endpoint_path(head.path) is None:
            raise _nothing_at(head.path)
        if not (head.method in ("GET", "HEAD") and _document_name(head.query)):
            check_method(head.method)
        self._room(head)
        if head.method == "POST":
            check_media_type(head.values("content-type"))
            content_coding(head.values("content-encoding"))

    def answer(self, message: Message) -> Answer:
        """The answer to an admitted request. Raises Refusal."""
        began = perf_counter_ns()
        if message.head.method == "OPTIONS":
            answer = _options(message.head.path)
        elif message.head.method == "POST":
            answer = self._room(message.head).gateway.handle(self._request(message))
        else:
            answer = self._document(message.head)
        self._tell(answer.correlation_id, answer, perf_counter_ns() - began)
        return answer

    def refuse(self, refusal: Refusal, fragment: Fragment) -> Answer:
        """The refusal as plain text, noted in the journal and the log."""
        answer = Answer(
            http=refusal.status,
            fields=[("Content-Type", _PLAIN), *refusal.fields],
            body=f"{refusal.detail}\n".encode(),
            correlation_id=str(uuid4()),
        )
        self._note(answer.correlation_id, fragment, answer, refusal.rule, refusal.detail)
        return answer

    def cut(self, reason: str, fragment: Fragment) -> None:
        """Note an exchange that gets no answer."""
        self._note(str(uuid4()), fragment, None, None, reason)

    # The rooms.

    def _request(self, message: Message) -> HttpRequest:
        head = message.head
        return HttpRequest(
            method=head.method,
            target=head.target,
            version=head.version,
            fields=head.fields,
            body=inflate(message.body, content_coding(head.values("content-encoding")), self._limits),
            received=message.received,
            peer=message.peer,
        )

    def _document(self, head: Head) -> Answer:
        name = _document_name(head.query)
        path = _endpoint_path(head.path) or ENDPOINT_PATH
        document = self._room(head).description.document(name, self._endpoint(head, path))
        if document is None:
            raise Refusal(404, "Q11", f"The contract has no schema {shown(name)}: {path}?wsdl names them.")
        return Answer(http=200, fields=[("Content-Type", _XML)], body=document, correlation_id=str(uuid4()))

    def _room(self, head: Head) -> Room:
        room = self._loaded().room(_endpoint_path(head.path) or "")
        if room is None:
            raise _nothing_at(head.path)
        return room

    def _endpoint(self, head: Head, path: str) -> str:
        scheme = self._origin.partition("://")[0]
        # Head has made sure that the authority is a plain host[:port]: nothing else can get into the WSDL.
        seen = f"{scheme}://{head.authority}" if head.authority is not None else self._origin
        return (self._public_url or seen).rstrip("/").removesuffix(ENDPOINT_PATH) + path

    def _loaded(self) -> Service:
        if self.service is None:
            raise Refusal(
                503,
                None,
                "The service is still starting: try again in a second.",
                fields=[("Retry-After", "1")],
            )
        return self.service

    def _note(
        self, correlation_id: str, fragment: Fragment, answer: Answer | None, rule: str | None, detail: str
    ) -> None:
        self._journal.record(
            Entry(
                correlation_id=correlation_id,
                received=fragment.received,
                peer=fragment.peer,
                head=fragment.head,
                body=fragment.body,
                answer=answer,
                rule=rule,
                detail=detail,
            )
        )
        self._tell(correlation_id, answer, 0)

    def _tell(self, correlation_id: str, answer: Answer | None, duration: int) -> None:
        self._log.exchange(
            correlation_id=correlation_id,
            status=answer.http if answer is not None else None,
            soa=answer.soa if answer is not None else None,
            duration=duration,
        )


@lru_cache(maxsize=256)
def _endpoint_path(path: str) -> str | None:
    """The path of the endpoint that `path` means; None for none."""
    if path.startswith("//"):
        return None  # werkzeug would take it for one slash; a base URL with a slash too many is worth telling
    try:
        endpoint, _ = _ROUTES.match(unquote(path), method="POST")
    except NotFound:
        return None
    return str(endpoint)


def _nothing_at(path: str) -> Refusal:
    return Refusal(
        404,
        "Q11",
        f"There is nothing at {shown(path)}: the service is POST {ENDPOINT_PATH}, its WSDL GET {ENDPOINT_PATH}?wsdl.",
    )


def _document_name(query: str) -> str:
    """`wsdl`, a schema's name, or nothing when the query asks for neither. Java and .NET differ in case."""
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key.lower() == "wsdl":
            return "wsdl"
        if key.lower() == "xsd" and value.lower() != "wsdl":
            return value
    return ""


def _options(path: str) -> Answer:
    # Connectors ask OPTIONS of the root and measure their drift by the Date of the answer (wire-facts C7).
    allowed = _SERVICE_METHODS if path == "*" or _endpoint_path(path) is not None else "OPTIONS"
    return Answer(http=200, fields=[("Allow", allowed)], body=b"", correlation_id=str(uuid4()))
