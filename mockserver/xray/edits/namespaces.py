"""Prefixes: rewritten by a serialiser after signing, or declared elsewhere than they were."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, islice, product
from typing import Final

from lxml import etree

from mockserver.gateway.crypto.canonical import CanonicalError, exclusive_c14n
from mockserver.namespaces import DS, SAML, SOAP, WSSE, WSU, XSD, XSI
from mockserver.xray.attempt import Attempt, Attempts, Variant, Variants
from mockserver.xray.subject import Subject

Prefixes = Mapping[str, str | None]
"""Namespace to prefix; None is the default namespace."""

_USUAL: Final[Mapping[str, Sequence[str | None]]] = {
    SOAP: ("soapenv", "soap", "SOAP-ENV", "S", "s", "env", "soap-env", "e", None, "ns0"),
    WSU: ("wsu", "u", "ns1", "ns2"),
    WSSE: ("wsse", "o", None),
    DS: ("ds", "dsig", None),
    SAML: ("saml", "saml1", "ns2", None),
    XSI: ("xsi", "i"),
    XSD: ("xsd", "xs"),
}
"""How stacks call the namespaces of the standards: SoapUI and SAAJ soapenv and SOAP-ENV, CXF soap, WCF s, u and o,
zeep soap-env."""

_OTHERS: Final[Sequence[str | None]] = (
    "ns0", "ns1", "ns2", "ns3", "ns4", "ns5", "ns6", "p", "c", "tns", "urn", "urn1", "v1", "m", "n1", "q1", "a", "b",
    None,
)  # fmt: skip
"""For the namespaces of the service itself."""

_MOST_RENAMINGS: Final = 6_000
_LISTED: Final = {"xsd": XSD, "xs": XSD, "xsi": XSI, "soapenv": SOAP, "soap": SOAP, "SOAP-ENV": SOAP, "S": SOAP,
                  "wsse": WSSE, "wsu": WSU, "ds": DS, "saml": SAML}  # fmt: skip
"""What a prefix in a PrefixList usually stands for, when the message no longer says."""


def moved(subject: Subject) -> Variants:
    """Declarations of listed prefixes that the message has lost since."""
    missing = [prefix for prefix in subject.prefixes if prefix not in subject.element.nsmap and prefix in _LISTED]
    for size in range(1, len(missing) + 1):
        for chosen in combinations(missing, size):
            extra = {prefix: _LISTED[prefix] for prefix in chosen}
            twin = rebuilt(subject.element, _in_use(subject.element), extra)
            yield Variant("namespaces-moved", twin, f"xmlns:{', xmlns:'.join(chosen)} was in scope when it was signed")


def undeclared(subject: Subject) -> Attempts:
    """Declarations of listed prefixes that the message had not yet."""
    listed = [prefix for prefix in subject.prefixes if prefix in subject.element.nsmap]
    for size in range(1, len(listed)):
        for chosen in combinations(listed, size):
            try:
                octets = exclusive_c14n(subject.element, chosen)
            except CanonicalError:
                return
            left = [prefix for prefix in listed if prefix not in chosen]
            yield Attempt("namespaces-moved", octets, f"xmlns:{', xmlns:'.join(left)} came into scope after signing")


def renamed(subject: Subject) -> Variants:
    """The element with other prefixes: numbered ones first, then few changes before many."""
    current = _in_use(subject.element)
    seen: set[tuple[str | None, ...]] = {tuple(current.values())}
    for choice in islice(_choices(subject.element, current), _MOST_RENAMINGS):
        key = tuple(choice.values())
        if key in seen or len(set(key)) < len(key):
            continue
        seen.add(key)
        words = ", ".join(_renaming(current[uri], prefix) for uri, prefix in choice.items() if current[uri] != prefix)
        yield Variant("prefixes-rewritten", rebuilt(subject.element, choice), f"signed and sent prefixes: {words}")


def _renaming(sent: str | None, signed: str | None) -> str:
    return f"{signed or '(default)'} became {sent or '(default)'}"


def _choices(element: etree._Element, current: Prefixes) -> Iterator[Prefixes]:
    for scope in (list(current), list(_in_use(element.getroottree().getroot()))):
        for start in range(4):  # ElementTree counts from ns0, JAXB from ns2
            numbered = {uri: f"ns{start + number}" for number, uri in enumerate(scope)}
            yield {uri: numbered.get(uri, prefix) for uri, prefix in current.items()}
    on_attributes = {etree.QName(name).namespace for node in element.iter("*") for name in node.attrib}
    options = {
        uri: [p for p in _USUAL.get(uri, _OTHERS) if p != prefix and not (p is None and uri in on_attributes)]
        for uri, prefix in current.items()
    }
    for size in range(1, len(current) + 1):
        for uris in combinations(current, size):
            for prefixes in product(*(options[uri] for uri in uris)):
                yield {**current, **dict(zip(uris, prefixes, strict=True))}


def _in_use(element: etree._Element) -> Prefixes:
    """Namespaces of names below the element, with the prefix each first has, in document order."""
    found: dict[str, str | None] = {}
    for node in element.iter("*"):
        for name in (str(node.tag), *node.attrib):
            uri = etree.QName(name).namespace
            if uri and uri not in found and not uri.endswith("/XML/1998/namespace"):
                is_attribute = name != node.tag
                found[uri] = next(
                    (p for p, known in node.nsmap.items() if known == uri and not (is_attribute and p is None)), None
                )
                if not is_attribute:
                    found[uri] = node.prefix
    return found


def rebuilt(element: etree._Element, prefixes: Prefixes, extra: Mapping[str, str] | None = None) -> etree._Element:
    """A copy, apart from the envelope, whose namespaces are declared at its top with these prefixes."""
    nsmap: dict[str | None, str] = {prefix: uri for uri, prefix in prefixes.items()}
    nsmap.update(extra or {})
    twin = etree.Element(element.tag, nsmap=nsmap)
    _fill(twin, element)
    return twin


def _fill(twin: etree._Element, element: etree._Element) -> None:
    for name, value in element.attrib.items():
        twin.set(name, value)
    twin.text = element.text
    last: etree._Element | None = None
    for child in element:
        if isinstance(child.tag, str):
            last = etree.SubElement(twin, child.tag)
            _fill(last, child)
            last.tail = child.tail
        elif child.tail:  # a comment or instruction is left out, the text behind it is not
            if last is None:
                twin.text = (twin.text or "") + child.tail
            else:
                last.tail = (last.tail or "") + child.tail
