"""`conformance token` and `--personas`, as a user types them."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from typer.testing import CliRunner, Result

from conformance.client.credentials import Token
from conformance.client.sts.token_check import end_of, shortcomings
from conformance.commands import app
from mockserver.commands import app as mockserver
from mockserver.identities.personas import personas
from mockserver.instant import SECOND, system_clock
from tests.conftest import Mock
from tests.sts.certificates import certified
from tests.sts.conftest import Sts
from tests.sts.messages import DOCTOR, Signatory

PASSWORD = "changeit"

DENTIST = """
[dentist]
title = "A dentist of a user's own file"
subject = [["CN", "SSIN=85123199937"], ["O", "Federal Government"], ["C", "BE"]]
requester = { PersonIdentifier = "85123199937" }
[dentist.identification]
"urn:be:fgov:person:ssin" = "85123199937"
[dentist.certified]
"urn:be:fgov:person:ssin:ehealth:1.0:professional:dentist:boolean" = "true"
"""


def keystore(file: Path, signatory: Signatory) -> Path:
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"authentication", signatory.key, signatory.certificate, None, BestAvailableEncryption(PASSWORD.encode())
        )
    )
    return file


def ask(base: str, store: Path, out: Path, *options: str, password: str = PASSWORD) -> Result:
    arguments = ["token", "--sts", base, "--keystore", str(store), "--out", str(out), "--password-env", "SECRET"]
    return CliRunner().invoke(app, [*arguments, *options], env={"SECRET": password})


@pytest.fixture
def physician(sts: Sts, tmp_path: Path) -> Path:
    return keystore(tmp_path / "credential.p12", sts.signatory())


def test_a_token_is_written_as_it_came_and_holds_what_the_persona_has(
    sts: Sts, physician: Path, tmp_path: Path
) -> None:
    out = tmp_path / "token.xml"
    result = ask(sts.base, physician, out, "--persona", "physician")
    assert result.exit_code == 0, result.stderr
    assert shortcomings(Token.received(out.read_bytes()), [a.name for a in personas()["physician"].attributes]) == []
    assert re.fullmatch(r".*token\.xml: valid until 20\S+Z\n", result.stdout)


def test_what_the_client_asserts_of_somebody_else_comes_back_empty_and_is_named(
    sts: Sts, physician: Path, tmp_path: Path
) -> None:
    result = ask(sts.base, physician, tmp_path / "token.xml", "--persona", "refused-physician")
    assert result.exit_code == 1
    assert "urn:be:fgov:person:ssin is empty: the STS did not confirm it" in result.stderr


def test_an_elliptic_key_asks_as_well(sts: Sts, tmp_path: Path) -> None:
    elliptic = certified(sts.ca, sts.signatory().certificate.subject, ec.generate_private_key(ec.SECP256R1()))
    store = keystore(tmp_path / "ec.p12", elliptic)
    assert ask(sts.base, store, tmp_path / "token.xml", "--persona", "physician").exit_code == 0


def test_single_attributes_may_be_asked_for_and_what_is_refused_is_named(
    sts: Sts, physician: Path, tmp_path: Path
) -> None:
    out = tmp_path / "token.xml"
    result = ask(sts.base, physician, out, "--attribute", DOCTOR, "--attribute", "urn:x:other:boolean")
    assert result.exit_code == 1
    assert "urn:x:other:boolean is false" in result.stderr
    assert DOCTOR not in result.stderr
    assert out.exists()


def test_a_token_is_renewed_from_its_file(sts: Sts, physician: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "old.xml", tmp_path / "new.xml"
    assert ask(sts.base, physician, old, "--persona", "physician", "--lifetime", "600").exit_code == 0
    assert ask(sts.base, physician, new, "--renew", str(old)).exit_code == 0
    tokens = [Token.received(file.read_bytes()) for file in (old, new)]
    assert tokens[0].assertion_id != tokens[1].assertion_id
    assert end_of(tokens[1]) < system_clock() + 700 * SECOND


def test_a_token_may_be_bound_to_the_key_of_another_keystore(sts: Sts, physician: Path, tmp_path: Path) -> None:
    session = keystore(tmp_path / "session.p12", sts.signatory("hospital"))
    out = tmp_path / "token.xml"
    assert ask(sts.base, physician, out, "--persona", "physician", "--session-keystore", str(session)).exit_code == 0
    assert sts.signatory("hospital").base64[:70] in out.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "password", "code", "sentence"),
    [
        ((), PASSWORD, 2, "say what to ask for: --persona PERSONA"),
        (("--persona", "physician", "--password-env", "UNSET_HERE"), PASSWORD, 2, "UNSET_HERE with the keystore's"),
        (("--persona", "physican"), PASSWORD, 2, "did you mean physician?"),
        (("--persona", "physician"), "wrong", 2, "the password does not open"),
        (("--persona", "physician", "--alias", "other"), PASSWORD, 2, "there are: authentication"),
        (("--renew", "no-such-file.xml"), PASSWORD, 2, "no-such-file.xml cannot be read"),
        (("--persona", "physician", "--personas", "no-such.toml"), PASSWORD, 2, "no-such.toml can't be read"),
        (("--persona", "physician", "--ca", "no-such.pem"), PASSWORD, 2, "no-such.pem cannot be read"),
    ],
)
def test_wrong_use_is_one_sentence(
    sts: Sts, physician: Path, tmp_path: Path, options: tuple[str, ...], password: str, code: int, sentence: str
) -> None:
    result = ask(sts.base, physician, tmp_path / "token.xml", *options, password=password)
    assert result.exit_code == code
    assert result.stderr.startswith("conformance: ") and result.stderr.count("\n") == 1
    assert sentence in result.stderr
    assert not (tmp_path / "token.xml").exists()


def test_a_refusal_and_an_address_where_nobody_is_end_with_3(sts: Sts, tmp_path: Path) -> None:
    nobody = keystore(tmp_path / "nobody.p12", certified(sts.ca, sts.ca.certificate.subject))
    refused = ask(sts.base, nobody, tmp_path / "token.xml", "--persona", "physician")
    assert (refused.exit_code, "SOA-01001" in refused.stderr) == (3, True)
    absent = ask("http://127.0.0.1:1", nobody, tmp_path / "token.xml", "--persona", "physician")
    assert (absent.exit_code, "no connection to 127.0.0.1 port 1" in absent.stderr) == (3, True)


def test_the_production_environment_is_never_asked(physician: Path, tmp_path: Path) -> None:
    result = ask("https://services.ehealth.fgov.be", physician, tmp_path / "token.xml", "--persona", "physician")
    assert result.exit_code == 2
    assert "production" in result.stderr


@pytest.fixture(scope="module")
def dentists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("personas") / "mine.toml"
    file.write_text(DENTIST, encoding="utf-8")
    return file


def test_a_persona_of_a_users_file_gets_a_token_from_the_sts(
    start_mock: Callable[..., Mock], dentists: Path, tmp_path: Path
) -> None:
    sts = Sts(start_mock("--personas", str(dentists)))
    folder = tmp_path / "dentist"
    made = CliRunner().invoke(
        mockserver,
        ["token", "--as", "dentist", "--personas", str(dentists), "--out", str(folder), "--state", str(sts.mock.state)],
    )
    assert made.exit_code == 0, made.stderr
    options = ("--persona", "dentist", "--personas", str(dentists))
    result = ask(sts.base, folder / "credential.p12", tmp_path / "token.xml", *options)
    assert result.exit_code == 0, result.stderr
    assert b"dentist:boolean" in (tmp_path / "token.xml").read_bytes()


def test_a_wrong_personas_file_ends_the_command_with_its_fault(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(DENTIST.replace("85123199937", "85123199938"), encoding="utf-8")
    result = CliRunner().invoke(
        mockserver, ["token", "--as", "dentist", "--personas", str(file), "--out", str(tmp_path / "out")]
    )
    assert result.exit_code == 2
    assert 'persona "dentist"' in result.stderr and "mine.toml" in result.stderr


@pytest.mark.parametrize(
    ("url", "options", "sentence"),
    [
        ("https://services-acpt.ehealth.fgov.be", (), "is not this machine: if it is the acceptance environment"),
        ("https://services.ehealth.fgov.be", (), "production environment"),
        ("https://services.ehealth.fgov.be", ("--acceptance",), "production environment"),
    ],
)
def test_an_sts_elsewhere_needs_a_word_and_production_is_refused_whatever_is_said(
    url: str, options: tuple[str, ...], sentence: str, physician: Path, tmp_path: Path
) -> None:
    result = ask(url, physician, tmp_path / "token.xml", "--persona", "physician", *options)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert sentence in result.stderr


@pytest.mark.parametrize(("out", "sentence"), [("", "--out names nothing"), ("{folder}", "is a folder: name a file")])
def test_a_token_that_could_go_nowhere_is_not_asked_for(
    out: str, sentence: str, physician: Path, tmp_path: Path
) -> None:
    arguments = ["token", "--sts", "http://127.0.0.1:1", "--keystore", str(physician), "--persona", "physician"]
    result = CliRunner().invoke(app, [*arguments, "--out", out.format(folder=tmp_path)], env={"SECRET": PASSWORD})
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert sentence in result.stderr
