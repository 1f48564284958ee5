"""The message signature, its algorithms and its reference to the token: rows S30 to S71 (`rules.md` 4.3 to 4.5)."""

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from mockserver.namespaces import (
    DS,
    ENVELOPED_SIGNATURE,
    EXC_C14N,
    SAML,
    SAML_ASSERTION_ID,
    STR_TRANSFORM,
    WSSE,
    WSSE_11,
    XENC,
    XSD,
    XSI,
)
from tests.attacks.tokens import confirm_rsa, held_with, token
from tests.conftest import Mock
from tests.forge import Forge, Mutation, duplicate
from tests.rules.breaks import FOREIGN, WSU_ID, Break, adding, at, broken, removing, setting, writing

_SIGNATURE: Final = "Header/Security/Signature"
_SIGNED_INFO: Final = f"{_SIGNATURE}/SignedInfo"
_REFERENCE: Final = f"{_SIGNED_INFO}/Reference"
_TRANSFORMS: Final = f"{_REFERENCE}/Transforms"
_TRANSFORM: Final = f"{_TRANSFORMS}/Transform"
_KEY_INFO: Final = f"{_SIGNATURE}/KeyInfo"
_STR: Final = f"{_KEY_INFO}/SecurityTokenReference"
_KEY_IDENTIFIER: Final = f"{_STR}/KeyIdentifier"

_INCLUSIVE: Final = f"{{{EXC_C14N}}}InclusiveNamespaces"
_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_TR: Final = "http://www.w3.org/TR/"


def ds(name: str) -> str:
    return f"{{{DS}}}{name}"


def unsigned(part: Callable[[Forge], etree._Element]) -> Mutation:
    """Take away the Reference to Body or Timestamp."""

    def change(forge: Forge) -> None:
        uri = f"#{part(forge).get(WSU_ID)}"
        (reference,) = [each for each in forge.references if each.get("URI") == uri]
        forge.signed_info.remove(reference)

    return change


def referring(uri: str | None) -> Mutation:
    """Another URI in the first Reference."""
    return setting(_REFERENCE, "URI", uri)


def extra_reference(target: Callable[[Forge], str]) -> Mutation:
    def change(forge: Forge) -> None:
        forge.add_reference(target(forge))

    return change


def signed_block(forge: Forge) -> None:
    etree.SubElement(forge.header, FOREIGN).set(WSU_ID, "block")
    forge.add_reference("block")


def key_info_referred(forge: Forge) -> None:
    """R3003: a part of the Signature as the target of a Reference."""
    at(_KEY_INFO, forge).set(WSU_ID, "key-info")
    forge.add_reference("key-info")


def operation_referred(forge: Forge) -> None:
    """The operation is signed instead of Body."""
    forge.operation.set(WSU_ID, "operation")
    forge.references[0].set("URI", "#operation")


def many_references(forge: Forge) -> None:
    for _ in range(3):
        forge.add_reference(forge.timestamp.get(WSU_ID) or "")


def no_reference(forge: Forge) -> None:
    for reference in forge.references:
        forge.signed_info.remove(reference)


def token_after_signature(forge: Forge) -> None:
    forge.security.append(forge.assertion)


def second_signed_info(forge: Forge) -> None:
    forge.signed_info.addnext(duplicate(forge.signed_info))


def comment_in(path: str) -> Mutation:
    """Before the value, which then follows the comment: a reader of the first text sees nothing."""

    def change(forge: Forge) -> None:
        element = at(path, forge)
        comment = etree.Comment("real")
        comment.tail, element.text = element.text, None
        element.insert(0, comment)

    return change


def str_transform(*, parameters: bool, method: str = EXC_C14N) -> Mutation:
    """A Reference to the token through STR-Transform."""

    def change(forge: Forge) -> None:
        identifier = at(_STR, forge).get(WSU_ID) or ""
        reference = forge.add_reference(identifier, algorithm=STR_TRANSFORM)
        transform = reference[0][0]
        if parameters:
            holder = etree.SubElement(transform, f"{{{WSSE}}}TransformationParameters")
            etree.SubElement(holder, ds("CanonicalizationMethod"), Algorithm=method)

    return change


def transform(algorithm: str) -> Break:
    row = "S44" if "filter2" in algorithm else "S46"
    name = algorithm.rpartition("/")[2]
    return broken(row, "S46", name, setting(_TRANSFORM, "Algorithm", algorithm))


def signature_method(algorithm: str) -> Break:
    return broken(
        "4.4", "S45", algorithm.rpartition("#")[2], setting(f"{_SIGNED_INFO}/SignatureMethod", "Algorithm", algorithm)
    )


def digest_method(algorithm: str) -> Break:
    name = f"digest {algorithm.rpartition('#')[2]}"
    return broken("4.4", "S45", name, setting(f"{_REFERENCE}/DigestMethod", "Algorithm", algorithm))


def held_by(key: Callable[[], rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey], method: str) -> Callable[[Mock], Forge]:
    return lambda mock: held_with(mock, key(), f"{_MORE}{method}")


def rsa_key(bits: int, exponent: int = 65537) -> Callable[[], rsa.RSAPrivateKey]:
    return lambda: rsa.generate_private_key(exponent, bits)


def tiny_exponent(mock: Mock) -> Forge:
    numbers = mock.credentials().key.public_key().public_numbers()
    assert isinstance(numbers, rsa.RSAPublicNumbers)
    return mock.forge().replace_token(token(mock, confirm_rsa(numbers.n, 3))).sign()


def algorithm_of_another_family(mock: Mock) -> Forge:
    forge = mock.forge()
    setting(f"{_SIGNED_INFO}/SignatureMethod", "Algorithm", f"{_MORE}ecdsa-sha256")(forge)
    return forge


def type_by_prefix_of_the_envelope(mock: Mock) -> Forge:
    """What xsi:type means is said on the Envelope, where exclusive c14n leaves it out: anybody may say otherwise."""
    forge = mock.forge()
    octets = forge.octets().replace(b"<SOAP-ENV:Envelope ", f'<SOAP-ENV:Envelope xmlns:s="{XSD}" '.encode(), 1)
    forge = Forge(octets, forge.credentials)
    (last_name,) = [each for each in forge.operation.iter("*") if etree.QName(each).localname == "LastName"]
    last_name.set(f"{{{XSI}}}type", "s:string")
    return forge.sign()


def type_behind_harmless_ones(mock: Mock) -> Forge:
    """One of them stands outside Body, one has no prefix and no default namespace that it could lose."""
    forge = type_by_prefix_of_the_envelope(mock)
    forge.header.set(f"{{{XSI}}}type", "s:string")
    forge.operation.set(f"{{{XSI}}}type", "harmless")
    return forge.sign()


def by_other_key(mock: Mock) -> Forge:
    return mock.forge().sign(rsa.generate_private_key(65537, 2048))


def str_child(child: str, **attributes: str) -> Mutation:
    """Replace what the SecurityTokenReference holds."""

    def change(forge: Forge) -> None:
        reference = at(_STR, forge)
        reference[:] = [etree.Element(child, attributes)]

    return change


def direct_reference(forge: Forge) -> None:
    reference = at(_STR, forge)
    reference[:] = [etree.Element(f"{{{WSSE}}}Reference", URI=f"#{forge.assertion.get('AssertionID')}")]


def key_info_holds(*children: str) -> Mutation:
    def change(forge: Forge) -> None:
        at(_KEY_INFO, forge)[:] = [etree.Element(ds(child)) for child in children]

    return change


def token_in_another_header(forge: Forge) -> None:
    other = etree.SubElement(forge.header, f"{{{WSSE}}}Security")
    other.set("{http://schemas.xmlsoap.org/soap/envelope/}actor", "urn:example:node")
    other.append(forge.assertion)


def object_with(child: str) -> Mutation:
    def change(forge: Forge) -> None:
        etree.SubElement(etree.SubElement(forge.signature, ds("Object")), child)

    return change


SIGNATURE: Final[list[Break]] = [
    broken("S30", "S30", "none", removing(_SIGNATURE)),
    broken("S30", "S30", "two", lambda forge: forge.signature.addnext(duplicate(forge.signature))),
    broken("S30", "S30", "another in a header block", adding("Header", FOREIGN),
           adding("Header/Block", ds("Signature"))),
    broken("S31", "S54", "an Object", adding(_SIGNATURE, ds("Object"))),
    broken("S31", "S52", "a target inside the signature", key_info_referred, signed_again=True),
    broken("S32", "S46", "enveloped-signature", setting(_TRANSFORM, "Algorithm", ENVELOPED_SIGNATURE)),
    broken("S33", "S54", "a Manifest", object_with(ds("Manifest"))),
    broken("S34", "S54", "EncryptedData in the signature", object_with(f"{{{XENC}}}EncryptedData")),
    broken("S34", "S09", "EncryptedData in the signature", object_with(f"{{{XENC}}}EncryptedData")),
    broken("S35", "S54", "with comments",
           setting(f"{_SIGNED_INFO}/CanonicalizationMethod", "Algorithm", f"{EXC_C14N}WithComments")),
    broken("S35", "S54", "inclusive",
           setting(f"{_SIGNED_INFO}/CanonicalizationMethod", "Algorithm", f"{_TR}2001/REC-xml-c14n-20010315")),
    broken("S36", "S36", "an empty PrefixList in SignedInfo",
           adding(f"{_SIGNED_INFO}/CanonicalizationMethod", _INCLUSIVE, PrefixList=""), signed_again=True,
           severity="warn"),
    Break("S38", "a prefix that stands in a value alone", "S38", type_by_prefix_of_the_envelope),
    Break("S38", "the same behind harmless ones", "S38", type_behind_harmless_ones),
    broken("S39", "S54", "HMACOutputLength", adding(f"{_SIGNED_INFO}/SignatureMethod", ds("HMACOutputLength"))),
    broken("S40", "S40", "the token after the signature", token_after_signature, severity="warn"),
    broken("S41", "S41", "X509Data instead", key_info_holds("X509Data")),
    broken("S41", "S41", "KeyValue beside it", adding(_KEY_INFO, ds("KeyValue"))),
    broken("S41", "S41", "nothing", key_info_holds()),
    broken("S41", "S54", "no KeyInfo", removing(_KEY_INFO)),
    broken("S42", "S42", "empty", referring("")),
    broken("S42", "S42", "absent", referring(None)),
    broken("S42", "S42", "a fragment alone", referring("#")),
    broken("S42", "S42", "http", referring("http://127.0.0.1/body")),
    broken("S42", "S07", "an XPointer", referring("#xpointer(/)")),
    broken("S43", "S52", "KeyInfo", key_info_referred, signed_again=True),
    transform("http://www.w3.org/2002/06/xmldsig-filter2"),
    broken("S45", "S54", "no Transforms", removing(_TRANSFORMS), signed_again=True),
    broken("S45", "S46", "no Transform in it", removing(_TRANSFORM), signed_again=True),
    broken("S46", "S46", "two", adding(_TRANSFORMS, ds("Transform"), Algorithm=EXC_C14N), signed_again=True),
    *(transform(algorithm) for algorithm in (
        f"{EXC_C14N}WithComments", f"{_TR}2001/REC-xml-c14n-20010315", "http://www.w3.org/2006/12/xml-c14n11",
        f"{_TR}1999/REC-xpath-19991116", f"{_TR}1999/REC-xslt-19991116", "http://www.w3.org/2000/09/xmldsig#base64",
        "http://www.w3.org/2002/07/decrypt#XML",
        "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Content-Signature-Transform", "")),
    broken("S47", "S46", "the last is none of the two", adding(_TRANSFORMS, ds("Transform"), Algorithm="urn:x")),
    broken("S48", "S36", "an empty PrefixList in a transform", adding(_TRANSFORM, _INCLUSIVE, PrefixList=""),
           signed_again=True, severity="warn"),
    broken("S49", "S49", "no parameters", str_transform(parameters=False), signed_again=True),
    broken("S49", "S49", "inclusive", str_transform(parameters=True, method=f"{_TR}2001/REC-xml-c14n-20010315"),
           signed_again=True),
    broken("S52", "S52", "Body is not signed", unsigned(lambda forge: forge.body), signed_again=True),
    broken("S52", "S52", "the Timestamp is not signed", unsigned(lambda forge: forge.timestamp), signed_again=True),
    broken("S52", "S52", "a Reference to nothing", referring("#nowhere")),
    broken("S52", "S52-other", "a header block is signed", signed_block, signed_again=True, severity="warn"),
    broken("S52", "S52-twice", "Body twice", extra_reference(lambda forge: forge.body.get(WSU_ID) or ""),
           signed_again=True, severity="warn"),
    broken("S52", "S52-token", "the token is not signed", severity="info"),
    broken("S52", "I11-references", "five References", many_references, signed_again=True),
    broken("S53", "S52", "a descendant of Body", operation_referred, signed_again=True),
    broken("S54", "S54", "two SignedInfo", second_signed_info),
    broken("S54", "S54", "two SignatureValue",
           lambda forge: at(f"{_SIGNATURE}/SignatureValue", forge).addnext(etree.Element(ds("SignatureValue")))),
    broken("S54", "S54", "a comment in DigestValue", comment_in(f"{_REFERENCE}/DigestValue"), signed_again=True),
    broken("S54", "S54", "a comment in SignatureValue", comment_in(f"{_SIGNATURE}/SignatureValue")),
    broken("S54", "S54", "an element in DigestValue", adding(f"{_REFERENCE}/DigestValue", FOREIGN)),
    broken("S54", "S54", "no Reference", no_reference, signed_again=True),
    broken("S54", "S54", "a DigestValue of 3000 characters", writing(f"{_REFERENCE}/DigestValue", "A" * 3000)),
]  # fmt: skip

ALGORITHMS: Final[list[Break]] = [
    *(signature_method(algorithm) for algorithm in (
        f"{DS}hmac-sha1", f"{_MORE}hmac-sha256", f"{DS}dsa-sha1", f"{_MORE}rsa-md5", f"{_MORE}rsa-ripemd160",
        f"{_MORE}RSA-SHA256", "")),
    *(digest_method(algorithm) for algorithm in (
        f"{_MORE}md5", f"{_MORE}sha224", "http://www.w3.org/2001/04/xmlenc#ripemd160", "")),
    Break("4.4", "an algorithm for another kind of key", "H18", algorithm_of_another_family),
    Break("4.4", "RSA of 1024 bits", "H16", held_by(rsa_key(1024), "rsa-sha256")),
    Break("4.4", "RSA with exponent 3", "H16", tiny_exponent),
    Break("4.4", "EC on P-192", "H16", held_by(lambda: ec.generate_private_key(ec.SECP192R1()), "ecdsa-sha256")),
    broken("S51", "SHA1", "RSA-SHA1", setting(f"{_SIGNED_INFO}/SignatureMethod", "Algorithm", f"{DS}rsa-sha1"),
           signed_again=True, severity="warn"),
    broken("S51", "SHA1", "a SHA-1 digest", setting(f"{_REFERENCE}/DigestMethod", "Algorithm", f"{DS}sha1"),
           signed_again=True, severity="warn"),
]  # fmt: skip

TOKEN_REFERENCE: Final[list[Break]] = [
    broken("S60", "S60", "two KeyIdentifiers",
           lambda forge: at(_KEY_IDENTIFIER, forge).addnext(duplicate(at(_KEY_IDENTIFIER, forge)))),
    broken("S60", "S60", "nothing", removing(_KEY_IDENTIFIER)),
    broken("S60", "S60", "another token", writing(_KEY_IDENTIFIER, "_other")),
    broken("S61", "S60", "no ValueType", setting(_KEY_IDENTIFIER, "ValueType", None)),
    broken("S62", "S60", "SAML 2.0",
           setting(_KEY_IDENTIFIER, "ValueType", "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLID")),
    broken("S62", "S60", "1.1 where the URI has 1.0",
           setting(_KEY_IDENTIFIER, "ValueType", SAML_ASSERTION_ID.replace("1.0", "1.1"))),
    broken("S63", "S63", "EncodingType",
           setting(_KEY_IDENTIFIER, "EncodingType",
                   "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"),
           severity="warn"),
    broken("S64", "S60", "a comment in the value", comment_in(_KEY_IDENTIFIER)),
    broken("S64", "S60", "an element in the value", adding(_KEY_IDENTIFIER, FOREIGN)),
    broken("S65", "S65-present", "none", setting(_STR, f"{{{WSSE_11}}}TokenType", None), severity="warn"),
    broken("S65", "S65", "that of SAML 2.0",
           setting(_STR, f"{{{WSSE_11}}}TokenType",
                   "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV2.0")),
    broken("S66", "S66", "a direct reference", direct_reference),
    broken("S66", "S60", "Embedded", str_child(f"{{{WSSE}}}Embedded")),
    broken("S67", "S60", "AuthorityBinding",
           str_child(f"{{{SAML}}}AuthorityBinding", Location="http://127.0.0.1/token")),
    broken("S69", "S41", "KeyName", key_info_holds("KeyName")),
    broken("S69", "S60", "a reference to a reference", str_child(f"{{{WSSE}}}SecurityTokenReference")),
    broken("S69", "S60", "KeyName in the reference", str_child(ds("KeyName"))),
    broken("S70", "H01", "the token stands in another node's header", token_in_another_header),
    Break("S71", "another key", "H18", by_other_key),
]  # fmt: skip
