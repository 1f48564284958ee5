"""The outermost layers of a PKCS #12 file, as far as `cryptography` does not show them (RFC 7292).

Its reader gives the first private key of a file only, while an eHealth keystore holds several: one to sign with, others
to decrypt with. Here the encrypted keys are found; decrypting them is the library's work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_OCTET_STRING: Final = 0x04
_CONSTRUCTED_OCTET_STRING: Final = 0x24
_INTEGER: Final = 0x02
_SEQUENCE: Final = 0x30
_EXPLICIT_0: Final = 0xA0
_OBJECT_IDENTIFIER: Final = 0x06
_END_OF_CONTENTS: Final = 0x00
_INDEFINITE: Final = 0x80

_DATA: Final = bytes.fromhex("2a864886f70d010701")
"""1.2.840.113549.1.7.1: content that is not encrypted as a whole."""

_SHROUDED_KEY: Final = bytes.fromhex("2a864886f70d010c0a0102")
"""1.2.840.113549.1.12.10.1.2: a bag with an EncryptedPrivateKeyInfo."""

_DEPTH: Final = 32


class NotPkcs12(ValueError):
    """The octets are not built like a PKCS #12 file."""


@dataclass(frozen=True, slots=True)
class _Value:
    tag: int
    content: bytes


def shrouded_keys(octets: bytes) -> list[bytes]:
    """The EncryptedPrivateKeyInfo of every key in the file, in order; each can be read as encrypted PKCS #8.

    Raises NotPkcs12.
    """
    pfx = _one(octets, _SEQUENCE)
    version, safe, *_ = _children(pfx)
    if version.tag != _INTEGER or version.content != b"\x03":
        raise NotPkcs12
    keys = []
    for info in _children(_one(_data_of(safe), _SEQUENCE)):
        kind, *_ = _children(info.content)
        if kind.content != _DATA:
            continue  # certificates, encrypted as a whole
        for bag in _children(_one(_data_of(info), _SEQUENCE)):
            bag_kind, value, *_ = _children(bag.content)
            if bag_kind.content == _SHROUDED_KEY:
                keys.append(_explicit(value))
    return keys


def _data_of(content_info: _Value) -> bytes:
    """The octets in a ContentInfo of kind data."""
    kind, value, *_ = _children(content_info.content)
    if kind.tag != _OBJECT_IDENTIFIER or kind.content != _DATA:
        raise NotPkcs12
    (inner,) = _children(_explicit(value))
    if inner.tag == _CONSTRUCTED_OCTET_STRING:
        return b"".join(part.content for part in _children(inner.content))
    if inner.tag != _OCTET_STRING:
        raise NotPkcs12
    return inner.content


def _explicit(value: _Value) -> bytes:
    if value.tag != _EXPLICIT_0:
        raise NotPkcs12
    return value.content


def _one(octets: bytes, tag: int) -> bytes:
    value, _ = _read(octets, 0, 0)
    if value.tag != tag:
        raise NotPkcs12
    return value.content


def _children(octets: bytes) -> list[_Value]:
    values = list(_all(octets))
    if not values:
        raise NotPkcs12
    return values


def _all(octets: bytes) -> Iterator[_Value]:
    at = 0
    while at < len(octets):
        value, at = _read(octets, at, 0)
        yield value


def _read(octets: bytes, at: int, depth: int) -> tuple[_Value, int]:
    """The value that begins at `at`, and where it ends. Lengths may be indefinite: Bouncy Castle writes them so."""
    if depth > _DEPTH or at + 2 > len(octets):
        raise NotPkcs12
    tag, first, at = octets[at], octets[at + 1], at + 2
    if first == _INDEFINITE:
        begin = at
        while octets[at : at + 2] != b"\x00\x00":
            _, at = _read(octets, at, depth + 1)
        return _Value(tag, octets[begin:at]), at + 2
    length = first
    if first > _INDEFINITE:
        size = first - _INDEFINITE
        length, at = int.from_bytes(octets[at : at + size], "big"), at + size
    if at + length > len(octets):
        raise NotPkcs12
    return _Value(tag, octets[at : at + length]), at + length
