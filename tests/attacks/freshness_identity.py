"""A119 to A127, A129, A130: who the token says the caller is, and whether the caller is that.

Where the STS would have to take part, its key signs: those are attacks by whoever got a token with a quirk.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from mockserver.namespaces import SAML, SAML_20
from tests.attacks.catalogue import attack, harmless
from tests.attacks.forgery import OTHER_SSIN, find, own_signature, stranger
from tests.attacks.tokens import (
    certify,
    confirm_certificates,
    confirm_rsa,
    confirmation_key_info,
    credential,
    signed_with,
    token,
    with_attribute,
)
from tests.conftest import Mock
from tests.forge import Forge, duplicate

_SSIN: Final = "urn:be:fgov:person:ssin"
_DOCTOR: Final = "urn:be:fgov:person:ssin:doctor:boolean"
_IDENTIFICATION: Final = "urn:be:fgov:identification-namespace"
_CERTIFIED: Final = "urn:be:fgov:certified-namespace:ehealth"
_METHOD: Final = "urn:oasis:names:tc:SAML:1.0:cm:"

Alteration = Callable[[etree._Element], object]


def attribute(assertion: etree._Element, name: str) -> etree._Element:
    return next(each for each in assertion.iter(f"{{{SAML}}}Attribute") if each.get("AttributeName") == name)


def split_by_comment(element: etree._Element, at: int, comment: etree._Element | None = None) -> None:
    """Put a comment into the text; a reader of the first text alone sees what stands before it."""
    text = element.text or ""
    node = etree.Comment("") if comment is None else comment
    element.text, node.tail = text[:at], text[at:]
    element.append(node)


def with_token(alter: Alteration = lambda assertion: None, **options: Any) -> Callable[[Mock], Forge]:
    """A message with a token that the STS's key signed after the alteration."""
    return lambda mock: mock.forge().replace_token(token(mock, alter, **options)).sign()


def refused(attack_id: str, title: str, rule: str, build: Callable[[Mock], Forge], soa: str = "SOA-01001") -> None:
    attack(attack_id, soa=soa, rules=(rule,), title=title)(build)


def accepted(attack_id: str, title: str, build: Callable[[Mock], Forge]) -> None:
    harmless(attack_id, title=title)(build)


def on_the_way(change: Callable[[Forge], object]) -> Callable[[Mock], Forge]:
    """A change by somebody without any key."""

    def build(mock: Mock) -> Forge:
        forge = mock.forge()
        change(forge)
        return forge

    return build


# A119, A120: canonicalisation drops comments, so they can be put into what both signatures cover.

refused(
    "A119",
    "A comment in the NameIdentifier",
    "H23",
    on_the_way(lambda forge: split_by_comment(find(forge.assertion, "NameIdentifier"), 20)),
)
refused(
    "A119-front",
    "A comment before the NameIdentifier's text",
    "H23",
    on_the_way(lambda forge: split_by_comment(find(forge.assertion, "NameIdentifier"), 0)),
)
refused(
    "A120",
    "A comment in the SSIN",
    "H23",
    on_the_way(lambda forge: split_by_comment(attribute(forge.assertion, _SSIN)[0], 5)),
)
refused(
    "A120-front",
    "A comment before the SSIN",
    "H23",
    on_the_way(lambda forge: split_by_comment(attribute(forge.assertion, _SSIN)[0], 0)),
)
refused(
    "A120-end",
    "A comment behind the SSIN",
    "H23",
    on_the_way(lambda forge: split_by_comment(attribute(forge.assertion, _SSIN)[0], 11)),
)
refused(
    "A120-boolean",
    "A comment behind true",
    "H23",
    on_the_way(lambda forge: split_by_comment(attribute(forge.assertion, _DOCTOR)[0], 4)),
)
refused("A120-longer", "A number that is longer behind its comment, as the STS issued it", "H23",
        with_token(lambda assertion: split_by_comment(attribute(assertion, _SSIN)[0], 11),
                   attributes=with_attribute(_SSIN, "800101999762")))  # fmt: skip
refused(
    "A120-identifier",
    "A comment in the KeyIdentifier",
    "S60",
    on_the_way(lambda forge: split_by_comment(find(forge.signature, "KeyIdentifier"), 5)),
)
refused(
    "A120-method",
    "A comment in the ConfirmationMethod",
    "H23",
    on_the_way(lambda forge: split_by_comment(find(forge.assertion, "ConfirmationMethod"), 20)),
)
refused(
    "A120-certificate",
    "A comment in the certificate of the holder",
    "H16",
    on_the_way(lambda forge: split_by_comment(find(confirmation_key_info(forge.assertion), "X509Certificate"), 20)),
)


@attack("A120-instruction", soa="SOA-03004", rules=("Q33",))
def instruction_in_ssin(mock: Mock) -> Forge:
    """An instruction in the SSIN"""
    forge = mock.forge()
    split_by_comment(attribute(forge.assertion, _SSIN)[0], 5, etree.ProcessingInstruction("x"))
    return forge


accepted(
    "A120-body",
    "A comment in LastName: canonicalisation drops it, and all of the text is read",
    on_the_way(lambda forge: split_by_comment(find(forge.operation, "LastName"), 5)),
)
accepted("A120-cdata", "CDATA in the SSIN, which means the same characters",
         on_the_way(lambda forge: setattr(attribute(forge.assertion, _SSIN)[0], "text", etree.CDATA(
             forge.credentials.requester.person_identifier or ""))))  # fmt: skip


@attack("A120-trigger", soa=None, http=200, rules=("M02",))
def trigger_up_to_a_comment(mock: Mock) -> Forge:
    """A LastName that up to its comment is a trigger: all of it is read, and refused for its digits"""
    forge = mock.forge()
    last_name = find(forge.operation, "LastName")
    last_name.text = "SOA-02001 and more"
    forge.sign()
    split_by_comment(last_name, len("SOA-02001"))
    return forge


# A121 to A123: attributes.


def second_value(name: str, value: str, *, first: bool = False) -> Alteration:
    """One more AttributeValue, before or behind the true one."""

    def alter(assertion: etree._Element) -> None:
        element = etree.Element(f"{{{SAML}}}AttributeValue")
        element.text = value
        attribute(assertion, name).insert(0 if first else 1, element)

    return alter


def second_attribute(name: str, value: str, *, first: bool = False) -> Alteration:
    """One more Attribute of that name with another value."""

    def alter(assertion: etree._Element) -> None:
        original = attribute(assertion, name)
        twin = duplicate(original)
        twin[0].text = value
        (original.addprevious if first else original.addnext)(twin)

    return alter


refused("A121", "true behind false", "H25", with_token(second_value(_DOCTOR, "false", first=True)), "SOA-01002")
refused("A121-behind", "false behind true", "H25", with_token(second_value(_DOCTOR, "false")), "SOA-01002")
refused(
    "A121-attribute",
    "The attribute again, with false",
    "H25",
    with_token(second_attribute(_DOCTOR, "false")),
    "SOA-01002",
)
refused("A121-ssin", "Two values of the SSIN", "H24", with_token(second_value(_SSIN, OTHER_SSIN)))
refused(
    "A121-ssin-first",
    "Another SSIN before the true one",
    "H24",
    with_token(second_value(_SSIN, OTHER_SSIN, first=True)),
)
refused("A121-ssin-twice", "The SSIN attribute twice", "H24", with_token(second_attribute(_SSIN, OTHER_SSIN)))
accepted("A121-same", "The SSIN attribute twice with one value", with_token(second_attribute(_SSIN, "80010199976")))


def in_namespace(name: str, namespace: str) -> Alteration:
    return lambda assertion: attribute(assertion, name).set("AttributeNamespace", namespace)


refused(
    "A122",
    "The certified attribute in the identification namespace",
    "H26",
    with_token(in_namespace(_DOCTOR, _IDENTIFICATION)),
    "SOA-01002",
)
refused(
    "A122-foreign",
    "The certified attribute in a namespace that only looks like it",
    "H26",
    with_token(in_namespace(_DOCTOR, "urn:be:fgov:certifiednamespace:ehealth")),
    "SOA-01002",
)
refused(
    "A122-identity",
    "The SSIN in the certified namespace: nobody is named",
    "H27",
    with_token(in_namespace(_SSIN, _CERTIFIED)),
    "SOA-01002",
)

for _name, _value in {
    "A123": " TRUE ", "A123-one": "1", "A123-yes": "yes", "A123-capital": "True", "A123-empty": "",
    "A123-blank": " ", "A123-no-break": "true\u00a0", "A123-full-width": "\uff54rue", "A123-false": "false",
    "A123-two": "true true",
}.items():  # fmt: skip
    refused(_name, f"{_value!r} for true", "H25", with_token(attributes=with_attribute(_DOCTOR, _value)), "SOA-01002")
accepted("A123-trimmed", "Blanks around true", with_token(attributes=with_attribute(_DOCTOR, " \ttrue\n")))


# A124 to A127: how the holder is confirmed.

refused(
    "A124",
    "The token without its signature",
    "H05",
    on_the_way(lambda forge: forge.assertion.remove(own_signature(forge.assertion))),
)
for _name, _methods in {
    "A124-bearer": ["bearer"], "A124-sender-vouches": ["sender-vouches"], "A124-artifact": ["artifact-01"],
    "A125": ["holder-of-key", "bearer"], "A125-first": ["bearer", "holder-of-key"],
    "A125-vouched": ["holder-of-key", "sender-vouches"],
}.items():  # fmt: skip
    refused(_name, f"Confirmed by {' and '.join(_methods)}, as the STS signed it", "H14",
            with_token(confirmation_methods=[f"{_METHOD}{method}" for method in _methods]))  # fmt: skip
refused(
    "A124-changed",
    "bearer written over holder-of-key",
    "H14",
    on_the_way(lambda forge: setattr(find(forge.assertion, "ConfirmationMethod"), "text", f"{_METHOD}bearer")),
)
refused(
    "A124-saml-2",
    "The method of SAML 2.0",
    "H14",
    with_token(confirmation_methods=["urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"]),
)


def by_stranger(alteration: Callable[[Mock, rsa.RSAPrivateKey], Alteration]) -> Callable[[Mock], Forge]:
    """The token confirms the victim and an attacker; the attacker signs."""

    def build(mock: Mock) -> Forge:
        key = stranger()
        return signed_with(mock.forge().replace_token(token(mock, alteration(mock, key))), key)

    return build


def two_certificates(mock: Mock, key: rsa.RSAPrivateKey) -> Alteration:
    return confirm_certificates(credential(mock).certificate, certify(mock, key.public_key()))


def two_certificates_reversed(mock: Mock, key: rsa.RSAPrivateKey) -> Alteration:
    return confirm_certificates(
        certify(mock, key.public_key(), subject="SSIN=85123199937"), credential(mock).certificate
    )


def two_data(mock: Mock, key: rsa.RSAPrivateKey) -> Alteration:
    def alter(assertion: etree._Element) -> None:
        victim = duplicate(confirmation_key_info(assertion)[0])
        confirm_certificates(certify(mock, key.public_key(), subject="SSIN=85123199937"))(assertion)
        confirmation_key_info(assertion).append(victim)

    return alter


def two_key_infos(mock: Mock, key: rsa.RSAPrivateKey) -> Alteration:
    def alter(assertion: etree._Element) -> None:
        victim = duplicate(confirmation_key_info(assertion))
        confirm_certificates(certify(mock, key.public_key()))(assertion)
        confirmation_key_info(assertion).addnext(victim)

    return alter


def value_and_certificate(mock: Mock, key: rsa.RSAPrivateKey) -> Alteration:
    """The victim's certificate and the attacker's bare key."""

    def alter(assertion: etree._Element) -> None:
        certificate = duplicate(confirmation_key_info(assertion)[0])
        numbers = key.public_key().public_numbers()
        confirm_rsa(numbers.n, numbers.e)(assertion)
        confirmation_key_info(assertion).insert(0, certificate)

    return alter


def two_confirmations(mock: Mock, key: rsa.RSAPrivateKey) -> Alteration:
    """The AttributeStatement confirms the attacker, the AuthenticationStatement the victim."""

    def alter(assertion: etree._Element) -> None:
        subjects = list(assertion.iter(f"{{{SAML}}}Subject"))
        victim = duplicate(find(subjects[0], "SubjectConfirmation"))
        confirm_certificates(certify(mock, key.public_key()))(assertion)
        subjects[1].append(find(subjects[0], "SubjectConfirmation"))
        subjects[0].append(victim)

    return alter


_TWO_KEYS: Final[Sequence[tuple[str, str, str, Callable[[Mock, rsa.RSAPrivateKey], Alteration]]]] = [
    ("A126", "Certificates of victim and attacker", "H16", two_certificates),
    ("A126-reversed", "Certificates of attacker and victim", "H16", two_certificates_reversed),
    ("A126-data", "An X509Data for each", "H16", two_data),
    ("A126-key-infos", "A KeyInfo for each", "H16", two_key_infos),
    ("A126-value", "The victim's certificate and the attacker's KeyValue", "H16", value_and_certificate),
    ("A126-statements", "A statement for each", "H15", two_confirmations),
]
for _name, _title, _rule, _alteration in _TWO_KEYS:
    refused(_name, f"{_title}, signed by the attacker", _rule, by_stranger(_alteration))


@harmless("A127")
def certificate_issued_again(mock: Mock) -> Forge:
    """The token confirms another certificate of the same key"""
    key = mock.credentials().key.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    certificate = certify(mock, key)
    assert certificate.serial_number != mock.credentials().certificate.serial_number
    return mock.forge().replace_token(token(mock, confirm_certificates(certificate))).sign()


@harmless("A127-value")
def bare_key(mock: Mock) -> Forge:
    """The token confirms the same key without certificate"""
    key = mock.credentials().key.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    numbers = key.public_numbers()
    return mock.forge().replace_token(token(mock, confirm_rsa(numbers.n, numbers.e))).sign()


# A129, A130: for whom the token is, and of which version.


def audiences(*conditions: Sequence[str]) -> Alteration:
    """One AudienceRestrictionCondition for each sequence of audiences."""

    def alter(assertion: etree._Element) -> None:
        for names in conditions:
            condition = etree.SubElement(find(assertion, "Conditions"), f"{{{SAML}}}AudienceRestrictionCondition")
            for name in names:
                etree.SubElement(condition, f"{{{SAML}}}Audience").text = name

    return alter


refused("A129", "For another service", "H12", with_token(audiences(["urn:example:other"])))
refused(
    "A129-several",
    "Several conditions, none of them for us",
    "H12",
    with_token(audiences(["urn:example:a"], ["urn:example:b"])),
)
refused(
    "A129-list", "Several audiences, none of them us", "H12", with_token(audiences(["urn:example:a", "urn:example:b"]))
)
refused("A129-empty", "An empty audience", "H12", with_token(audiences([""])))


def saml_2(mock: Mock) -> etree._Element:
    """A SAML 2.0 assertion with the id of the token."""
    forge = mock.forge()
    assertion = etree.Element(
        f"{{{SAML_20}}}Assertion", ID=forge.assertion.get("AssertionID") or "", Version="2.0", nsmap={None: SAML_20}
    )
    etree.SubElement(assertion, f"{{{SAML_20}}}Issuer").text = forge.assertion.get("Issuer")
    return assertion


@attack("A130", soa="SOA-01001", rules=("H01",))
def saml_2_instead(mock: Mock) -> Forge:
    """A SAML 2.0 assertion with the id of the token, in its place"""
    forge = mock.forge()
    forge.security.replace(forge.assertion, saml_2(mock))
    return forge


@attack("A130-beside", soa="SOA-01001", rules=("H01",))
def saml_2_beside(mock: Mock) -> Forge:
    """A SAML 2.0 assertion with the id of the token, before it"""
    forge = mock.forge()
    forge.assertion.addprevious(saml_2(mock))
    return forge


@attack("A130-version", soa="SOA-01001", rules=("H02",))
def saml_2_by_version(mock: Mock) -> Forge:
    """The token says it is version 2.0"""

    def alter(assertion: etree._Element) -> None:
        assertion.set("MajorVersion", "2")
        assertion.set("MinorVersion", "0")

    return mock.forge().replace_token(token(mock, alter)).sign()


@attack("A126-persona", soa="SOA-01001", rules=("H18",))
def token_of_another(mock: Mock) -> Forge:
    """The token of another persona, signed by this one"""
    forge = mock.forge()
    issued = token(mock, persona="sorting-center")
    return forge.replace_token(issued).sign()
