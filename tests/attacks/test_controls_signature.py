"""Legal signatures: algorithms, keys, PrefixLists, references to the token (rules 4.4; BSP 1.1; wire-facts C2, C6)."""

from collections.abc import Callable
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from conformance.client.signer import TokenSignature
from mockserver.namespaces import DS, EXC_C14N, WSSE_11
from tests.attacks.controls import assert_accepted, rewritten
from tests.attacks.forgery import WSU_ID, part, reference_to, set_digest, set_value, sign_value, transforms_of
from tests.attacks.reference_algorithms import MORE
from tests.attacks.reference_token_names import with_direct_reference
from tests.attacks.tokens import held_with, signed_with
from tests.conftest import Mock
from tests.forge import sign_bytes

_MGF1 = "http://www.w3.org/2007/05/xmldsig-more#"
_XENC = "http://www.w3.org/2001/04/xmlenc#"

_RSA = [f"{MORE}rsa-sha{bits}" for bits in (256, 384, 512)] + [f"{_MGF1}sha{bits}-rsa-MGF1" for bits in (256, 384, 512)]
_DIGESTS = [f"{_XENC}sha256", f"{MORE}sha384", f"{_XENC}sha512"]


@pytest.mark.parametrize("method", _RSA, ids=lambda uri: uri.rpartition("#")[2])
def test_every_rsa_algorithm_is_accepted(mock: Mock, method: str) -> None:
    forge = mock.forge()
    assert_accepted(mock, signed_with(forge, forge.credentials.key, method))


@pytest.mark.parametrize("bits", [256, 384, 512])
@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda curve: curve.name)
def test_every_ec_key_is_accepted_with_every_hash(mock: Mock, curve: ec.EllipticCurve, bits: int) -> None:
    """wire-facts A3, I11: EC keys appear since 2025; r and s side by side."""
    assert_accepted(mock, held_with(mock, ec.generate_private_key(curve), f"{MORE}ecdsa-sha{bits}"))


@pytest.mark.parametrize("bits", [2048, 3072])
def test_rsa_keys_of_several_sizes_are_accepted(mock: Mock, bits: int) -> None:
    assert_accepted(mock, held_with(mock, _rsa_key(bits)))


@cache
def _rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@pytest.mark.parametrize("method", _DIGESTS, ids=lambda uri: uri.rpartition("#")[2])
def test_every_digest_is_accepted(mock: Mock, method: str) -> None:
    forge = mock.forge()
    for reference in forge.references:
        reference[1].set("Algorithm", method)
    assert_accepted(mock, forge.sign())


def test_the_references_may_use_different_digests(mock: Mock) -> None:
    forge = mock.forge()
    for reference, method in zip(forge.references, _DIGESTS[1:], strict=True):
        reference[1].set("Algorithm", method)
    assert_accepted(mock, forge.sign())


def test_sha_1_in_the_signature_warns(mock: Mock) -> None:
    """wire-facts C2: connectors sent it for years."""
    forge = mock.forge()
    assert_accepted(mock, signed_with(forge, forge.credentials.key, f"{DS}rsa-sha1"), ["SHA1"])


def test_sha_1_in_a_digest_warns(mock: Mock) -> None:
    forge = mock.forge()
    forge.references[0][1].set("Algorithm", f"{DS}sha1")
    assert_accepted(mock, forge.sign(), ["SHA1"])


def test_sha_1_is_refused_by_profile_hardened(start_mock: Callable[..., Mock]) -> None:
    hardened = start_mock("--profile", "hardened")
    forge = hardened.forge()
    reply = hardened.post(signed_with(forge, forge.credentials.key, f"{DS}rsa-sha1"))
    assert (reply.soa, reply.rules) == ("SOA-01001", ["SHA1"])


# The token under the signature (wire-facts C6; the third shape is that of connectors before 3.11).


@pytest.mark.parametrize("kind", list(TokenSignature), ids=lambda kind: kind.value)
def test_the_token_may_be_signed(mock: Mock, kind: TokenSignature) -> None:
    assert_accepted(mock, mock.forge(token_signature=kind))


@pytest.mark.parametrize("kind", list(TokenSignature), ids=lambda kind: kind.value)
def test_the_token_may_be_signed_by_an_ec_key(mock: Mock, kind: TokenSignature) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    forge = held_with(mock, key, f"{MORE}ecdsa-sha256")
    if kind is TokenSignature.NONE:
        assert_accepted(mock, forge)
        return
    forge.signed_info.append(mock.forge(token_signature=kind).references[2])
    if kind is TokenSignature.DIRECT:
        forge.references[2].set("URI", f"#{forge.assertion.get('AssertionID')}")
    else:
        forge.references[2].set("URI", f"#{part(forge, 'KeyInfo')[0].get(WSU_ID)}")
    assert_accepted(mock, forge.sign())


# PrefixList (BSP 1.1 R5414, R5415: any order, any white space).

_LISTS = {
    "one": "SOAP-ENV",
    "several": "SOAP-ENV wsse wsu p c",
    "permuted": "c p wsu wsse SOAP-ENV",
    "repeated": "p p c p",
    "tabs": "SOAP-ENV\twsse\t\twsu",
    "line feeds": "SOAP-ENV\nwsse\n\nwsu",
    "carriage returns": "SOAP-ENV\r\nwsse",
    "blanks around": "  SOAP-ENV wsse  ",
    "not bound": "nowhere",
    "default that is not bound": "#default",
    "default and others": "wsse #default SOAP-ENV",
    "xml": "xml",
}


def _list_prefixes(method: etree._Element, prefixes: str) -> None:
    etree.SubElement(method, f"{{{EXC_C14N}}}InclusiveNamespaces", PrefixList=prefixes, nsmap={"ec": EXC_C14N})


def _transform(reference: etree._Element) -> etree._Element:
    return transforms_of(reference)[0]


@pytest.mark.parametrize("prefixes", _LISTS.values(), ids=list(_LISTS))
def test_a_prefix_list_is_honoured(mock: Mock, prefixes: str) -> None:
    """On SignedInfo, Body and Timestamp alike; WSS4J writes them by default (wire-facts C6).

    No default namespace is in scope here, so #default asks for nothing.
    """
    forge = mock.forge()
    for method in (part(forge, "CanonicalizationMethod"), *map(_transform, forge.references)):
        _list_prefixes(method, prefixes)
    for reference in forge.references:
        target = forge.named(reference.get("URI", "")[1:])
        set_digest(reference, _inclusive(target, prefixes))
    algorithm = part(forge, "SignatureMethod").get("Algorithm", "")
    set_value(forge, sign_bytes(forge.credentials.key, algorithm, _inclusive(forge.signed_info, prefixes)))
    assert_accepted(mock, forge)


def _inclusive(element: etree._Element, prefixes: str) -> bytes:
    names = [prefix for prefix in prefixes.split() if prefix not in ("#default", "xml")]
    return etree.tostring(element, method="c14n", exclusive=True, inclusive_ns_prefixes=names or None)


def test_a_list_that_names_a_prefix_outside_puts_it_under_the_signature(mock: Mock) -> None:
    """What the list names is written on the Body, so that binding it anew outside breaks the digest."""
    forge = rewritten(mock, ("<SOAP-ENV:Envelope ", '<SOAP-ENV:Envelope xmlns:q="urn:example:first" '))
    _list_prefixes(_transform(reference_to(forge, forge.body)), "q")
    assert b'xmlns:q="urn:example:first"' in _inclusive(forge.body, "q")
    assert_accepted(mock, forge.sign())
    rebound = forge.octets().replace(b"urn:example:first", b"urn:example:second")
    assert "S22" in mock.post(rebound).rules


@pytest.mark.parametrize("prefixes", ["#default", "#default p", "\t#default\n"], ids=["alone", "with p", "in blanks"])
def test_default_in_a_prefix_list_puts_the_default_namespace_under_the_signature(mock: Mock, prefixes: str) -> None:
    """Written by hand: libxml2 has no #default. The default namespace is declared on the Envelope and used nowhere."""
    declaration = 'xmlns="urn:example:default"'
    forge = rewritten(mock, ("<SOAP-ENV:Envelope ", f"<SOAP-ENV:Envelope {declaration} "))
    reference = reference_to(forge, forge.body)
    _list_prefixes(_transform(reference), prefixes)
    octets = _inclusive(forge.body, prefixes)
    # Exclusive XML Canonicalization, section 3: as inclusive, so once on the apex; the default one sorts first. The
    # declaration of a new default on the apex is the only one, for nothing below uses it.
    expected = octets.replace(b"<SOAP-ENV:Body ", f"<SOAP-ENV:Body {declaration} ".encode(), 1)
    assert expected != octets
    set_digest(reference, expected)
    assert_accepted(mock, sign_value(forge))
    set_digest(reference, octets)
    assert mock.post(sign_value(forge)).rules == ["S22"]


def test_an_empty_prefix_list_warns(mock: Mock) -> None:
    """R5406."""
    forge = mock.forge()
    _list_prefixes(_transform(forge.references[0]), "")
    assert_accepted(mock, forge.sign(), ["S36"])


# KeyInfo


def test_a_missing_token_type_warns(mock: Mock) -> None:
    """wire-facts C3: old stacks leave it out."""
    forge = mock.forge()
    del part(forge, "KeyInfo")[0].attrib[f"{{{WSSE_11}}}TokenType"]
    assert_accepted(mock, forge, ["S65-present"])


def test_an_encoding_type_warns(mock: Mock) -> None:
    forge = mock.forge()
    part(forge, "KeyInfo")[0][0].set("EncodingType", "urn:example:encoding")
    assert_accepted(mock, forge, ["S63"])


@pytest.mark.parametrize("text", [" {id}", "{id}\n", "\t{id} ", "\r{id}"], ids=["blank", "line feed", "tab", "return"])
def test_white_space_around_the_key_identifier_is_trimmed(mock: Mock, text: str) -> None:
    """Rules S64: compared after XML white space is trimmed."""
    forge = mock.forge()
    identifier = part(forge, "KeyInfo")[0][0]
    identifier.text = text.format(id=identifier.text)
    assert_accepted(mock, forge)


def test_the_token_reference_needs_no_id(mock: Mock) -> None:
    forge = mock.forge()
    del part(forge, "KeyInfo")[0].attrib[WSU_ID]
    assert_accepted(mock, forge)


def test_profile_lenient_takes_a_direct_reference_with_a_warning(start_mock: Callable[..., Mock]) -> None:
    """wire-facts I8; attack A61-direct is the same message in profile cookbook."""
    lenient = start_mock("--profile", "lenient")
    assert_accepted(lenient, with_direct_reference(lenient.forge(), "#{id}"), ["S66"])


# Digests that the holder signs may be broken into lines.


@pytest.mark.parametrize("around", ["\n{}\n", "  {}", "{}\t"], ids=["line feeds", "blanks", "tab"])
def test_white_space_in_a_digest_value_is_no_part_of_it(mock: Mock, around: str) -> None:
    forge = mock.forge()
    value = forge.references[0][2]
    value.text = around.format(value.text)
    assert_accepted(mock, sign_value(forge))


def test_the_holder_may_write_signed_info_as_he_likes(mock: Mock) -> None:
    """The positive control of A75: other order, blanks, Ids, signed so."""
    forge = mock.forge()
    forge.signed_info.append(forge.references[0])
    forge.signed_info.set("Id", "SI")
    forge.references[0].set("Id", "R")
    forge.references[0].set("Type", "http://www.w3.org/2000/09/xmldsig#Object")
    forge.signed_info.text = "\n  "
    assert_accepted(mock, forge.sign())
