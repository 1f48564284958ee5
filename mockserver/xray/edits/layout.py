"""White space between elements: put in after signing (pretty-printed), or lost after signing."""

from collections.abc import Iterator
from itertools import product
from typing import Final

from lxml import etree

from mockserver.gateway.message.envelope import elements
from mockserver.xray.attempt import Variant, Variants
from mockserver.xray.subject import Subject, changed

_UNITS: Final = {
    "  ": "two blanks",
    "    ": "four blanks",
    "\t": "a tab",
    "": "line ends only",
    "   ": "three blanks",
    " ": "one blank",
}
"""How writers indent: lxml and ElementTree by two, .NET by two, JAXB by four, minidom by a tab."""

_LINE_ENDS: Final = {"\n": "", "\r\n": ", with CRLF"}


def variants(subject: Subject) -> Variants:
    """The element without indentation, and with each usual one."""
    indented = _has_layout(subject.element)
    if indented:
        yield Variant("pretty-printed", changed(subject.element, strip), "it was signed without white space in between")
        yield Variant("pretty-printed", changed(subject.element, strip_all), "texts stand on lines of their own now")
    mistake = "pretty-printed" if indented else "whitespace-stripped"
    for (unit, words), (end, crlf), base in product(_UNITS.items(), _LINE_ENDS.items(), _bases(subject.element)):

        def indent(twin: etree._Element, unit: str = unit, end: str = end, base: int = base) -> None:
            strip(twin)
            _indent(twin, unit, end, base)

        yield Variant(mistake, changed(subject.element, indent), f"it was signed with an indentation of {words}{crlf}")


def strip(element: etree._Element) -> None:
    """Remove text that is white space alone, wherever elements stand beside it."""
    for node in element.iter("*"):
        if not elements(node):
            continue
        if _is_blank(node.text):
            node.text = None
        for child in node:
            if _is_blank(child.tail):
                child.tail = None


def strip_all(element: etree._Element) -> None:
    """The same, and white space around every text."""
    strip(element)
    for node in element.iter("*"):
        if not elements(node) and node.text:
            node.text = node.text.strip(" \t\r\n") or None


def _indent(element: etree._Element, unit: str, end: str, level: int) -> None:
    children = list(element)
    if not elements(element):
        return
    element.text = end + unit * (level + 1)
    for child in children:
        if isinstance(child.tag, str):
            _indent(child, unit, end, level + 1)
        child.tail = end + unit * (level + 1)
    children[-1].tail = end + unit * level


def _bases(element: etree._Element) -> Iterator[int]:
    """Depth the writer counted from: within the whole message, or of the element alone."""
    depth = sum(1 for _ in element.iterancestors())
    yield depth
    if depth:
        yield 0


def _has_layout(element: etree._Element) -> bool:
    return any(
        (_is_blank(node.text) and elements(node)) or (node is not element and _is_blank(node.tail))
        for node in element.iter("*")
    )


def _is_blank(text: str | None) -> bool:
    return bool(text) and not (text or "").strip(" \t\r\n")
