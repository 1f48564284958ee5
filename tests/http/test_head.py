"""Heads that were read before."""

import pytest

from mockserver.http.head import HeadReader
from mockserver.http.limits import Limits
from mockserver.http.refusal import Refusal
from tests.http.wire import request


def test_the_same_bytes_are_read_once() -> None:
    reader = HeadReader(Limits())
    raw = request()
    assert reader.read(raw) is reader.read(bytes(bytearray(raw)))
    assert reader.read(raw) is not HeadReader(Limits()).read(raw)


def test_one_byte_more_is_another_head() -> None:
    reader = HeadReader(Limits())
    first, second = (reader.read(request(body=b"x" * length)[:-length]) for length in (8, 9))
    assert (first.length, second.length) == (8, 9)


def test_a_long_head_is_not_kept() -> None:
    reader = HeadReader(Limits())
    raw = request(fields=b"X-A: " + b"a" * 1000 + b"\r\n")
    assert reader.read(raw) == reader.read(raw)
    assert reader.read(raw) is not reader.read(raw)


def test_a_refused_head_is_refused_again() -> None:
    reader = HeadReader(Limits(head_bytes=10))
    for _ in range(2):
        with pytest.raises(Refusal, match="431"):
            reader.read(request())
