"""Who may call: access rules and certification attributes (cookbook 5.1 and 5.1.1).

The five recommended cases (7.2) name physicians and sorting centres; here are the same for the other callers, where
credentials of such a caller are at hand.
"""

from collections.abc import Iterator

from conformance.cases.checks import Finding, Level
from conformance.cases.expectations import (
    cbss,
    expect_cbss_status,
    expect_either,
    expect_requester_error,
    expect_success,
    expect_system_error,
    system_error,
)
from conformance.cases.known import FULL_PERSON, LAST_NAME, OTHER_CBES, OTHER_NIHIIS, OTHER_SSINS, PERSON, TABLE_2
from conformance.cases.registry import case
from conformance.client.exchange import Client
from conformance.client.message import Person, Requester
from mockserver.identities.personas import Attribute, personas

CALLERS = {
    "sorting-center": "a sorting centre",
    "hospital": "a hospital",
    "company": "an institution with a CBE number",
    "organisation": "an institution with an EHP number, which travels in Cbe (5.2.2.1)",
    "mandate-holder": "a mandate holder; the end user is the mandator",
}
"""Personas beside the physician, and how the published text calls them."""

MISMATCHES = {
    "hospital": ("nihii", OTHER_NIHIIS[1:], 3),
    "company": ("cbe", OTHER_CBES[1:], 5),
    "organisation": ("cbe", OTHER_CBES, 5),
    "mandate-holder": ("person_identifier", OTHER_SSINS[1:], 1),
}
"""By persona: the field that differs from the token, numbers to put there, and the row of Table 2."""


def _cases_of(persona: str, caller: str) -> None:
    def lastname_only(client: Client) -> Iterator[Finding]:
        yield from expect_success(client.generate_covid_id(client.credentials.requester, PERSON))

    def all_fields(client: Client) -> Iterator[Finding]:
        yield from expect_success(client.generate_covid_id(client.credentials.requester, FULL_PERSON))

    def no_lastname(client: Client) -> Iterator[Finding]:
        exchange = client.generate_covid_id(client.credentials.requester, Person(None))
        yield from expect_either(exchange, system_error("SOA-03006"), cbss("MSG00008"))

    lastname_only.__doc__ = f"Successful CovidId generation based only on one LastName, for {caller}."
    all_fields.__doc__ = (
        f"Successful CovidId generation based on LastName, FirstNames, Gender and PhoneNumber, for {caller}."
    )
    no_lastname.__doc__ = f"Unsuccessful CovidId generation (LastName not provided), for {caller}."
    case(f"access-{persona}-lastname-only", clause="5.1", level=Level.MUST, persona=persona)(lastname_only)
    case(f"access-{persona}-all-fields", clause="5.1", level=Level.MUST, persona=persona)(all_fields)
    case(f"access-{persona}-no-lastname", clause="5.1", level=Level.MUST, persona=persona)(no_lastname)


def _mismatch_of(persona: str) -> None:
    field, others, row = MISMATCHES[persona]

    def other_requester(client: Client) -> Iterator[Finding]:
        own, other = client.credentials.other_than(field, others)
        exchange = client.generate_covid_id(Requester(**{field: other}), PERSON)
        yield from expect_requester_error(exchange, TABLE_2[row].substitute(value1=other, value2=own))

    other_requester.__doc__ = (
        f"Unsuccessful CovidId generation caused by a difference between the security header and the "
        f"Criteria.Requester, for {CALLERS[persona]}: Table 2, row {row}."
    )
    case(f"access-{persona}-other-requester", clause="5.1", level=Level.MUST, persona=persona)(other_requester)


for _persona, _caller in CALLERS.items():
    _cases_of(_persona, _caller)
for _persona in MISMATCHES:
    _mismatch_of(_persona)


@case("access-mandatary-is-not-the-end-user", clause="5.1", level=Level.MUST, persona="mandate-holder")
def mandatary_as_requester(client: Client) -> Iterator[Finding]:
    """The holder of the certificate is not the end user of a mandate: its own SSIN in PersonIdentifier is refused.

    In a mandate the person attribute of the token (mandator) and the certificate holder's (mandatary) differ; Table 2,
    first row, compares with the end user.
    """
    mandator = client.credentials.requester.person_identifier
    subject = client.credentials.certificate.subject.rfc4514_string()
    mandatary = subject.partition("SSIN=")[2][:11] or OTHER_SSINS[0]
    exchange = client.generate_covid_id(Requester(person_identifier=mandatary), Person(LAST_NAME))
    yield from expect_requester_error(exchange, TABLE_2[1].substitute(value1=mandatary, value2=mandator))


@case("access-boolean-false", clause="5.1.1", level=Level.MUST, persona="refused-physician")
def boolean_false(client: Client) -> Iterator[Finding]:
    """A boolean certification attribute that is "false": SOA-01002.

    "The response token must contain "true" for all of the 'boolean' certification attributes." The caller is known,
    but not allowed to call the service (Table 1).
    """
    yield from expect_system_error(client.generate_covid_id(client.credentials.requester, PERSON), "SOA-01002")


def _attributes_of(client: Client) -> list[Attribute]:
    return list(personas()[client.credentials.persona].attributes)


@case("access-value-empty", clause="5.1.1", level=Level.MUST, persona="physician", intrusive=True)
def value_empty(client: Client) -> Iterator[Finding]:
    """A certification attribute other than a boolean that is empty: SOA-01002.

    "... and a non-empty value for other certification attributes."
    """
    attributes = [
        Attribute(attribute.namespace, attribute.name, "" if attribute.name.endswith("nihii11") else attribute.value)
        for attribute in _attributes_of(client)
    ]
    caller = client.credentials.reissued(attributes=attributes)
    exchange = client.generate_covid_id(caller.requester, PERSON, credentials=caller)
    yield from expect_system_error(exchange, "SOA-01002")


@case("access-not-certified", clause="5.1.1", level=Level.MUST, persona="physician", intrusive=True)
def not_certified(client: Client) -> Iterator[Finding]:
    """A token without any certification attribute: SOA-01002.

    "To access the DossierNumberGeneration WS, the response token must contain ..." them. That a token without is
    refused with this code is reconstructed.
    """
    attributes = [attribute for attribute in _attributes_of(client) if "certified" not in attribute.namespace]
    caller = client.credentials.reissued(attributes=attributes)
    exchange = client.generate_covid_id(caller.requester, PERSON, credentials=caller)
    yield from expect_system_error(exchange, "SOA-01002")


@case("access-no-legal-context", clause="5.2.2.4", level=Level.MUST, persona="no-legal-context")
def no_legal_context(client: Client) -> Iterator[Finding]:
    """A caller whom CBSS grants no legal context: MSG00013.

    The cookbook names the code and not what leads to it; the persona is the mock's own.
    """
    yield from expect_cbss_status(client.generate_covid_id(client.credentials.requester, PERSON), "MSG00013")
