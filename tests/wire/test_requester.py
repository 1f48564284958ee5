"""Criteria.Requester against the security header: cookbook section 8, Table 2, word for word, with both numbers."""

import pytest

from conformance.client.message import Person, Requester
from mockserver.identities.assertion import issue_assertion
from mockserver.identities.authority import Authority
from mockserver.identities.personas import CERTIFIED, IDENTIFICATION, Attribute, personas
from mockserver.instant import system_clock
from tests.conftest import Mock, Reply
from tests.forge import Forge
from tests.wire.answers import response_of

PHYSICIAN, MANDATOR, MANDATARY = "80010199976", "01010199995", "85123199937"
SORTING_CENTER, HOSPITAL = "81999048", "71999041"
COMPANY, OTHER_COMPANY, ORGANISATION = "0200000043", "1200000064", "1990009933"

ROW_1 = (
    "The person identifier defined in your request (Criteria.Requester.PersonIdentifier : {}) does not correspond to "
    "the security information provided in the Envelope header ({})"
)
ROW_2 = (
    "No institution NIHII identifier ({}) may be defined in your request, as the WS-security is connecting as a "
    "person ({})."
)
ROW_3 = (
    "The institution identifier defined in your request (Criteria.Requester.InstitutionIdentifier.Nihii : {}) does "
    "not correspond to the security information provided in the Envelope header ({})"
)
ROW_4 = (
    "No institution CBE identifier ({}) may be defined in your request, as the WS-security is connecting as a NIHII "
    "institution ({})."
)
ROW_5 = (
    "The institution identifier defined in your request (Criteria.Requester.InstitutionIdentifier.Cbe : {}) does not "
    "correspond to the security information provided in the Envelope header ({})"
)
# Ours, in the wording of rows 2 and 4 (decisions 3, "Table 2 gaps").
ROW_6 = (
    "No institution CBE identifier ({}) may be defined in your request, as the WS-security is connecting as a person "
    "({})."
)
ROW_7 = (
    "No institution NIHII identifier ({}) may be defined in your request, as the WS-security is connecting as a CBE "
    "institution ({})."
)


def assert_refused(mock: Mock, forge: Forge, rule: str, message: str) -> None:
    """HTTP 200, Level 1 Requester, the sentence, and neither CbssStatus nor identifier (decisions 2, item 11)."""
    before = mock.issued()
    reply = mock.post(forge)
    response = response_of(mock, reply)
    assert (response.status, response.message) == ("Requester", message)
    assert (response.cbss, response.identifier) == (None, None)
    assert reply.rules[0] == rule
    assert mock.issued() == before


@pytest.mark.parametrize(
    ("rule", "persona", "requester", "message"),
    [
        ("R1", "physician", Requester(person_identifier=MANDATARY), ROW_1.format(MANDATARY, PHYSICIAN)),
        ("R1", "mandate-holder", Requester(person_identifier=MANDATARY), ROW_1.format(MANDATARY, MANDATOR)),
        ("R2", "physician", Requester(nihii=SORTING_CENTER), ROW_2.format(SORTING_CENTER, PHYSICIAN)),
        ("R3", "sorting-center", Requester(nihii=HOSPITAL), ROW_3.format(HOSPITAL, SORTING_CENTER)),
        ("R3", "hospital", Requester(nihii="81999048000"), ROW_3.format("81999048000", HOSPITAL)),
        ("R4", "sorting-center", Requester(cbe=COMPANY), ROW_4.format(COMPANY, SORTING_CENTER)),
        ("R5", "company", Requester(cbe=OTHER_COMPANY), ROW_5.format(OTHER_COMPANY, COMPANY)),
        ("R5", "organisation", Requester(cbe=COMPANY), ROW_5.format(COMPANY, ORGANISATION)),
        ("R6", "physician", Requester(cbe=COMPANY), ROW_6.format(COMPANY, PHYSICIAN)),
        ("R7", "company", Requester(nihii=HOSPITAL), ROW_7.format(HOSPITAL, COMPANY)),
        ("R7", "organisation", Requester(nihii=HOSPITAL), ROW_7.format(HOSPITAL, ORGANISATION)),
    ],
)
def test_a_requester_that_is_not_the_end_user_of_the_token_is_refused(
    mock: Mock, rule: str, persona: str, requester: Requester, message: str
) -> None:
    assert_refused(mock, mock.forge(persona, requester=requester), rule, message)


@pytest.mark.parametrize(
    ("persona", "requester"),
    [
        ("physician", Requester()),
        ("sorting-center", Requester()),
        ("company", Requester()),
        ("sorting-center", Requester(nihii="81999048000")),
        ("sorting-center", Requester(person_identifier=PHYSICIAN)),
        ("company", Requester(person_identifier=PHYSICIAN)),
        ("company", Requester(cbe=COMPANY, person_identifier=PHYSICIAN)),
        ("organisation", Requester(cbe=ORGANISATION)),
        ("mandate-holder", Requester(person_identifier=MANDATOR)),
    ],
)
def test_what_table_2_does_not_forbid_is_accepted(mock: Mock, persona: str, requester: Requester) -> None:
    """An absent element, a NIHII number with its qualification (compared on 8 digits), and PersonIdentifier of an
    institution whose token names no person (decisions 3)."""
    assert response_of(mock, mock.post(mock.forge(persona, requester=requester))).status == "Success"


def with_physician(mock: Mock, persona: str, requester: Requester) -> Forge:
    """A request with the persona's token to which an acting physician was added: real tokens carry both
    (wire-facts A5c)."""
    authority = Authority.open(mock.state)
    credential = authority.credential(personas()[persona])
    attributes = [
        *credential.persona.attributes,
        Attribute(IDENTIFICATION, "urn:be:fgov:person:ssin", PHYSICIAN),
        Attribute(CERTIFIED, "urn:be:fgov:person:ssin:doctor:boolean", "true"),
    ]
    token = issue_assertion(authority, credential, now=system_clock(), attributes=attributes)
    return mock.forge(persona, requester=requester).replace_token(token)


@pytest.mark.parametrize(
    ("persona", "requester", "rule", "message"),
    [
        ("hospital", Requester(person_identifier=MANDATARY), "R1", ROW_1.format(MANDATARY, PHYSICIAN)),
        ("hospital", Requester(nihii=SORTING_CENTER), "R3", ROW_3.format(SORTING_CENTER, HOSPITAL)),
        ("hospital", Requester(cbe=COMPANY), "R4", ROW_4.format(COMPANY, HOSPITAL)),
        ("company", Requester(cbe=OTHER_COMPANY), "R5", ROW_5.format(OTHER_COMPANY, COMPANY)),
        ("company", Requester(nihii=HOSPITAL), "R7", ROW_7.format(HOSPITAL, COMPANY)),
    ],
)
def test_a_token_of_institution_and_person_compares_each_with_its_own(
    mock: Mock, persona: str, requester: Requester, rule: str, message: str
) -> None:
    assert_refused(mock, with_physician(mock, persona, requester), rule, message)


@pytest.mark.parametrize(
    "requester",
    [
        Requester(nihii=HOSPITAL, person_identifier=PHYSICIAN),
        Requester(nihii=HOSPITAL),
        Requester(person_identifier=PHYSICIAN),
        Requester(),
    ],
)
def test_a_token_of_institution_and_person_may_name_either(mock: Mock, requester: Requester) -> None:
    """Row 2 (a person sends no Nihii) does not apply: the end user is the institution too."""
    assert response_of(mock, mock.post(with_physician(mock, "hospital", requester))).status == "Success"


def both_wrong(mock: Mock) -> Reply:
    wrong = Requester(nihii=SORTING_CENTER, person_identifier=MANDATARY)
    return mock.post(with_physician(mock, "hospital", wrong))


def test_rows_are_tried_in_table_order(mock: Mock) -> None:
    reply = both_wrong(mock)
    assert response_of(mock, reply).message == ROW_1.format(MANDATARY, PHYSICIAN)
    assert reply.rules == ["R1", "R3"]


@pytest.mark.parametrize("last_name", ["SOA-02001", "MSG00013", "", "R2D2"])
def test_table_2_comes_before_triggers_and_before_cbss(mock: Mock, last_name: str) -> None:
    forge = mock.forge(requester=Requester(person_identifier=MANDATARY), person=Person(last_name))
    assert_refused(mock, forge, "R1", ROW_1.format(MANDATARY, PHYSICIAN))


def test_the_requester_is_judged_by_the_verified_token_and_not_by_the_name_of_the_certificate(mock: Mock) -> None:
    """A mandate: the certificate is the mandatary's, the end user is the mandator (decisions 3)."""
    credentials = mock.credentials("mandate-holder")
    assert MANDATARY in credentials.certificate.subject.rfc4514_string()
    assert response_of(mock, mock.post(mock.forge("mandate-holder"))).status == "Success"
