"""Challenges that wait for their answer: proof that the client holds the session key too (`wire-facts.md` B3)."""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from mockserver.identities.personas import Persona
from mockserver.instant import SECOND, Instant
from mockserver.sts.token_request import TokenRequest

LIFETIME: Final = 300 * SECOND
"""How long an answer is waited for: reconstructed, as long as the STS lets a message live."""

_MOST: Final = 1000
"""Challenges kept; beyond that the oldest goes, so that nobody can fill the memory."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A request that is granted once its session key has signed `text`."""

    text: str = field(repr=False)
    request: TokenRequest
    persona: Persona
    end: Instant


class Challenges:
    """The open challenges, by the Context of their request and the text. Each can be answered once.

    Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, str], Challenge] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, request: TokenRequest, persona: Persona, now: Instant) -> Challenge:
        """A new challenge for `request`."""
        challenge = Challenge(secrets.token_urlsafe(32), request, persona, now + LIFETIME)
        with self._lock:
            self._open[request.context, challenge.text] = challenge
            while len(self._open) > _MOST:
                self._open.popitem(last=False)
        return challenge

    def find(self, context: str, text: str, now: Instant) -> Challenge | None:
        """The challenge that this answers, if it is still open."""
        found = self._open.get((context, text))
        return found if found is not None and now <= found.end else None

    def close(self, challenge: Challenge) -> bool:
        """The challenge was answered; False if it was so already."""
        return self._open.pop((challenge.request.context, challenge.text), None) is not None
