"""An operation of the management port: what it is called with, what it does, and its description.

Routing, the checks of what comes in, and `/openapi.json` all read the same table.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable
from urllib.parse import parse_qsl

from mockserver.gateway.exchange import Answer
from mockserver.gateway.policy import Policy
from mockserver.http.application import Later, Message, Stream
from mockserver.http.head import Head
from mockserver.http.refusal import shown
from mockserver.identities.authority import Authority
from mockserver.identities.persona_register import PersonaRegister
from mockserver.instant import Clock
from mockserver.management.problem import Problem
from mockserver.management.tally import Tally
from mockserver.scenarios.plan import Scenario
from mockserver.sessions.register import BadName, Sessions, TooManySessions
from mockserver.sessions.session import Session
from mockserver.xray.worker import Worker


@runtime_checkable
class Stock(Protocol):
    """What a whole mock has loaded beside its rooms."""

    @property
    def authority(self) -> Authority:
        """The test PKI."""

    @property
    def personas(self) -> PersonaRegister:
        """Who may call."""

    @property
    def policy(self) -> Policy:
        """How strict it is."""


@dataclass(frozen=True, slots=True)
class Gauges:
    """What the service port is doing now."""

    in_flight: int
    connections: int


@dataclass(slots=True)
class Desk:
    """All that operations may ask or change."""

    sessions: Sessions
    loaded: Callable[[], object | None]
    """What answers requests; None while it is loading."""
    gauges: Callable[[], Gauges]
    catch_up: Callable[[], None]
    """Called before anything is read: lets every exchange be in its journal that has been answered."""
    tell_change: Callable[[], None]
    """Called before whoever may have changed something is answered: every request from then on goes by it."""
    clock: Clock
    scenarios: dict[str, Scenario]
    """Those that can be played, by name."""
    guarded: bool
    """Whether callers have shown a token."""
    tally: Tally = field(default_factory=Tally)
    """Of all sessions together, those that are gone included."""
    xray: Worker = field(default_factory=Worker)
    """Explains signatures that do not verify."""

    def stock(self) -> Stock:
        """What the mock has loaded. Raises Problem (503)."""
        loaded = self.loaded()
        if not isinstance(loaded, Stock):
            raise Problem(503, "The service is still starting: try again in a second.", fields=[("Retry-After", "1")])
        return loaded

    def session(self, name: str) -> Session:
        """The session of that name. Raises Problem (404)."""
        session = self.sessions.find(name)
        if session is None:
            raise Problem(404, f"There is no session {shown(name)}: its first request makes it, or PUT.")
        return session

    def used(self, name: str) -> Session:
        """The session of that name, made if there is none. Raises Problem (422, 503)."""
        try:
            return self.sessions.use(name)
        except TooManySessions as error:
            raise Problem(503, f"No new session: {error}.") from error
        except BadName as error:
            raise Problem(422, f"There can be no session {shown(name)}: {error}.") from error


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query."""

    name: str
    text: str
    kind: str = "string"
    """`string` or `integer`, as JSON Schema calls it."""
    choices: Sequence[str] = ()
    least: int = 0
    most: int = 1_000_000_000

    def read(self, text: str) -> str | int:
        """The value. Raises Problem (400)."""
        if self.kind == "integer":
            if not (text.isascii() and text.isdigit()) or not self.least <= int(text[:12]) <= self.most:
                raise Problem(400, f"{self.name} is {shown(text)}; give a number from {self.least} to {self.most}.")
            return int(text)
        if self.choices and text not in self.choices:
            raise Problem(400, f"{self.name} is {shown(text)}; choose one of {', '.join(self.choices)}.")
        return text

    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        bounds = {"minimum": self.least, "maximum": self.most} if self.kind == "integer" else {}
        return {"type": self.kind, **bounds, **({"enum": list(self.choices)} if self.choices else {})}


@dataclass(frozen=True, slots=True)
class Call:
    """One request for an operation."""

    path: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any
    """The JSON that came; None where the operation takes none."""
    head: Head


@dataclass(frozen=True, slots=True)
class Returns:
    """What an operation answers with some status."""

    text: str
    schema: str | None = None
    """Name of a schema in `schemas.json`; None where the body is no JSON."""
    media_type: str = "application/json"


Handler = Callable[[Desk, Call], Answer | Later | Stream]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table."""

    id: str
    method: str
    path: str
    """With parameters as {name}."""
    text: str
    handle: Handler
    returns: Mapping[int, Returns]
    query: Sequence[Parameter] = ()
    body: str | None = None
    """Name of the schema of the JSON it takes."""
    is_open: bool = False
    """Asked for no token: probes."""

    def call(self, message: Message, path: Mapping[str, str]) -> Call:
        """What came, checked. Raises Problem (400, 415)."""
        return Call(path, self._query(message.head), self._body(message), message.head)

    def _query(self, head: Head) -> Mapping[str, Any]:
        known = {parameter.name: parameter for parameter in self.query}
        values: dict[str, Any] = {}
        for name, text in parse_qsl(head.query, keep_blank_values=True):
            if name not in known:
                takes = f"takes {', '.join(known)}" if known else "takes no parameters"
                raise Problem(400, f"There is no parameter {shown(name)}: {self.method} {self.path} {takes}.")
            if name in values:
                raise Problem(400, f"{name} is given twice.")
            values[name] = known[name].read(text)
        return values

    def _body(self, message: Message) -> Any:
        if self.body is None:
            return None
        media_type = b",".join(message.head.values("content-type")).partition(b";")[0].strip().lower()
        if media_type != b"application/json":
            # A page of another site may send text/plain without being asked; JSON it may not.
            raise Problem(415, "Send Content-Type: application/json.")
        if message.head.values("content-encoding"):
            raise Problem(415, "Send the body as it is, without Content-Encoding.")
        try:
            return json.loads(message.body)
        except (ValueError, RecursionError) as error:
            raise Problem(400, "The body is not JSON.") from error


PROBLEM: Final = Returns("What is wrong, in one sentence", "Problem", "application/problem+json")
