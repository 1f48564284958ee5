"""A87 to A95, A107: what costs a parser, a canonicaliser or a decoder more than it cost its sender.

All stay below the limit of the body (1 MiB), above which HTTP answers 413 before any of this.
"""

from itertools import product
from typing import Final

from lxml import etree

from mockserver.namespaces import DS, EXC_C14N, SOAP_ENCODING, WSSE
from tests.attacks.catalogue import attack, harmless
from tests.attacks.forgery import FOREIGN, WSU_ID, find, own_signature, part
from tests.conftest import Mock
from tests.forge import Forge

_HEADER: Final = b"<SOAP-ENV:Header>"
_MANY: Final = 2.0
"""Seconds for what is refused by counting."""
_WORK: Final = 5.0
"""Seconds for what is within the limits and therefore done, on a busy machine. Without a bound these take minutes."""


_END: Final = b"</p:GenerateCovidIdRequest>"


def in_request(octets: bytes, content: bytes) -> bytes:
    """The message with these bytes at the end of its request element, whose digest is thereby wrong."""
    assert octets.count(_END) == 1
    return octets.replace(_END, content + _END)


def in_header(forge: Forge, content: bytes) -> bytes:
    """The message with these bytes at the start of its Header."""
    return forge.octets().replace(_HEADER, _HEADER + content, 1)


def nested(depth: int) -> bytes:
    """Elements each in the one before."""
    return b'<x xmlns="urn:x">' + b"<x>" * (depth - 1) + b"</x>" * depth


@attack("A87", soa="SOA-03001", seconds=_MANY)
def deep(mock: Mock) -> bytes:
    """10 000 nested header elements"""
    return in_header(mock.forge(), nested(10_000))


@attack("A87-open", soa="SOA-03001", seconds=_MANY)
def deep_and_open(mock: Mock) -> bytes:
    """100 000 nested elements that never end"""
    return b"<a>" * 100_000


@attack("A87-whole", soa="SOA-03001", seconds=_MANY)
def deep_everywhere(mock: Mock) -> bytes:
    """A body of one megabyte of nested elements"""
    return b"<a>" * 149_000 + b"</a>" * 149_000


@attack("A87-own-limit", soa="SOA-03001", rules=("I11",))
def deeper_than_ours(mock: Mock) -> bytes:
    """65 levels: libxml2 would take 256"""
    return in_header(mock.forge(), nested(63))


@harmless("A87-at-limit")
def as_deep_as_may_be(mock: Mock) -> bytes:
    """64 levels"""
    return in_header(mock.forge(), nested(62))


@attack("A87-body", soa="SOA-03001", rules=("I11",))
def deep_body(mock: Mock) -> Forge:
    """70 levels in the signed Body"""
    forge = mock.forge()
    find(forge.operation, "LastName").append(etree.fromstring(nested(70)))
    return forge.sign()


def attributes(count: int) -> bytes:
    return b"<x:x xmlns:x='urn:x' " + b" ".join(b"a%d=''" % number for number in range(count)) + b"/>"


@attack("A88", soa="SOA-03001", rules=("I11",), seconds=_MANY)
def many_attributes(mock: Mock) -> bytes:
    """60 000 attributes on one element"""
    return in_header(mock.forge(), attributes(60_000))


@attack("A88-own-limit", soa="SOA-03001", rules=("I11",))
def more_attributes_than_ours(mock: Mock) -> bytes:
    """65 attributes on one element"""
    return in_header(mock.forge(), attributes(65))


@harmless("A88-at-limit")
def as_many_attributes_as_may_be(mock: Mock) -> bytes:
    """64 attributes on one element"""
    return in_header(mock.forge(), attributes(64))


def declarations(count: int) -> bytes:
    return b"".join(b" xmlns:n%d='urn:%d'" % (number, number) for number in range(count))


@attack("A89", soa="SOA-03001", rules=("I11",), seconds=_MANY)
def many_declarations(mock: Mock) -> bytes:
    """30 000 namespace declarations on the Envelope"""
    octets = mock.forge().octets()
    return octets.replace(b"<SOAP-ENV:Envelope", b"<SOAP-ENV:Envelope" + declarations(30_000), 1)


@attack("A89-own-limit", soa="SOA-03001", rules=("I11",))
def more_declarations_than_ours(mock: Mock) -> bytes:
    """65 namespace declarations on one element"""
    return in_header(mock.forge(), b"<x:x xmlns:x='urn:x'" + declarations(64) + b"/>")


@harmless("A89-at-limit")
def as_many_declarations_as_may_be(mock: Mock) -> bytes:
    """64 namespace declarations on one element"""
    return in_header(mock.forge(), b"<x:x xmlns:x='urn:x'" + declarations(63) + b"/>")


def grid(rows: int, columns: int) -> bytes:
    """`rows` elements each of which uses another of `columns` prefixes, all declared once."""
    cells = b"".join(b"<n%d:a/>" % (number % columns) for number in range(rows))
    return b"<x:x xmlns:x='urn:x'" + declarations(columns) + b">" + cells + b"</x:x>"


@attack("A90", soa="SOA-01001", rules=("S22",), seconds=_WORK)
def grid_in_body(mock: Mock) -> bytes:
    """40 000 elements of 60 namespaces in the signed Body, where each is canonicalised"""
    return in_request(mock.forge().octets(), grid(40_000, 60))


@attack("A90-prefix-list", soa="SOA-01001", seconds=_WORK)
def grid_with_prefix_list(mock: Mock) -> bytes:
    """As A90, and all 60 prefixes stand in the PrefixList of Body's transform and of SignedInfo"""
    forge = mock.forge()
    names = " ".join(f"n{number}" for number in range(60))
    for method in (part(forge, "CanonicalizationMethod"), forge.references[0][0][0]):
        etree.SubElement(method, f"{{{EXC_C14N}}}InclusiveNamespaces", PrefixList=names)
    return in_request(forge.octets(), grid(40_000, 60)).replace(
        b"<SOAP-ENV:Envelope", b"<SOAP-ENV:Envelope" + declarations(60), 1
    )


@attack("A90-long-prefix-list", soa="SOA-01001", seconds=_WORK)
def long_prefix_list(mock: Mock) -> bytes:
    """A PrefixList of 100 000 prefixes"""
    forge = mock.forge()
    names = " ".join(f"n{number}" for number in range(100_000))
    etree.SubElement(forge.references[0][0][0], f"{{{EXC_C14N}}}InclusiveNamespaces", PrefixList=names)
    return forge.octets()


@attack("A90-product", soa="SOA-01001", seconds=_WORK)
def long_prefix_list_for_many(mock: Mock) -> bytes:
    """20 000 prefixes in the PrefixList of a Body of 40 000 elements: 800 million look-ups"""
    forge = mock.forge()
    names = " ".join(f"n{number}" for number in range(20_000))
    etree.SubElement(forge.references[0][0][0], f"{{{EXC_C14N}}}InclusiveNamespaces", PrefixList=names)
    return in_request(forge.octets(), b"<x>" + b"<a/>" * 40_000 + b"</x>")


def token_prefix_list(mock: Mock, count: int) -> bytes:
    forge = mock.forge()
    names = " ".join(f"n{number}" for number in range(count))
    own = own_signature(forge.assertion)
    transform = list(own.iter(f"{{{DS}}}Transform"))[-1]
    for method in (find(own, "CanonicalizationMethod"), transform):
        etree.SubElement(method, f"{{{EXC_C14N}}}InclusiveNamespaces", PrefixList=names)
    return in_header(forge, b"<x:x xmlns:x='urn:x'>" + b"<a/>" * 40_000 + b"</x:x>")


@attack("A90-token", soa="SOA-01001", rules=("H06",), seconds=_WORK)
def long_prefix_list_of_the_token(mock: Mock) -> bytes:
    """As A90-product in the signature of the STS, which libxmlsec verifies over 40 000 elements beside the token"""
    return token_prefix_list(mock, 20_000)


@attack("A90-token-at-limit", soa="SOA-01001", rules=("H21",), seconds=_WORK)
def prefix_list_of_the_token(mock: Mock) -> bytes:
    """As A90-token, with as many prefixes as may be"""
    return token_prefix_list(mock, 64)


@attack("A90-default-product", soa="SOA-01001", seconds=_WORK)
def long_prefix_list_with_default(mock: Mock) -> bytes:
    """As A90-product, with #default among the prefixes"""
    forge = mock.forge()
    names = " ".join(["#default", *(f"n{number}" for number in range(20_000))])
    etree.SubElement(forge.references[0][0][0], f"{{{EXC_C14N}}}InclusiveNamespaces", PrefixList=names)
    return in_request(forge.octets(), b"<x>" + b"<a/>" * 40_000 + b"</x>")


@attack("A90-default", soa="SOA-01001", seconds=_WORK)
def grid_with_default(mock: Mock) -> bytes:
    """As A90 with #default in the PrefixList, which our own canonicaliser does"""
    forge = mock.forge()
    etree.SubElement(forge.references[0][0][0], f"{{{EXC_C14N}}}InclusiveNamespaces", PrefixList="#default")
    return in_request(forge.octets(), grid(40_000, 60))


@attack("A90-attributes", soa="SOA-01001", seconds=_WORK)
def attributes_with_default(mock: Mock) -> bytes:
    """2 000 elements of 40 prefixed attributes each, canonicalised with #default"""
    forge = mock.forge()
    etree.SubElement(forge.references[0][0][0], f"{{{EXC_C14N}}}InclusiveNamespaces", PrefixList="#default")
    cell = b"<x:x" + b"".join(b" n%d:a=''" % number for number in range(40)) + b"/>"
    block = b"<x:x xmlns:x='urn:x'" + declarations(40) + b">" + cell * 2_000 + b"</x:x>"
    return in_request(forge.octets(), block)


def colliding(length: int) -> list[str]:
    """Names with one DJBX33A hash: "Ez" and "FY" hash alike, so do all of their combinations."""
    return ["".join(choice) for choice in product(("Ez", "FY"), repeat=length)]


@attack("A91", soa="SOA-03001", rules=("I11",), seconds=_MANY)
def colliding_attributes(mock: Mock) -> bytes:
    """16 384 attributes whose names collide in a DJBX33A table"""
    names = " ".join(f"{name}=''" for name in colliding(14))
    return in_header(mock.forge(), f"<x:x xmlns:x='urn:x' {names}/>".encode())


@attack("A91-elements", soa="SOA-01001", rules=("S22",), seconds=_WORK)
def colliding_elements(mock: Mock) -> bytes:
    """16 384 elements in Body whose names collide"""
    names = "".join(f"<{name}/>" for name in colliding(14))
    return in_request(mock.forge().octets(), f"<x>{names}</x>".encode())


@attack("A91-ids", soa="SOA-01001", rules=("S22",), seconds=_WORK)
def colliding_ids(mock: Mock) -> bytes:
    """16 384 ids in Body that collide"""
    ids = "".join(f"<a Id='{name}'/>" for name in colliding(14))
    return in_request(mock.forge().octets(), f"<x>{ids}</x>".encode())


@attack("A92", soa="SOA-03001", seconds=_MANY)
def long_name(mock: Mock) -> bytes:
    """An element name of 900 000 characters"""
    return in_header(mock.forge(), b"<x:%b xmlns:x='urn:x'/>" % (b"a" * 900_000))


@attack("A92-attribute", soa="SOA-03001", seconds=_MANY)
def long_attribute_name(mock: Mock) -> bytes:
    """An attribute name of 900 000 characters"""
    return in_header(mock.forge(), b"<x:x xmlns:x='urn:x' %b=''/>" % (b"a" * 900_000))


@attack("A92-value", soa="SOA-01001", rules=("S22",), seconds=_WORK)
def long_value(mock: Mock) -> Forge:
    """A LastName of 900 000 characters, after signing"""
    forge = mock.forge()
    find(forge.operation, "LastName").text = "A" * 900_000
    return forge


@attack("A92-signed", soa=None, http=200, rules=("M04",), seconds=_WORK)
def long_value_signed(mock: Mock) -> Forge:
    """A LastName of 900 000 characters, signed by the holder"""
    return long_value(mock).sign()  # type: ignore[union-attr]


@harmless("A92-comment")
def long_comment(mock: Mock) -> bytes:
    """A comment of 900 000 characters costs nothing"""
    return in_header(mock.forge(), b"<!--%b-->" % (b"a" * 900_000))


@attack("A92-header-value", soa="SOA-03004", rules=("Q40",))
def long_must_understand(mock: Mock) -> bytes:
    """A mustUnderstand of 900 000 characters"""
    return mock.forge().octets().replace(b'mustUnderstand="1"', b'mustUnderstand="%b"' % (b"1" * 900_000), 1)


@attack("A93", soa="SOA-03001", rules=("I11",), seconds=_MANY)
def many_blocks(mock: Mock) -> bytes:
    """149 000 empty header blocks"""
    octets = mock.forge().octets().replace(b"<SOAP-ENV:Envelope", b"<SOAP-ENV:Envelope xmlns:x='urn:x'", 1)
    return octets.replace(_HEADER, _HEADER + b"<x:a/>" * 149_000, 1)


@attack("A93-own-limit", soa="SOA-03001", rules=("I11",), seconds=_MANY)
def more_nodes_than_ours(mock: Mock) -> bytes:
    """50 000 elements in a header block"""
    return in_header(mock.forge(), b"<x:x xmlns:x='urn:x'>" + b"<x:a/>" * 50_000 + b"</x:x>")


@attack("A93-comments", soa="SOA-03001", rules=("I11",), seconds=_MANY)
def many_comments(mock: Mock) -> bytes:
    """120 000 comments"""
    return in_header(mock.forge(), b"<!---->" * 120_000)


@attack("A93-findings", soa="SOA-03004", rules=("Q33",), seconds=_MANY)
def many_findings(mock: Mock) -> bytes:
    """45 000 breaches of one rule, which would fill the journal"""
    return in_header(mock.forge(), b"<x:x xmlns:x='urn:x'>" + b"<?a?>" * 45_000 + b"</x:x>")


@attack("A93-places", soa="SOA-01001", rules=("S06",), seconds=_MANY)
def many_places(mock: Mock) -> bytes:
    """Body's id in 10 000 places, 50 levels deep"""
    forge = mock.forge()
    block = (b"<x:a Id='%b'>" % (forge.body.get(WSU_ID) or "").encode()) * 50 + b"</x:a>" * 50
    return in_header(forge, b"<x:x xmlns:x='urn:x'>" + block * 200 + b"</x:x>")


@harmless("A93-below-limit")
def many_elements(mock: Mock) -> bytes:
    """49 000 elements in a header block"""
    return in_header(mock.forge(), b"<x:x xmlns:x='urn:x'>" + b"<x:a/>" * 49_000 + b"</x:x>")


_LONG: Final = "A" * 900_000


@attack("A94", soa="SOA-01001", rules=("S54",))
def long_signature_value(mock: Mock) -> Forge:
    """A SignatureValue of 900 000 characters"""
    forge = mock.forge()
    part(forge, "SignatureValue").text = _LONG
    return forge


@attack("A94-digest", soa="SOA-01001", rules=("S54",))
def long_digest_value(mock: Mock) -> Forge:
    """A DigestValue of 900 000 characters"""
    forge = mock.forge()
    find(forge.signature, "DigestValue").text = _LONG
    return forge


@attack("A94-certificate", soa="SOA-01001", rules=("H07",))
def long_sts_certificate(mock: Mock) -> Forge:
    """A certificate of the STS of 900 000 characters"""
    forge = mock.forge()
    certificates = list(forge.assertion.iter(f"{{{DS}}}X509Certificate"))
    certificates[-1].text = _LONG
    return forge


@attack("A94-holder", soa="SOA-01001", rules=("H16",))
def long_holder_certificate(mock: Mock) -> Forge:
    """A certificate of the holder of 900 000 characters"""
    forge = mock.forge()
    certificates = list(forge.assertion.iter(f"{{{DS}}}X509Certificate"))
    certificates[0].text = _LONG
    return forge


@attack("A94-identifier", soa="SOA-01001", rules=("S60",))
def long_key_identifier(mock: Mock) -> Forge:
    """A KeyIdentifier of 900 000 characters"""
    forge = mock.forge()
    find(forge.signature, "KeyIdentifier").text = _LONG
    return forge


@attack("A94-binary-token", soa="SOA-01001", profile="hardened")
def long_binary_token(mock: Mock) -> Forge:
    """A BinarySecurityToken of 900 000 characters, which is never decoded"""
    forge = mock.forge()
    etree.SubElement(forge.security, f"{{{WSSE}}}BinarySecurityToken").text = _LONG
    return forge


@attack("A95", soa="SOA-03004", rules=("Q44",))
def soap_array(mock: Mock) -> Forge:
    """A SOAP array of 999 999 999 items in Body"""
    forge = mock.forge()
    array = etree.SubElement(forge.operation, f"{{{SOAP_ENCODING}}}Array")
    array.set(f"{{{SOAP_ENCODING}}}arrayType", "xs:int[999999999]")
    return forge


@attack("A95-signed", soa="SOA-03004", rules=("Q44",))
def soap_array_signed(mock: Mock) -> Forge:
    """As A95 with many dimensions, signed by the holder"""
    forge = mock.forge()
    name = find(forge.operation, "LastName")
    name.set(f"{{{SOAP_ENCODING}}}arrayType", f"{{{FOREIGN}}}x" + "[,,,,999999999]" * 100)
    return forge.sign()
