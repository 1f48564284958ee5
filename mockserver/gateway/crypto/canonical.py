"""Canonical bytes: what is digested.

Exclusive XML Canonicalization 1.0 without comments, twice: by libxml2 through lxml, which serves nearly every message,
and by our own writing of it for the one thing libxml2 does not do, the token `#default` in a PrefixList. That one is
needed for STR-Transform too. `tests/gateway/test_canonical.py` holds the two against each other.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from lxml import etree

DEFAULT: Final = "#default"
"""In a PrefixList: the default namespace (Exclusive XML Canonicalization, section 3)."""

_WORK: Final = 500_000
"""Elements and attributes, times the prefixes of the PrefixList, that libxml2 is asked to canonicalise (`rules.md` A90;
reconstructed). It looks each prefix up anew at each element; this much takes it a quarter of a second."""

_OWN_WORK: Final = 10_000
"""The same for our own writing, which is slower. A request has about a hundred elements, a token two hundred."""

_PARTS: Final = etree.XPath("count(descendant-or-self::*) + count(descendant-or-self::*/@*)")

_Scope = dict[str | None, str]


class CanonicalError(Exception):
    """The element has no canonical form (a relative namespace URI, `rules.md` A71), or one that would cost too much."""


def exclusive_c14n(element: etree._Element, prefixes: Sequence[str] = ()) -> bytes:
    """The canonical form of the element and what is below it, without comments.

    `prefixes` are the PrefixList of ec:InclusiveNamespaces.

    Raises CanonicalError.
    """
    if DEFAULT in prefixes:
        return _canonical_with_default(element, prefixes)
    return _by_libxml2(element, prefixes)


def str_transform(token: etree._Element) -> bytes:
    """The result of an STR-Transform whose reference points at `token`: WSS SOAP Message Security 1.1, section 8.3.

    The token is canonicalised in place of the SecurityTokenReference. A declaration `xmlns=""` is written on the apex
    if no default namespace is in scope there; one that is in scope is written even if unused, as WSS4J does it (it
    canonicalises with `#default`; the clause itself is silent on that case).

    Raises CanonicalError.
    """
    if token.prefix is None:
        return _by_libxml2(token, ())  # The apex uses the default namespace: every reading gives the same bytes.
    return _canonical_with_default(token, (DEFAULT,), declare_default=True)


def _by_libxml2(element: etree._Element, prefixes: Sequence[str]) -> bytes:
    if prefixes:
        _check_work(element, prefixes, _WORK)
    try:
        octets = etree.tostring(
            element,
            method="c14n",
            exclusive=True,
            with_comments=False,
            inclusive_ns_prefixes=list(prefixes) or None,
        )
    except (etree.C14NError, ValueError) as error:
        raise CanonicalError("the element has no canonical form (a relative namespace URI?)") from error
    if not prefixes and len(octets) > _WORK:  # each part takes more than a byte: whoever is shorter has fewer
        _check_work(element, prefixes, _WORK)
    return octets


def _check_work(apex: etree._Element, prefixes: Sequence[str], most: int) -> None:
    parts = int(_PARTS(apex))
    if parts * max(1, len(prefixes)) > most:
        raise CanonicalError(f"{parts} elements and attributes with {len(prefixes)} prefixes are too many")


def _canonical_with_default(apex: etree._Element, prefixes: Sequence[str], *, declare_default: bool = False) -> bytes:
    _check_work(apex, prefixes, _OWN_WORK)
    _by_libxml2(apex, ())  # refuses what has no canonical form at all
    inclusive = [None if prefix == DEFAULT else prefix for prefix in prefixes]
    return "".join(_canonical(apex, inclusive, {}, declare_default=declare_default)).encode("utf-8")


def _canonical(
    element: etree._Element,
    inclusive: Sequence[str | None],
    rendered: _Scope,
    *,
    declare_default: bool = False,
) -> Iterator[str]:
    """Depth is bounded by the parser's limit, so recursion is too."""
    name = _qualified_name(element.prefix, str(element.tag))
    declarations = _declarations(element, inclusive, rendered, declare_default=declare_default)
    yield f"<{name}"
    for prefix, uri in sorted(declarations.items(), key=lambda item: item[0] or ""):
        yield f' xmlns{":" + prefix if prefix else ""}="{_attribute_value(uri)}"'
    yield from _attributes(element)
    yield f">{_text(element.text)}"
    inner = {**rendered, **declarations}
    for child in element:
        if isinstance(child.tag, str):
            yield from _canonical(child, inclusive, inner)
        elif isinstance(child, etree._ProcessingInstruction):
            yield f"<?{child.target}{' ' + child.text if child.text else ''}?>"
        yield _text(child.tail)
    yield f"</{name}>"


def _declarations(
    element: etree._Element, inclusive: Sequence[str | None], rendered: _Scope, *, declare_default: bool
) -> _Scope:
    """The namespace declarations to write: used ones and inclusive ones that no output ancestor wrote alike."""
    scope: _Scope = dict(element.nsmap)
    wanted: set[str | None] = {element.prefix, *(prefix for prefix in inclusive if prefix in scope)}
    wanted |= {prefix for prefix, _, _ in _split_attributes(element) if prefix is not None}
    wanted.discard("xml")
    written = {}
    for prefix in wanted:
        uri = scope.get(prefix, "")
        if uri != rendered.get(prefix, ""):
            written[prefix] = uri
    if declare_default and not scope.get(None):  # libxml2 reports an undeclaration, xmlns="", as a namespace ""
        written[None] = ""
    return written


def _attributes(element: etree._Element) -> Iterator[str]:
    ordered = sorted(_split_attributes(element), key=lambda attribute: (_namespace(attribute[1]), _local(attribute[1])))
    for prefix, name, value in ordered:
        yield f' {_qualified_name(prefix, name)}="{_attribute_value(value)}"'


def _split_attributes(element: etree._Element) -> list[tuple[str | None, str, str]]:
    """Attributes as (prefix, expanded name, value). lxml keeps the prefix of an attribute to itself, XPath tells it."""
    found = []
    for name, value in element.attrib.items():
        prefix = None
        if name.startswith("{"):
            qualified = element.xpath(
                "name(@*[namespace-uri() = $u and local-name() = $l])", u=_namespace(name), l=_local(name)
            )
            prefix = str(qualified).partition(":")[0]
        found.append((prefix, name, value))
    return found


def _qualified_name(prefix: str | None, name: str) -> str:
    return f"{prefix}:{_local(name)}" if prefix else _local(name)


def _namespace(name: str) -> str:
    return etree.QName(name).namespace or ""


def _local(name: str) -> str:
    return etree.QName(name).localname


def _text(text: str | None) -> str:
    return (text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def _attribute_value(value: str) -> str:
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return escaped.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")
