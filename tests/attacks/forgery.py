"""What attackers have in common: other data, a place to hide things, keys of their own, another canonical form."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from conformance.client.credentials import PrivateKey
from mockserver.instant import SECOND, Instant, system_clock
from mockserver.namespaces import DS, EXC_C14N, SAML, SOAP, WSSE, WSU
from tests.forge import Forge, duplicate, moved, sign_bytes

FOREIGN: Final = "urn:example:foreign"
WRAPPER: Final = f"{{{FOREIGN}}}Wrapper"
ACTOR: Final = f"{{{SOAP}}}actor"
MUST_UNDERSTAND: Final = f"{{{SOAP}}}mustUnderstand"
WSU_ID: Final = f"{{{WSU}}}Id"
OTHER_SSIN: Final = "85123199937"
OTHER_NAME: Final = "EVIL"

C14N: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N_11: Final = "http://www.w3.org/2006/12/xml-c14n11"
BASE64_BINARY: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"

_CANONICAL_FORMS: Final[dict[str, Callable[[etree._Element], bytes]]] = {
    EXC_C14N: lambda e: etree.tostring(e, method="c14n", exclusive=True, with_comments=False),
    f"{EXC_C14N}WithComments": lambda e: etree.tostring(e, method="c14n", exclusive=True, with_comments=True),
    C14N: lambda e: etree.tostring(e, method="c14n", with_comments=False),
    f"{C14N}#WithComments": lambda e: etree.tostring(e, method="c14n", with_comments=True),
    # 1.1 differs from 1.0 in xml:id and xml:base of ancestors only.
    C14N_11: lambda e: etree.tostring(e, method="c14n", with_comments=False),
    f"{C14N_11}#WithComments": lambda e: etree.tostring(e, method="c14n", with_comments=True),
}


def find(element: etree._Element, local: str) -> etree._Element:
    """The first element below `element` with this local name: the contract decides on namespaces."""
    return next(each for each in element.iter("*") if etree.QName(each).localname == local)


def wrapper(parent: etree._Element, **attributes: str) -> etree._Element:
    """A foreign element to hide something in."""
    return etree.SubElement(parent, WRAPPER, attributes, nsmap={"x": FOREIGN})


def evil_body(forge: Forge) -> etree._Element:
    """A Body like the signed one, without its id and with another person in it."""
    evil = duplicate(forge.body)
    del evil.attrib[WSU_ID]
    find(evil, "LastName").text = OTHER_NAME
    return evil


def swap_body(forge: Forge, hide_in: etree._Element | None = None) -> tuple[etree._Element, etree._Element]:
    """Put the evil Body where the signed one stood; give back both, the signed one moved below `hide_in`."""
    signed, evil = forge.body, evil_body(forge)
    forge.root.replace(signed, evil)
    if hide_in is not None:
        moved(signed, hide_in)
    return evil, signed


def evil_assertion(forge: Forge, identifier: str | None = "_evil") -> etree._Element:
    """The token with another person in it; None keeps its AssertionID. The signature of the STS is still there."""
    evil = duplicate(forge.assertion)
    if identifier is not None:
        evil.set("AssertionID", identifier)
    for value in evil.iter(f"{{{SAML}}}AttributeValue"):
        if value.text == forge.credentials.requester.person_identifier:
            value.text = OTHER_SSIN
    return evil


def without_signature(assertion: etree._Element) -> etree._Element:
    """The assertion after its own ds:Signature was taken out."""
    assertion.remove(own_signature(assertion))
    return assertion


def own_signature(assertion: etree._Element) -> etree._Element:
    """The ds:Signature that is a child of the assertion."""
    found = assertion.find(f"{{{DS}}}Signature")
    assert found is not None
    return found


def name_token(forge: Forge, assertion_id: str) -> None:
    """Let the KeyIdentifier of the message signature name another assertion."""
    for identifier in forge.signature.iter(f"{{{WSSE}}}KeyIdentifier"):
        identifier.text = assertion_id


def expired() -> Instant:
    """A time of signing whose message nobody takes any more."""
    return system_clock() - 3600 * SECOND


def stranger() -> rsa.RSAPrivateKey:
    """A key that no certificate of the mock's CA belongs to."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def canonical(element: etree._Element, algorithm: str = EXC_C14N) -> bytes:
    """The canonical form by an algorithm that the gateway may not even allow."""
    return _CANONICAL_FORMS[algorithm](element)


def set_digest(reference: etree._Element, digested: bytes) -> None:
    """Make the DigestValue (SHA-256) that of these bytes."""
    value = reference.find(f"{{{DS}}}DigestValue")
    assert value is not None
    value.text = b64(hashlib.sha256(digested).digest())


def sign_value(forge: Forge, key: PrivateKey | None = None, algorithm: str = EXC_C14N) -> Forge:
    """Compute the SignatureValue anew and leave the digests as they are."""
    method = part(forge, "SignatureMethod").get("Algorithm", "")
    set_value(forge, sign_bytes(key or forge.credentials.key, method, canonical(forge.signed_info, algorithm)))
    return forge


def set_value(forge: Forge, octets: bytes) -> None:
    """Make these octets the SignatureValue."""
    part(forge, "SignatureValue").text = b64(octets)


def part(forge: Forge, local: str) -> etree._Element:
    """A part of the message signature by its path: SignatureValue, KeyInfo, or a method in SignedInfo."""
    found = forge.signature.find(f"{{{DS}}}{local}")
    if found is None:
        found = forge.signed_info.find(f"{{{DS}}}{local}")
    assert found is not None, local
    return found


def reference_to(forge: Forge, target: etree._Element) -> etree._Element:
    """The Reference that names `target`."""
    wanted = f"#{target.get(WSU_ID)}"
    return next(each for each in forge.references if each.get("URI") == wanted)


def transforms_of(reference: etree._Element) -> etree._Element:
    """The Transforms of a Reference."""
    found = reference.find(f"{{{DS}}}Transforms")
    assert found is not None
    return found


def set_transforms(reference: etree._Element, algorithms: Sequence[str]) -> list[etree._Element]:
    """Replace the transforms of a Reference; give back the new ones."""
    group = transforms_of(reference)
    group[:] = []
    return [etree.SubElement(group, f"{{{DS}}}Transform", Algorithm=algorithm) for algorithm in algorithms]


def ds(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    """A new child in the namespace of XML Signature."""
    child = etree.SubElement(parent, f"{{{DS}}}{name}", attributes)
    child.text = text
    return child


def b64(octets: bytes) -> str:
    """Base64 in one line."""
    return base64.b64encode(octets).decode()


def rsa_key_value(parent: etree._Element, modulus: int, exponent: int) -> etree._Element:
    """A ds:KeyValue with these numbers."""
    key_value = ds(parent, "KeyValue")
    numbers = ds(key_value, "RSAKeyValue")
    for name, number in (("Modulus", modulus), ("Exponent", exponent)):
        ds(numbers, name, b64(number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")))
    return key_value
