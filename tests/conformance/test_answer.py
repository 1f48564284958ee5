"""Answers are read strictly, and what cannot be read is a value with its reason."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.client.answer import Answer, CbssStatus, Fault, Response, Unreadable, read_answer
from conformance.client.transport import HttpAnswer
from mockserver.contract import Contract
from tests.conformance.servers import answer_file

TEXT_XML = (("Content-Type", "text/xml; charset=utf-8"),)
SUCCESS = HttpAnswer(200, "OK", "HTTP/1.1", TEXT_XML, answer_file("success.xml"))


def read(contract: Contract, name: str, status: int = 200) -> Answer:
    return read_answer(HttpAnswer(status, "", "HTTP/1.1", TEXT_XML, answer_file(name)), contract)


def reason(contract: Contract, http: HttpAnswer) -> str:
    content = read_answer(http, contract).content
    assert isinstance(content, Unreadable)
    return content.reason


def test_success_gives_the_identifier(contract: Contract) -> None:
    answer = read(contract, "success.xml")
    assert answer.content == Response(
        id="_a1",
        in_response_to="REQUEST-ID",
        issue_instant="2026-11-23T18:34:08.000Z",
        level_1="urn:be:fgov:ehealth:2.0:status:Success",
        level_2=None,
        status_message=None,
        cbss_status=None,
        identifier="20000000001",
        violations=[],
    )
    assert answer.summary() == "Success, CovidDossierIdentifier 20000000001"


def test_a_requester_error_gives_its_message(contract: Contract) -> None:
    content = read(contract, "requester-row-1.xml").content
    assert isinstance(content, Response)
    assert (content.identifier, content.violations) == (None, [])
    assert content.status_message is not None
    assert content.status_message.endswith("provided in the Envelope header (80010199976)")


def test_a_cbss_status_is_read_with_level_2_and_information(contract: Contract) -> None:
    answer = read(contract, "cbss-msg00008.xml")
    assert isinstance(answer.content, Response)
    assert answer.content.level_2 == "urn:be:fgov:ehealth:2.0:status:DataNotFound"
    assert answer.content.cbss_status == CbssStatus(
        value="NOK",
        code="MSG00008",
        description="The request contains invalid data. Please check your message content.",
        information=[("lastName", "")],
    )
    assert answer.content.violations == []
    assert answer.summary() == (
        "Responder, NOK MSG00008: The request contains invalid data. Please check your message content. (lastName)"
    )


def test_a_response_against_the_schema_is_read_and_its_violations_told(contract: Contract) -> None:
    content = read(contract, "success-invalid.xml").content
    assert isinstance(content, Response)
    assert any("IssueInstant" in violation for violation in content.violations)


def test_a_fault_gives_its_system_error(contract: Contract) -> None:
    answer = read(contract, "fault-soa-01001.xml", 500)
    assert isinstance(answer.content, Fault)
    assert answer.content.faultcode == "{http://schemas.xmlsoap.org/soap/envelope/}Client"
    error = answer.content.system_error
    assert error is not None
    assert (error.id, error.origin, error.code, error.environment, error.violations) == (
        "5d6f3a52-0c53-4d0e-9a0c-0a6d3f5b7c11",
        "Consumer",
        "SOA-01001",
        "Acceptation",
        [],
    )
    assert answer.summary() == "SOA-01001: Service call not authenticated"


def test_a_language_on_faultstring_is_accepted_and_comments_do_not_hide_text(contract: Contract) -> None:
    content = read(contract, "fault-lang.xml", 500).content
    assert isinstance(content, Fault)
    assert content.system_error is not None
    assert content.system_error.code == "SOA-01002"  # "SOA-<!-- split -->01002" on the wire


def test_a_fault_without_system_error_is_still_a_fault(contract: Contract) -> None:
    answer = read(contract, "fault-without-detail.xml", 500)
    assert isinstance(answer.content, Fault)
    assert answer.content.system_error is None
    assert "without SystemError: SOA-01001" in answer.summary()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("fault-qualified.xml", "not unqualified faultcode"),
        ("doctype.xml", "it holds a DOCTYPE"),
        ("soap-12.xml", "not a SOAP 1.1 Envelope"),
        ("two-entries.xml", "holds 2 elements, not one"),
    ],
)
def test_a_broken_envelope_is_unreadable(contract: Contract, name: str, said: str) -> None:
    content = read(contract, name).content
    assert isinstance(content, Unreadable)
    assert said in content.reason
    assert answer_file(name)  # the octets are kept for the report all the same


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"broken": "the connection was reset"}, "the connection was reset"),
        ({"fields": ()}, "no Content-Type"),
        ({"fields": TEXT_XML * 2}, "2 Content-Type"),
        ({"fields": (("content-type", "text/html"),)}, "Content-Type text/html"),
        ({"fields": (("Content-Type", "application/soap+xml"),)}, "not a SOAP 1.1 answer"),
        ({"fields": (("Content-Type", "text/xml; charset=iso-8859-1"),)}, "charset iso-8859-1"),
        ({"fields": (*TEXT_XML, ("Content-Encoding", "gzip"))}, "Content-Encoding that was not asked for"),
        ({"body": b""}, "cannot be read: not well-formed XML"),
        ({"body": SUCCESS.body[:-40]}, "not well-formed XML"),
        ({"body": SUCCESS.body.replace(b"20000000001", b"\xe9")}, "not UTF-8 at byte"),
        ({"body": b"<?xml version='1.0' encoding='iso-8859-1'?>" + SUCCESS.body}, "declares encoding"),
        ({"body": SUCCESS.body.replace(b"GenerateCovidIdResponse", b"Other")}, "}Other, neither {"),
        (
            {"body": SUCCESS.body.replace(b"soapenv:Body", b"soapenv:Header")},
            "not an optional Header and a Body",
        ),
        ({"body": b"<a>" * 300 + b"</a>" * 300}, "not well-formed XML"),
    ],
)
def test_an_answer_no_client_could_use_is_unreadable(contract: Contract, change: dict[str, object], said: str) -> None:
    assert said in reason(contract, replace(SUCCESS, **change))  # type: ignore[arg-type]


def test_a_charset_in_quotes_and_capitals_is_utf_8(contract: Contract) -> None:
    http = replace(SUCCESS, fields=(("Content-Type", 'TEXT/XML; Charset="UTF-8"'),))
    assert isinstance(read_answer(http, contract).content, Response)


def test_entities_do_not_multiply(contract: Contract) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a x="&c;">&c;</a>'
    assert "DOCTYPE" in reason(contract, replace(SUCCESS, body=bomb))


GOOD = [answer_file(name) for name in ("success.xml", "cbss-msg00008.xml", "fault-lang.xml")]


@given(
    octets=st.sampled_from(GOOD),
    cut=st.integers(0, 1500),
    dropped=st.integers(0, 40),
    inserted=st.binary(max_size=12)
    | st.sampled_from([b"<", b">", b"<x/>", b"<?p?>", b"&#0;", b"]]>", b'a=""', b"&e;"]),
    content_type=st.sampled_from(["text/xml", "text/xml; charset=utf-8"])
    | st.text(st.characters(max_codepoint=255), max_size=30),
    status=st.integers(100, 599),
)
def test_reading_never_raises_whatever_is_sent(
    *,
    contract: Contract,
    octets: bytes,
    cut: int,
    dropped: int,
    inserted: bytes,
    content_type: str,
    status: int,
) -> None:
    body = octets[:cut] + inserted + octets[cut + dropped :]
    answer = read_answer(HttpAnswer(status, "", "HTTP/1.1", (("Content-Type", content_type),), body), contract)
    assert answer.summary()
