"""What stands behind the paths of a session."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mockserver.gateway.exchange import Answer, HttpRequest

if TYPE_CHECKING:
    from mockserver.sessions.open_session import OpenSession


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


class Premises(Protocol):
    """What must be loaded before the first request can be answered; all sessions share it."""

    def rooms(self, session: "OpenSession") -> Mapping[str, Room]:
        """The rooms of a session by the path of their endpoint. Asked once for each session."""
