"""A61: KeyInfo that names another token than the one in the header, or names it by other means."""

from typing import Final

from lxml import etree

from mockserver.namespaces import SAML, SAML_TOKEN_TYPE, WSSE, WSSE_11
from tests.attacks.catalogue import attack
from tests.attacks.collaborator import collaborator
from tests.attacks.forgery import ACTOR, BASE64_BINARY, WSU_ID, b64, name_token, part
from tests.attacks.tokens import token
from tests.conftest import Mock
from tests.forge import Forge

_SAML_20_ID: Final = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLID"

# A61: the KeyIdentifier names another token, one that is valid.

_OTHER_PERSONA: Final = "hospital"


def _two_tokens(mock: Mock, *, other_first: bool, names_other: bool) -> Forge:
    """The physician's message with a second valid token in it, of another holder."""
    forge = mock.forge()
    other = etree.fromstring(token(mock, persona=_OTHER_PERSONA))
    if other_first:
        forge.assertion.addprevious(other)
    else:
        forge.assertion.addnext(other)
    if names_other:
        name_token(forge, other.get("AssertionID", ""))
    return forge


for _first in (True, False):
    for _names in (True, False):

        def _tokens(mock: Mock, first: bool = _first, names: bool = _names) -> Forge:
            return _two_tokens(mock, other_first=first, names_other=names)

        attack(
            f"A61-{'first' if _first else 'last'}-{'named' if _names else 'unnamed'}",
            soa="SOA-01001",
            rules=("H01",),
            title="A second valid token, of another holder, "
            f"{'before' if _first else 'after'} the first, {'' if _names else 'not '}named by KeyInfo",
        )(_tokens)


@attack("A61-other-holder", soa="SOA-01001", rules=("H18",))
def token_of_another_holder(mock: Mock) -> Forge:
    """The one token is valid and named, and its holder is somebody else"""
    return mock.forge().replace_token(token(mock, persona=_OTHER_PERSONA))


@attack("A61-absent", soa="SOA-01001", rules=("S60",))
def names_an_absent_token(mock: Mock) -> Forge:
    """KeyInfo names an assertion that is not there"""
    forge = mock.forge()
    name_token(forge, "_absent")
    return forge


def _identifier(forge: Forge) -> etree._Element:
    return part(forge, "KeyInfo")[0][0]


@attack("A61-saml-20", soa="SOA-01001", rules=("S60",))
def value_type_of_saml_20(mock: Mock) -> Forge:
    """The ValueType is that of SAML 2.0 (R6603)"""
    forge = mock.forge()
    _identifier(forge).set("ValueType", _SAML_20_ID)
    return forge


@attack("A61-no-value-type", soa="SOA-01001", rules=("S60",))
def no_value_type(mock: Mock) -> Forge:
    """The KeyIdentifier has no ValueType (R6602)"""
    forge = mock.forge()
    del _identifier(forge).attrib["ValueType"]
    return forge


@attack("A61-other-token-type", soa="SOA-01001", rules=("S65",))
def other_token_type(mock: Mock) -> Forge:
    """The TokenType is that of SAML 2.0 (R6611)"""
    forge = mock.forge()
    part(forge, "KeyInfo")[0].set(f"{{{WSSE_11}}}TokenType", SAML_TOKEN_TYPE.replace("V1.1", "V2.0"))
    return forge


@attack("A61-comment", soa="SOA-01001", rules=("S60",))
def comment_in_the_identifier(mock: Mock) -> Forge:
    """A comment in the KeyIdentifier, before which another id stands (R6605)"""
    forge = mock.forge()
    identifier = _identifier(forge)
    comment = etree.Comment("x")
    comment.tail = (identifier.text or "")[5:]
    identifier.text = (identifier.text or "")[:5]
    identifier.append(comment)
    return forge


@attack("A61-base64", soa="SOA-01001", rules=("S60",))
def base64_identifier(mock: Mock) -> Forge:
    """The KeyIdentifier is the base64 of the AssertionID"""
    forge = mock.forge()
    identifier = _identifier(forge)
    identifier.set("EncodingType", BASE64_BINARY)
    identifier.text = b64((identifier.text or "").encode())
    return forge


@attack("A61-no-break-space", soa="SOA-01001", rules=("S60",))
def blank_that_is_none(mock: Mock) -> Forge:
    """A no-break space behind the AssertionID is no XML white space"""
    forge = mock.forge()
    identifier = _identifier(forge)
    identifier.text = f"{identifier.text}\u00a0"
    return forge


@attack("A61-direct", soa="SOA-01001", rules=("S66",))
def direct_reference(mock: Mock) -> Forge:
    """The token is named by a direct wsse:Reference (R6610)"""
    return with_direct_reference(mock.forge(), "#{id}")


@attack("A61-direct-other", soa="SOA-01001", rules=("S60",), profile="lenient")
def direct_reference_to_another(mock: Mock) -> Forge:
    """As A61-direct in profile lenient, to something else"""
    forge = mock.forge()
    return with_direct_reference(forge, f"#{forge.body.get(WSU_ID)}")


@attack("A61-direct-external", soa="SOA-01001", rules=("S60",), profile="lenient")
def direct_reference_to_a_host(mock: Mock) -> Forge:
    """As A61-direct in profile lenient, to another host"""
    return with_direct_reference(mock.forge(), f"{collaborator().url()}#{{id}}")


@attack("A61-embedded", soa="SOA-01001", rules=("H01",))
def embedded_token(mock: Mock) -> Forge:
    """The token stands in the SecurityTokenReference, Embedded"""
    forge = mock.forge()
    reference = part(forge, "KeyInfo")[0]
    reference[:] = []
    etree.SubElement(reference, f"{{{WSSE}}}Embedded").append(forge.assertion)
    return forge


@attack("A61-authority-binding", soa="SOA-01001", rules=("S60",))
def authority_binding(mock: Mock) -> Forge:
    """An AuthorityBinding says where to fetch the assertion (R6606)"""
    forge = mock.forge()
    reference = part(forge, "KeyInfo")[0]
    binding = {"AuthorityKind": "samlp:AssertionIdReference", "Binding": "urn:b", "Location": collaborator().url()}
    reference.insert(0, etree.Element(f"{{{SAML}}}AuthorityBinding", binding))
    return forge


@attack("A61-authority-binding-alone", soa="SOA-01001", rules=("S60",))
def authority_binding_alone(mock: Mock) -> Forge:
    """As before, with nothing else in the SecurityTokenReference"""
    forge = mock.forge()
    reference = part(forge, "KeyInfo")[0]
    reference[:] = [etree.Element(f"{{{SAML}}}AuthorityBinding", {"Location": collaborator().url()})]
    return forge


@attack("A61-other-header", soa="SOA-01001", rules=("H01",))
def token_in_another_security_header(mock: Mock) -> Forge:
    """The token stands in a Security header for another actor (R3066)"""
    forge = mock.forge()
    other = etree.SubElement(forge.header, f"{{{WSSE}}}Security", {ACTOR: "urn:example:other"})
    other.append(forge.assertion)
    return forge


def with_direct_reference(forge: Forge, uri: str) -> Forge:
    """Let KeyInfo name the token by a wsse:Reference; {id} stands for the AssertionID."""
    reference = part(forge, "KeyInfo")[0]
    reference[:] = []
    named = uri.replace("{id}", forge.assertion.get("AssertionID", ""))
    etree.SubElement(reference, f"{{{WSSE}}}Reference", URI=named)
    return forge
