"""Where the parts of a message stand that is built like another one: they need not be looked for again."""

from typing import NamedTuple, Self

from lxml import etree

from mockserver.gateway.fact import preset
from mockserver.gateway.message.envelope import Envelope
from mockserver.gateway.message.security import SecurityHeader, Timestamp


class Places(NamedTuple):
    """Where the parts stand that are read of every message: the number of each among the children of its parent.

    A message with an outline has no comments, so the children of an element are its element children.
    """

    header: int
    body: int
    security: int
    timestamp: int
    signature: int
    created: int
    expires: int

    @classmethod
    def of(cls, header: SecurityHeader, timestamp: Timestamp, envelope: Envelope) -> Self:
        """The places of an accepted message."""
        return cls(
            _place(envelope.headers[0]),
            _place(envelope.bodies[0]),
            _place(header.element),
            _place(timestamp.element),
            _place(header.signatures[0]),
            _place(timestamp.created[0]),
            _place(timestamp.expires[0]),
        )

    def envelope(self, root: etree._Element) -> Envelope:
        """The Envelope with this document element."""
        envelope = Envelope(root)
        preset(envelope, headers=[root[self.header]], bodies=[root[self.body]])
        return envelope

    def security_header(self, envelope: Envelope) -> SecurityHeader:
        """The Security header."""
        header = SecurityHeader(envelope.headers[0][self.security])
        element = header.element
        preset(header, timestamps=[element[self.timestamp]], signatures=[element[self.signature]])
        return header

    def timestamp_of(self, header: SecurityHeader) -> Timestamp:
        """The Timestamp in it."""
        (element,) = header.timestamps
        return Timestamp(element, [element[self.created]], [element[self.expires]])


def _place(element: etree._Element) -> int:
    parent = element.getparent()
    if parent is None:
        raise ValueError("the document element has no place")
    return parent.index(element)
