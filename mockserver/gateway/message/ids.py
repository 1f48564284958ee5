"""Ids: which attribute is one on which element, where each value stands, and which values are referred to.

XML has no ids without a DTD, and stacks disagree on which attributes they take for one; the disagreement is what
wrapping attacks live on (`rules.md` A25 to A28). Here a reference resolves through a fixed table only, while the
search for duplicates looks at every attribute that any stack might take for an id.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from mockserver.gateway.message.document import Document
from mockserver.gateway.message.envelope import BODY, HEADER
from mockserver.gateway.message.security import (
    ASSERTION,
    BINARY_SECURITY_TOKEN,
    SECURITY_TOKEN_REFERENCE,
    TIMESTAMP,
    WSU_ID,
)
from mockserver.namespaces import XML

ID_OF: Final = {
    BODY: WSU_ID,
    TIMESTAMP: WSU_ID,
    SECURITY_TOKEN_REFERENCE: WSU_ID,
    BINARY_SECURITY_TOKEN: WSU_ID,
    ASSERTION: "AssertionID",
}
"""What a reference may name, and the one attribute that is its id (decisions 4; for the BinarySecurityToken of a
request to the STS, X.509 Token Profile 1.1, section 3.2.1). Rule S52 judges which of them may be signed."""

_ID_LIKE: Final = (WSU_ID, f"{{{XML}}}id", "Id", "ID", "id", "AssertionID")
_ID_NAMES: Final = frozenset(_ID_LIKE)

# XML Namespaces 1.0, production 4; the name characters are those of XML 1.0, fifth edition.
_NAME_START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NCNAME: Final = re.compile(f"[{_NAME_START}][{_NAME_START}.0-9\u00b7\u0300-\u036f\u203f-\u2040-]*")


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of one message."""

    places: Mapping[str, Sequence[etree._Element]]
    """Every value of an id-like attribute, with the elements that carry it."""
    referenced: frozenset[str]
    """Values that a ds:Reference, KeyIdentifier or wsse:Reference names."""

    def resolve(self, value: str) -> etree._Element | None:
        """The element whose id (by the fixed table) is `value`; None if there is none or more than one."""
        found = [element for element in self.places.get(value, ()) if _id_of(element) == value]
        return found[0] if len(found) == 1 else None


def _id_of(element: etree._Element) -> str | None:
    """The element's id by the fixed table; a header block may be signed by its wsu:Id too (it warns)."""
    parent = element.getparent()
    if parent is not None and parent.tag == HEADER:
        return element.get(WSU_ID)
    name = ID_OF.get(str(element.tag))
    return None if name is None else element.get(name)


def collect_ids(document: Document, referenced: frozenset[str]) -> Ids:
    """Find every id-like attribute of the document.

    The unqualified Id of anything in Body is left out, unless the value is that of a reference that resolves nowhere
    else: it belongs to the business message (cookbook 5.2.1.1) and may equal a wsu:Id.
    """
    places: dict[str, list[etree._Element]] = {}
    body = next(document.root.iterchildren(BODY), None) if document.root is not None else None
    business = next(body.iterchildren("*"), None) if body is not None else None
    for element, names in document.attributed:
        if _ID_NAMES.isdisjoint(names):
            continue
        seen = set()
        for name in _ID_LIKE:
            value = element.get(name)
            if value is None or value in seen or (name == "Id" and element is business):
                continue
            seen.add(value)
            places.setdefault(value, []).append(element)
    return Ids(places, referenced)


def is_ncname(text: str) -> bool:
    """True if the text is an NCName (compared by code point, without normalising: `rules.md` A106)."""
    return _NCNAME.fullmatch(text) is not None
