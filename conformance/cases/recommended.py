"""The five test cases that cookbook 7.2 recommends."""

from collections.abc import Iterator

from conformance.cases.checks import Check, Level
from conformance.cases.expectations import (
    expect_cbss_status,
    expect_requester_error,
    expect_success,
    expect_system_error,
)
from conformance.cases.known import LAST_NAME, OTHER_NIHIIS, OTHER_SSINS, TABLE_2
from conformance.cases.registry import case
from conformance.client.answer import Response
from conformance.client.exchange import Client
from conformance.client.message import Person, Requester


@case("recommended-lastname-only", clause="7.2", level=Level.MUST, persona="physician")
def lastname_only(client: Client) -> Iterator[Check]:
    """Successful CovidId generation based only on one LastName (example: COVID_LASTNAME_TEST)."""
    exchange = client.generate_covid_id(client.credentials.requester, Person(last_name=LAST_NAME))
    yield from expect_success(exchange)


@case("recommended-all-fields", clause="7.2", level=Level.MUST, persona="physician")
def all_fields(client: Client) -> Iterator[Check]:
    """Successful CovidId generation based on LastName, FirstNames, Gender and PhoneNumber.

    The first names carry accents, as many Belgian names do: an endpoint or a proxy that reads the octets as
    anything but UTF-8 breaks the signature.
    """
    person = Person(last_name=LAST_NAME, first_names="Jérôme Zoë", gender="F", phone_number="+3227885155")
    exchange = client.generate_covid_id(client.credentials.requester, person)
    yield from expect_success(exchange)


@case("recommended-no-lastname", clause="7.2", level=Level.MUST, persona="physician")
def no_lastname(client: Client) -> Iterator[Check]:
    """Unsuccessful CovidId generation (LastName not provided).

    The cookbook does not say how it fails. 5.2.2.2 does not call LastName optional, so the schema may refuse
    it (SOA-03006, Table 1); else CBSS does (MSG00008, 5.2.2.4). Both are accepted, and the report shows which
    came.
    """
    exchange = client.generate_covid_id(client.credentials.requester, Person(last_name=None))
    if isinstance(exchange.answer.content, Response):
        yield from expect_cbss_status(exchange, "MSG00008")
    else:
        yield from expect_system_error(exchange, "SOA-03006")


@case("recommended-physician-other-requester", clause="7.2", level=Level.MUST, persona="physician")
def physician_other_requester(client: Client) -> Iterator[Check]:
    """Unsuccessful CovidId generation (for physicians using their software solution) caused by a difference
    between the security header and the Criteria.Requester.

    PersonIdentifier is another SSIN than the token's: Table 2, first row.
    """
    own, other = client.credentials.other_than("person_identifier", OTHER_SSINS)
    exchange = client.generate_covid_id(Requester(person_identifier=other), Person(last_name=LAST_NAME))
    yield from expect_requester_error(exchange, TABLE_2[1].substitute(value1=other, value2=own))


@case("recommended-sorting-center-other-requester", clause="7.2", level=Level.MUST, persona="sorting-center")
def sorting_center_other_requester(client: Client) -> Iterator[Check]:
    """Unsuccessful CovidId generation (for sorting centers using their software solution) caused by a
    difference between the security header and the Criteria.Requester.

    InstitutionIdentifier.Nihii is another NIHII number than the token's: Table 2, third row.
    """
    own, other = client.credentials.other_than("nihii", OTHER_NIHIIS)
    exchange = client.generate_covid_id(Requester(nihii=other), Person(last_name=LAST_NAME))
    yield from expect_requester_error(exchange, TABLE_2[3].substitute(value1=other, value2=own))
