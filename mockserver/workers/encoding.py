"""How the processes of one server put into bytes what they say to each other, and cut a stream into messages.

Pickle and marshal are safe here because nobody else can write to their sockets: the first process makes each pair, and
one worker inherits its other end. What a client sends travels as bytes in them.
"""

import copyreg
import io
import marshal
import pickle
from types import MappingProxyType
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

_PLAIN: Final = 0
_PICKLED: Final = 1
_LENGTH_BYTES: Final = 4


def encoded(content: Any) -> bytes:
    """As bytes: by marshal what is made of plain values alone, which takes a fifth of the time; by pickle the rest."""
    try:
        return b"\x00" + marshal.dumps(content)
    except ValueError:  # an object of a class
        stream = io.BytesIO(b"\x01")
        stream.seek(0, io.SEEK_END)
        _Pickler(stream, pickle.HIGHEST_PROTOCOL).dump(content)
        return stream.getvalue()


def decoded(octets: bytes | bytearray) -> Any:
    """What was encoded."""
    content = memoryview(octets)[1:]
    if octets[0] == _PLAIN:
        return marshal.loads(content)  # noqa: S302 - see above: from a process of ours
    return pickle.loads(content)  # noqa: S301 - the same


def framed(octets: bytes) -> bytes:
    """A message as it stands in a stream: its length, and itself."""
    return len(octets).to_bytes(_LENGTH_BYTES, "big") + octets


class Frames:
    """Puts messages together from what a stream brings in pieces."""

    def __init__(self) -> None:
        self._held = bytearray()

    def take(self, octets: bytes | memoryview) -> None:
        """Hold what came next."""
        self._held += octets

    def pop(self) -> bytearray | None:
        """The next message, once all of it is there."""
        held = self._held
        end = _LENGTH_BYTES + int.from_bytes(held[:_LENGTH_BYTES], "big")
        if len(held) < max(end, _LENGTH_BYTES + 1):  # a message has one byte at least
            return None
        message = held[_LENGTH_BYTES:end]
        del held[:end]
        return message


class _Pickler(pickle.Pickler):
    """Certificates and read-only mappings, which cannot be pickled, travel as DER and as dicts."""

    dispatch_table = copyreg.dispatch_table.copy()


def _read_only(content: dict[object, object]) -> MappingProxyType[object, object]:
    return MappingProxyType(content)


def _certificate(octets: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(octets)


_Pickler.dispatch_table[MappingProxyType] = lambda each: (_read_only, (dict(each),))
_Pickler.dispatch_table[x509.Certificate] = lambda each: (_certificate, (each.public_bytes(Encoding.DER),))
