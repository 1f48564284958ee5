"""The message has the shape the eHealth technical connector gives it (wire-facts.md C1 to C6)."""

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from lxml import etree

from conformance.client.credentials import Credentials, Token
from conformance.client.message import Person, Requester, covid_id_request, new_request_id
from conformance.client.signer import TokenSignature, secure_envelope
from mockserver.contract import Contract
from mockserver.instant import read_date_time
from mockserver.namespaces import DS, SAML, SOAP, STR_TRANSFORM, WSSE, WSU

SAMPLES = Path(__file__).parents[2] / "fixtures" / "samples"
CONNECTOR = (SAMPLES / "connector-doctor-full.xml").read_bytes()
CREATED = "2026-11-23T18:34:07.004Z"

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_MADE_ANEW = {f"{{{DS}}}DigestValue", f"{{{DS}}}SignatureValue"}


def token_in(message: bytes) -> bytes:
    """The token's octets in a sample of the connector or of WSS4J."""
    return message[message.index(b"<Assertion ") : message.index(b"</Assertion>") + len(b"</Assertion>")]


def shape(element: etree._Element) -> object:
    """Everything of an element but what each message makes anew: UUIDs, digests, the signature's value."""
    attributes = [(name, _UUID.sub("UUID", str(value))) for name, value in element.attrib.items()]
    text = None if element.tag in _MADE_ANEW else _UUID.sub("UUID", element.text or "")
    return element.tag, element.prefix, attributes, text, [shape(child) for child in element]


@pytest.fixture
def connector_caller(physician: Credentials) -> Credentials:
    """The connector's token with a key of ours: the shape does not depend on who signs."""
    return Credentials(
        persona="physician",
        key=physician.key,
        certificate=physician.certificate,
        token=Token.received(token_in(CONNECTOR)),
        requester=Requester(person_identifier="80010199976"),
    )


def full_request(contract: Contract) -> etree._Element:
    """The request of connector-doctor-full."""
    return covid_id_request(
        contract,
        requester=Requester(person_identifier="80010199976"),
        person=Person("COVID_LASTNAME_TEST", "Jérôme Zoë", "F", "+3227885155"),
        request_id="_r2",
        issue_instant=read_date_time("2026-11-23T18:34:05.000Z").instant,
    )


def secured(contract: Contract, caller: Credentials, token_signature: TokenSignature = TokenSignature.NONE) -> bytes:
    now = read_date_time(CREATED).instant
    return secure_envelope(full_request(contract), caller, now=now, token_signature=token_signature)


def test_the_whole_envelope_has_the_shape_of_the_connectors(contract: Contract, connector_caller: Credentials) -> None:
    message = secured(contract, connector_caller)
    assert shape(etree.fromstring(message)) == shape(etree.fromstring(CONNECTOR))


def test_the_token_travels_octet_by_octet_as_it_was_received(contract: Contract, connector_caller: Credentials) -> None:
    # Forms that any serializer would change: single quotes, blanks in tags, an empty element written long.
    octets = (
        f"<Assertion  xmlns='{SAML}' xmlns:unused=\"urn:x\"\n AssertionID='_odd' >\r\n"
        "<Conditions></Conditions>é</Assertion >"
    ).encode()
    caller = Credentials(
        persona="physician",
        key=connector_caller.key,
        certificate=connector_caller.certificate,
        token=Token.received(octets),
        requester=Requester(),
    )
    message = secured(contract, caller)
    assert message.count(octets) == 1
    header = etree.fromstring(message)[0]
    assert [etree.QName(child).localname for child in header[0]] == ["Timestamp", "Assertion", "Signature"]


def test_the_timestamp_lives_exactly_one_minute_from_one_reading_of_the_clock(
    contract: Contract, physician: Credentials
) -> None:
    # 999.6 ms: rounding instead of cutting would move one of the two into another second.
    now = read_date_time("2026-11-23T18:34:07.9996Z").instant
    message = etree.fromstring(secure_envelope(full_request(contract), physician, now=now))
    timestamp = message.find(f".//{{{WSU}}}Timestamp")
    assert timestamp is not None
    assert [child.text for child in timestamp] == ["2026-11-23T18:34:07.999Z", "2026-11-23T18:35:07.999Z"]


def test_every_message_has_ids_of_its_own(contract: Contract, physician: Credentials) -> None:
    first, second = (
        set(re.findall(rf"(?:TS|id|SIG|KI|STR)-{_UUID.pattern}", secured(contract, physician).decode()))
        for _ in range(2)
    )
    assert len(first) == len(second) == 5
    assert not first & second


@pytest.mark.parametrize(
    ("kind", "uri", "transform"),
    [
        (
            TokenSignature.DIRECT,
            "#_81d9b5362a992fb83d7eb43dab30a5ca",
            "http://www.w3.org/2001/10/xml-exc-c14n#",
        ),
        (TokenSignature.STR_TRANSFORM, None, STR_TRANSFORM),
    ],
)
def test_the_token_can_be_signed_as_a_third_reference(
    contract: Contract, connector_caller: Credentials, kind: TokenSignature, uri: str | None, transform: str
) -> None:
    message = etree.fromstring(secured(contract, connector_caller, kind))
    references = message.findall(f"{{{SOAP}}}Header/{{{WSSE}}}Security/{{{DS}}}Signature/{{{DS}}}SignedInfo/*")[2:]
    targets = [str(reference.get("URI"))[:4] for reference in references]
    assert targets == ["#id-", "#TS-", "#_81" if uri else "#STR"]
    str_id = message.xpath("string(//wsse:SecurityTokenReference/@wsu:Id)", namespaces={"wsse": WSSE, "wsu": WSU})
    assert references[2].get("URI") == (uri or f"#{str_id}")
    assert references[2][0][0].get("Algorithm") == transform


def test_the_str_transform_digests_what_wss4j_digests(contract: Contract, connector_caller: Credentials) -> None:
    sample = (SAMPLES / "wss4j-strtransform.xml").read_bytes()
    expected = etree.fromstring(sample).xpath(
        "string(//ds:Reference[.//ds:Transform/@Algorithm=$kind]/ds:DigestValue)",
        namespaces={"ds": DS},
        kind=STR_TRANSFORM,
    )
    assert expected
    caller = Credentials(
        persona="physician",
        key=connector_caller.key,
        certificate=connector_caller.certificate,
        token=Token.received(token_in(sample)),
        requester=Requester(),
    )
    message = etree.fromstring(secured(contract, caller, TokenSignature.STR_TRANSFORM))
    digests = message.findall(f"{{{SOAP}}}Header/{{{WSSE}}}Security/{{{DS}}}Signature//{{{DS}}}DigestValue")
    assert digests[-1].text == expected


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), None])
def test_the_key_decides_the_signature_algorithm(
    contract: Contract, connector_caller: Credentials, curve: ec.EllipticCurve | None
) -> None:
    key = ec.generate_private_key(curve) if curve else generate_private_key(65537, 2048)
    caller = Credentials(
        persona="physician",
        key=key,
        certificate=connector_caller.certificate,
        token=connector_caller.token,
        requester=Requester(),
    )
    message = etree.fromstring(secured(contract, caller))
    algorithm = message.xpath("string((//ds:SignatureMethod)[last()]/@Algorithm)", namespaces={"ds": DS})
    wanted = "ecdsa-sha256" if curve else "rsa-sha256"
    assert algorithm == f"http://www.w3.org/2001/04/xmldsig-more#{wanted}"


def test_a_request_leaves_out_what_is_none_and_keeps_what_is_empty(contract: Contract) -> None:
    request = covid_id_request(
        contract,
        requester=Requester(),
        person=Person(last_name="", gender=None),
        request_id=None,
        issue_instant=0,
    )
    assert dict(request.attrib) == {"IssueInstant": "1970-01-01T00:00:00.000Z"}
    criteria = request[0]
    assert [etree.QName(part).localname for part in criteria] == ["Requester", "Person"]
    assert len(criteria[0]) == 0
    assert [(etree.QName(part).localname, part.text) for part in criteria[1]] == [("LastName", "")]


def test_children_stand_in_the_order_of_the_contract(contract: Contract) -> None:
    request = covid_id_request(
        contract,
        requester=Requester(person_identifier="80010199976", nihii="81999048"),
        person=Person("A", "B", "F", "1"),
        request_id=new_request_id(),
        issue_instant=0,
    )
    assert contract.violations(request) == []


def test_request_ids_are_names_and_not_bare_uuids() -> None:
    # xs:ID is an NCName: a UUID whose first digit is 0 to 9 would be refused by the schema, every other time.
    assert all(re.fullmatch(rf"_{_UUID.pattern}", new_request_id()) for _ in range(20))
