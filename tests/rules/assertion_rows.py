"""The SAML 1.1 holder-of-key token: rows H01 to H29 (`rules.md` section 5).

What the STS itself would have to do wrong is signed by the mock's own STS key.
"""

import base64
from collections.abc import Callable
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from mockserver.identities.personas import Attribute, personas
from mockserver.instant import SECOND, Instant, format_instant, system_clock
from mockserver.namespaces import DS, HOLDER_OF_KEY, SAML, SAML_20
from tests.attacks.tokens import (
    authority,
    certify,
    confirm_certificates,
    confirmation_key_info,
    credential,
    token,
)
from tests.conftest import Mock
from tests.forge import Forge, Mutation, duplicate
from tests.rules.breaks import FOREIGN, Break, adding, at, broken, setting, token_broken

_ASSERTION: Final = "Header/Security/Assertion"
_OWN_SIGNATURE: Final = f"{_ASSERTION}/Signature"
_CM: Final = "urn:oasis:names:tc:SAML:1.0:cm:"
_IDENTIFICATION: Final = "urn:be:fgov:identification-namespace"
_DOCTOR: Final = "urn:be:fgov:person:ssin:doctor:boolean"

Alteration = Callable[[etree._Element], object]


def saml(name: str) -> str:
    return f"{{{SAML}}}{name}"


def part(path: str) -> Callable[[etree._Element], etree._Element]:
    """An element of the assertion by its path of SAML names."""

    def find(assertion: etree._Element) -> etree._Element:
        found = assertion.find("/".join(saml(name) for name in path.split("/")))
        assert found is not None, path
        return found

    return find


CONDITIONS: Final = part("Conditions")
CONFIRMATION: Final = part("AuthenticationStatement/Subject/SubjectConfirmation")
ATTRIBUTES: Final = part("AttributeStatement")


def attribute(assertion: etree._Element, name: str = _DOCTOR) -> etree._Element:
    return next(each for each in assertion.iter(saml("Attribute")) if each.get("AttributeName") == name)


def altering(find: Callable[[etree._Element], etree._Element], name: str, value: str | None) -> Alteration:
    """Set an attribute of a part of the token; None takes it away."""

    def alter(assertion: etree._Element) -> None:
        if value is None:
            del find(assertion).attrib[name]
        else:
            find(assertion).set(name, value)

    return alter


def authenticated_in_ten_minutes(assertion: etree._Element) -> None:
    """From when the test runs, not from when it was collected."""
    part("AuthenticationStatement")(assertion).set("AuthenticationInstant", format_instant(soon(600)))


def itself(assertion: etree._Element) -> etree._Element:
    return assertion


def adding_to(find: Callable[[etree._Element], etree._Element], tag: str, **attributes: str) -> Alteration:
    return lambda assertion: etree.SubElement(find(assertion), tag, attributes)


def removing_from(find: Callable[[etree._Element], etree._Element]) -> Alteration:
    def alter(assertion: etree._Element) -> None:
        element = find(assertion)
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)

    return alter


def soon(seconds: int) -> Instant:
    return system_clock() + seconds * SECOND


def with_times(row: str, rule: str, case: str, *, severity: str = "reject", **seconds: int) -> Break:
    """A token whose times lie so many seconds from now."""

    def build(mock: Mock) -> Forge:
        options: dict[str, Any] = {name: soon(value) for name, value in seconds.items()}
        return mock.forge().replace_token(token(mock, **options)).sign()

    return Break(row, case, rule, build, severity)


def without_token(forge: Forge) -> None:
    forge.security.remove(forge.assertion)


def another_token(where: Callable[[Forge], etree._Element], tag: str | None = None) -> Mutation:
    def change(forge: Forge) -> None:
        where(forge).append(duplicate(forge.assertion) if tag is None else etree.Element(tag))

    return change


def own(forge: Forge, path: str) -> etree._Element:
    return at(f"{_OWN_SIGNATURE}/{path}" if path else _OWN_SIGNATURE, forge)


def second_reference(forge: Forge) -> None:
    reference = own(forge, "SignedInfo/Reference")
    reference.addnext(duplicate(reference))


def own_transforms(forge: Forge) -> None:
    """Another order: exclusive c14n would come before enveloped-signature."""
    transforms = own(forge, "SignedInfo/Reference/Transforms")
    transforms.append(transforms[0])


def no_own_certificate(forge: Forge) -> None:
    own(forge, "KeyInfo")[:] = []


def two_own_certificates(forge: Forge) -> None:
    data = own(forge, "KeyInfo/X509Data")
    data.append(duplicate(data[0]))


def signed_by_holder(mock: Mock) -> Forge:
    """A certificate of the mock's CA that is not the STS's."""
    other = authority(mock.state).credential(personas()["hospital"])
    return mock.forge().replace_token(token(mock, key=other.key, sts_credential=other)).sign()


def other_audience(assertion: etree._Element) -> None:
    condition = etree.SubElement(CONDITIONS(assertion), saml("AudienceRestrictionCondition"))
    etree.SubElement(condition, saml("Audience")).text = "urn:example:another-service"


def no_confirmation(assertion: etree._Element) -> None:
    removing_from(CONFIRMATION)(assertion)


def second_confirmation(*, keep: bool) -> Alteration:
    """The AttributeStatement confirms too, with the same key or with none."""

    def alter(assertion: etree._Element) -> None:
        twin = duplicate(CONFIRMATION(assertion))
        if not keep:
            twin[1][:] = []
        part("AttributeStatement/Subject")(assertion).append(twin)

    return alter


def other_subject(assertion: etree._Element) -> None:
    part("AttributeStatement/Subject/NameIdentifier")(assertion).text = "CN=somebody else"


def other_key_in_second_statement(mock: Mock) -> Forge:
    certificate = certify(mock, rsa.generate_private_key(65537, 2048).public_key())

    def alter(assertion: etree._Element) -> None:
        original = duplicate(CONFIRMATION(assertion))
        confirm_certificates(certificate)(assertion)
        part("AttributeStatement/Subject")(assertion).append(original)

    return mock.forge().replace_token(token(mock, alter)).sign()


def key_info(*children: str) -> Alteration:
    def alter(assertion: etree._Element) -> None:
        confirmation_key_info(assertion)[:] = [etree.Element(child) for child in children]

    return alter


def second_key_info(assertion: etree._Element) -> None:
    element = confirmation_key_info(assertion)
    element.addnext(duplicate(element))


def two_holders(mock: Mock) -> Forge:
    """The victim's certificate and the attacker's."""
    own_certificate = credential(mock).certificate
    other = credential(mock, "hospital").certificate
    return mock.forge().replace_token(token(mock, confirm_certificates(own_certificate, other))).sign()


def key_value_of_another(assertion: etree._Element) -> None:
    numbers = rsa.generate_private_key(65537, 2048).public_key().public_numbers()
    info = confirmation_key_info(assertion)
    value = etree.SubElement(etree.SubElement(info, f"{{{DS}}}KeyValue"), f"{{{DS}}}RSAKeyValue")
    for name, number in (("Modulus", numbers.n), ("Exponent", numbers.e)):
        etree.SubElement(value, f"{{{DS}}}{name}").text = _base64(number)


def holder_of_another_ca(mock: Mock) -> Forge:
    key = mock.credentials().key.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    certificate = certify(mock, key, signer=rsa.generate_private_key(65537, 2048))
    return mock.forge().replace_token(token(mock, confirm_certificates(certificate))).sign()


def expired_holder(mock: Mock) -> Forge:
    key = mock.credentials().key.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    certificate = certify(mock, key, days=(-30, -1))
    return mock.forge().replace_token(token(mock, confirm_certificates(certificate))).sign()


def first_value_commented(assertion: etree._Element) -> None:
    value = attribute(assertion, "urn:be:fgov:person:ssin")[0]
    comment = etree.Comment("")
    text = value.text or ""
    value.text, comment.tail = text[:5], text[5:]
    value.append(comment)


def name_commented(assertion: etree._Element) -> None:
    for name in assertion.iter(saml("NameIdentifier")):
        comment = etree.Comment("")
        text = name.text or ""
        name.text, comment.tail = text[:9], text[9:]
        name.append(comment)


def element_in_value(assertion: etree._Element) -> None:
    etree.SubElement(attribute(assertion)[0], FOREIGN)


def two_values(name: str, second: str) -> Alteration:
    def alter(assertion: etree._Element) -> None:
        etree.SubElement(attribute(assertion, name), saml("AttributeValue")).text = second

    return alter


def twice_the_attribute(assertion: etree._Element) -> None:
    first = attribute(assertion, "urn:be:fgov:person:ssin")
    twin = duplicate(first)
    twin[0].text = "85123199937"
    first.addnext(twin)


def attributes(row: str, rule: str, case: str, *changes: tuple[str, str | None]) -> Break:
    """The physician's token with other attribute values; None leaves the attribute out."""
    values = dict(changes)
    chosen = [
        Attribute(each.namespace, each.name, str(values.get(each.name, each.value)))
        for each in personas()["physician"].attributes
        if values.get(each.name, each.value) is not None
    ]
    return token_broken(row, rule, case, attributes=chosen)


def in_identification_namespace(assertion: etree._Element) -> None:
    attribute(assertion).set("AttributeNamespace", _IDENTIFICATION)


def changed_after_signing(mock: Mock) -> Forge:
    """One character of an attribute, which a signature of STS and holder cannot survive."""
    forge = mock.forge()
    attribute(forge.assertion)[0].text = "true "
    return forge


def pretty_printed(mock: Mock) -> Forge:
    forge = mock.forge()
    etree.indent(forge.assertion)
    return forge


def _base64(number: int) -> str:
    return base64.b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()


_METHODS: Final = {
    "bearer": [f"{_CM}bearer"],
    "sender-vouches": [f"{_CM}sender-vouches"],
    "artifact": [f"{_CM}artifact-01"],
    "holder-of-key and bearer": [HOLDER_OF_KEY, f"{_CM}bearer"],
    "holder-of-key twice": [HOLDER_OF_KEY, HOLDER_OF_KEY],
}

ASSERTION: Final[list[Break]] = [
    broken("H01", "H01", "none", without_token),
    broken("H01", "H01", "two", another_token(lambda forge: forge.security)),
    broken("H01", "H01", "another in Body", another_token(lambda forge: forge.body), signed_again=True),
    broken("H01", "H01", "another in a header block", adding("Header", FOREIGN),
           another_token(lambda forge: at("Header/Block", forge))),
    broken("H01", "H01", "a SAML 2.0 one beside it",
           another_token(lambda forge: forge.security, f"{{{SAML_20}}}Assertion")),
    broken("H01", "H01", "one in the message signature's Object",
           adding("Header/Security/Signature", f"{{{DS}}}Object"),
           another_token(lambda forge: at("Header/Security/Signature/Object", forge))),
    broken("H02", "H01", "SAML 2.0", lambda forge: setattr(forge.assertion, "tag", f"{{{SAML_20}}}Assertion")),
    token_broken("H02", "H02", "2.1", altering(itself, "MajorVersion", "2")),
    token_broken("H02", "H02", "1.0", altering(itself, "MinorVersion", "0")),
    token_broken("H02", "H02", "no version", altering(itself, "MinorVersion", None)),
    broken("H03", "H03", "no AssertionID", setting(_ASSERTION, "AssertionID", None)),
    token_broken("H03", "H03", "an AssertionID that is no NCName", assertion_id="1-2-3"),
    token_broken("H03", "H03", "an AssertionID of 257 characters", assertion_id="_" * 257),
    token_broken("H03", "H03", "no Issuer", altering(itself, "Issuer", None)),
    token_broken("H03", "H03", "no IssueInstant", altering(itself, "IssueInstant", None)),
    token_broken("H03", "H03", "an IssueInstant without zone",
                 altering(itself, "IssueInstant", format_instant(soon(0)).removesuffix("Z"))),
    token_broken("H04", "H04", "an unknown element", adding_to(itself, saml("Statement2"))),
    token_broken("H04", "H04", "an unknown attribute", altering(CONDITIONS, "NotAfter", "2030-01-01T00:00:00Z")),
    token_broken("H04", "H04", "Conditions after the statements",
                 lambda assertion: ATTRIBUTES(assertion).addnext(CONDITIONS(assertion))),
    broken("H05", "H05", "none", lambda forge: forge.assertion.remove(own(forge, ""))),
    broken("H05", "H05", "two", lambda forge: own(forge, "").addnext(duplicate(own(forge, "")))),
    broken("H06", "H06", "two References", second_reference),
    broken("H06", "H06", "another URI", setting(f"{_OWN_SIGNATURE}/SignedInfo/Reference", "URI", "#_other")),
    broken("H06", "H06", "the whole document", setting(f"{_OWN_SIGNATURE}/SignedInfo/Reference", "URI", "")),
    broken("H06", "H06", "other transforms", own_transforms),
    broken("H06", "H06", "an Object", adding(_OWN_SIGNATURE, f"{{{DS}}}Object")),
    broken("H06", "H06", "HMAC",
           setting(f"{_OWN_SIGNATURE}/SignedInfo/SignatureMethod", "Algorithm", f"{DS}hmac-sha1")),
    broken("H06", "H06", "an MD5 digest",
           setting(f"{_OWN_SIGNATURE}/SignedInfo/Reference/DigestMethod", "Algorithm",
                   "http://www.w3.org/2001/04/xmldsig-more#md5")),
    Break("H07", "a certificate of the CA that is not the STS's", "H07", signed_by_holder),
    broken("H07", "H07", "no certificate", no_own_certificate),
    broken("H07", "H07", "two certificates", two_own_certificates),
    token_broken("H08", "H08", "another Issuer", issuer="urn:example:sts"),
    with_times("H09", "H09", "expired", not_on_or_after=-1),
    with_times("H09", "H09", "valid in ten minutes", not_before=600),
    with_times("H09", "H09", "NotBefore after NotOnOrAfter", not_before=120, not_on_or_after=60),
    token_broken("H09", "H09", "a NotBefore that is no dateTime", altering(CONDITIONS, "NotBefore", "now")),
    token_broken("H10", "H10", "no Conditions", removing_from(CONDITIONS)),
    token_broken("H10", "H10", "two Conditions", adding_to(itself, saml("Conditions"))),
    token_broken("H10", "H10", "no NotOnOrAfter", altering(CONDITIONS, "NotOnOrAfter", None)),
    with_times("H11", "H11", "in ten minutes", issue_instant=600),
    token_broken("H12", "H12", "another audience", other_audience),
    token_broken("H13", "H13", "an unknown condition", adding_to(CONDITIONS, saml("Condition"))),
    token_broken("H13", "H13", "a foreign one", adding_to(CONDITIONS, FOREIGN)),
    *(token_broken("H14", "H14", name, confirmation_methods=methods) for name, methods in _METHODS.items()),
    token_broken("H14", "H14", "no confirmation", no_confirmation),
    token_broken("H15", "H15", "different subjects", other_subject),
    Break("H15", "different keys", "H15", other_key_in_second_statement),
    token_broken("H16", "H16", "no KeyInfo", removing_from(confirmation_key_info)),
    token_broken("H16", "H16", "two KeyInfo", second_key_info),
    token_broken("H16", "H16", "an empty KeyInfo", key_info()),
    token_broken("H16", "H16", "KeyName", key_info(f"{{{DS}}}KeyName")),
    token_broken("H16", "H16", "RetrievalMethod", key_info(f"{{{DS}}}RetrievalMethod")),
    token_broken("H16", "H16", "a second confirmation without key", second_confirmation(keep=False)),
    token_broken("S68", "H16", "a SAML reference",
                 key_info("{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
                          "SecurityTokenReference")),
    token_broken("H17", "H16", "certificate and KeyValue differ", key_value_of_another),
    Break("H17", "certificates of two holders", "H16", two_holders),
    Break("H18", "signed by another persona", "H18",
          lambda mock: mock.forge().sign(mock.credentials("hospital").key)),
    broken("H19", "S52", "the signature covers the Timestamp alone",
           lambda forge: forge.signed_info.remove(forge.references[0]), signed_again=True),
    Break("H20", "of an unknown CA", "H20", holder_of_another_ca),
    Break("H20", "expired", "H20-valid", expired_holder, "warn"),
    Break("H21", "a blank in an attribute", "H21", changed_after_signing),
    Break("H21", "pretty-printed", "H21", pretty_printed),
    token_broken("H23", "H23", "a comment in a value", first_value_commented),
    token_broken("H23", "H23", "an element in a value", element_in_value),
    token_broken("H23", "H23", "an Attribute without name",
                 altering(attribute, "AttributeName", "")),
    token_broken("H23", "H23", "an Attribute without namespace", altering(attribute, "AttributeNamespace", None)),
    token_broken("H23", "H23", "an Attribute without value", lambda assertion: attribute(assertion).remove(
        attribute(assertion)[0])),
    token_broken("H24", "H24", "two values", two_values("urn:be:fgov:person:ssin", "85123199937")),
    token_broken("H24", "H24", "the attribute twice", twice_the_attribute),
    *(attributes("H25", "H25", repr(value), (_DOCTOR, value)) for value in ("false", "TRUE", "1", "yes", "")),
    token_broken("H25", "H25", "true and false", two_values(_DOCTOR, "false")),
    attributes("H25", "H25-value", "an empty number",
               ("urn:be:fgov:person:ssin:ehealth:1.0:doctor:nihii11", "")),
    token_broken("H26", "H26", "in the identification namespace", in_identification_namespace),
    attributes("H26", "H26", "none at all", (_DOCTOR, None),
               ("urn:be:fgov:person:ssin:ehealth:1.0:doctor:nihii11", None)),
    attributes("H27", "H27", "nobody", ("urn:be:fgov:person:ssin", None)),
    token_broken("H28", "H23", "a comment in NameIdentifier", name_commented),
    token_broken("H29", "H29", "in ten minutes", authenticated_in_ten_minutes, severity="warn"),
]  # fmt: skip
