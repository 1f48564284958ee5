"""Messages whose signature, Timestamp or assertion is broken: each must be refused whatever a policy says.

Each names the essential rules that must see it.
"""

from collections.abc import Callable
from typing import Final

from lxml import etree

from mockserver.instant import SECOND
from mockserver.namespaces import DS, SAML, SAML_20, SOAP, STR_TRANSFORM, WSSE, WSU
from tests.forge import Forge, duplicate, moved
from tests.gateway.conftest import Workshop

Forgery = Callable[[Workshop], Forge]

EXC_C14N_WITH_COMMENTS: Final = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"
XSLT: Final = "http://www.w3.org/TR/1999/REC-xslt-19991116"

FORGERIES: Final[dict[str, tuple[tuple[str, ...], Forgery]]] = {}
"""Name of the forgery to the rules that must see it, and how it is made."""


def forgery(*rules: str) -> Callable[[Forgery], Forgery]:
    """Register a forgery under its name in words."""

    def register(make: Forgery) -> Forgery:
        FORGERIES[make.__name__.replace("_", " ")] = (rules, make)
        return make

    return register


def changed(*rules: str) -> Callable[[Callable[[Forge], object]], None]:
    """Register a change of a valid message, without the holder's key."""

    def register(change: Callable[[Forge], object]) -> None:
        def make(workshop: Workshop) -> Forge:
            forge = workshop.forge()
            change(forge)
            return forge

        FORGERIES[change.__name__.replace("_", " ")] = (rules, make)

    return register


def signed(*rules: str) -> Callable[[Callable[[Forge], object]], None]:
    """Register a change that the holder signs: nothing else is wrong with the message."""

    def register(change: Callable[[Forge], object]) -> None:
        def make(workshop: Workshop) -> Forge:
            forge = workshop.forge()
            change(forge)
            return forge.sign()

        FORGERIES[f"{change.__name__.replace('_', ' ')}, signed"] = (rules, make)

    return register


def _ds(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{DS}}}{name}", attributes)
    element.text = text
    return element


def _attribute(forge: Forge) -> etree._Element:
    found = forge.assertion.find(f"{{{SAML}}}AttributeStatement/{{{SAML}}}Attribute/{{{SAML}}}AttributeValue")
    assert found is not None
    return found


def _part(forge: Forge, path: str) -> etree._Element:
    found = forge.assertion.find("/".join(f"{{{SAML}}}{name}" for name in path.split("/")))
    assert found is not None, path
    return found


def _own_signature(forge: Forge) -> etree._Element:
    found = forge.assertion.find(f"{{{DS}}}Signature")
    assert found is not None
    return found


# Signature


@changed("S22")
def the_body_is_changed(forge: Forge) -> None:
    forge.operation[0][1][0].text = "COVID_LASTNAME_OTHER"


@changed("S22")
def the_timestamp_is_changed(forge: Forge) -> None:
    forge.expires.text = (forge.expires.text or "").replace("Z", "0Z")


@forgery("H18")
def another_key_signs(workshop: Workshop) -> Forge:
    return workshop.forge().sign(workshop.credentials("hospital").key)


@changed("H18")
def signed_info_is_changed(forge: Forge) -> None:
    forge.digest(forge.references[0], forge.timestamp)


@changed("S30")
def there_is_no_signature(forge: Forge) -> None:
    forge.security.remove(forge.signature)


@changed("S30")
def there_are_two_signatures(forge: Forge) -> None:
    forge.security.append(duplicate(forge.signature))


@changed("S54")
def there_are_two_signed_infos(forge: Forge) -> None:
    forge.signature.insert(0, duplicate(forge.signed_info))


@changed("S54")
def comments_are_canonicalised_too(forge: Forge) -> None:
    for method in forge.signature.iter(f"{{{DS}}}CanonicalizationMethod", f"{{{DS}}}Transform"):
        method.set("Algorithm", EXC_C14N_WITH_COMMENTS)


@signed("I11-references")
def there_are_five_references(forge: Forge) -> None:
    for _ in range(3):
        forge.signed_info.append(duplicate(forge.references[0]))


@changed("S42")
def a_reference_points_outside(forge: Forge) -> None:
    forge.references[0].set("URI", "http://127.0.0.1:1/")


@changed("S46")
def a_transform_is_xslt(forge: Forge) -> None:
    forge.references[0][0][0].set("Algorithm", XSLT)


@changed("S49")
def str_transform_has_no_parameters(forge: Forge) -> None:
    forge.references[0][0][0].set("Algorithm", STR_TRANSFORM)


@changed("S45")
def the_algorithm_is_hmac(forge: Forge) -> None:
    forge.signed_info[1].set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")


@changed("S41")
def key_info_holds_a_certificate(forge: Forge) -> None:
    _ds(_ds(forge.signature[2], "X509Data"), "X509Certificate", "AAAA")


@changed("S60")
def key_info_names_another_token(forge: Forge) -> None:
    next(forge.signature.iter(f"{{{WSSE}}}KeyIdentifier")).text = "_another"


@signed("S52")
def the_body_is_not_signed(forge: Forge) -> None:
    forge.signed_info.remove(forge.references[0])


@signed("S52")
def the_timestamp_is_not_signed(forge: Forge) -> None:
    forge.signed_info.remove(forge.references[1])


@changed("S52")
def the_signed_body_is_moved_into_a_header_block(forge: Forge) -> None:
    """rules.md A01."""
    body = forge.body
    evil = duplicate(body)
    del evil.attrib[f"{{{WSU}}}Id"]
    evil[0][0][1][0].text = "COVID_LASTNAME_OTHER"
    moved(body, etree.SubElement(forge.header, "{urn:x}Wrapper"))
    forge.root.append(evil)


@changed("S06")
def two_bodies_have_one_id(forge: Forge) -> None:
    """rules.md A09."""
    moved(duplicate(forge.body), etree.SubElement(forge.header, "{urn:x}Wrapper"))


# Timestamp and header


@changed("S01")
def there_is_no_security_header(forge: Forge) -> None:
    forge.header.remove(forge.security)


@changed("S04")
def a_security_header_stands_in_another_block(forge: Forge) -> None:
    etree.SubElement(etree.SubElement(forge.header, "{urn:x}Wrapper"), f"{{{WSSE}}}Security")


@changed("S10-limit")
def the_security_header_is_crowded(forge: Forge) -> None:
    for _ in range(6):
        etree.SubElement(forge.security, "{urn:x}Block")


@changed("S11")
def there_is_no_timestamp(forge: Forge) -> None:
    forge.security.remove(forge.timestamp)


@changed("S11")
def there_are_two_timestamps(forge: Forge) -> None:
    forge.security.insert(0, duplicate(forge.timestamp))


@changed("S11", "S12")
def the_timestamp_stands_elsewhere(forge: Forge) -> None:
    """rules.md A11."""
    moved(forge.timestamp, etree.SubElement(forge.header, "{urn:x}Wrapper"))


@signed("S13")
def created_is_missing(forge: Forge) -> None:
    forge.timestamp.remove(forge.created)


@signed("S14")
def expires_is_missing(forge: Forge) -> None:
    forge.timestamp.remove(forge.expires)


@signed("T2")
def created_is_no_time(forge: Forge) -> None:
    forge.created.text = "now"


@signed("T3")
def expires_is_created(forge: Forge) -> None:
    forge.expires.text = forge.created.text


@forgery("T5")
def the_message_comes_from_the_future(workshop: Workshop) -> Forge:
    return workshop.forge(now=workshop.now + 301 * SECOND)


@forgery("T6")
def the_message_has_expired(workshop: Workshop) -> Forge:
    return workshop.forge(now=workshop.now - 361 * SECOND)


# Assertion


@changed("H01")
def there_is_no_assertion(forge: Forge) -> None:
    forge.security.remove(forge.assertion)


@changed("H01")
def there_are_two_assertions(forge: Forge) -> None:
    forge.security.insert(1, duplicate(forge.assertion))


@changed("H01")
def an_assertion_of_saml_2_stands_beside(forge: Forge) -> None:
    etree.SubElement(forge.security, f"{{{SAML_20}}}Assertion")


@changed("H02")
def the_assertion_is_of_another_version(forge: Forge) -> None:
    forge.assertion.set("MinorVersion", "0")


@changed("H03")
def the_assertion_has_no_issue_instant(forge: Forge) -> None:
    del forge.assertion.attrib["IssueInstant"]


@changed("H05")
def the_assertion_is_not_signed(forge: Forge) -> None:
    forge.assertion.remove(_own_signature(forge))


@changed("H06")
def the_signature_of_the_assertion_covers_something_else(forge: Forge) -> None:
    next(_own_signature(forge).iter(f"{{{DS}}}Reference")).set("URI", "")


@changed("H07")
def the_assertion_is_signed_by_its_holder(forge: Forge) -> None:
    own = forge.assertion.find(f".//{{{SAML}}}SubjectConfirmation//{{{DS}}}X509Certificate")
    signer = next(_own_signature(forge).iter(f"{{{DS}}}X509Certificate"))
    assert own is not None
    signer.text = own.text


@changed("H08")
def the_issuer_is_unknown(forge: Forge) -> None:
    forge.assertion.set("Issuer", "urn:another:sts")


@changed("H21")
def the_number_in_the_assertion_is_changed(forge: Forge) -> None:
    _attribute(forge).text = "85123199937"


@changed("H09")
def the_assertion_has_expired(forge: Forge) -> None:
    _part(forge, "Conditions").set("NotOnOrAfter", "2020-01-01T00:00:00Z")


@changed("H09")
def the_assertion_is_not_yet_valid(forge: Forge) -> None:
    _part(forge, "Conditions").set("NotBefore", "2099-01-01T00:00:00Z")


@changed("H10")
def the_assertion_never_ends(forge: Forge) -> None:
    forge.assertion.remove(_part(forge, "Conditions"))


@changed("H12")
def the_assertion_is_for_others(forge: Forge) -> None:
    condition = etree.SubElement(_part(forge, "Conditions"), f"{{{SAML}}}AudienceRestrictionCondition")
    etree.SubElement(condition, f"{{{SAML}}}Audience").text = "urn:others"


@changed("H13")
def the_assertion_has_an_unknown_condition(forge: Forge) -> None:
    etree.SubElement(_part(forge, "Conditions"), "{urn:x}Condition")


@changed("H14")
def the_assertion_is_a_bearer_token(forge: Forge) -> None:
    method = _part(forge, "AuthenticationStatement/Subject/SubjectConfirmation/ConfirmationMethod")
    method.text = "urn:oasis:names:tc:SAML:1.0:cm:bearer"


@changed("H16")
def the_confirmation_holds_no_key(forge: Forge) -> None:
    confirmation = _part(forge, "AuthenticationStatement/Subject/SubjectConfirmation")
    confirmation.remove(confirmation[1])


@changed("H15")
def the_statements_speak_of_two_subjects(forge: Forge) -> None:
    _part(forge, "AttributeStatement/Subject/NameIdentifier").text = "CN=SSIN=85123199937"


@changed("H23")
def a_comment_cuts_the_number(forge: Forge) -> None:
    """rules.md A120: canonical form drops the comment, `.text` ends at it."""
    value = _attribute(forge)
    value.append(etree.Comment(""))
    value[0].tail, value.text = (value.text or "")[4:], (value.text or "")[:4]


@changed("H24")
def the_number_occurs_twice(forge: Forge) -> None:
    statement = _part(forge, "AttributeStatement")
    for attribute in statement.findall(f"{{{SAML}}}Attribute")[:2]:
        other = duplicate(attribute)
        other[0].text = "85123199937"
        statement.append(other)


@changed("Q39")
def the_signed_body_has_a_second_child(forge: Forge) -> None:
    forge.body.append(duplicate(forge.operation))


@changed("Q31")
def a_second_body_follows(forge: Forge) -> None:
    evil = etree.SubElement(forge.root, f"{{{SOAP}}}Body")
    evil.append(duplicate(forge.operation))
