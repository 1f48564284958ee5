"""A limit on requests in flight, and what a proxy in front says."""

import pytest

from mockserver.http.limits import Limits
from mockserver.service_port import Ports
from tests.http.running import running
from tests.http.wire import ENDPOINT, request


def test_a_request_beyond_the_limit_is_answered_503_unread_and_those_before_it_go_on() -> None:
    with running(limits=Limits(in_flight=1)) as server, server.connect() as first:
        whole = request(body=b"<a/>")
        first.send(whole[:-1])
        for _ in range(100):
            if server.ask_management("/metrics").body.find(b"dossier_mock_in_flight 1\n") >= 0:
                break
        refused = server.ask(b"no HTTP at all\r\n\r\n")
        assert (refused.status, refused.value("Retry-After")) == (503, "1")
        first.send(whole[-1:])
        assert first.read().status == 200
        assert server.ask(whole).status == 200


FORWARDED = b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: mock.hospital.example\r\nX-Forwarded-For: 203.0.113.9\r\n"
WSDL = request(line=b"GET " + ENDPOINT + b"?wsdl HTTP/1.1", fields=FORWARDED, length=False)


@pytest.mark.parametrize(
    ("trusted", "seen"),
    [
        (("127.0.0.0/8",), b"https://mock.hospital.example/"),
        (("10.0.0.0/8",), b"http://mock.example/"),
        ((), b"http://mock"),
    ],
)
def test_x_forwarded_is_believed_from_trusted_proxies_only(trusted: tuple[str, ...], seen: bytes) -> None:
    with running(ports=Ports(port=0, management_port=0, trusted_proxies=trusted)) as server:
        assert b"at='" + seen in server.ask(WSDL).body
        server.ask(request(fields=b"Content-Type: text/xml\r\n" + FORWARDED))
        peer = server.gateway.requests[-1].peer
        assert (peer == "203.0.113.9") is (trusted == ("127.0.0.0/8",))


def test_a_public_url_wins_over_what_a_proxy_says() -> None:
    ports = Ports(port=0, management_port=0, trusted_proxies=("127.0.0.1",), public_url="https://mock.example.org/base")
    with running(ports=ports) as server:
        assert b"at='https://mock.example.org/base/Dossier" in server.ask(WSDL).body
