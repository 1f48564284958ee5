"""Findings that no message of the tables brings: of rules as a function makes them, and of another service."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from conformance.client.message import Requester
from mockserver.cbss import requester
from mockserver.gateway.crypto.trust import Trust
from mockserver.gateway.exchange import Exchange, ParserRefusal
from mockserver.gateway.rules import assertion, transport
from mockserver.instant import SECOND
from mockserver.namespaces import DS, SAML
from tests.rules.bench import NOON, Bench


def test_a_row_of_table_2_says_its_answer(bench: Bench) -> None:
    check = requester._answers(requester.differing_person, "not $value1 but $value2")
    assert check.__doc__ == "Otherwise the answer is: not $value1 but $value2"
    policy = bench.gateway().policy
    forge = bench.forge(requester=Requester("85123199937"))
    exchange = Exchange(bench.request(forge.octets()), policy)
    assert [breach.detail for breach in check(exchange, policy)] == ["not 85123199937 but 80010199976"]


@pytest.mark.parametrize(("rule", "found"), [("Q11", [("404 for this path", "HTTP head")]), ("Q10", [])])
def test_a_rule_of_the_parser_is_broken_by_its_own_refusal_alone(
    bench: Bench, rule: str, found: list[tuple[str, str]]
) -> None:
    check = transport._by_parser(rule, "a text")
    assert check.__doc__ == "a text"
    policy = bench.gateway().policy
    request = bench.request(b"")
    refused = replace(request, refusal=ParserRefusal(404, "Q11", "404 for this path"))
    assert list(check(Exchange(request, policy), policy)) == []
    assert [(breach.detail, breach.where) for breach in check(Exchange(refused, policy), policy)] == found


class TwoOperations(Exchange):
    """As an exchange of the STS, which serves several."""

    @property
    def soap_actions(self) -> Sequence[str]:
        return ("urn:first", "urn:second")


def test_all_soap_actions_of_a_service_are_named(bench: Bench) -> None:
    policy = bench.gateway().policy
    request = replace(bench.request(b""), fields=(("SOAPAction", b'"urn:third"'),))
    (breach,) = transport.soap_action_matches(TwoOperations(request, policy), policy)
    assert breach.detail == "'urn:third' instead of 'urn:first' or 'urn:second'"


SIGNATURE_OF_THE_TOKEN = "Envelope/Header/Security/Assertion/Signature"


def cannot_sign(bench: Bench) -> x509.Certificate:
    """A certificate of the STS's own key that is for keyEncipherment alone."""
    noon, name = datetime.fromtimestamp(NOON // 10**9, UTC), bench.authority.sts_certificate.subject
    usage = dict.fromkeys(
        ("digital_signature", "content_commitment", "data_encipherment", "key_agreement"), False
    ) | dict.fromkeys(("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(bench.authority.sts_certificate.public_key())
        .serial_number(1)
        .not_valid_before(noon - timedelta(days=1))
        .not_valid_after(noon + timedelta(days=1))
        .add_extension(x509.KeyUsage(key_encipherment=True, **usage), critical=True)
        .sign(bench.authority.sts_key, hashes.SHA256())
    )


def test_h07_a_certificate_of_the_sts_that_may_not_sign_is_told(bench: Bench) -> None:
    policy = bench.gateway().policy
    policy = replace(policy, trust=Trust(sts_pins=[cannot_sign(bench)]))
    exchange = Exchange(bench.request(bench.forge().octets()), policy)
    assert [(breach.detail, breach.where) for breach in assertion.signer(exchange, policy)] == [
        ("the certificate of the STS may not sign (keyUsage)", SIGNATURE_OF_THE_TOKEN)
    ]


def test_h07_a_certificate_of_the_sts_that_cannot_be_read_is_told(bench: Bench) -> None:
    policy, forge = bench.gateway().policy, bench.forge()
    (certificate,) = forge.assertion.iterfind(f"{{{DS}}}Signature/{{{DS}}}KeyInfo//{{{DS}}}X509Certificate")
    assert isinstance(certificate, etree._Element)
    certificate.text = "no base64!"
    exchange = Exchange(bench.request(forge.octets()), policy)
    ((detail, where),) = [(breach.detail, breach.where) for breach in assertion.signer(exchange, policy)]
    assert detail.startswith("X509Certificate")
    assert where == SIGNATURE_OF_THE_TOKEN


def test_h20_only_the_first_certificate_of_a_chain_is_the_holders(bench: Bench) -> None:
    """What stands behind it leads to an issuer, of which row H20 says nothing."""
    policy, forge = bench.gateway().policy, bench.forge()
    (data,) = forge.assertion.iterfind(f".//{{{SAML}}}SubjectConfirmation/{{{DS}}}KeyInfo/{{{DS}}}X509Data")
    other = b64encode(cannot_sign(bench).public_bytes(Encoding.DER)).decode()
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = other
    two_days_later = Exchange(bench.request(forge.octets(), NOON + 2 * 86_400 * SECOND), policy)
    assert list(assertion.holder_certificate_chains(two_days_later, policy)) == []
    assert list(assertion.holder_certificate_valid(two_days_later, policy)) == []
