"""The signatures verify in a foreign implementation: Aleksey Sanin's xmlsec1 command line."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

from conformance.client.credentials import Credentials, StateFolder
from conformance.client.message import Person, covid_id_request
from conformance.client.signer import TokenSignature, secure_envelope
from mockserver.contract import Contract
from mockserver.identities.authority import Authority
from mockserver.instant import system_clock
from mockserver.namespaces import SAML, SOAP, WSU

XMLSEC1 = shutil.which("xmlsec1")

pytestmark = pytest.mark.skipif(XMLSEC1 is None, reason="the xmlsec1 command line is not installed")

MESSAGE_SIGNATURE = "/*/*[1]/*[1]/*[3]"
TOKEN_SIGNATURE = "/*/*[1]/*[1]/*[2]/*[last()]"


def message(contract: Contract, caller: Credentials, token_signature: TokenSignature = TokenSignature.NONE) -> bytes:
    now = system_clock()
    person = Person("COVID_LASTNAME_TEST", "Jérôme Zoë", "F", "+3227885155")
    request = covid_id_request(contract, requester=caller.requester, person=person, request_id="_r1", issue_instant=now)
    return secure_envelope(request, caller, now=now, token_signature=token_signature)


def verified(octets: bytes, signature: str, public_key: bytes, folder: Path) -> int | None:
    """How many references verified, or None when xmlsec1 refuses."""
    (folder / "message.xml").write_bytes(octets)
    (folder / "key.pem").write_bytes(public_key)
    assert XMLSEC1 is not None
    said = subprocess.run([XMLSEC1, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"(\d+)\.(\d+)", said)
    assert version is not None
    # From 1.3 on, a key given on the command line is only taken for a KeyInfo that names it, unless told so.
    lax = ["--lax-key-search"] if (int(version[1]), int(version[2])) >= (1, 3) else []
    command = [XMLSEC1, "--verify", *lax, "--pubkey-pem", str(folder / "key.pem")]
    for attribute, namespace, name in (
        ("Id", WSU, "Timestamp"),
        ("Id", SOAP, "Body"),
        ("AssertionID", SAML, "Assertion"),
    ):
        command += [f"--id-attr:{attribute}", f"{namespace}:{name}"]
    command += ["--node-xpath", signature, str(folder / "message.xml")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    counted = re.search(r"SignedInfo References \(ok/all\): (\d+)/(\d+)", run.stdout + run.stderr)
    if run.returncode != 0 or counted is None:
        return None
    assert counted[1] == counted[2]
    return int(counted[1])


def pem(caller: Credentials) -> bytes:
    return caller.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def test_body_and_timestamp_verify_with_the_holders_key(
    contract: Contract, physician: Credentials, tmp_path: Path
) -> None:
    assert verified(message(contract, physician), MESSAGE_SIGNATURE, pem(physician), tmp_path) == 2


def test_the_tokens_own_signature_verifies_inside_the_message(
    contract: Contract, physician: Credentials, state: Path, tmp_path: Path
) -> None:
    certificate = Authority.open(state).sts_certificate
    key = certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert verified(message(contract, physician), TOKEN_SIGNATURE, key, tmp_path) == 1


def test_a_token_signed_directly_verifies(contract: Contract, physician: Credentials, tmp_path: Path) -> None:
    octets = message(contract, physician, TokenSignature.DIRECT)
    assert verified(octets, MESSAGE_SIGNATURE, pem(physician), tmp_path) == 3


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_elliptic_keys_verify(
    contract: Contract, physician: Credentials, curve: ec.EllipticCurve, tmp_path: Path
) -> None:
    caller = replace(physician, key=ec.generate_private_key(curve))
    assert verified(message(contract, caller), MESSAGE_SIGNATURE, pem(caller), tmp_path) == 2


@pytest.mark.parametrize(
    ("old", "new"), [(b"COVID_LASTNAME_TEST", b"COVID_LASTNAME_TES7"), (b"<wsu:Created>2", b"<wsu:Created>3")]
)
def test_a_changed_message_does_not_verify(
    contract: Contract, physician: Credentials, old: bytes, new: bytes, tmp_path: Path
) -> None:
    octets = message(contract, physician)
    assert octets.count(old) == 1
    assert verified(octets.replace(old, new), MESSAGE_SIGNATURE, pem(physician), tmp_path) is None


def test_the_connectors_sample_verifies_in_the_same_way(tmp_path: Path) -> None:
    # Proof that the comparison is fair: the same command line accepts the message the shape was taken from.
    samples = Path(__file__).parents[2] / "fixtures" / "samples"
    key = load_pem_x509_certificate((samples / "trusted-sts.pem").read_bytes()).public_key()
    octets = (samples / "connector-doctor-full.xml").read_bytes()
    public = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert verified(octets, TOKEN_SIGNATURE, public, tmp_path) == 1


def test_another_persona_gets_another_key(folder: StateFolder, physician: Credentials) -> None:
    assert pem(folder.credentials("sorting-center")) != pem(physician)
