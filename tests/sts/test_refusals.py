"""What the STS refuses, and how: decisions 4b."""

from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from mockserver.gateway.registry import RULES
from mockserver.identities.assertion import issue_assertion
from mockserver.identities.certificates import make_ca
from mockserver.identities.personas import personas
from mockserver.instant import SECOND, system_clock
from mockserver.sts.rules import STS_RULES
from tests.sts.certificates import certified
from tests.sts.conftest import CHALLENGE, LEGACY, SAML_P, WS_TRUST, Answer, Sts
from tests.sts.messages import (
    DOCTOR,
    SSIN,
    WST,
    Signatory,
    challenge_response,
    envelope,
    instant,
    renewal,
    rst,
    saml_request,
    use_key,
)

Message = Callable[[Sts], bytes]


def other_name(sts: Sts) -> Signatory:
    return certified(sts.ca, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SSIN=85123199937")]))


def other_ca(sts: Sts) -> Signatory:
    return certified(make_ca(system_clock()), sts.signatory().certificate.subject)


def expired(sts: Sts) -> Signatory:
    return certified(sts.ca, sts.signatory().certificate.subject, days=(-30, -1))


def changed(sts: Sts) -> bytes:
    return envelope(rst(), sts.signatory()).replace(b"80010199976</auth:Value>", b"85123199937</auth:Value>", 1)


def with_token_in_header(sts: Sts) -> bytes:
    token = issue_assertion(sts.authority, sts.authority.credential(personas()["physician"]), now=system_clock())
    return envelope(rst(), sts.signatory(), in_header=token.decode())


NOT_AUTHENTICATED: dict[str, tuple[Message, str]] = {
    "not signed": (lambda sts: envelope(rst(), sts.signatory(), signed=()), "S30"),
    "Body not signed": (lambda sts: envelope(rst(), sts.signatory(), signed=("bst", "ts")), "S52"),
    "Timestamp not signed": (lambda sts: envelope(rst(), sts.signatory(), signed=("bst", "body")), "S52"),
    "certificate not signed": (lambda sts: envelope(rst(), sts.signatory(), signed=("ts", "body")), "K52"),
    "stale": (lambda sts: envelope(rst(), sts.signatory(), created=instant(-700), expires=instant(-640)), "T6"),
    "early": (lambda sts: envelope(rst(), sts.signatory(), created=instant(400), expires=instant(460)), "T5"),
    "living too long": (lambda sts: envelope(rst(), sts.signatory(), expires=instant(310)), "T4"),
    "signed by a key it does not name": (
        lambda sts: envelope(rst(), sts.signatory("hospital"), certificate=sts.signatory().base64),
        "K18",
    ),
    "changed after signing": (changed, "S22"),
    "certificate of another CA": (lambda sts: envelope(rst(), other_ca(sts)), "K02"),
    "certificate expired": (lambda sts: envelope(rst(), expired(sts)), "K03"),
    "certificate of nobody": (lambda sts: envelope(rst(), other_name(sts)), "K04"),
    "reference to something else": (
        lambda sts: envelope(rst(), sts.signatory()).replace(b'URI="#bst" ValueType', b'URI="#ts" ValueType', 1),
        "K60",
    ),
    "no certificate": (lambda sts: envelope(rst(), sts.signatory(), certificate="AAAA"), "K01"),
    "assertion in the header": (with_token_in_header, "K05"),
}


@pytest.mark.parametrize("name", NOT_AUTHENTICATED)
def test_a_request_that_proves_nobody_is_soa_01001_as_on_the_gateway(sts: Sts, name: str) -> None:
    message, rule = NOT_AUTHENTICATED[name]
    answer = sts.post(message(sts))
    assert (answer.error, answer.kind) == ("SOA-01001", "SystemError")
    assert rule in answer.reply.rules


@pytest.mark.parametrize("path", [SAML_P, LEGACY])
def test_saml_p_answers_an_unsigned_request_with_soa_01001_too(sts: Sts, path: str) -> None:
    physician = sts.signatory()
    action = f"urn:be:fgov:ehealth:sts:protocol:v1:{'RequestSecurityToken' if path == SAML_P else 'RequestSecureToken'}"
    answer = sts.post(envelope(saml_request(physician), physician, signed=()), path=path, action=action)
    assert answer.error == "SOA-01001"


def test_a_request_whose_every_part_is_wrong_says_no_more_on_the_wire_than_its_code(sts: Sts) -> None:
    answers = {(answer.error, told(answer)) for answer in (sts.post(message(sts)) for message in _THREE)}
    assert answers == {("SOA-01001", "Service call not authenticated")}


_THREE = [message for message, _ in list(NOT_AUTHENTICATED.values())[:3]]


def told(answer: Answer) -> str | None:
    return answer.content.findtext("detail/*/Message")


INVALID: dict[str, tuple[Callable[[], str], str]] = {
    "asks nothing": (lambda: rst({}), "W02"),
    "unknown RequestType": (lambda: rst(kind="Validate"), "W02"),
    "unknown dialect": (lambda: rst(dialect="urn:x:dialect"), "W02"),
    "Renew without token": (lambda: rst(kind="Renew"), "W02"),
    "lifetime past": (lambda: rst(created=instant(-7200), expires=instant(-3600)), "W03"),
    "lifetime backwards": (lambda: rst(created=instant(60), expires=instant(30)), "W03"),
    "lifetime unreadable": (lambda: rst(expires="tomorrow"), "W02"),
    "lifetime without zone": (lambda: rst(expires=instant(3600).removesuffix("Z")), "W02"),
    "UseKey no certificate": (lambda: rst(extra=use_key("AAAA")), "W02"),
    "unknown element": (lambda: rst(extra="<wst:Entropy/>"), "W01"),
    "no RequestSecurityToken": (lambda: f'<wst:CancelTarget xmlns:wst="{WST}"/>', "W01"),
    "nothing": (lambda: "", "W01"),
}


@pytest.mark.parametrize("name", INVALID)
def test_ws_trust_answers_what_it_cannot_take_with_a_business_error(sts: Sts, name: str) -> None:
    payload, rule = INVALID[name]
    answer = sts.post(envelope(payload(), sts.signatory()))
    assert (answer.error, answer.kind) == ("wst:InvalidRequest", "BusinessError")
    assert answer.reply.rules == [rule]
    assert "The request was invalid or malformed: " in (told(answer) or "")


INVALID_SAML: dict[str, tuple[Callable[[Signatory], str], str]] = {
    "asks nothing": (lambda holder: saml_request(holder, asserted={}, designated=()), "W02"),
    "bearer": (lambda holder: saml_request(holder, method="urn:oasis:names:tc:SAML:1.0:cm:bearer"), "W02"),
    "lifetime past": (lambda holder: saml_request(holder, not_after=instant(-60)), "W03"),
    "ws-trust at its address": (lambda _: rst(), "W01"),
    "malformed": (lambda holder: saml_request(holder).replace("samlp:AttributeQuery", "samlp:Query"), "W01"),
}


@pytest.mark.parametrize("name", INVALID_SAML)
def test_saml_p_answers_what_it_cannot_take_with_status_requester(sts: Sts, name: str) -> None:
    payload, rule = INVALID_SAML[name]
    physician = sts.signatory()
    answer = sts.post(envelope(payload(physician), physician), path=SAML_P)
    assert answer.status == "samlp:Requester"
    assert answer.reply.rules == [rule]
    assert "invalid or malformed" in (answer.content.findtext("{*}Status/{*}StatusMessage") or "")


def renewed(sts: Sts, persona: str = "physician", **options: object) -> bytes:
    """A token as a test wants it, such as an expired one."""
    credential = sts.authority.credential(personas()[persona])
    return issue_assertion(sts.authority, credential, now=system_clock(), **options)  # type: ignore[arg-type]


RENEWALS: dict[str, tuple[Callable[[Sts], bytes], str]] = {
    "expired": (lambda sts: renewed(sts, not_on_or_after=system_clock() - SECOND), "H09"),
    "not valid yet": (lambda sts: renewed(sts, not_before=system_clock() + 1000 * SECOND), "H09"),
    "altered": (lambda sts: renewed(sts).replace(b">true<", b"> true<"), "H21"),
    "of another STS": (
        lambda sts: renewed(sts, sts_credential=sts.authority.credential(personas()["hospital"])),
        "H07",
    ),
    "of another issuer": (lambda sts: renewed(sts, issuer="urn:x:sts"), "H08"),
    "of another holder": (lambda sts: renewed(sts, "hospital"), "K06"),
}


@pytest.mark.parametrize("name", RENEWALS)
def test_a_token_that_the_gateway_would_refuse_is_not_renewed(sts: Sts, name: str) -> None:
    token, rule = RENEWALS[name]
    answer = sts.post(envelope(renewal(token(sts)), sts.signatory()))
    assert answer.error == "SOA-01001"
    assert rule in answer.reply.rules


def test_saml_p_wants_the_holder_of_another_key_to_sign_too(sts: Sts) -> None:
    answer = sts.post(envelope(saml_request(sts.signatory("hospital")), sts.signatory()), path=SAML_P)
    assert answer.error == "SOA-01001"
    assert answer.reply.rules == ["K07"]


def test_an_inner_signature_that_does_not_fit_the_request_is_refused(sts: Sts) -> None:
    request = saml_request(sts.signatory("hospital"), signed=True).replace(DOCTOR, SSIN, 1)
    answer = sts.post(envelope(request, sts.signatory()), path=SAML_P)
    assert answer.error == "SOA-01001"
    assert answer.reply.report is not None
    assert [finding["detail"] for finding in answer.reply.report["findings"] if finding["rule"] == "K07"] == [
        "the signature in the Request does not verify with the holder's key"
    ]


def challenge_of(sts: Sts) -> tuple[str, str]:
    first = sts.post(envelope(rst(extra=use_key(sts.signatory("hospital").base64)), sts.signatory()))
    return first.content.get("Context", ""), first.content.findtext("{*}SignChallenge/{*}Challenge") or ""


def test_a_challenge_is_answered_by_the_session_key_alone(sts: Sts) -> None:
    response = challenge_response(*challenge_of(sts))
    wrong = sts.post(envelope(response, sts.signatory()), action=CHALLENGE)
    assert (wrong.error, wrong.reply.rules) == ("SOA-01001", ["K04"])
    assert sts.post(envelope(response, sts.signatory("hospital")), action=CHALLENGE).token


def test_a_challenge_is_answered_once(sts: Sts) -> None:
    response = challenge_response(*challenge_of(sts))
    assert sts.post(envelope(response, sts.signatory("hospital")), action=CHALLENGE).token
    again = sts.post(envelope(response, sts.signatory("hospital")), action=CHALLENGE)
    assert (again.error, again.reply.rules) == ("SOA-01001", ["K04"])


@pytest.mark.parametrize("end", ["context", "text"])
def test_a_challenge_that_was_never_sent_is_not_answered(sts: Sts, end: str) -> None:
    context, text = challenge_of(sts)
    changed_ends = (context + "x", text) if end == "context" else (context, text + "x")
    answer = sts.post(envelope(challenge_response(*changed_ends), sts.signatory("hospital")), action=CHALLENGE)
    assert (answer.error, answer.reply.rules) == ("SOA-01001", ["K04"])


def test_another_soap_action_is_soa_03004(sts: Sts) -> None:
    answer = sts.post(envelope(rst(), sts.signatory()), action=CHALLENGE)
    assert (answer.error, answer.reply.rules) == ("SOA-03004", ["Q06"])


def test_an_envelope_of_soap_12_is_soa_03002(sts: Sts) -> None:
    message = envelope(rst(), sts.signatory()).replace(
        b"http://schemas.xmlsoap.org/soap/envelope/", b"http://www.w3.org/2003/05/soap-envelope"
    )
    assert sts.post(message).error == "SOA-03002"


def test_a_message_sent_twice_is_noted_as_a_replay(sts: Sts) -> None:
    message = envelope(rst(), sts.signatory())
    assert "I12" not in sts.post(message).reply.warnings
    assert "I12" in sts.post(message).reply.warnings


NO_MESSAGE: dict[str, tuple[bytes, str]] = {
    "no XML": (b"<s:Envelope", "SOA-03001"),
    "nothing": (b"", "SOA-03001"),
    "another document": (b"<x/>", "SOA-03002"),
    "no Body": (b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>', "SOA-03003"),
    "DOCTYPE": (
        b'<!DOCTYPE x><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>',
        "SOA-03004",
    ),
}


@pytest.mark.parametrize("name", NO_MESSAGE)
@pytest.mark.parametrize("path", [WS_TRUST, SAML_P, LEGACY])
def test_what_is_no_message_gets_the_code_that_the_service_gives_it(sts: Sts, name: str, path: str) -> None:
    octets, code = NO_MESSAGE[name]
    assert sts.post(octets, path=path).error == code


def test_each_rule_of_the_sts_has_a_request_that_breaks_it() -> None:
    tables = (NOT_AUTHENTICATED, INVALID, INVALID_SAML, RENEWALS)
    broken = {rule for table in tables for _, rule in table.values()}
    own = {rule.id for rule in STS_RULES if rule.id not in RULES}
    assert own - broken == {"K07"}  # two tests above: it needs a second key
