"""HTTP over real sockets: what is sent is exact, and a broken answer is told apart from "no connection"."""

import re
import ssl
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from conformance.client import transport as transport_module
from conformance.client.endpoint import read_endpoint
from conformance.client.transport import USER_AGENT, HttpAnswer, NoConnectionError, Transport
from mockserver.identities.authority import Authority
from tests.conformance.servers import Server, Talk, closed_port, http_answer, raw, resetting, serving

Serve = Callable[[Talk], Server]

OK = http_answer(200, b"<a/>")
ACTION = "urn:x:GenerateCovidId"


def send(transport: Transport, url: str, body: bytes = b"<x/>") -> HttpAnswer:
    endpoint = read_endpoint(url)
    return transport.send(endpoint, transport.request(endpoint, body, ACTION))


def test_the_request_is_sent_field_by_field_as_it_is_recorded(serve: Serve, transport: Transport) -> None:
    server = serve(raw(OK))
    endpoint = read_endpoint(server.url)
    request = transport.request(endpoint, "é".encode(), ACTION)
    transport.send(endpoint, request)
    [received] = server.received
    assert (received.line, received.body) == ("POST /DossierNumberGeneration/v1 HTTP/1.1", "é".encode())
    assert list(received.fields) == list(request.fields)
    assert dict(received.fields) | {"Host": ""} == {
        "Accept": "text/xml",
        "Accept-Encoding": "identity",
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": '"urn:x:GenerateCovidId"',
        "User-Agent": USER_AGENT,
        "From": "tests@example.org",
        "Host": "",
        "Connection": "close",
        "Content-Length": "2",
    }


def test_the_user_agent_follows_the_cookbooks_pattern_in_two_parts() -> None:
    # Cookbook 5.1.4, with the hyphens its printing lost (wire-facts.md G).
    parts = USER_AGENT.split(" ")
    assert [part.partition("/")[0] for part in parts] == ["dossier-conformance", "urllib3"]
    assert all(re.fullmatch(r"[a-zA-Z0-9-]+/[0-9a-zA-Z_.-]+", part) for part in parts)


def test_fields_of_the_connector_come_in_the_connectors_order(transport: Transport) -> None:
    sample = Path(__file__).parents[2] / "fixtures" / "samples" / "connector-doctor-full.headers"
    theirs = [line.partition(":")[0] for line in sample.read_text(encoding="ascii").splitlines()[1:]]
    endpoint = read_endpoint("http://localhost:8080")
    ours = [name for name, _ in transport.request(endpoint, b"", ACTION).fields]
    common = [name for name in ours if name in theirs]
    assert common == [name for name in theirs if name in ours]
    assert {"Content-Type", "SOAPAction", "User-Agent", "Host", "Content-Length"} <= {*common}


def test_an_answer_is_kept_as_it_came(serve: Serve, transport: Transport) -> None:
    body = b"\x1f\x8b not really gzip"
    fields = (("Content-Encoding", "gzip"), ("X-Twice", "1"), ("X-Twice", "2"))
    answer = send(transport, serve(raw(http_answer(500, body, "text/xml", *fields))).url)
    assert (answer.status, answer.body, answer.broken) == (500, body, None)
    assert answer.values("x-twice") == ["1", "2"]
    assert answer.head.startswith("HTTP/1.1 500 Reason\nContent-Type: text/xml\n")


def test_a_chunked_answer_is_whole(serve: Serve, transport: Transport) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<a/>\r\n0\r\n\r\n"
    answer = send(transport, serve(raw(chunked)).url)
    assert (answer.body, answer.broken) == (b"<a/>", None)


def test_a_redirect_is_an_answer_and_not_followed(serve: Serve, transport: Transport) -> None:
    other = serve(raw(OK))
    answer = send(transport, serve(raw(http_answer(307, b"", "text/xml", ("Location", other.url)))).url)
    assert answer.status == 307
    assert other.received == []


@pytest.mark.parametrize(
    ("talk", "status", "said"),
    [
        (raw(b""), None, "closed without an answer"),
        (resetting(), None, "the connection was reset"),
        (raw(b"SSH-2.0-OpenSSH_9.9\r\n"), None, "is not HTTP"),
        (raw(OK.replace(b"Length: 4", b"Length: 9")), 200, "cut after 4 bytes"),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n<a/>"), 200, "cut after "),
        (
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<a/>\r\n"),
            200,
            "cut after 4 bytes",
        ),
        (raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<a/>"), 200, ""),
        (resetting(OK.replace(b"Length: 4", b"Length: 9")), 200, "reset after 4 bytes"),
    ],
)
def test_a_broken_answer_is_a_value_with_its_reason(
    serve: Serve, transport: Transport, talk: Talk, status: int | None, said: str
) -> None:
    server = serve(talk)
    answer = send(transport, server.url)
    assert answer.status == status
    assert answer.broken is not None
    assert said in answer.broken
    assert len(server.received) == 1  # nothing is tried twice


def test_silence_ends_at_the_timeout(serve: Serve) -> None:
    server = serve(lambda handler, _: time.sleep(0.6))
    answer = send(Transport("a@example.org", answer_timeout=0.2), server.url)
    assert answer.broken == "no complete answer within 0.2 seconds"


def test_an_answer_that_drips_ends_at_the_timeout_too(serve: Serve) -> None:
    def drip(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _piece in range(20):
            handler.wfile.write(b"<")
            time.sleep(0.05)

    began = time.monotonic()
    answer = send(Transport("a@example.org", answer_timeout=0.3), serve(drip).url)
    assert answer.broken is not None
    assert time.monotonic() - began < 0.9


def test_an_answer_without_end_is_given_up(serve: Serve, transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "MAX_ANSWER", 1000)
    answer = send(transport, serve(raw(http_answer(200, b"<" * 5000))).url)
    assert answer.broken == "the answer is larger than 1000 bytes"


def test_nobody_listening_is_no_connection(transport: Transport) -> None:
    port = closed_port()
    with pytest.raises(NoConnectionError, match=rf"no connection to 127\.0\.0\.1 port {port}: .*refused"):
        send(transport, f"http://127.0.0.1:{port}")


def test_a_host_that_does_not_exist_is_no_connection(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    # RFC 6761: .invalid never resolves, and resolvers answer so without asking anybody.
    with pytest.raises(NoConnectionError, match="cannot be resolved"):
        send(transport, "http://nowhere.invalid")


def test_tls_needs_a_certificate_of_a_trusted_authority(state: Path) -> None:
    authority = Authority.open(state)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.tls_certificate_file, authority.tls_key_file)
    ca = (state / "pki" / "ca" / "certificate.pem").read_text(encoding="ascii")
    with serving(raw(OK), context) as server:
        url = f"https://localhost:{server.port}"
        trusting = Transport("a@example.org", 5.0, ca_certificate=ca)
        assert send(trusting, url).body == b"<a/>"
        with pytest.raises(NoConnectionError, match="certificate"):
            send(Transport("a@example.org", 5.0), url)


def test_a_tls_connection_that_breaks_later_is_an_answer(state: Path) -> None:
    authority = Authority.open(state)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.tls_certificate_file, authority.tls_key_file)
    ca = (state / "pki" / "ca" / "certificate.pem").read_text(encoding="ascii")
    with serving(resetting(), context) as server:
        answer = send(Transport("a@example.org", 5.0, ca_certificate=ca), f"https://localhost:{server.port}")
    assert answer.status is None
    assert answer.broken is not None


def test_plain_http_where_tls_is_wanted_is_no_connection(serve: Serve, transport: Transport) -> None:
    with pytest.raises(NoConnectionError, match=r"no connection to 127\.0\.0\.1"):
        send(transport, serve(raw(OK)).url.replace("http:", "https:"))


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(
    serve: Serve, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    assert send(transport, serve(raw(OK)).url).status == 200


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_of_the_environment_is_used_for_other_machines(
    serve: Serve, transport: Transport, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    proxy = serve(raw(OK))
    monkeypatch.setenv("http_proxy", f"{scheme}127.0.0.1:{proxy.port}")
    monkeypatch.delenv("no_proxy", raising=False)
    assert send(transport, "http://mock.example/x").status == 200
    [received] = proxy.received
    assert received.line == "POST http://mock.example/x HTTP/1.1"
    assert ("Host", "mock.example") in received.fields


def test_a_proxy_that_cannot_be_used_is_told(transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "socks9://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(NoConnectionError, match="the proxy that the environment names for http"):
        send(transport, "http://mock.example/x")
