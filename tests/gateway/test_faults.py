"""Faults as the gateway writes them, and what becomes of an exception nobody foresaw (decisions 2, item 13)."""

import pytest
import structlog
from lxml import etree

from mockserver.cbss.store import RegisterUnavailable
from mockserver.contract import Contract, load_contract
from mockserver.gateway.faults import SYSTEM_ERRORS, fault, fault_message
from mockserver.gateway.settings import ENVIRONMENTS
from tests.gateway.conftest import Workshop
from tests.wire.answers import SOA, TABLE_1, envelope_schema


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract()


def system_error(envelope: bytes) -> etree._Element:
    (found,) = etree.fromstring(envelope).iter(f"{{{SOA}}}SystemError")
    return found


def test_the_codes_are_those_of_table_1() -> None:
    assert {code: (row.origin, row.message) for code, row in SYSTEM_ERRORS.items()} == TABLE_1


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("code", TABLE_1)
def test_every_fault_is_valid_in_every_environment(contract: Contract, code: str, environment: str) -> None:
    envelope = fault(code, contract, correlation_id="c0ffee", environment=environment)
    envelope_schema().assertValid(etree.fromstring(envelope))
    assert contract.violations(system_error(envelope)) == []
    assert system_error(envelope).get("Id") == "c0ffee"


def test_a_fault_is_written_in_one_line_without_declaration(contract: Contract) -> None:
    """To the octet, in the form of decisions 2 and wire-facts D."""
    assert fault("SOA-01001", contract, correlation_id="c0ffee", environment="Acceptation").decode() == (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><soapenv:Fault>'
        "<faultcode>soapenv:Client</faultcode><faultstring>SOA-01001</faultstring><detail>"
        '<soa:SystemError xmlns:soa="urn:be:fgov:ehealth:errors:soa:v1" Id="c0ffee"><Origin>Consumer</Origin>'
        '<Code>SOA-01001</Code><Message xml:lang="en">Service call not authenticated</Message>'
        "<soa:Environment>Acceptation</soa:Environment></soa:SystemError></detail></soapenv:Fault></soapenv:Body>"
        "</soapenv:Envelope>"
    )


def test_markup_in_a_validators_words_is_text_in_the_fault(contract: Contract) -> None:
    detail = "Element '<x/>' & \"y\": é"
    envelope = fault("SOA-03006", contract, correlation_id="c0ffee", environment="Test", detail=detail)
    assert system_error(envelope).findtext("Message") == f"XSD compliance failure: {detail}"


def test_a_validators_words_are_cut() -> None:
    """A value of a megabyte would otherwise come back in the fault."""
    assert len(fault_message("SOA-03006", "x" * 10**6)) == len("XSD compliance failure: ") + 1000


SECRET = "80010199976"


@pytest.mark.parametrize(
    "function",
    ["mockserver.gateway.exchange.read_request", "mockserver.cbss.register.Register.issue"],
    ids=["while judging", "in the back end"],
)
def test_an_unforeseen_exception_is_soa_00001_and_neither_wire_nor_log_tells_its_text(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    def explode(*_: object, **__: object) -> None:
        raise RuntimeError(f"unexpected {SECRET}")

    gateway = workshop.gateway()
    monkeypatch.setattr(function, explode)
    with structlog.testing.capture_logs() as entries:
        report = workshop.examine(gateway, workshop.forge())
    answer = report.answer
    assert (answer.http, answer.soa, answer.message) == (500, "SOA-00001", "Service error")
    assert system_error(answer.body).findtext("Origin") == "Provider"
    assert b"soapenv:Server" in answer.body
    assert SECRET.encode() not in answer.body
    assert b"RuntimeError" not in answer.body
    (entry,) = entries
    assert (entry["log_level"], entry["exception"]) == ("error", "RuntimeError")
    assert entry["correlation_id"] == answer.correlation_id
    assert any("explode" in frame for frame in entry["at"])
    assert SECRET not in str(entry)


def test_a_register_that_does_not_answer_is_soa_02002(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trying again may help: cookbook Table 1."""

    def locked(*_: object, **__: object) -> str:
        raise RegisterUnavailable("database is locked")

    monkeypatch.setattr("mockserver.cbss.register.Register.issue", locked)
    answer = workshop.examine(workshop.gateway(), workshop.forge()).answer
    assert (answer.http, answer.soa) == (500, "SOA-02002")
    assert b"locked" not in answer.body
