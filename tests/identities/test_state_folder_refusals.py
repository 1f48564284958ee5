"""What is said when the state folder is of no use: one sentence, with the file and the next step."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mockserver.identities.authority import Authority, AuthorityError
from mockserver.identities.personas import load_personas, personas
from mockserver.instant import SECOND

DAY = 24 * 3600 * SECOND


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(AuthorityError) as caught:
        action()
    message = str(caught.value)
    assert "\n" not in message
    return message


def anew(folder: Path) -> str:
    return f"delete the folder {folder} and start again: it is made anew"


@pytest.mark.parametrize("folder", ["ca", "sts", "tls"])
@pytest.mark.parametrize("name", ["key.pem", "certificate.pem"])
def test_a_missing_file_is_told(state: Path, folder: str, name: str) -> None:
    file = state / "pki" / folder / name
    file.unlink()
    start_over = anew(state / "pki" if folder == "ca" else file.parent)
    assert refusal(lambda: Authority.open(state)) == f"{file} is missing; {start_over}"


@pytest.mark.parametrize("folder", ["ca", "sts", "tls"])
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("certificate.pem", "no certificate in PEM form"),
        ("key.pem", "no unencrypted private key in PEM form"),
    ],
)
@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_damaged_file_is_told(state: Path, folder: str, name: str, what: str, content: bytes) -> None:
    file = state / "pki" / folder / name
    file.write_bytes(content)
    start_over = anew(state / "pki" if folder == "ca" else file.parent)
    assert refusal(lambda: Authority.open(state)) == f"{file} is damaged: {what}; {start_over}"


def test_a_file_cut_short_is_told(state: Path) -> None:
    file = state / "pki" / "sts" / "key.pem"
    file.write_bytes(file.read_bytes()[:800])
    assert refusal(lambda: Authority.open(state)).startswith(f"{file} is damaged: ")


def test_a_key_of_another_certificate_is_told(state: Path) -> None:
    file = state / "pki" / "sts" / "key.pem"
    file.write_bytes(pem(rsa.generate_private_key(65537, 2048)))
    certificate_file = file.with_name("certificate.pem")
    assert refusal(lambda: Authority.open(state)) == (
        f"{file} is not the key of {certificate_file}; {anew(file.parent)}"
    )


def test_a_leaf_of_another_ca_is_told_and_can_be_made_anew(state: Path) -> None:
    shutil.rmtree(state / "pki" / "ca")
    certificate_file = state / "pki" / "sts" / "certificate.pem"
    assert refusal(lambda: Authority.open(state)) == (
        f"{certificate_file} was not issued by this folder's CA; {anew(certificate_file.parent)}"
    )
    shutil.rmtree(state / "pki" / "sts")
    shutil.rmtree(state / "pki" / "tls")
    authority = Authority.open(state)
    authority.sts_certificate.verify_directly_issued_by(authority.ca_certificate)
    assert "persona-physician" in refusal(lambda: authority.credential(personas()["physician"]))


def test_a_persona_that_was_renamed_is_told(state: Path) -> None:
    text = """
        [physician]
        title = "Another"
        subject = [["CN", "SSIN=85123199937"], ["C", "BE"]]
        requester = { PersonIdentifier = "85123199937" }
        identification = { "urn:be:fgov:person:ssin" = "85123199937" }
        certified = {}
    """
    (other,) = load_personas(text, "mine.toml").values()
    folder = state / "pki" / "persona-physician"
    assert refusal(lambda: Authority.open(state).credential(other)) == (
        f"{folder / 'certificate.pem'} bears another name than the persona has now; {anew(folder)}"
    )


def test_a_key_of_the_wrong_kind_is_told(state: Path) -> None:
    shutil.rmtree(state / "pki" / "sts")
    shutil.copytree(state / "pki" / "tls", state / "pki" / "sts")
    file = state / "pki" / "sts" / "key.pem"
    assert refusal(lambda: Authority.open(state)) == f"{file} is not an RSA key; {anew(file.parent)}"
    file.write_bytes(pem(ed25519.Ed25519PrivateKey.generate()))
    assert refusal(lambda: Authority.open(state)) == f"{file} is neither an RSA nor an EC key; {anew(file.parent)}"


ELSEWHERE = "; put that right, or name another state folder with --state or DOSSIER_STATE"


def test_a_state_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "state"
    file.write_text("no folder")
    message = refusal(lambda: Authority.open(file))
    assert message.startswith(f"{file / 'pki' / 'ca'} can't be ")
    assert message.endswith(ELSEWHERE)


def test_a_file_where_a_pair_belongs_is_told(tmp_path: Path) -> None:
    (tmp_path / "pki").mkdir()
    (tmp_path / "pki" / "ca").write_text("no folder")
    file = tmp_path / "pki" / "ca" / "certificate.pem"
    assert refusal(lambda: Authority.open(tmp_path)) == f"{file} is missing; {anew(tmp_path / 'pki')}"


def test_a_file_that_is_a_folder_is_told(state: Path) -> None:
    file = state / "pki" / "ca" / "certificate.pem"
    file.unlink()
    file.mkdir()
    message = refusal(lambda: Authority.open(state))
    assert message.startswith(f"{file} can't be read (")
    assert message.endswith(ELSEWHERE)


permissions_count = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="no file is closed to root, and Windows has no modes"
)


@permissions_count
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert refusal(lambda: Authority.open(tmp_path)) == (
        f"{tmp_path / 'pki' / 'ca'} can't be written (Permission denied){ELSEWHERE}"
    )
    tmp_path.chmod(0o700)


@permissions_count
def test_a_file_that_cannot_be_read_is_told(state: Path) -> None:
    file = state / "pki" / "sts" / "key.pem"
    file.chmod(0)
    assert refusal(lambda: Authority.open(state)) == f"{file} can't be read (Permission denied){ELSEWHERE}"


def test_a_disk_that_is_full_is_told_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert refusal(lambda: Authority.open(tmp_path)) == (
        f"{tmp_path / 'pki' / 'ca'} can't be written (No space left on device){ELSEWHERE}"
    )
    assert list((tmp_path / "pki").iterdir()) == []
