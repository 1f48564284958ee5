"""The memory of messages accepted, to tell a replay (`rules.md` I12, A110 to A113).

Keyed by the decoded SignatureValue, the holder's public key and Created, so that neither other unsigned parts (the
token among them, A66) nor another way to write the base64 make a message new; for ECDSA, whose values can be altered
without the key, by the digest of SignedInfo too.

A message that is refused leaves no trace: whoever copies one on its way, spoils an unsigned part and sends it first
would otherwise have the genuine one refused. So the memory is asked last, when it is known whether anything refuses.
An entry is kept until the message could not pass by time anyway: Expires plus the tolerance, plus a margin.
"""

import hashlib
import heapq
from threading import Lock
from typing import Final, Protocol

from mockserver.gateway.crypto.message_signature import signature_octets
from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.envelope import string_value
from mockserver.instant import SECOND, Instant, read_date_time

_MARGIN: Final = 60 * SECOND
"""For clocks that are set back while the server runs."""

Keys = tuple[bytes, ...]
"""What names an accepted message; each of them alone tells a replay of it."""


class Accepted(Protocol):
    """The names of the messages accepted, and until when each could pass; it may live in another process."""

    def knows(self, keys: Keys, now: Instant) -> bool:
        """Whether a message of one of these names was accepted, and could still pass."""

    def remember(self, keys: Keys, end: Instant, now: Instant) -> bool:
        """Take note of a message that could pass until `end`; False, and no note, if one of its names is known."""


class ReplayMemory:
    """What a gateway asks about messages and their replays."""

    def __init__(self, accepted: Accepted) -> None:
        self._accepted = accepted

    def has_met(self, exchange: Exchange) -> bool:
        """Whether a message with this signature was accepted; where nothing refuses this one, it is from now on.

        In one step: of two identical messages that are judged at the same moment, one alone is new. To be asked once
        all else is judged.
        """
        return self.knows(exchange) if exchange.gate_refusal is not None else not self.remember(exchange)

    def knows(self, exchange: Exchange) -> bool:
        """Whether a message with this signature was accepted. To be asked only once the signature is verified."""
        return self._accepted.knows(_keys(exchange), exchange.request.received)

    def remember(self, exchange: Exchange) -> bool:
        """Take note of a message that is being accepted; False if it is known already."""
        keys, end = _keys(exchange), _end_of_life(exchange)
        if not keys:
            raise ValueError("what has no signature is never accepted")
        return self._accepted.remember(keys, end, exchange.request.received)


class AcceptedHere:
    """Messages accepted in the last eleven minutes or so, at most `most` of them, in the memory of this process.

    For one more, the one is forgotten that could pass for the shortest time. Safe to use from several threads.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[int] = set()
        self._ends: list[tuple[int, ...]] = []
        """The end of each message's time, and its names; a heap."""
        self._lock = Lock()

    def knows(self, keys: Keys, now: Instant) -> bool:
        """See Accepted."""
        with self._lock:
            self._forget(now)
            return not self._known.isdisjoint(map(_short, keys))

    def remember(self, keys: Keys, end: Instant, now: Instant) -> bool:
        """See Accepted."""
        with self._lock:
            self._forget(now)
            names = tuple(map(_short, keys))
            if not self._known.isdisjoint(names):
                return False
            if len(self._ends) >= self._most:
                self._forget_first()
            self._known.update(names)
            heapq.heappush(self._ends, (end, *names))
            return True

    def __len__(self) -> int:
        return len(self._ends)

    def _forget(self, now: Instant) -> None:
        while self._ends and self._ends[0][0] < now:
            self._forget_first()

    def _forget_first(self) -> None:
        _, *names = heapq.heappop(self._ends)
        self._known.difference_update(names)


def _short(key: bytes) -> int:
    """60 bits of a digest, in half the memory: that two of 20,000 messages share them by chance has a probability of
    one in a billion, and to find one that shares them with a message of somebody else takes 2**60 attempts in its time
    to live."""
    return int.from_bytes(key[:8], "big") >> 4


def _keys(exchange: Exchange) -> Keys:
    if exchange.replay_keys is None:
        exchange.replay_keys = _computed_keys(exchange)
    return exchange.replay_keys


def _computed_keys(exchange: Exchange) -> Keys:
    """Empty where nothing is signed, or by nobody."""
    signature, timestamp = exchange.signature, exchange.timestamp
    if signature is None or timestamp is None or not exchange.key_name:
        return ()
    context = exchange.key_name + b"\0" + string_value(timestamp.created[0]).strip().encode()
    value, signed_info = signature_octets(signature)
    return tuple(
        hashlib.sha256(kind + b"\0" + context + b"\0" + content).digest()
        for kind, content in ((b"value", value), (b"info", signed_info))
    )


def _end_of_life(exchange: Exchange) -> Instant:
    if exchange.timestamp is None:
        raise ValueError("a message without Timestamp is never accepted")
    expires = read_date_time(string_value(exchange.timestamp.expires[0])).instant
    return expires + exchange.policy.settings.tolerance * SECOND + _MARGIN
