"""The assertion: its shape against tokens that others made, its signature against others' verifiers."""

import base64
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from mockserver.identities.assertion import issue_assertion
from mockserver.identities.authority import Authority, Credential
from mockserver.identities.distinguished_name import rfc1779
from mockserver.identities.personas import Attribute, personas
from mockserver.instant import SECOND, read_date_time
from mockserver.namespaces import DS, SAML

NOW = read_date_time("2026-11-23T18:34:03.725Z").instant

S = f"{{{SAML}}}"


def token(authority: Authority, credential: Credential, **options: object) -> bytes:
    return issue_assertion(authority, credential, now=NOW, **options)  # type: ignore[arg-type]


def tree(assertion: bytes) -> etree._Element:
    return etree.fromstring(assertion)


def texts(element: etree._Element, path: str) -> list[str]:
    found = element.xpath(path, namespaces={"s": SAML, "ds": DS})
    assert isinstance(found, list)
    return [str(text) for text in found]


# --- shape --------------------------------------------------------------------------------------------------

VARYING = (
    r'( AssertionID="_)[0-9a-f]{32}(")',
    r'( URI="#_)[0-9a-f]{32}(")',
    r'( (?:IssueInstant|NotBefore|NotOnOrAfter|AuthenticationInstant)=")[0-9T:.-]{23}(Z")',
    r'( NameQualifier=")[^"]+(")',
    r"(>)[^<]+(</NameIdentifier>)",
    r"(<ds:(?:X509Certificate|DigestValue|SignatureValue)>)[^<]+(</)",
)


def skeleton(assertion: str) -> str:
    """The text without what differs from token to token: markup, order, prefixes, declarations, URNs stay."""
    for pattern in VARYING:
        assertion, count = re.subn(pattern, r"\1...\2", assertion)
        assert count > 0, pattern
    return assertion


def sample_token(file: Path) -> str:
    match = re.search(r"<Assertion .*</Assertion>", file.read_text(encoding="utf-8"), re.DOTALL)
    assert match is not None
    return match[0]


def test_a_physicians_token_is_written_like_the_samples(
    authority: Authority, physician: Credential, samples: Path
) -> None:
    sample = sample_token(samples / "connector-doctor-full.xml")
    assert skeleton(token(authority, physician).decode()) == skeleton(sample)


def test_a_sorting_centers_token_is_written_like_the_samples(authority: Authority, samples: Path) -> None:
    ours = token(authority, authority.credential(personas()["sorting-center"])).decode()
    sample = sample_token(samples / "connector-sorting-full.xml")
    # The sample holds four of the six attributes that clients ask for; what it holds is in the same order.
    attributes = re.compile(r"<Attribute .*?</Attribute>")
    kept = [attribute for attribute in attributes.findall(ours) if attribute in sample]
    assert kept == attributes.findall(sample)
    assert skeleton(attributes.sub("", ours)) == skeleton(attributes.sub("", sample))


def test_certificates_are_broken_at_76_columns_with_line_feeds(
    authority: Authority, physician: Credential, samples: Path
) -> None:
    (of_sample, _) = texts(
        tree(sample_token(samples / "connector-doctor-full.xml").encode()), "//ds:X509Certificate/text()"
    )
    ours = texts(tree(token(authority, physician)), "//ds:X509Certificate/text()")
    assert len(ours) == 2
    for encoded in (of_sample, *ours):
        *full, last = encoded.split("\n")
        assert {len(line) for line in full} == {76}
        assert 0 < len(last) <= 76


def test_the_signature_value_stands_in_one_line(authority: Authority, physician: Credential) -> None:
    (value,) = texts(tree(token(authority, physician)), "//ds:SignatureValue/text()")
    assert re.fullmatch(r"[A-Za-z0-9+/]{342}==", value)  # 2048 bits


def test_the_element_has_no_declaration_and_is_utf_8(authority: Authority, physician: Credential) -> None:
    name = Attribute("urn:be:fgov:certified-namespace:ehealth", "urn:x:givenname", "Zoë")
    assertion = token(authority, physician, attributes=[name])
    assert assertion.startswith(b'<Assertion xmlns="urn:oasis:names:tc:SAML:1.0:assertion" AssertionID="_')
    assert "<AttributeValue>Zoë</AttributeValue>".encode() in assertion
    assert assertion.endswith(b"</ds:Signature></Assertion>")


# --- content ------------------------------------------------------------------------------------------------


def test_times_are_those_of_the_sts_in_milliseconds(authority: Authority, physician: Credential) -> None:
    assertion = tree(token(authority, physician, lifetime=3600))
    assert assertion.get("IssueInstant") == "2026-11-23T18:34:03.725Z"
    assert texts(assertion, "s:AuthenticationStatement/@AuthenticationInstant") == ["2026-11-23T18:34:03.725Z"]
    assert texts(assertion, "s:Conditions/@*") == ["2026-11-23T18:29:03.725Z", "2026-11-23T19:34:03.725Z"]


def test_a_token_lives_a_day_by_default(authority: Authority, physician: Credential) -> None:
    assertion = tree(token(authority, physician))
    assert texts(assertion, "s:Conditions/@NotOnOrAfter") == ["2026-11-24T18:34:03.725Z"]


@pytest.mark.parametrize("name", personas())
def test_a_token_carries_the_persona_and_its_certificate(authority: Authority, name: str) -> None:
    credential = authority.credential(personas()[name])
    assertion = tree(token(authority, credential))
    attributes = [
        Attribute(element.get("AttributeNamespace", ""), element.get("AttributeName", ""), *element.itertext())
        for element in assertion.iter(f"{S}Attribute")
    ]
    assert attributes == list(credential.persona.attributes)
    holder = rfc1779(credential.certificate.subject)
    assert texts(assertion, "//s:NameIdentifier/text()") == [holder, holder]
    assert set(texts(assertion, "//s:NameIdentifier/@NameQualifier")) == {
        "CN=DossierNumberGeneration mock issuing CA, O=DossierNumberGeneration mock, C=BE"
    }
    (confirmed,) = texts(assertion, "//s:SubjectConfirmation//ds:X509Certificate/text()")
    assert x509.load_der_x509_certificate(base64.b64decode(confirmed)) == credential.certificate


def test_the_holders_name_is_quoted_as_in_the_genuine_assertion(authority: Authority, physician: Credential) -> None:
    assert texts(tree(token(authority, physician)), "//s:NameIdentifier/text()")[0] == (
        'CN="SSIN=80010199976", OU=eHealth-platform Belgium, OU=TEST PHYSICIAN, OU="SSIN=80010199976", '
        "O=Federal Government, C=BE"
    )


def test_the_signature_names_the_sts_and_nobody_else(authority: Authority, physician: Credential) -> None:
    (signer,) = texts(tree(token(authority, physician)), "ds:Signature//ds:X509Certificate/text()")
    assert x509.load_der_x509_certificate(base64.b64decode(signer)) == authority.sts_certificate


def test_every_token_has_an_id_of_its_own(authority: Authority, physician: Credential) -> None:
    identifiers = {tree(token(authority, physician)).get("AssertionID") for _ in range(5)}
    assert len(identifiers) == 5


# --- options ------------------------------------------------------------------------------------------------


def test_tests_can_choose_what_the_sts_would_not(authority: Authority, physician: Credential) -> None:
    assertion = tree(
        token(
            authority,
            physician,
            not_before=NOW - 10 * SECOND,
            not_on_or_after=NOW - 5 * SECOND,
            issue_instant=NOW + SECOND,
            issuer="urn:example",
            assertion_id="_1",
            attributes=[Attribute("n", "a", "1"), Attribute("n", "a", "")],
            confirmation_methods=["urn:oasis:names:tc:SAML:1.0:cm:bearer", "urn:x"],
        )
    )
    assert texts(assertion, "s:Conditions/@*") == ["2026-11-23T18:33:53.725Z", "2026-11-23T18:33:58.725Z"]
    assert assertion.get("IssueInstant") == "2026-11-23T18:34:04.725Z"
    assert assertion.get("Issuer") == "urn:example"
    assert assertion.get("AssertionID") == "_1"
    assert texts(assertion, "//ds:Reference/@URI") == ["#_1"]
    assert texts(assertion, "//s:AttributeValue/text()") == ["1"]
    assert len(texts(assertion, "//s:AttributeValue")) == 2
    assert texts(assertion, "//s:ConfirmationMethod/text()") == [
        "urn:oasis:names:tc:SAML:1.0:cm:bearer",
        "urn:x",
    ]
    assert verifies(assertion, authority.sts_certificate)


def test_a_token_without_confirmation_and_attributes_can_be_had(authority: Authority, physician: Credential) -> None:
    assertion = tree(token(authority, physician, attributes=(), confirmation_methods=()))
    assert not texts(assertion, "//s:SubjectConfirmation | //s:Attribute")
    assert verifies(assertion, authority.sts_certificate)


def test_a_text_that_xml_cannot_hold_is_refused(authority: Authority, physician: Credential) -> None:
    with pytest.raises(ValueError, match="XML compatible"):
        token(authority, physician, attributes=[Attribute("n", "a", "\0")])


# --- signature ----------------------------------------------------------------------------------------------


def verifies(assertion: etree._Element, certificate: x509.Certificate) -> bool:
    """What libxmlsec says of the STS signature, with the certificate's key and no other."""
    xmlsec.tree.add_ids(assertion, ["AssertionID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatCertPem)
    try:
        context.verify(assertion[-1])
    except xmlsec.VerificationError:
        return False
    return True


@pytest.mark.parametrize("name", personas())
def test_libxmlsec_verifies_every_personas_token(authority: Authority, name: str) -> None:
    credential = authority.credential(personas()[name])
    assert verifies(tree(token(authority, credential)), authority.sts_certificate)


def test_a_changed_token_does_not_verify(authority: Authority, physician: Credential) -> None:
    changed = token(authority, physician).replace(b">80010199976<", b">85123199937<")
    assert not verifies(tree(changed), authority.sts_certificate)


def test_a_token_verifies_inside_a_message_with_other_prefixes(authority: Authority, physician: Credential) -> None:
    envelope = tree(
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ds="urn:x" xmlns="urn:y" '
        b'xmlns:wsu="urn:z"><e:Header>' + token(authority, physician) + b"</e:Header></e:Envelope>"
    )
    assert verifies(envelope[0][0], authority.sts_certificate)


def test_a_foreign_credential_can_sign(authority: Authority, physician: Credential) -> None:
    assertion = token(authority, physician, sts_credential=physician)
    assert verifies(tree(assertion), physician.certificate)
    assert not verifies(tree(assertion), authority.sts_certificate)
    (signer,) = texts(tree(assertion), "ds:Signature//ds:X509Certificate/text()")
    assert x509.load_der_x509_certificate(base64.b64decode(signer)) == physician.certificate


def test_a_token_of_2020_is_signed_with_sha_1(authority: Authority, physician: Credential) -> None:
    assertion = tree(token(authority, physician, algorithm="sha1"))
    assert texts(assertion, "//ds:SignatureMethod/@Algorithm") == ["http://www.w3.org/2000/09/xmldsig#rsa-sha1"]
    assert texts(assertion, "//ds:DigestMethod/@Algorithm") == ["http://www.w3.org/2000/09/xmldsig#sha1"]
    assert verifies(assertion, authority.sts_certificate)


@pytest.mark.skipif(shutil.which("xmlsec1") is None, reason="the command xmlsec1 (Debian: xmlsec1) is missing")
def test_the_xmlsec1_command_verifies_a_token_file(authority: Authority, physician: Credential, tmp_path: Path) -> None:
    (tmp_path / "sts.pem").write_bytes(authority.sts_certificate.public_bytes(Encoding.PEM))
    (tmp_path / "ca.pem").write_bytes(authority.ca_certificate.public_bytes(Encoding.PEM))
    genuine = token(authority, physician)
    (tmp_path / "genuine.xml").write_bytes(genuine)
    (tmp_path / "changed.xml").write_bytes(genuine.replace(b">true<", b">True<"))
    command = ["xmlsec1", "--verify", "--id-attr:AssertionID", f"{SAML}:Assertion", "--trusted-pem", "ca.pem"]
    results = {}
    for file in ("genuine.xml", "changed.xml"):
        run = subprocess.run([*command, file], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
        results[file] = (run.returncode == 0, run.stdout + run.stderr)
    assert results["genuine.xml"][0], results["genuine.xml"][1]
    assert not results["changed.xml"][0], results["changed.xml"][1]
