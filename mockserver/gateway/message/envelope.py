"""The parts of a SOAP 1.1 Envelope, found by position and never by id (`rules.md` I1)."""

from collections.abc import Sequence
from typing import Final

from lxml import etree

from mockserver.gateway.fact import fact
from mockserver.namespaces import SOAP, SOAP_NEXT, WSSE

ENVELOPE: Final = f"{{{SOAP}}}Envelope"
HEADER: Final = f"{{{SOAP}}}Header"
BODY: Final = f"{{{SOAP}}}Body"
FAULT: Final = f"{{{SOAP}}}Fault"
ACTOR: Final = f"{{{SOAP}}}actor"
MUST_UNDERSTAND: Final = f"{{{SOAP}}}mustUnderstand"
ENCODING_STYLE: Final = f"{{{SOAP}}}encodingStyle"
SECURITY: Final = f"{{{WSSE}}}Security"


class Envelope:
    """An Envelope's direct parts. Lists keep what a well-built message has only once; what is no SOAP 1.1 has none."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.is_soap_11 = root.tag == ENVELOPE

    @fact
    def headers(self) -> Sequence[etree._Element]:
        """Its Headers."""
        return list(self.root.iterchildren(HEADER)) if self.is_soap_11 else ()

    @fact
    def bodies(self) -> Sequence[etree._Element]:
        """Its Bodies."""
        return list(self.root.iterchildren(BODY)) if self.is_soap_11 else ()

    @fact
    def blocks(self) -> Sequence[etree._Element]:
        """Header blocks: the element children of the first Header."""
        return elements(self.headers[0]) if self.headers else ()

    @fact
    def body_children(self) -> Sequence[etree._Element]:
        """Element children of the first Body."""
        return elements(self.bodies[0]) if self.bodies else ()

    @property
    def header(self) -> etree._Element | None:
        """The Header, if there is one."""
        return self.headers[0] if self.headers else None

    @property
    def body(self) -> etree._Element | None:
        """The Body, if there is one."""
        return self.bodies[0] if self.bodies else None

    @property
    def operation(self) -> etree._Element | None:
        """The first child of Body."""
        return self.body_children[0] if self.body_children else None


def elements(parent: etree._Element) -> list[etree._Element]:
    """Element children, without comments and processing instructions (whose tag is no string)."""
    return list(parent.iterchildren("*"))


def is_addressed_to_us(block: etree._Element) -> bool:
    """SOAP 1.1 section 4.2.2: no actor, an empty one, or "next". Compared exactly (`rules.md` S03)."""
    return block.get(ACTOR, "") in ("", SOAP_NEXT)


def string_value(element: etree._Element) -> str:
    """All character data below the element.

    `.text` ends at the first comment, processing instruction or child: `admin<!-- -->.evil` would read as `admin`
    (`rules.md` A119).
    """
    return "".join(element.itertext(with_tail=True)) if len(element) else element.text or ""


def has_only_text(element: etree._Element) -> bool:
    """True if nothing but character data stands in the element (`rules.md` I10)."""
    return len(element) == 0


def is_within(element: etree._Element, place: etree._Element) -> bool:
    """True if the element is `place` or stands anywhere below it."""
    return element is place or any(above is place for above in element.iterancestors())


def path_of(element: etree._Element) -> str:
    """Where an element stands, as people write it: `Envelope/Header/Security/Timestamp`."""
    names = [local_name(element), *(local_name(above) for above in element.iterancestors())]
    return "/".join(reversed(names))


def local_name(element: etree._Element) -> str:
    """The name without namespace; what a comment or processing instruction is called, otherwise."""
    return etree.QName(element).localname if isinstance(element.tag, str) else "(comment or instruction)"
