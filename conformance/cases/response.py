"""GenerateCovidIdResponse: its frame, the Status, the CbssStatus and the identifier (cookbook 5.2.1.2 to 5.2.2.4)."""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Final

from stdnum.be import bis, nn

from conformance.cases.checks import Check, Finding, Level, Observation, equal, shown
from conformance.cases.expectations import expect_either, expect_success, label_of
from conformance.cases.known import FULL_PERSON, OTHER_SSINS, PERSON
from conformance.cases.person import REFUSALS
from conformance.cases.registry import case
from conformance.client.answer import Response
from conformance.client.exchange import Client, Exchange
from conformance.client.message import Person, Requester
from mockserver.instant import SECOND, DateTimeError, read_date_time

TOLERANCE: Final = 300
"""Seconds between IssueInstant and the Date of the same answer: the tolerance for clocks of cookbook 6.2."""

CODES: Final = ("MSG00008", "MSG00013")
"""Cookbook 5.2.2.4."""

SEVERAL: Final = 5
"""How many identifiers are asked for one person."""


def _response(exchange: Exchange) -> Response | None:
    content = exchange.answer.content
    return content if isinstance(content, Response) else None


def _is_response(exchange: Exchange) -> Check:
    came = _response(exchange) is not None
    return Check("answer", "GenerateCovidIdResponse", exchange.answer.summary() if not came else "one", came)


@case("response-ids-differ", clause="5.2.1.2", level=Level.MUST)
def ids_differ(client: Client) -> Iterator[Finding]:
    """@Id of the response is a "unique Id for tracing": two answers have two."""
    exchanges = [client.generate_covid_id(client.credentials.requester, PERSON) for _ in range(2)]
    for exchange in exchanges:
        yield _is_response(exchange)
    first, second = (response.id if response else None for response in map(_response, exchanges))
    yield Check("@Id", "a value", shown(first), bool(first and first.strip()))
    yield Check("@Id of the second answer", f"another than {shown(first)}", shown(second), first != second)


@case("response-issue-instant", clause="5.2.1.2", level=Level.MUST)
def issue_instant(client: Client) -> Iterator[Finding]:
    """@IssueInstant is the "generation response moment".

    It is compared with the Date of the same answer, both being the endpoint's word, with the five minutes of 6.2.
    """
    exchange = client.generate_covid_id(client.credentials.requester, PERSON)
    yield _is_response(exchange)
    response = _response(exchange)
    if response is None:
        return
    try:
        moment = read_date_time(response.issue_instant or "").instant
    except DateTimeError as error:
        yield Check("IssueInstant", "an xs:dateTime", f"{shown(response.issue_instant)} ({error})", held=False)
        return
    dates = exchange.answer.http.values("Date")
    if len(dates) != 1:
        yield Observation("the answer has no single Date to compare IssueInstant with", review=True)
        yield Check("IssueInstant", "an xs:dateTime", shown(response.issue_instant), held=True)
        return
    apart = abs(moment // SECOND - round(parsedate_to_datetime(dates[0]).timestamp()))
    yield Check(
        "IssueInstant", f"within {TOLERANCE} s of Date {dates[0]}", f"{response.issue_instant}", apart <= TOLERANCE
    )


@case("response-in-response-to", clause="5.2.1.2", level=Level.MUST)
def in_response_to(client: Client) -> Iterator[Finding]:
    """Every kind of response names the request it answers: a success and a refusal by Table 2 alike."""
    person = client.credentials.requester.person_identifier
    other = Requester(person_identifier=next(ssin for ssin in OTHER_SSINS if ssin != person))
    for requester in (client.credentials.requester, other):
        exchange = client.generate_covid_id(requester, PERSON)
        yield _is_response(exchange)
        response = _response(exchange)
        yield equal("InResponseTo", exchange.request_id, response.in_response_to if response else None)


@case("response-schema", clause="5.2.1", level=Level.MUST)
def schema(client: Client) -> Iterator[Finding]:
    """A response with all fields of the request is valid against the contract: names, order and qualification."""
    yield from expect_success(client.generate_covid_id(client.credentials.requester, FULL_PERSON))


@case("response-status-of-success", clause="5.2.2.3", level=Level.MUST)
def status_of_success(client: Client) -> Iterator[Finding]:
    """A success has no StatusCode of Level 2 that speaks of a failure, and no StatusDetail with a CbssStatus.

    "In StatusDetail, you may find an element CbssStatus if an error occurred on the provider process."
    """
    exchange = client.generate_covid_id(client.credentials.requester, PERSON)
    yield from expect_success(exchange)
    response = _response(exchange)
    if response is not None:
        yield Check("Level 2 StatusCode", "nothing", shown(response.level_2), response.level_2 is None, Level.SHOULD)


@case("response-cbss-status", clause="5.2.2.4", level=Level.MUST)
def cbss_status(client: Client) -> Iterator[Finding]:
    """A CbssStatus has Value NOK, one of the two codes, a description, and information that names fields.

    A blank LastName provokes it. Where the schema refuses that already (SOA-03006), nothing is seen of CBSS.
    """
    exchange = client.generate_covid_id(client.credentials.requester, Person(" "))
    yield from expect_either(exchange, *REFUSALS)
    response = _response(exchange)
    status = response.cbss_status if response else None
    if status is None:
        return
    yield Check("CbssStatus Code", " or ".join(CODES), shown(status.code), status.code in CODES)
    described = bool(status.description and status.description.strip())
    yield Check("CbssStatus Description", "human readable", shown(status.description), described, Level.SHOULD)
    for name, _ in status.information:
        yield Check("FieldName", "a value", shown(name), bool(name and name.strip()))


@case("identifier-one-person-several", clause="5.2.1.2", level=Level.MUST)
def one_person_several(client: Client) -> Iterator[Finding]:
    """The same person is asked for several times: each answer is a success.

    "A physical person may have multiple CovidId": whether it is a new one each time is reported.
    """
    exchanges = [client.generate_covid_id(client.credentials.requester, FULL_PERSON) for _ in range(SEVERAL)]
    for exchange in exchanges:
        yield from expect_success(exchange)
    distinct = {response.identifier for response in map(_response, exchanges) if response}
    yield Observation(f"{SEVERAL} requests for one person gave {len(distinct)} identifiers")


@case("identifier-never-twice", clause="5.2.1.2", level=Level.MUST)
def never_twice(client: Client) -> Iterator[Finding]:
    """ "One CovidId is linked to only one physical person": different persons never get the same one."""
    names = ("Alpha", "Beta", "Gamma", "Delta")
    exchanges = [client.generate_covid_id(client.credentials.requester, Person(name)) for name in names]
    yield from (equal("answer", "Success", label_of(exchange.answer)) for exchange in exchanges)
    identifiers = [response.identifier for response in map(_response, exchanges) if response]
    yield equal("different identifiers", len(names), len({*identifiers}))


@case("identifier-is-no-ssin", clause="2.1", level=Level.SHOULD)
def is_no_ssin(client: Client) -> Iterator[Finding]:
    """The CovidId stands in for an SSIN or BIS number and should not be one: it would be somebody's.

    Reconstructed: the cookbook does not show what an identifier looks like.
    """
    exchange = client.generate_covid_id(client.credentials.requester, PERSON)
    yield _is_response(exchange)
    response = _response(exchange)
    identifier = (response.identifier if response else None) or ""
    taken = nn.is_valid(identifier) or bis.is_valid(identifier)
    yield Check("CovidDossierIdentifier", "no SSIN or BIS number", shown(identifier), bool(identifier) and not taken)
