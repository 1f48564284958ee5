"""One change of content: an element, an attribute, a value, a character."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from mockserver.gateway.message.envelope import elements, local_name
from mockserver.xray.attempt import Attempt, Attempts, Variant, Variants
from mockserver.xray.subject import Subject, below, counterpart, take_out

_MOST_ELEMENTS: Final = 300
_LONG: Final = 300
"""A value of so many characters (a certificate) is searched last, and only for what base64 is made of."""

_START_TAG: Final = re.compile(r'<([^\s<>/?!]+)((?: [^\s=]+="[^"]*")*)>')
_ATTRIBUTE: Final = re.compile(r' ([^\s=]+)="([^"]*)"')
_UNIT: Final = re.compile(r"&[^;]+;|.", re.DOTALL)
"""A character as canonical XML writes it."""

_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n"
_ALPHABET: Final = (
    *(chr(code) for code in range(32, 127) if chr(code) not in "&<>"),
    "&amp;", "&lt;", "&gt;", "\n", "\t", "&#xD;", "\u00a0", "\u00ad", "\u200b", "\u2013", "\u2019", "\u20ac", "\ufeff",
    *(chr(code) for code in range(0xC0, 0x100)),
)  # fmt: skip
"""ASCII, the letters of Western European names, and what word processors and copying put into texts."""

_SWAPPED: Final = "characters {} and {} changed places"


@dataclass(frozen=True, slots=True)
class Span:
    """A value within the canonical text."""

    element: etree._Element
    attribute: str | None
    start: int
    end: int

    @property
    def where(self) -> str:
        """Path of the element, with the attribute if it is one's value."""
        return place_of(self.element) + (f"/@{self.attribute}" if self.attribute else "")


def place_of(element: etree._Element) -> str:
    """The path of an element, with a number where siblings bear the same name."""
    return "/".join(reversed([_numbered(node) for node in (element, *element.iterancestors())]))


def _numbered(node: etree._Element) -> str:
    parent = node.getparent()
    alike = [] if parent is None else [child for child in parent if child.tag == node.tag]
    return local_name(node) + (f"[{alike.index(node) + 1}]" if len(alike) > 1 else "")


def structure(subject: Subject) -> Variants:
    """Without an attribute, without an element, with an element twice, with siblings in another order."""
    for node in (subject.element, *below(subject.element, _MOST_ELEMENTS)):
        for name in node.attrib:
            twin = _twin(subject, node)
            node_there = twin[1]
            del node_there.attrib[name]
            what = f"the attribute {etree.QName(name).localname} was not there when it was signed"
            yield Variant("content-changed", twin[0], what, place_of(node))
    for node in below(subject.element, _MOST_ELEMENTS):
        yield from _without_and_twice(subject, node)
    for parent in (subject.element, *below(subject.element, _MOST_ELEMENTS)):
        yield from _reordered(subject, parent)


def _without_and_twice(subject: Subject, node: etree._Element) -> Variants:
    where = place_of(node)
    for keep_tail in (True, False):
        whole, there = _twin(subject, node)
        if not keep_tail:
            there.tail = None
        elif not node.tail:
            continue
        take_out(there)
        yield Variant("content-changed", whole, "the element was not there when it was signed", where)
    whole, there = _twin(subject, node)
    above = there.getparent()
    if above is not None:
        above.insert(above.index(there), counterpart(there))
        yield Variant("content-changed", whole, "the element stood there twice when it was signed", where)


def _reordered(subject: Subject, parent: etree._Element) -> Variants:
    """One child at another place among its siblings, all reversed, all sorted by what they are called."""
    count = len(elements(parent))
    if not 2 <= count <= 40 or count != len(parent):
        return
    mistake = "token-attribute-order" if local_name(parent) == "AttributeStatement" else "content-changed"
    orders: list[Sequence[int]] = [list(reversed(range(count)))]
    names = [child.get("AttributeName", str(child.tag)) for child in parent]
    orders += [sorted(range(count), key=lambda n: names[n]), sorted(range(count), key=lambda n: names[n].lower())]
    for start in range(count):
        rest = [n for n in range(count) if n != start]
        orders += [[*rest[:at], start, *rest[at:]] for at in range(count) if at != start]
    for order in orders:
        whole, there = _twin(subject, parent)
        children = list(there)
        tails = [child.tail for child in children]
        for child, tail in zip([children[n] for n in order], tails, strict=True):
            there.append(child)
            child.tail = tail
        yield Variant(mistake, whole, "its children stood in another order when it was signed", place_of(parent))


def _twin(subject: Subject, node: etree._Element) -> tuple[etree._Element, etree._Element]:
    """The counterparts of the subject's element and of `node` in one and the same copy."""
    there = counterpart(node)
    whole = there
    ancestors = [node, *node.iterancestors()]
    for _ in range(ancestors.index(subject.element)):
        parent = whole.getparent()
        if parent is None:
            raise ValueError("the node does not stand below the subject")
        whole = parent
    return whole, there


def spans(element: etree._Element, text: str) -> list[Span]:
    """The values within the canonical text of `element`; short ones first."""
    found: list[Span] = []
    tags = list(_START_TAG.finditer(text))
    nodes = list(element.iter("*"))
    if len(tags) != len(nodes):
        return []
    for node, tag in zip(nodes, tags, strict=True):
        for attribute in _ATTRIBUTE.finditer(tag[2]):
            name = attribute[1]
            if name != "xmlns" and not name.startswith("xmlns:"):
                start = tag.start(2) + attribute.start(2)
                found.append(Span(node, name.rpartition(":")[2], start, start + len(attribute[2])))
        if not elements(node):
            end = text.index("<", tag.end())
            found.append(Span(node, None, tag.end(), end))
    return sorted(found, key=lambda span: span.end - span.start > _LONG)


def values(found: Sequence[Span], text: str, known: Sequence[str]) -> Attempts:
    """Each value whole: in another case, trimmed, empty, or one that stands elsewhere."""
    pool = dict.fromkeys([*known, *(text[span.start : span.end] for span in found)])
    for span in found:
        now = text[span.start : span.end]
        for change, words in _CHANGES.items():
            if (before := change(now)) != now:
                yield _replaced(span, text, before, words)
        for before in pool:
            if before != now:
                yield _replaced(span, text, before, "a value known from elsewhere stood there when it was signed")


_CHANGES: Final[dict[Callable[[str], str], str]] = {
    str.upper: "it was in capitals when it was signed",
    str.lower: "it was in small letters when it was signed",
    str.title: "it was in other capitals when it was signed",
    str.strip: "white space came around it after signing",
    lambda value: f" {value} ": "white space around it was trimmed after signing",
    lambda value: f"\n{value}\n": "line ends around it were trimmed after signing",
    lambda value: "": "it was empty when it was signed",
    lambda value: value + value: "it stood there twice when it was signed",
    lambda value: value[: len(value) // 2]: "half of it stood there when it was signed",
}


def _replaced(span: Span, text: str, value: str, detail: str) -> Attempt:
    octets = (text[: span.start] + value + text[span.end :]).encode()
    return Attempt("content-changed", octets, detail, span.where)


@dataclass(frozen=True, slots=True)
class Gap:
    """A place in the octets where one of many characters may have stood."""

    span: Span
    before: bytes
    after: bytes
    choices: Sequence[str]
    detail: str
    """With {} for the choice."""


def gaps(found: Sequence[Span], text: str) -> Iterator[Gap]:
    """Every character left out, replaced, swapped with the next one, or preceded by another one."""
    for span in found:
        is_long = span.end - span.start > _LONG
        choices = tuple(_BASE64) if is_long else _ALPHABET
        units = [match.span() for match in _UNIT.finditer(text, span.start, span.end)]
        for number, (start, end) in enumerate(units, 1):
            now = text[start:end]
            before, after = text[:start].encode(), text[end:].encode()
            words = f"character {number} is {shown(now)} and "
            yield Gap(span, before, after, choices, words + "was {} when it was signed")
            yield Gap(span, before, after, ("",), words + "was not there when it was signed")
            if number < len(units):
                following = text[end : units[number][1]]
                rest = text[units[number][1] :].encode()
                yield Gap(span, before, rest, (following + now,), _SWAPPED.format(number, number + 1))
        for number, at in enumerate([span.start, *(end for _, end in units)], 1):
            detail = f"{{}} stood before character {number} when it was signed"
            if number > len(units):
                detail = "{} stood at the end when it was signed"
            yield Gap(span, text[:at].encode(), text[at:].encode(), choices, detail)


def shown(character: str) -> str:
    """A character for people: itself and its code point."""
    if len(character) != 1:
        return character
    return f"U+{ord(character):04X}" + (f" ({character})" if character.isprintable() and character != " " else "")
