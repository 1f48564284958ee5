"""GenerateCovidIdRequest and its Requester (cookbook 5.2.1.1 and 5.2.2.1)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from lxml import etree

from conformance.cases.checks import Finding, Level
from conformance.cases.expectations import SUCCESS, expect_either, expect_success, expect_system_error, system_error
from conformance.cases.known import FULL_PERSON, LAST_NAME, OTHER_NIHIIS, PERSON
from conformance.cases.registry import case
from conformance.client.exchange import Client
from conformance.client.message import Person, Requester
from conformance.client.parts import removed
from mockserver.instant import SECOND, format_instant
from mockserver.namespaces import XSI

XSD_FAILURE: Final = system_error("SOA-03006")
CONTENT_FAILURE: Final = system_error("SOA-03007")


@case("request-id-absent", clause="5.2.1.1", level=Level.MUST)
def id_absent(client: Client) -> Iterator[Finding]:
    """A request without @Id is accepted, and the answer has no InResponseTo.

    "This field is optional"; 5.2.1.2: InResponseTo is the "'Id' attribute of the request if available".
    """
    yield from expect_success(client.generate_covid_id(client.credentials.requester, PERSON, request_id=None))


@case("request-id-echoed", clause="5.2.1.2", level=Level.MUST)
def id_echoed(client: Client) -> Iterator[Finding]:
    """@Id comes back in InResponseTo, character for character: hyphens, dots, accents, and a long one."""
    for identifier in ("_", "a.b-c_1", "É-été", f"_{'x' * 200}"):
        exchange = client.generate_covid_id(client.credentials.requester, PERSON, request_id=identifier)
        yield from expect_success(exchange)


@case("request-id-repeated", clause="5.2.1.1", level=Level.MAY)
def id_repeated(client: Client) -> Iterator[Finding]:
    """Two requests with one @Id, otherwise separate messages: the cookbook asks nobody for an @Id never used before."""
    for _ in range(2):
        exchange = client.generate_covid_id(client.credentials.requester, PERSON, request_id="_same-id")
    yield from expect_either(exchange, SUCCESS, CONTENT_FAILURE)


def _business_case(
    identifier: str, text: str, change: Callable[[etree._Element], object], *accepted: str, level: Level = Level.MUST
) -> None:
    """A case that changes the request element, signs it, and expects a fault or one of several answers."""

    def steps(client: Client) -> Iterator[Finding]:
        exchange = client.generate_covid_id(client.credentials.requester, FULL_PERSON, business=change)
        if len(accepted) == 1:
            yield from expect_system_error(exchange, accepted[0])
        else:
            outcomes = [SUCCESS if code == SUCCESS.label else system_error(code) for code in accepted]
            yield from expect_either(exchange, *outcomes)

    steps.__doc__ = text
    case(identifier, clause="5.2.1.1", level=level, intrusive=True)(steps)


def _first(element: etree._Element, local: str) -> etree._Element:
    """The first descendant with this local name: the namespace is the contract's business."""
    return next(child for child in element.iter("*") if etree.QName(child).localname == local)


def _without(local: str) -> Callable[[etree._Element], object]:
    return lambda request: removed(_first(request, local))


def _with_attribute(name: str, value: str | None) -> Callable[[etree._Element], object]:
    def change(request: etree._Element) -> None:
        if value is None:
            del request.attrib[name]
        else:
            request.set(name, value)

    return change


def _doubled(local: str) -> Callable[[etree._Element], object]:
    def change(request: etree._Element) -> None:
        element = _first(request, local)
        twin = etree.fromstring(etree.tostring(element))
        element.addnext(twin)

    return change


def _swapped(request: etree._Element) -> None:
    person = _first(request, "Person")
    person.append(_first(request, "LastName"))


def _with_unknown_element(request: etree._Element) -> None:
    person = _first(request, "Person")
    namespace = etree.QName(person).namespace
    etree.SubElement(person, etree.QName(namespace, "BirthDate").text).text = "1980-01-01"


def _in_another_namespace(request: etree._Element) -> None:
    element = _first(request, "LastName")
    element.tag = "{urn:be:example:unknown}LastName"


def _with_text(request: etree._Element) -> None:
    _first(request, "Criteria").text = "text"


_business_case(
    "request-id-not-a-name",
    "@Id begins with a digit. Commons protocol makes it an xs:ID, thus an NCName; the cookbook does not say.",
    _with_attribute("Id", "1abc"),
    "SOA-03006",
    "Success",
    level=Level.MAY,
)
_business_case(
    "request-id-empty",
    "@Id is there and empty: refused by the schema where it is an xs:ID; the cookbook does not say.",
    _with_attribute("Id", " "),
    "SOA-03006",
    "Success",
    level=Level.MAY,
)
_business_case(
    "request-issue-instant-absent",
    "@IssueInstant is left out: SOA-03006. Only @Id is called optional.",
    _with_attribute("IssueInstant", None),
    "SOA-03006",
)
_business_case(
    "request-issue-instant-not-a-time",
    '@IssueInstant is no timestamp: SOA-03006. "This attribute contains the timestamp of the request."',
    _with_attribute("IssueInstant", "yesterday"),
    "SOA-03006",
)
_business_case(
    "request-criteria-absent",
    "Criteria is left out: SOA-03006.",
    _without("Criteria"),
    "SOA-03006",
)
_business_case(
    "request-requester-absent",
    "Criteria.Requester is left out. The cookbook does not call it optional, nor mandatory as it does Person.",
    _without("Requester"),
    "SOA-03006",
    "Success",
    level=Level.MAY,
)
_business_case(
    "request-person-absent",
    'Criteria.Person is left out: SOA-03006. It is the "mandatory element used to generate the CovidId".',
    _without("Person"),
    "SOA-03006",
)
_business_case("request-person-twice", "Criteria.Person stands twice: SOA-03006.", _doubled("Person"), "SOA-03006")
_business_case("request-lastname-twice", "LastName stands twice: SOA-03006.", _doubled("LastName"), "SOA-03006")
_business_case(
    "request-elements-out-of-order",
    "LastName stands after the other fields of the person: SOA-03006, for the schema gives a sequence.",
    _swapped,
    "SOA-03006",
    "Success",
    level=Level.MAY,
)
_business_case(
    "request-unknown-element",
    "Person holds an element that no version of the cookbook knows: SOA-03006.",
    _with_unknown_element,
    "SOA-03006",
)
_business_case(
    "request-unknown-attribute",
    "The request element carries an unknown attribute: SOA-03006.",
    _with_attribute("Unknown", "1"),
    "SOA-03006",
)
_business_case(
    "request-unknown-namespace",
    "LastName stands in a namespace of its own: SOA-03006.",
    _in_another_namespace,
    "SOA-03006",
)
_business_case(
    "request-text-between-elements",
    "Criteria holds text between its elements: SOA-03006.",
    _with_text,
    "SOA-03006",
)


@case("request-issue-instant-yesterday", clause="5.2.1.1", level=Level.MAY)
def issue_instant_yesterday(client: Client) -> Iterator[Finding]:
    """@IssueInstant is a day old, the Timestamp fresh: only the Timestamp has a time to live (6.2)."""
    yesterday = format_instant(client.now() - 24 * 3600 * SECOND)
    exchange = client.generate_covid_id(
        client.credentials.requester, PERSON, business=_with_attribute("IssueInstant", yesterday)
    )
    yield from expect_either(exchange, SUCCESS, CONTENT_FAILURE)


@case("request-without-xsi-type", clause="5.1.3", level=Level.MUST)
def with_schema_location(client: Client) -> Iterator[Finding]:
    """An xsi:schemaLocation that some stacks write is no error, and nothing is fetched: the XML Schema standard."""

    def change(request: etree._Element) -> None:
        request.set(f"{{{XSI}}}schemaLocation", "urn:be:example:unknown unknown.xsd")

    yield from expect_success(client.generate_covid_id(client.credentials.requester, PERSON, business=change))


@case("request-comments-and-blanks", clause="5.1.3", level=Level.MUST)
def comments_and_blanks(client: Client) -> Iterator[Finding]:
    """Comments and white space between elements are no part of the request: it is accepted."""

    def change(request: etree._Element) -> None:
        criteria = _first(request, "Criteria")
        criteria.text = "\n  "
        criteria.insert(0, etree.Comment(" a comment "))

    yield from expect_success(client.generate_covid_id(client.credentials.requester, PERSON, business=change))


def _requester_case(identifier: str, text: str, requester: Requester, *accepted: str, own: Sequence[str] = ()) -> None:
    """A Requester that no schema, format check or Table 2 lets pass; which of them refuses is not fixed."""

    def steps(client: Client) -> Iterator[Finding]:
        exchange = client.generate_covid_id(requester, PERSON)
        if len(accepted) == 1:
            yield from expect_system_error(exchange, accepted[0])
        else:
            yield from expect_either(exchange, *(system_error(code) for code in accepted))

    steps.__doc__ = text
    case(identifier, clause="5.2.2.1", level=Level.MUST, persona="physician", intrusive=True)(steps)


_FORMS: Final = ("SOA-03006", "SOA-03007")
_requester_case(
    "requester-person-identifier-short",
    "PersonIdentifier has ten digits: refused by the schema or by the checks on the format of elements (Table 1).",
    Requester(person_identifier="8512319993"),
    *_FORMS,
)
_requester_case(
    "requester-person-identifier-letters",
    "PersonIdentifier holds letters: refused by the schema or by the checks on the format of elements.",
    Requester(person_identifier="8512319993A"),
    *_FORMS,
)
_requester_case(
    "requester-person-identifier-formatted",
    "PersonIdentifier is written with dots and hyphens, as on an identity card: refused by schema or format checks.",
    Requester(person_identifier="85.12.31-999.37"),
    *_FORMS,
)
_requester_case(
    "requester-person-identifier-other-digits",
    "PersonIdentifier is written in digits of another script: refused by the schema or by format checks.",
    Requester(person_identifier="٨٥١٢٣١٩٩٩٣٧"),
    *_FORMS,
)
_requester_case(
    "requester-person-identifier-empty",
    'PersonIdentifier is empty: refused by schema or format checks. The remedy of Table 2 is to "remove the element".',
    Requester(person_identifier=""),
    *_FORMS,
)
_requester_case(
    "requester-nihii-short",
    "Nihii has seven digits: refused by the schema or by the checks on the format of elements.",
    Requester(nihii="7199904"),
    *_FORMS,
)
_requester_case(
    "requester-cbe-short",
    "Cbe has nine digits, as before 2005: refused by the schema or by the checks on the format of elements.",
    Requester(cbe="200000043"),
    *_FORMS,
)
_requester_case(
    "requester-nihii-and-cbe",
    "Nihii and Cbe at once: SOA-03006. Table 2 treats them as exclusive; that the schema does is reconstructed.",
    Requester(nihii=OTHER_NIHIIS[0], cbe="0200000043"),
    "SOA-03006",
)


def _check_digits(identifier: str, text: str, requester: Requester, message_row: str) -> None:
    def steps(client: Client) -> Iterator[Finding]:
        yield from expect_either(client.generate_covid_id(requester, Person(LAST_NAME)), CONTENT_FAILURE, XSD_FAILURE)

    steps.__doc__ = f'{text} "Extended checks on the element format failed" (Table 1, SOA-03007); {message_row}'
    case(identifier, clause="8", level=Level.MUST, persona="physician", intrusive=True)(steps)


_check_digits(
    "requester-person-identifier-check-digits",
    "PersonIdentifier has wrong check digits.",
    Requester(person_identifier="85123199938"),
    "that these are among the extended checks is reconstructed.",
)
_check_digits(
    "requester-cbe-check-digits",
    "Cbe has wrong check digits.",
    Requester(cbe="0200000044"),
    "that these are among the extended checks is reconstructed.",
)


@case("requester-institution-identifier-empty", clause="5.2.2.1", level=Level.MUST, intrusive=True)
def institution_identifier_empty(client: Client) -> Iterator[Finding]:
    """InstitutionIdentifier is there and holds neither Nihii nor Cbe: SOA-03006.

    Table 2 speaks of removing the whole element.
    """

    def change(request: etree._Element) -> None:
        requester = _first(request, "Requester")
        for child in list(requester):
            requester.remove(child)
        name = client.contract.request["Criteria/Requester/InstitutionIdentifier"].name
        etree.SubElement(requester, name)

    exchange = client.generate_covid_id(client.credentials.requester, PERSON, business=change)
    yield from expect_system_error(exchange, "SOA-03006")
