"""A25 to A29: one id in two places, and attributes that one library takes for an id and another does not."""

from lxml import etree

from mockserver.namespaces import XML
from tests.attacks.catalogue import attack, harmless
from tests.attacks.forgery import WSU_ID, find, name_token, part, reference_to, sign_value, swap_body, wrapper
from tests.attacks.tokens import token
from tests.conftest import Mock
from tests.forge import Forge

_UNIQUE = ("S06",)


@attack("A25", soa="SOA-01001", rules=_UNIQUE)
def on_security(mock: Mock) -> Forge:
    """Security carries the wsu:Id of Body"""
    forge = mock.forge()
    forge.security.set(WSU_ID, forge.body.get(WSU_ID, ""))
    return forge


@attack("A25-grandchild", soa="SOA-01001", rules=_UNIQUE)
def on_a_grandchild_of_body(mock: Mock) -> Forge:
    """An element deep in Body carries the wsu:Id of Body, and the holder signs it so"""
    forge = mock.forge()
    find(forge.body, "Person").set(WSU_ID, forge.body.get(WSU_ID, ""))
    return forge.sign()


@attack("A25-operation", soa="SOA-01001", rules=_UNIQUE)
def on_the_operation(mock: Mock) -> Forge:
    """The operation carries the wsu:Id of Body, and the holder signs it so"""
    forge = mock.forge()
    forge.operation.set(WSU_ID, forge.body.get(WSU_ID, ""))
    return forge.sign()


@attack("A25-signature", soa="SOA-01001", rules=_UNIQUE)
def on_the_signature(mock: Mock) -> Forge:
    """The signature's own Id is that of Body"""
    forge = mock.forge()
    forge.signature.set("Id", forge.body.get(WSU_ID, ""))
    return forge


@attack("A25-key-info", soa="SOA-01001", rules=_UNIQUE)
def on_the_key_info(mock: Mock) -> Forge:
    """KeyInfo carries the id of the Timestamp"""
    forge = mock.forge()
    part(forge, "KeyInfo").set("Id", forge.timestamp.get(WSU_ID, ""))
    return forge


@attack("A25-block", soa="SOA-01001", rules=_UNIQUE)
def on_a_header_block(mock: Mock) -> Forge:
    """A foreign header block, which might be signed, carries the id of Body"""
    forge = mock.forge()
    wrapper(forge.header, **{WSU_ID: forge.body.get(WSU_ID, "")})
    return forge


@attack("A25-body-and-timestamp", soa="SOA-01001", rules=_UNIQUE)
def body_and_timestamp(mock: Mock) -> Forge:
    """Body and Timestamp share one id, both references name it, and the holder signs it so"""
    forge = mock.forge()
    shared = forge.body.get(WSU_ID, "")
    forge.timestamp.set(WSU_ID, shared)
    for reference in forge.references:
        reference.set("URI", f"#{shared}")
    return forge.sign()


@attack("A25-token", soa="SOA-01001", rules=_UNIQUE)
def body_and_token(mock: Mock) -> Forge:
    """The token's AssertionID is the wsu:Id of Body, signed so by STS and holder"""
    forge = mock.forge()
    return forge.replace_token(token(mock, assertion_id=forge.body.get(WSU_ID, ""))).sign()


for _name in ("Id", "ID", "id", f"{{{XML}}}id", "AssertionID"):

    def _evil_body_with(mock: Mock, attribute: str = _name) -> Forge:
        forge = mock.forge()
        evil, signed = swap_body(forge, wrapper(forge.header))
        evil.set(attribute, signed.get(WSU_ID, ""))
        return forge

    attack(
        f"A26-{etree.QName(_name).localname}{'-xml' if _name.startswith('{') else ''}",
        soa="SOA-01001",
        rules=("S06", "S52"),
        title=f"The Body carries the signed one's id in the attribute {_name}",
    )(_evil_body_with)


@attack("A26-timestamp", soa="SOA-01001", rules=("S52",))
def timestamp_by_another_attribute(mock: Mock) -> Forge:
    """The Timestamp's id is an unqualified Id, and the holder signs it so: only wsu:Id is an id on a Timestamp"""
    forge = mock.forge()
    forge.timestamp.set("Id", forge.timestamp.attrib.pop(WSU_ID))
    for reference in forge.references:
        if reference.get("URI") == f"#{forge.timestamp.get('Id')}":
            forge.digest(reference, forge.timestamp)
        else:
            forge.digest(reference)
    return sign_value(forge)


@attack("A26-body", soa="SOA-01001", rules=("S52",))
def body_by_another_attribute(mock: Mock) -> Forge:
    """As for the Timestamp, with the Body and xml:id"""
    forge = mock.forge()
    forge.body.set(f"{{{XML}}}id", forge.body.attrib.pop(WSU_ID))
    for reference in forge.references:
        is_body = reference.get("URI") == f"#{forge.body.get(f'{{{XML}}}id')}"
        forge.digest(reference, forge.body if is_body else None)
    return sign_value(forge)


_DOCTYPE = "<!DOCTYPE SOAP-ENV:Envelope [<!ATTLIST {name} {attribute} ID #IMPLIED>]>"


@attack("A27", soa="SOA-03004", rules=("Q32",))
def id_by_dtd(mock: Mock) -> bytes:
    """An internal DTD declares an attribute of the evil Body to be its id"""
    forge = mock.forge()
    evil, signed = swap_body(forge, wrapper(forge.header))
    evil.set("key", signed.get(WSU_ID, ""))
    return _DOCTYPE.format(name="SOAP-ENV:Body", attribute="key").encode() + forge.octets()


@attack("A27-operation", soa="SOA-03004", rules=("Q32",))
def business_id_by_dtd(mock: Mock) -> bytes:
    """An internal DTD declares the business attribute Id to be an id"""
    return _DOCTYPE.format(name="p:GenerateCovidIdRequest", attribute="Id").encode() + mock.forge().octets()


@attack("A28", soa="SOA-01001", rules=("H21",))
def second_id_on_the_token(mock: Mock) -> Forge:
    """The token gets a wsu:Id beside its AssertionID, and the holder signs it by that: the STS's signature breaks"""
    forge = mock.forge()
    forge.assertion.set(WSU_ID, "id-token")
    forge.add_reference("id-token")
    return forge.sign()


@attack("A28-signed", soa="SOA-01001", rules=("S52",))
def second_id_signed_by_the_sts(mock: Mock) -> Forge:
    """The STS itself wrote a wsu:Id on the token and the holder signs by it: an assertion's id is its AssertionID"""
    forge = mock.forge().replace_token(token(mock, lambda assertion: assertion.set(WSU_ID, "id-token")))
    forge.add_reference("id-token")
    return forge.sign()


@attack("A28-named", soa="SOA-01001", rules=("S60",))
def key_info_names_the_second_id(mock: Mock) -> Forge:
    """The STS itself wrote a wsu:Id on the token, and KeyInfo names that"""
    forge = mock.forge().replace_token(token(mock, lambda assertion: assertion.set(WSU_ID, "id-token")))
    name_token(forge, "id-token")
    return forge


@attack("A28-of-body", soa="SOA-01001", rules=_UNIQUE)
def second_id_is_that_of_body(mock: Mock) -> Forge:
    """The wsu:Id that the STS wrote on the token is that of Body"""
    forge = mock.forge()
    shared = forge.body.get(WSU_ID, "")
    return forge.replace_token(token(mock, lambda assertion: assertion.set(WSU_ID, shared))).sign()


@attack("A28-unused", soa="SOA-01001", rules=("H04",))
def second_id_unused(mock: Mock) -> Forge:
    """The STS itself wrote a wsu:Id on the token, and everybody names the AssertionID: SAML's schema has none"""
    forge = mock.forge().replace_token(token(mock, lambda assertion: assertion.set(WSU_ID, "id-token")))
    forge.add_reference(forge.assertion.get("AssertionID", ""))
    return forge.sign()


@harmless("A29")
def business_id_like_body(mock: Mock) -> Forge:
    """The business attribute Id equals the wsu:Id of Body, which decisions 4 allow"""
    forge = mock.forge()
    forge.operation.set("Id", forge.body.get(WSU_ID, ""))
    return forge.sign()


@harmless("A29-timestamp")
def business_id_like_timestamp(mock: Mock) -> Forge:
    """The business attribute Id equals the wsu:Id of the Timestamp"""
    forge = mock.forge()
    forge.operation.set("Id", forge.timestamp.get(WSU_ID, ""))
    return forge.sign()


@harmless("A29-token")
def business_id_like_token(mock: Mock) -> Forge:
    """The business attribute Id equals the AssertionID"""
    forge = mock.forge()
    forge.operation.set("Id", forge.assertion.get("AssertionID", ""))
    return forge.sign()


@harmless("A29-comment")
def business_id_after_a_comment(mock: Mock) -> Forge:
    """As A29, with a comment before the operation in Body"""
    forge = mock.forge()
    forge.operation.set("Id", forge.body.get(WSU_ID, ""))
    forge.body.insert(0, etree.Comment("before the operation"))
    forge.digest(reference_to(forge, forge.body))
    return sign_value(forge)


@attack("A29-reference", soa="SOA-01001", rules=("S52",))
def business_id_alone(mock: Mock) -> Forge:
    """The only element with the id that SignedInfo names is the operation, by its business attribute Id"""
    forge = mock.forge()
    named = forge.body.attrib.pop(WSU_ID)
    forge.operation.set("Id", named)
    for reference in forge.references:
        forge.digest(reference, forge.operation if reference.get("URI") == f"#{named}" else None)
    return sign_value(forge)
