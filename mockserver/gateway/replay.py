"""The memory of signatures received, to tell a replay (`rules.md` I12, A110 to A113).

Keyed by the decoded SignatureValue, the key and Created, so that neither other unsigned parts nor another way to write
the base64 make a message new; for ECDSA, whose values can be altered without the key, by the digest of SignedInfo too.
Entries are kept until the message could not pass by time anyway: Expires plus the tolerance, plus a margin.
"""

import hashlib
import heapq
from collections.abc import Iterator
from typing import Final

from mockserver.gateway.crypto.base64 import decode_base64
from mockserver.gateway.crypto.canonical import exclusive_c14n
from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.envelope import string_value
from mockserver.instant import SECOND, Instant, read_date_time

_MARGIN: Final = 60 * SECOND
"""For clocks that are set back while the server runs."""


class ReplayMemory:
    """Signatures seen. Bounded by time: nothing older than about eleven minutes is kept."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._ends: list[tuple[Instant, bytes]] = []

    def was_seen(self, exchange: Exchange) -> bool:
        """True if this message's signature was asked about before; remembers it either way."""
        now = exchange.request.received
        while self._ends and self._ends[0][0] < now:
            self._seen.discard(heapq.heappop(self._ends)[1])
        keys = list(_keys(exchange))
        known = any(key in self._seen for key in keys)
        end = _end_of_life(exchange)
        for key in keys:
            if key not in self._seen:
                self._seen.add(key)
                heapq.heappush(self._ends, (end, key))
        return known

    def __len__(self) -> int:
        return len(self._seen)


def _keys(exchange: Exchange) -> Iterator[bytes]:
    signature, timestamp = exchange.signature, exchange.timestamp
    if signature is None or timestamp is None or not exchange.key_name:
        return
    context = exchange.key_name + b"\0" + string_value(timestamp.created[0]).strip().encode()
    value = decode_base64(string_value(signature.signature_values[0]))
    signed_info = exclusive_c14n(signature.signed_infos[0], signature.canonicalizations[0].prefixes)
    for kind, content in ((b"value", value), (b"info", signed_info)):
        yield hashlib.sha256(kind + b"\0" + context + b"\0" + content).digest()


def _end_of_life(exchange: Exchange) -> Instant:
    if exchange.timestamp is None:
        return 0
    expires = read_date_time(string_value(exchange.timestamp.expires[0])).instant
    return expires + exchange.policy.settings.tolerance * SECOND + _MARGIN
