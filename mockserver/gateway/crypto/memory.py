"""What was proven of a token once, by the digest of its exact bytes.

A client sends the same token for a day. That the STS signed these very bytes, and that they are valid against the
schema, is true for ever; so it is proven at the first sight of them and looked up later. What is not for ever, times
and trust, is judged anew on every message: no rule about them asks here.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Final, Generic, TypeVar

from lxml import etree

MOST_PROOFS: Final = 10_000
"""Proofs kept, about 1 MB; for one more, the one is forgotten that was not asked for the longest time."""


K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(Generic[K, V]):
    """What is known by a name; when it is full, what was not asked for the longest time is forgotten."""

    def __init__(self, most: int = MOST_PROOFS) -> None:
        self._most = most
        self._known: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, name: K, otherwise: V) -> V:
        """What is known by `name`."""
        with self._lock:
            try:
                self._known.move_to_end(name)
            except KeyError:
                return otherwise
            return self._known[name]

    def put(self, name: K, value: V) -> None:
        """Remember it."""
        with self._lock:
            self._known[name] = value
            if len(self._known) > self._most:
                self._known.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._known.clear()

    def __len__(self) -> int:
        return len(self._known)


class Proofs(Memory[bytes, bool]):
    """Things that were proven. Only what holds is kept: nobody fills the memory who has no token to show."""

    def __contains__(self, digest: bytes) -> bool:
        return self.get(digest, False)

    def add(self, digest: bytes) -> None:
        """Remember what `digest` stands for."""
        self.put(digest, True)


def digest_of(element: etree._Element, *context: bytes) -> bytes:
    """SHA-256 of `context` and of the element as it stands in its document.

    It is written out with every character, comment and namespace declaration in it, and with all declarations in scope
    around it: whatever a canonical form or a schema could depend on. Not by exclusive c14n, which leaves out
    declarations that a PrefixList or an xsi:type may name.
    """
    parts = (*context, etree.tostring(element, encoding="utf-8", with_tail=False))
    # Each with its length before it, so that no two lists of parts look the same.
    return hashlib.sha256(b"".join(b"%d:%b" % (len(part), part) for part in parts)).digest()
