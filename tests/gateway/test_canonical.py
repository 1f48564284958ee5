"""The canonical form that is digested: our own writing of it against libxml2's, and against the recommendation.

Exclusive XML Canonicalization 1.0 (W3C Recommendation of 18 July 2002), "the recommendation" below; WSS SOAP Message
Security 1.1, section 8.3 for STR-Transform.
"""

import hashlib
from base64 import b64decode
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from mockserver.gateway.crypto.canonical import (
    DEFAULT,
    CanonicalError,
    _canonical_with_default,
    exclusive_c14n,
    str_transform,
)
from mockserver.namespaces import DS, SAML, WSU
from tests.samples.messages import FOLDER

# Documents as text, made of parts: names with and without prefix, declarations, undeclarations, comments and
# instructions between. Four prefixes and three namespaces, so that they often collide.

PREFIXES = ("", "p", "q", "long")
NAMESPACES = ("urn:a", "urn:b", "http://example.org/c?x=1")

texts = st.text("xé <>&\"'\t\r\n]\U0001f600", max_size=6)
prefixes = st.sampled_from(PREFIXES)
attribute_names = st.sampled_from(["a", "b", "p:a", "q:a", "long:b", "xml:lang", "xml:space"])


def escaped(text: str) -> str:
    """As a document writes it, so that a parser gives `text` back: no normalisation of line ends or blanks."""
    return "".join(f"&#{ord(character)};" if character in "<>&\"'\t\r\n" else character for character in text)


@st.composite
def elements(draw: st.DrawFn, depth: int = 3, scope: frozenset[str] = frozenset({""})) -> str:
    """One element with what is below it; `scope` are the prefixes that are declared above it."""
    declared = draw(st.dictionaries(prefixes, st.sampled_from(NAMESPACES), max_size=3))
    if "" not in declared and draw(st.integers(0, 4)) == 0:
        declared[""] = ""  # xmlns="": an undeclaration
    known = sorted(scope | declared.keys())
    prefix = draw(st.sampled_from(known))
    name = f"{prefix}:e" if prefix else draw(st.sampled_from(["e", "f"]))
    parts = [f' xmlns{":" + key if key else ""}="{uri}"' for key, uri in declared.items()]
    parts += _attributes(draw, known)
    children = draw(st.lists(contents(depth, scope | declared.keys()), max_size=3)) if depth else []
    return f"<{name}{''.join(draw(st.permutations(parts)))}>{''.join(children)}</{name}>"


def _attributes(draw: st.DrawFn, known: Sequence[str]) -> list[str]:
    names = draw(st.lists(attribute_names, unique=True, max_size=3))
    usable = [name for name in names if ":" not in name or name.partition(":")[0] in (*known, "xml")]
    return [f' {name}="{escaped(draw(texts))}"' for name in usable]


def contents(depth: int, scope: frozenset[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        elements(depth - 1, scope),
        texts.map(escaped),
        st.sampled_from(["<!-- c -->", "<!---->", "<?t d?>", "<?t?>", "<![CDATA[<&>]]>"]),
    )


def parsed(document: str) -> etree._Element | None:
    """The tree; None where two attributes turned out to have one expanded name, which is not well-formed."""
    parser = etree.XMLParser(recover=True)
    root = etree.fromstring(document.encode(), parser)
    errors = [entry.message for entry in parser.error_log.filter_from_errors()]
    assert all(message.endswith("redefined") for message in errors), document
    return None if errors else root


def ours(element: etree._Element, prefix_list: Sequence[str] = ()) -> bytes:
    """Our own writing, which the product takes for `#default` alone, forced for any PrefixList."""
    return _canonical_with_default(element, prefix_list)


def libxml2(element: etree._Element, prefix_list: Sequence[str] = ()) -> bytes:
    return etree.tostring(
        element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=list(prefix_list) or None
    )


# A busy machine is no reason to fail: no deadline, and no complaint about slow generation.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

prefix_lists = st.lists(st.sampled_from(["p", "q", "long", "unknown"]), unique=True)


def assert_ours_is_theirs(document: str, prefix_list: list[str], number: int) -> None:
    """For the apex that is element `number` of the document."""
    root = parsed(document)
    if root is not None:
        apexes = list(root.iter("*"))
        apex = apexes[number % len(apexes)]
        assert ours(apex, prefix_list) == libxml2(apex, prefix_list)


@settings(UNHURRIED, max_examples=80)
@given(elements(), prefix_lists, st.integers(0, 10))
@example('<e xmlns="urn:a"><p:e xmlns:p="urn:b" xmlns=""><f/></p:e></e>', [], 1)
@example('<e xmlns:p="urn:a"><p:e xmlns:p="urn:b"><p:e xmlns:p="urn:a" p:a="1"/></p:e></e>', ["p"], 0)
@example('<e xmlns="urn:a"><e xmlns=""><e xmlns="urn:a"/></e></e>', ["p"], 1)
def test_our_writing_is_that_of_libxml2(document: str, prefix_list: list[str], number: int) -> None:
    assert_ours_is_theirs(document, prefix_list, number)


@pytest.mark.slow
@settings(UNHURRIED, max_examples=5000)
@given(elements(), prefix_lists, st.integers(0, 10))
def test_our_writing_is_that_of_libxml2_for_thousands_of_trees(
    document: str, prefix_list: list[str], number: int
) -> None:
    assert_ours_is_theirs(document, prefix_list, number)


@settings(UNHURRIED, max_examples=40)
@given(elements(), prefix_lists)
def test_what_is_canonical_with_default_stays_so_and_says_the_same(document: str, prefix_list: list[str]) -> None:
    root = parsed(document)
    if root is None:
        return
    canonical = exclusive_c14n(root, [*prefix_list, DEFAULT])
    again = etree.fromstring(canonical)
    assert exclusive_c14n(again, [*prefix_list, DEFAULT]) == canonical
    assert _names(again) == _names(root)


def _names(root: etree._Element) -> list[Any]:
    return [(e.tag, sorted(e.attrib.items()), "".join(e.itertext())) for e in root.iter("*")]


# `#default`, section 3 of the recommendation: the default namespace is treated as Canonical XML does, so its
# declaration is inherited from outside the apex and written where it changes, whether an element uses it or not.


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(
            '<x xmlns="urn:d"><p:a xmlns:p="urn:p"><p:b/></p:a></x>',
            '<p:a xmlns="urn:d" xmlns:p="urn:p"><p:b></p:b></p:a>',
            id="inherited on the apex, though nothing uses it",
        ),
        pytest.param(
            '<x><p:a xmlns:p="urn:p" xmlns="urn:d"><p:b/></p:a></x>',
            '<p:a xmlns="urn:d" xmlns:p="urn:p"><p:b></p:b></p:a>',
            id="declared on the apex",
        ),
        pytest.param(
            '<x xmlns="urn:d"><p:a xmlns:p="urn:p" xmlns=""><p:b/></p:a></x>',
            '<p:a xmlns:p="urn:p"><p:b></p:b></p:a>',
            id="undeclared on the apex: no output ancestor has a default namespace to undo",
        ),
        pytest.param(
            '<x><p:a xmlns:p="urn:p" xmlns="urn:d"><p:b xmlns=""><p:c/></p:b></p:a></x>',
            '<p:a xmlns="urn:d" xmlns:p="urn:p"><p:b xmlns=""><p:c></p:c></p:b></p:a>',
            id="undeclared below, though that element does not use it",
        ),
        pytest.param(
            '<x><p:a xmlns:p="urn:p" xmlns="urn:d"><p:b xmlns="urn:e"/><p:c/><c/></p:a></x>',
            '<p:a xmlns="urn:d" xmlns:p="urn:p"><p:b xmlns="urn:e"></p:b><p:c></p:c><c></c></p:a>',
            id="changed below and back again",
        ),
        pytest.param(
            '<x><p:a xmlns:p="urn:p" xmlns="urn:d"><b xmlns="urn:d"/></p:a></x>',
            '<p:a xmlns="urn:d" xmlns:p="urn:p"><b></b></p:a>',
            id="declared again with the same value",
        ),
        pytest.param(
            '<x xmlns="urn:d"><a><b xmlns=""/></a></x>',
            '<a xmlns="urn:d"><b xmlns=""></b></a>',
            id="used by the apex and undeclared below",
        ),
        pytest.param("<x><a><b/></a></x>", "<a><b></b></a>", id="no default namespace at all"),
    ],
)
def test_default_in_the_prefix_list_inherits_the_default_namespace(document: str, expected: str) -> None:
    assert exclusive_c14n(etree.fromstring(document)[0], [DEFAULT]).decode() == expected


@pytest.mark.parametrize(
    ("prefix_list", "expected"),
    [
        ([], '<p:a xmlns:p="urn:p"></p:a>'),
        (["q"], '<p:a xmlns:p="urn:p" xmlns:q="urn:q"></p:a>'),
        ([DEFAULT], '<p:a xmlns="urn:d" xmlns:p="urn:p"></p:a>'),
        ([DEFAULT, "q"], '<p:a xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q"></p:a>'),
        (["q", "unknown", DEFAULT], '<p:a xmlns="urn:d" xmlns:p="urn:p" xmlns:q="urn:q"></p:a>'),
    ],
)
def test_listed_prefixes_are_inherited_and_others_are_not(prefix_list: list[str], expected: str) -> None:
    root = etree.fromstring('<x xmlns="urn:d" xmlns:q="urn:q" xmlns:r="urn:r" xmlns:p="urn:p"><p:a/></x>')
    assert exclusive_c14n(root[0], prefix_list).decode() == expected


def test_the_example_of_the_recommendation() -> None:
    """Section 2.2: the same subdocument in two envelopes has one exclusive form, and two with the prefixes listed."""
    first = '<n0:pdu xmlns:n0="http://a.example"><n1:elem1 xmlns:n1="http://b.example">content</n1:elem1></n0:pdu>'
    second = (
        '<n2:pdu xmlns:n1="http://example.com" xmlns:n2="http://foo.example" xml:lang="fr" xml:space="retain">'
        '<n1:elem2 xmlns:n0="http://foo.example" xmlns:n1="http://example.net" xml:lang="en"><n3:stuff '
        'xmlns:n3="ftp://example.org"/></n1:elem2></n2:pdu>'
    )
    assert exclusive_c14n(etree.fromstring(first)[0], []) == (
        b'<n1:elem1 xmlns:n1="http://b.example">content</n1:elem1>'
    )
    elem2 = etree.fromstring(second)[0]
    exclusive = (
        b'<n1:elem2 xmlns:n1="http://example.net" xml:lang="en"><n3:stuff xmlns:n3="ftp://example.org"></n3:stuff>'
        b"</n1:elem2>"
    )
    assert exclusive_c14n(elem2) == ours(elem2) == exclusive
    with_n2 = exclusive.replace(b'.net" xml', b'.net" xmlns:n2="http://foo.example" xml')
    assert exclusive_c14n(elem2, ["n2"]) == ours(elem2, ["n2"]) == with_n2


def test_a_namespace_is_escaped_as_an_attribute_value_is() -> None:
    """The recommendation writes namespace nodes as Canonical XML does: `&` as `&amp;`. libxml2 2.14 forgets it."""
    root = etree.fromstring('<p:a xmlns:p="http://example.org/?x=1&amp;y=2"/>')
    assert ours(root) == b'<p:a xmlns:p="http://example.org/?x=1&amp;y=2"></p:a>'


def test_comments_are_left_out_and_instructions_stay() -> None:
    root = etree.fromstring('<a xmlns="urn:d">x<!-- c -->y<?t  d ?><!-- c --><?u?></a>')
    assert exclusive_c14n(root) == ours(root) == b'<a xmlns="urn:d">xy<?t d ?><?u?></a>'


def test_a_relative_namespace_has_no_canonical_form() -> None:
    """rules.md A71: some libraries digest nothing then."""
    root = etree.fromstring('<a xmlns="../a"/>')
    for canonicalise in (exclusive_c14n, lambda e: exclusive_c14n(e, [DEFAULT]), str_transform):
        with pytest.raises(CanonicalError):
            canonicalise(root)


# STR-Transform: WSS 1.1, section 8.3: "if the canonicalization algorithm is Exclusive XML Canonicalization, xmlns=""
# must be placed on the apex element if there is no namespace node for the default namespace there".


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(
            '<x><a xmlns="urn:d"><b/></a></x>',
            '<a xmlns="urn:d"><b></b></a>',
            id="a token in the default namespace, as eHealth's STS writes it",
        ),
        pytest.param(
            '<x xmlns="urn:d"><a><b/></a></x>', '<a xmlns="urn:d"><b></b></a>', id="declared outside the token"
        ),
        pytest.param(
            '<x><p:a xmlns:p="urn:p"><p:b/></p:a></x>',
            '<p:a xmlns="" xmlns:p="urn:p"><p:b></p:b></p:a>',
            id="a prefixed token where no default namespace is in scope",
        ),
        pytest.param(
            '<x xmlns="urn:d"><p:a xmlns:p="urn:p" xmlns=""><p:b/></p:a></x>',
            '<p:a xmlns="" xmlns:p="urn:p"><p:b></p:b></p:a>',
            id="a prefixed token that undeclares the default namespace: none is in scope",
        ),
        pytest.param(
            '<x xmlns="urn:d"><y xmlns=""><p:a xmlns:p="urn:p"/></y></x>',
            '<p:a xmlns="" xmlns:p="urn:p"></p:a>',
            id="a default namespace undeclared between",
        ),
        pytest.param(
            '<x xmlns="urn:d"><p:a xmlns:p="urn:p"><p:b/></p:a></x>',
            '<p:a xmlns="urn:d" xmlns:p="urn:p"><p:b></p:b></p:a>',
            id="a prefixed token where one is in scope, unused",
        ),
        pytest.param(
            '<x><p:a xmlns:p="urn:p"><b/><c xmlns="urn:d"><d xmlns=""/><p:d xmlns=""/></c></p:a></x>',
            '<p:a xmlns="" xmlns:p="urn:p"><b></b><c xmlns="urn:d"><d xmlns=""></d><p:d xmlns=""></p:d></c></p:a>',
            id="inside: what xmlns says on the apex is not said again, later changes are",
        ),
    ],
)
def test_str_transform_says_the_default_namespace_on_the_apex(document: str, expected: str) -> None:
    token = next(e for e in etree.fromstring(document).iter("*") if etree.QName(e).localname == "a")
    assert str_transform(token).decode() == expected


def test_str_transform_of_the_wss4j_sample_has_the_digest_wss4j_wrote() -> None:
    root = etree.fromstring((FOLDER / "wss4j-strtransform.xml").read_bytes())
    (token,) = root.iter(f"{{{SAML}}}Assertion")
    digests = {r.get("URI"): r.findtext(f"{{{DS}}}DigestValue", "") for r in root.iter(f"{{{DS}}}Reference")}
    (digest,) = (value for uri, value in digests.items() if (uri or "").startswith("#STR"))
    assert hashlib.sha256(str_transform(token)).digest() == b64decode(digest)


@pytest.mark.parametrize("name", ["wss4j-samlsig", "wss4j-strtransform"])
def test_the_prefix_lists_of_wss4j_give_its_digests_by_either_writing(name: str) -> None:
    root = etree.fromstring((FOLDER / f"{name}.xml").read_bytes())
    listed = 0
    for reference in root.iter(f"{{{DS}}}Reference"):
        inclusive = reference.find(".//{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces")
        if inclusive is None:
            continue
        listed += 1
        prefix_list = inclusive.get("PrefixList", "").split()
        (target,) = (e for e in root.iter("*") if e.get(f"{{{WSU}}}Id") == reference.get("URI", "")[1:])
        digest = b64decode(reference.findtext(f"{{{DS}}}DigestValue", ""))
        assert hashlib.sha256(exclusive_c14n(target, prefix_list)).digest() == digest
        assert hashlib.sha256(ours(target, prefix_list)).digest() == digest
    assert listed
