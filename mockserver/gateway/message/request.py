"""The business request, read from the tree that was digested, by the names of the contract."""

from collections.abc import Mapping, Sequence
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


_VALUES: Final = (
    "Criteria/Requester/PersonIdentifier",
    "Criteria/Requester/InstitutionIdentifier/Nihii",
    "Criteria/Requester/InstitutionIdentifier/Cbe",
    "Criteria/Person/LastName",
    "Criteria/Person/FirstNames",
    "Criteria/Person/Gender",
    "Criteria/Person/PhoneNumber",
)
"""In the order of the fields of Requester and Person."""

Way = tuple[int, ...]
"""The way from the request element to one below it: at each step a number among the children."""


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


def ways_to_values(operation: etree._Element, contract: Contract) -> Sequence[Way | None]:
    """The way to each of the values that `read_request` reads; None for one that is absent."""
    return [_way_to(operation, path, _names(contract.request)) for path in _VALUES]


def read_request_along(operation: etree._Element, ways: Sequence[Way | None]) -> GenerateCovidIdRequest:
    """Read a request element that is built like another one, to whose values these are the ways."""
    values = [_value(_element_at(operation, way)) for way in ways]
    return GenerateCovidIdRequest(operation.get("Id"), Requester(*values[:3]), Person(*values[3:]))


def _way_to(operation: etree._Element, path: str, names: Mapping[str, str]) -> Way | None:
    element, way, name = operation, [], ""
    for step in path.split("/"):
        name = f"{name}/{step}" if name else step
        child = _children(element).get(names[name])
        if child is None:
            return None
        way.append(element.index(child))
        element = child
    return tuple(way)


def _element_at(operation: etree._Element, way: Way | None) -> etree._Element | None:
    if way is None:
        return None
    element = operation
    for number in way:
        element = element[number]
    return element


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
