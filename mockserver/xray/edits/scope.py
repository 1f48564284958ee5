"""What was digested: too early, too little, too much, or something else altogether."""

import re
from collections.abc import Sequence
from typing import Final

from lxml import etree

from mockserver.gateway.crypto.canonical import CanonicalError, exclusive_c14n
from mockserver.gateway.message.envelope import BODY, SECURITY, elements, path_of
from mockserver.gateway.message.security import SECURITY_TOKEN_REFERENCE, WSU_ID
from mockserver.xray.attempt import Attempt, Attempts, Variant, Variants, Writing
from mockserver.xray.subject import Kind, Subject, changed

_MOST_ELEMENTS: Final = 600
"""Elements that are tried in place of the right one; a request has about a hundred."""

_IDS: Final = (WSU_ID, "Id", "ID", "id", "AssertionID")
_MARKUP: Final = re.compile(
    rb"""<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(?P<end>/)?(?:[^<>"']|"[^"]*"|'[^']*')*+>""", re.DOTALL
)


def earlier_states(subject: Subject) -> Variants:
    """The element before its id was added, and before anything was put into it."""
    for name in _IDS:
        if name in subject.element.attrib:
            twin = changed(subject.element, lambda node, name=name: node.attrib.pop(name))  # type: ignore[misc]
            yield Variant("before-id", twin, f"its {etree.QName(name).localname} was not there yet")
    if len(subject.element):
        yield Variant("earlier-body", changed(subject.element, _empty), "it was empty when it was signed")
        for child in elements(subject.element) if subject.element.tag == BODY else ():
            if len(child.attrib) > 1:  # one alone may be any change of an attribute
                place = subject.element.index(child)
                twin = changed(subject.element, lambda node, place=place: node[place].attrib.clear())  # type: ignore[misc]
                yield Variant("earlier-body", twin, "the request in it had no attributes yet")


def contents(subject: Subject) -> Attempts:
    """What stands in the element, without its own tags."""
    parts = []
    for child in elements(subject.element):
        try:
            parts.append((exclusive_c14n(child), child))
        except CanonicalError:
            return
    for octets, child in parts:
        yield Attempt("content-only", octets, f"its child {path_of(child).rsplit('/', 1)[-1]} was digested")
    if subject.kind is Kind.REFERENCE and parts:
        inner = b"".join(octets + (child.tail or "").encode() for octets, child in parts)
        yield Attempt("content-only", (subject.element.text or "").encode() + inner, "all it contains was digested")
    elif subject.element.text and not parts:
        yield Attempt("content-only", subject.element.text.encode(), "its text was digested")


def other_elements(subject: Subject, root: etree._Element) -> Attempts:
    """Every other element of the message, as the Reference would have it written."""
    is_signature = subject.kind in (Kind.SIGNED_INFO, Kind.TOKEN_SIGNED_INFO)
    for number, node in enumerate(root.iter("*")):
        if number >= _MOST_ELEMENTS:
            return
        if node is subject.element:
            continue
        mistake = "signed-other-element" if is_signature else "wrong-element"
        if subject.is_str_transform and node.tag == SECURITY_TOKEN_REFERENCE:
            mistake = "str-misapplied"
        for write in _ways(subject):
            try:
                yield Attempt(mistake, write(node), f"{path_of(node)} was {_verb(is_signature)} instead")
            except CanonicalError:
                continue
    if root.tag != SECURITY:
        yield Attempt("wrong-element", etree.tostring(root), "the whole message was digested, as it was serialised")


def _ways(subject: Subject) -> Sequence[Writing]:
    return (exclusive_c14n, subject.write) if subject.prefixes else (exclusive_c14n,)


def _verb(is_signature: bool) -> str:
    return "signed" if is_signature else "digested"


def earlier_messages(subject: Subject, earlier: Sequence[etree._Element]) -> Attempts:
    """The same place in messages that came before, as it was and with the id it has now."""
    steps = _steps(subject.element)
    if subject.kind in (Kind.TOKEN, Kind.TOKEN_SIGNED_INFO):
        return  # what the STS signed is the same in every message that carries the token
    identifier = subject.element.get(WSU_ID)
    for number, root in enumerate(earlier, 1):
        node: etree._Element | None = root
        for tag in steps:
            node = None if node is None else next((child for child in node if child.tag == tag), None)
        if node is None:
            continue
        detail = f"it is that of an earlier message ({number} of {len(earlier)} that are known)"
        try:
            yield Attempt("earlier-body", subject.write(node), detail)
            if identifier is not None and node.get(WSU_ID) not in (None, identifier):
                twin = changed(node, lambda found: found.set(WSU_ID, identifier))
                yield Attempt("earlier-body", subject.write(twin), f"{detail}, under the id of this one")
        except CanonicalError:
            continue


def slices(subject: Subject, document: bytes) -> Attempts:
    """The very octets of the message between the element's tags: digested without canonicalisation."""
    octets = octets_of(subject.element, document)
    if octets is not None:
        yield Attempt("not-canonicalised", octets, "the octets as they were sent were digested")
        if b"\r\n" in octets:
            yield Attempt("not-canonicalised", octets.replace(b"\r\n", b"\n"), "the octets as sent, with LF")


def octets_of(element: etree._Element, document: bytes) -> bytes | None:
    """The element's own octets in the document it was parsed from; None where the two do not fit together.

    `document` is UTF-8 and has been found well-formed.
    """
    wanted = next((n for n, node in enumerate(element.getroottree().iter("*")) if node is element), None)
    open_tags: list[tuple[int, int]] = []
    number = -1
    for match in _MARKUP.finditer(document):
        if match[0].startswith((b"<!", b"<?")):
            continue
        if match["end"]:
            if not open_tags:
                return None
            start, opened = open_tags.pop()
        else:
            number += 1
            start, opened = match.start(), number
            if not match[0].endswith(b"/>"):
                open_tags.append((start, opened))
                continue
        if opened == wanted:
            return document[start : match.end()]
    return None


def _steps(element: etree._Element) -> list[str]:
    """Tags from below the document element down to the element."""
    tags = [str(node.tag) for node in (element, *element.iterancestors())]
    return list(reversed(tags[:-1]))


def _empty(element: etree._Element) -> None:
    for child in list(element):
        element.remove(child)
    element.text = None
