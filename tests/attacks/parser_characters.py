"""A99 to A106: encodings that say one thing to a filter and another to a parser, and names that only look alike."""

from collections.abc import Callable
from typing import Final

from mockserver.namespaces import WSU
from tests.attacks.catalogue import Request, attack, harmless
from tests.attacks.forgery import FOREIGN, WSU_ID, reference_to, sign_value
from tests.conftest import Mock
from tests.forge import Forge

_BOM: Final = b"\xef\xbb\xbf"


def encoded(codec: str, charset: str, declaration: str | None = None, prefix: bytes = b"") -> Callable[[Mock], Request]:
    """A valid message in `codec`, sent as `charset`, with an XML declaration that names `declaration`."""

    def build(mock: Mock) -> Request:
        text = mock.forge().octets().decode()
        if declaration is not None:
            text = f'<?xml version="1.0" encoding="{declaration}"?>{text}'
        content_type = f"text/xml; charset={charset}" if charset else "text/xml"
        fields = [(name, content_type if name == "Content-Type" else value) for name, value in mock.fields()]
        return Request(prefix + text.encode(codec), fields)

    return build


def refused(attack_id: str, title: str, soa: str, rules: tuple[str, ...], build: Callable[[Mock], Request]) -> None:
    """Register an attack by its encoding."""
    attack(attack_id, soa=f"SOA-{soa}", rules=rules, title=title)(build)


refused("A99", "UTF-7 by charset", "03004", ("Q16",), encoded("utf-7", "utf-7"))
refused("A99-utf-32", "UTF-32 by charset", "03004", ("Q16",), encoded("utf-32", "utf-32"))
refused("A99-utf-32-as-utf-16", "UTF-32, whose mark begins like that of UTF-16", "03004", ("Q16",),
        encoded("utf-32", "utf-16"))  # fmt: skip
refused("A99-utf-32-as-utf-8", "UTF-32 sent as UTF-8", "03001", ("Q16-bytes",), encoded("utf-32", "utf-8"))
refused("A99-ebcdic", "EBCDIC by charset", "03004", ("Q16",), encoded("cp037", "ibm037"))
refused("A99-ebcdic-declared", "EBCDIC by declaration, sent as UTF-8", "03001", ("Q16-bytes", "Q20"),
        encoded("cp037", "utf-8", "IBM037"))  # fmt: skip
refused("A99-latin-1", "ISO-8859-1 by charset", "03004", ("Q16",), encoded("latin-1", "iso-8859-1"))
refused("A99-latin-1-declared", "ISO-8859-1 by declaration, sent as UTF-8", "03001", ("Q16-bytes",),
        encoded("latin-1", "utf-8", "ISO-8859-1"))  # fmt: skip
refused("A99-no-charset", "ISO-8859-1 by declaration, without charset", "03004", ("Q15", "Q16"),
        encoded("latin-1", "", "ISO-8859-1"))  # fmt: skip

refused("A100", "UTF-16 with a byte order mark, sent as UTF-8", "03001", ("Q16-bytes",), encoded("utf-16", "utf-8"))
refused("A100-declared", "UTF-16 without mark, declared, sent as UTF-8", "03001", ("Q16-bytes", "Q20"),
        encoded("utf-16-le", "utf-8", "UTF-16"))  # fmt: skip
refused("A100-reverse", "UTF-8 sent as UTF-16", "03001", ("Q16-bytes", "Q20"), encoded("utf-8", "utf-16le"))


@attack("A99-declared", soa="SOA-03001", rules=("Q20",))
def markup_in_utf_7(mock: Mock) -> bytes:
    """UTF-7 by declaration, sent as UTF-8: what is no markup for a filter is for a parser that believes it"""
    declaration = b'<?xml version="1.0" encoding="UTF-7"?>'
    return declaration + mock.forge().octets().replace(b"<", b"+ADw-").replace(b">", b"+AD4-")


@harmless("A101", warns=("Q17",))
def mark_and_other_declaration(mock: Mock) -> Request:
    """A mark of UTF-8 and a declaration of ISO-8859-1: the charset decides, the contradiction warns"""
    return encoded("utf-8", "utf-8", "ISO-8859-1", _BOM)(mock)


refused("A101-latin-1", "A mark of UTF-8 before ISO-8859-1", "03001", ("Q16-bytes",),
        encoded("latin-1", "utf-8", "ISO-8859-1", _BOM))  # fmt: skip


def version(attack_id: str, title: str, declaration: bytes) -> None:
    def build(mock: Mock) -> bytes:
        return declaration + mock.forge().octets()

    attack(attack_id, soa="SOA-03004", rules=("Q20-version",), title=title)(build)


version("A102", "XML 1.1", b'<?xml version="1.1" encoding="UTF-8"?>')
version("A102-quotes", "XML 1.1 in single quotes", b"<?xml version = '1.1' standalone='no' ?>")
# Whoever looks at the beginning of a document alone does not see the end of this declaration.
version("A102-blanks", "XML 1.1 in a declaration of 100 000 blanks", b'<?xml version="1.1"' + b" " * 100_000 + b"?>")
version("A102-mark", "XML 1.1 behind a byte order mark", _BOM + b'<?xml version="1.1"?>')


@attack("A102-utf-16", soa="SOA-03004", rules=("Q20-version",))
def version_in_utf_16(mock: Mock) -> Request:
    """XML 1.1 in UTF-16, in a declaration of 1000 blanks"""
    request = encoded("utf-16", "utf-16", "UTF-16")(mock)
    text = request.body.decode("utf-16").replace('version="1.0"', 'version="1.1"' + " " * 1000, 1)
    return Request(text.encode("utf-16"), request.fields)


@attack("A102-next-line", soa="SOA-03001", rules=("Q20",))
def next_line(mock: Mock) -> bytes:
    """NEL between attributes, white space in XML 1.1 alone"""
    return mock.forge().octets().replace(b"<SOAP-ENV:Envelope ", "<SOAP-ENV:Envelope\x85".encode(), 1)


def appended(attack_id: str, title: str, junk: bytes) -> None:
    def build(mock: Mock) -> bytes:
        return mock.forge().octets() + junk

    attack(attack_id, soa="SOA-03001", rules=("Q20",), title=title)(build)


appended("A103", "NUL after the Envelope", b"\0")
appended("A103-nul-and-document", "NUL and another document after the Envelope", b"\0<a/>")
appended("A103-junk", "Text after the Envelope", b"junk")
appended("A103-second", "A second document after the Envelope", b"<a/>")
appended("A103-doctype", "A DOCTYPE after the Envelope", b"<!DOCTYPE a>")
appended("A103-declaration", "An XML declaration after the Envelope", b'<?xml version="1.0"?>')
appended("A103-unread", "CDATA after the Envelope", b"<![CDATA[x]]>")


@attack("A103-before", soa="SOA-03001", rules=("Q20",))
def nul_before(mock: Mock) -> bytes:
    """NUL before the Envelope"""
    return b"\0" + mock.forge().octets()


def with_attributes(attack_id: str, title: str, attributes: bytes) -> None:
    """Register an attack by attributes on the Envelope that make it not well-formed."""

    def build(mock: Mock) -> bytes:
        return mock.forge().octets().replace(b"<SOAP-ENV:Envelope ", b"<SOAP-ENV:Envelope " + attributes + b" ", 1)

    attack(attack_id, soa="SOA-03001", rules=("Q20",), title=title)(build)


with_attributes("A104", "One attribute twice", b"xmlns:x='urn:x' x:a='1' x:a='2'")
with_attributes("A104-prefixes", "One attribute under two prefixes", b"xmlns:x='urn:x' xmlns:y='urn:x' x:a='1' y:a='2'")
with_attributes("A104-declaration", "One prefix declared twice", b"xmlns:x='urn:x' xmlns:x='urn:y'")
with_attributes(
    "A104-warning",
    "One attribute under two prefixes, and behind it something that libxml2 only warns of",
    b"xmlns:x='urn:x' xmlns:y='urn:x' x:a='1' y:a='2' xml:space='other'",
)


@attack("A104-id", soa="SOA-03001", rules=("Q20",))
def two_ids_on_body(mock: Mock) -> bytes:
    """Two wsu:Ids on Body under two prefixes, the first as signed"""
    forge = mock.forge()
    own = f'wsu:Id="{forge.body.get(WSU_ID)}"'.encode()
    octets = forge.octets()
    assert own in octets
    return octets.replace(own, own + f" xmlns:other='{WSU}' other:Id='evil'".encode(), 1)


@attack("A105", soa=("SOA-03001", "SOA-01001"))
def xml_ids(mock: Mock) -> bytes:
    """Body's id as xml:id of two header blocks"""
    forge = mock.forge()
    block = f"<x:a xmlns:x='urn:x' xml:id='{forge.body.get(WSU_ID)}'/>".encode()
    return forge.octets().replace(b"<SOAP-ENV:Header>", b"<SOAP-ENV:Header>" + block * 2, 1)


def looks_like(attack_id: str, title: str, signed: str, written: str) -> None:
    """Register an attack: Body has the id `signed`, and its Reference names `written`."""

    def build(mock: Mock) -> Forge:
        forge = mock.forge()
        reference = reference_to(forge, forge.body)
        forge.body.set(WSU_ID, signed)
        reference.set("URI", f"#{signed}")
        forge.sign()
        reference.set("URI", f"#{written}")
        # An insider, so that nothing but the name is wrong.
        return sign_value(forge)

    attack(attack_id, soa="SOA-01001", rules=("S52", "S07"), title=title)(build)


looks_like("A106", "A full-width letter, equal after NFKC", "Body", "\uff22ody")
looks_like("A106-cyrillic", "A Cyrillic letter", "body", "b\u043edy")
looks_like("A106-composed", "e and an accent instead of the letter", "\u00e9", "e\u0301")
looks_like("A106-case", "Another case", "body", "BODY")
looks_like("A106-joiner", "A joiner that is not seen", "body", "bo\u200ddy")
looks_like("A106-bidi", "A mark of direction that is not seen", "body", "bo\u200edy")
looks_like("A106-blank", "A blank at the end", "body", "body ")
looks_like("A106-percent", "Percent-encoded", "body", "b%6Fdy")


@harmless("A106-same")
def full_width_everywhere(mock: Mock) -> Forge:
    """A full-width id that its Reference names in the same characters"""
    forge = mock.forge()
    reference = reference_to(forge, forge.body)
    forge.body.set(WSU_ID, "\uff22ody")
    reference.set("URI", "#\uff22ody")
    return forge.sign()


@attack("A106-name", soa="SOA-03003", rules=("B01",))
def look_alike_body(mock: Mock) -> Forge:
    """A Body whose name begins with a full-width letter"""
    forge = mock.forge()
    forge.body.tag = str(forge.body.tag).replace("Body", "\uff22ody")
    return forge


# libxml2 takes a namespace that is no URI for an error; whoever does not finds no Security header.
@attack("A106-namespace", soa=("SOA-03001", "SOA-01001"), rules=("Q20", "S01"))
def look_alike_namespace(mock: Mock) -> bytes:
    """The namespace of the Security header with a Cyrillic letter"""
    octets = mock.forge().octets()
    return octets.replace(b"wssecurity-secext-1.0.xsd", "wss\u0435curity-secext-1.0.xsd".encode())


@attack("A106-attribute", soa="SOA-01001")
def look_alike_attribute(mock: Mock) -> Forge:
    """The wsu:Id of Body under a look-alike name, so that it has none"""
    forge = mock.forge()
    value = forge.body.attrib.pop(WSU_ID)
    forge.body.set(f"{{{WSU}}}\u0406d", value)
    forge.body.set(f"{{{FOREIGN}}}Id", value)
    return forge
