"""Attacks on the parser that HTTP alone can show: sizes over its limits, slow senders, two readings of one request."""

import gzip
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.attacks.forgery import find
from tests.attacks.parser_documents import LAUGHS, QUADRATIC
from tests.conftest import Mock
from tests.forge import Forge
from tests.http.wire import ENDPOINT, Wire
from tests.rules.bench import Bench
from tests.rules.raw import lines_of, send, with_lines


def assert_serves(mock: Mock) -> None:
    reply = mock.post(mock.forge())
    assert (reply.http, reply.status) == (200, "Success")


def wire_to(mock: Mock) -> Wire:
    address = urlsplit(mock.url)
    assert address.hostname is not None and address.port is not None
    return Wire((address.hostname, address.port))


def head_of(mock: Mock, *more: bytes) -> bytes:
    lines = [b"POST " + ENDPOINT + b" HTTP/1.1", *(name + b": " + value for name, value in lines_of(mock)), *more]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def with_long_text(forge: Forge) -> bytes:
    """A92: libxml2 itself would stop at ten megabytes."""
    find(forge.operation, "LastName").text = "A" * 11_000_000
    return forge.octets()


def with_many_blocks(forge: Forge) -> bytes:
    """A93."""
    blocks = b"<a xmlns='urn:x'/>" * 1_000_000
    return forge.octets().replace(b"<SOAP-ENV:Header>", b"<SOAP-ENV:Header>" + blocks, 1)


def with_long_certificate(forge: Forge) -> bytes:
    """A94."""
    find(forge.assertion, "X509Certificate").text = "A" * 5_000_000
    return forge.octets()


@pytest.mark.parametrize("enlarged", [with_long_text, with_many_blocks, with_long_certificate])
def test_what_is_over_a_megabyte_is_413_and_not_parsed(mock: Mock, enlarged: object) -> None:
    assert callable(enlarged)
    issued = mock.issued()
    reply = send(mock, enlarged(mock.forge()))
    assert (reply.http, reply.soa, reply.report) == (413, None, None)
    assert mock.issued() == issued
    assert_serves(mock)


def test_a96_a_bomb_that_begins_like_a_message_is_413(mock: Mock) -> None:
    """A thousandfold: fifty megabytes of blanks behind a valid message."""
    bomb = gzip.compress(mock.forge().octets() + b" " * 50_000_000)
    assert len(bomb) < 100_000
    fields = with_lines(lines_of(mock), b"Content-Encoding", b"gzip")
    reply = send(mock, bomb, fields)
    assert (reply.http, reply.soa) == (413, None)
    small = send(mock, gzip.compress(mock.forge().octets()), fields)
    assert (small.http, small.status) == (200, "Success")


def test_a97_two_hundred_slow_senders_keep_nobody_else_waiting(mock: Mock) -> None:
    with ExitStack() as stack:
        for number in range(200):
            wire = stack.enter_context(wire_to(mock))
            beginning = head_of(mock, b"Content-Length: 9000") if number % 2 else b"POST /"
            wire.send(beginning + b"<")
        assert_serves(mock)
    assert_serves(mock)


def test_a98_a_request_hidden_in_another_is_not_served(mock: Mock) -> None:
    """One reader goes by Content-Length, the other by chunks: the second request exists for one of them alone."""
    octets = mock.forge().octets()
    hidden = head_of(mock, b"Content-Length: %d" % len(octets)) + octets
    smuggled = b"0\r\n\r\n" + hidden
    issued = mock.issued()
    for lines in (
        (b"Content-Length: %d" % len(smuggled), b"Transfer-Encoding: chunked"),
        (b"Transfer-Encoding: chunked", b"Content-Length: 5"),
        (b"Content-Length: 5", b"Content-Length: %d" % len(smuggled)),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",),
        (b"Transfer-Encoding: \x0bchunked",),
        (b"Transfer-Encoding : chunked",),
    ):
        with wire_to(mock) as wire:
            wire.send(head_of(mock, *lines) + smuggled)
            assert wire.read().status == 400, lines
            wire.socket.settimeout(5)
            assert wire.is_closed(), lines
    assert mock.issued() == issued
    assert_serves(mock)


def test_a134_what_a_field_holds_cannot_fake_a_line_of_the_log_or_the_journal(mock: Mock) -> None:
    """Bytes that HTTP allows and a terminal obeys: C1 controls, a bell in UTF-8's clothes, a closing quote."""
    value = b'a/1 b/1\x9b31m\xc2\x9b31m"},{"event":"forged"'
    reply = send(mock, mock.forge(), with_lines(lines_of(mock), b"User-Agent", value))
    assert (reply.http, reply.status, reply.warnings) == (200, "Success", ["U02"])
    assert "forged" not in str(reply.report)


@pytest.mark.parametrize("subset", [LAUGHS, QUADRATIC], ids=["billion laughs", "quadratic"])
def test_a80_entities_are_refused_before_they_cost_anything(
    tmp_path_factory: pytest.TempPathFactory, subset: str
) -> None:
    """Fifty milliseconds; the best of five, for other tests run beside this one."""
    bench = Bench(tmp_path_factory.mktemp("bench"))
    body = f"<!DOCTYPE x [{subset}]>".encode() + bench.forge().octets()
    reports = [bench.judge(body).report for _ in range(5)]
    assert {report.answer.soa for report in reports} == {"SOA-03004"}
    assert min(report.duration for report in reports) < 50_000_000


def test_a_socket_that_is_shut_at_once_is_no_trouble(mock: Mock) -> None:
    address = urlsplit(mock.url)
    for _ in range(100):
        socket.create_connection((address.hostname, address.port)).close()
    assert_serves(mock)
