"""The checking proxy, octet for octet: only the path and Host are the endpoint's."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from conformance.certify.forwarding import forwarding
from conformance.certify.listening import Reaction, listening
from conformance.client.endpoint import read_endpoint
from mockserver.http.application import Fragment
from mockserver.http.delivery import End
from mockserver.http.refusal import Refusal

ANSWER = b"HTTP/1.1 200 Fine  enough\r\nx-ODD:  a\r\nx-odd: b\r\nContent-Length: 5\r\n\r\n<a\xff/>"


class Upstream:
    """An endpoint that keeps what it gets and answers as it is told."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.got = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/elsewhere/v1"

    def serve(self, size: int) -> threading.Thread:
        def run() -> None:
            connection, _ = self.listener.accept()
            with connection:
                while len(self.got) < size:
                    self.got += connection.recv(65536)
                connection.sendall(self.answer)

        thread = threading.Thread(target=run)
        thread.start()
        return thread


def refuse(refusal: Refusal, _: Fragment) -> Reaction:
    raise AssertionError(refusal.detail)


@contextmanager
def proxied(upstream: Upstream) -> Iterator[socket.socket]:
    relay = forwarding(read_endpoint(upstream.url), 10.0)
    with listening("127.0.0.1", 0, relay, refuse) as authority:
        host, port = authority.split(":")
        with socket.create_connection((host, int(port)), timeout=10) as client:
            yield client


def received(client: socket.socket) -> bytes:
    octets = b""
    while len(octets) < len(ANSWER) and (part := client.recv(65536)):
        octets += part
    return octets


@pytest.mark.parametrize(
    "tail",
    [
        b"Content-Length: 6\r\n\r\nab\r\n\x00\xe9",
        b"Transfer-Encoding: chunked\r\n\r\n3;note=x\r\nabc\r\n0\r\n\r\n",
    ],
    ids=["counted", "chunked"],
)
def test_a_request_and_its_answer_pass_unchanged(tail: bytes) -> None:
    upstream = Upstream(ANSWER)
    fields = b"accept:text/xml\r\nHOST:  client.example:1\r\nSOAPAction: x\r\nX-A: 1\r\nx-a:2\r\n"
    sent = b"POST /DossierNumberGeneration/v1?a=b HTTP/1.1\r\n" + fields + tail
    authority = upstream.url.split("/")[2].encode()
    expected = sent.replace(b"/DossierNumberGeneration/v1", b"/elsewhere/v1").replace(b"client.example:1", authority)
    thread = upstream.serve(len(expected))
    with proxied(upstream) as client:
        client.sendall(sent)
        assert received(client) == ANSWER
    thread.join()
    upstream.listener.close()
    assert upstream.got == expected


def test_half_an_answer_is_handed_on_as_it_came() -> None:
    upstream = Upstream(ANSWER[:-2])
    with proxied(upstream) as client:
        sent = b"POST /DossierNumberGeneration/v1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
        thread = upstream.serve(1)
        client.sendall(sent)
        assert received(client) == ANSWER[:-2]
        thread.join()
    upstream.listener.close()


def test_no_connection_to_the_endpoint_is_said_with_502() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    relay = forwarding(read_endpoint(url), 1.0)
    with (
        listening("127.0.0.1", 0, relay, refuse) as authority,
        socket.create_connection(("127.0.0.1", int(authority.split(":")[1])), timeout=10) as client,
    ):
        client.sendall(b"POST /DossierNumberGeneration/v1 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 502 Bad Gateway\r\n")


def test_a_reset_reaches_the_client_as_a_reset() -> None:
    with (
        listening("127.0.0.1", 0, lambda _: Reaction(b"", End.RESET), refuse) as authority,
        socket.create_connection(("127.0.0.1", int(authority.split(":")[1])), timeout=10) as client,
    ):
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
