"""How the command line reaches an endpoint: a real proxy, a TLS endpoint with a CA of its own, and timeouts."""

import datetime
import ipaddress
import json
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from conformance.commands import app
from tests.conformance.servers import Server, Talk, saying, serving

NOWHERE = "acceptance.invalid"
"""A name that no resolver knows (RFC 2606): only the proxy can reach it."""


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ca.pem and server.pem (key and certificate) for localhost and NOWHERE."""
    folder = tmp_path_factory.mktemp("tls")
    now = datetime.datetime.now(datetime.UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A company's own CA")])

    def builder(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(ca_name).public_key(public)
        made = made.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(hours=1))
        return made.not_valid_after(now + datetime.timedelta(hours=1))

    usage = x509.KeyUsage(*(True,) * 1, *(False,) * 4, True, True, False, False)
    ca = builder(ca_name, ca_key.public_key()).add_extension(x509.BasicConstraints(True, None), critical=True)
    ca = ca.add_extension(usage, critical=True)
    ca = ca.add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), critical=False)
    names = [x509.DNSName("localhost"), x509.DNSName(NOWHERE), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    leaf = builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NOWHERE)]), key.public_key())
    leaf = leaf.add_extension(x509.SubjectAlternativeName(names), critical=False)
    leaf = leaf.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False)
    (folder / "ca.pem").write_bytes(ca.sign(ca_key, hashes.SHA256()).public_bytes(Encoding.PEM))
    (folder / "server.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + leaf.sign(ca_key, hashes.SHA256()).public_bytes(Encoding.PEM)
    )
    return folder


@pytest.fixture
def tls_server(tls: Path) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls / "server.pem")
    with serving(saying("success.xml"), context) as server:
        yield server


class Proxy:
    """A proxy: requests in absolute form are passed on, CONNECT opens a tunnel; all to one server."""

    def __init__(self, target: Server) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked.append(self.requestline)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                fields = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
                with socket.create_connection(("127.0.0.1", target.port)) as onward:
                    onward.sendall(f"POST /DossierNumberGeneration/v1 HTTP/1.1\r\n{fields}\r\n".encode() + body)
                    while piece := onward.recv(65536):
                        self.wfile.write(piece)
                self.close_connection = True

            def do_CONNECT(self) -> None:
                asked.append(self.requestline)
                self.send_response(200)
                self.end_headers()
                with socket.create_connection(("127.0.0.1", target.port)) as onward:
                    ends = {self.connection: onward, onward: self.connection}
                    while True:
                        for end in select.select(list(ends), [], [])[0]:
                            if not (piece := end.recv(65536)):
                                self.close_connection = True
                                return
                            ends[end].sendall(piece)

            def log_message(self, format: str, *args: object) -> None:
                """Silent."""

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """A client that distrusts the certificate hangs up, which is what is tested."""

        self._http = Quiet(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> "Proxy":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def run(state: Path, out: Path, *options: str | Path) -> tuple[int, dict[str, str]]:
    """Exit code, and the facts of the one case."""
    arguments = ["run", "--state", state, "--out", out, "--case", "recommended-lastname-only", *options]
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert "Traceback" not in result.output
    facts: dict[str, str] = json.loads((out / "results.json").read_text(encoding="utf-8"))["cases"][0]
    return result.exit_code, facts


def test_a_proxy_is_used_for_another_host(serve: Callable[[Talk], Server], state: Path, tmp_path: Path) -> None:
    with Proxy(serve(saying("success.xml"))) as proxy:
        endpoint = ("--endpoint", f"http://{NOWHERE}:8080", "--acceptance", "--proxy", proxy.url)
        code, facts = run(state, tmp_path, *endpoint)
    assert (code, facts["verdict"]) == (0, "PASS")
    assert proxy.asked == [f"POST http://{NOWHERE}:8080/DossierNumberGeneration/v1 HTTP/1.1"]
    assert f"--proxy {proxy.url}" in facts["command"]


def test_tls_through_a_proxy_is_checked_against_the_ca_file(
    tls_server: Server, tls: Path, state: Path, tmp_path: Path
) -> None:
    with Proxy(tls_server) as proxy:
        endpoint = ("--endpoint", f"https://{NOWHERE}", "--acceptance", "--proxy", proxy.url)
        code, facts = run(state, tmp_path, *endpoint, "--ca-file", tls / "ca.pem")
        assert (code, facts["verdict"]) == (0, "PASS")
        code, facts = run(state, tmp_path, *endpoint)
        assert (code, facts["verdict"]) == (3, "ERROR")
        assert "certificate" in facts["reason"].lower()
    assert [line.rsplit(" ", 1)[0] for line in proxy.asked] == [f"CONNECT {NOWHERE}:443"] * 2
    assert len(tls_server.received) == 1


def test_a_ca_of_ones_own_is_trusted_when_it_is_named(
    tls_server: Server, tls: Path, state: Path, tmp_path: Path
) -> None:
    endpoint = ("--endpoint", f"https://localhost:{tls_server.port}")
    assert run(state, tmp_path, *endpoint, "--ca-file", tls / "ca.pem")[0] == 0
    assert run(state, tmp_path, *endpoint)[0] == 3


def test_a_ca_file_that_is_none_is_one_sentence(state: Path, tmp_path: Path) -> None:
    arguments = ["run", "--endpoint", "https://localhost:1", "--state", str(state), "--out", str(tmp_path)]
    result = CliRunner().invoke(app, [*arguments, "--ca-file", str(tmp_path / "none.pem")])
    assert result.exit_code == 2
    assert "none.pem cannot be read" in result.stderr


def test_an_answer_that_does_not_come_in_time_is_a_fail(
    serve: Callable[[Talk], Server], state: Path, tmp_path: Path
) -> None:
    over = threading.Event()
    server = serve(lambda handler, body: (over.wait(10), None)[1])
    code, facts = run(state, tmp_path, "--endpoint", server.url, "--timeout", "0.3")
    over.set()
    assert (code, facts["verdict"]) == (1, "FAIL")
    assert facts["answer"] == "no complete answer within 0.3 seconds"
    assert len(server.received) == 1  # and it is not asked again


def test_a_handshake_that_does_not_come_in_time_is_no_connection(state: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"https://localhost:{silent.getsockname()[1]}"
        code, facts = run(state, tmp_path, "--endpoint", endpoint, "--connect-timeout", "0.3")
    assert (code, facts["verdict"]) == (3, "ERROR")
    assert "no answer to the attempt to connect" in facts["reason"]
