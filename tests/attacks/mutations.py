"""One change of a tree, drawn by hypothesis, and what of a message no change may touch.

A change is drawn as numbers and applied to whatever tree there is: a number picks among what the tree has, so every
draw is a valid one and shrinks towards the front of the document.
"""

import base64
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import strategies as st
from lxml import etree

from mockserver.namespaces import DS, SAML, SOAP, WSSE, WSU, XML
from tests.forge import duplicate

_XML_TEXT: Final = st.text(
    st.one_of(
        st.sampled_from(" \t\r\n019AZaz<>&'\"=#-\u00a0\u0661\ufeff"),
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
    ),
    max_size=12,
)
_NAMES: Final = ("Body", "Timestamp", "Assertion", "Signature", "Id", "x", "Security", "Created", "AttributeValue")
_NAMESPACES: Final = (SOAP, WSSE, WSU, DS, SAML, "urn:example:foreign", None)
_ID_LIKE: Final = (f"{{{WSU}}}Id", f"{{{XML}}}id", "Id", "ID", "id", "AssertionID")


@dataclass(frozen=True)
class Change:
    """What to do where; `first` and `second` pick elements, `third` an attribute, a name or a place."""

    kind: str
    first: int
    second: int
    third: int
    text: str

    def apply(self, root: etree._Element) -> None:
        """Change the tree. What cannot be done (deleting the document element, say) leaves it as it is."""
        elements = list(root.iter("*"))
        element = elements[self.first % len(elements)]
        KINDS[self.kind](self, element, elements[self.second % len(elements)])


def _delete(change: Change, element: etree._Element, other: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _unwrap(change: Change, element: etree._Element, other: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        place = parent.index(element)
        parent[place : place + 1] = list(element)


def _duplicate(change: Change, element: etree._Element, other: etree._Element) -> None:
    if element.getparent() is not None:
        element.addnext(duplicate(element))


def _copy_to(change: Change, element: etree._Element, other: etree._Element) -> None:
    other.insert(change.third % (len(other) + 1), duplicate(element))


def _move(change: Change, element: etree._Element, other: etree._Element) -> None:
    if element.getparent() is not None and element not in (other, *other.iterancestors()):
        other.insert(change.third % (len(other) + 1), element)


def _wrap(change: Change, element: etree._Element, other: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        wrapper = etree.Element(_name(change))
        parent.replace(element, wrapper)
        wrapper.append(element)


def _rename(change: Change, element: etree._Element, other: etree._Element) -> None:
    element.tag = _name(change)


def _rename_like(change: Change, element: etree._Element, other: etree._Element) -> None:
    element.tag = other.tag


def _name(change: Change) -> str:
    namespace = _NAMESPACES[change.third % len(_NAMESPACES)]
    local = _NAMES[change.second % len(_NAMES)]
    return f"{{{namespace}}}{local}" if namespace else local


def _attribute(change: Change, element: etree._Element) -> str | None:
    names = list(element.attrib)
    return str(names[change.third % len(names)]) if names else None


def _delete_attribute(change: Change, element: etree._Element, other: etree._Element) -> None:
    if name := _attribute(change, element):
        del element.attrib[name]


def _rename_attribute(change: Change, element: etree._Element, other: etree._Element) -> None:
    if name := _attribute(change, element):
        element.set(_name(change), element.attrib.pop(name))


def _change_attribute(change: Change, element: etree._Element, other: etree._Element) -> None:
    if name := _attribute(change, element):
        element.set(name, change.text)


def _add_attribute(change: Change, element: etree._Element, other: etree._Element) -> None:
    element.set(_name(change), change.text)


def _add_id(change: Change, element: etree._Element, other: etree._Element) -> None:
    """An id-like attribute with the value of another element's id."""
    values = [value for name in _ID_LIKE if (value := other.get(name)) is not None]
    if values:
        element.set(_ID_LIKE[change.third % len(_ID_LIKE)], values[0])


def _swap_ids(change: Change, element: etree._Element, other: etree._Element) -> None:
    mine, theirs = (next((name for name in _ID_LIKE if each.get(name)), None) for each in (element, other))
    if mine and theirs:
        value = element.get(mine, "")
        element.set(mine, other.get(theirs, ""))
        other.set(theirs, value)


def _swap(change: Change, element: etree._Element, other: etree._Element) -> None:
    parent, others = element.getparent(), other.getparent()
    related = element in other.iterancestors() or other in element.iterancestors() or element is other
    if parent is None or others is None or related:
        return
    place = etree.Element("place")
    parent.replace(element, place)
    others.replace(other, element)
    parent.replace(place, other)


def _change_text(change: Change, element: etree._Element, other: etree._Element) -> None:
    element.text = change.text


def _change_character(change: Change, element: etree._Element, other: etree._Element) -> None:
    text = element.text or ""
    if text:
        at = change.third % len(text)
        element.text = text[:at] + (change.text[:1] or "x") + text[at + 1 :]


def _change_tail(change: Change, element: etree._Element, other: etree._Element) -> None:
    if element.getparent() is not None:
        element.tail = change.text


def _text_of_other(change: Change, element: etree._Element, other: etree._Element) -> None:
    element.text = other.text


def _insert(change: Change, element: etree._Element, node: etree._Element) -> None:
    """Put a node among the children, or into the text of an element that has none."""
    if len(element):
        element.insert(change.third % (len(element) + 1), node)
        return
    text = element.text or ""
    at = change.third % (len(text) + 1)
    element.text, node.tail = text[:at], text[at:]
    element.append(node)


def _insert_comment(change: Change, element: etree._Element, other: etree._Element) -> None:
    _insert(change, element, etree.Comment("x"))


def _insert_instruction(change: Change, element: etree._Element, other: etree._Element) -> None:
    _insert(change, element, etree.ProcessingInstruction("x", "y"))


def _insert_element(change: Change, element: etree._Element, other: etree._Element) -> None:
    _insert(change, element, etree.Element(_name(change)))


KINDS: Final[dict[str, Callable[[Change, etree._Element, etree._Element], None]]] = {
    function.__name__.strip("_").replace("_", " "): function
    for function in (
        _delete,
        _unwrap,
        _duplicate,
        _copy_to,
        _move,
        _wrap,
        _rename,
        _rename_like,
        _delete_attribute,
        _rename_attribute,
        _change_attribute,
        _add_attribute,
        _add_id,
        _swap_ids,
        _swap,
        _change_text,
        _change_character,
        _change_tail,
        _text_of_other,
        _insert_comment,
        _insert_instruction,
        _insert_element,
    )
}

_numbers: Final = st.integers(0, 255)
changes: Final = st.builds(Change, st.sampled_from(sorted(KINDS)), _numbers, _numbers, _numbers, _XML_TEXT)


# What is signed and judged, by position.

_SECURITY: Final = f"{{{SOAP}}}Header/{{{WSSE}}}Security"
_TOKEN: Final = f"{_SECURITY}/{{{SAML}}}Assertion"
_SIGNATURE: Final = f"{_SECURITY}/{{{DS}}}Signature"
_TOKEN_SIGNATURE: Final = f"{_TOKEN}/{{{DS}}}Signature"

SIGNED: Final = (
    f"{{{SOAP}}}Body",
    f"{_SECURITY}/{{{WSU}}}Timestamp",
    _TOKEN,
    f"{_SIGNATURE}/{{{DS}}}SignedInfo",
    f"{_TOKEN_SIGNATURE}/{{{DS}}}SignedInfo",
)
"""What a signature covers. Compared in exclusive canonical form, the token without its own Signature."""

JUDGED: Final = (
    f"{_SIGNATURE}/{{{DS}}}SignatureValue",
    f"{_SIGNATURE}/{{{DS}}}KeyInfo/{{{WSSE}}}SecurityTokenReference/{{{WSSE}}}KeyIdentifier",
    f"{_TOKEN_SIGNATURE}/{{{DS}}}SignatureValue",
    f"{_TOKEN_SIGNATURE}/{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate",
)
"""What no signature covers, though the verdict rests on it. Compared as text without white space; a certificate by
its key, for that is what is pinned (`decisions.md` 4)."""

_CLEAR: Final = (f"{{{WSU}}}Created", f"{{{WSU}}}Expires", f"{{{SAML}}}NameIdentifier", f"{{{SAML}}}AttributeValue")
"""Values of what is signed in which not even a comment may stand, though canonicalisation drops it."""

_NOWHERE_ELSE: Final = (f"{{{WSSE}}}Security", f"{{{WSU}}}Timestamp", f"{{{SAML}}}Assertion", f"{{{DS}}}Signature")
"""Elements of which another one, wherever it stands, might be taken for the one that counts."""


@dataclass(frozen=True)
class Protected:
    """What a message must still have, the same and in the same place, to be accepted."""

    signed: tuple[tuple[bytes, ...], ...]
    judged: tuple[tuple[str, ...], ...]
    clear: bool
    """No comment or element stands in a value that must be text alone."""
    names: Counter[str]
    ids: Counter[str]
    """How many elements bear each referenced id, in whatever attributes; the business Id is none."""


def protected(root: etree._Element) -> Protected:
    """Read a message by position, without any of the gateway's code."""
    referenced = {uri.removeprefix("#") for uri in root.xpath("//*[local-name()='Reference']/@URI")}
    business = root.find(f"{{{SOAP}}}Body/*")
    ids = [
        value
        for element in root.iter("*")
        for value in {
            str(value)
            for name, value in element.attrib.items()
            if name in _ID_LIKE and value in referenced and not (element is business and name == "Id")
        }
    ]
    values = [each for path in JUDGED for each in root.iterfind(path)]
    values += [each for path in SIGNED for part in root.iterfind(path) for each in part.iter(*_CLEAR)]
    return Protected(
        signed=tuple(tuple(_canonical(each) for each in root.iterfind(path)) for path in SIGNED),
        judged=tuple(tuple(_value(each) for each in root.iterfind(path)) for path in JUDGED),
        clear=not any(len(each) for each in values),
        names=Counter(str(each.tag) for each in root.iter(*_NOWHERE_ELSE)),
        ids=Counter(ids),
    )


def _value(element: etree._Element) -> str:
    text = re.sub("[ \t\r\n]", "", "".join(element.itertext()))
    if element.tag != f"{{{DS}}}X509Certificate":
        return text
    try:
        key = x509.load_der_x509_certificate(base64.b64decode(text, validate=True)).public_key()
    except (ValueError, UnsupportedAlgorithm):
        return text
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo).hex()


def _canonical(element: etree._Element) -> bytes:
    twin = duplicate(element)
    if twin.tag == f"{{{SAML}}}Assertion":
        for signature in twin.findall(f"{{{DS}}}Signature"):
            twin.remove(signature)
    return etree.tostring(twin, method="c14n", exclusive=True, with_comments=False)
