"""Ids that every request gets: random UUIDs of version 4 (RFC 9562), written as the standard library writes them."""

import os
import uuid

import pytest

from mockserver.random_uuid import random_uuid


def test_it_is_of_version_4_and_never_the_same() -> None:
    written = [random_uuid() for _ in range(2000)]
    read = [uuid.UUID(each) for each in written]
    assert [str(each) for each in read] == written
    assert {(each.version, each.variant) for each in read} == {(4, uuid.RFC_4122)}
    assert len(set(written)) == len(written)


@pytest.mark.parametrize("octet", range(256))
def test_it_is_what_the_standard_library_makes_of_the_same_octets(octet: int, monkeypatch: pytest.MonkeyPatch) -> None:
    octets = bytes((octet, *range(1, 8), octet, *range(9, 16)))
    monkeypatch.setattr(os, "urandom", lambda size: octets[:size])
    assert random_uuid() == str(uuid.UUID(bytes=octets, version=4))
