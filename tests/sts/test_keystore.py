"""Keystores as people have them: one entry or several, RSA or EC, and what is wrong with one."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

from conformance.client.credentials import CredentialsError
from conformance.client.keystore import KeyEntry, read_keystore
from mockserver.identities.certificates import KeyPair, make_ca
from mockserver.instant import SECOND, system_clock
from tests.sts.certificates import certified
from tests.sts.messages import Signatory

PASSWORD = "changeit"
DAY = 86_400 * SECOND
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SSIN=80010199976")])


@pytest.fixture(scope="module")
def ca() -> KeyPair:
    return make_ca(system_clock())


@pytest.fixture(scope="module")
def signatory(ca: KeyPair) -> Signatory:
    return certified(ca, NAME)


def write(file: Path, alias: str, signatory: Signatory, *others: x509.Certificate) -> Path:
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(
            alias.encode(),
            signatory.key,
            signatory.certificate,
            others or None,
            BestAvailableEncryption(PASSWORD.encode()),
        )
    )
    return file


def read(file: Path, *, alias: str | None = None, password: str = PASSWORD, later: int = 0) -> KeyEntry:
    return read_keystore(file, password, alias=alias, now=system_clock() + later)


def test_the_only_entry_with_a_key_is_taken_whatever_it_is_called(
    tmp_path: Path, ca: KeyPair, signatory: Signatory
) -> None:
    entry = read(write(tmp_path / "one.p12", "mine", signatory, ca.certificate))
    assert (entry.alias, entry.certificate) == ("mine", signatory.certificate)
    assert entry.key.public_key() == signatory.key.public_key()


@pytest.mark.parametrize("kind", ["RSA", "EC"])
def test_rsa_and_ec_keys_are_read(tmp_path: Path, ca: KeyPair, kind: str) -> None:
    key = rsa.generate_private_key(65537, 2048) if kind == "RSA" else ec.generate_private_key(ec.SECP384R1())
    entry = read(write(tmp_path / "one.p12", "a", certified(ca, NAME, key)))
    assert entry.key.public_key() == key.public_key()


def test_a_wrong_password_is_said(tmp_path: Path, signatory: Signatory) -> None:
    file = write(tmp_path / "one.p12", "a", signatory)
    with pytest.raises(CredentialsError, match=r"the password does not open .*one.p12"):
        read(file, password="another")


def test_an_expired_certificate_is_said_with_its_day(tmp_path: Path, ca: KeyPair) -> None:
    file = write(tmp_path / "old.p12", "a", certified(ca, NAME, days=(-30, -1)))
    with pytest.raises(CredentialsError, match=r"the certificate in .*old.p12 expired on 20[0-9-]+T.*; renew it"):
        read(file)


def test_a_certificate_that_is_not_valid_yet_is_said(tmp_path: Path, signatory: Signatory) -> None:
    file = write(tmp_path / "new.p12", "a", signatory)
    with pytest.raises(CredentialsError, match=r"is valid from .* only"):
        read(file, later=-2 * DAY)


def test_a_file_that_is_no_keystore_is_said(tmp_path: Path) -> None:
    for content in (b"", b"hello", b"\x30\x82\xff", b"\x30\x80" * 100):
        (tmp_path / "x.p12").write_bytes(content)
        with pytest.raises(CredentialsError, match="is no PKCS #12 keystore"):
            read(tmp_path / "x.p12")


def test_other_kinds_of_keystore_are_named_with_the_way_to_a_p12(tmp_path: Path) -> None:
    for content, way in (
        (b"\xfe\xed\xfe\xed\0\0\0\2", "keytool"),
        (b"-----BEGIN PRIVATE KEY-----\n", "openssl pkcs12"),
    ):
        (tmp_path / "x.p12").write_bytes(content)
        with pytest.raises(CredentialsError, match=f"is no PKCS #12 keystore; .*{way}"):
            read(tmp_path / "x.p12")


def test_a_key_without_its_certificate_is_said(tmp_path: Path, signatory: Signatory) -> None:
    octets = pkcs12.serialize_key_and_certificates(
        b"a", signatory.key, None, None, BestAvailableEncryption(PASSWORD.encode())
    )
    (tmp_path / "key.p12").write_bytes(octets)
    with pytest.raises(CredentialsError, match="holds a key without its certificate; export both together"):
        read(tmp_path / "key.p12")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="cannot be read: No such file"):
        read(tmp_path / "none.p12")


def test_a_keystore_without_a_key_is_said(tmp_path: Path, ca: KeyPair) -> None:
    octets = pkcs12.serialize_key_and_certificates(
        None, None, None, [ca.certificate], BestAvailableEncryption(PASSWORD.encode())
    )
    (tmp_path / "ca.p12").write_bytes(octets)
    with pytest.raises(CredentialsError, match="holds no private key"):
        read(tmp_path / "ca.p12")


def test_a_key_of_another_kind_is_said(tmp_path: Path, ca: KeyPair) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    certificate = certified(ca, NAME, key).certificate  # type: ignore[arg-type]
    octets = pkcs12.serialize_key_and_certificates(
        b"a", key, certificate, None, BestAvailableEncryption(PASSWORD.encode())
    )
    (tmp_path / "ed.p12").write_bytes(octets)
    with pytest.raises(CredentialsError, match="neither RSA nor EC"):
        read(tmp_path / "ed.p12")


def test_an_alias_that_is_not_there_is_said_with_those_that_are(tmp_path: Path, signatory: Signatory) -> None:
    file = write(tmp_path / "one.p12", "mine", signatory)
    with pytest.raises(CredentialsError, match="no one entry called 'yours'; there are: mine"):
        read(file, alias="yours")


several = pytest.mark.skipif(shutil.which("keytool") is None, reason="keytool (of a Java runtime) is not installed")


@pytest.fixture
def keystore_of_three(tmp_path: Path, ca: KeyPair) -> tuple[Path, dict[str, Signatory]]:
    """What eHealth's tools leave behind: one entry to sign with and others to decrypt with, written by Java."""
    entries = {name: certified(ca, NAME) for name in ("authentication", "4711", "0815")}
    together = tmp_path / "all.p12"
    for name, entry in entries.items():
        source = write(tmp_path / f"{name}.p12", name, entry)
        command = [
            "keytool",
            "-importkeystore",
            "-noprompt",
            "-srckeystore",
            str(source),
            "-destkeystore",
            str(together),
        ]
        command += ["-srcstoretype", "PKCS12", "-deststoretype", "PKCS12"]
        command += ["-srcstorepass", PASSWORD, "-deststorepass", PASSWORD]
        subprocess.run(command, check=True, capture_output=True)
    return together, entries


@several
def test_of_several_entries_the_alias_chooses(keystore_of_three: tuple[Path, dict[str, Signatory]]) -> None:
    file, entries = keystore_of_three
    for name, signatory in entries.items():
        entry = read(file, alias=name.upper())
        assert entry.certificate == signatory.certificate
        assert entry.key.public_key() == signatory.key.public_key()


@several
def test_of_several_entries_authentication_is_taken_unasked(
    keystore_of_three: tuple[Path, dict[str, Signatory]],
) -> None:
    file, entries = keystore_of_three
    assert read(file).certificate == entries["authentication"].certificate


@several
def test_the_password_of_a_keystore_with_several_entries_is_checked(
    keystore_of_three: tuple[Path, dict[str, Signatory]],
) -> None:
    with pytest.raises(CredentialsError, match="the password does not open"):
        read(keystore_of_three[0], password="another")
