"""`mockserver token`: what it writes signs a request that the mock accepts."""

import re
import stat
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12
from lxml import etree

from conformance.client.credentials import Credentials, Token
from conformance.client.message import Requester
from mockserver.instant import SECOND, read_date_time, system_clock
from tests.commands.conftest import mockserver
from tests.conftest import Mock
from tests.forge import Forge


def written(mock: Mock, folder: Path, persona: str, requester: Requester, *options: str) -> Credentials:
    """The credentials in the files that the command wrote."""
    run = mockserver("token", "--as", persona, "--out", folder, "--state", mock.state, *options)
    assert (run.returncode, run.stderr) == (0, "")
    files = [folder / name for name in ("token.xml", "key.pem", "certificate.pem", "credential.p12")]
    said = run.stdout.splitlines()
    assert said[:-1] == [*map(str, files), "The password of credential.p12 is 'changeit'."]
    assert re.fullmatch(r"The test PKI is valid until \d{4}-\d{2}-\d{2}T[0-9:.]+Z\.", said[-1])
    key = load_pem_private_key(files[1].read_bytes(), None)
    assert isinstance(key, RSAPrivateKey)
    certificate = x509.load_pem_x509_certificate(files[2].read_bytes())
    return Credentials(persona, key, certificate, Token.received(files[0].read_bytes()), requester)


@pytest.mark.parametrize(
    ("persona", "requester"),
    [("physician", Requester("80010199976")), ("organisation", Requester(cbe="1990009933"))],
)
def test_a_written_token_signs_a_request_that_is_accepted(
    mock: Mock, tmp_path: Path, persona: str, requester: Requester
) -> None:
    credentials = written(mock, tmp_path / "out", persona, requester)
    reply = mock.post(Forge.request(credentials, mock.contract, system_clock()))
    assert (reply.status, reply.rules, reply.warnings) == ("Success", [], [])
    key, certificate, above = pkcs12.load_key_and_certificates(
        (tmp_path / "out" / "credential.p12").read_bytes(), b"changeit"
    )
    assert isinstance(key, RSAPrivateKey)
    assert key.private_numbers() == credentials.key.private_numbers()
    assert certificate == credentials.certificate
    assert len(above) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_only_the_owner_can_read_the_files(mock: Mock, tmp_path: Path) -> None:
    written(mock, tmp_path, "physician", Requester())
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}


def test_a_token_lives_as_long_as_asked(mock: Mock, tmp_path: Path) -> None:
    credentials = written(mock, tmp_path, "physician", Requester(), "--lifetime", "90", "--overwrite")
    assertion = etree.fromstring(credentials.token.octets)
    issued, end = assertion.get("IssueInstant", ""), assertion[0].get("NotOnOrAfter", "")
    assert read_date_time(end).instant - read_date_time(issued).instant == 90 * SECOND


@pytest.mark.parametrize("option", [("--expired",), ("--not-before", "3600")])
def test_a_token_that_has_ended_or_not_begun_is_refused(mock: Mock, tmp_path: Path, option: tuple[str, ...]) -> None:
    credentials = written(mock, tmp_path, "physician", Requester("80010199976"), "--lifetime", "600", *option)
    reply = mock.post(Forge.request(credentials, mock.contract, system_clock()))
    assert (reply.soa, reply.rules) == ("SOA-01001", ["H09"])


def test_a_token_cannot_have_ended_and_be_early_at_once(mock: Mock, tmp_path: Path) -> None:
    options = ("--expired", "--not-before", "60")
    run = mockserver("token", "--as", "physician", "--out", tmp_path, "--state", mock.state, *options)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "mockserver: --expired and --not-before exclude each other; leave one out\n"


def test_a_persona_of_a_file_gets_a_token_with_its_key_and_its_times(mock: Mock, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        "[dentist]\n"
        'role = "dentist"\n'
        'numbers = { ssin = "85123199937", nihii = "19999024" }\n'
        'key = "EC P-256"\n'
        "token = { begins = -60, ends = 120 }\n",
        "utf-8",
    )
    run = mockserver("token", "--as", "dentist", "--out", tmp_path / "out", "--state", mock.state, "--personas", file)
    assert (run.returncode, run.stderr) == (0, "")
    key = load_pem_private_key((tmp_path / "out" / "key.pem").read_bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    certificate = x509.load_pem_x509_certificate((tmp_path / "out" / "certificate.pem").read_bytes())
    token = Token.received((tmp_path / "out" / "token.xml").read_bytes())
    conditions = etree.fromstring(token.octets)[0].attrib
    begin, end = (read_date_time(conditions[name]).instant for name in ("NotBefore", "NotOnOrAfter"))
    assert end - begin == 180 * SECOND
    credentials = Credentials("dentist", key, certificate, token, Requester("85123199937"))
    assert mock.post(Forge.request(credentials, mock.contract, system_clock())).status == "Success"
