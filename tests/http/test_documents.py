"""GET ?wsdl and ?xsd=, HEAD and OPTIONS (`decisions.md` 2 item 1, `wire-facts.md` C7)."""

import time
from email.utils import parsedate_to_datetime
from uuid import UUID

import pytest

from mockserver.service_port import Ports
from tests.http.running import Running, running
from tests.http.wire import ENDPOINT, HOST, request


def get(query: bytes, *, method: bytes = b"GET", host: bytes = HOST, version: bytes = b"1.1") -> bytes:
    line = method + b" " + ENDPOINT + query + b" HTTP/" + version
    return request(line=line, host=host, fields=b"", length=False)


@pytest.mark.parametrize("query", [b"?wsdl", b"?WSDL", b"?Wsdl", b"?wsdl=", b"/?wsdl", b"?a=b&wsdl"])
def test_the_wsdl_is_served_in_any_case(server: Running, query: bytes) -> None:
    reply = server.ask(get(query))
    assert (reply.status, reply.value("Content-Type")) == (200, "text/xml; charset=utf-8")
    assert reply.body == b"<definitions at='http://mock.example/DossierNumberGeneration/v1'/>"
    assert UUID(reply.value("X-CorrelationID")).version == 4


@pytest.mark.parametrize("query", [b"?xsd=core.xsd", b"?XSD=core.xsd", b"?xsd=core%2Exsd"])
def test_a_schema_is_served_by_its_name(server: Running, query: bytes) -> None:
    reply = server.ask(get(query))
    assert (reply.status, reply.body) == (200, b"<schema/>")


@pytest.mark.parametrize("name", [b"other.xsd", b"../core.xsd", b"/etc/passwd"])
def test_an_unknown_schema_is_404(server: Running, name: bytes) -> None:
    reply = server.ask(get(b"?xsd=" + name))
    assert reply.status == 404
    assert reply.value("Content-Type") == "text/plain; charset=utf-8"
    assert server.last_entry().rule == "Q11"


def test_head_answers_like_get_without_the_body(server: Running) -> None:
    with server.connect() as wire:
        wire.send(get(b"?wsdl"))
        whole = wire.read()
        wire.send(get(b"?wsdl", method=b"HEAD"))
        head = wire.read(head_only=True)
        assert (head.status, head.value("Content-Length")) == (200, str(len(whole.body)))
        wire.send(get(b"?wsdl"))
        assert wire.read().body == whole.body


@pytest.mark.parametrize(
    ("host", "seen"),
    [(b"mock_1.example:8443", "mock_1.example:8443"), (b"[::1]:80", "[::1]:80"), (b"127.0.0.1", "127.0.0.1")],
)
def test_the_address_in_the_wsdl_is_the_one_the_client_used(server: Running, host: bytes, seen: str) -> None:
    reply = server.ask(get(b"?wsdl", host=b"Host: " + host + b"\r\n"))
    assert f"'http://{seen}/DossierNumberGeneration/v1'" in reply.body.decode()


def test_the_host_of_an_absolute_target_comes_before_the_field(server: Running) -> None:
    line = b"GET http://proxy.example" + ENDPOINT + b"?wsdl HTTP/1.1"
    assert b"'http://proxy.example/" in server.ask(request(line=line)).body


def test_without_host_the_address_is_the_one_listened_on(server: Running) -> None:
    reply = server.ask(get(b"?wsdl", host=b"", version=b"1.0"))
    assert f"'{server.urls.service}'" in reply.body.decode()


@pytest.mark.parametrize(
    "public_url",
    [
        "https://public.example",
        "https://public.example/",
        "https://public.example/DossierNumberGeneration/v1",
    ],
)
def test_the_public_url_comes_before_the_host(public_url: str) -> None:
    with running(ports=Ports(port=0, management_port=0, public_url=public_url)) as server:
        assert b"'https://public.example/DossierNumberGeneration/v1'" in server.ask(get(b"?wsdl")).body


@pytest.mark.parametrize(
    ("target", "allow"),
    [(b"/", "OPTIONS"), (b"/any/path", "OPTIONS"), (b"*", "GET, HEAD, OPTIONS, POST"),
     (ENDPOINT, "GET, HEAD, OPTIONS, POST")],
)  # fmt: skip
def test_options_on_any_path_tells_the_time(server: Running, target: bytes, allow: str) -> None:
    reply = server.ask(request(line=b"OPTIONS " + target + b" HTTP/1.1", fields=b"", length=False))
    assert (reply.status, reply.body, reply.value("Allow")) == (200, b"", allow)
    assert abs(parsedate_to_datetime(reply.value("Date")).timestamp() - time.time()) < 2
    assert server.journal.newest_first() == ([], 0)
