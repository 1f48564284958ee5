"""What a digest or signature is about: an element of the message and the way to its octets."""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from lxml import etree

from mockserver.gateway.crypto.canonical import CanonicalError
from mockserver.gateway.message.envelope import local_name, path_of
from mockserver.gateway.message.security import SIGNATURE
from mockserver.xray.attempt import Writing


class Kind(Enum):
    """Whose octets they are."""

    REFERENCE = "a Reference of the message signature"
    SIGNED_INFO = "the SignedInfo of the message signature"
    TOKEN = "the token, under the signature of the STS"  # noqa: S105
    TOKEN_SIGNED_INFO = "the SignedInfo of the token's signature"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Subject:
    """An element as it came, and how its octets are made."""

    kind: Kind
    element: etree._Element
    """For the token: in a copy of the message in which a comment stands in place of the STS's signature."""
    write: Writing
    """As the message declares it."""
    prefixes: Sequence[str] = ()
    """The PrefixList that is declared."""
    is_str_transform: bool = False

    @property
    def name(self) -> str:
        """What people call it."""
        return local_name(self.element)

    @property
    def path(self) -> str:
        """Where it stands."""
        return path_of(self.element)


def counterpart(element: etree._Element) -> etree._Element:
    """The same element in a deep copy of its whole document: ancestors count for namespaces."""
    places = []
    node = element
    while (parent := node.getparent()) is not None:
        places.append(parent.index(node))
        node = parent
    twin = copy.deepcopy(node)
    for place in reversed(places):
        twin = twin[place]
    return twin


def changed(element: etree._Element, change: Callable[[etree._Element], object]) -> etree._Element:
    """The counterpart of the element after `change`."""
    twin = counterpart(element)
    change(twin)
    return twin


def take_out(element: etree._Element) -> None:
    """Remove an element from its parent but not the text behind it, which lxml would remove too."""
    parent = element.getparent()
    if parent is None:
        raise ValueError("the document element cannot be taken out")
    before = element.getprevious()
    if element.tail:
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    element.tail = None
    parent.remove(element)


def below(element: etree._Element, most: int) -> Iterator[etree._Element]:
    """The first `most` elements below `element`, itself not among them."""
    for number, found in enumerate(element.iterdescendants("*")):
        if number >= most:
            return
        yield found


def octets_of(subject: Subject) -> bytes | None:
    """Its canonical octets; None when it has no canonical form."""
    try:
        return subject.write(subject.element)
    except CanonicalError:
        return None


def without_signature(assertion: etree._Element) -> etree._Element:
    """The assertion in a copy of the message, with a comment in place of its signature: layout counts from there."""
    twin = counterpart(assertion)
    signature = next(child for child in twin if child.tag == SIGNATURE)
    place = etree.Comment()
    place.tail = signature.tail
    twin.replace(signature, place)
    return twin
