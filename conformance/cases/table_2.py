"""Criteria.Requester against the security header (cookbook 8, Table 2; 5.2.2.1).

Rows 1 and 3 for physicians and sorting centres are among the recommended cases; rows 1, 3 and 5 for the other callers
stand in access.py.
"""

from collections.abc import Iterator
from string import Template

from conformance.cases.checks import Finding, Level, Observation
from conformance.cases.expectations import (
    SUCCESS,
    expect_either,
    expect_requester_error,
    expect_success,
    requester_error,
    system_error,
)
from conformance.cases.known import OTHER_CBES, OTHER_NIHIIS, OTHER_SSINS, PERSON, TABLE_2
from conformance.cases.registry import case
from conformance.client.exchange import Client
from conformance.client.message import Requester

PERSON_WITH_CBE = Template(
    "No institution CBE identifier ($value1) may be defined in your request, as the WS-security is "
    "connecting as a person ($value2)."
)
CBE_WITH_NIHII = Template(
    "No institution NIHII identifier ($value1) may be defined in your request, as the WS-security is "
    "connecting as a CBE institution ($value2)."
)


@case("table-2-row-2", clause="8", level=Level.MUST, persona="physician")
def row_2(client: Client) -> Iterator[Finding]:
    """A person sends Nihii: Table 2, second row."""
    nihii = OTHER_NIHIIS[0]
    exchange = client.generate_covid_id(Requester(nihii=nihii), PERSON)
    own = client.credentials.requester.person_identifier
    yield from expect_requester_error(exchange, TABLE_2[2].substitute(value1=nihii, value2=own))


@case("table-2-row-4", clause="8", level=Level.MUST, persona="sorting-center")
def row_4(client: Client) -> Iterator[Finding]:
    """A NIHII institution sends Cbe: Table 2, fourth row."""
    cbe = OTHER_CBES[0]
    exchange = client.generate_covid_id(Requester(cbe=cbe), PERSON)
    own = client.credentials.requester.nihii
    yield from expect_requester_error(exchange, TABLE_2[4].substitute(value1=cbe, value2=own))


@case("table-2-row-4-hospital", clause="8", level=Level.MUST, persona="hospital")
def row_4_hospital(client: Client) -> Iterator[Finding]:
    """A hospital sends Cbe: Table 2, fourth row."""
    yield from row_4(client)


@case("table-2-rows-1-and-2", clause="8", level=Level.MUST, persona="physician")
def rows_1_and_2(client: Client) -> Iterator[Finding]:
    """Another PersonIdentifier and a Nihii at once: one of the two rows, word for word.

    The cookbook does not say which row comes first.
    """
    own, other = client.credentials.other_than("person_identifier", OTHER_SSINS)
    nihii = OTHER_NIHIIS[0]
    exchange = client.generate_covid_id(Requester(person_identifier=other, nihii=nihii), PERSON)
    row = 2 if "No institution" in exchange.answer.summary() else 1
    value = {1: other, 2: nihii}[row]
    yield from expect_requester_error(exchange, TABLE_2[row].substitute(value1=value, value2=own))
    yield Observation(f"of rows 1 and 2 of Table 2 it answered row {row}")


@case("table-2-nihii-of-eleven-digits", clause="8", level=Level.MAY, persona="sorting-center")
def eleven_digits(client: Client) -> Iterator[Finding]:
    """Nihii with the three digits of qualification behind the token's eight.

    The token holds both forms, the cookbook says nothing: accepted, refused by row 3, or by the schema.
    """
    own = client.credentials.requester.nihii
    given = f"{own}000"
    refused = requester_error(TABLE_2[3].substitute(value1=given, value2=own))
    exchange = client.generate_covid_id(Requester(nihii=given), PERSON)
    yield from expect_either(exchange, SUCCESS, refused, system_error("SOA-03006"))


@case("table-2-institution-with-person", clause="5.2.2.1", level=Level.MAY, persona="sorting-center")
def institution_with_person(client: Client) -> Iterator[Finding]:
    """An institution also names the user who calls in PersonIdentifier.

    "PersonIdentifer must represent the user calling." The token of an institution has no SSIN to compare it with, and
    Table 2 no row: accepted, or refused by the words of row 1.
    """
    requester = Requester(nihii=client.credentials.requester.nihii, person_identifier=OTHER_SSINS[0])
    exchange = client.generate_covid_id(requester, PERSON)
    refused = TABLE_2[1].substitute(value1=OTHER_SSINS[0], value2=requester.nihii)
    yield from expect_either(exchange, SUCCESS, requester_error(refused))


@case("table-2-extension-person-with-cbe", clause="8", level=Level.MAY, persona="physician")
def person_with_cbe(client: Client) -> Iterator[Finding]:
    """A person sends Cbe. Table 2 has no such row; the mock refuses in the words of row 2: its extension.

    Accepted: that refusal, or a success.
    """
    cbe = OTHER_CBES[0]
    own = client.credentials.requester.person_identifier
    exchange = client.generate_covid_id(Requester(cbe=cbe), PERSON)
    yield from expect_either(exchange, requester_error(PERSON_WITH_CBE.substitute(value1=cbe, value2=own)), SUCCESS)


@case("table-2-extension-cbe-with-nihii", clause="8", level=Level.MAY, persona="company")
def cbe_with_nihii(client: Client) -> Iterator[Finding]:
    """A CBE institution sends Nihii. Table 2 has no such row; the mock refuses in the words of row 4: its extension.

    Accepted: that refusal, or a success.
    """
    nihii = OTHER_NIHIIS[0]
    own = client.credentials.requester.cbe
    exchange = client.generate_covid_id(Requester(nihii=nihii), PERSON)
    yield from expect_either(exchange, requester_error(CBE_WITH_NIHII.substitute(value1=nihii, value2=own)), SUCCESS)


@case("table-2-remedy-no-person-identifier", clause="8", level=Level.MUST, persona="physician")
def remedy_person(client: Client) -> Iterator[Finding]:
    """The remedy of row 1: PersonIdentifier removed from the request. It is accepted."""
    yield from expect_success(client.generate_covid_id(Requester(), PERSON))


@case("table-2-remedy-no-institution-identifier", clause="8", level=Level.MUST, persona="sorting-center")
def remedy_institution(client: Client) -> Iterator[Finding]:
    """The remedy of rows 3 and 4: InstitutionIdentifier removed from the request. It is accepted."""
    yield from expect_success(client.generate_covid_id(Requester(), PERSON))


@case("table-2-remedy-no-cbe", clause="8", level=Level.MUST, persona="company")
def remedy_cbe(client: Client) -> Iterator[Finding]:
    """The remedy of row 5: InstitutionIdentifier removed from the request. It is accepted."""
    yield from expect_success(client.generate_covid_id(Requester(), PERSON))
