"""The right element, written in another way than its Reference declares."""

import copy
from collections.abc import Iterator
from itertools import combinations
from typing import Final

from lxml import etree

from mockserver.gateway.crypto.canonical import CanonicalError, exclusive_c14n, str_transform
from mockserver.xray.attempt import Attempt, Attempts
from mockserver.xray.subject import Subject

_MOST_PREFIXES: Final = 8
"""Of so many prefixes in scope every subset is tried; of more only single ones and all."""


def writings(subject: Subject, element: etree._Element) -> Attempts:
    """Other ways to write `element`, which is the subject's own or its counterpart."""
    if subject.prefixes:
        yield from _exclusive(element, (), "prefix-list-ignored", "the PrefixList was not taken into account")
    yield from _inclusive(element)
    yield from _with_comments(element)
    yield from _prefix_lists(subject, element)
    yield from _raw(element)
    if subject.is_str_transform:
        yield from _exclusive(element, (), "str-misapplied", "the token was written without the added xmlns")
    elif element.prefix is not None:
        yield from _str(element)


def _inclusive(element: etree._Element) -> Attempts:
    places = {"in its place in the envelope": element, "apart, before it stood in the envelope": detached(element)}
    for words, node in places.items():
        for comments in (False, True):
            more = ", with comments" if comments else ""
            try:
                octets = etree.tostring(node, method="c14n", exclusive=False, with_comments=comments)
            except (etree.C14NError, ValueError):
                continue  # no canonical form: nobody digested it
            yield Attempt("inclusive-c14n", octets, f"inclusive canonicalisation{more}, {words}")


def _with_comments(element: etree._Element) -> Attempts:
    try:
        octets = etree.tostring(element, method="c14n", exclusive=True, with_comments=True)
    except (etree.C14NError, ValueError):
        return
    yield Attempt("with-comments", octets, "exclusive canonicalisation with comments")


def _prefix_lists(subject: Subject, element: etree._Element) -> Attempts:
    """With a PrefixList that the Reference does not declare: each set of prefixes in scope."""
    scope = sorted(prefix for prefix in element.nsmap if prefix is not None)
    for prefixes in _subsets(scope):
        if set(prefixes) != set(subject.prefixes):
            mistake = "prefix-list-missing" if set(prefixes) - set(subject.prefixes) else "prefix-list-ignored"
            yield from _exclusive(element, prefixes, mistake, f"it was digested with PrefixList {' '.join(prefixes)!r}")
    if None in element.nsmap:
        yield from _exclusive(element, ("#default",), "prefix-list-missing", "it was digested with PrefixList #default")


def _subsets(prefixes: list[str]) -> Iterator[tuple[str, ...]]:
    sizes = range(1, len(prefixes) + 1) if len(prefixes) <= _MOST_PREFIXES else (1, len(prefixes) - 1, len(prefixes))
    for size in sizes:
        yield from combinations(prefixes, size)


def _exclusive(element: etree._Element, prefixes: tuple[str, ...], mistake: str, detail: str) -> Attempts:
    try:
        yield Attempt(mistake, exclusive_c14n(element, prefixes), detail)
    except CanonicalError:
        return


def _str(element: etree._Element) -> Attempts:
    try:
        yield Attempt("str-misapplied", str_transform(element), "it was written as an STR-Transform writes a token")
    except CanonicalError:
        return


def _raw(element: etree._Element) -> Attempts:
    """As a serialiser writes it. What the octets were in the very message is tried by `scope.slices`."""
    for node, words in ((element, "as it stands"), (detached(element), "apart from the envelope")):
        written = etree.tostring(node, encoding="utf-8", with_tail=False)
        yield Attempt("not-canonicalised", written, f"serialised {words}, not canonicalised")
        for head in (b'<?xml version="1.0" encoding="UTF-8"?>', b"<?xml version='1.0' encoding='UTF-8'?>\n"):
            yield Attempt("not-canonicalised", head + written, "serialised with an XML declaration, not canonicalised")


def inclusive_c14n(element: etree._Element) -> bytes:
    """Canonical XML 1.0 without comments. Raises CanonicalError."""
    try:
        return etree.tostring(element, method="c14n", exclusive=False, with_comments=False)
    except (etree.C14NError, ValueError) as error:
        raise CanonicalError(str(error)) from error


def detached(element: etree._Element) -> etree._Element:
    """The element in a document of its own, with the namespaces it uses alone."""
    twin = copy.deepcopy(element)
    twin.tail = None
    etree.cleanup_namespaces(twin)
    return twin
