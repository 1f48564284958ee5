"""The journal shows all mistakes of a message at once, though the wire tells the first alone (decisions 2)."""

from conformance.client.message import Person, Requester
from mockserver.instant import SECOND, format_instant, read_date_time
from tests.conftest import Mock
from tests.wire.answers import fault_of, response_of


def test_a_message_with_many_mistakes_has_a_finding_for_each(mock: Mock) -> None:
    """One mistake of each stage that a well-formed, verifiable message can make."""
    forge = mock.forge(
        "refused-physician",
        requester=Requester(person_identifier="80010199977"),
        person=Person("R2D2", gender="X", phone_number="none"),
    )
    created = read_date_time(forge.created.text or "").instant
    forge.expires.text = format_instant(created + 300 * SECOND)
    forge.operation.set("Id", "same")
    reply = mock.post(
        forge.sign(), [("Content-Type", "text/xml"), ("SOAPAction", "urn:other"), ("User-Agent", "Java/17.0.2 (x)")]
    )
    assert fault_of(mock, reply).code == "SOA-03004", "WS-I comes before security, security before access"
    assert set(reply.rules) == {
        "Q15",  # no charset
        "Q05",  # SOAPAction without quotes
        "Q06",  # SOAPAction of another operation
        "T4",  # five minutes to live
        "H25",  # a boolean attribute is false
        "C01",  # check digits of PersonIdentifier
        "R1",  # PersonIdentifier is not the token's
        "M02",  # a digit in LastName
        "M03",  # Gender
        "M05",  # PhoneNumber
    }
    assert {"U02", "F01"} <= set(reply.warnings)


def test_findings_say_where_why_and_what_to_do(mock: Mock) -> None:
    forge = mock.forge(requester=Requester(nihii="71999041"), person=Person(""))
    reply = mock.post(forge)
    assert response_of(mock, reply).status == "Requester"
    assert reply.report is not None
    for finding in reply.report["findings"]:
        assert finding["title"]
        assert finding["source"]
        assert finding["advice"]
        assert finding["where"]
        assert finding["detail"]
    assert [finding["rule"] for finding in reply.report["findings"] if finding["severity"] == "reject"] == ["R2", "M01"]


def test_what_cannot_be_judged_is_named_with_the_rule_it_hangs_on(mock: Mock) -> None:
    forge = mock.forge(person=Person())
    reply = mock.post(forge)
    assert fault_of(mock, reply).code == "SOA-03006"
    assert reply.report is not None
    assert {reply.report["skipped"][rule] for rule in ("C01", "R1", "M01")} == {"X01"}


def test_the_journal_holds_the_exchange_as_it_was(mock: Mock) -> None:
    forge = mock.forge()
    reply = mock.post(forge)
    assert mock.sent(reply.entry) == forge.octets()
    assert (reply.entry["http"], reply.entry["outcome"]) == (200, "answered")


def test_a_refusal_of_http_is_journalled_too(mock: Mock) -> None:
    reply = mock.post(b"x", [("Content-Type", "application/soap+xml")])
    assert (reply.http, reply.entry["rule"], reply.entry["outcome"]) == (415, "Q12", "refused")
