"""The verdict on endpoints that answer rightly, wrongly, or not at all."""

from collections.abc import Callable, Iterator

import pytest

from conformance.cases import all_cases
from conformance.cases.checks import Check, Level
from conformance.cases.registry import Case
from conformance.client.credentials import Credentials, CredentialsError, PersonaUnavailableError, StateFolder
from conformance.client.endpoint import read_endpoint
from conformance.client.exchange import Client
from conformance.client.transport import Transport
from conformance.modes.engine import Result, Verdict, exit_code, run_cases
from mockserver.contract import Contract
from tests.conformance.servers import (
    Server,
    Talk,
    answer_file,
    closed_port,
    http_answer,
    raw,
    resetting,
    saying,
)

Judge = Callable[[str, Talk], Result]

LASTNAME = "recommended-lastname-only"
NO_LASTNAME = "recommended-no-lastname"
PHYSICIAN = "recommended-physician-other-requester"
SORTING_CENTER = "recommended-sorting-center-other-requester"


def case_of(identifier: str) -> Case:
    return next(case for case in all_cases() if case.id == identifier)


@pytest.fixture
def judge(serve: Callable[[Talk], Server], folder: StateFolder, contract: Contract, transport: Transport) -> Judge:
    """Runs one case against a server that talks in the given way."""

    def judged(identifier: str, talk: Talk) -> Result:
        endpoint = read_endpoint(serve(talk).url)
        [result] = run_cases(
            [case_of(identifier)],
            folder.credentials,
            lambda credentials: Client(endpoint, contract, credentials, transport),
        )
        return result

    return judged


def broken(result: Result) -> list[str]:
    return [str(check) for check in result.broken]


@pytest.mark.parametrize(
    ("identifier", "file", "status"),
    [
        (LASTNAME, "success.xml", 200),
        ("recommended-all-fields", "success.xml", 200),
        (NO_LASTNAME, "fault-soa-03006.xml", 500),
        (NO_LASTNAME, "cbss-msg00008.xml", 200),
        (PHYSICIAN, "requester-row-1.xml", 200),
        (SORTING_CENTER, "requester-row-3.xml", 200),
    ],
)
def test_the_answer_the_cookbook_describes_passes(judge: Judge, identifier: str, file: str, status: int) -> None:
    result = judge(identifier, saying(file, status))
    assert broken(result) == []
    assert result.verdict is Verdict.PASS
    assert result.checks


def test_the_report_of_a_missing_lastname_shows_which_refusal_came(judge: Judge) -> None:
    assert judge(NO_LASTNAME, saying("fault-soa-03006.xml", 500)).answer.startswith("SOA-03006: ")
    assert "MSG00008" in judge(NO_LASTNAME, saying("cbss-msg00008.xml")).answer


@pytest.mark.parametrize(
    ("identifier", "file", "old", "new", "what"),
    [
        (LASTNAME, "success.xml", b"status:Success", b"status:Succes", "Level 1 StatusCode"),
        (LASTNAME, "success.xml", b"20000000001", b" ", "CovidDossierIdentifier"),
        (LASTNAME, "success.xml", b'InResponseTo="_', b'InResponseTo="x', "InResponseTo"),
        (NO_LASTNAME, "cbss-msg00008.xml", b"NOK", b"OK", "CbssStatus Value"),
        (NO_LASTNAME, "cbss-msg00008.xml", b"MSG00008", b"MSG00013", "CbssStatus Code"),
        (NO_LASTNAME, "cbss-msg00008.xml", b"status:Responder", b"status:Success", "Level 1 StatusCode"),
        (NO_LASTNAME, "fault-soa-03006.xml", b"<Code>SOA-03006", b"<Code>SOA-03007", "SystemError Code"),
        (NO_LASTNAME, "fault-soa-03006.xml", b"Consumer", b"Provider", "SystemError Origin"),
        (
            NO_LASTNAME,
            "fault-soa-03006.xml",
            b"Acceptation",
            b"Elsewhere",
            "SystemError against the contract",
        ),
        (PHYSICIAN, "requester-row-1.xml", b"correspond to", b"correspond  to", "StatusMessage"),
        (PHYSICIAN, "requester-row-1.xml", b"85123199937", b"80010199976", "StatusMessage"),
        (SORTING_CENTER, "requester-row-3.xml", b"(81999048)", b"(81999048).", "StatusMessage"),
        (
            SORTING_CENTER,
            "requester-row-3.xml",
            b"status:Requester",
            b"status:Responder",
            "Level 1 StatusCode",
        ),
    ],
)
def test_one_wrong_word_fails_exactly_that_check(
    *, judge: Judge, identifier: str, file: str, old: bytes, new: bytes, what: str
) -> None:
    status = 500 if file.startswith("fault") else 200
    result = judge(identifier, saying(file, status, (old, new)))
    assert result.verdict is Verdict.FAIL
    assert [check.what for check in result.broken] == [what]
    assert "expected" in str(result.broken[0])
    assert "came" in str(result.broken[0])


@pytest.mark.parametrize(
    ("identifier", "talk", "said"),
    [
        (
            LASTNAME,
            saying("fault-soa-01001.xml", 500),
            "HTTP 500 with a Fault, SOA-01001: Service call not auth",
        ),
        (
            LASTNAME,
            saying("fault-soa-01001.xml", 500),
            "(SystemError Id 5d6f3a52-0c53-4d0e-9a0c-0a6d3f5b7c11)",
        ),
        (LASTNAME, saying("fault-soa-01001.xml", 200), "HTTP 200 with a Fault"),
        (LASTNAME, saying("html.html", 502), "HTTP 502 Reason with Content-Type text/html"),
        (LASTNAME, raw(http_answer(200, b"", "text/xml")), "not well-formed XML"),
        (LASTNAME, raw(b""), "closed without an answer"),
        (LASTNAME, resetting(), "the connection was reset"),
        (LASTNAME, raw(http_answer(200, answer_file("success.xml"))[:-200]), "cut after"),
        (LASTNAME, raw(http_answer(302, b"", "text/html", ("Location", "/login"))), "HTTP 302"),
        (LASTNAME, saying("soap-12.xml"), "not a SOAP 1.1 Envelope"),
        (PHYSICIAN, saying("fault-soa-03006.xml", 500), "a Fault, SOA-03006"),
        (NO_LASTNAME, saying("html.html", 500), "text/html"),
    ],
)
def test_an_answer_of_another_kind_fails_and_says_what_came(
    judge: Judge, identifier: str, talk: Talk, said: str
) -> None:
    result = judge(identifier, talk)
    assert result.verdict is Verdict.FAIL
    [only] = broken(result)
    assert said in only


def test_a_fault_served_with_http_200_fails(judge: Judge) -> None:
    result = judge(NO_LASTNAME, saying("fault-soa-03006.xml", 200))
    assert result.verdict is Verdict.FAIL
    assert broken(result) == ["HTTP status of a Fault: expected 500, came 200"]


def test_a_fault_without_system_error_fails(judge: Judge) -> None:
    result = judge(NO_LASTNAME, saying("fault-without-detail.xml", 500))
    assert broken(result) == ['SystemError Code: expected "SOA-03006", came nothing']


def test_a_success_with_http_201_fails(judge: Judge) -> None:
    assert broken(judge(LASTNAME, saying("success.xml", 201))) == ["HTTP status: expected 200, came 201"]


def test_an_answer_to_somebody_elses_request_fails(judge: Judge) -> None:
    result = judge(LASTNAME, raw(http_answer(200, answer_file("success.xml"))))
    assert [check.what for check in result.broken] == ["InResponseTo"]
    assert result.broken[0].came == '"REQUEST-ID"'


def test_a_refused_request_that_still_gets_an_identifier_fails(judge: Judge) -> None:
    identifier = b"</co:Status><p:CovidDossierIdentifier>20000000001</p:CovidDossierIdentifier>"
    result = judge(PHYSICIAN, saying("requester-row-1.xml", 200, (b"</co:Status>", identifier)))
    assert [check.what for check in result.broken] == ["CovidDossierIdentifier"]


def test_a_success_with_a_cbss_status_fails(judge: Judge) -> None:
    # Cookbook 5.2.2.4: "The value is always 'NOK' if the CbssStatus is sent".
    nok = (
        b'Success"/><co:StatusDetail>'
        b'<c:CbssStatus xmlns:c="urn:be:fgov:ehealth:dossiernumbergeneration:core:v1">'
        b"<c:Value>NOK</c:Value><c:Code>MSG00013</c:Code></c:CbssStatus></co:StatusDetail>"
    )
    result = judge(LASTNAME, saying("success.xml", 200, (b'Success"/>', nok)))
    assert broken(result) == ['CbssStatus: expected nothing, came "MSG00013"']


def test_a_success_that_the_schema_refuses_fails(judge: Judge) -> None:
    result = judge(LASTNAME, saying("success-invalid.xml"))
    [only] = broken(result)
    assert only.startswith("GenerateCovidIdResponse against the contract: expected valid, came ")
    assert "IssueInstant" in only


def test_success_for_a_request_without_lastname_fails(judge: Judge) -> None:
    result = judge(NO_LASTNAME, saying("success.xml"))
    assert result.verdict is Verdict.FAIL
    assert "CovidDossierIdentifier" in [check.what for check in result.broken]


def test_what_an_endpoint_only_should_do_warns(judge: Judge) -> None:
    # R1004, a SHOULD: a faultcode of SOAP 1.1.
    change = (b"soapenv:Client", b"soapenv:Client.Authentication")
    result = judge(NO_LASTNAME, saying("fault-soa-03006.xml", 500, change))
    assert result.verdict is Verdict.WARN
    assert [check.what for check in result.broken] == ["faultcode"]


def test_an_unreachable_endpoint_is_an_error_and_the_rest_is_not_tried(
    folder: StateFolder, contract: Contract, transport: Transport
) -> None:
    endpoint = read_endpoint(f"http://127.0.0.1:{closed_port()}")
    cases = [case_of(LASTNAME), case_of(NO_LASTNAME)]
    results = list(run_cases(cases, folder.credentials, lambda caller: Client(endpoint, contract, caller, transport)))
    assert [result.verdict for result in results] == [Verdict.ERROR, Verdict.SKIP]
    assert "no connection to 127.0.0.1" in results[0].reason
    assert exit_code(results) == 3


def steps_case(steps: Callable[[Client], Iterator[Check]], level: Level = Level.MUST) -> Case:
    return Case("made-up", "0", level, "physician", intrusive=False, text="Made up.", steps=steps)


def run_steps(physician: Credentials, steps: Callable[[Client], Iterator[Check]], level: Level = Level.MUST) -> Result:
    def no_client(_: Credentials) -> Client:
        return Client(read_endpoint("http://127.0.0.1:1"), None, physician, None)  # type: ignore[arg-type]

    [result] = run_cases([steps_case(steps, level)], lambda _: physician, no_client)
    return result


def check(held: bool, level: Level | None = None) -> Check:
    return Check("it", "this", "this" if held else "that", held, level)


@pytest.mark.parametrize(
    ("level", "checks", "verdict"),
    [
        (Level.MUST, [check(True), check(True)], Verdict.PASS),
        (Level.MUST, [check(True), check(False)], Verdict.FAIL),
        (Level.MUST, [check(False, Level.SHOULD)], Verdict.WARN),
        (Level.SHOULD, [check(False)], Verdict.WARN),
        (Level.MAY, [check(False)], Verdict.INFO),
        (Level.SHOULD, [check(False, Level.MUST), check(False)], Verdict.FAIL),
        (Level.MUST, [], Verdict.ERROR),
    ],
)
def test_the_verdict_follows_from_the_checks(
    physician: Credentials, level: Level, checks: list[Check], verdict: Verdict
) -> None:
    assert run_steps(physician, lambda _: iter(checks), level).verdict is verdict


def test_a_mistake_in_a_case_is_an_error_of_ours_with_its_trace(physician: Credentials) -> None:
    def mistaken(_: Client) -> Iterator[Check]:
        yield check(True)
        raise ZeroDivisionError("oops")

    result = run_steps(physician, mistaken)
    assert result.verdict is Verdict.ERROR
    assert result.reason == "a fault of the suite: ZeroDivisionError: oops"
    assert "mistaken" in result.trace


def test_a_failure_already_seen_wins_over_a_later_error(physician: Credentials) -> None:
    def failing_then_mistaken(_: Client) -> Iterator[Check]:
        yield check(False)
        raise ZeroDivisionError

    assert run_steps(physician, failing_then_mistaken).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (PersonaUnavailableError("no such persona here"), Verdict.SKIP),
        (CredentialsError("the key cannot be read"), Verdict.ERROR),
    ],
)
def test_missing_credentials_skip_a_case_and_broken_ones_are_an_error(error: Exception, verdict: Verdict) -> None:
    def source(_: str) -> Credentials:
        raise error

    [result] = run_cases([case_of(LASTNAME)], source, lambda _: pytest.fail("no client without credentials"))
    assert (result.verdict, result.reason) == (verdict, str(error))


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([Verdict.PASS, Verdict.WARN, Verdict.SKIP], 0),
        ([Verdict.PASS, Verdict.INFO, Verdict.REVIEW, Verdict.NA], 0),
        ([Verdict.NA, Verdict.SKIP], 3),
        ([Verdict.PASS, Verdict.FAIL], 1),
        ([Verdict.ERROR, Verdict.FAIL], 1),
        ([Verdict.PASS, Verdict.ERROR], 3),
        ([Verdict.SKIP, Verdict.SKIP], 3),
        ([], 3),
    ],
)
def test_the_exit_code_is_the_worst_of_the_verdicts(verdicts: list[Verdict], code: int) -> None:
    assert exit_code([Result(case_of(LASTNAME), verdict) for verdict in verdicts]) == code
