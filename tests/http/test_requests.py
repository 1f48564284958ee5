"""What the gateway is handed: the request as it came, nothing joined or dropped (`decisions.md` 2 item 1)."""

import gzip
import time
import zlib
from email.utils import parsedate_to_datetime

import pytest

from mockserver.instant import SECOND
from tests.http.running import Running, running
from tests.http.wire import ENDPOINT, XML, chunked, request


def test_fields_arrive_in_order_with_their_duplicates(server: Running) -> None:
    fields = (
        XML
        + b'SOAPAction: "a"\r\n'
        + b"User-Agent: one/1\r\n"
        + b"user-agent: two/2\r\n"
        + b'SOAPAction: "a"\r\n'
        + b"X-Empty:\r\n"
    )
    server.ask(request(fields=fields, body=b"abc"))
    (got,) = server.gateway.requests
    assert list(got.fields) == [
        ("Host", b"mock.example"),
        ("Content-Type", b"text/xml; charset=utf-8"),
        ("SOAPAction", b'"a"'),
        ("User-Agent", b"one/1"),
        ("user-agent", b"two/2"),
        ("SOAPAction", b'"a"'),
        ("X-Empty", b""),
        ("Content-Length", b"3"),
    ]
    assert got.values("User-Agent") == [b"one/1", b"two/2"]


def test_blanks_around_a_value_are_gone_and_those_inside_stay(server: Running) -> None:
    server.ask(request(fields=XML + b"X-A: \t a  b \t\r\nX-B:c\r\nX-C: \xe9\r\n"))
    (got,) = server.gateway.requests
    assert [got.values(name) for name in ("X-A", "X-B", "X-C")] == [[b"a  b"], [b"c"], [b"\xe9"]]


def test_the_gateway_sees_method_target_version_body_and_peer(server: Running) -> None:
    with server.connect() as wire:
        wire.send(request(line=b"POST " + ENDPOINT + b"?a=b HTTP/1.1", body=b"\x00\xff\r\n\r\n"))
        assert wire.read().body == b"<echo>\x00\xff\r\n\r\n</echo>"
        host, port = wire.socket.getsockname()
    (got,) = server.gateway.requests
    assert (got.method, got.target, got.version) == ("POST", "/DossierNumberGeneration/v1?a=b", "1.1")
    assert got.body == b"\x00\xff\r\n\r\n"
    assert got.peer == f"{host}:{port}"
    assert got.has_head


def test_received_is_the_moment_the_last_byte_was_in(server: Running) -> None:
    message = request(body=b"abc")
    with server.connect() as wire:
        wire.send(message[:-1])
        time.sleep(0.2)
        before = time.time_ns()
        wire.send(message[-1:])
        wire.read()
    (got,) = server.gateway.requests
    assert before <= got.received <= time.time_ns()


def test_received_and_date_come_from_the_injected_clock() -> None:
    with running(clock=lambda: 1_600_000_000 * SECOND) as server:
        assert server.ask(request()).value("Date") == "Sun, 13 Sep 2020 12:26:40 GMT"
        assert server.gateway.requests[0].received == 1_600_000_000 * SECOND


def test_date_goes_on_with_the_clock() -> None:
    seconds = iter(range(1_600_000_000, 1_700_000_000))
    with running(clock=lambda: next(seconds) * SECOND) as server:
        first, second = (parsedate_to_datetime(server.ask(request()).value("Date")) for _ in range(2))
        assert first < second


@pytest.mark.parametrize(
    "target",
    [
        ENDPOINT,
        ENDPOINT + b"/",
        ENDPOINT + b"?",
        ENDPOINT + b"?wsdl",
        ENDPOINT + b"?x=%zz&&=",
        ENDPOINT + b"/?a",
        b"/DossierNumberGeneration/%76%31",
        b"http://mock.example" + ENDPOINT,
        b"HTTPS://other.example:8443" + ENDPOINT,
    ],
)
def test_post_works_on_every_way_to_write_the_endpoint(server: Running, target: bytes) -> None:
    reply = server.ask(request(line=b"POST " + target + b" HTTP/1.1", body=b"abc"))
    assert reply.status == 200
    assert server.gateway.requests[0].target == target.decode()


@pytest.mark.parametrize(
    "chunks",
    [
        chunked(b"abc"),
        chunked(b"a", b"b", b"c"),
        b"0003\r\nabc\r\n00\r\n\r\n",
        b"3;a=b;c\r\nabc\r\n0;d\r\n\r\n",
    ],
)
def test_chunked_bodies_arrive_whole(server: Running, chunks: bytes) -> None:
    server.ask(request(fields=XML + b"Transfer-Encoding: Chunked\r\n", body=chunks, length=False))
    assert server.gateway.requests[0].body == b"abc"


def test_chunks_that_look_like_the_end_of_a_message_are_data(server: Running) -> None:
    body = b"0\r\n\r\nPOST / HTTP/1.1\r\n\r\n"
    server.ask(request(fields=XML + b"Transfer-Encoding: chunked\r\n", body=chunked(body, body), length=False))
    assert server.gateway.requests[0].body == body + body


def test_trailer_fields_do_not_become_header_fields(server: Running) -> None:
    body = chunked(b"abc", end=b"0\r\nSOAPAction: evil\r\n\r\n")
    with server.connect() as wire:
        wire.send(request(fields=XML + b"Transfer-Encoding: chunked\r\n", body=body, length=False))
        assert wire.read().status == 200
        wire.send(request(body=b"next"))
        assert wire.read().body == b"<echo>next</echo>"
    assert server.gateway.requests[0].values("SOAPAction") == []


@pytest.mark.parametrize(
    ("coding", "packed"),
    [(b"gzip", gzip.compress(b"abc" * 999, mtime=0)), (b"GZip", gzip.compress(b"abc" * 999, mtime=0)),
     (b"deflate", zlib.compress(b"abc" * 999)), (b"identity", b"abc" * 999)],
)  # fmt: skip
def test_a_compressed_body_arrives_inflated(server: Running, coding: bytes, packed: bytes) -> None:
    fields = XML + b"Content-Encoding: " + coding + b"\r\n"
    assert server.ask(request(fields=fields, body=packed)).status == 200
    chunks = fields + b"Transfer-Encoding: chunked\r\n"
    assert server.ask(request(fields=chunks, body=chunked(packed[:9], packed[9:]), length=False)).status == 200
    assert [got.body for got in server.gateway.requests] == [b"abc" * 999] * 2
    assert server.gateway.requests[0].values("Content-Encoding") == [coding]


@pytest.mark.parametrize("framing", ["counted", "chunked"])
def test_the_body_survives_an_upgrade_that_is_not_taken(server: Running, framing: str) -> None:
    # java.net.http.HttpClient offers h2c on its first request. llhttp would hand over an empty body.
    fields = XML + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
    with server.connect() as wire:
        if framing == "counted":
            wire.send(request(fields=fields, body=b"abc"))
        else:
            fields += b"Transfer-Encoding: chunked\r\n"
            wire.send(request(fields=fields, body=chunked(b"abc"), length=False))
        assert wire.read().body == b"<echo>abc</echo>"
        wire.send(request(body=b"def"))
        assert wire.read().body == b"<echo>def</echo>"
    assert server.gateway.requests[0].values("Upgrade") == [b"h2c"]


def test_http_1_0_is_answered_as_1_0_and_closed(server: Running) -> None:
    with server.connect() as wire:
        wire.send(request(line=b"POST " + ENDPOINT + b" HTTP/1.0", host=b"", body=b"abc"))
        reply = wire.read()
        assert (reply.version, reply.status, reply.value("Connection")) == ("HTTP/1.0", 200, "close")
        assert wire.is_closed()
    assert server.gateway.requests[0].version == "1.0"


def test_a_cookie_changes_nothing(server: Running) -> None:
    plain = server.ask(request(body=b"abc"))
    with_cookie = server.ask(request(fields=XML + b"Cookie: a=b\r\n", body=b"abc"))
    assert (plain.status, plain.body) == (with_cookie.status, with_cookie.body)


def test_the_answer_of_the_gateway_is_written_as_it_is(server: Running) -> None:
    reply = server.ask(request(body=b"\xc3\xa9"))
    assert reply.body == b"<echo>\xc3\xa9</echo>"
    assert [name for name, _ in reply.fields] == ["Date", "Content-Type", "X-CorrelationID", "Content-Length"]
    assert reply.value("X-CorrelationID") == "exchange-1"
