"""Names as the genuine STS prints them (`wire-facts.md` A1)."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from mockserver.identities.distinguished_name import name_of, rfc1779


def test_a_genuine_holders_name_is_printed_as_in_the_genuine_assertion() -> None:
    name = name_of(
        [
            ("CN", "SSIN=80010199976"),
            ("OU", "eHealth-platform Belgium"),
            ("OU", "TEST PHYSICIAN"),
            ("OU", "SSIN=80010199976"),
            ("O", "Federal Government"),
            ("C", "BE"),
        ]
    )
    assert rfc1779(name) == (
        'CN="SSIN=80010199976", OU=eHealth-platform Belgium, OU=TEST PHYSICIAN, OU="SSIN=80010199976", '
        "O=Federal Government, C=BE"
    )


def test_the_certificate_holds_the_country_first() -> None:
    name = name_of([("CN", "CBE=0809394427, IAMMOCK"), ("C", "BE")])
    assert [attribute.oid for attribute in name] == [NameOID.COUNTRY_NAME, NameOID.COMMON_NAME]


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("eHealth-platform Belgium", "eHealth-platform Belgium"),
        ("CBE=0809394427, IAMMOCK", '"CBE=0809394427, IAMMOCK"'),
        ("a+b", '"a+b"'),
        ("#1", '"#1"'),
        ("a;b", '"a;b"'),
        ("<a>", '"<a>"'),
        (" a", '" a"'),
        ("a  b", '"a  b"'),
        ('say "a"', r'"say \"a\""'),
        ("a\\b", r'"a\\b"'),
        ("Jérôme Zoë", "Jérôme Zoë"),
    ],
)
def test_a_value_with_a_special_character_stands_in_quotes(value: str, printed: str) -> None:
    assert rfc1779(name_of([("CN", value)])) == f"CN={printed}"


def test_an_issuer_with_a_serial_number_is_printed_as_in_the_genuine_assertion() -> None:
    name = name_of([("CN", "Issuing CA 001"), ("SERIALNUMBER", "001"), ("O", "ZETES SA"), ("C", "BE")])
    assert rfc1779(name) == "CN=Issuing CA 001, SERIALNUMBER=001, O=ZETES SA, C=BE"


def test_a_type_without_keyword_is_printed_by_its_number() -> None:
    name = x509.Name([x509.NameAttribute(NameOID.USER_ID, "physician")])
    assert rfc1779(name) == "OID.0.9.2342.19200300.100.1.1=physician"


def test_the_values_of_one_part_are_joined_with_plus() -> None:
    both = [x509.NameAttribute(NameOID.COMMON_NAME, "a"), x509.NameAttribute(NameOID.SERIAL_NUMBER, "1")]
    assert rfc1779(x509.Name([x509.RelativeDistinguishedName(both)])) == "CN=a + SERIALNUMBER=1"


def test_an_unknown_keyword_and_an_overlong_value_are_refused() -> None:
    with pytest.raises(KeyError):
        name_of([("DC", "be")])
    with pytest.raises(ValueError, match="64"):
        name_of([("CN", "x" * 65)])
