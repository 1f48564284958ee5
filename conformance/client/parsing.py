"""One hardened XML parser for everything that comes from outside: answers and tokens."""

from lxml import etree


class MarkupError(ValueError):
    """The octets are not XML this client reads; the message says why in one sentence."""


def parse(octets: bytes) -> etree._Element:
    """The document element of `octets`.

    Nothing is fetched and no entity is replaced; libxml2's own limits (depth 256, 10 MB of text) stay on. A
    DOCTYPE is refused: WS-I Basic Profile 1.1 forbids it in messages (R1008), and a token has no use for one.

    Raises MarkupError.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(octets, parser)
    except etree.XMLSyntaxError as error:
        raise MarkupError(f"not well-formed XML: {error.msg or 'empty'}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise MarkupError("it holds a DOCTYPE, which R1008 forbids")
    return root


def text_of(element: etree._Element) -> str:
    """All text inside `element`. lxml's `.text` stops at the first comment; XPath's string value does not."""
    return str(element.xpath("string()"))
