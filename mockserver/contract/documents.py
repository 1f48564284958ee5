"""The contract's files: one WSDL and the schemas it reaches, none from outside the contract's directory.

But for those that the W3C publishes: contracts name them by URL, and our own copies stand in for them.
"""

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from lxml import etree

from mockserver.contract import w3c
from mockserver.namespaces import WSDL, WSDL_SOAP, XSD

MAX_BYTES: Final = 4 * 1024 * 1024
"""Size limit of one file, in bytes. The largest public eHealth schema has a tenth of that."""
MAX_DOCUMENTS: Final = 200
"""Limit on the number of files that one contract reaches."""

_WSDL_SOAP_12: Final = "http://schemas.xmlsoap.org/wsdl/soap12/"
_ADDRESSES: Final = (f"{{{WSDL_SOAP}}}address", f"{{{_WSDL_SOAP_12}}}address")
_DEFINITIONS: Final = f"{{{WSDL}}}definitions"
_SCHEMA: Final = f"{{{XSD}}}schema"
_IMPORT: Final = f"{{{XSD}}}import"
_INCLUDE: Final = f"{{{XSD}}}include"
_REDEFINE: Final = f"{{{XSD}}}redefine"
_MOST_NAMED: Final = 5
"""WSDLs that a refusal names."""


class ContractError(Exception):
    """The contract cannot be used; the message is one sentence that names the file and what it lacks."""


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One file of the contract."""

    name: str
    """Path relative to the contract's directory, with slashes."""
    path: Path
    content: bytes
    root: etree._Element
    locations: Mapping[str, str]
    """schemaLocation as it stands in the file -> name of the document it points at."""
    unlocated: Sequence[str] = ()
    """Namespaces of the W3C that it imports without saying from where."""

    @property
    def ours(self) -> bool:
        """Whether it is no file of the contract's own, but stands in for one of the W3C's."""
        return w3c.path_of(self.name) is not None


@dataclass(frozen=True, slots=True)
class Documents:
    """The WSDL and every schema that can be reached from it, by name."""

    wsdl: Document
    schemas: Mapping[str, Document]


def read_documents(directory: Path) -> Documents:
    """Read the one WSDL in `directory` and, following its imports and includes, the schemas it reaches.

    Raises ContractError: for a missing directory, for none or several WSDLs, for files that are missing,
    unreadable, too large or malformed, and for a schemaLocation that leads out of the directory.
    """
    wsdl = _read(directory, _find_wsdl(directory), _DEFINITIONS)
    if wsdl.root.find(f"{{{WSDL}}}import") is not None:
        raise ContractError(f"{wsdl.path} uses wsdl:import: give the whole description in one WSDL")
    schemas: dict[str, Document] = {}
    pending = [wsdl]
    for document in pending:
        for name in (*document.locations.values(), *filter(None, map(w3c.name_of, document.unlocated))):
            if name in schemas:
                continue
            if len(schemas) == MAX_DOCUMENTS:
                raise ContractError(f"{wsdl.path} reaches more than {MAX_DOCUMENTS} schemas")
            schemas[name] = _read(directory, name, _SCHEMA)
            pending.append(schemas[name])
    return Documents(wsdl, schemas)


def served(document: Document, endpoint: str) -> bytes:
    """The document as the service at `endpoint` (an absolute URL) hands it out: UTF-8, declared, without BOM.

    Every soap:address and every schemaLocation are replaced: a client that has only the URL can load all of
    it, and the address has the scheme the service really runs on (WS-I Basic Profile 1.1 R5001). The rest
    stays as it was.
    """
    # Parsed anew for each answer, because a tree that several threads copy from at a time is not safe in
    # lxml.
    root = _parse(document.path, document.content)
    for reference in root.iter(_IMPORT, _INCLUDE):
        location = reference.get("schemaLocation")
        if location is not None:
            reference.set("schemaLocation", f"{endpoint}?xsd={quote(document.locations[location])}")
    for address in root.iter(*_ADDRESSES):
        address.set("location", endpoint)
    return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)


def _find_wsdl(directory: Path) -> str:
    if not directory.exists():
        raise ContractError(f"contract directory {directory} does not exist: name the folder that holds the WSDL")
    if not directory.is_dir():
        raise ContractError(f"{directory} is not a directory: name the folder that holds the WSDL")
    # Hidden names are left out: archives made on macOS carry a ._name.wsdl for each WSDL, and a Kubernetes
    # volume holds each file a second time below ..data.
    found = sorted(
        path.relative_to(directory).as_posix()
        for path in directory.rglob("*")
        if path.suffix.lower() == ".wsdl"
        and not any(part.startswith(".") for part in path.relative_to(directory).parts)
    )
    if not found:
        raise ContractError(f"contract directory {directory} holds no .wsdl file")
    if len(found) > 1:
        others = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        named = ", ".join(found[:_MOST_NAMED]) + others
        raise ContractError(f"contract directory {directory} holds several WSDLs, keep one: {named}")
    return found[0]


def _read(directory: Path, name: str, expected_root: str) -> Document:
    ours = w3c.path_of(name)
    path = ours or directory / name
    content = _content(path.parent if ours else directory, path)
    root = _parse(path, content)
    if root.tag != expected_root:
        raise ContractError(f"{path} has the root {root.tag!r}, expected {expected_root}")
    if next(root.iter(_REDEFINE), None) is not None:
        raise ContractError(f"{path} uses xs:redefine, which is not supported: write the definition out")
    locations = {}
    for reference in root.iter(_IMPORT, _INCLUDE):
        location = reference.get("schemaLocation")
        if location is not None:
            locations[location] = w3c.name_at(location.strip()) or _locate(path, name, location)
    unlocated = [
        namespace
        for reference in root.iter(_IMPORT)
        if reference.get("schemaLocation") is None and w3c.name_of(namespace := reference.get("namespace", ""))
    ]
    return Document(name, path, content, root, locations, unlocated)


def _content(directory: Path, path: Path) -> bytes:
    try:
        # After symbolic links: a link is a way out of the directory that the text of a location does not
        # show.
        real = path.resolve(strict=True)
        if not real.is_relative_to(directory.resolve()):
            raise ContractError(f"{path} leads out of the contract directory, to {real}")
        if not real.is_file():
            raise ContractError(f"{path} is not a file")
        with real.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ContractError(f"{path} does not exist, and the contract refers to it") from error
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of symbolic links, before Python 3.13
        raise ContractError(f"{path} cannot be read: {error}") from error
    if len(content) > MAX_BYTES:
        raise ContractError(f"{path} is larger than {MAX_BYTES} bytes")
    return content


def _parse(path: Path, content: bytes) -> etree._Element:
    # A parser for each document: lxml's parsers are not to be shared between threads. CDATA sections stay,
    # because what is served is the user's own file.
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, strip_cdata=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise ContractError(f"{path} is not well-formed XML: {error.msg}") from error
    if root.getroottree().docinfo.doctype:
        raise ContractError(f"{path} has a DOCTYPE, which is not supported: remove it")
    return root


def _locate(path: Path, base: str, location: str) -> str:
    """Name of the document at `location`, which stands in the document `base` (its file is `path`)."""
    try:
        parts = urlsplit(location.strip())
    except ValueError as error:
        raise ContractError(f"{path}: schemaLocation {location!r} is not a URI: {error}") from error
    target = unquote(parts.path)
    if parts.scheme or parts.netloc or parts.query or parts.fragment or target.startswith("/"):
        raise ContractError(
            f"{path}: schemaLocation {location!r} is not a relative path: nothing is fetched, so put that "
            "schema into the contract directory and refer to it there"
        )
    if not target or not target.isprintable() or "\\" in target:
        raise ContractError(f"{path}: schemaLocation {location!r} does not name a file")
    name = posixpath.normpath(posixpath.join(posixpath.dirname(base), target))
    if name.split("/")[0] == "..":
        raise ContractError(f"{path}: schemaLocation {location!r} leads out of the contract directory")
    return name
