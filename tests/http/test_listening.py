"""Ports, addresses and TLS, and the sentence for everything that goes wrong there."""

import datetime
import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mockserver.app import Service
from mockserver.http.limits import Limits
from mockserver.http.listener import ListenError, listen
from mockserver.http.tls import Tls
from mockserver.service_port import Ports
from tests.http.running import running
from tests.http.wire import ENDPOINT, request


def test_port_0_takes_a_free_port_and_the_url_tells_it() -> None:
    with running() as server:
        assert server.urls.service == f"http://127.0.0.1:{server.address[1]}/DossierNumberGeneration/v1"
        assert server.address[1] != 0
        assert server.ask(request()).status == 200


def test_a_port_in_use_is_one_clear_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError) as caught, running(ports=Ports(port=port, management_port=0)):
            pass
        assert str(caught.value) == (
            f"Port {port} on 127.0.0.1 is in use: stop the other program, or choose another port with --port."
        )
        with (
            pytest.raises(ListenError, match="--management-port"),
            running(ports=Ports(port=0, management_port=port)),
        ):
            pass


def test_a_port_is_free_again_right_after_a_stop() -> None:
    with running() as first, first.connect() as wire:
        wire.send(request())
        wire.read()
        port = first.address[1]
    with running(ports=Ports(port=port, management_port=0)) as second:
        assert second.ask(request()).status == 200


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a\x00b", "192.0.2.1"])
def test_an_address_that_is_not_ours_is_one_clear_sentence(host: str) -> None:
    with pytest.raises(ListenError, match=r"^Cannot listen on "):
        listen(host, 0, option="--port")


def test_an_ipv6_address_is_printed_in_brackets() -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 on this machine")
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 loopback on this machine")
    with running(ports=Ports(host="::1", port=0, management_host="::1", management_port=0)) as server:
        assert server.urls.service == f"http://[::1]:{server.address[1]}/DossierNumberGeneration/v1"
        assert server.ask(request()).status == 200
        assert server.gateway.requests[0].peer.startswith("[::1]:")
        assert server.ask_management("/journal", host="[::1]").status == 200


def test_a_service_that_cannot_be_loaded_ends_the_server_with_its_error() -> None:
    def load(service: Service) -> Service:
        raise RuntimeError("the contract is broken")

    with pytest.raises(RuntimeError, match="the contract is broken"), running(load=load):
        pass


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "certificate.pem", folder / "key.pem"


def client_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken_and_h2_is_never_offered(pem: tuple[Path, Path], version: ssl.TLSVersion) -> None:
    ports = Ports(port=0, management_port=0, tls=Tls(*pem))
    context = client_context()
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])
    with running(ports=ports) as server:
        assert server.urls.service.startswith("https://127.0.0.1:")
        with (
            socket.create_connection(server.address, timeout=5) as plain,
            context.wrap_socket(plain) as secure,
        ):
            assert secure.selected_alpn_protocol() == "http/1.1"
            secure.sendall(request(line=b"GET " + ENDPOINT + b"?wsdl HTTP/1.1"))
            assert b"'https://mock.example/" in secure.recv(65536)
            secure.sendall(b"BAD\r\n\r\n")
            assert secure.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_a_tls_handshake_that_does_not_end_is_given_up(pem: tuple[Path, Path]) -> None:
    ports = Ports(port=0, management_port=0, tls=Tls(*pem))
    with (
        running(ports=ports, limits=Limits(head_seconds=0.2)) as server,
        socket.create_connection(server.address, timeout=5) as plain,
    ):
        assert plain.recv(1) == b""


def test_a_certificate_that_cannot_be_used_is_one_clear_sentence(pem: tuple[Path, Path], tmp_path: Path) -> None:
    certificate, key = pem
    with pytest.raises(ListenError, match=r"^Cannot read the TLS certificate .*missing\.pem: No such file"):
        Tls(tmp_path / "missing.pem", key).context()
    with pytest.raises(ListenError, match=r"^Cannot use .* for TLS: "):
        Tls(key, certificate).context()
