"""What the message signature refers to: values first, then elements by the fixed table of ids."""

from typing import Final

from lxml import etree

from mockserver.gateway.message.assertion import Assertion
from mockserver.gateway.message.envelope import elements, has_only_text, string_value
from mockserver.gateway.message.ids import Ids
from mockserver.gateway.message.security import (
    KEY_IDENTIFIER,
    SECURITY_TOKEN_REFERENCE,
    Reference,
    Signature,
)
from mockserver.namespaces import STR_TRANSFORM, WSSE

_REFERENCE: Final = f"{{{WSSE}}}Reference"


def referenced_ids(signature: Signature | None, assertion: Assertion | None) -> frozenset[str]:
    """Every id that a Reference of either signature, or a token reference, names."""
    values = set()
    signatures = [signature] if signature is not None else []
    signatures += assertion.signatures if assertion is not None else []
    for each in signatures:
        values |= {(r.uri or "")[1:] for r in each.references if (r.uri or "").startswith("#")}
    if signature is not None:
        for key_info in signature.key_infos:
            for reference in key_info.iter(SECURITY_TOKEN_REFERENCE):
                values |= {named for child in elements(reference) if (named := _named_token(child)) is not None}
    return frozenset(value for value in values if value)


def signed_targets(
    signature: Signature, ids: Ids, assertion: Assertion | None
) -> list[tuple[Reference, etree._Element | None]]:
    """Each reference with the element it covers. An STR-Transform covers the token its SecurityTokenReference names."""
    return [(reference, _target(reference, ids, assertion)) for reference in signature.references]


def _target(reference: Reference, ids: Ids, assertion: Assertion | None) -> etree._Element | None:
    if reference.uri is None or not reference.uri.startswith("#"):
        return None
    element = ids.resolve(reference.uri[1:])
    if [transform.algorithm for transform in reference.transforms] != [STR_TRANSFORM]:
        return element
    if element is None or element.tag != SECURITY_TOKEN_REFERENCE or assertion is None:
        return None
    children = elements(element)
    named = _named_token(children[0]) if len(children) == 1 else None
    return assertion.element if named == assertion.id else None


def _named_token(child: etree._Element) -> str | None:
    """The id that a child of a SecurityTokenReference names; a KeyIdentifier that is not text alone names none."""
    if child.tag == KEY_IDENTIFIER:
        return string_value(child).strip(" \t\r\n") if has_only_text(child) else None
    if child.tag == _REFERENCE:
        return child.get("URI", "").removeprefix("#")
    return None
