"""`--trust-sts`, `--trust-ca` and the setting `issuers` (decisions 4, Trust), and the journal's word on each refusal.

Another authority, in a state folder of its own, issues the tokens. Every message goes over HTTP, and `mockserver check`
with the same options has to say the same.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from conformance.client.credentials import StateFolder
from mockserver.contract import load_contract
from mockserver.identities.assertion import issue_assertion
from mockserver.identities.authority import Authority
from mockserver.identities.persona_file import read_persona
from mockserver.identities.personas import personas
from mockserver.instant import system_clock
from tests.commands.conftest import invoke
from tests.conftest import Mock
from tests.forge import Forge

ISSUER = "urn:example:another:sts"

EXPIRED = {
    "role": "nurse",
    "numbers": {"ssin": "85123199937", "nihii": "19999024001"},
    "key": "EC P-256",
    "certificate": {"not_before": "2020-01-01T00:00:00Z", "not_after": "2021-01-01T00:00:00Z"},
}


@dataclass(frozen=True)
class Abroad:
    """Another authority, and its certificates as files."""

    folder: Path
    authority: Authority

    @property
    def ca(self) -> Path:
        """In DER."""
        return self._file("ca.der", self.authority.ca_certificate.public_bytes(Encoding.DER))

    @property
    def sts(self) -> Path:
        """In PEM."""
        return self._file("sts.pem", self.authority.sts_certificate.public_bytes(Encoding.PEM))

    def bundle(self, name: str, *certificates: x509.Certificate) -> Path:
        """Several in one file of PEM."""
        return self._file(name, b"".join(each.public_bytes(Encoding.PEM) for each in certificates))

    def request(self, persona: str = "physician") -> Forge:
        known = {**personas(), "expired": read_persona("expired", EXPIRED, lambda _: "test")}
        credentials = StateFolder(self.folder / "state", known=known).credentials(persona)
        return Forge.request(credentials, load_contract(), system_clock())

    def request_signed_by_a_holder(self) -> Forge:
        """With a token that the physician issued to himself."""
        credential = self.authority.credential(personas()["physician"])
        token = issue_assertion(self.authority, credential, now=system_clock(), sts_credential=credential)
        return self._with_token(token)

    def request_of_issuer(self, name: str) -> Forge:
        """With a token in which the STS bears another name."""
        credential = self.authority.credential(personas()["physician"])
        return self._with_token(issue_assertion(self.authority, credential, now=system_clock(), issuer=name))

    def _with_token(self, token: bytes) -> Forge:
        return self.request().replace_token(token).sign()

    def _file(self, name: str, content: bytes) -> Path:
        file = self.folder / name
        file.write_bytes(content)
        return file


@pytest.fixture(scope="session")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Abroad:
    folder = tmp_path_factory.mktemp("abroad")
    return Abroad(folder, Authority.open(folder / "state"))


Judged = tuple[str | None, list[str]]
"""SOA code, and the rules that refuse."""

Judge = Callable[..., tuple[Judged, list[str], str]]


@pytest.fixture
def judged(start_mock: Callable[..., Mock], tmp_path: Path) -> Judge:
    """Sends a message to a mock with these options; says the verdict, the warnings and the journal's details."""

    def judge(forge: Forge, *options: str | Path) -> tuple[Judged, list[str], str]:
        words = [str(word) for word in options]
        mock = start_mock(*words)
        reply = mock.post(forge)
        assert reply.report is not None
        found = {each["rule"]: each["detail"] for each in reply.report["findings"] if each["severity"] == "reject"}
        verdict = (reply.soa, reply.rules)

        message = tmp_path / "message.xml"
        message.write_bytes(forge.octets())
        run = invoke("check", message, "--json", "--state", mock.state, *words)
        said = json.loads(run.stdout)
        refusing = [each["rule"] for each in said["findings"] if each["severity"] == "reject"]
        # The message was sent before; `check` remembers none, so that a replay is told by the mock alone.
        assert (said["answer"]["soa"], refusing, run.returncode) == (*verdict, 0 if reply.status == "Success" else 1)
        return verdict, reply.warnings, "; ".join(found.values())

    return judge


def test_without_options_neither_token_nor_holder_is_believed(abroad: Abroad, judged: Judge) -> None:
    verdict, _, why = judged(abroad.request())
    assert verdict == ("SOA-01001", ["H07", "H20"])
    assert why == "the certificate is not that of a trusted STS; no trusted CA issued the holder's certificate"


def test_with_sts_and_ca_it_is_accepted_and_the_mocks_own_tokens_still_are(
    abroad: Abroad, judged: Judge, start_mock: Callable[..., Mock]
) -> None:
    options = ("--trust-sts", str(abroad.sts), "--trust-ca", str(abroad.ca))
    assert judged(abroad.request(), *options)[0] == (None, [])
    own = start_mock(*options)
    assert judged(own.forge(), *options)[0] == (None, [])


def test_an_sts_that_is_pinned_does_not_make_its_holders_trusted(abroad: Abroad, judged: Judge) -> None:
    verdict, _, why = judged(abroad.request(), "--trust-sts", abroad.sts)
    assert (verdict, why) == (("SOA-01001", ["H20"]), "no trusted CA issued the holder's certificate")


def test_a_ca_of_holders_makes_no_token_trusted(abroad: Abroad, judged: Judge) -> None:
    """Not even of the STS that the same CA certified."""
    verdict, _, why = judged(abroad.request(), "--trust-ca", abroad.ca)
    assert (verdict, why) == (("SOA-01001", ["H07"]), "the certificate is not that of a trusted STS")


def test_a_leaf_is_pinned_by_its_key_and_a_file_may_hold_several(abroad: Abroad, judged: Judge, mock: Mock) -> None:
    """The pin is another certificate for the STS's key than the one in the token, and the last of its file."""
    key, now = abroad.authority.sts_key, datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "any name")])
    twin = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    home = Authority.open(mock.state)
    signers = abroad.bundle("signers.pem", home.sts_certificate, twin)
    issuers = abroad.bundle("issuers.pem", home.ca_certificate, abroad.authority.ca_certificate)
    options = ("--trust-sts", signers, "--trust-ca", issuers)
    assert judged(abroad.request(), *options)[0] == (None, [])
    verdict, _, why = judged(abroad.request_signed_by_a_holder(), *options)
    assert (verdict, why) == (("SOA-01001", ["H07"]), "the certificate is not that of a trusted STS")


def test_a_ca_given_for_the_sts_anchors_what_bears_the_name_of_an_sts_alone(abroad: Abroad, judged: Judge) -> None:
    options = ("--trust-sts", abroad.ca, "--trust-ca", abroad.ca)
    assert judged(abroad.request(), *options)[0] == (None, [])
    verdict, _, why = judged(abroad.request_signed_by_a_holder(), *options)
    assert (verdict, why) == (("SOA-01001", ["H07"]), "the certificate is not that of a trusted STS")


def test_an_expired_certificate_of_a_holder_warns_and_hardened_refuses(abroad: Abroad, judged: Judge) -> None:
    options = ("--trust-sts", abroad.sts, "--trust-ca", abroad.ca)
    verdict, warnings, _ = judged(abroad.request("expired"), *options)
    assert (verdict, warnings) == ((None, []), ["H20-valid"])
    verdict, _, why = judged(abroad.request("expired"), *options, "--profile", "hardened")
    assert (verdict, why) == (("SOA-01001", ["H20-valid"]), "the holder's certificate is not valid at this time")


def test_an_issuer_is_believed_when_the_policy_names_it_and_its_sts_is_trusted(abroad: Abroad, judged: Judge) -> None:
    """A name alone is no trust."""
    policy = abroad.folder / "policy.toml"
    policy.write_text(f'[settings]\nissuers = ["{ISSUER}"]\n', "utf-8")
    trusted = ("--trust-sts", abroad.sts, "--trust-ca", abroad.ca)
    verdict, _, why = judged(abroad.request_of_issuer(ISSUER), *trusted)
    assert (verdict, why) == (("SOA-01001", ["H08"]), "the Issuer is not a configured one")
    assert judged(abroad.request_of_issuer(ISSUER), *trusted, "--policy", policy)[0] == (None, [])
    assert judged(abroad.request(), *trusted, "--policy", policy)[0] == ("SOA-01001", ["H08"])
    untrusted = judged(abroad.request_of_issuer(ISSUER), "--policy", policy)[0]
    assert untrusted == ("SOA-01001", ["H07", "H20"])


@pytest.mark.parametrize("option", ["--trust-sts", "--trust-ca"])
def test_a_file_that_holds_no_certificate_is_one_sentence(option: str, abroad: Abroad, tmp_path: Path) -> None:
    files = {"absent.pem": None, "empty.pem": b"", "half.pem": abroad.sts.read_bytes()[:200], "text.der": b"CA"}
    for name, content in files.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        run = invoke("check", tmp_path / name, option, tmp_path / name, "--state", abroad.folder / "state")
        assert run.returncode == 2
        assert run.stdout == ""
        assert run.stderr.count("\n") == 1
        assert run.stderr.startswith(f"mockserver: {tmp_path / name} ")


@pytest.mark.parametrize("issuers", ["[1]", '[""]', '"urn:x"'])
def test_a_list_of_issuers_that_is_none_is_one_sentence(issuers: str, abroad: Abroad, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(f"[settings]\nissuers = {issuers}\n", "utf-8")
    run = invoke("check", abroad.sts, "--policy", policy, "--state", abroad.folder / "state")
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (2, "", 1)
    assert f"{policy}: setting issuers is " in run.stderr
