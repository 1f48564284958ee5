"""Legal tokens: what an STS may write, and what clients do to a token without breaking it (wire-facts A and I)."""

import re
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from conformance.client.signer import TokenSignature
from mockserver.identities.assertion import issue_assertion
from mockserver.instant import SECOND, system_clock
from mockserver.namespaces import SAML, SOAP, XSD, XSI
from tests.attacks.controls import assert_accepted, rewritten
from tests.attacks.forgery import ds, find, set_digest, sign_value, without_signature
from tests.attacks.tokens import (
    authority,
    confirm_certificates,
    confirm_rsa,
    confirmation_key_info,
    credential,
    sign_assertion,
    token,
)
from tests.conftest import Mock
from tests.forge import Forge, duplicate

_LEAKED = {
    "SOAP": f'xmlns:SOAP-ENV="{SOAP}"',
    "several": f'xmlns:xsi="{XSI}" xmlns:xs="{XSD}" xmlns:unused="urn:example:unused"',
    "of another meaning": 'xmlns:wsse="urn:example:other" xmlns:ds="urn:example:other"',
}


@pytest.mark.parametrize("declaration", _LEAKED.values(), ids=list(_LEAKED))
def test_declarations_that_leaked_onto_the_token_change_nothing(mock: Mock, declaration: str) -> None:
    """wire-facts A1: the genuine token has one of the STS's response envelope; I4."""
    octets = mock.forge().octets()
    token_with = octets.replace(b"<Assertion ", f"<Assertion {declaration} ".encode(), 1)
    assert token_with != octets
    assert_accepted(mock, token_with)


def test_a_prefix_that_the_envelope_binds_otherwise_changes_nothing(mock: Mock) -> None:
    """wire-facts I4."""
    octets = mock.forge().octets()
    declarations = b'xmlns:ds="urn:example:other" xmlns:saml="urn:example:other" xmlns="urn:example:default" '
    assert_accepted(mock, octets.replace(b"<SOAP-ENV:Envelope ", b"<SOAP-ENV:Envelope " + declarations, 1))


def test_another_prefix_breaks_the_token(mock: Mock) -> None:
    """wire-facts I4: the counterpart. Exclusive c14n keeps prefixes."""
    octets = mock.forge().octets()
    start, end = octets.index(b"<Assertion "), octets.index(b"</Assertion>")
    inner = octets[start:end].replace(b"<Assertion ", b'<saml:Assertion xmlns:saml="' + SAML.encode() + b'" ')
    assert "H21" in mock.post(octets[:start] + inner + b"</saml:Assertion>" + octets[end + 12 :]).rules


def test_attributes_of_the_token_may_be_written_in_another_order(mock: Mock) -> None:
    forge = mock.forge()
    attributes = dict(forge.assertion.attrib)
    forge.assertion.attrib.clear()
    for name in sorted(attributes, reverse=True):
        forge.assertion.set(name, attributes[name])
    assert_accepted(mock, forge)


@pytest.mark.parametrize("hours", [1, 5, 24])
def test_tokens_of_every_usual_lifetime_are_accepted(mock: Mock, hours: int) -> None:
    """wire-facts A2."""
    assert_accepted(mock, mock.forge().replace_token(token(mock, lifetime=hours * 3600)))


def test_a_token_may_be_used_again(mock: Mock) -> None:
    """Rules H22: obtained once, used many times."""
    issued = token(mock)
    for _ in range(2):
        assert_accepted(mock, mock.forge().replace_token(issued))


def test_a_renewed_token_leaves_the_old_one_good(mock: Mock) -> None:
    """Decisions 4b."""
    old, new = token(mock), token(mock)
    for issued in (old, new, old):
        assert_accepted(mock, mock.forge().replace_token(issued))


def test_a_token_signed_with_sha_1_warns(mock: Mock) -> None:
    """wire-facts A1: tokens of 2020."""
    issued = issue_assertion(authority(mock.state), credential(mock), now=system_clock(), algorithm="sha1")
    assert_accepted(mock, mock.forge().replace_token(issued), ["SHA1-token"])


def test_a_token_from_an_sts_whose_clock_is_ahead_is_accepted(mock: Mock) -> None:
    """Decisions 4: five minutes on NotBefore and IssueInstant."""
    later = system_clock() + 240 * SECOND
    assert_accepted(mock, mock.forge().replace_token(token(mock, not_before=later, issue_instant=later)))


# What the SAML schema allows, signed by the STS.


def _do_not_cache(assertion: etree._Element) -> None:
    etree.SubElement(find(assertion, "Conditions"), f"{{{SAML}}}DoNotCacheCondition")


def _advice(assertion: etree._Element) -> None:
    advice = etree.Element(f"{{{SAML}}}Advice")
    etree.SubElement(advice, f"{{{SAML}}}AssertionIDReference").text = "_other"
    assertion.insert(1, advice)


def _assertion_in_advice(assertion: etree._Element) -> None:
    """Rules H01: an assertion in the signed assertion's own Advice is ignored."""
    inner = without_signature(duplicate(assertion))
    inner.set("AssertionID", "_inner")
    for value in inner.iter(f"{{{SAML}}}AttributeValue"):
        value.text = "false"
    advice = etree.Element(f"{{{SAML}}}Advice")
    advice.append(inner)
    assertion.insert(1, advice)


def _two_attribute_statements(assertion: etree._Element) -> None:
    """wire-facts I21."""
    first = find(assertion, "AttributeStatement")
    second = duplicate(first)
    for attribute in first[2:]:
        first.remove(attribute)
    for attribute in second[1:2]:
        second.remove(attribute)
    first.addnext(second)


def _two_values(assertion: etree._Element) -> None:
    """wire-facts I21: a boolean that says true twice."""
    value = next(each for each in assertion.iter(f"{{{SAML}}}AttributeValue") if each.text == "true")
    value.addnext(duplicate(value))


def _confirmed_twice(assertion: etree._Element) -> None:
    """Decisions 4: statements that carry a key must agree."""
    confirmation = find(assertion, "SubjectConfirmation")
    find(find(assertion, "AttributeStatement"), "Subject").append(duplicate(confirmation))


def _no_confirmation_but_in_attributes(assertion: etree._Element) -> None:
    """Decisions 4: from the SubjectConfirmation of any statement."""
    confirmation = find(assertion, "SubjectConfirmation")
    find(find(assertion, "AttributeStatement"), "Subject").append(confirmation)


_SHAPES: dict[str, Callable[[etree._Element], object]] = {
    "DoNotCacheCondition": _do_not_cache,
    "Advice": _advice,
    "an assertion in its Advice": _assertion_in_advice,
    "two AttributeStatements": _two_attribute_statements,
    "two values that agree": _two_values,
    "two confirmations that agree": _confirmed_twice,
    "the confirmation in the AttributeStatement": _no_confirmation_but_in_attributes,
    "other white space": etree.indent,
}


@pytest.mark.parametrize("shape", _SHAPES.values(), ids=list(_SHAPES))
def test_a_token_may_have(mock: Mock, shape: Callable[[etree._Element], object]) -> None:
    assert_accepted(mock, mock.forge().replace_token(token(mock, shape)))


# The confirmed key in other forms.


def rsa_numbers(mock: Mock) -> rsa.RSAPublicNumbers:
    key = credential(mock).key
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.public_key().public_numbers()


def test_the_key_may_be_confirmed_by_its_value(mock: Mock) -> None:
    numbers = rsa_numbers(mock)
    assert_accepted(mock, mock.forge().replace_token(token(mock, confirm_rsa(numbers.n, numbers.e))))


def test_the_key_may_be_confirmed_by_certificate_and_value(mock: Mock) -> None:
    numbers = rsa_numbers(mock)

    def both(assertion: etree._Element) -> None:
        certificate = duplicate(confirmation_key_info(assertion)[0])
        confirm_rsa(numbers.n, numbers.e)(assertion)
        confirmation_key_info(assertion).insert(0, certificate)

    assert_accepted(mock, mock.forge().replace_token(token(mock, both)))


def test_the_key_may_be_confirmed_by_a_chain(mock: Mock) -> None:
    """Rules H17: the first certificate is the leaf, the rest must chain to it."""
    chain = confirm_certificates(credential(mock).certificate, authority(mock.state).ca_certificate)
    assert_accepted(mock, mock.forge().replace_token(token(mock, chain)))


def test_the_certificate_of_the_confirmation_may_be_in_one_line(mock: Mock) -> None:
    """Genuine tokens break it at 76 columns (wire-facts A1)."""
    line = confirm_certificates(credential(mock).certificate)
    assert_accepted(mock, mock.forge().replace_token(token(mock, line)))


def test_the_subject_of_the_confirmation_may_name_more_in_x509_data(mock: Mock) -> None:
    def alter(assertion: etree._Element) -> None:
        data = confirmation_key_info(assertion)[0]
        ds(data, "X509SubjectName", "CN=SSIN=80010199976")

    assert_accepted(mock, mock.forge().replace_token(token(mock, alter)))


# A token with a prefix: a stack may write one, and the STR-Transform then adds xmlns="" (WSS 1.1, section 8.3).


def _prefixed(mock: Mock) -> bytes:
    """A token like the mock's own, with the prefix saml, signed so by the STS."""
    plain = etree.fromstring(token(mock))
    text = etree.tostring(plain).decode().replace(f'xmlns="{SAML}"', f'xmlns:saml="{SAML}"')
    names = {etree.QName(each).localname for each in plain.iter(f"{{{SAML}}}*")}
    text = re.sub(rf"<(/?)({'|'.join(names)})(?=[ />])", r"<\1saml:\2", text)
    return etree.tostring(sign_assertion(etree.fromstring(text), authority(mock.state).sts_key))


@pytest.mark.parametrize("kind", [TokenSignature.NONE, TokenSignature.DIRECT], ids=["not signed", "direct"])
def test_a_token_may_have_a_prefix(mock: Mock, kind: TokenSignature) -> None:
    forge = mock.forge(token_signature=kind).replace_token(_prefixed(mock))
    if kind is TokenSignature.DIRECT:
        forge.references[2].set("URI", f"#{forge.assertion.get('AssertionID')}")
    assert_accepted(mock, forge.sign())


def test_the_str_transform_declares_an_empty_default_namespace_on_a_prefixed_token(mock: Mock) -> None:
    forge = mock.forge(token_signature=TokenSignature.STR_TRANSFORM).replace_token(_prefixed(mock))
    octets = Forge.canonical(forge.assertion, None)
    expected = octets.replace(b"<saml:Assertion ", b'<saml:Assertion xmlns="" ', 1)
    assert expected != octets
    set_digest(forge.references[2], expected)
    forge.digest(forge.references[0])
    forge.digest(forge.references[1])
    assert_accepted(mock, sign_value(forge))
    set_digest(forge.references[2], octets)
    assert mock.post(sign_value(forge)).rules == ["S22"]


def test_the_holder_may_sign_the_token_as_it_came_with_leaked_declarations(mock: Mock) -> None:
    forge = rewritten(mock)
    forge.add_reference(forge.assertion.get("AssertionID", ""))
    octets = forge.sign().octets().replace(b"<Assertion ", b'<Assertion xmlns:leaked="urn:example:leaked" ', 1)
    assert_accepted(mock, octets)
