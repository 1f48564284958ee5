"""A credential's exports, and where the state folder is."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from mockserver.identities.authority import Authority, AuthorityError, Credential, default_state_directory


def test_the_pem_exports_are_the_key_and_the_certificate(physician: Credential) -> None:
    key = load_pem_private_key(physician.key_pem(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.private_numbers() == physician.key.private_numbers()
    assert physician.key_pem().startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert x509.load_pem_x509_certificate(physician.certificate_pem()) == physician.certificate


def test_the_pkcs12_export_holds_the_chain_under_ehealths_alias(authority: Authority, physician: Credential) -> None:
    store = pkcs12.load_pkcs12(physician.pkcs12(b"secret"), b"secret")
    assert isinstance(store.key, rsa.RSAPrivateKey)
    assert store.key.private_numbers() == physician.key.private_numbers()
    assert store.cert is not None
    assert store.cert.friendly_name == b"authentication"
    assert store.cert.certificate == physician.certificate
    assert [extra.certificate for extra in store.additional_certs] == [authority.ca_certificate]
    with pytest.raises(ValueError, match=r"[Ii]nvalid password"):
        pkcs12.load_pkcs12(physician.pkcs12(b"secret"), b"other")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not installed")
def test_openssl_reads_the_pkcs12_export(physician: Credential, tmp_path: Path) -> None:
    (tmp_path / "credential.p12").write_bytes(physician.pkcs12(b"secret"))
    run = subprocess.run(
        ["openssl", "pkcs12", "-in", "credential.p12", "-passin", "pass:secret", "-nodes"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert run.stdout.count("BEGIN CERTIFICATE") == 2
    assert "friendlyName: authentication" in run.stdout


def test_no_private_key_is_printed(authority: Authority, physician: Credential) -> None:
    assert "key=" not in repr(physician)
    assert "sts_key=" not in repr(authority)


HOME = Path.home()


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({"DOSSIER_STATE": "here", "XDG_DATA_HOME": "/data"}, "linux", Path("here")),
        ({"DOSSIER_STATE": "", "XDG_DATA_HOME": "/data"}, "linux", Path("/data")),
        ({"XDG_DATA_HOME": "relative"}, "linux", HOME / ".local" / "share"),
        ({}, "linux", HOME / ".local" / "share"),
        ({}, "freebsd14", HOME / ".local" / "share"),
        ({"XDG_DATA_HOME": "/data"}, "darwin", HOME / "Library" / "Application Support"),
        ({"LOCALAPPDATA": "C:/Users/a/AppData/Local"}, "win32", Path("C:/Users/a/AppData/Local")),
        ({}, "win32", HOME / "AppData" / "Local"),
    ],
)
def test_the_state_lives_where_the_platform_keeps_data(
    environment: dict[str, str], platform: str, expected: Path
) -> None:
    if not environment.get("DOSSIER_STATE"):
        expected /= "dossiernumbergeneration-mock"
    assert default_state_directory(environment, platform) == expected


def test_the_environment_of_the_process_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOSSIER_STATE", str(tmp_path))
    assert default_state_directory() == tmp_path


def test_a_user_without_home_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(cls: type[Path]) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", classmethod(none))
    with pytest.raises(AuthorityError) as refusal:
        default_state_directory({}, "linux")
    assert str(refusal.value) == "this user has no home folder; name a state folder with --state or DOSSIER_STATE"
