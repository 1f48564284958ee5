"""Answers without an envelope: one row per status of `decisions.md` 2 item 1 (`rules.md` Q10 to Q12, P05)."""

import gzip
import re
import socket
import struct
import time
import zlib
from email.utils import parsedate_to_datetime
from uuid import UUID

import pytest

from mockserver.app import Service
from mockserver.http.limits import Limits
from mockserver.service_port import Ports
from tests.http.running import Running, running
from tests.http.wire import ENDPOINT, HOST, XML, Reply, Wire, chunked, request


def assert_refused(server: Running, reply: Reply, status: int, rule: str | None, says: str) -> None:
    """One helpful line in plain text, never SOAP; the journal has the rule and the same line."""
    assert reply.status == status, reply
    assert says in reply.line
    assert "\n" not in reply.line
    assert "Envelope" not in reply.line
    assert reply.value("Content-Type") == "text/plain; charset=utf-8"
    assert abs(parsedate_to_datetime(reply.value("Date")).timestamp() - time.time()) < 5
    assert reply.value("Date").endswith(" GMT")
    assert UUID(reply.value("X-CorrelationID")).version == 4
    assert reply.values("Server") == []
    assert reply.values("Set-Cookie") == []
    entry = server.last_entry()
    assert (entry.rule, entry.detail) == (rule, reply.line)
    assert entry.correlation_id == reply.value("X-CorrelationID")
    assert entry.outcome == "refused"
    assert server.gateway.requests == []


def post(line: bytes = b"POST " + ENDPOINT + b" HTTP/1.1", host: bytes = HOST) -> bytes:
    return request(line=line, host=host, body=b"abc")


def with_fields(lines: bytes, *, length: bool = True) -> bytes:
    return request(fields=XML + lines, body=b"abc", length=length)


def in_chunks(body: bytes) -> bytes:
    return request(fields=XML + b"Transfer-Encoding: chunked\r\n", body=body, length=False)


MALFORMED = {
    "garbage": (b"\x00\x01\x02\r\n\r\n", "request line"),
    "garbage without an end": (b"\xff\xfe\x00\x01", "request line"),
    "TLS on the plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "TLS handshake"),
    "two spaces in the request line": (post(b"POST  " + ENDPOINT + b" HTTP/1.1"), "request line"),
    "tab in the request line": (post(b"POST\t" + ENDPOINT + b" HTTP/1.1"), "request line"),
    "blank after the version": (post(b"POST " + ENDPOINT + b" HTTP/1.1 "), "request line"),
    "version in lower case": (post(b"POST " + ENDPOINT + b" http/1.1"), "request line"),
    "version 1.10": (post(b"POST " + ENDPOINT + b" HTTP/1.10"), "request line"),
    "method that is no token": (post(b"PO(ST " + ENDPOINT + b" HTTP/1.1"), "request line"),
    "NUL in the target": (post(b"POST /\x00 HTTP/1.1"), "request line"),
    "bytes over 127 in the target": (post(b"POST /\xe9 HTTP/1.1"), "request line"),
    "target without slash": (post(b"POST DossierNumberGeneration/v1 HTTP/1.1"), "target"),
    "target with fragment": (post(b"POST " + ENDPOINT + b"#a HTTP/1.1"), "target"),
    "asterisk with POST": (post(b"POST * HTTP/1.1"), "target"),
    "absolute target without host": (post(b"POST http:///v1 HTTP/1.1"), "target"),
    "no Host": (post(host=b""), "Host"),
    "the same Host twice": (post(host=HOST + HOST), "2 Host fields"),
    "two Hosts": (post(host=HOST + b"Host: other.example\r\n"), "2 Host fields"),
    "Host with a path": (post(host=b"Host: a/b\r\n"), "Host"),
    "Host with markup": (post(host=b"Host: a'><b\r\n"), "Host"),
    "Host with a port over 65535": (post(host=b"Host: a:65536\r\n"), "Host"),
    "empty Host": (post(host=b"Host:\r\n"), "Host"),
    "blank in a field name": (with_fields(b"X a: 1\r\n"), "field"),
    "blank before the colon": (with_fields(b"X-a : 1\r\n"), "field"),
    "parenthesis in a field name": (with_fields(b"X(a): 1\r\n"), "field"),
    "bytes over 127 in a field name": (with_fields(b"X\xe9: 1\r\n"), "field"),
    "empty field name": (with_fields(b": 1\r\n"), "field"),
    "field without colon": (with_fields(b"Xa\r\n"), "field"),
    "folded field": (with_fields(b"X-a: 1\r\n 2\r\n"), "field"),
    "blank before the first field": (
        b"POST " + ENDPOINT + b" HTTP/1.1\r\n X: 1\r\n" + HOST + b"\r\n",
        "field",
    ),
    "one bare LF": (with_fields(b"X-a: 1\n"), "bare LF"),
    "bare LF throughout": (post().replace(b"\r\n", b"\n"), "request line"),
    "bare LF before the end of the head": (b"POST / HTTP/1.1\r\nHost: a\n", "bare LF"),
    "bare CR in a value": (with_fields(b"X-a: 1\r2\r\n"), "bare CR"),
    "NUL in a value": (with_fields(b"X-a: 1\x002\r\n"), "field"),
    "escape sequence in User-Agent": (with_fields(b"User-Agent: \x1b[31m\r\n"), "field"),
    "DEL in a value": (with_fields(b"X-a: \x7f\r\n"), "field"),
    "Content-Length that is no number": (with_fields(b"Content-Length: x\r\n", length=False), "field"),
    "Content-Length with a sign": (with_fields(b"Content-Length: +3\r\n", length=False), "field"),
    "negative Content-Length": (with_fields(b"Content-Length: -3\r\n", length=False), "field"),
    "Content-Length list": (with_fields(b"Content-Length: 3, 3\r\n", length=False), "field"),
    "Content-Length with underscore": (with_fields(b"Content-Length: 0_3\r\n", length=False), "field"),
    "empty Content-Length": (with_fields(b"Content-Length:\r\n", length=False), "field"),
    "Content-Length beyond 64 bits": (
        with_fields(b"Content-Length: 18446744073709551619\r\n", length=False),
        "field",
    ),
    "Content-Length twice, equal": (with_fields(b"Content-Length: 3\r\n"), "field"),
    "Content-Length twice, different": (with_fields(b"Content-Length: 4\r\n"), "field"),
    "Content-Length, then Transfer-Encoding": (
        with_fields(b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", length=False),
        "Content-Length",
    ),
    "Transfer-Encoding, then Content-Length": (
        with_fields(b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", length=False),
        "Content-Length",
    ),
    "chunked on HTTP/1.0": (
        request(
            line=b"POST " + ENDPOINT + b" HTTP/1.0",
            fields=XML + b"Transfer-Encoding: chunked\r\n",
            body=chunked(b"abc"),
            length=False,
        ),
        "HTTP/1.0",
    ),
    "chunk size that is no number": (in_chunks(b"z\r\nabc\r\n0\r\n\r\n"), "chunked"),
    "chunk size with 0x": (in_chunks(b"0x3\r\nabc\r\n0\r\n\r\n"), "chunked"),
    "chunk size with blank": (in_chunks(b"3 \r\nabc\r\n0\r\n\r\n"), "chunked"),
    "negative chunk size": (in_chunks(b"-3\r\nabc\r\n0\r\n\r\n"), "chunked"),
    "chunk size beyond 64 bits": (in_chunks(b"10000000000000003\r\nabc\r\n0\r\n\r\n"), "chunked"),
    "chunk longer than its size": (in_chunks(b"3\r\nabcd\r\n0\r\n\r\n"), "chunked"),
    "chunks with bare LF": (in_chunks(b"3\nabc\n0\n\n"), "chunked"),
    "gzip that is none": (with_fields(b"Content-Encoding: gzip\r\n"), "gzip"),
    "deflate that is none": (with_fields(b"Content-Encoding: deflate\r\n"), "deflate"),
    "gzip cut short": (
        request(fields=XML + b"Content-Encoding: gzip\r\n", body=gzip.compress(b"abc" * 99, mtime=0)[:-9]),
        "gzip",
    ),
    "bytes after the gzip": (
        request(fields=XML + b"Content-Encoding: gzip\r\n", body=gzip.compress(b"abc", mtime=0) + b"x"),
        "gzip",
    ),
}


@pytest.mark.parametrize(("data", "says"), MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_http_is_400(server: Running, data: bytes, says: str) -> None:
    assert_refused(server, server.ask(data), 400, "Q10", says)


@pytest.mark.parametrize("part", ["head", "body", "chunk"])
def test_a_request_that_ends_too_early_is_400(server: Running, part: str) -> None:
    sent = {
        "head": b"POST / HTTP/1.1\r\nHost: a\r\n",
        "body": request(body=b"abc")[:-1],
        "chunk": in_chunks(b"9\r\nabc"),
    }[part]
    with server.connect() as wire:
        wire.send(sent)
        wire.end()
        assert_refused(server, wire.read(), 400, "Q10", "closed before")
        assert wire.is_closed()


def test_a_request_broken_off_is_journalled_as_cut(server: Running) -> None:
    with server.connect() as wire:
        wire.send(request(body=b"abc")[:-1])
        assert server.ask(request(line=b"OPTIONS / HTTP/1.1")).status == 200  # the first bytes are in
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close resets
    deadline = time.monotonic() + 5
    while not server.journal.newest_first()[0]:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    entry = server.last_entry()
    assert (entry.outcome, entry.answer, entry.body) == ("cut", None, b"ab")


@pytest.mark.parametrize(
    "path",
    [b"/", b"/DossierNumberGeneration", ENDPOINT + b"/x", ENDPOINT + b"2", b"/dossiernumbergeneration/v1",
     b"//DossierNumberGeneration/v1", b"/DossierNumberGeneration%2Fv1x", b"/favicon.ico"],
)  # fmt: skip
@pytest.mark.parametrize("method", [b"POST", b"GET", b"HEAD", b"PUT"])
def test_an_unknown_path_is_404_and_names_the_endpoint(server: Running, method: bytes, path: bytes) -> None:
    reply = server.ask(request(line=method + b" " + path + b" HTTP/1.1"), head_only=method == b"HEAD")
    assert reply.status == 404
    if method != b"HEAD":
        assert_refused(server, reply, 404, "Q11", "POST /DossierNumberGeneration/v1")


@pytest.mark.parametrize(
    ("method", "rule"),
    [(b"GET", "Q01"), (b"PUT", "Q01"), (b"DELETE", "Q01"), (b"PATCH", "Q01"), (b"TRACE", "Q01"),
     (b"post", "Q01"), (b"Post", "Q01"), (b"FOO", "Q01"), (b"M-POST", "Q02"), (b"PRI", "Q01")],
)  # fmt: skip
def test_another_method_on_the_endpoint_is_405_with_allow(server: Running, method: bytes, rule: str) -> None:
    reply = server.ask(request(line=method + b" " + ENDPOINT + b" HTTP/1.1"))
    assert_refused(server, reply, 405, rule, "POST")
    assert reply.value("Allow") == "POST"


@pytest.mark.parametrize("query", [b"", b"?", b"?singleWsdl", b"?xsd", b"?xsd=", b"?a=wsdl", b"?xsd=wsdl"])
def test_get_without_a_document_is_405(server: Running, query: bytes) -> None:
    assert_refused(server, server.ask(request(line=b"GET " + ENDPOINT + query + b" HTTP/1.1")), 405, "Q01", "")


def test_head_without_a_document_is_405_without_body(server: Running) -> None:
    with server.connect() as wire:
        wire.send(request(line=b"HEAD " + ENDPOINT + b" HTTP/1.1"))
        reply = wire.read(head_only=True)
        assert (reply.status, reply.value("Allow")) == (405, "POST")
        wire.send(request(line=b"OPTIONS / HTTP/1.1"))
        assert wire.read().status == 200  # no stray body before it


def test_a_head_that_does_not_end_is_408() -> None:
    with running(limits=Limits(head_seconds=0.2)) as server, server.connect() as wire:
        wire.send(b"POST / HTTP/1.1\r\nHost: a\r\n")
        assert_refused(server, wire.read(), 408, "Q11", "The head of the request did not end within 0.2 seconds")
        assert wire.is_closed()


@pytest.mark.parametrize("part", ["head", "body"])
def test_dripping_bytes_do_not_prolong_the_time(part: str) -> None:
    limits = Limits(head_seconds=0.3, body_seconds=0.3)
    with running(limits=limits) as server, server.connect() as wire:
        began = time.monotonic()
        wire.socket.settimeout(0.05)
        wire.send(b"POST / HTTP/1.1\r\nX: " if part == "head" else request(body=b"x" * 1000)[:-999])
        while True:
            wire.send(b"x")
            try:
                if wire.socket.recv(1, socket.MSG_PEEK):
                    break
            except TimeoutError:
                assert time.monotonic() - began < 3
        assert time.monotonic() - began < 1
        assert_refused(server, wire.read(), 408, "Q11", part)


@pytest.mark.parametrize("sent", [request(body=b"abc")[:-1], in_chunks(b"9\r\nabc")], ids=["counted", "chunked"])
def test_a_body_that_does_not_end_is_408(sent: bytes) -> None:
    with running(limits=Limits(body_seconds=0.2)) as server, server.connect() as wire:
        wire.send(sent)
        assert_refused(server, wire.read(), 408, "Q11", "The body of the request did not end within 0.2 seconds")
        assert wire.is_closed()


SMALL = Limits(body_bytes=1000)


def test_an_announced_body_over_the_limit_is_413_before_it_is_read() -> None:
    with running(limits=SMALL) as server, server.connect() as wire:
        wire.send(request(fields=XML + b"Content-Length: 1001\r\n", length=False))
        assert_refused(server, wire.read(), 413, "Q11", "1000 bytes")


def test_a_body_of_exactly_the_limit_passes() -> None:
    body = b"x" * 1000
    with running(limits=SMALL) as server:
        assert server.ask(request(body=body)).status == 200
        assert server.ask(in_chunks(chunked(body))).status == 200
        packed = gzip.compress(body)
        assert server.ask(request(fields=XML + b"Content-Encoding: gzip\r\n", body=packed)).status == 200


def test_endless_chunks_are_413_while_they_stream() -> None:
    with running(limits=SMALL) as server, server.connect() as wire:
        wire.send(in_chunks(chunked(*[b"x" * 100] * 11, end=b"")))
        assert_refused(server, wire.read(), 413, "Q11", "1000 bytes")


@pytest.mark.parametrize(
    "framing",
    [b"1;" + b"e" * 2000 + b"\r\nx\r\n", b"1\r\nx\r\n" * 300, b"0\r\nX-T: " + b"t" * 2000 + b"\r\n"],
    ids=["chunk extension", "chunks of one byte", "trailer"],
)
def test_framing_over_the_limit_is_413_too(framing: bytes) -> None:
    with running(limits=SMALL) as server, server.connect() as wire:
        wire.send(in_chunks(framing))
        assert_refused(server, wire.read(), 413, "Q11", "1000 bytes")


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_compression_bomb_is_413(server: Running, coding: str) -> None:
    zeros = b"\0" * 100_000_000
    bomb = gzip.compress(zeros) if coding == "gzip" else zlib.compress(zeros)
    assert len(bomb) < 1024 * 1024
    reply = server.ask(request(fields=XML + f"Content-Encoding: {coding}\r\n".encode(), body=bomb))
    assert_refused(server, reply, 413, "Q11", "after inflation")


@pytest.mark.parametrize("line_end", [b"", b" HTTP/1.1\r\n\r\n"], ids=["without an end", "whole"])
def test_a_target_over_8_kib_is_414(server: Running, line_end: bytes) -> None:
    assert_refused(server, server.ask(b"POST /" + b"x" * 8192 + b"y" * 40 + line_end), 414, "Q11", "8192 bytes")


def test_a_target_of_8_kib_passes(server: Running) -> None:
    target = ENDPOINT + b"?" + b"x" * (8192 - len(ENDPOINT) - 1)
    assert server.ask(request(line=b"POST " + target + b" HTTP/1.1")).status == 200


NOT_XML = {
    "no Content-Type": (b"", "no Content-Type"),
    "two equal ones": (XML + XML, "2 Content-Type"),
    "two different ones": (XML + b"content-type: text/plain\r\n", "2 Content-Type"),
    "SOAP 1.2": (b"Content-Type: application/soap+xml; charset=utf-8\r\n", "application/soap+xml"),
    "MTOM": (b'Content-Type: multipart/related; type="text/xml"; boundary=a\r\n', "multipart/related"),
    "application/xml": (b"Content-Type: application/xml\r\n", "application/xml"),
    "text/xml-external": (b"Content-Type: text/xml-external-parsed-entity\r\n", "text/xml-external"),
    "a list": (b"Content-Type: text/xml, text/xml\r\n", "not readable"),
    "empty": (b"Content-Type:\r\n", "not readable"),
    "no semicolon": (b"Content-Type: text/xml charset=utf-8\r\n", "not readable"),
    "parameter without value": (b"Content-Type: text/xml; charset\r\n", "not readable"),
    "open quotation": (b'Content-Type: text/xml; charset="utf-8\r\n', "not readable"),
    "blank around the equals sign": (b"Content-Type: text/xml; charset = utf-8\r\n", "not readable"),
}


@pytest.mark.parametrize(("fields", "says"), NOT_XML.values(), ids=NOT_XML.keys())
def test_anything_but_one_text_xml_is_415(server: Running, fields: bytes, says: str) -> None:
    assert_refused(server, server.ask(request(fields=fields, body=b"<a/>")), 415, "Q12", says)


@pytest.mark.parametrize(
    "value",
    [b"text/xml", b"TEXT/XML;charset=utf-8", b'text/xml; charset="utf-8"', b"text/xml ; a=b ; c=d;",
     b'text/xml; charset="u\\tf-8"; action=""'],
)  # fmt: skip
def test_every_way_to_write_text_xml_passes(server: Running, value: bytes) -> None:
    assert server.ask(request(fields=b"Content-Type: " + value + b"\r\n")).status == 200


def test_a_content_type_made_to_backtrack_is_judged_at_once(server: Running) -> None:
    began = time.monotonic()
    reply = server.ask(request(fields=b"Content-Type: text/xml" + b";  \t" * 2000 + b"!\r\n"))
    assert reply.status == 415
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("coding", [b"br", b"compress", b"gzip, gzip", b"gzip\r\nContent-Encoding: gzip", b""])
def test_an_unknown_content_coding_is_415(server: Running, coding: bytes) -> None:
    reply = server.ask(request(fields=XML + b"Content-Encoding: " + coding + b"\r\n", body=b"abc"))
    assert_refused(server, reply, 415, "Q24", "gzip or deflate")


@pytest.mark.parametrize(
    "coding", [b"gzip", b"gzip, chunked", b"identity", b"xchunked", b"chunked\r\nTransfer-Encoding: chunked"]
)
def test_an_unknown_transfer_coding_is_400(server: Running, coding: bytes) -> None:
    reply = server.ask(
        request(fields=XML + b"Transfer-Encoding: " + coding + b"\r\n", body=chunked(b"abc"), length=False)
    )
    assert reply.status == 400
    assert server.last_entry().rule in ("Q10", "Q24")
    assert server.gateway.requests == []


@pytest.mark.parametrize("value", [b"x", b"100-continue, x", b"100-continue\r\nExpect: x", b""])
def test_an_expectation_other_than_100_continue_is_417(server: Running, value: bytes) -> None:
    reply = server.ask(request(fields=XML + b"Expect: " + value + b"\r\n", body=b"abc"))
    assert_refused(server, reply, 417, "Q11", "100-continue")


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"], ids=["without an end", "whole"])
def test_a_head_over_32_kib_is_431(server: Running, end: bytes) -> None:
    reply = server.ask(b"POST / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 32768 + end)
    assert_refused(server, reply, 431, "Q11", "32768 bytes")


def test_100_fields_pass_and_101_are_431(server: Running) -> None:
    fields = XML + b"X: 1\r\n" * 97  # with Host and Content-Length: 100
    assert server.ask(request(fields=fields)).status == 200
    server.gateway.requests.clear()
    assert_refused(server, server.ask(request(fields=fields + b"X: 1\r\n")), 431, "Q11", "100")


def test_before_the_service_is_loaded_it_is_503() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    asked: dict[str, Reply] = {}

    def load(service: Service) -> Service:
        for name, line in {
            "post": b"POST " + ENDPOINT,
            "wsdl": b"GET " + ENDPOINT + b"?wsdl",
            "root": b"OPTIONS /",
        }.items():
            with Wire(("127.0.0.1", port)) as wire:
                wire.send(request(line=line + b" HTTP/1.1", body=b"abc"))
                asked[name] = wire.read()
        return service

    with running(ports=Ports(port=port, management_port=0), load=load) as server:
        assert_refused(server, asked["wsdl"], 503, None, "still starting")
        assert asked["post"].status == 503
        assert asked["post"].value("Retry-After") == "1"
        assert asked["root"].status == 200
        assert server.ask(request(body=b"abc")).status == 200


def test_one_connection_too_many_is_503() -> None:
    with running(limits=Limits(connections=1)) as server, server.connect() as first:
        first.send(request(line=b"OPTIONS / HTTP/1.1"))
        assert first.read().status == 200
        with server.connect() as second:
            assert_refused(server, second.read(), 503, None, "connections")
        first.send(request(line=b"OPTIONS / HTTP/1.1"))
        assert first.read().status == 200


@pytest.mark.parametrize(
    "line",
    [b"GET /", b"POST " + ENDPOINT + b" HTTP/0.9", b"POST " + ENDPOINT + b" HTTP/1.2", b"PRI * HTTP/2.0",
     b"POST " + ENDPOINT + b" HTTP/2.0", b"POST " + ENDPOINT + b" HTTP/3.0"],
)  # fmt: skip
def test_another_version_of_http_is_505(server: Running, line: bytes) -> None:
    assert_refused(server, server.ask(request(line=line)), 505, "Q03", "HTTP/1.1")


def test_a_refused_request_can_not_inject_lines_into_its_own_refusal(server: Running) -> None:
    reply = server.ask(request(line=b"POST /%0d%0aX-Injected:1 HTTP/1.1"))
    assert reply.status == 404
    assert re.fullmatch(r"[ -~]+", reply.line)
    assert reply.values("X-Injected") == []


def test_a_refusal_known_from_the_head_leaves_the_connection_usable(server: Running) -> None:
    with server.connect() as wire:
        wire.send(request(fields=b"", body=b"<a/>") + request(body=b"<b/>"))
        assert wire.read().status == 415
        assert wire.read().body == b"<echo><b/></echo>"
    answered, refused = server.journal.newest_first()[0][:2]
    assert (answered.body, refused.body) == (b"<b/>", b"<a/>")


def test_the_journal_holds_what_was_readable_of_a_malformed_request(server: Running) -> None:
    head = b"POST / HTTP/1.1\r\nX a: 1\r\n\r\n"
    server.ask(head)
    assert server.last_entry().head.startswith(head[:-4])
    server.ask(in_chunks(b"3\r\nabc\r\nz\r\n\r\n"))
    assert server.last_entry().body == b"abc"
    assert b"Transfer-Encoding: chunked" in server.last_entry().head
