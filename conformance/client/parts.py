"""The parts of a signed message by position, for cases that change one of them.

A change after signing is what an attacker or a careless intermediary does. Writing the tree again changes no digest:
exclusive canonicalization gives the same octets for what was not touched.
"""

from collections.abc import Callable
from typing import Self

from lxml import etree

from conformance.client.parsing import parse
from mockserver.namespaces import DS, SAML, SOAP, WSSE, WSU


class Parts:
    """A message as this client signs it. Each property finds its element at the one place where it stands."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root

    @classmethod
    def of(cls, message: bytes) -> Self:
        """The parts of a message of our own."""
        return cls(parse(message))

    @property
    def header(self) -> etree._Element:
        """soap:Header."""
        return _one(self.root, f"{{{SOAP}}}Header")

    @property
    def body(self) -> etree._Element:
        """soap:Body."""
        return _one(self.root, f"{{{SOAP}}}Body")

    @property
    def operation(self) -> etree._Element:
        """The request element in Body."""
        return self.body[0]

    @property
    def security(self) -> etree._Element:
        """wsse:Security."""
        return _one(self.header, f"{{{WSSE}}}Security")

    @property
    def timestamp(self) -> etree._Element:
        """wsu:Timestamp."""
        return _one(self.security, f"{{{WSU}}}Timestamp")

    @property
    def created(self) -> etree._Element:
        """wsu:Created."""
        return _one(self.timestamp, f"{{{WSU}}}Created")

    @property
    def expires(self) -> etree._Element:
        """wsu:Expires."""
        return _one(self.timestamp, f"{{{WSU}}}Expires")

    @property
    def assertion(self) -> etree._Element:
        """saml:Assertion."""
        return _one(self.security, f"{{{SAML}}}Assertion")

    @property
    def signature(self) -> etree._Element:
        """ds:Signature of the message."""
        return _one(self.security, f"{{{DS}}}Signature")

    @property
    def signed_info(self) -> etree._Element:
        """ds:SignedInfo of the message's signature."""
        return _one(self.signature, f"{{{DS}}}SignedInfo")

    def octets(self) -> bytes:
        """The message as UTF-8."""
        return etree.tostring(self.root, encoding="UTF-8")


Change = Callable[[Parts], object]
"""What a case does to a message after it was signed."""


def removed(element: etree._Element) -> None:
    """Takes the element out of its parent."""
    parent = element.getparent()
    if parent is None:
        raise ValueError("the document element has no parent to be taken from")
    parent.remove(element)


def _one(parent: etree._Element, name: str) -> etree._Element:
    found = parent.find(name)
    if found is None:
        raise LookupError(f"there is no {name} in {parent.tag!r}")
    return found
