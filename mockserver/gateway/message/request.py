"""The business request, read from the tree that was digested, by the names of the contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from lxml import etree

from mockserver.contract import Contract, ElementDeclaration
from mockserver.gateway.message.envelope import string_value

_PATHS: Final = (
    "Criteria",
    "Criteria/Requester",
    "Criteria/Requester/PersonIdentifier",
    "Criteria/Requester/InstitutionIdentifier",
    "Criteria/Requester/InstitutionIdentifier/Nihii",
    "Criteria/Requester/InstitutionIdentifier/Cbe",
    "Criteria/Person",
    "Criteria/Person/LastName",
    "Criteria/Person/FirstNames",
    "Criteria/Person/Gender",
    "Criteria/Person/PhoneNumber",
)


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
    names = _names(contract.request)
    criteria = _child(operation, names["Criteria"])
    requester = _child(criteria, names["Criteria/Requester"])
    institution = _child(requester, names["Criteria/Requester/InstitutionIdentifier"])
    person = _child(criteria, names["Criteria/Person"])
    return GenerateCovidIdRequest(
        operation.get("Id"),
        Requester(
            _value(requester, names["Criteria/Requester/PersonIdentifier"]),
            _value(institution, names["Criteria/Requester/InstitutionIdentifier/Nihii"]),
            _value(institution, names["Criteria/Requester/InstitutionIdentifier/Cbe"]),
        ),
        Person(
            _value(person, names["Criteria/Person/LastName"]),
            _value(person, names["Criteria/Person/FirstNames"]),
            _value(person, names["Criteria/Person/Gender"]),
            _value(person, names["Criteria/Person/PhoneNumber"]),
        ),
    )


def _child(parent: etree._Element | None, name: str) -> etree._Element | None:
    """The first child of this name."""
    return None if parent is None else next(parent.iterchildren(name), None)


def _value(parent: etree._Element | None, name: str) -> str | None:
    """The string value of that child."""
    child = _child(parent, name)
    return None if child is None else string_value(child)


@lru_cache(maxsize=8)
def _names(request: ElementDeclaration) -> Mapping[str, str]:
    """What the contract calls each element on the wire, by its path below the request element."""
    return {path: request[path].name for path in _PATHS}
