"""The business request, read from the tree that was digested, by the names of the contract."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from lxml import etree

from mockserver.contract import Contract, ElementDeclaration
from mockserver.gateway.message.envelope import elements, string_value

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


class Requester(NamedTuple):
    """Criteria.Requester (cookbook 5.2.2.1). None where the element is absent."""

    person_identifier: str | None = None
    nihii: str | None = None
    cbe: str | None = None


class Person(NamedTuple):
    """Criteria.Person (cookbook 5.2.2.2). None where the element is absent."""

    last_name: str | None = None
    first_names: str | None = None
    gender: str | None = None
    phone_number: str | None = None


class GenerateCovidIdRequest(NamedTuple):
    """What the request asks (cookbook 5.2.1.1)."""

    id: str | None
    requester: Requester
    person: Person


def read_request(operation: etree._Element, contract: Contract) -> GenerateCovidIdRequest:
    """Read the request element; what is missing is None, whether it may be is the schema's matter."""
    names = _names(contract.request)
    criteria = _children(_children(operation).get(names["Criteria"]))
    requester = _children(criteria.get(names["Criteria/Requester"]))
    institution = _children(requester.get(names["Criteria/Requester/InstitutionIdentifier"]))
    person = _children(criteria.get(names["Criteria/Person"]))
    return GenerateCovidIdRequest(
        operation.get("Id"),
        Requester(
            _value(requester.get(names["Criteria/Requester/PersonIdentifier"])),
            _value(institution.get(names["Criteria/Requester/InstitutionIdentifier/Nihii"])),
            _value(institution.get(names["Criteria/Requester/InstitutionIdentifier/Cbe"])),
        ),
        Person(
            _value(person.get(names["Criteria/Person/LastName"])),
            _value(person.get(names["Criteria/Person/FirstNames"])),
            _value(person.get(names["Criteria/Person/Gender"])),
            _value(person.get(names["Criteria/Person/PhoneNumber"])),
        ),
    )


def _children(parent: etree._Element | None) -> Mapping[str, etree._Element]:
    """The first child of each name."""
    found: dict[str, etree._Element] = {}
    for child in elements(parent) if parent is not None else ():
        found.setdefault(str(child.tag), child)
    return found


def _value(element: etree._Element | None) -> str | None:
    """The string value of the element, if there is one."""
    return None if element is None else string_value(element)


@lru_cache(maxsize=8)
def _names(request: ElementDeclaration) -> Mapping[str, str]:
    """What the contract calls each element on the wire, by its path below the request element."""
    return {path: request[path].name for path in _PATHS}
