"""The service port: URL to room, and every answer that HTTP gives by itself.

What is a GenerateCovidId request by its head goes to the gateway, a request for a token to the STS; the WSDL of each is
served to `GET ?wsdl`; all else is refused here, without an envelope (`decisions.md` 2 item 1).

Below `/s/NAME` stand the same paths once more, for the session NAME alone.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from time import perf_counter_ns
from typing import Final
from urllib.parse import parse_qsl, unquote

from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule

from mockserver.gateway.exchange import ENDPOINT_PATH, Answer, HttpRequest
from mockserver.http.admission import check_media_type, check_method
from mockserver.http.application import Fragment, Message
from mockserver.http.body import content_coding, inflate
from mockserver.http.forwarded import TrustedProxies
from mockserver.http.head import Head
from mockserver.http.limits import Limits
from mockserver.http.log import ExchangeLog
from mockserver.http.refusal import Refusal, shown
from mockserver.http.wire import date_by
from mockserver.management.entry import Entry
from mockserver.random_uuid import random_uuid
from mockserver.sessions.open_session import DEFAULT, OpenSession, OpenSessions
from mockserver.sessions.register import NAME, NAME_RULE, TooManySessions
from mockserver.sessions.rooms import Description, Gateway, Premises, Room
from mockserver.sts import endpoints as sts

# Never a redirect: `/DossierNumberGeneration/v1/` works as it is (rules.md Q22).
_ROUTES: Final = Map(
    [Rule(path, endpoint=path) for path in (ENDPOINT_PATH, *sts.PATHS)],
    strict_slashes=False,
    merge_slashes=False,
    redirect_defaults=False,
).bind("")

_SESSION_PATH: Final = re.compile(r"/s/([^/]*)(/.*)?")
_TARGET: Final = re.compile(rb"[^ ]+ (?:[A-Za-z]+://[^/ ]*)?(/[^ ?]*)")
"""The path in the first line of a head, which need not be whole or well formed."""

_SERVICE_METHODS: Final = "GET, HEAD, OPTIONS, POST"
_XML: Final = "text/xml; charset=utf-8"
_PLAIN: Final = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Service:
    """Premises whose rooms are the same for every session: what needs no sessions."""

    gateway: Gateway
    contract: Description
    sts: Mapping[str, Room] = field(default_factory=dict)
    """The addresses of the STS, by path; empty when there is none."""

    def rooms(self, _session: OpenSession) -> Mapping[str, Room]:
        """See Premises."""
        return {ENDPOINT_PATH: Room(self.gateway, self.contract), **self.sts}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes."""

    session: str
    path: str
    """Of the endpoint, without the session."""


class App:
    """The application of the service port."""

    def __init__(
        self,
        *,
        origin: str,
        sessions: OpenSessions,
        log: ExchangeLog,
        limits: Limits,
        public_url: str | None = None,
        proxies: TrustedProxies | None = None,
        on_read: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`origin` is where the port listens, as scheme://host:port.

        `public_url` is where clients see it, if elsewhere; with the endpoint's path at its end or without. Without it,
        what trusted `proxies` say of their client decides. `on_read` is told how many bytes a message had, once it has
        been judged.
        """
        self.service: Premises | None = None
        """None until it is loaded; every request that needs it is answered 503 until then."""
        self._origin = origin
        self._public_url = public_url
        self._sessions = sessions
        self._proxies = proxies or TrustedProxies()
        self._log = log
        self._limits = limits
        self._on_read = on_read

    # mockserver.http.application.Application

    def admit(self, head: Head) -> None:
        """Refuse what by its head is no SOAP 1.1 request and no question for the contract. Raises Refusal."""
        if head.method == "OPTIONS":
            return
        place = _place(head.path)
        if not (head.method in ("GET", "HEAD") and _document_name(head.query)):
            check_method(head.method)
        self._room(place)
        if head.method == "POST":
            _check_soap(head.values("content-type"), head.values("content-encoding"))

    def answer(self, message: Message) -> Answer:
        """The answer to an admitted request. Raises Refusal."""
        began = perf_counter_ns()
        head = message.head
        if head.method == "OPTIONS":
            session = self._session_of(head.path)
            answer = _options(head.path)
        else:
            place = _place(head.path)
            session, room = self._room(place)
            answer = (
                self._judged(self._request(message, session), room)
                if head.method == "POST"
                else self._document(head, message.peer, place, session, room)
            )
        self._tell(answer.correlation_id, answer, perf_counter_ns() - began)
        return _dated(answer, session)

    def refuse(self, refusal: Refusal, fragment: Fragment) -> Answer:
        """The refusal as plain text, noted in the journal and the log."""
        answer = Answer(
            http=refusal.status,
            fields=[("Content-Type", _PLAIN), *refusal.fields],
            body=f"{refusal.detail}\n".encode(),
            correlation_id=random_uuid(),
        )
        session = self._note(answer.correlation_id, fragment, answer, refusal.rule, refusal.detail)
        return _dated(answer, session)

    def cut(self, reason: str, fragment: Fragment) -> None:
        """Note an exchange that gets no answer."""
        self._note(random_uuid(), fragment, None, None, reason)

    # The rooms.

    def _request(self, message: Message, session: OpenSession) -> HttpRequest:
        head = message.head
        coding = content_coding(head.values("content-encoding"))
        return HttpRequest(
            method=head.method,
            target=head.target,
            version=head.version,
            fields=head.fields,
            body=inflate(message.body, coding, self._limits),
            received=session.clock.at(message.received),
            peer=self._proxies.seen(head, message.peer).peer,
        )

    def _judged(self, request: HttpRequest, room: Room) -> Answer:
        try:
            return room.gateway.handle(request)
        finally:
            self._on_read(len(request.body))

    def _document(self, head: Head, peer: str, place: Place, session: OpenSession, room: Room) -> Answer:
        name = _document_name(head.query)
        base = self._base(head, peer)
        document = room.description.document(name, base + session.prefix + place.path)
        if document is None:
            raise Refusal(404, "Q11", f"The contract has no schema {shown(name)}: {place.path}?wsdl names them.")
        return Answer(http=200, fields=[("Content-Type", _XML)], body=document, correlation_id=random_uuid())

    def _room(self, place: Place) -> tuple[OpenSession, Room]:
        """The session, made at its first use, and its room. Raises Refusal."""
        premises = self._loaded()
        try:
            session = self._sessions.use(place.session)
        except TooManySessions as error:
            raise Refusal(503, None, f"No new session: {error}.") from error
        room = session.room(place.path, premises)
        if room is None:
            raise _nothing_at(place.path)
        return session, room

    def _base(self, head: Head, peer: str) -> str:
        """Where the client sees this port: scheme, host, and what a public URL has before the endpoint's path."""
        if self._public_url is not None:
            return self._public_url.rstrip("/").removesuffix(ENDPOINT_PATH)
        seen = self._proxies.seen(head, peer)
        scheme = seen.scheme or self._origin.partition("://")[0]
        # Head has made sure that the authority is a plain host[:port]: nothing else can get into the WSDL.
        authority = seen.authority or head.authority
        return f"{scheme}://{authority}" if authority is not None else self._origin

    def _session_of(self, path: str) -> OpenSession:
        """The session that a path names, if there is one already; else the default one. What is refused makes none."""
        match = _SESSION_PATH.match(path)
        found = self._sessions.find(match[1]) if match is not None else None
        return found or self._sessions.use(DEFAULT)

    def _loaded(self) -> Premises:
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
    ) -> OpenSession:
        target = _TARGET.match(fragment.head)
        session = self._session_of(target[1].decode("latin-1") if target is not None else "")
        session.record(
            Entry(
                correlation_id=correlation_id,
                received=session.clock.at(fragment.received),
                peer=fragment.peer,
                head=fragment.head,
                body=fragment.body,
                answer=answer,
                rule=rule,
                detail=detail,
                session=session.name,
            )
        )
        self._tell(correlation_id, answer, 0)
        return session

    def _tell(self, correlation_id: str, answer: Answer | None, duration: int) -> None:
        self._log.exchange(
            correlation_id=correlation_id,
            status=answer.http if answer is not None else None,
            soa=answer.soa if answer is not None else None,
            duration=duration,
        )


def _dated(answer: Answer, session: OpenSession) -> Answer:
    """By a session's own clock, where it has one: clients measure the drift of theirs with this field (P18)."""
    if session.clock.is_plain or any(name == "Date" for name, _ in answer.fields):
        return answer
    return replace(answer, fields=[*answer.fields, date_by(session.clock())])


@lru_cache(maxsize=64)
def _check_soap(media_types: tuple[bytes, ...], codings: tuple[bytes, ...]) -> None:
    """Check that a head announces SOAP 1.1 in a coding that we know. Raises Refusal (415)."""
    check_media_type(media_types)
    content_coding(codings)


@lru_cache(maxsize=256)
def _place(path: str) -> Place:
    """Where `path` leads. Raises Refusal (404)."""
    match = _SESSION_PATH.fullmatch(path)
    name, inner = (match[1], match[2] or "") if match is not None else (DEFAULT, path)
    endpoint = _endpoint_path(inner)
    if endpoint is None:
        raise _nothing_at(path)
    if NAME.fullmatch(name) is None:
        raise Refusal(404, "Q11", f"There can be no session {shown(name)}: its name has {NAME_RULE}.")
    return Place(name, endpoint)


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
    inner = _SESSION_PATH.sub(r"\2", path)
    allowed = _SERVICE_METHODS if path == "*" or _endpoint_path(inner) is not None else "OPTIONS"
    return Answer(http=200, fields=[("Allow", allowed)], body=b"", correlation_id=random_uuid())
