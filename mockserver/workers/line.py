"""What the processes of one server say to each other: calls by name, over a pair of connected sockets.

Pickle is safe here because nobody else can write to the pair: it is made by the first process and inherited by its
worker alone. What a client sends travels as bytes in it.
"""

import copyreg
import io
import pickle
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import MappingProxyType
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mockserver.gateway.registry import RULES, Rule
from mockserver.sts.rules import STS_RULES

_ONE_WAY: Final = "one way"
_CALL: Final = "call"


class LineBroken(SystemExit):
    """The first process is gone. Without it a worker can do nothing, so this ends it, whatever it is about."""


class Line:
    """The worker's end. Belongs to one thread: a worker deals with one request at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ask(self, name: str, *arguments: object) -> Any:
        """What the first process answers. Raises what was raised there, and LineBroken."""
        try:
            self._connection.send_bytes(_packed((_CALL, name, arguments)))
            is_error, value = _unpacked(self._connection.recv_bytes())
        except (EOFError, OSError) as error:
            raise LineBroken(name) from error
        if is_error:
            raise value
        return value

    def tell(self, name: str, *arguments: object) -> None:
        """Let the first process know, and wait for nothing. Raises LineBroken."""
        try:
            self._connection.send_bytes(_packed((_ONE_WAY, name, arguments)))
        except OSError as error:
            raise LineBroken(name) from error


def serve_line(connection: Connection, call: Callable[[str, tuple[Any, ...]], object]) -> None:
    """The first process's end: answers until the worker is gone."""
    while True:
        try:
            kind, name, arguments = _unpacked(connection.recv_bytes())
            answer: tuple[bool, object]
            try:
                answer = (False, call(name, arguments))
            except Exception as error:  # the worker raises it, where its cause is
                answer = (True, error)
            if kind == _CALL:
                connection.send_bytes(_packed(answer))
        except (EOFError, OSError):
            return


class _Pickler(pickle.Pickler):
    """Rules travel as their ids; certificates and read-only mappings, which cannot be pickled, as DER and as dicts."""

    dispatch_table = copyreg.dispatch_table.copy()


def _packed(content: object) -> bytes:
    stream = io.BytesIO()
    _Pickler(stream, pickle.HIGHEST_PROTOCOL).dump(content)
    return stream.getvalue()


def _unpacked(octets: bytes) -> Any:
    return pickle.loads(octets)  # noqa: S301 - see above: from a process of ours


def _name_of(rule: Rule) -> tuple[bool, str]:
    """The services share ids, but not every word."""
    return rule.id in STS_RULES and STS_RULES[rule.id] is rule, rule.id


def _rule(is_of_sts: bool, identity: str) -> Rule:
    return (STS_RULES if is_of_sts else RULES)[identity]


def _read_only(content: dict[object, object]) -> MappingProxyType[object, object]:
    return MappingProxyType(content)


def _certificate(octets: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(octets)


_Pickler.dispatch_table[Rule] = lambda rule: (_rule, _name_of(rule))
_Pickler.dispatch_table[MappingProxyType] = lambda each: (_read_only, (dict(each),))
_Pickler.dispatch_table[x509.Certificate] = lambda each: (_certificate, (each.public_bytes(Encoding.DER),))
