"""From characters to a tree, once, with nothing in between that fetches, expands or defaults anything.

The prolog is read before the tree parser runs, because a DOCTYPE must be found before any entity could be declared
(Basic Profile R1008, `rules.md` A80 to A83). Limits that libxml2 does not have (attributes and namespace declarations
per element) are ours: `rules.md` I11.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any, Final

from lxml import etree

from mockserver.gateway.fact import fact
from mockserver.gateway.limits import Limits
from mockserver.gateway.message.encoding import Encoding

# The Misc of XML 1.0 section 2.8: white space, comments and processing instructions (the XML declaration among them).
# Possessive groups: whatever the prolog holds, this stays linear.
_MISC: Final = re.compile(r"(?:[ \t\r\n]++|<!--(?:(?!-->).)*+-->|<\?(?:(?!\?>).)*+\?>)*+", re.DOTALL)
_COMMENT_CDATA_PI: Final = re.compile(
    r"<!--(?:(?!-->).)*+-->|<!\[CDATA\[(?:(?!\]\]>).)*+\]\]>|<\?(?:(?!\?>).)*+\?>", re.DOTALL
)
_XMLNS_XML: Final = re.compile(r"""<[^<>"'/!?](?:[^<>"']|"[^"<]*"|'[^'<]*')*?[ \t\r\n]xmlns:xml[ \t\r\n]*=""")

_PARSER_LIMITS: Final = (etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG)


@dataclass(frozen=True, slots=True)
class Prolog:
    """What stands before the document element."""

    doctype_at: int | None
    """Offset in characters of `<!DOCTYPE`; None when there is none."""


NO_DOCTYPE: Final = Prolog(None)


class Trouble(Enum):
    """Why there is no tree."""

    UNREADABLE = "the bytes could not be read as characters"
    DOCTYPE = "a document type declaration stands in the prolog"
    NOT_WELL_FORMED = "the document is not namespace-well-formed XML 1.0"
    LIMIT = "a limit is exceeded"


@dataclass
class Document:
    """The tree, or why there is none."""

    root: etree._Element | None
    trouble: Trouble | None = None
    detail: str = ""
    text: str = field(default="", repr=False)
    """What was parsed."""

    @fact
    def declares_xml_prefix(self) -> bool:
        """Somewhere `xmlns:xml` is declared (R1033); no tree shows it."""
        return _declares_xml_prefix(self.text)

    @fact
    def nodes(self) -> Sequence[etree._Element]:
        """Elements, comments and processing instructions. lxml forgets the Python object of a node that nobody holds,
        and each rule that comes by would pay for a new one."""
        return () if self.root is None else list(self.root.iter())

    @fact
    def attributed(self) -> Sequence[tuple[etree._Element, Sequence[str]]]:
        """The elements that have attributes, in document order, with the names of these."""
        return [(element, names) for element in self.nodes if (names := element.keys())]

    def carrying(self, attribute: str) -> list[etree._Element]:
        """The elements that have this attribute, in document order."""
        return [element for element, names in self.attributed if attribute in names]


def read_prolog(text: str) -> Prolog:
    """Find a DOCTYPE by walking over the Misc before it."""
    match = _MISC.match(text)
    start = match.end() if match else 0
    return Prolog(start if text.startswith("<!DOCTYPE", start) else None)


def parse(encoding: Encoding, prolog: Prolog, limits: Limits) -> Document:
    """Parse the decoded text, unless it must not reach a parser at all; `within_limits` comes after it."""
    if encoding.text is None:
        return Document(None, Trouble.UNREADABLE, encoding.problem or "")
    if prolog.doctype_at is not None:
        return Document(None, Trouble.DOCTYPE)
    if encoding.text.startswith("\ufeff"):
        # The BOM is gone already. libxml2 would skip this one too, and read a DOCTYPE behind it that nobody saw.
        return Document(None, Trouble.NOT_WELL_FORMED, "a second byte order mark")
    if excess := _excess_before_parsing(encoding.text, limits):
        return Document(None, Trouble.LIMIT, excess)
    parser = _parser()
    try:
        root = etree.fromstring(encoding.utf_8(), parser)
    except UnicodeEncodeError as error:
        return Document(None, Trouble.NOT_WELL_FORMED, _first_line(str(error)))
    except etree.XMLSyntaxError as error:
        if error.code in _PARSER_LIMITS:
            return Document(None, Trouble.LIMIT, _beyond_parser(error, limits))
        # msg is without the name of the file that there is none of.
        return Document(None, Trouble.NOT_WELL_FORMED, _first_line(error.msg or ""))
    # lxml judges by the last complaint of libxml2 alone: any warning (a wrong xml:space, say) behind an undeclared
    # prefix, or behind an attribute given twice under two prefixes, would let the document pass.
    complaints = parser.error_log
    if len(complaints) and (errors := complaints.filter_from_errors()):
        return Document(None, Trouble.NOT_WELL_FORMED, _first_line(errors[0].message))
    return Document(root, text=encoding.text)


def within_limits(document: Document, limits: Limits) -> Document:
    """The document, or why it must go no further: it passes a limit that libxml2 does not have."""
    if document.root is not None and _may_exceed(document, document.root, limits):
        excess = _excess(document.root, limits)
        return Document(None, Trouble.LIMIT, excess) if excess else document
    return document


def _parser() -> etree.XMLParser:
    """A fresh parser for each document, so that nothing of one message is left for the next."""
    return etree.XMLParser(
        encoding="utf-8",  # wins over the XML declaration
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=False,
        remove_pis=False,
        remove_blank_text=False,
        ns_clean=False,
    )


def _excess_before_parsing(text: str, limits: Limits) -> str | None:
    """What a parser would have to swallow whole before the tree could be counted."""
    if len(text) > 2 * limits.nodes and text.count("<") > 2 * limits.nodes:
        return f"more than {limits.nodes} nodes"
    return None


def _may_exceed(document: Document, root: etree._Element, limits: Limits) -> bool:
    """Whether the tree must be walked to see: no message that anybody sends in earnest comes so near."""
    return (
        len(document.nodes) > limits.nodes
        or document.text.count("xmlns") > limits.namespace_declarations
        or any(len(names) > limits.attributes for _, names in document.attributed)
        or bool(_is_deeper_than(limits.depth)(root))
    )


@lru_cache(maxsize=16)
def _is_deeper_than(depth: int) -> etree.XPath:
    return etree.XPath(f"boolean({'/*' * (depth + 1)})")


def _excess(root: etree._Element, limits: Limits) -> str | None:
    """The first limit the tree exceeds, in words; None when it keeps all."""
    depth = nodes = declarations = 0
    item: Any
    for event, item in etree.iterwalk(root, events=("start", "end", "start-ns", "comment", "pi")):
        if event == "end":
            depth -= 1
            continue
        if event == "start-ns":
            declarations += 1
            if declarations > limits.namespace_declarations:
                return f"more than {limits.namespace_declarations} namespace declarations on one element"
            continue
        nodes += 1
        if nodes > limits.nodes:
            return f"more than {limits.nodes} nodes"
        if event == "start":
            declarations = 0
            depth += 1
            if depth > limits.depth:
                return f"elements nested deeper than {limits.depth}"
            if len(item.attrib) > limits.attributes:
                return f"more than {limits.attributes} attributes on one element"
    return None


def _declares_xml_prefix(text: str) -> bool:
    if "xmlns:xml" not in text:
        return False
    return _XMLNS_XML.search(_COMMENT_CDATA_PI.sub("", text)) is not None


def _beyond_parser(error: etree.XMLSyntaxError, limits: Limits) -> str:
    """What libxml2 would not take, without its advice, which is for programmers: it sees such before `_excess` can."""
    line, column = error.position
    if "depth" in (error.msg or ""):
        return f"nested deeper than {limits.depth}"
    return f"a name or value that is too long, at line {line}, column {column}"


def _first_line(text: str) -> str:
    return text.splitlines()[0][:300] if text else ""
