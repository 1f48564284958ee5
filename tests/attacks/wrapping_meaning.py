"""A30 to A35: something is signed, but not what is acted upon."""

from collections.abc import Callable

from lxml import etree

from mockserver.namespaces import EXC_C14N, SAML, WSSE, XML, XSI
from tests.attacks.catalogue import attack, harmless
from tests.attacks.forgery import (
    ACTOR,
    FOREIGN,
    WSU_ID,
    canonical,
    evil_body,
    find,
    reference_to,
    set_digest,
    set_transforms,
    sign_value,
    stranger,
    wrapper,
)
from tests.attacks.reference_transforms import FILTER2, XPATH, filter2, xpath
from tests.conftest import Mock
from tests.forge import Forge, duplicate, moved

# A30: the holder himself signs less than the Body, or more than may be signed.

_PARTS: dict[str, Callable[[Forge], etree._Element]] = {
    "operation": lambda forge: forge.operation,
    "criteria": lambda forge: find(forge.body, "Criteria"),
    "last-name": lambda forge: find(forge.body, "LastName"),
    "envelope": lambda forge: forge.root,
    "header": lambda forge: forge.header,
    "security": lambda forge: forge.security,
}


def _sign_part(mock: Mock, part: Callable[[Forge], etree._Element], *, instead: bool) -> Forge:
    forge = mock.forge()
    target = part(forge)
    target.set(WSU_ID, "id-part")
    if instead:
        reference_to(forge, forge.body).set("URI", "#id-part")
        del forge.body.attrib[WSU_ID]
    else:
        forge.add_reference("id-part")
    return forge.sign()


for _name, _part in _PARTS.items():
    for _instead in (True, False):

        def _partly(mock: Mock, part: Callable[[Forge], etree._Element] = _part, instead: bool = _instead) -> Forge:
            return _sign_part(mock, part, instead=instead)

        if _instead or _name != "security":
            attack(
                f"A30-{_name}{'' if _instead else '-too'}",
                soa="SOA-01001",
                rules=("S52",),
                title=f"The holder signs the {_name} {'instead of' if _instead else 'beside'} the Body",
            )(_partly)


@attack("A30-no-body", soa="SOA-01001", rules=("S52",))
def timestamp_alone(mock: Mock) -> Forge:
    """The holder signs the Timestamp alone"""
    forge = mock.forge()
    forge.signed_info.remove(reference_to(forge, forge.body))
    return forge.sign()


@attack("A30-no-timestamp", soa="SOA-01001", rules=("S52",))
def body_alone(mock: Mock) -> Forge:
    """The holder signs the Body alone"""
    forge = mock.forge()
    forge.signed_info.remove(reference_to(forge, forge.timestamp))
    return forge.sign()


@attack("A30-body-twice", soa="SOA-01001", rules=("S52",))
def body_twice(mock: Mock) -> Forge:
    """Two references, both to the Body: the count is right and the Timestamp is not signed"""
    forge = mock.forge()
    reference_to(forge, forge.timestamp).set("URI", f"#{forge.body.get(WSU_ID)}")
    return forge.sign()


# A31: the Body is covered by a signature of another key.


def _second_signature(mock: Mock) -> tuple[Forge, etree._Element]:
    """A request whose own signature covers the Timestamp alone, and a stranger's signature over its Body."""
    forge = mock.forge()
    theirs = duplicate(forge.signature)
    other = Forge(forge.octets(), forge.credentials)
    other.signed_info.remove(reference_to(other, other.timestamp))
    theirs = duplicate(other.sign(stranger()).signature)
    theirs.set("Id", "SIG-stranger")
    forge.signed_info.remove(reference_to(forge, forge.body))
    return forge.sign(), theirs


@attack("A31", soa="SOA-01001", rules=("S30",))
def second_signature_last(mock: Mock) -> Forge:
    """The holder's signature covers the Timestamp; a second one, by a stranger's key, the Body"""
    forge, theirs = _second_signature(mock)
    forge.signature.addnext(theirs)
    return forge


@attack("A31-first", soa="SOA-01001", rules=("S30",))
def second_signature_first(mock: Mock) -> Forge:
    """As A31, the stranger's signature first"""
    forge, theirs = _second_signature(mock)
    forge.signature.addprevious(theirs)
    return forge


@attack("A31-wrapper", soa="SOA-01001", rules=("S30",))
def second_signature_hidden(mock: Mock) -> Forge:
    """As A31, the stranger's signature in a header block"""
    forge, theirs = _second_signature(mock)
    wrapper(forge.header).append(theirs)
    return forge


@attack("A31-other-actor", soa="SOA-01001", rules=("S30",))
def second_signature_for_another(mock: Mock) -> Forge:
    """As A31, the stranger's signature in a Security header for another actor"""
    forge, theirs = _second_signature(mock)
    etree.SubElement(forge.header, f"{{{WSSE}}}Security", {ACTOR: "urn:example:other"}).append(theirs)
    return forge


@attack("A31-complete", soa="SOA-01001", rules=("S30",))
def second_signature_beside_a_complete_one(mock: Mock) -> Forge:
    """The holder's signature covers everything, and a stranger's stands beside it"""
    forge = mock.forge()
    theirs = duplicate(forge.copy().sign(stranger()).signature)
    forge.signature.addnext(theirs)
    return forge


@attack("A31-own-key", soa="SOA-01001", rules=("H18",))
def signed_by_a_stranger(mock: Mock) -> Forge:
    """One signature over everything by a stranger's key, with another Body"""
    forge = mock.forge()
    evil = evil_body(forge)
    evil.set(WSU_ID, forge.body.get(WSU_ID, ""))
    forge.root.replace(forge.body, evil)
    return forge.sign(stranger())


# A32: QName content whose prefix is bound outside of what is signed.


def _typed(mock: Mock, value: str, declaration: str, prefix_list: str = "") -> Forge:
    """A request whose Person carries xsi:type, with one more declaration on the Envelope."""
    forge = mock.forge()
    namespace = etree.QName(find(forge.body, "Person")).namespace
    declared = f'<SOAP-ENV:Envelope {declaration.format(core=namespace)} xmlns:xsi="{XSI}"'
    forge = Forge(forge.octets().replace(b"<SOAP-ENV:Envelope", declared.encode(), 1), forge.credentials)
    find(forge.body, "Person").set(f"{{{XSI}}}type", value)
    if prefix_list:
        (transform,) = set_transforms(reference_to(forge, forge.body), [EXC_C14N])
        etree.SubElement(transform, f"{{{EXC_C14N}}}InclusiveNamespaces", PrefixList=prefix_list)
    return forge.sign()


def _rebound(forge: Forge, declaration: str) -> bytes:
    namespace = etree.QName(find(forge.body, "Person")).namespace
    octets = forge.octets()
    bound = declaration.format(core=namespace).encode()
    assert octets.count(bound) == 1
    return octets.replace(bound, declaration.format(core=FOREIGN).encode())


@attack("A32", soa="SOA-01001", rules=("S38",))
def prefix_bound_outside(mock: Mock) -> Forge:
    """The prefix of an xsi:type in Body is bound on the Envelope, which nobody signs"""
    return _typed(mock, "q:PersonType", 'xmlns:q="{core}"')


@attack("A32-rebound", soa="SOA-01001", rules=("S38",))
def prefix_rebound(mock: Mock) -> bytes:
    """As A32, and the attacker binds the prefix to another namespace; the digest still matches"""
    return _rebound(_typed(mock, "q:PersonType", 'xmlns:q="{core}"'), 'xmlns:q="{core}"')


@attack("A32-default", soa="SOA-01001", rules=("S38",))
def default_namespace_bound_outside(mock: Mock) -> Forge:
    """As A32 without a prefix: the default namespace of the Envelope decides, and exclusive c14n leaves it out"""
    return _typed(mock, "PersonType", 'xmlns="{core}"')


@attack("A32-listed", soa="SOA-01001", rules=("S22",))
def listed_prefix_rebound(mock: Mock) -> bytes:
    """The prefix is in the PrefixList, so that binding it anew breaks the digest"""
    return _rebound(_typed(mock, "q:PersonType", 'xmlns:q="{core}"', "q"), 'xmlns:q="{core}"')


@harmless("A32-covered")
def prefix_used_within(mock: Mock) -> Forge:
    """The prefix of the xsi:type is that of the element itself, which exclusive c14n writes"""
    forge = mock.forge()
    return _typed(mock, f"{find(forge.body, 'Person').prefix}:PersonType", 'xmlns:unused="{core}"')


@harmless("A32-listed-covered")
def prefix_listed(mock: Mock) -> Forge:
    """The prefix of the xsi:type is bound on the Envelope and listed in the PrefixList"""
    return _typed(mock, "q:PersonType", 'xmlns:q="{core}"', "q")


# A33: XPath that finds the old Body wherever it went.


def _found_by(mock: Mock, kind: str, expression: str, declaration: str) -> Forge:
    """The reference selects the Body by XPath; then the Body is swapped and the old one hidden."""
    forge = mock.forge()
    body, reference = forge.body, reference_to(forge, forge.body)
    transforms = set_transforms(reference, [kind, EXC_C14N])
    (xpath if kind == XPATH else filter2)(transforms[0], expression.format(id=body.get(WSU_ID)), declaration)
    set_digest(reference, canonical(body))
    sign_value(forge)
    evil = evil_body(forge)
    forge.root.replace(body, evil)
    moved(body, wrapper(forge.header))
    return forge


_EXPRESSIONS = {
    "descendant": "descendant::*[@*[local-name()='Id']='{id}']",
    "attribute": "//*[@*='{id}']",
    "prefix": "/p:Envelope/p:Header//p:Body",
}
for _kind_name, _kind in {"xpath": XPATH, "filter2": FILTER2}.items():
    for _name, _expression in _EXPRESSIONS.items():

        def _selected(mock: Mock, kind: str = _kind, expression: str = _expression) -> Forge:
            return _found_by(mock, kind, expression, "http://schemas.xmlsoap.org/soap/envelope/")

        attack(
            f"A33-{_kind_name}-{_name}",
            soa="SOA-01001",
            rules=("S46",),
            title=f"The holder's reference selects the Body by {_kind_name} ({_name}), which an attacker moves",
        )(_selected)


# A34: attributes of the namespace xml on ancestors, which inclusive c14n would inherit.

for _name, _value in {"base": "http://127.0.0.1:9/", "lang": "nl", "space": "preserve"}.items():
    for _place in ("envelope", "header", "security"):

        def _with_xml_attribute(mock: Mock, name: str = _name, value: str = _value, place: str = _place) -> Forge:
            forge = mock.forge()
            target = {"envelope": forge.root, "header": forge.header, "security": forge.security}[place]
            target.set(f"{{{XML}}}{name}", value)
            return forge

        harmless(f"A34-{_name}-{_place}", title=f"xml:{_name} on the {_place} changes nothing")(_with_xml_attribute)


# A35: values that a reader of `.text` cuts short.


@attack("A35-entity", soa="SOA-03004", rules=("Q32",))
def value_from_an_entity(mock: Mock) -> bytes:
    """The LastName is an entity"""
    forge = mock.forge()
    find(forge.body, "LastName").text = "ENTITY"
    doctype = b'<!DOCTYPE SOAP-ENV:Envelope [<!ENTITY n "EVIL">]>'
    return doctype + forge.octets().replace(b"ENTITY", b"&n;")


@attack("A35-undeclared-entity", soa="SOA-03001", rules=("Q20",))
def value_from_an_undeclared_entity(mock: Mock) -> bytes:
    """The LastName is an entity that nothing declares"""
    forge = mock.forge()
    find(forge.body, "LastName").text = "ENTITY"
    return forge.octets().replace(b"ENTITY", b"&n;")


@attack("A35-created", soa="SOA-01001", rules=("T2",))
def comment_in_created(mock: Mock) -> Forge:
    """A comment in Created, which canonicalisation drops"""
    forge = mock.forge()
    _insert_comment(forge.created, 10)
    return forge


@attack("A35-name-identifier", soa="SOA-01001", rules=("H23",))
def comment_in_name_identifier(mock: Mock) -> Forge:
    """A comment in the NameIdentifier of the token"""
    forge = mock.forge()
    _insert_comment(find(forge.assertion, "NameIdentifier"), 5)
    return forge


@attack("A35-attribute-value", soa="SOA-01001", rules=("H23",))
def comment_in_attribute_value(mock: Mock) -> Forge:
    """A comment in an AttributeValue of the token"""
    forge = mock.forge()
    _insert_comment(next(forge.assertion.iter(f"{{{SAML}}}AttributeValue")), 5)
    return forge


@attack("A35-number", soa="SOA-03006", rules=("X01",))
def digits_after_a_comment(mock: Mock) -> Forge:
    """The holder's PersonIdentifier is right up to a comment, and goes on after it"""
    forge = mock.forge()
    number = find(forge.body, "PersonIdentifier")
    number.text = f"{number.text}1"
    _insert_comment(number, 11)
    return forge.sign()


@attack("A35-trigger", soa=None, http=200, rules=("M02",))
def trigger_before_a_comment(mock: Mock) -> Forge:
    """A LastName that would be a trigger up to the comment: the whole one has digits, which CBSS refuses"""
    forge = mock.forge()
    name = find(forge.body, "LastName")
    name.text = "MSG00013X"
    _insert_comment(name, 8)
    return forge.sign()


@harmless("A35-comment")
def comment_in_a_name(mock: Mock) -> Forge:
    """An attacker puts a comment into the LastName: canonicalisation drops it, and the whole value counts"""
    forge = mock.forge()
    _insert_comment(find(forge.body, "LastName"), 3)
    return forge


@harmless("A35-cdata")
def value_in_cdata(mock: Mock) -> bytes:
    """An attacker writes the LastName as a CDATA section: the value is the same"""
    forge = mock.forge()
    name = find(forge.body, "LastName").text or ""
    return forge.octets().replace(f">{name}<".encode(), f"><![CDATA[{name[:4]}]]>{name[4:]}<".encode())


def _insert_comment(element: etree._Element, at: int) -> None:
    """Cut the text at `at` and put a comment there."""
    text = element.text or ""
    comment = etree.Comment("x")
    element.text, comment.tail = text[:at], text[at:]
    element.insert(0, comment)
