"""MSG00008 and MSG00013, what CBSS says of a request (cookbook 5.2.2.4; causes: decisions 3, reconstructed)."""

import pytest

from conformance.client.message import Person
from tests.conftest import Mock, Reply
from tests.wire.answers import CbssStatus, response_of

MSG00008 = "The request contains invalid data. Please check your message content."
MSG00013 = "Access to this operation is not allowed with the given legalcontext and credentials."

LAST_NAME = "COVID_LASTNAME_TEST"


def cbss_status(mock: Mock, reply: Reply) -> CbssStatus:
    """The CbssStatus of an answer with Level 1 Responder, without message and identifier."""
    response = response_of(mock, reply)
    assert (response.status, response.message, response.identifier) == ("Responder", None, None)
    assert response.cbss is not None
    assert reply.cbss == response.cbss.code
    return response.cbss


def refused(mock: Mock, person: Person) -> list[tuple[str, str]]:
    """The Information of the MSG00008 that this person gets; nothing is issued for it."""
    before = mock.issued()
    status = cbss_status(mock, mock.post(mock.forge(person=person)))
    assert (status.code, status.description) == ("MSG00008", MSG00008)
    assert mock.issued() == before
    return status.information


LONG = "A" * 257


@pytest.mark.parametrize(
    ("field", "person", "value"),
    [
        ("lastName", Person(""), ""),
        ("lastName", Person("  \t"), "  \t"),
        ("lastName", Person("COVID19"), "COVID19"),
        ("lastName", Person(LONG), LONG[:256]),
        ("lastName", Person("1" * 300), "1" * 256),
        ("firstNames", Person(LAST_NAME, first_names="Zoë 2"), "Zoë 2"),
        ("firstNames", Person(LAST_NAME, first_names=LONG), LONG[:256]),
        ("gender", Person(LAST_NAME, gender="X"), "X"),
        ("gender", Person(LAST_NAME, gender="f"), "f"),
        ("gender", Person(LAST_NAME, gender=""), ""),
        ("gender", Person(LAST_NAME, gender=" F"), " F"),
        ("gender", Person(LAST_NAME, gender=LONG), LONG[:256]),
        ("phoneNumber", Person(LAST_NAME, phone_number="none"), "none"),
        ("phoneNumber", Person(LAST_NAME, phone_number=""), ""),
        ("phoneNumber", Person(LAST_NAME, phone_number="0 " * 150), "0 " * 128),
    ],
)
def test_each_cause_of_msg00008_names_its_field_and_value(mock: Mock, field: str, person: Person, value: str) -> None:
    assert refused(mock, person) == [(field, value)]


def test_every_bad_field_is_named_once(mock: Mock) -> None:
    information = refused(mock, Person("2" * 300, "J3rôme", "male", "no phone"))
    assert sorted(information) == [
        ("firstNames", "J3rôme"),
        ("gender", "male"),
        ("lastName", "2" * 256),
        ("phoneNumber", "no phone"),
    ]


@pytest.mark.parametrize(
    "phone_number", ["00000", "0" * 16, "++000000", "000000+", "+", "٠" * 8, "000 000 x1", "000\u00a0000"]
)
def test_what_is_no_phone_number_is_refused(mock: Mock, phone_number: str) -> None:
    """6 to 15 ASCII digits with an optional + before; blanks and . / - ( ) may stand between."""
    assert refused(mock, Person(LAST_NAME, phone_number=phone_number)) == [("phoneNumber", phone_number)]


@pytest.mark.parametrize(
    "person",
    [
        Person(LAST_NAME),
        Person("A" * 256, "B" * 256, "M", "000000"),
        Person("O'Brien-Van der Zoë & Fils <x>", "Jérôme Zoë", "F", "+3227885155"),
        Person(LAST_NAME, phone_number="02/788.51.55"),
        Person(LAST_NAME, phone_number="+32 (2) 788-51-55"),
        Person(LAST_NAME, phone_number="0" * 15),
        Person(LAST_NAME, phone_number="02 788 51 55 "),
        Person(LAST_NAME, first_names=""),
    ],
)
def test_what_has_no_cause_is_accepted(mock: Mock, person: Person) -> None:
    reply = mock.post(mock.forge(person=person))
    assert (response_of(mock, reply).status, reply.rules) == ("Success", [])


def test_a_persona_without_legal_context_gets_msg00013(mock: Mock) -> None:
    before = mock.issued()
    status = cbss_status(mock, mock.post(mock.forge("no-legal-context")))
    assert status == CbssStatus("MSG00013", MSG00013, [])
    assert mock.issued() == before


def test_the_legal_context_comes_before_the_data(mock: Mock) -> None:
    reply = mock.post(mock.forge("no-legal-context", person=Person("")))
    assert cbss_status(mock, reply) == CbssStatus("MSG00013", MSG00013, [])
    assert reply.rules == ["M13", "M01"]


@pytest.mark.parametrize(("code", "description"), [("MSG00008", MSG00008), ("MSG00013", MSG00013)])
def test_both_codes_come_by_trigger_and_before_the_person_is_checked(mock: Mock, code: str, description: str) -> None:
    before = mock.issued()
    reply = mock.post(mock.forge(person=Person(code, gender="X")))
    assert cbss_status(mock, reply) == CbssStatus(code, description, [])
    assert mock.issued() == before
