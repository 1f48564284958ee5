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

_LENGTH_BYTES: Final = 4
_PLAIN: Final = b"m"
_PICKLED: Final = b"p"


def written(content: Any) -> bytes:
    """Content as bytes.

    By marshal what is made of plain values alone, which takes a fifth of the time; by pickle the rest.
    """
    try:
        return _PLAIN + marshal.dumps(content)
    except ValueError:  # an object of a class
        stream = io.BytesIO(_PICKLED)
        stream.seek(0, io.SEEK_END)
        _Pickler(stream, pickle.HIGHEST_PROTOCOL).dump(content)
        return stream.getvalue()


def content_of(octets: bytes | memoryview) -> Any:
    """What was written."""
    rest = memoryview(octets)[1:]
    if octets[0] == ord(_PLAIN):
        return marshal.loads(rest)  # noqa: S302 - see above: from a process of ours
    return pickle.loads(rest)  # noqa: S301 - the same


def message(content: Any) -> bytes:
    """Content as it stands in a stream: the length of what is written, and that."""
    octets = written(content)
    return len(octets).to_bytes(_LENGTH_BYTES, "big") + octets


class Messages:
    """Reads messages out of a stream, which may bring them in pieces."""

    def __init__(self) -> None:
        self._begun = b""

    def read(self, octets: bytes | memoryview) -> list[Any]:
        """The contents of the messages that are whole with what came next."""
        whole = memoryview(self._begun + octets if self._begun else octets)
        contents, begin = [], 0
        while (text := begin + _LENGTH_BYTES) < len(whole):
            end = text + int.from_bytes(whole[begin:text], "big")
            if end > len(whole):
                break
            contents.append(content_of(whole[text:end]))
            begin = end
        self._begun = bytes(whole[begin:])
        return contents


class _Pickler(pickle.Pickler):
    """Certificates and read-only mappings, which cannot be pickled, travel as DER and as dicts."""

    dispatch_table = copyreg.dispatch_table.copy()


def _read_only(content: dict[object, object]) -> MappingProxyType[object, object]:
    return MappingProxyType(content)


def _certificate(octets: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(octets)


_Pickler.dispatch_table[MappingProxyType] = lambda each: (_read_only, (dict(each),))
_Pickler.dispatch_table[x509.Certificate] = lambda each: (_certificate, (each.public_bytes(Encoding.DER),))
