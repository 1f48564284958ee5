"""The same over HTTP with another client's messages and python-xmlsec's signatures, in all three addresses."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tests.sts.certificates import certified
from tests.sts.conftest import CHALLENGE, LEGACY, LEGACY_REQUEST, SAML_P, Answer, Sts
from tests.sts.messages import (
    CERTIFIED,
    DOCTOR,
    HOLDER_SSIN,
    IDENTIFICATION,
    NIHII,
    PHYSICIAN,
    SSIN,
    Signatory,
    challenge_response,
    envelope,
    instant,
    renewal,
    rst,
    saml_request,
    service_call,
    use_key,
)

GRANTED = {
    (IDENTIFICATION, HOLDER_SSIN): "80010199976",
    (IDENTIFICATION, SSIN): "80010199976",
    (CERTIFIED, DOCTOR): "true",
    (CERTIFIED, NIHII): "19999024004",
}


def status_of_call(sts: Sts, answer: Answer, holder: Signatory) -> str | None:
    """What GenerateCovidId answers to the holder of the token in `answer`."""
    reply = sts.mock.post(service_call(answer.token, holder, {"PersonIdentifier": "80010199976"}))
    return reply.status or reply.soa


def test_a_token_is_had_used_and_renewed_in_ws_trust(sts: Sts) -> None:
    physician = sts.signatory()
    issued = sts.post(envelope(rst(), physician))
    assert issued.attributes == GRANTED
    assert status_of_call(sts, issued, physician) == "Success"
    renewed = sts.post(envelope(renewal(issued.token), physician))
    assert renewed.attributes == GRANTED
    assert renewed.assertion.get("AssertionID") != issued.assertion.get("AssertionID")
    assert status_of_call(sts, renewed, physician) == "Success"


@pytest.mark.parametrize(("path", "action"), [(SAML_P, None), (LEGACY, LEGACY_REQUEST)])
def test_a_token_is_had_and_used_in_saml_p(sts: Sts, path: str, action: str | None) -> None:
    physician = sts.signatory()
    options = {} if action is None else {"action": action}
    issued = sts.post(envelope(saml_request(physician), physician), path=path, **options)
    assert issued.status == "samlp:Success"
    assert issued.attributes == GRANTED
    assert status_of_call(sts, issued, physician) == "Success"


def test_the_saml_p_answer_names_the_request(sts: Sts) -> None:
    physician = sts.signatory()
    request = saml_request(physician)
    answer = sts.post(envelope(request, physician), path=SAML_P)
    assert f'RequestID="{answer.content.get("InResponseTo")}"' in request


def test_saml_p_binds_to_another_key_that_signs_the_request_itself(sts: Sts) -> None:
    physician, hospital = sts.signatory(), sts.signatory("hospital")
    answer = sts.post(envelope(saml_request(hospital, signed=True), physician), path=SAML_P)
    assert answer.attributes == GRANTED
    assert status_of_call(sts, answer, hospital) == "Success"


def test_ws_trust_binds_to_another_key_after_a_challenge(sts: Sts) -> None:
    physician, hospital = sts.signatory(), sts.signatory("hospital")
    first = sts.post(envelope(rst(extra=use_key(hospital.base64)), physician))
    context, text = first.content.get("Context", ""), first.content.findtext("{*}SignChallenge/{*}Challenge") or ""
    assert context.startswith("urn:uuid:") and text
    answer = sts.post(envelope(challenge_response(context, text), hospital), action=CHALLENGE)
    assert answer.attributes == GRANTED
    assert status_of_call(sts, answer, hospital) == "Success"


def test_a_key_on_an_elliptic_curve_asks_and_is_bound(sts: Sts) -> None:
    physician = certified(sts.ca, sts.signatory().certificate.subject, ec.generate_private_key(ec.SECP256R1()))
    issued = sts.post(envelope(rst(), physician))
    assert issued.attributes == GRANTED
    assert status_of_call(sts, issued, physician) == "Success"


@pytest.mark.parametrize("order", [("body", "bst", "ts"), ("body", "ts", "bst"), ("bst", "ts", "body")])
def test_references_may_stand_in_any_order(sts: Sts, order: tuple[str, ...]) -> None:
    assert sts.post(envelope(rst(), sts.signatory(), signed=order)).attributes == GRANTED


def test_a_message_may_live_for_five_minutes(sts: Sts) -> None:
    assert sts.post(envelope(rst(), sts.signatory(), expires=instant(299))).attributes == GRANTED


def test_a_zone_without_colon_is_read_in_a_lifetime(sts: Sts) -> None:
    created, expires = (instant(seconds).replace("Z", "+0000") for seconds in (0, 3600))
    answer = sts.post(envelope(rst(created=created, expires=expires), sts.signatory()))
    conditions = answer.assertion.find("{*}Conditions")
    assert conditions is not None
    assert conditions.get("NotOnOrAfter", "").replace(".000Z", "+0000") == expires


def test_unknown_attributes_are_answered_false_or_empty(sts: Sts) -> None:
    asked: dict[str, str | None] = {"urn:x:unknown:boolean": None, "urn:x:unknown:nihii11": None, SSIN: None}
    assert sts.post(envelope(rst(asked), sts.signatory())).attributes == {
        (IDENTIFICATION, SSIN): "80010199976",
        (CERTIFIED, "urn:x:unknown:boolean"): "false",
        (CERTIFIED, "urn:x:unknown:nihii11"): "",
    }


def test_an_asserted_value_that_is_not_the_personas_is_answered_empty(sts: Sts) -> None:
    asked: dict[str, str | None] = PHYSICIAN | {SSIN: "85123199937"}
    answer = sts.post(envelope(rst(asked), sts.signatory()))
    assert answer.attributes == GRANTED | {(IDENTIFICATION, SSIN): ""}


def test_saml_p_answers_a_misspelt_namespace_with_the_right_one(sts: Sts) -> None:
    physician = sts.signatory()
    request = saml_request(physician, asserted={}, designated=((DOCTOR, "urn:be:fgov:certifiednamespace:ehealth"),))
    assert sts.post(envelope(request, physician), path=SAML_P).attributes == {(CERTIFIED, DOCTOR): "true"}


@pytest.mark.skipif(shutil.which("xmlsec1") is None, reason="xmlsec1 (Debian package xmlsec1) is not installed")
def test_the_xmlsec1_command_verifies_an_issued_token(sts: Sts, tmp_path: Path) -> None:
    token, ca = tmp_path / "token.xml", tmp_path / "ca.pem"
    token.write_bytes(sts.post(envelope(rst(), sts.signatory())).token)
    ca.write_bytes(sts.ca.certificate.public_bytes(Encoding.PEM))
    command = ["xmlsec1", "--verify", "--id-attr:AssertionID", "urn:oasis:names:tc:SAML:1.0:assertion:Assertion"]
    command += ["--enabled-key-data", "x509", "--trusted-pem", str(ca), str(token)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    token.write_bytes(token.read_bytes().replace(b">true<", b">True<"))
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0
