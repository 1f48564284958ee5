"""Tokens asked for, used and renewed over HTTP with the suite's client."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
import urllib3
from lxml import etree

from conformance.client.answer import Response
from conformance.client.credentials import Credentials, CredentialsError, Token
from conformance.client.endpoint import read_endpoint
from conformance.client.exchange import Client
from conformance.client.keystore import KeyEntry
from conformance.client.message import Person
from conformance.client.sts.answer import TokenRefusedError
from conformance.client.sts.client import StsClient
from conformance.client.sts.credentials import RENEW_BEFORE, StsCredentials, claims_of, requester_of
from conformance.client.sts.message import Claim
from conformance.client.sts.token_check import end_of, shortcomings
from conformance.client.transport import Transport
from mockserver.identities.personas import Persona, personas
from mockserver.instant import SECOND, Clock, read_date_time, system_clock
from tests.sts.conftest import Sts
from tests.sts.messages import DOCTOR, SAML

CALLERS = ["physician", "sorting-center", "hospital", "company", "organisation", "mandate-holder"]


def call(sts: Sts, client: StsClient, token: Token, persona: str) -> str | None:
    """The status that GenerateCovidId answers to the holder of this token; the SOA code if it is a fault."""
    credentials = Credentials(
        persona, client.holder.key, client.holder.certificate, token, requester_of(personas()[persona])
    )
    caller = Client(read_endpoint(sts.mock.url), sts.mock.contract, credentials, Transport("tests@example.org", 30.0))
    answer = caller.generate_covid_id(credentials.requester, Person("COVID_LASTNAME_TEST")).answer
    if isinstance(answer.content, Response):
        return answer.content.level_1
    return answer.content.system_error.code  # type: ignore[union-attr]


SUCCESS = "urn:be:fgov:ehealth:2.0:status:Success"


@pytest.mark.parametrize("persona", CALLERS)
def test_a_token_of_the_sts_opens_the_service(sts: Sts, persona: str) -> None:
    client = sts.client(persona)
    token = client.issue(claims_of(personas()[persona]))
    assert shortcomings(token, [a.name for a in personas()[persona].attributes]) == []
    assert call(sts, client, token, persona) == SUCCESS


def test_a_renewed_token_opens_the_service_and_the_old_one_still_does(sts: Sts) -> None:
    client = sts.client()
    old = client.issue(claims_of(personas()["physician"]), lifetime=3600)
    new = client.renew(old)
    assert new.assertion_id != old.assertion_id
    assert call(sts, client, new, "physician") == SUCCESS
    assert call(sts, client, old, "physician") == SUCCESS


def test_a_renewed_token_holds_the_same_attributes_and_lives_as_long(sts: Sts) -> None:
    client = sts.client("sorting-center")
    old = client.issue(claims_of(personas()["sorting-center"]), lifetime=3600)
    new = client.renew(old)
    assert attributes(new) == attributes(old)
    assert abs(end_of(new) - end_of(old)) < 60 * SECOND


def test_a_token_for_another_key_is_had_by_signing_the_challenge(sts: Sts) -> None:
    client = sts.client("physician", sts.entry("hospital"))
    token = client.issue(claims_of(personas()["physician"]))
    assert call(sts, client, token, "physician") == SUCCESS


def test_a_refused_attribute_comes_back_false_and_the_service_does_not_authorise(sts: Sts) -> None:
    client = sts.client("refused-physician")
    token = client.issue(claims_of(personas()["refused-physician"]))
    (sentence,) = shortcomings(token, [])
    assert DOCTOR in sentence and "5.1.1" in sentence
    assert call(sts, client, token, "refused-physician") == "SOA-01002"


def test_the_client_names_an_attribute_that_the_token_lacks(sts: Sts) -> None:
    token = sts.client().issue([Claim(DOCTOR)])
    (sentence,) = shortcomings(token, [DOCTOR, "urn:be:fgov:person:ssin"])
    assert "urn:be:fgov:person:ssin is missing" in sentence


def test_the_client_names_an_empty_attribute(sts: Sts) -> None:
    (sentence,) = shortcomings(sts.client().issue([Claim("urn:be:fgov:nothing:nihii11")]), [])
    assert "urn:be:fgov:nothing:nihii11 is empty" in sentence


def test_a_refusal_of_the_sts_is_one_sentence_with_code_and_ticket(sts: Sts) -> None:
    with pytest.raises(TokenRefusedError, match=r"refused the request: wst:InvalidRequest: .*attribute.* \(ticket "):
        sts.client().issue([])


def asking(sts: Sts, clock: Clock = system_clock, known: Mapping[str, Persona] | None = None) -> StsCredentials:
    return StsCredentials(
        lambda persona: sts.entry(persona.name), lambda entry: sts.client(entry.alias), known or personas(), clock
    )


def test_credentials_keep_a_token_until_shortly_before_its_end_and_then_renew_it(sts: Sts) -> None:
    clock = [system_clock()]
    source = asking(sts, lambda: clock[0])
    first = source.credentials("physician")
    clock[0] = end_of(first.token) - RENEW_BEFORE
    assert source.credentials("physician").token is first.token
    clock[0] += 1
    renewed = source.credentials("physician").token
    assert renewed.assertion_id != first.token.assertion_id
    assert attributes(renewed) == attributes(first.token)


def test_a_token_that_has_ended_is_not_renewed_but_asked_for_anew(sts: Sts) -> None:
    clock = [system_clock()]
    source = asking(sts, lambda: clock[0])
    first = source.credentials("physician")
    clock[0] = end_of(first.token)
    asked_before = len(requests_for(sts, "Renew"))
    assert source.credentials("physician").token.assertion_id != first.token.assertion_id
    assert len(requests_for(sts, "Renew")) == asked_before


def test_a_token_of_a_short_life_is_kept_for_half_of_it(sts: Sts) -> None:
    clock = [system_clock()]
    source = StsCredentials(
        lambda persona: sts.entry(persona.name), lambda entry: short_lived(sts), personas(), lambda: clock[0]
    )
    first = source.credentials("physician")
    middle = clock[0] + (end_of(first.token) - clock[0]) // 2
    clock[0] = middle
    assert source.credentials("physician").token is first.token
    clock[0] = middle + SECOND
    assert source.credentials("physician").token.assertion_id != first.token.assertion_id


def short_lived(sts: Sts) -> StsClient:
    """A client that asks for one minute, whatever it is told to ask for."""

    class Impatient(StsClient):
        def issue(self, claims: Sequence[Claim], lifetime: int = 60) -> Token:
            return StsClient.issue(self, claims, 60)

    patient = sts.client()
    return Impatient(patient.endpoint, patient.transport, patient.entry)


def requests_for(sts: Sts, kind: str) -> list[str]:
    """Ids of the requests of this kind in the mock's journal."""
    entries = json.loads(urllib3.request("GET", f"{sts.mock.management}/journal").data)["entries"]
    return [entry["id"] for entry in entries if f"/{kind}<".encode() in sts.mock.sent(sts.mock.journal(entry["id"]))]


def test_a_boolean_that_came_back_false_is_told_with_its_name_before_any_call(sts: Sts) -> None:
    refused = personas()["refused-physician"]
    hoping = replace(
        refused, attributes=[replace(a, value=a.value.replace("false", "true")) for a in refused.attributes]
    )
    source = asking(sts, known={refused.name: hoping})
    with pytest.raises(CredentialsError, match=rf"gives no access: {DOCTOR} is false: .*5\.1\.1"):
        source.credentials(refused.name)


def test_a_persona_that_is_refused_on_purpose_gets_its_credentials(sts: Sts) -> None:
    assert asking(sts).credentials("refused-physician").persona == "refused-physician"


def test_an_sts_that_said_no_is_not_asked_again(sts: Sts) -> None:
    calls = []

    def key_of(persona: Persona) -> KeyEntry:
        calls.append(persona.name)
        return sts.entry("hospital")  # not the physician's

    source = StsCredentials(key_of, lambda entry: sts.client("hospital"), personas())
    for _ in range(3):
        with pytest.raises(CredentialsError, match="gives no access"):
            source.credentials("physician")
    assert calls == ["physician"]


def test_an_sts_that_cannot_be_reached_is_told_as_such(sts: Sts) -> None:
    nowhere = replace(sts.client(), endpoint=read_endpoint("http://127.0.0.1:1"))
    source = StsCredentials(lambda persona: sts.entry(persona.name), lambda entry: nowhere, personas())
    with pytest.raises(CredentialsError, match=r"no token for physician from the STS: no connection to 127\.0\.0\.1"):
        source.credentials("physician")


def test_the_journal_holds_the_request_for_a_token_with_its_findings(sts: Sts) -> None:
    with pytest.raises(TokenRefusedError) as refused:
        sts.client().issue([])
    ticket = str(refused.value).rpartition("ticket ")[2].rstrip(")")
    entry = sts.mock.journal(ticket)
    assert entry["status"] == "wst:InvalidRequest"
    assert [finding["rule"] for finding in entry["report"]["findings"] if finding["severity"] == "reject"] == ["W02"]


def attributes(token: Token) -> list[tuple[str, str, str]]:
    return [
        (a.get("AttributeNamespace", ""), a.get("AttributeName", ""), a.findtext(f"{{{SAML}}}AttributeValue") or "")
        for a in etree.fromstring(token.octets).iter(f"{{{SAML}}}Attribute")
    ]


def test_the_lifetime_is_as_asked_and_begins_five_minutes_before(sts: Sts) -> None:
    conditions = conditions_of(sts.client().issue([Claim(DOCTOR)], lifetime=1800))
    assert conditions[1] - conditions[0] == (1800 + 300) * SECOND


def test_a_lifetime_of_more_than_a_day_is_cut_to_a_day(sts: Sts) -> None:
    conditions = conditions_of(sts.client().issue([Claim(DOCTOR)], lifetime=48 * 3600))
    assert conditions[1] - conditions[0] == (24 * 3600 + 300) * SECOND


def conditions_of(token: Token) -> tuple[int, int]:
    conditions = etree.fromstring(token.octets).find(f"{{{SAML}}}Conditions")
    assert conditions is not None
    begin, end = (read_date_time(conditions.get(name, "")).instant for name in ("NotBefore", "NotOnOrAfter"))
    return begin, end
