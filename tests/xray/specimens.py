"""Messages with one mistake each, really signed with it; none of the X-ray's own edits is used to make them."""

import base64
import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from conformance.client.message import Person
from conformance.client.signer import TokenSignature
from mockserver.contract import load_contract
from mockserver.gateway.crypto.trust import load_trust
from mockserver.gateway.policy import Policy
from mockserver.identities.authority import Authority
from mockserver.identities.certificates import KeyPair, make_holder
from mockserver.identities.personas import personas
from mockserver.instant import SECOND, Instant, system_clock
from mockserver.namespaces import DS, EXC_C14N, WSSE, WSU, XSD
from mockserver.xray.budget import Limits
from mockserver.xray.explain import explain_octets
from mockserver.xray.explanation import Explanation
from mockserver.xray.known import Known
from tests.attacks.tokens import ca_key, certify, confirm_certificates, held_with, token
from tests.conftest import Mock
from tests.forge import Forge

NAMES = ("Jérôme Zoë", "Chloë", "François-Noël", "Renée Ägidius")
"""First names with letters beyond ASCII: without them an encoding cannot go wrong."""

_WSU_ID = f"{{{WSU}}}Id"


class Bench:
    """A test PKI without a server: makes messages and X-rays them."""

    def __init__(self, state: Path, limits: Limits | None = None) -> None:
        self.mock = Mock("", "", state, load_contract())  # makes messages only; nothing is sent
        self.mock.credentials()
        authority = Authority.open(state)
        trust = load_trust((), (), own_sts=[authority.sts_certificate], own_ca=[authority.ca_certificate])
        self.policy = Policy(self.mock.contract, trust)
        self.now = system_clock() // SECOND * SECOND
        self.name = NAMES[0]
        self.limits = limits or Limits(seconds=60)

    def forge(self, first_names: str | None = None) -> Forge:
        person = Person("COVID_LASTNAME_TEST", first_names or self.name, "F", "+3227885155")
        return self.mock.forge(now=self.now, person=person)

    def explain(
        self,
        octets: bytes,
        known: Known | None = None,
        *,
        received: Instant | None = None,
        limits: Limits | None = None,
    ) -> Explanation:
        fields = [("Content-Type", b"text/xml; charset=utf-8")]
        moment = self.now if received is None else received
        return explain_octets(octets, fields, self.policy, moment, known or Known(), self.limits)


@dataclass(frozen=True)
class Specimen:
    octets: bytes
    known: Known = field(default_factory=Known)


Maker = Callable[[Bench], Specimen]

MAKERS: dict[str, list[Maker]] = {}
"""Ways to make each mistake, by its id."""


def makes(mistake: str) -> Callable[[Maker], Maker]:
    def register(maker: Maker) -> Maker:
        MAKERS.setdefault(mistake, []).append(maker)
        return maker

    return register


# Tools.


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def sha256(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def c14n(element: etree._Element, prefixes: Sequence[str] = ()) -> bytes:
    return etree.tostring(
        element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=list(prefixes) or None
    )


def set_digest_value(forge: Forge, number: int, text: str) -> None:
    value = forge.references[number].find(f"{{{DS}}}DigestValue")
    assert value is not None
    value.text = text


def sign_value(forge: Forge) -> Specimen:
    """Sign SignedInfo alone; the digests stay as they were put."""
    signature_value(forge).text = b64(
        forge.credentials.key.sign(c14n(forge.signed_info), padding.PKCS1v15(), hashes.SHA256())  # type: ignore[call-arg,arg-type]
    )
    return Specimen(forge.octets())


def signature_value(forge: Forge) -> etree._Element:
    value = forge.signature.find(f"{{{DS}}}SignatureValue")
    assert value is not None
    return value


def digested(forge: Forge, octets: bytes, number: int = 0) -> Specimen:
    """The message, signed over the digest of these octets for one of the references."""
    set_digest_value(forge, number, b64(sha256(octets)))
    return sign_value(forge)


def signed(forge: Forge, octets: bytes) -> Specimen:
    """The message, with a signature over these octets in place of SignedInfo."""
    key = forge.credentials.key
    assert isinstance(key, rsa.RSAPrivateKey)
    signature_value(forge).text = b64(key.sign(octets, padding.PKCS1v15(), hashes.SHA256()))
    return Specimen(forge.octets())


def replaced(octets: bytes, old: bytes, new: bytes) -> Specimen:
    assert old in octets
    return Specimen(octets.replace(old, new))


def list_prefixes(forge: Forge, number: int, prefixes: str) -> None:
    transform = forge.references[number].find(f"{{{DS}}}Transforms/{{{DS}}}Transform")
    assert transform is not None
    etree.SubElement(transform, f"{{{EXC_C14N}}}InclusiveNamespaces", nsmap={"ec": EXC_C14N}).set(
        "PrefixList", prefixes
    )


def with_xsd_declared(forge: Forge) -> Forge:
    octets = forge.octets().replace(b"<SOAP-ENV:Envelope ", b'<SOAP-ENV:Envelope xmlns:xsd="%b" ' % XSD.encode(), 1)
    return Forge(octets, forge.credentials)


def _set(assertion: etree._Element, name: str) -> None:
    next(assertion.iter("{*}NameIdentifier")).text = name


# Layout.


@makes("pretty-printed")
def all_indented_by_two(bench: Bench) -> Specimen:
    forge = bench.forge()
    etree.indent(forge.root)
    return Specimen(forge.octets())


@makes("pretty-printed")
def body_indented_by_four(bench: Bench) -> Specimen:
    forge = bench.forge()
    etree.indent(forge.body, "    ")
    return Specimen(forge.octets())


@makes("pretty-printed")
def body_of_two_indented_by_tabs(bench: Bench) -> Specimen:
    forge = bench.forge()
    etree.indent(forge.body)
    forge.sign()
    etree.indent(forge.body, "\t", level=1)
    return Specimen(forge.octets())


@makes("whitespace-stripped")
def signed_indented_sent_compact(bench: Bench) -> Specimen:
    forge = bench.forge()
    etree.indent(forge.root)
    forge.sign()
    root = etree.fromstring(forge.octets(), etree.XMLParser(remove_blank_text=True))
    return Specimen(etree.tostring(root, encoding="utf-8"))


@makes("whitespace-stripped")
def body_signed_with_tabs_sent_compact(bench: Bench) -> Specimen:
    forge = bench.forge()
    etree.indent(forge.body, "\t")
    forge.sign()
    for node in forge.body.iter("*"):
        node.text = (node.text or "").strip() or None
        if node is not forge.body:
            node.tail = None
    return Specimen(forge.octets())


# Line ends and characters.


@makes("line-ends")
def carriage_returns_signed_and_lost(bench: Bench) -> Specimen:
    return replaced(bench.forge("Anna\r\nMaria").octets(), b"&#13;", b"")


@makes("line-ends")
def carriage_returns_added(bench: Bench) -> Specimen:
    return replaced(bench.forge("Anna\nMaria").octets(), b"Anna\nMaria", b"Anna&#13;\nMaria")


@makes("line-ends")
def layout_with_crlf_signed_in_memory(bench: Bench) -> Specimen:
    forge = bench.forge()
    etree.indent(forge.root)
    for node in forge.body.iter("*"):
        node.text = (node.text or "").replace("\n", "\r\n")
        node.tail = (node.tail or "").replace("\n", "\r\n")
    forge.body.tail = "\n"
    forge.sign()
    return replaced(forge.octets(), b"&#13;", b"")


@makes("legacy-encoding")
def digest_of_latin_1(bench: Bench) -> Specimen:
    forge = bench.forge()
    return digested(forge, c14n(forge.body).decode().encode("latin-1"))


@makes("legacy-encoding")
def digest_of_utf_16(bench: Bench) -> Specimen:
    forge = bench.forge("Anna")
    return digested(forge, c14n(forge.body).decode().encode("utf-16-le"))


@makes("byte-order-mark")
def digest_with_bom(bench: Bench) -> Specimen:
    forge = bench.forge()
    return digested(forge, b"\xef\xbb\xbf" + c14n(forge.body))


@makes("byte-order-mark")
def bom_in_a_value(bench: Bench) -> Specimen:
    return replaced(bench.forge("Anna").octets(), b"Anna", b"\xef\xbb\xbfAnna")


@makes("double-encoded")
def encoded_again_after_signing(bench: Bench) -> Specimen:
    octets = bench.forge().octets()
    return Specimen(octets.decode("latin-1").encode("utf-8"))


@makes("double-encoded")
def digest_of_octets_encoded_twice(bench: Bench) -> Specimen:
    forge = bench.forge()
    return digested(forge, c14n(forge.body).decode("latin-1").encode("utf-8"))


@makes("normal-form")
def decomposed_after_signing(bench: Bench) -> Specimen:
    return Specimen(unicodedata.normalize("NFD", bench.forge().octets().decode()).encode())


@makes("normal-form")
def composed_after_signing(bench: Bench) -> Specimen:
    octets = bench.forge(unicodedata.normalize("NFD", "Jérôme Zoë")).octets()
    return Specimen(unicodedata.normalize("NFC", octets.decode()).encode())


# Namespaces.


@makes("prefixes-rewritten")
def written_by_elementtree(bench: Bench) -> Specimen:
    return Specimen(ElementTree.tostring(ElementTree.fromstring(bench.forge().octets()), encoding="utf-8"))


@makes("prefixes-rewritten")
def body_prefixes_renamed(bench: Bench) -> Specimen:
    octets = bench.forge().octets()
    start, end = octets.index(b"<p:"), octets.index(b"</SOAP-ENV:Body")
    inner = octets[start:end].replace(b"<p:", b"<urn:").replace(b"</p:", b"</urn:").replace(b"xmlns:p=", b"xmlns:urn=")
    return Specimen(octets[:start] + inner + octets[end:])


@makes("prefixes-rewritten")
def soap_prefix_renamed(bench: Bench) -> Specimen:
    return replaced(
        replaced(bench.forge().octets(), b"SOAP-ENV:", b"soapenv:").octets, b"xmlns:SOAP-ENV=", b"xmlns:soapenv="
    )


@makes("namespaces-moved")
def listed_declaration_dropped(bench: Bench) -> Specimen:
    forge = with_xsd_declared(bench.forge())
    list_prefixes(forge, 0, "xsd")
    forge.sign()
    return replaced(forge.octets(), b' xmlns:xsd="%b"' % XSD.encode(), b"")


@makes("namespaces-moved")
def one_of_two_listed_declarations_added(bench: Bench) -> Specimen:
    forge = bench.forge()
    list_prefixes(forge, 1, "wsse xsd")
    forge.sign()
    return replaced(forge.octets(), b"<SOAP-ENV:Envelope ", b'<SOAP-ENV:Envelope xmlns:xsd="%b" ' % XSD.encode())


# Canonicalisation.


@makes("inclusive-c14n")
def body_inclusively(bench: Bench) -> Specimen:
    forge = with_xsd_declared(bench.forge())
    return digested(forge, etree.tostring(forge.body, method="c14n"))


@makes("inclusive-c14n")
def timestamp_inclusively(bench: Bench) -> Specimen:
    forge = bench.forge()
    return digested(forge, etree.tostring(forge.timestamp, method="c14n"), 1)


@makes("inclusive-c14n")
def signed_info_inclusively(bench: Bench) -> Specimen:
    forge = bench.forge()
    return signed(forge, etree.tostring(forge.signed_info, method="c14n"))


@makes("with-comments")
def comment_digested(bench: Bench) -> Specimen:
    forge = bench.forge()
    forge.operation.insert(0, etree.Comment(" made by hand "))
    return digested(forge, etree.tostring(forge.body, method="c14n", exclusive=True, with_comments=True))


@makes("prefix-list-ignored")
def list_declared_only(bench: Bench) -> Specimen:
    forge = bench.forge()
    list_prefixes(forge, 1, "SOAP-ENV wsse")
    return digested(forge, c14n(forge.timestamp), 1)


@makes("prefix-list-missing")
def list_used_only(bench: Bench) -> Specimen:
    forge = bench.forge()
    return digested(forge, c14n(forge.timestamp, ["wsse"]), 1)


@makes("not-canonicalised")
def digest_of_serialised_body(bench: Bench) -> Specimen:
    forge = bench.forge()
    octets = etree.tostring(forge.body, encoding="utf-8")
    assert octets != c14n(forge.body)
    return digested(forge, octets)


@makes("not-canonicalised")
def digest_of_octets_as_sent(bench: Bench) -> Specimen:
    forge = bench.forge()
    whole = forge.octets()
    body = whole[whole.index(b"<SOAP-ENV:Body") : whole.index(b"</SOAP-ENV:Body>") + len(b"</SOAP-ENV:Body>")]
    return digested(forge, body)


@makes("str-misapplied")
def reference_itself_digested(bench: Bench) -> Specimen:
    forge = bench.mock.forge(now=bench.now, token_signature=TokenSignature.STR_TRANSFORM)
    reference = forge.signature.find(f".//{{{WSSE}}}SecurityTokenReference")
    assert reference is not None
    return digested(forge, c14n(reference), 2)


# Scope.


@makes("before-id")
def id_put_in_late(bench: Bench) -> Specimen:
    forge = bench.forge()
    identifier = forge.body.attrib.pop(_WSU_ID)
    octets = c14n(forge.body)
    forge.body.set(_WSU_ID, identifier)
    return digested(forge, octets)


@makes("content-only")
def request_digested(bench: Bench) -> Specimen:
    forge = bench.forge()
    return digested(forge, c14n(forge.operation))


@makes("wrong-element")
def digests_in_each_others_place(bench: Bench) -> Specimen:
    forge = bench.forge()
    set_digest_value(forge, 1, b64(sha256(c14n(forge.body))))
    return digested(forge, c14n(forge.timestamp))


@makes("wrong-element")
def token_digested(bench: Bench) -> Specimen:
    forge = bench.forge()
    return digested(forge, c14n(forge.assertion))


@makes("earlier-body")
def body_empty_when_signed(bench: Bench) -> Specimen:
    forge = bench.forge()
    request = forge.operation
    forge.body.remove(request)
    forge.sign()
    forge.body.append(request)
    return Specimen(forge.octets())


@makes("earlier-body")
def digest_of_the_call_before(bench: Bench) -> Specimen:
    before, forge = bench.forge("Anna"), bench.forge()
    return Specimen(digested(forge, c14n(before.body)).octets, Known(earlier=(before.octets(),)))


# Values.


@makes("digest-hex")
def base64_of_hexadecimal(bench: Bench) -> Specimen:
    forge = bench.forge()
    set_digest_value(forge, 0, b64(sha256(c14n(forge.body)).hex().encode()))
    return sign_value(forge)


@makes("digest-hex")
def hexadecimal(bench: Bench) -> Specimen:
    forge = bench.forge()
    set_digest_value(forge, 0, sha256(c14n(forge.body)).hex())
    return sign_value(forge)


@makes("base64-form")
def without_padding(bench: Bench) -> Specimen:
    forge = bench.forge()
    set_digest_value(forge, 0, base64.urlsafe_b64encode(sha256(c14n(forge.body))).decode().rstrip("="))
    return sign_value(forge)


@makes("digest-twice")
def digest_of_the_digest(bench: Bench) -> Specimen:
    forge = bench.forge()
    return digested(forge, sha256(c14n(forge.body)))


@makes("wrong-hash")
def sha1_for_sha256(bench: Bench) -> Specimen:
    forge = bench.forge()
    set_digest_value(forge, 0, b64(hashlib.sha1(c14n(forge.body)).digest()))
    return sign_value(forge)


@makes("wrong-hash")
def signature_with_sha512(bench: Bench) -> Specimen:
    forge = bench.forge()
    key = forge.credentials.key
    assert isinstance(key, rsa.RSAPrivateKey)
    signature_value(forge).text = b64(key.sign(c14n(forge.signed_info), padding.PKCS1v15(), hashes.SHA512()))
    return Specimen(forge.octets())


# Keys and SignatureValue.


@makes("another-persona")
def key_of_the_hospital(bench: Bench) -> Specimen:
    other = bench.mock.credentials("hospital")
    octets = bench.forge().sign(other.key).octets()
    return Specimen(octets, Known(certificates=[("persona hospital", other.certificate)]))


@makes("another-persona")
def key_of_the_certificate_in_the_message(bench: Bench) -> Specimen:
    key = rsa.generate_private_key(65537, 2048)
    forge = bench.forge()
    binary = etree.SubElement(forge.security, f"{{{WSSE}}}BinarySecurityToken")
    binary.text = b64(certify(bench.mock, key.public_key(), subject="SSIN=79010199977").public_bytes(Encoding.DER))
    return Specimen(forge.sign(key).octets())


@makes("other-session")
def token_of_a_newer_key(bench: Bench) -> Specimen:
    forge = bench.forge()
    persona = personas()["physician"]
    authority = Authority.open(bench.mock.state)
    pair = make_holder(KeyPair(ca_key(bench.mock.state), authority.ca_certificate), persona.subject, bench.now)
    newer = token(bench.mock, confirm_certificates(pair.certificate))
    known = Known(certificates=[("persona physician", forge.credentials.certificate)])
    return Specimen(forge.replace_token(newer).sign().octets(), known)


@makes("unknown-key")
def fresh_key(bench: Bench) -> Specimen:
    return Specimen(bench.forge().sign(rsa.generate_private_key(65537, 2048)).octets())


@makes("signed-digest")
def hashed_before_signing(bench: Bench) -> Specimen:
    forge = bench.forge()
    return signed(forge, sha256(c14n(forge.signed_info)))


@makes("signed-digest")
def hexadecimal_hash_signed(bench: Bench) -> Specimen:
    forge = bench.forge()
    return signed(forge, sha256(c14n(forge.signed_info)).hex().encode())


@makes("signed-digest")
def bare_digest_encrypted(bench: Bench) -> Specimen:
    """RFC 8017 section 7.2 turned round: padding of type 1 around the digest, without DigestInfo."""
    forge = bench.forge()
    key = forge.credentials.key
    assert isinstance(key, rsa.RSAPrivateKey)
    numbers, size = key.private_numbers(), key.key_size // 8
    digest = sha256(c14n(forge.signed_info))
    block = b"\x00\x01" + b"\xff" * (size - 3 - len(digest)) + b"\x00" + digest
    value = pow(int.from_bytes(block, "big"), numbers.d, numbers.public_numbers.n)
    signature_value(forge).text = b64(value.to_bytes(size, "big"))
    return Specimen(forge.octets())


@makes("signed-info-raw")
def serialised_signed_info(bench: Bench) -> Specimen:
    forge = bench.forge()
    octets = etree.tostring(forge.signed_info, encoding="utf-8")
    assert octets != c14n(forge.signed_info)
    return signed(forge, octets)


@makes("signed-other-element")
def body_signed(bench: Bench) -> Specimen:
    forge = bench.forge()
    return signed(forge, c14n(forge.body))


@makes("signed-info-changed")
def digest_mended_after_signing(bench: Bench) -> Specimen:
    forge = bench.forge()
    forge.sign()
    value = signature_value(forge).text
    set_digest_value(forge, 0, "")
    set_digest_value(forge, 1, "")
    specimen = signed(forge, c14n(forge.signed_info))
    assert signature_value(forge).text != value
    for reference in forge.references:
        forge.digest(reference)
    return Specimen(forge.octets(), specimen.known)


@makes("ecdsa-der")
def der_as_the_library_returns_it(bench: Bench) -> Specimen:
    key = ec.generate_private_key(ec.SECP256R1())
    forge = held_with(bench.mock, key, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256")
    signature_value(forge).text = b64(key.sign(c14n(forge.signed_info), ec.ECDSA(hashes.SHA256())))
    return Specimen(forge.octets())


@makes("ecdsa-der")
def numbers_as_java_writes_them(bench: Bench) -> Specimen:
    key = ec.generate_private_key(ec.SECP256R1())
    forge = held_with(bench.mock, key, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256")
    r, s = utils.decode_dss_signature(key.sign(c14n(forge.signed_info), ec.ECDSA(hashes.SHA256())))
    signature_value(forge).text = b64(r.to_bytes(33, "big") + s.to_bytes(33, "big"))
    return Specimen(forge.octets())


@makes("byte-order")
def least_significant_octet_first(bench: Bench) -> Specimen:
    forge = bench.forge()
    value = signature_value(forge)
    value.text = b64(base64.b64decode(value.text or "")[::-1])
    return Specimen(forge.octets())


@makes("padding")
def pss_under_the_identifier_of_pkcs1(bench: Bench) -> Specimen:
    forge = bench.forge()
    key = forge.credentials.key
    assert isinstance(key, rsa.RSAPrivateKey)
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    signature_value(forge).text = b64(key.sign(c14n(forge.signed_info), scheme, hashes.SHA256()))
    return Specimen(forge.octets())


@makes("padding")
def pkcs1_under_the_identifier_of_pss(bench: Bench) -> Specimen:
    forge = bench.forge()
    method = forge.signed_info.find(f"{{{DS}}}SignatureMethod")
    assert method is not None
    method.set("Algorithm", "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1")
    return sign_value(forge)


@makes("algorithm-refused")
def inclusive_signed_info_declared(bench: Bench) -> Specimen:
    forge = bench.forge()
    method = forge.signed_info.find(f"{{{DS}}}CanonicalizationMethod")
    assert method is not None
    method.set("Algorithm", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315")
    return signed(forge, etree.tostring(forge.signed_info, method="c14n"))


@makes("algorithm-refused")
def sha256_in_the_wrong_standard(bench: Bench) -> Specimen:
    forge = bench.forge()
    method = forge.references[0].find(f"{{{DS}}}DigestMethod")
    assert method is not None
    method.set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#sha256")
    return sign_value(forge)


@makes("value-malformed")
def empty_signature_value(bench: Bench) -> Specimen:
    forge = bench.forge()
    signature_value(forge).text = ""
    return Specimen(forge.octets())


@makes("value-malformed")
def one_octet_too_short(bench: Bench) -> Specimen:
    forge = bench.forge()
    value = signature_value(forge)
    value.text = b64(base64.b64decode(value.text or "")[1:])
    return Specimen(forge.octets())


@makes("wrong-hash")
def signature_by_sha224(bench: Bench) -> Specimen:
    forge = bench.forge()
    key = forge.credentials.key
    assert isinstance(key, rsa.RSAPrivateKey)
    signature_value(forge).text = b64(key.sign(c14n(forge.signed_info), padding.PKCS1v15(), hashes.SHA224()))
    return Specimen(forge.octets())


# The token.


@makes("token-reserialised")
def token_indented(bench: Bench) -> Specimen:
    forge = bench.forge()
    etree.indent(forge.assertion)
    return Specimen(forge.octets())


@makes("token-reserialised")
def token_signed_indented_sent_compact(bench: Bench) -> Specimen:
    forge = bench.forge()
    forge.replace_token(token(bench.mock, etree.indent)).sign()
    for node in forge.assertion.iter("*"):
        if len(node):
            node.text = None
        if node is not forge.assertion:
            node.tail = None
    return Specimen(forge.octets())


@makes("token-reserialised")
def token_given_a_prefix(bench: Bench) -> Specimen:
    octets = bench.forge().octets()
    start, end = octets.index(b"<Assertion"), octets.index(b"</Assertion>") + len(b"</Assertion>")
    inside, out = octets[start:end], b""
    for piece in inside.split(b"<"):
        name = piece.lstrip(b"/").split(b" ")[0].split(b">")[0]
        close = piece.startswith(b"/")
        mark = b"" if not piece else b"</saml:" if close else b"<saml:"
        out += b"<" + piece if piece and b":" in name else mark + piece.removeprefix(b"/")
    return Specimen(octets[:start] + out.replace(b" xmlns=", b" xmlns:saml=", 1) + octets[end:])


@makes("token-attribute-order")
def attributes_sorted(bench: Bench) -> Specimen:
    forge = bench.forge()
    statement = forge.assertion.find("{*}AttributeStatement")
    assert statement is not None
    attributes = [child for child in statement if etree.QName(child).localname == "Attribute"]
    statement.append(attributes[0])
    return Specimen(forge.octets())


@makes("token-value")
def one_digit_changed(bench: Bench) -> Specimen:
    forge = bench.forge()
    value = next(forge.assertion.iter("{*}AttributeValue"))
    value.text = (value.text or "")[:-1] + ("1" if (value.text or "").endswith("0") else "0")
    return Specimen(forge.octets())


@makes("token-value")
def name_in_small_letters(bench: Bench) -> Specimen:
    forge = bench.forge()
    name = next(forge.assertion.iter("{*}NameIdentifier"))
    assert name.text != (name.text or "").upper()
    capitals = name.text
    forge.replace_token(token(bench.mock, lambda assertion: _set(assertion, (capitals or "").upper()))).sign()
    lowered = next(forge.assertion.iter("{*}NameIdentifier"))
    lowered.text = (lowered.text or "").lower()
    return Specimen(forge.octets())


# Content and clock.


@makes("content-changed")
def a_letter_changed(bench: Bench) -> Specimen:
    return replaced(bench.forge().octets(), b"COVID_LASTNAME_TEST", b"COVID_LASTNAME_TESS")


@makes("content-changed")
def an_attribute_added(bench: Bench) -> Specimen:
    forge = bench.forge()
    forge.operation.set("Lang", "nl")
    return Specimen(forge.octets())


@makes("content-changed")
def a_value_trimmed(bench: Bench) -> Specimen:
    return replaced(bench.forge(" Anna ").octets(), b"> Anna <", b">Anna<")


@makes("time-zone")
def local_time_marked_z(bench: Bench) -> Specimen:
    return Specimen(bench.mock.forge(now=bench.now + 2 * 3600 * SECOND).octets())


@makes("time-zone")
def local_time_west_of_greenwich(bench: Bench) -> Specimen:
    return Specimen(bench.mock.forge(now=bench.now - 5 * 3600 * SECOND).octets())


@makes("clock")
def clock_ahead(bench: Bench) -> Specimen:
    return Specimen(bench.mock.forge(now=bench.now + 20 * 60 * SECOND).octets())


@makes("clock")
def message_kept_for_half_an_hour(bench: Bench) -> Specimen:
    return Specimen(bench.mock.forge(now=bench.now - 30 * 60 * SECOND).octets())


@makes("token-clock")
def token_of_yesterday(bench: Bench) -> Specimen:
    forge = bench.forge()
    old = token(bench.mock, now=bench.now - 25 * 3600 * SECOND)
    return Specimen(forge.replace_token(old).sign().octets())
