"""What stands behind a port, and what it is handed."""

from collections.abc import AsyncGenerator, Coroutine
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from mockserver.gateway.exchange import Answer
from mockserver.http.head import Head
from mockserver.http.refusal import Refusal
from mockserver.instant import Instant


class Message(NamedTuple):
    """A whole request; the body still in its content coding."""

    head: Head
    body: bytes
    received: Instant
    """The moment the last byte was in."""
    peer: str
    """host:port of the caller."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """What was readable of a request that is refused or cut."""

    head: bytes
    body: bytes
    received: Instant
    peer: str


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer whose body comes bit by bit, until the client or the server goes."""

    answer: Answer
    """Status and fields; its body is empty."""
    parts: AsyncGenerator[bytes, None]


Later = Coroutine[Any, Any, Answer]
"""An answer that has to be waited for."""


class Application(Protocol):
    """What stands behind a port. Every method returns soon: it runs on the event loop."""

    def admit(self, head: Head) -> None:
        """Judge by the head alone, before the body is asked for. Raises Refusal."""

    def answer(self, message: Message) -> Answer | Later | Stream:
        """The answer to a whole request. Raises Refusal, and so may a Later."""

    def refuse(self, refusal: Refusal, fragment: Fragment) -> Answer:
        """The refusal as an answer, after taking note of it."""

    def cut(self, reason: str, fragment: Fragment) -> None:
        """Take note of a request that will get no answer; `reason` is one sentence."""
