"""The business request, read from the tree that was digested, by the names of the contract."""

from dataclasses import dataclass

from lxml import etree

from mockserver.contract import Contract, ElementDeclaration
from mockserver.gateway.message.envelope import string_value


@dataclass(frozen=True, slots=True)
class Requester:
    """Criteria.Requester (cookbook 5.2.2.1). None where the element is absent."""

    person_identifier: str | None = None
    nihii: str | None = None
    cbe: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Criteria.Person (cookbook 5.2.2.2). None where the element is absent."""

    last_name: str | None = None
    first_names: str | None = None
    gender: str | None = None
    phone_number: str | None = None


@dataclass(frozen=True, slots=True)
class GenerateCovidIdRequest:
    """What the request asks (cookbook 5.2.1.1)."""

    id: str | None
    requester: Requester
    person: Person


def read_request(operation: etree._Element, contract: Contract) -> GenerateCovidIdRequest:
    """Read the request element; what is missing is None, whether it may be is the schema's matter."""
    return GenerateCovidIdRequest(
        operation.get("Id"),
        Requester(
            _value(operation, contract.request, "Criteria/Requester/PersonIdentifier"),
            _value(operation, contract.request, "Criteria/Requester/InstitutionIdentifier/Nihii"),
            _value(operation, contract.request, "Criteria/Requester/InstitutionIdentifier/Cbe"),
        ),
        Person(
            _value(operation, contract.request, "Criteria/Person/LastName"),
            _value(operation, contract.request, "Criteria/Person/FirstNames"),
            _value(operation, contract.request, "Criteria/Person/Gender"),
            _value(operation, contract.request, "Criteria/Person/PhoneNumber"),
        ),
    )


def _value(element: etree._Element, declaration: ElementDeclaration, path: str) -> str | None:
    """The string value of the element at `path`, each step by the name the contract gives it on the wire."""
    for step in path.split("/"):
        declaration = declaration[step]
        found = next((child for child in element if child.tag == declaration.name), None)
        if found is None:
            return None
        element = found
    return string_value(element)
