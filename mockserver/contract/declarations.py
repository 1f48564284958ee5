"""What the schemas say of an element: its name on the wire, its children, its attributes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from lxml import etree

from mockserver.contract.documents import ContractError, Document
from mockserver.contract.schemas import Schema
from mockserver.namespaces import XML, XSD


@dataclass(frozen=True, slots=True, eq=False)
class ElementDeclaration:
    """An element as the contract declares it.

    A type may contain itself (StatusCode holds StatusCode), so do not walk `children` to the end.
    """

    name: str
    """As it stands on the wire: `{namespace}Local`, or `Local` when it is unqualified."""
    required: bool
    """It cannot be left out where its parent stands; False for a branch of a choice."""
    children: Mapping[str, ElementDeclaration] = field(repr=False)
    """By local name, in the order of the schema. Where a name occurs twice, the first counts."""
    attributes: Mapping[str, bool] = field(repr=False)
    """Name on the wire -> required. eHealth's own are unqualified, so that is the local name."""
    document: Document = field(repr=False)
    """The file that declares its type."""

    def __getitem__(self, path: str) -> ElementDeclaration:
        """The declaration at `path`, local names separated by slashes: `declaration["Criteria/Person"]`.

        Raises KeyError, with the whole path.
        """
        declaration = self
        for step in path.split("/"):
            try:
                declaration = declaration.children[step]
            except KeyError:
                raise KeyError(f"{self.local}/{path}") from None
        return declaration

    @property
    def local(self) -> str:
        """The name without its namespace."""
        return self.name.rpartition("}")[2]


_KINDS: Final = ("element", "complexType", "simpleType", "group", "attributeGroup")
_PARTICLES: Final = tuple(f"{{{XSD}}}{name}" for name in ("element", "sequence", "choice", "all", "group"))


def _tag(name: str) -> str:
    return f"{{{XSD}}}{name}"


@dataclass(frozen=True, slots=True, eq=False)
class _Component:
    """A definition or declaration in a schema, and the schema whose defaults hold for it."""

    node: etree._Element
    schema: Schema

    def inner(self, node: etree._Element) -> _Component:
        return _Component(node, self.schema)

    def resolve(self, qname: str) -> tuple[str, str]:
        """Namespace ("" for none) and local name of a QName that stands in the component."""
        prefix, _, local = qname.strip().rpartition(":")
        # The prefix xml is never declared.
        namespace = XML if prefix == "xml" else self.node.nsmap.get(prefix or None, "")
        # In a file that took over the namespace of the schema including it, a bare name means that namespace.
        if not namespace and not self.schema.own_namespace:
            namespace = self.schema.namespace
        return namespace, local

    def wire_name(self, form_default: str) -> str:
        """Name on the wire of a local element or attribute; `form_default` is the default that governs it."""
        name = self.node.get("name", "")
        form = self.node.get("form") or self.schema.root.get(form_default)
        return f"{{{self.schema.namespace}}}{name}" if form == "qualified" and self.schema.namespace else name


@dataclass(slots=True, eq=False)
class _Content:
    """What a type lets an element hold: shared by all elements of the type, filled after they are made."""

    document: Document
    children: dict[str, ElementDeclaration] = field(default_factory=dict)
    attributes: dict[str, bool] = field(default_factory=dict)
    filled: bool = False


class Declarations:
    """Finds the declarations of global elements in schemas that the validator has already compiled.

    The order matters: compiling proves that names resolve and that no type derives from itself, which is
    taken for granted here. Substitution groups and xs:any add no children.
    """

    def __init__(self, schemas: Sequence[Schema]) -> None:
        self._globals = {
            (kind, schema.namespace, node.get("name", "")): _Component(node, schema)
            for schema in schemas
            for kind in _KINDS
            for node in schema.root.iterchildren(_tag(kind))
        }
        self._contents: dict[tuple[etree._Element, str], _Content] = {}
        self._pending: list[tuple[_Component, _Content]] = []

    def global_elements(self, local: str) -> list[str]:
        """Names (`{namespace}local`) of all global elements called `local`."""
        return [_expanded(space, name) for kind, space, name in self._globals if (kind, name) == ("element", local)]

    def element(self, name: str) -> ElementDeclaration:
        """The declaration of the global element `name`, written `{namespace}local`.

        Raises ContractError when no schema declares it.
        """
        qname = etree.QName(name)
        declaration = self._global_element(self._find("element", (qname.namespace or "", qname.localname)), True)
        # A type is read after the elements that have it were made, or a type that contains itself had no end.
        while self._pending:
            self._fill(*self._pending.pop())
        return declaration

    def _find(self, kind: str, name: tuple[str, str]) -> _Component:
        try:
            return self._globals[kind, *name]
        except KeyError:
            raise ContractError(f"no schema of the contract declares the {kind} {_expanded(*name)}") from None

    def _global_element(self, component: _Component, required: bool) -> ElementDeclaration:
        name = _expanded(component.schema.namespace, component.node.get("name", ""))
        return self._declaration(name, component, required)

    def _declaration(self, name: str, component: _Component, required: bool) -> ElementDeclaration:
        content = self._content(component)
        return ElementDeclaration(
            name,
            required,
            MappingProxyType(content.children),
            MappingProxyType(content.attributes),
            content.document,
        )

    def _content(self, element: _Component) -> _Content:
        """Content of the element's type: named, anonymous, or simple (then empty)."""
        named = element.node.get("type")
        anonymous = element.node.find(_tag("complexType"))
        if named is not None:
            definition = self._complex_type(element.resolve(named))
        else:
            definition = element.inner(anonymous) if anonymous is not None else None
        return self._type_content(definition) if definition else _Content(element.schema.document, filled=True)

    def _complex_type(self, name: tuple[str, str]) -> _Component | None:
        return self._globals.get(("complexType", *name))

    def _type_content(self, definition: _Component) -> _Content:
        key = (definition.node, definition.schema.namespace)
        if key not in self._contents:
            self._contents[key] = _Content(definition.schema.document)
            self._pending.append((definition, self._contents[key]))
        return self._contents[key]

    def _fill(self, definition: _Component, content: _Content) -> None:
        if content.filled:
            return
        content.filled = True
        body = definition
        for derivation in definition.node.iterfind("*/*"):
            if derivation.tag in (_tag("extension"), _tag("restriction")):
                body = definition.inner(derivation)
                self._inherit(body, content)
        for name, declaration in self._particles(body, True):
            content.children.setdefault(name, declaration)
        self._attributes(body, content.attributes)

    def _inherit(self, derivation: _Component, content: _Content) -> None:
        """Take over the base type's attributes, and its children unless a restriction lists them anew."""
        base = self._complex_type(derivation.resolve(derivation.node.get("base", "")))
        if base is None:
            return
        inherited = self._type_content(base)
        self._fill(base, inherited)
        content.attributes.update(inherited.attributes)
        if derivation.node.tag == _tag("extension"):
            content.children.update(inherited.children)

    def _particles(self, group: _Component, required: bool) -> Iterator[tuple[str, ElementDeclaration]]:
        """Elements of a model group, at any depth of nesting; `required` says whether the group itself is."""
        for node in group.node.iterchildren(*_PARTICLES):
            if node.get("maxOccurs") == "0":
                continue
            particle = group.inner(node)
            needed = required and node.get("minOccurs") != "0"
            reference = node.get("ref")
            if node.tag == _tag("element"):
                yield self._local_element(particle, needed)
            elif reference is not None:
                yield from self._particles(self._find("group", particle.resolve(reference)), needed)
            else:
                yield from self._particles(particle, needed and node.tag != _tag("choice"))

    def _local_element(self, particle: _Component, required: bool) -> tuple[str, ElementDeclaration]:
        reference = particle.node.get("ref")
        if reference is None:
            declaration = self._declaration(particle.wire_name("elementFormDefault"), particle, required)
        else:
            declaration = self._global_element(self._find("element", particle.resolve(reference)), required)
        return declaration.local, declaration

    def _attributes(self, body: _Component, attributes: dict[str, bool]) -> None:
        for node in body.node.iterchildren(_tag("attribute"), _tag("attributeGroup")):
            component = body.inner(node)
            reference = node.get("ref")
            if node.tag == _tag("attributeGroup"):
                self._attributes(self._find("attributeGroup", component.resolve(reference or "")), attributes)
                continue
            if reference is None:
                name = component.wire_name("attributeFormDefault")
            else:
                name = _expanded(*component.resolve(reference))
            if node.get("use") == "prohibited":
                attributes.pop(name, None)
            else:
                attributes[name] = node.get("use") == "required"


def _expanded(namespace: str, local: str) -> str:
    return f"{{{namespace}}}{local}" if namespace else local
