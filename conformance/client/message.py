"""The business message: GenerateCovidIdRequest, with every name taken from the contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from lxml import etree

from mockserver.contract import Contract, ElementDeclaration
from mockserver.instant import Instant, format_instant

Content = str | Mapping[str, "Content"]
"""What an element holds: its text, or its children by local name."""


@dataclass(frozen=True, slots=True)
class Requester:
    """Criteria.Requester (cookbook 5.2.2.1). None leaves the element out; "" sends it empty."""

    person_identifier: str | None = None
    nihii: str | None = None
    cbe: str | None = None

    def content(self) -> Content:
        """The children, absent ones left out; no InstitutionIdentifier when it would hold nothing."""
        institution = _present({"Nihii": self.nihii, "Cbe": self.cbe})
        return _present({"InstitutionIdentifier": institution or None, "PersonIdentifier": self.person_identifier})


@dataclass(frozen=True, slots=True)
class Person:
    """Criteria.Person (cookbook 5.2.2.2). None leaves the element out; "" sends it empty."""

    last_name: str | None = None
    first_names: str | None = None
    gender: str | None = None
    phone_number: str | None = None

    def content(self) -> Content:
        """The children, absent ones left out."""
        return _present(
            {
                "LastName": self.last_name,
                "FirstNames": self.first_names,
                "Gender": self.gender,
                "PhoneNumber": self.phone_number,
            }
        )


def new_request_id() -> str:
    """A fresh @Id. It is an xs:ID, thus an NCName: a bare UUID may begin with a digit, which no name does."""
    return f"_{uuid4()}"


def covid_id_request(
    contract: Contract,
    *,
    requester: Requester | None,
    person: Person | None,
    request_id: str | None,
    issue_instant: Instant,
) -> etree._Element:
    """The element for the soap Body. None leaves Requester, Person or @Id out.

    @Id is optional (cookbook 5.2.1.1). Every name used here is one that a contract must have to be loaded.
    """
    criteria = _present(
        {
            "Requester": None if requester is None else requester.content(),
            "Person": None if person is None else person.content(),
        }
    )
    declaration = contract.request
    namespace = etree.QName(declaration.name).namespace
    root = etree.Element(declaration.name, nsmap={"p": namespace} if namespace else None)
    if request_id is not None:
        root.set("Id", request_id)
    root.set("IssueInstant", format_instant(issue_instant))
    _fill(root, declaration, {"Criteria": criteria})
    _declare_prefixes(root)
    return root


def _present(children: Mapping[str, Content | None]) -> dict[str, Content]:
    return {name: content for name, content in children.items() if content is not None}


def _fill(element: etree._Element, declaration: ElementDeclaration, content: Content) -> None:
    """Puts `content` into `element`, children in the order of the schema's sequence."""
    if isinstance(content, str):
        element.text = content
        return
    order = list(declaration.children)
    for name in sorted(content, key=order.index):
        child = declaration.children[name]
        _fill(etree.SubElement(element, child.name), child, content[name])


def _declare_prefixes(root: etree._Element) -> None:
    """Declares every namespace once, on the root: p for its own (protocol), c for the next (core), then n3.

    Never a default namespace: unqualified local elements would fall into it.
    """
    namespaces = dict.fromkeys(filter(None, (etree.QName(element).namespace for element in root.iter("*"))))
    letters = {0: "p", 1: "c"}
    prefixes = {letters.get(number, f"n{number + 1}"): name for number, name in enumerate(namespaces)}
    etree.cleanup_namespaces(root, top_nsmap=prefixes)
