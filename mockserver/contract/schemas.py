"""The contract's schemas: compiled into one validator, and the components they define."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Final

from lxml import etree

from mockserver.contract import w3c
from mockserver.contract.documents import ContractError, Document, Documents
from mockserver.namespaces import WSDL, XSD

if TYPE_CHECKING:
    from lxml.etree._docloader import _InputDocument

_KEPT: Final = 2048
"""Characters of prefixes and namespaces that are remembered together."""

MAX_VIOLATIONS: Final = 10
MAX_VIOLATION_LENGTH: Final = 500
"""In characters."""

_IMPORT: Final = f"{{{XSD}}}import"
_INCLUDE: Final = f"{{{XSD}}}include"


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """One xs:schema, a file of its own or within wsdl:types."""

    document: Document
    root: etree._Element
    namespace: str
    """What it defines names in, "" for none. Without targetNamespace that is the including schema's."""

    @property
    def own_namespace(self) -> str:
        """What its targetNamespace says, "" without one."""
        return self.root.get("targetNamespace", "")


def find_schemas(documents: Documents) -> list[Schema]:
    """Every xs:schema that the WSDL holds or reaches; a file that two namespaces include is there for each.

    Raises ContractError when an xs:import names another namespace than the file it points at.
    """
    inline = documents.wsdl.root.findall(f"{{{WSDL}}}types/{{{XSD}}}schema")
    found = [Schema(documents.wsdl, root, root.get("targetNamespace", "")) for root in inline]
    seen = {(schema.root, schema.namespace) for schema in found}
    for schema in found:
        for reference in schema.root.iterchildren(_IMPORT, _INCLUDE):
            name = _target(schema.document, reference)
            if name is None:
                continue
            target = documents.schemas[name]
            own = target.root.get("targetNamespace", "")
            if reference.tag == _IMPORT and own != reference.get("namespace", ""):
                raise ContractError(
                    f"{schema.document.path} imports the namespace {reference.get('namespace', '')!r} from "
                    f"{target.name}, whose targetNamespace is {own!r}"
                )
            namespace = own or (schema.namespace if reference.tag == _INCLUDE else "")
            if (target.root, namespace) not in seen:
                seen.add((target.root, namespace))
                found.append(Schema(target, target.root, namespace))
    # Where the contract has a schema of its own for a namespace of the W3C's, ours would define all names again.
    theirs = {schema.namespace for schema in found if not schema.document.ours}
    return [schema for schema in found if not schema.document.ours or schema.namespace not in theirs]


def _target(document: Document, reference: etree._Element) -> str | None:
    """Name of the document that an xs:import or xs:include in `document` means; None when it says nothing."""
    location = reference.get("schemaLocation")
    if location is not None:
        return document.locations[location]
    return w3c.name_of(reference.get("namespace", "")) if reference.tag == _IMPORT else None


class Validator:
    """The schemas, compiled. May be used from several threads at a time."""

    def __init__(self, schema: etree.XMLSchema) -> None:
        self._schema = schema
        self._lock = threading.Lock()

    def violations(self, element: etree._Element) -> list[str]:
        """What is wrong with `element` as a document element, in the validator's words; empty if it is valid.

        At most ten messages of at most 500 characters. They repeat values of the message, so they are for the
        wire and the journal and never for a log. `element` and its document stay as they are.
        """
        # A copy, because libxml2 enters each xs:ID it meets into the document's table of ids, where a later
        # look-up by id would find the business @Id (decisions.md 4: it is no id of the envelope). The copy
        # stands in an element that declares what was in scope: the prefix in an xsi:type may be declared on
        # the Envelope. (Costs the square of the declarations in scope; the gateway's limits bound those.)
        scope = _scope(element.nsmap)
        scope.append(deepcopy(element))
        # error_log belongs to the schema and not to the call: without the lock, two threads read each other's
        # errors.
        with self._lock:
            if self._schema.validate(scope[0]):
                return []
            entries = islice(self._schema.error_log, MAX_VIOLATIONS)
            return [entry.message[:MAX_VIOLATION_LENGTH] for entry in entries]


def _scope(declared: Mapping[str | None, str]) -> etree._Element:
    """An element that declares these namespaces."""
    if sum(len(prefix or "") + len(uri) for prefix, uri in declared.items()) > _KEPT:
        return etree.Element("scope", nsmap=dict(declared))
    # To copy an element takes half the time to make it, and a client declares the same in each message.
    return copy(_scope_again(tuple(declared.items())))


@lru_cache(maxsize=64)
def _scope_again(declared: tuple[tuple[str | None, str], ...]) -> etree._Element:
    return etree.Element("scope", nsmap=dict(declared))


def compile_schemas(schemas: Sequence[Schema]) -> Validator:
    """Compile all schemas into one validator, from memory alone.

    Raises ContractError when they are no valid XML Schema 1.0.
    """
    # libxml2 skips the second import of a namespace, whatever its location. So each namespace gets one schema
    # that includes all its files, and every import is pointed there; that also serves the schemas within
    # wsdl:types, which have no location at all.
    names = {schema.root: f"contract:{number}" for number, schema in enumerate(schemas)}
    members: dict[str, set[str]] = {}
    for schema in schemas:
        members.setdefault(schema.namespace, set()).add(names[schema.root])
    wholes = {namespace: f"contract:whole-{number}" for number, namespace in enumerate(members)}

    includes = {schema.document.name: names[schema.root] for schema in schemas}
    sources = {names[schema.root]: _redirected(schema, includes, wholes) for schema in schemas}
    for namespace, name in wholes.items():
        locations = [{"schemaLocation": member} for member in sorted(members[namespace])]
        sources[name] = _schema(namespace, _INCLUDE, locations)
    start = _schema(
        "urn:contract:start",
        _IMPORT,
        [{"schemaLocation": name} | ({"namespace": space} if space else {}) for space, name in wholes.items()],
    )

    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    parser.resolvers.add(_Sources(sources))
    try:
        return Validator(etree.XMLSchema(etree.fromstring(start, parser, base_url="contract:start")))
    except etree.XMLSchemaParseError as error:
        entry = next(iter(error.error_log), None)
        paths = {names[schema.root]: schema.document.path for schema in schemas}
        path = paths.get(entry.filename if entry else "", schemas[0].document.path)
        reason = entry.message if entry else error
        raise ContractError(f"{path} is not a valid XML Schema: {reason}") from error


class _Sources(etree.Resolver):
    """Gives libxml2 the schemas by the names made up for them, and nothing else: no file, no network."""

    def __init__(self, sources: Mapping[str, bytes]) -> None:
        super().__init__()
        self._sources = sources

    def resolve(self, system_url: str | None, public_id: str | None, context: object, /) -> _InputDocument:
        source = self._sources.get(system_url or "")
        if source is None:
            raise ContractError(f"the contract's schemas ask for {system_url}, which is no part of the contract")
        return self.resolve_string(source, context, base_url=system_url)


def _redirected(schema: Schema, includes: Mapping[str, str], wholes: Mapping[str, str]) -> bytes:
    """The schema with its references pointed at the names that `_Sources` knows."""
    # Serialised first and not copied: only the serialiser writes out the namespaces that wsdl:definitions
    # declares.
    root = etree.fromstring(etree.tostring(schema.root, with_tail=False))
    for include in root.iterchildren(_INCLUDE):
        location = include.get("schemaLocation")
        if location is not None:  # without one it is no valid schema, and libxml2 says so
            include.set("schemaLocation", includes[schema.document.locations[location]])
    for reference in root.iterchildren(_IMPORT):
        whole = wholes.get(reference.get("namespace", ""))
        if whole is not None:
            reference.set("schemaLocation", whole)
    return etree.tostring(root)


def _schema(namespace: str, tag: str, references: Sequence[Mapping[str, str]]) -> bytes:
    root = etree.Element(f"{{{XSD}}}schema", {"targetNamespace": namespace} if namespace else {})
    for reference in references:
        etree.SubElement(root, tag, dict(reference))
    return etree.tostring(root)
