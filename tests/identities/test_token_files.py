"""`mockserver token`: the four files, and what is said when they can't be written."""

import os
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12
from lxml import etree

from mockserver.identities.authority import Authority, AuthorityError, Credential
from mockserver.identities.personas import personas
from mockserver.identities.token_files import DEFAULT_PASSWORD, FileExists, TokenFiles, write_token
from mockserver.instant import Instant, read_date_time
from mockserver.namespaces import SAML

NOW: Instant = read_date_time("2026-11-23T18:34:03.725Z").instant
PHYSICIAN = personas()["physician"]


def test_the_four_files_belong_together(authority: Authority, physician: Credential, tmp_path: Path) -> None:
    files = write_token(tmp_path / "new" / "out", authority, PHYSICIAN, now=NOW, lifetime=3600)
    assert [file.name for file in files] == ["token.xml", "key.pem", "certificate.pem", "credential.p12"]
    assert sorted(files) == sorted((tmp_path / "new" / "out").iterdir())
    assertion = etree.parse(files.token).getroot()
    conditions = assertion[0]
    assert conditions.get("NotOnOrAfter") == "2026-11-23T19:34:03.725Z"
    assert assertion.findtext(f".//{{{SAML}}}AttributeValue") == "80010199976"
    key = load_pem_private_key(files.key.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    assert certificate == physician.certificate
    assert key.public_key() == certificate.public_key()
    store = pkcs12.load_pkcs12(files.credential.read_bytes(), b"changeit")
    assert store.cert is not None
    assert store.cert.certificate == certificate


def test_the_password_can_be_chosen(authority: Authority, tmp_path: Path) -> None:
    files = write_token(tmp_path, authority, PHYSICIAN, now=NOW, password="pâsse")
    assert pkcs12.load_pkcs12(files.credential.read_bytes(), "pâsse".encode()).key is not None
    with pytest.raises(ValueError, match=r"[Ii]nvalid password"):
        pkcs12.load_pkcs12(files.credential.read_bytes(), DEFAULT_PASSWORD.encode())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_only_the_owner_can_read_the_files(authority: Authority, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        files = write_token(tmp_path / "out", authority, PHYSICIAN, now=NOW)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


@pytest.mark.parametrize("name", ["token.xml", "key.pem", "certificate.pem", "credential.p12"])
def test_a_file_that_is_there_is_kept(authority: Authority, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text("mine")
    with pytest.raises(FileExists) as refusal:
        write_token(tmp_path, authority, PHYSICIAN, now=NOW)
    assert str(refusal.value) == f"{file} exists; name another folder, or give --overwrite"
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_text() == "mine"


def test_files_are_overwritten_when_that_is_said(authority: Authority, tmp_path: Path) -> None:
    first = write_token(tmp_path, authority, PHYSICIAN, now=NOW)
    before = first.token.read_bytes()
    second = write_token(tmp_path, authority, PHYSICIAN, now=NOW, overwrite=True)
    assert isinstance(second, TokenFiles)
    assert first == second
    assert second.token.read_bytes() != before
    assert len(list(tmp_path.iterdir())) == 4


def test_an_empty_password_is_refused(authority: Authority, tmp_path: Path) -> None:
    with pytest.raises(AuthorityError, match=r"^the password of credential\.p12 is empty.*; give one$"):
        write_token(tmp_path / "out", authority, PHYSICIAN, now=NOW, password="")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_a_file_is_told(authority: Authority, tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_text("no folder")
    with pytest.raises(AuthorityError) as refusal:
        write_token(file, authority, PHYSICIAN, now=NOW)
    assert str(refusal.value).startswith(f"{file} can't be written (")
    assert str(refusal.value).endswith("); name another folder")


def test_a_folder_in_the_place_of_a_file_is_told_and_nothing_temporary_stays(
    authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "token.xml").mkdir()
    with pytest.raises(AuthorityError, match="can't be written"):
        write_token(tmp_path, authority, PHYSICIAN, now=NOW, overwrite=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["token.xml"]
