"""What an inverse edit gives: other octets than those that came, with the mistake they would prove."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from lxml import etree


class Attempt(NamedTuple):
    """Octets that the client may have digested, and what that would say of it."""

    mistake: str
    """Id in `mistakes.toml`."""
    octets: bytes
    detail: str = ""
    """What is particular to this message: which prefix, which character; a clause without a full stop."""
    where: str = ""
    """Path of the element that was changed, where the edit knows it."""


class Variant(NamedTuple):
    """Another tree that the client may have had when it signed."""

    mistake: str
    element: etree._Element
    """The counterpart of the digested element, in a tree of its own."""
    detail: str = ""
    where: str = ""


Writing = Callable[[etree._Element], bytes]
"""From an element to the octets that are digested. Raises CanonicalError."""

Attempts = Iterator[Attempt]
Variants = Iterator[Variant]
