"""Tokens that the mock's own STS would never issue, signed with its key, and holders with keys it would never certify.

Signed here with `cryptography` alone: signxml looks ids up by name, and some of these tokens hold one twice.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree

from conformance.client.credentials import Credentials, PrivateKey, Token
from mockserver.identities.assertion import issue_assertion
from mockserver.identities.authority import Authority, Credential
from mockserver.identities.personas import Attribute, personas
from mockserver.instant import system_clock
from mockserver.namespaces import DS, SAML, WSU
from tests.attacks.forgery import b64, canonical, ds, own_signature, rsa_key_value, set_digest
from tests.conftest import Mock
from tests.forge import Forge, sign_bytes

# lxml gives an attribute a made-up prefix, and another one when the token moves into a header that knows the namespace
# by its usual name: that would break the signature of the STS.
etree.register_namespace("wsu", WSU)

RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"

_NIHII: Final = "urn:be:fgov:person:ssin:ehealth:1.0:doctor:nihii11"

AnyPublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | dsa.DSAPublicKey | ed25519.Ed25519PublicKey


@cache
def authority(state: Path) -> Authority:
    """The test PKI of a mock."""
    return Authority.open(state)


def credential(mock: Mock, persona: str = "physician") -> Credential:
    """A persona's key and certificate."""
    return authority(mock.state).credential(personas()[persona])


def token(
    mock: Mock,
    alter: Callable[[etree._Element], object] = lambda _: None,
    *,
    persona: str = "physician",
    key: PrivateKey | None = None,
    **options: Any,
) -> bytes:
    """A token as `issue_assertion` makes it with `options`, altered, and then signed with the STS's key (or `key`)."""
    options.setdefault("now", system_clock())
    assertion = etree.fromstring(issue_assertion(authority(mock.state), credential(mock, persona), **options))
    alter(assertion)
    return etree.tostring(sign_assertion(assertion, key or authority(mock.state).sts_key), encoding="UTF-8")


def sign_assertion(assertion: etree._Element, key: PrivateKey) -> etree._Element:
    """Compute digest and signature of the assertion's own ds:Signature anew."""
    signature = own_signature(assertion)
    signed_info = signature.find(f"{{{DS}}}SignedInfo")
    reference = signature.find(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")
    method = signature.find(f"{{{DS}}}SignedInfo/{{{DS}}}SignatureMethod")
    value = signature.find(f"{{{DS}}}SignatureValue")
    assert signed_info is not None and reference is not None and method is not None and value is not None
    reference.set("URI", f"#{assertion.get('AssertionID')}")
    place, tail = assertion.index(signature), signature.tail
    assertion.remove(signature)  # and the text behind it, which the enveloped-signature transform leaves
    mark = etree.Comment()
    mark.tail = tail
    assertion.insert(place, mark)
    set_digest(reference, canonical(assertion))
    assertion.replace(mark, signature)
    octets = sign_bytes(key, method.get("Algorithm", ""), canonical(signed_info))
    value.text = b64(octets)
    return assertion


def confirmation_key_info(assertion: etree._Element) -> etree._Element:
    """The KeyInfo of the SubjectConfirmation."""
    found = assertion.find(f".//{{{SAML}}}SubjectConfirmation/{{{DS}}}KeyInfo")
    assert found is not None
    return found


def confirm_certificates(*certificates: x509.Certificate) -> Callable[[etree._Element], None]:
    """An alteration: the confirmation names these certificates instead."""

    def alter(assertion: etree._Element) -> None:
        key_info = confirmation_key_info(assertion)
        key_info[:] = []
        data = ds(key_info, "X509Data")
        for certificate in certificates:
            ds(data, "X509Certificate", b64(certificate.public_bytes(Encoding.DER)))

    return alter


def confirm_rsa(modulus: int, exponent: int) -> Callable[[etree._Element], None]:
    """An alteration: the confirmation names an RSAKeyValue instead."""

    def alter(assertion: etree._Element) -> None:
        key_info = confirmation_key_info(assertion)
        key_info[:] = []
        rsa_key_value(key_info, modulus, exponent)

    return alter


def certify(
    mock: Mock,
    key: AnyPublicKey,
    *,
    subject: str = "SSIN=80010199976",
    signer: rsa.RSAPrivateKey | None = None,
    days: tuple[int, int] = (-1, 30),
) -> x509.Certificate:
    """A holder certificate of the mock's CA for any key; `signer` signs instead of the CA, in its name."""
    today = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)]))
        .issuer_name(authority(mock.state).ca_certificate.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(today + timedelta(days=days[0]))
        .not_valid_after(today + timedelta(days=days[1]))
        .sign(signer or ca_key(mock.state), hashes.SHA256())
    )


@cache
def ca_key(state: Path) -> rsa.RSAPrivateKey:
    """The private key of the mock's CA."""
    key = load_pem_private_key((state / "pki" / "ca" / "key.pem").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def held_with(mock: Mock, key: PrivateKey, method: str = RSA_SHA256, **options: Any) -> Forge:
    """A request whose token confirms `key`, certified by the mock's CA, signed with it by `method`."""
    issued = token(mock, confirm_certificates(certify(mock, key.public_key())), **options)
    return signed_with(mock.forge().replace_token(issued), key, method)


def signed_with(forge: Forge, key: PrivateKey, method: str = RSA_SHA256) -> Forge:
    """Sign anew with another key, which becomes the credentials' key."""
    forge.credentials = replace(forge.credentials, key=key)
    found = forge.signed_info.find(f"{{{DS}}}SignatureMethod")
    assert found is not None
    found.set("Algorithm", method)
    return forge.sign()


def credentials_with(mock: Mock, issued: bytes, persona: str = "physician") -> Credentials:
    """A persona's credentials with another token."""
    return replace(mock.credentials(persona), token=Token.received(issued))


def substitute(mock: Mock, **options: Any) -> bytes:
    """A valid token of the physician's own key that says another number of his."""
    return token(mock, attributes=with_attribute(_NIHII, "19999024001"), **options)


def with_attribute(name: str, value: str) -> list[Attribute]:
    """The physician's attributes, one of them with another value."""
    return [replace(each, value=value) if each.name == name else each for each in personas()["physician"].attributes]
