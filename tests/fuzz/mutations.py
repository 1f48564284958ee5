"""Ways to spoil a message: in its octets, and in its tree. Each takes a random generator and is repeatable with it."""

import random
from collections.abc import Callable, Sequence
from typing import Final

from lxml import etree

Octets = bytes
Mutation = Callable[[random.Random, Octets], Octets]
Change = Callable[[random.Random, etree._Element], None]
"""Of the tree below an element, in place."""

# What parsers and verifiers trip over, by the attack it belongs to in docs/spec/rules.md, section 6.
SNIPPETS: Final = (
    b"<!DOCTYPE a>",  # A82
    b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',  # A81
    b"<?pi x?>",  # A70
    b"<!-- -->",  # A117 to A120
    b"<![CDATA[x]]>",
    b"&#0;",
    b"&b;",
    b"]]>",
    b"\x00",  # A103
    b"\xc0\xaf",
    b"\xef\xbb\xbf",  # A101
    b"\xff\xfe",
    b' xmlns:x="../a"',  # A71
    b' xml:id="a"',  # A105
    b' Id="a" ID="a"',  # A26
    b' xmlns=""',
    b"<a>" * 70,  # A87
    b" a='1'",
    b"".join(b" a%d='1'" % number for number in range(70)),  # A88
    b"</soapenv:Envelope>",
    b"<soapenv:Body xmlns:soapenv='http://schemas.xmlsoap.org/soap/envelope/'/>",  # A08
    b'<wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"/>',
    b"http://www.w3.org/2000/09/xmldsig#hmac-sha1",  # A54
    b"http://www.w3.org/TR/1999/REC-xslt-19991116",  # A47
    b"#xpointer(/)",  # A46
    b"9999-12-31T23:59:59Z",  # rules 7.3 no. 61
    b"0001-01-01T00:00:00Z",  # rules 7.3 no. 60
)


TEXTS: Final = (
    "",
    " ",
    "\n",
    "\u00a0",
    "0",
    "-1",
    "9" * 40,
    "#",
    "../a",
    "true",
    "A" * 5000,
    "\u0660\u0661",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "2022-02-30T24:00:00Z",
    "AAAA",
    "=",
    "SOA-02001",
    "MSG00013",
    "$value1 {0} %s",
    "</a>&b;",
    "\U0001f600",
    "http://www.w3.org/2000/09/xmldsig#",
    "http://schemas.xmlsoap.org/soap/actor/next",
    "a:b",
)
"""Values for elements and attributes."""


def change_octet(rng: random.Random, message: Octets) -> Octets:
    """Another octet in one place."""
    at = rng.randrange(len(message))
    return message[:at] + bytes([rng.randrange(256)]) + message[at + 1 :]


def cut_out(rng: random.Random, message: Octets) -> Octets:
    """A range is missing."""
    start, end = _range(rng, message)
    return message[:start] + message[end:]


def repeat(rng: random.Random, message: Octets) -> Octets:
    """A range stands twice."""
    start, end = _range(rng, message)
    return message[:end] + message[start:]


def truncate(rng: random.Random, message: Octets) -> Octets:
    """The end is missing."""
    return message[: rng.randrange(len(message))]


def insert_snippet(rng: random.Random, message: Octets) -> Octets:
    """One of the snippets stands somewhere."""
    at = rng.randrange(len(message) + 1)
    return message[:at] + rng.choice(SNIPPETS) + message[at:]


def insert_at_tag(rng: random.Random, message: Octets) -> Octets:
    """One of the snippets stands right before or after a tag, where it is likelier to stay well formed."""
    places = [at for at, octet in enumerate(message) if octet in b"<>"]
    if not places:
        return insert_snippet(rng, message)
    at = rng.choice(places) + rng.randrange(2)
    return message[:at] + rng.choice(SNIPPETS) + message[at:]


def drop_element(rng: random.Random, part: etree._Element) -> None:
    """An element is missing."""
    element = _any_element(rng, part)
    parent = element.getparent()
    if parent is not None and element is not part:
        parent.remove(element)


def move_element(rng: random.Random, part: etree._Element) -> None:
    """An element stands elsewhere: the shape of every wrapping attack."""
    element, target = _any_element(rng, part), _any_element(rng, part)
    if element is part or element is target or element in target.iterancestors():
        return
    target.insert(rng.randrange(len(target) + 1), element)


def copy_element(rng: random.Random, part: etree._Element) -> None:
    """An element stands twice, the second time anywhere."""
    element, target = _any_element(rng, part), _any_element(rng, part)
    target.insert(rng.randrange(len(target) + 1), etree.fromstring(etree.tostring(element, with_tail=False)))


def rename_element(rng: random.Random, part: etree._Element) -> None:
    """An element has the name of another."""
    _any_element(rng, part).tag = _any_element(rng, part).tag


def swap_attributes(rng: random.Random, part: etree._Element) -> None:
    """Two attributes have each other's value."""
    holders = [element for element in part.iter("*") if element.attrib]
    if not holders:
        return
    one, other = rng.choice(holders), rng.choice(holders)
    first, second = rng.choice(list(one.attrib)), rng.choice(list(other.attrib))
    one.attrib[first], other.attrib[second] = other.attrib[second], one.attrib[first]


def move_attribute(rng: random.Random, part: etree._Element) -> None:
    """An attribute stands on another element too, or no longer where it was."""
    holders = [element for element in part.iter("*") if element.attrib]
    if not holders:
        return
    holder = rng.choice(holders)
    name = rng.choice(list(holder.attrib))
    value = holder.attrib.pop(name) if rng.random() < 0.5 else holder.attrib[name]
    if rng.random() < 0.5:
        _any_element(rng, part).attrib[name] = value


def change_text(rng: random.Random, part: etree._Element) -> None:
    """An element has the text of another, or one of the hostile ones."""
    texts = [other.text for other in part.iter("*") if other.text]
    _any_element(rng, part).text = rng.choice([*texts, *TEXTS])


def change_attribute(rng: random.Random, part: etree._Element) -> None:
    """An attribute has one of the hostile values."""
    holders = [element for element in part.iter("*") if element.attrib]
    if holders:
        holder = rng.choice(holders)
        holder.attrib[rng.choice(list(holder.attrib))] = rng.choice(TEXTS)


def insert_node(rng: random.Random, part: etree._Element) -> None:
    """A comment, an instruction or a foreign element stands somewhere, with text behind it."""
    node = rng.choice(
        (etree.Comment("x"), etree.ProcessingInstruction("x"), etree.Element(rng.choice(("a", "{urn:x}a"))))
    )
    node.tail = rng.choice((None, "x", " "))
    target = _any_element(rng, part)
    target.insert(rng.randrange(len(target) + 1), node)


IN_OCTETS: Final[Sequence[Mutation]] = (change_octet, cut_out, repeat, truncate, insert_snippet, insert_at_tag)
IN_TREE: Final[Sequence[Change]] = (
    drop_element,
    move_element,
    copy_element,
    rename_element,
    swap_attributes,
    move_attribute,
    change_text,
    change_attribute,
    insert_node,
)


def changed(rng: random.Random, part: etree._Element) -> None:
    """One mutation of the tree."""
    rng.choice(IN_TREE)(rng, part)


def mutated(rng: random.Random, message: Octets) -> Octets:
    """The message after one to three mutations; those of the tree come first, while there is one."""
    root = etree.fromstring(message)
    in_octets = rng.random() < 0.6
    for _ in range(rng.randrange(3) if in_octets else rng.randrange(1, 4)):
        changed(rng, root)
    message = etree.tostring(root, encoding="utf-8")
    return rng.choice(IN_OCTETS)(rng, message) if in_octets else message


def _range(rng: random.Random, message: Octets) -> tuple[int, int]:
    start = rng.randrange(len(message))
    return start, min(len(message), start + rng.choice((1, 4, 40, 400)))


def _any_element(rng: random.Random, part: etree._Element) -> etree._Element:
    return rng.choice(list(part.iter("*")))
