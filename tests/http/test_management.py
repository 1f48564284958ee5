"""The management port: health, readiness, journal, and who may read it."""

import json
import socket
from base64 import b64decode
from typing import Any

import pytest

from mockserver.app import Service
from mockserver.http.listener import ListenError
from mockserver.service_port import Ports
from tests.http.running import Running, running
from tests.http.wire import Reply, Wire, request


def content(reply: Reply) -> Any:
    problem = reply.status >= 400 and reply.status != 503
    assert reply.value("Content-Type") == ("application/problem+json" if problem else "application/json")
    assert reply.value("Cache-Control") == "no-store"
    assert reply.values("Set-Cookie") == []
    assert reply.values("Access-Control-Allow-Origin") == []
    return json.loads(reply.body)


def test_health_and_readiness_are_told(server: Running) -> None:
    assert content(server.ask_management("/healthz")) == {"status": "up"}
    ready = server.ask_management("/readyz")
    assert (ready.status, content(ready)) == (200, {"status": "ready"})


def test_while_loading_it_is_healthy_but_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    seen: dict[str, int] = {}

    def load(service: Service) -> Service:
        for target in ("/healthz", "/readyz"):
            with Wire(("127.0.0.1", port)) as wire:
                wire.send(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                seen[target] = wire.read().status
        return service

    with running(ports=Ports(port=0, management_port=port), load=load):
        assert seen == {"/healthz": 200, "/readyz": 503}


def test_the_journal_lists_exchanges_and_refusals_newest_first(server: Running) -> None:
    server.ask(request(body=b"<a/>"))
    server.ask(request(fields=b"", body=b"<b/>"))
    listing = content(server.ask_management("/journal"))
    assert listing["dropped"] == 0
    refused, answered = listing["entries"]
    assert (answered["id"], answered["outcome"], answered["status"]) == ("exchange-1", "answered", "Success")
    assert (refused["outcome"], refused["http"], refused["rule"]) == ("refused", 415, "Q12")
    assert "Content-Type" in refused["detail"]
    assert "request" not in answered


def test_one_exchange_is_shown_in_full(server: Running) -> None:
    message = request(body=b"<a/>")
    server.ask(message)
    full = content(server.ask_management("/journal/exchange-1"))
    assert b64decode(full["request"]["head"]) + b64decode(full["request"]["body"]) == message
    assert b64decode(full["answer"]["body"]) == b"<echo><a/></echo>"
    assert full["report"] == {"findings": ["S01"]}
    assert full["durationMilliseconds"] == 1.5


def test_the_journal_can_be_cleared(server: Running) -> None:
    server.ask(request())
    assert content(server.ask_management("/journal", method="DELETE")) == {"forgotten": 1}
    assert content(server.ask_management("/journal")) == {"dropped": 0, "entries": [], "matching": 0, "next": None}


def test_requests_to_the_management_port_are_not_journalled(server: Running) -> None:
    for target in ("/healthz", "/journal", "/nowhere", "/journal/nothing"):
        server.ask_management(target)
    with Wire(server.management_address) as wire:
        wire.send(b"BAD\r\n\r\n")
        assert content(wire.read())["status"] == 400
    assert server.journal.newest_first() == ([], 0)
    assert server.events() == []


@pytest.mark.parametrize("target", ["/nowhere", "/journal/a/b", "/journal/unknown", "/DossierNumberGeneration/v1"])
def test_an_unknown_path_is_404_in_json(server: Running, target: str) -> None:
    reply = server.ask_management(target)
    assert reply.status == 404
    assert set(content(reply)) == {"type", "title", "status", "detail"}


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [("POST", "/journal", "DELETE, GET, HEAD"), ("DELETE", "/journal/1", "GET, HEAD"),
     ("PUT", "/healthz", "GET, HEAD")],
)  # fmt: skip
def test_a_wrong_method_is_405_in_json(server: Running, method: str, target: str, allow: str) -> None:
    reply = server.ask_management(target, method=method)
    assert (reply.status, reply.value("Allow")) == (405, allow)
    assert set(content(reply)) == {"type", "title", "status", "detail"}


def test_head_is_answered_without_body(server: Running) -> None:
    assert server.ask_management("/journal", method="HEAD").status == 200


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.2:8081", "[::1]:8081"])
def test_loopback_names_are_served(server: Running, host: str) -> None:
    assert server.ask_management("/journal", host=host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "127.0.0.1.attacker.example",
        "localhost.attacker.example",
        "10.0.0.1",
        "[2001:db8::1]",
    ],
)
@pytest.mark.parametrize("target", ["/journal", "/healthz"])
def test_a_foreign_host_is_refused_so_that_dns_rebinding_fails(server: Running, host: str, target: str) -> None:
    reply = server.ask_management(target, host=host)
    assert reply.status == 403
    assert set(content(reply)) == {"type", "title", "status", "detail"}


TOKEN = "correct-horse"


@pytest.mark.parametrize(
    "field",
    [
        "",
        "Authorization: Bearer\r\n",
        "Authorization: Bearer correct-hors\r\n",
        "Authorization: Basic correct-horse\r\n",
        "Authorization: Bearer correct-horse\r\nAuthorization: Bearer correct-horse\r\n",
        "Authorization: correct-horse\r\n",
        "Authorization: Bearer \xe9\r\n",
        "Cookie: token=correct-horse\r\n",
    ],
)
def test_with_a_token_the_journal_is_for_its_bearer_only(field: str) -> None:
    with running(ports=Ports(port=0, management_port=0, management_token=TOKEN)) as server:
        for method, target in (("GET", "/journal"), ("DELETE", "/journal"), ("GET", "/journal/1")):
            reply = server.ask_management(target, method=method, fields=field)
            assert (reply.status, reply.value("WWW-Authenticate")) == (401, "Bearer")
        assert server.ask_management("/healthz", fields=field).status == 200
        assert server.ask_management("/readyz", fields=field).status == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_bearer_of_the_token_reads_the_journal(scheme: str) -> None:
    with running(ports=Ports(port=0, management_port=0, management_token=TOKEN)) as server:
        assert server.ask_management("/journal", fields=f"Authorization: {scheme} {TOKEN}\r\n").status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_without_a_token_it_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(ListenError, match=r"health data.*--management-token"):  # noqa: SIM117
        with running(ports=Ports(port=0, management_host=host, management_port=0)):
            pass


def test_with_a_token_it_may_listen_on_all_addresses_and_be_called_by_any_name() -> None:
    ports = Ports(port=0, management_host="0.0.0.0", management_port=0, management_token=TOKEN)
    with running(ports=ports) as server:
        bearer = f"Authorization: Bearer {TOKEN}\r\n"
        assert server.ask_management("/journal", host="mock", fields=bearer).status == 200
        assert server.ask_management("/journal", host="mock").status == 401


def test_a_blank_token_is_refused() -> None:
    with pytest.raises(ListenError, match="blank"):  # noqa: SIM117
        with running(ports=Ports(port=0, management_port=0, management_token=" ")):
            pass


def test_the_token_does_not_show() -> None:
    assert TOKEN not in repr(Ports(management_token=TOKEN))
