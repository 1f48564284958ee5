"""A persona's key and certificate are of the kind, and have the times, that the persona says."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.verifier import XMLVerifier

from mockserver.identities.assertion import issue_assertion
from mockserver.identities.authority import Authority, AuthorityError
from mockserver.identities.certificates import PrivateKey
from mockserver.identities.persona import KeyAlgorithm, Persona
from mockserver.identities.persona_file import read_persona
from mockserver.instant import SECOND, read_date_time, system_clock


def nurse(**more: Any) -> Persona:
    table: Mapping[str, Any] = {"role": "nurse", "numbers": {"ssin": "85123199937", "nihii": "19999024001"}, **more}
    return read_persona("night-nurse", table, lambda _: "test")


def size(key: PrivateKey) -> tuple[type, int]:
    return (rsa.RSAPrivateKey if isinstance(key, rsa.RSAPrivateKey) else ec.EllipticCurvePrivateKey), key.key_size


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("RSA 2048", (rsa.RSAPrivateKey, 2048)),
        ("RSA 3072", (rsa.RSAPrivateKey, 3072)),
        ("EC P-256", (ec.EllipticCurvePrivateKey, 256)),
        ("EC P-384", (ec.EllipticCurvePrivateKey, 384)),
    ],
)
def test_the_key_is_of_the_kind_that_is_asked(authority: Authority, algorithm: str, expected: tuple[type, int]) -> None:
    persona = replace(nurse(key=algorithm), name=f"nurse-{expected[1]}")
    credential = authority.credential(persona)
    assert size(credential.key) == expected
    assert credential.key.public_key() == credential.certificate.public_key()
    assert authority.credential(persona).certificate == credential.certificate
    assert credential.pkcs12(b"secret")


def test_a_persona_that_gets_another_kind_of_key_is_told(state: Path) -> None:
    authority = Authority.open(state)
    authority.credential(nurse(key="EC P-256"))
    with pytest.raises(AuthorityError, match=r"key\.pem is not of the kind RSA 2048; delete the folder"):
        authority.credential(nurse())


def test_the_certificate_has_the_times_that_are_asked(state: Path) -> None:
    authority = Authority.open(state)
    past = {"not_before": "2020-01-01T00:00:00Z", "not_after": "2021-01-01T00:00:00Z"}
    expired = authority.credential(nurse(key="EC P-256", certificate=past))
    assert expired.certificate.not_valid_before_utc.isoformat() == "2020-01-01T00:00:00+00:00"
    assert expired.certificate.not_valid_after_utc.isoformat() == "2021-01-01T00:00:00+00:00"
    assert authority.credential(nurse(key="EC P-256", certificate=past)).certificate == expired.certificate


def test_times_that_change_make_another_certificate_for_the_same_key(state: Path) -> None:
    authority = Authority.open(state)
    usual = authority.credential(nurse(key="EC P-256"))
    early = authority.credential(
        nurse(key="EC P-256", certificate={"not_before": "2050-01-01T00:00:00Z", "not_after": "2060-01-01T00:00:00Z"})
    )
    assert early.certificate.not_valid_after_utc.year == 2060
    assert early.key.public_key() == usual.key.public_key()


def test_a_persona_with_an_ec_key_can_sign_a_token_of_its_own(state: Path) -> None:
    authority = Authority.open(state)
    credential = authority.credential(nurse(key="EC P-256"))
    octets = issue_assertion(authority, credential, now=system_clock(), sts_credential=credential)
    XMLVerifier().verify(octets, x509_cert=credential.certificate, id_attribute="AssertionID")
    with pytest.raises(SignXMLException):
        XMLVerifier().verify(octets, x509_cert=authority.sts_certificate, id_attribute="AssertionID")


def test_a_tokens_times_are_the_personas(state: Path) -> None:
    authority, now = Authority.open(state), system_clock() // SECOND * SECOND
    persona = nurse(key="EC P-256", token={"begins": -7200, "ends": -3600})
    octets = issue_assertion(authority, authority.credential(persona), now=now)
    conditions = etree.fromstring(octets)[0]
    begin, end = (read_date_time(conditions.attrib[name]).instant for name in ("NotBefore", "NotOnOrAfter"))
    assert (begin - now, end - now) == (-7200 * SECOND, -3600 * SECOND)


def test_the_kinds_of_keys_are_those_of_genuine_holders() -> None:
    assert [kind.value for kind in KeyAlgorithm] == ["RSA 2048", "RSA 3072", "EC P-256", "EC P-384"]
