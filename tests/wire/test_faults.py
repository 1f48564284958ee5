"""The twelve codes of cookbook Table 1 on the wire: each by a real breach where there is one, and each by trigger."""

from collections.abc import Callable

import pytest
from lxml import etree

from conformance.client.message import Person, Requester
from mockserver.identities.assertion import issue_assertion
from mockserver.identities.authority import Authority
from mockserver.identities.personas import personas
from mockserver.instant import SECOND, system_clock
from mockserver.namespaces import SOAP_12
from tests.conftest import Mock, Reply
from tests.forge import Forge
from tests.wire.answers import PROTOCOL, SOAP, TABLE_1, fault_of

Breach = Callable[[Mock], Reply]
"""Sends something wrong."""

FOREIGN_BLOCK = f'<a:To xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:s="{SOAP}" s:mustUnderstand="1">x</a:To>'


def other_last_name(mock: Mock) -> Reply:
    """A body that was changed after it had been signed."""
    forge = mock.forge()
    forge.operation[0][1][0].text = "COVID_LASTNAME_OTHER"
    return mock.post(forge)


def other_namespace(mock: Mock, namespace: str) -> Reply:
    return mock.post(mock.forge().octets().replace(SOAP.encode(), namespace.encode()))


def two_bodies(mock: Mock) -> Reply:
    forge = mock.forge()
    forge.root.append(forge.copy().body)
    return mock.post(forge)


def text_beside_body(mock: Mock) -> Reply:
    forge = mock.forge()
    forge.body.tail = "x"
    return mock.post(forge)


def block_that_must_be_understood(mock: Mock) -> Reply:
    forge = mock.forge()
    forge.header.append(etree.fromstring(FOREIGN_BLOCK))
    return mock.post(forge)


def no_body(mock: Mock) -> Reply:
    forge = mock.forge()
    forge.root.remove(forge.body)
    return mock.post(forge)


def body_of_another_namespace(mock: Mock) -> Reply:
    forge = mock.forge()
    forge.root.replace(forge.body, etree.Element("{urn:x}Body"))
    return mock.post(forge)


def hidden_namespace_error(mock: Mock, attributes: str) -> Reply:
    """A namespace error, and behind it a mere warning of libxml2, after which lxml takes the document for good."""
    block = f'<h:Block xmlns:h="urn:h" xmlns:i="urn:h" {attributes}/><h:Block xmlns:h="urn:h" xml:space="no"/>'
    return mock.post(mock.forge().octets().replace(b"</SOAP-ENV:Header>", block.encode() + b"</SOAP-ENV:Header>"))


def no_header(mock: Mock) -> Reply:
    forge = mock.forge()
    forge.root.remove(forge.header)
    return mock.post(forge)


def soap_action(mock: Mock, value: str) -> Reply:
    return mock.post(mock.forge(), [(n, value if n == "SOAPAction" else v) for n, v in mock.fields()])


def processing_instruction(mock: Mock) -> Reply:
    forge = mock.forge()
    forge.operation.append(etree.ProcessingInstruction("x", "y"))
    return mock.post(forge.sign())


def operation_named(mock: Mock, name: str) -> Reply:
    forge = mock.forge()
    forge.operation.tag = name
    return mock.post(forge.sign())


def empty_body(mock: Mock) -> Reply:
    forge = mock.forge()
    forge.body.remove(forge.operation)
    return mock.post(forge.sign())


def request_id(mock: Mock, value: str) -> Reply:
    forge = mock.forge()
    forge.operation.set("Id", value)
    return mock.post(forge.sign())


def requester(mock: Mock, persona: str = "physician", **numbers: str) -> Reply:
    return mock.post(mock.forge(persona, requester=Requester(**numbers)))


CLIENT, SERVER = "soapenv:Client", "soapenv:Server"

BREACHES: dict[str, tuple[str, str, Breach]] = {
    "a changed body": ("SOA-01001", CLIENT, other_last_name),
    "no header": ("SOA-01001", CLIENT, no_header),
    "a false certification attribute": ("SOA-01002", CLIENT, lambda mock: mock.post(mock.forge("refused-physician"))),
    "a cut document": ("SOA-03001", CLIENT, lambda mock: mock.post(mock.forge().octets()[:-1])),
    "something after the document": ("SOA-03001", CLIENT, lambda mock: mock.post(mock.forge().octets() + b"\0")),
    "no XML at all": ("SOA-03001", CLIENT, lambda mock: mock.post(b"hello")),
    "an empty request": ("SOA-03001", CLIENT, lambda mock: mock.post(b"")),
    "Latin-1 called UTF-8": (
        "SOA-03001",
        CLIENT,
        lambda mock: mock.post(mock.forge().octets().decode().encode("latin-1")),
    ),
    "an attribute twice by two prefixes, and a warning behind it": (
        "SOA-03001",
        CLIENT,
        lambda mock: hidden_namespace_error(mock, 'h:a="1" i:a="2"'),
    ),
    "an undeclared prefix, and a warning behind it": (
        "SOA-03001",
        CLIENT,
        lambda mock: hidden_namespace_error(mock, 'x:a="1"'),
    ),
    "SOAP 1.2": ("SOA-03002", "soapenv:VersionMismatch", lambda mock: other_namespace(mock, SOAP_12)),
    "an Envelope of an unknown version": (
        "SOA-03002",
        "soapenv:VersionMismatch",
        lambda mock: other_namespace(mock, SOAP.rstrip("/")),
    ),
    "no Envelope": ("SOA-03002", CLIENT, lambda mock: mock.post(b"<html/>")),
    "two Bodies": ("SOA-03002", CLIENT, two_bodies),
    "text beside Body": ("SOA-03002", CLIENT, text_beside_body),
    "a block that must be understood": ("SOA-03002", "soapenv:MustUnderstand", block_that_must_be_understood),
    "no Body": ("SOA-03003", CLIENT, no_body),
    "a Body of another namespace": ("SOA-03003", CLIENT, body_of_another_namespace),
    "a DOCTYPE": ("SOA-03004", CLIENT, lambda mock: mock.post(b"<!DOCTYPE Envelope>" + mock.forge().octets())),
    "a SOAPAction of another operation": ("SOA-03004", CLIENT, lambda mock: soap_action(mock, '"urn:other"')),
    "a SOAPAction without quotes": (
        "SOA-03004",
        CLIENT,
        lambda mock: soap_action(mock, mock.contract.soap_action),
    ),
    "a processing instruction": ("SOA-03004", CLIENT, processing_instruction),
    "another operation": ("SOA-03005", CLIENT, lambda mock: operation_named(mock, f"{{{PROTOCOL}}}DeleteCovidId")),
    "the operation in another namespace": (
        "SOA-03005",
        CLIENT,
        lambda mock: operation_named(mock, "{urn:x}GenerateCovidIdRequest"),
    ),
    "an empty Body": ("SOA-03005", CLIENT, empty_body),
    "a Fault as request": ("SOA-03005", CLIENT, lambda mock: operation_named(mock, f"{{{SOAP}}}Fault")),
    "no LastName": ("SOA-03006", CLIENT, lambda mock: mock.post(mock.forge(person=Person(first_names="Jérôme")))),
    "an Id that is no NCName": ("SOA-03006", CLIENT, lambda mock: request_id(mock, "1")),
    "a PersonIdentifier of ten digits": (
        "SOA-03006",
        CLIENT,
        lambda mock: requester(mock, person_identifier="8001019997"),
    ),
    "an SSIN with wrong check digits": (
        "SOA-03007",
        CLIENT,
        lambda mock: requester(mock, person_identifier="80010199977"),
    ),
    "a CBE number with wrong check digits": (
        "SOA-03007",
        CLIENT,
        lambda mock: requester(mock, "company", cbe="0200000044"),
    ),
    "a CBE number that begins with 2": (
        "SOA-03007",
        CLIENT,
        lambda mock: requester(mock, "company", cbe="2000000042"),
    ),
}


@pytest.mark.parametrize(("code", "faultcode", "breach"), BREACHES.values(), ids=BREACHES)
def test_a_breach_is_answered_with_its_code_and_issues_nothing(
    mock: Mock, code: str, faultcode: str, breach: Breach
) -> None:
    before = mock.issued()
    reply = breach(mock)
    fault = fault_of(mock, reply)
    origin, message = TABLE_1[code]
    assert (fault.code, fault.faultcode, fault.origin) == (code, faultcode, origin)
    assert fault.message.startswith("XSD compliance failure: " if code == "SOA-03006" else message)
    assert (len(fault.message) > len(message)) == (code == "SOA-03006"), "no other code tells more"
    assert mock.issued() == before


def test_every_code_a_client_can_cause_is_caused_by_a_breach() -> None:
    """The three others are the platform's own: they come by trigger alone."""
    assert {code for code, _, _ in BREACHES.values()} == TABLE_1.keys() - {"SOA-00001", "SOA-02001", "SOA-02002"}


@pytest.mark.parametrize("code", TABLE_1)
def test_every_code_comes_by_trigger_from_a_valid_request_and_issues_nothing(mock: Mock, code: str) -> None:
    before = mock.issued()
    reply = mock.post(mock.forge(person=Person(code)))
    fault = fault_of(mock, reply)
    origin, message = TABLE_1[code]
    faultcode = {"Consumer": CLIENT, "Provider": SERVER}[origin]
    assert fault.faultcode == faultcode
    assert (fault.code, fault.origin, fault.message) == (code, origin, message)
    assert mock.issued() == before


def test_an_xsd_failure_tells_what_the_validator_says(mock: Mock) -> None:
    """wire-facts D4: text of the code, colon, detail of the validator."""
    fault = fault_of(mock, requester(mock, person_identifier="8001019997"))
    assert fault.message.startswith("XSD compliance failure: Element")
    assert "PersonIdentifier" in fault.message
    assert "[0-9]{11}" in fault.message


@pytest.mark.parametrize(
    ("last_name", "why"), [("soa-02001", "case"), ("SOA-02001 ", "a blank"), ("SOA-99999", "no such code")]
)
def test_what_is_not_exactly_a_code_is_no_trigger(mock: Mock, last_name: str, why: str) -> None:
    reply = mock.post(mock.forge(person=Person(last_name)))
    assert (reply.http, reply.cbss) == (200, "MSG00008"), "a name with digits in it"


def test_a_trigger_does_nothing_in_a_request_that_is_not_authenticated(mock: Mock) -> None:
    forge = mock.forge(person=Person("SOA-02001"))
    forge.expires.text = forge.created.text
    assert fault_of(mock, mock.post(forge)).code == "SOA-01001"


def test_the_header_is_judged_in_the_order_of_r2725(mock: Mock) -> None:
    """VersionMismatch, MustUnderstand, Client (Basic Profile R2725): a message with all three defects."""
    forge = mock.forge()
    forge.header.append(etree.fromstring(FOREIGN_BLOCK))
    forge.body.remove(forge.operation)
    assert fault_of(mock, mock.post(forge)).faultcode == "soapenv:MustUnderstand"
    other_version = forge.octets().replace(SOAP.encode(), SOAP_12.encode())
    assert fault_of(mock, mock.post(other_version)).faultcode == "soapenv:VersionMismatch"


@pytest.mark.parametrize("actor", ["http://schemas.xmlsoap.org/soap/actor/next", ""], ids=["next", "empty"])
def test_a_block_for_us_must_be_understood(mock: Mock, actor: str) -> None:
    assert fault_of(mock, _with_actor(mock, actor)).faultcode == "soapenv:MustUnderstand"


def test_a_block_for_somebody_else_need_not_be_understood(mock: Mock) -> None:
    assert _with_actor(mock, "urn:somebody:else").status == "Success"


def _with_actor(mock: Mock, actor: str) -> Reply:
    forge = mock.forge()
    block = etree.fromstring(FOREIGN_BLOCK)
    block.set(f"{{{SOAP}}}actor", actor)
    forge.header.append(block)
    return mock.post(forge)


# One answer for every reason not to authenticate (rules I13, A133).


def bad_digest(mock: Mock) -> Forge:
    forge = mock.forge()
    forge.operation[0][1][0].text = "COVID_LASTNAME_OTHER"
    return forge


def bad_signature(mock: Mock) -> Forge:
    return mock.forge().sign(mock.credentials("hospital").key)


def unknown_id(mock: Mock) -> Forge:
    forge = mock.forge()
    forge.references[0].set("URI", "#nowhere")
    return forge


def expired_message(mock: Mock) -> Forge:
    return mock.forge(now=system_clock() - 3600 * SECOND)


def expired_token(mock: Mock) -> Forge:
    authority = Authority.open(mock.state)
    long_ago = system_clock() - 48 * 3600 * SECOND
    return mock.forge().replace_token(
        issue_assertion(authority, authority.credential(personas()["physician"]), now=long_ago)
    )


def unknown_sts(mock: Mock) -> Forge:
    authority = Authority.open(mock.state)
    physician, hospital = (authority.credential(personas()[name]) for name in ("physician", "hospital"))
    token = issue_assertion(authority, physician, now=system_clock(), sts_credential=hospital)
    return mock.forge().replace_token(token)


def no_signature(mock: Mock) -> Forge:
    forge = mock.forge()
    forge.security.remove(forge.signature)
    return forge


def no_security(mock: Mock) -> Forge:
    forge = mock.forge()
    forge.header.remove(forge.security)
    return forge


def hmac(mock: Mock) -> Forge:
    forge = mock.forge()
    forge.signed_info[1].set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    return forge


NOT_AUTHENTICATED: dict[str, tuple[Callable[[Mock], Forge], str]] = {
    "a digest that does not match": (bad_digest, "S22"),
    "another key": (bad_signature, "H18"),
    "a reference to nothing": (unknown_id, "S52"),
    "an expired message": (expired_message, "T6"),
    "an expired token": (expired_token, "H09"),
    "a token of an unknown STS": (unknown_sts, "H07"),
    "no signature": (no_signature, "S30"),
    "no security header": (no_security, "S01"),
    "a forbidden algorithm": (hmac, "S45"),
}


@pytest.mark.parametrize(("build", "rule"), NOT_AUTHENTICATED.values(), ids=NOT_AUTHENTICATED)
def test_why_a_call_is_not_authenticated_is_told_to_the_journal_and_never_on_the_wire(
    mock: Mock, build: Callable[[Mock], Forge], rule: str
) -> None:
    reply = mock.post(build(mock))
    fault = fault_of(mock, reply)
    assert reply.body.replace(fault.ticket.encode(), b"ID") == _unauthenticated(mock)
    assert rule in reply.rules


def _unauthenticated(mock: Mock) -> bytes:
    """The answer to another cause, which all must equal but for the id."""
    reply = mock.post(b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>')
    fault = fault_of(mock, reply)
    assert fault.code == "SOA-01001"
    return reply.body.replace(fault.ticket.encode(), b"ID")
