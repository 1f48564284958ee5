"""`mockserver serve --tls`, with the clients and the tools that people have."""

import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mockserver.http.listener import ListenError
from mockserver.http.tls import Tls
from mockserver.identities.authority import Authority
from mockserver.identities.trust_store import TRUST_STORE_PASSWORD
from tests.conftest import Mock

MOCKSERVER = [sys.executable, "-m", "mockserver"]


@pytest.fixture
def https(start_mock: Any) -> Mock:
    secure: Mock = start_mock("--tls")
    return secure


@pytest.fixture
def ca(https: Mock, tmp_path: Path) -> Path:
    return exported(https.state, tmp_path / "ca.pem")


def exported(state: Path, file: Path) -> Path:
    subprocess.run([*MOCKSERVER, "ca", "--out", str(file), "--state", str(state)], check=True, timeout=60)
    return file


def pool(ca: Path) -> urllib3.PoolManager:
    return urllib3.PoolManager(ca_certs=str(ca), retries=False, timeout=20.0)


def shown(port: int) -> bytes:
    """The certificate that the next handshake shows, in DER."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 10) as plain, context.wrap_socket(plain) as secure:
        return secure.getpeercert(binary_form=True) or b""


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_who_trusts_the_test_ca_gets_an_identifier_over_https(https: Mock, ca: Path, name: str) -> None:
    url = https.url.replace("127.0.0.1", name)
    assert url.startswith("https://")
    reply = pool(ca).request("POST", url, body=https.forge().octets(), headers=urllib3.HTTPHeaderDict(https.fields()))
    assert (reply.status, b"CovidDossierIdentifier" in reply.data) == (200, True)


def test_who_does_not_trust_it_gets_no_connection(https: Mock) -> None:
    with pytest.raises(urllib3.exceptions.SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib3.PoolManager(retries=False, timeout=20.0).request("GET", f"{https.url}?wsdl")


def test_the_served_wsdl_names_https(https: Mock, ca: Path) -> None:
    assert f'location="{https.url}"'.encode() in pool(ca).request("GET", f"{https.url}?wsdl").data


def test_tls_1_1_is_refused(https: Mock) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    port = urllib3.util.parse_url(https.url).port
    with socket.create_connection(("127.0.0.1", port), 10) as plain, pytest.raises((ssl.SSLError, OSError)):
        context.wrap_socket(plain)


@pytest.mark.parametrize("name", ["ca.pem", "ca.der", "truststore.p12"])
def test_the_management_port_gives_the_ca_as_the_command_does(https: Mock, name: str, tmp_path: Path) -> None:
    given = urllib3.request("GET", f"{https.management}/certificates/{name}").data
    certificate = Authority.open(https.state).ca_certificate
    if name == "ca.pem":
        assert given == exported(https.state, tmp_path / name).read_bytes()
        assert x509.load_pem_x509_certificate(given) == certificate
    elif name == "ca.der":
        assert given == exported(https.state, tmp_path / name).read_bytes()
        assert x509.load_der_x509_certificate(given) == certificate
    else:
        assert len(given) > len(certificate.public_bytes(Encoding.DER))


@pytest.mark.skipif(shutil.which("keytool") is None, reason="keytool (Debian: default-jre-headless) is not installed")
def test_java_reads_the_trust_store(https: Mock, tmp_path: Path) -> None:
    store = exported(https.state, tmp_path / "ca.p12")
    listed = subprocess.run(
        ["keytool", "-list", "-keystore", str(store), "-storepass", TRUST_STORE_PASSWORD],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert "trustedCertEntry" in listed


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_reads_the_trust_store(https: Mock, tmp_path: Path) -> None:
    store = exported(https.state, tmp_path / "ca.p12")
    password = f"pass:{TRUST_STORE_PASSWORD}"
    read = subprocess.run(
        ["openssl", "pkcs12", "-in", str(store), "-nokeys", "-passin", password],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert "BEGIN CERTIFICATE" in read


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_trusts_the_exported_ca(https: Mock, ca: Path) -> None:
    command = ["curl", "--silent", "--fail", "--cacert", str(ca), f"{https.url}?wsdl"]
    assert b"definitions" in subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


def test_an_unknown_kind_of_file_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        [*MOCKSERVER, "ca", "--out", str(tmp_path / "ca.jks"), "--state", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "must end with one of .pem, .der, .p12" in done.stderr


def test_the_suite_runs_against_https(https: Mock, ca: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "conformance", "run", "--endpoint", https.url, "--ca-file", str(ca)]
    options = ["--state", str(https.state), "--case", "recommended-lastname-only", "--out", str(tmp_path / "out")]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr


# Certificates of the user's own.


def pair(folder: Path, state: Path) -> Tls:
    """A certificate and key, such as somebody brings along."""
    authority = Authority.open(state)
    folder.mkdir(exist_ok=True)
    tls = Tls(folder / "tls.crt", folder / "tls.key")
    shutil.copyfile(authority.tls_certificate_file, tls.certificate)
    shutil.copyfile(authority.tls_key_file, tls.key)
    return tls


@contextmanager
def served(tls: Tls, state: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """A mock with these files; its port, and the process, whose standard error is its log."""
    command = [*MOCKSERVER, "serve", "--port", "0", "--management-port", "0", "--state", str(state)]
    options = ["--tls-certificate", str(tls.certificate), "--tls-key", str(tls.key), "--log-format", "json"]
    process = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ready = next(line for line in process.stdout if line.startswith("ready "))
        found = re.search(r":(\d+)/", ready)
        assert found is not None, ready
        yield int(found[1]), process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def until(holds: Any, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return False


@pytest.mark.slow
def test_changed_files_are_shown_to_the_next_client_and_bad_ones_are_not(tmp_path: Path) -> None:
    tls = pair(tmp_path / "own", tmp_path / "first")
    new = pair(tmp_path / "new", tmp_path / "second")
    with served(tls, tmp_path / "state") as (port, process):
        old_shown = shown(port)
        # Half of the new pair: the old one stays, and the log says why.
        shutil.copyfile(new.certificate, tls.certificate)
        assert process.stderr is not None
        warned = next(line for line in process.stderr if "TLS certificate kept" in line)
        assert "the key is not the certificate's" in warned
        assert shown(port) == old_shown
        shutil.copyfile(new.key, tls.key)
        assert until(lambda: shown(port) != old_shown)
        assert shown(port) == x509.load_pem_x509_certificate(new.certificate.read_bytes()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("given", ["--tls-certificate", "--tls-key"])
def test_one_file_without_the_other_is_wrong_usage(given: str, tmp_path: Path) -> None:
    command = [*MOCKSERVER, "serve", "--port", "0", "--management-port", "0", "--state", str(tmp_path)]
    done = subprocess.run([*command, given, "x.pem"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "belong together" in done.stderr


def test_what_cannot_be_shown_is_one_clear_sentence(tmp_path: Path) -> None:
    tls, other = pair(tmp_path / "own", tmp_path / "first"), pair(tmp_path / "other", tmp_path / "second")
    with pytest.raises(ListenError, match="the key is not the certificate's"):
        Tls(tls.certificate, other.key).context()
    with pytest.raises(ListenError, match="must be a certificate and a private key, both PEM"):
        Tls(tls.key, tls.certificate).context()
    with pytest.raises(ListenError, match=r"Cannot read the TLS private key .*nowhere: No such file"):
        Tls(tls.certificate, tmp_path / "nowhere").context()
    encrypted = tmp_path / "encrypted.pem"
    encrypted.write_bytes(tls.key.read_bytes().replace(b"BEGIN", b"BEGIN ENCRYPTED"))
    with pytest.raises(ListenError, match="is encrypted"):
        Tls(tls.certificate, encrypted).context()
