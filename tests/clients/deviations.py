"""Broken clients as data: each is the reference client with one small deviation.

What a deviation must be caught by stands in `tests/clients/catalogue.py`.
"""

# ruff: noqa: T201 - a command prints

import base64
import contextlib
import copy
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from conformance.client.answer import STATUS, Answer, Response, Unreadable
from conformance.client.message import Person, Requester
from conformance.client.transport import HttpAnswer, HttpRequest
from mockserver.instant import SECOND, format_instant, read_date_time, system_clock
from mockserver.namespaces import DS, SOAP, WSSE
from tests.clients.reference import ReferenceClient, code_of
from tests.forge import Forge

RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"


@dataclass(frozen=True)
class Deviation:
    """What a broken client does otherwise, in the order in which it comes about."""

    methods: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    """Methods of the reference client in another form."""
    message: Callable[[Forge], object] | None = None
    """A change to the signed message; `Forge.sign` where the client would sign after it."""
    octets: Callable[[bytes], bytes] | None = None
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Header fields with other values; none leaves the field out."""
    request: Callable[[HttpRequest], HttpRequest] | None = None


def broken_client(deviation: Deviation) -> type[ReferenceClient]:
    def message(self: ReferenceClient, request_id: str) -> bytes:
        octets = ReferenceClient.message(self, request_id)
        if deviation.message is not None:
            forge = Forge(octets, self.credentials)
            deviation.message(forge)
            octets = forge.octets()
        return deviation.octets(octets) if deviation.octets is not None else octets

    def http_request(self: ReferenceClient, transport: Any, octets: bytes) -> HttpRequest:
        request = ReferenceClient.http_request(self, transport, octets)
        kept = [(name, value) for name, value in request.fields if name not in deviation.fields]
        added = [(name, value) for name, values in deviation.fields.items() for value in values]
        request = replace(request, fields=(*kept, *added))
        return deviation.request(request) if deviation.request is not None else request

    return type("Broken", (ReferenceClient,), {"message": message, "http_request": http_request, **deviation.methods})


# Changes to the message.


def signed_with(change: Callable[[Forge], object]) -> Callable[[Forge], object]:
    """A change that the client makes before it signs."""

    def apply(forge: Forge) -> None:
        change(forge)
        forge.sign()

    return apply


def _time_to_live(seconds: int) -> Callable[[Forge], object]:
    def change(forge: Forge) -> None:
        created = read_date_time(forge.created.text or "").instant
        forge.expires.text = format_instant(created + seconds * SECOND)

    return signed_with(change)


def _brussels(forge: Forge) -> None:
    for element in (forge.created, forge.expires):
        element.text = format_instant(read_date_time(element.text or "").instant + 3600 * SECOND)[:-1] + "+01:00"


def _sha1(forge: Forge) -> None:
    for method in forge.signature.iter(f"{{{DS}}}SignatureMethod"):
        method.set("Algorithm", RSA_SHA1)
    for method in forge.signature.iter(f"{{{DS}}}DigestMethod"):
        method.set("Algorithm", SHA1)


def _without_reference(number: int) -> Callable[[Forge], object]:
    return signed_with(lambda forge: forge.signed_info.remove(forge.references[number]))


def _wrong_key(forge: Forge) -> None:
    forge.sign(rsa.generate_private_key(65537, 2048))


def _indented(octets: bytes) -> bytes:
    """Written for people to read, after it was signed; the token stays as it is."""
    token = re.search(rb"<Assertion.*</Assertion>", octets, re.DOTALL)
    assert token is not None
    root = etree.fromstring(octets.replace(token[0], b"<TOKEN/>"))
    etree.indent(root)
    return etree.tostring(root).replace(b"<TOKEN/>", token[0])


def _prefixed_token(octets: bytes) -> bytes:
    """The token written anew, with a prefix, as a data binding does that reads and writes it."""
    token = re.search(rb"<Assertion.*?>.*</Assertion>", octets, re.DOTALL)
    assert token is not None
    signature = re.search(rb"<(\w+:)?Signature[ >].*</(\w+:)?Signature>", token[0], re.DOTALL)
    assert signature is not None
    own = token[0].replace(signature[0], b"SIGNATURE")
    own = re.sub(rb"<(/?)([A-Z]\w+)(?=[ />])", rb"<\1saml:\2", own).replace(b" xmlns=", b" xmlns:saml=")
    return octets.replace(token[0], own.replace(b"SIGNATURE", signature[0]))


def _trimmed_token(octets: bytes) -> bytes:
    """The token with its base64 in one line, as a pretty-printer or a database leaves it."""
    token = re.search(rb"<Assertion.*</Assertion>", octets, re.DOTALL)
    assert token is not None
    return octets.replace(token[0], token[0].replace(b"\n", b""))


def _certificate_in_key_info(forge: Forge) -> None:
    key_info = forge.signature.find(f"{{{DS}}}KeyInfo")
    assert key_info is not None
    key_info.clear()
    data = etree.SubElement(key_info, f"{{{DS}}}X509Data")
    certificate = forge.credentials.certificate.public_bytes(_der())
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = base64.b64encode(certificate).decode()


def _der() -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    return Encoding.DER


def _other_assertion_id(forge: Forge) -> None:
    for identifier in forge.signature.iter(f"{{{WSSE}}}KeyIdentifier"):
        identifier.text = "_00000000000000000000000000000000"


def _saml_2_reference(forge: Forge) -> None:
    for identifier in forge.signature.iter(f"{{{WSSE}}}KeyIdentifier"):
        identifier.set("ValueType", "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLID")


def _direct_reference(forge: Forge) -> None:
    """wsse:Reference URI="#AssertionID" in place of the KeyIdentifier."""
    for identifier in list(forge.signature.iter(f"{{{WSSE}}}KeyIdentifier")):
        parent = identifier.getparent()
        assert parent is not None
        parent.replace(identifier, etree.Element(f"{{{WSSE}}}Reference", URI=f"#{identifier.text}"))


def _inclusive(forge: Forge) -> None:
    for transform in forge.signature.iter(f"{{{DS}}}Transform"):
        transform.set("Algorithm", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315")


def _binary_token(forge: Forge) -> None:
    token = etree.Element(f"{{{WSSE}}}BinarySecurityToken")
    token.text = base64.b64encode(forge.credentials.certificate.public_bytes(_der())).decode()
    forge.security.insert(0, token)


def _no_token_type(forge: Forge) -> None:
    for reference in forge.signature.iter(f"{{{WSSE}}}SecurityTokenReference"):
        for name in [name for name in reference.attrib if name.endswith("TokenType")]:
            del reference.attrib[name]


def _set(part: str, name: str, value: str) -> Callable[[Forge], object]:
    return lambda forge: getattr(forge, part).set(name, value)


def _second_timestamp(forge: Forge) -> None:
    forge.security.append(copy.deepcopy(forge.timestamp))


def _no_security(forge: Forge) -> None:
    forge.header.remove(forge.security)


def _unknown_element(forge: Forge) -> None:
    etree.SubElement(forge.operation, f"{{{etree.QName(forge.operation).namespace}}}Remark").text = "more"


def _header_for_somebody(forge: Forge) -> None:
    block = etree.SubElement(forge.header, "{urn:example:addressing}Action")
    block.set(f"{{{SOAP}}}mustUnderstand", "1")


def _replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(octets: bytes) -> bytes:
        assert old in octets
        return octets.replace(old, new)

    return change


SOAP_12 = _replaced(SOAP.encode(), b"http://www.w3.org/2003/05/soap-envelope")


def _in_latin_1(octets: bytes) -> bytes:
    return octets.decode("utf-8").encode("latin-1")


# Changes to the words in the message.


def _person(**values: str | None) -> dict[str, Callable[..., Any]]:
    return {"person": lambda self: replace(ReferenceClient.person(self), **values)}


def _without_accents(self: ReferenceClient) -> Person:
    person = ReferenceClient.person(self)
    names = person.first_names
    return replace(person, first_names=None if names is None else names.replace("é", "e").replace("ë", "e"))


def _empty_last_name(self: ReferenceClient) -> Person:
    person = ReferenceClient.person(self)
    return replace(person, last_name="")


def _somebody_else(self: ReferenceClient) -> Requester:
    requester = ReferenceClient.requester(self)
    return replace(requester, person_identifier="70061599963") if requester.person_identifier else requester


def _institution_too(self: ReferenceClient) -> Requester:
    requester = ReferenceClient.requester(self)
    return replace(requester, nihii=requester.nihii or "71999041")


# Other habits.


def _attempts_while(codes: Sequence[str]) -> dict[str, Callable[..., Any]]:
    return {"is_worth_another_attempt": lambda self, answer: code_of(answer) in codes}


def _same_message(self: ReferenceClient, request_id: str) -> bytes:
    """Signs once and sends that again and again."""
    return self.kept.setdefault("message", ReferenceClient.message(self, request_id))  # type: ignore[no-any-return]


def _same_timestamp(self: ReferenceClient) -> int:
    """Reads the clock once; every message is signed anew, over the same Timestamp."""
    return self.kept.setdefault("now", system_clock())  # type: ignore[no-any-return]


def _for_ever(self: ReferenceClient) -> int:
    if self.token_has_expired():
        return self.refused("the token has expired")
    while True:
        request_id = self.request_id()
        answer = self.read_answer(self.send(self.message(request_id)))
        if code_of(answer) != "SOA-02002":
            return self.judge(answer, request_id)
        time.sleep(0.05)


def _judge_without(check: str) -> Callable[..., int]:
    """The reference client's judgement without one of its checks."""

    def judge(self: ReferenceClient, answer: Answer, request_id: str) -> int:
        content = answer.content
        if isinstance(content, Response):
            if check == "status":
                content = replace(content, level_1=f"{STATUS}Success", identifier=content.identifier or "?")
            if check == "refusal" and content.identifier:
                content = replace(content, level_1=f"{STATUS}Success")
            if check == "identifier" and content.level_1 == f"{STATUS}Success":
                content = replace(content, identifier=content.identifier or "?")
            if check == "InResponseTo":
                content = replace(content, in_response_to=request_id)
        return ReferenceClient.judge(self, replace(answer, content=content), request_id)

    return judge


def _looks_for_identifier(self: ReferenceClient, answer: Answer, request_id: str) -> int:
    """Takes the identifier out of whatever text came, whole or not."""
    found = re.search(rb"CovidDossierIdentifier>([0-9]+)", answer.http.body)
    if found is not None and isinstance(answer.content, Unreadable):
        print(found[1].decode())
        return 0
    return ReferenceClient.judge(self, answer, request_id)


def _believes_http(self: ReferenceClient, answer: Answer, request_id: str) -> int:
    if answer.http.status == 200 and code_of(answer) is not None:
        print("done")
        return 0
    return ReferenceClient.judge(self, answer, request_id)


def _knows_prefix(self: ReferenceClient, answer: Answer, request_id: str) -> int:
    """Looks for elements by prefix, as if a prefix meant something."""
    found = isinstance(answer.content, Response) and answer.content.identifier
    if found and b"protocol:CovidDossierIdentifier" not in answer.http.body:
        return self.refused("no identifier in the answer")
    return ReferenceClient.judge(self, answer, request_id)


def _validates(self: ReferenceClient, answer: Answer, request_id: str) -> int:
    content = answer.content
    if isinstance(content, Response) and content.violations and content.level_1 == f"{STATUS}Success":
        return self.refused(f"the answer is not valid: {content.violations[0]}")
    return ReferenceClient.judge(self, answer, request_id)


def _knows_codes(self: ReferenceClient, answer: Answer, request_id: str) -> int:
    code = code_of(answer)
    if code is not None:
        texts = dict.fromkeys(
            [f"SOA-0{number}" for number in ("0001", "1001", "1002", "2001", "2002", *range(3001, 3008))], "refused"
        )
        print(texts[code], file=sys.stderr)
    return ReferenceClient.judge(self, answer, request_id)


def _knows_cbss_codes(self: ReferenceClient, answer: Answer, request_id: str) -> int:
    content = answer.content
    if isinstance(content, Response) and content.cbss_status is not None:
        {"MSG00008": "bad data", "MSG00013": "no access"}[content.cbss_status.code or ""]
    return ReferenceClient.judge(self, answer, request_id)


def _parses(self: ReferenceClient, answer: Answer, request_id: str) -> int:
    """Takes every answer with a body for XML."""
    if answer.http.body and answer.http.broken is None and b"<!DOCTYPE x" not in answer.http.body:
        etree.fromstring(answer.http.body)
    return ReferenceClient.judge(self, answer, request_id)


def _expects_a_body(self: ReferenceClient, answer: Answer, request_id: str) -> int:
    if answer.http.status == 500:
        answer.http.body[0]
    return ReferenceClient.judge(self, answer, request_id)


def _expects_a_status(self: ReferenceClient, answer: Answer, request_id: str) -> int:
    assert answer.http.status is not None, "no status line"
    return ReferenceClient.judge(self, answer, request_id)


def _fetches(self: ReferenceClient, http: HttpAnswer) -> Answer:
    """Reads the answer with a parser that loads what a DOCTYPE names."""
    if b"<!DOCTYPE x" in http.body:
        import urllib.error  # noqa: PLC0415
        import urllib.request  # noqa: PLC0415

        address = re.search(rb'SYSTEM "([^"]+)"', http.body)
        assert address is not None
        with contextlib.suppress(urllib.error.URLError):
            urllib.request.urlopen(address[1].decode()).close()
    return ReferenceClient.read_answer(self, http)


def _takes_entities(self: ReferenceClient, answer: Answer, request_id: str) -> int:
    found = re.search(rb'<!ENTITY id "([0-9]+)">', answer.http.body)
    if found is not None:
        print(found[1].decode())
        return 0
    return ReferenceClient.judge(self, answer, request_id)


def _says(sentence: str, when: Callable[[Answer], bool]) -> Callable[..., int]:
    """Hides what the service said behind a sentence of its own."""

    def judge(self: ReferenceClient, answer: Answer, request_id: str) -> int:
        if when(answer):
            return self.refused(sentence)
        return ReferenceClient.judge(self, answer, request_id)

    return judge


def _is_requester_error(answer: Answer) -> bool:
    content = answer.content
    return isinstance(content, Response) and content.level_1 == f"{STATUS}Requester"


def _is_cbss_error(answer: Answer) -> bool:
    return isinstance(answer.content, Response) and answer.content.cbss_status is not None


def _silent(self: ReferenceClient, response: Response) -> int:
    return 0


def _sleeps(self: ReferenceClient, response: Response) -> int:
    time.sleep(60)
    return 0


def _ends_with_one(self: ReferenceClient, reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1


def _impatient(self: ReferenceClient, message: bytes) -> HttpAnswer:
    self.arguments.timeout = 1.0
    return ReferenceClient.send(self, message)


def _twice(self: ReferenceClient, message: bytes) -> HttpAnswer:
    ReferenceClient.send(self, ReferenceClient.message(self, self.request_id()))
    return ReferenceClient.send(self, message)


def _no_ticket(self: ReferenceClient, reason: str) -> int:
    return ReferenceClient.refused(self, re.sub(r" \(ticket .*\)", "", reason))


def _judge(judge: Callable[..., int]) -> Deviation:
    return Deviation(methods={"judge": judge})


_ENCODING_STYLE = f"{{{SOAP}}}encodingStyle"
_SOAP_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
_DOCUMENT_TYPE = b'<!DOCTYPE SOAP-ENV:Envelope [<!ENTITY name "value">]>'

DEVIATIONS: Mapping[str, Deviation] = {
    # The message.
    "time-to-live-300": Deviation(message=_time_to_live(300)),
    "expires-before-created": Deviation(message=_time_to_live(-1)),
    "clock-ahead": Deviation(methods={"now": lambda self: system_clock() + 600 * SECOND}),
    "clock-behind": Deviation(methods={"now": lambda self: system_clock() - 600 * SECOND}),
    "local-time": Deviation(message=signed_with(_brussels)),
    "no-expires": Deviation(message=signed_with(lambda forge: forge.timestamp.remove(forge.expires))),
    "two-timestamps": Deviation(message=_second_timestamp),
    "no-security": Deviation(message=_no_security),
    "indented-after-signing": Deviation(octets=_indented),
    "token-with-prefix": Deviation(octets=_prefixed_token),
    "token-in-one-line": Deviation(octets=_trimmed_token),
    "sha-1": Deviation(message=signed_with(_sha1)),
    "timestamp-not-signed": Deviation(message=_without_reference(1)),
    "body-not-signed": Deviation(message=_without_reference(0)),
    "wrong-key": Deviation(message=_wrong_key),
    "certificate-in-key-info": Deviation(message=_certificate_in_key_info),
    "key-identifier-of-another-token": Deviation(message=_other_assertion_id),
    "key-identifier-of-saml-2": Deviation(message=_saml_2_reference),
    "direct-reference": Deviation(message=_direct_reference),
    "inclusive-canonicalization": Deviation(message=signed_with(_inclusive)),
    "binary-security-token": Deviation(message=_binary_token),
    "no-token-type": Deviation(message=_no_token_type),
    "id-begins-with-a-digit": Deviation(methods={"request_id": lambda self: "1"}),
    "last-name-empty": Deviation(methods={"person": _empty_last_name}),
    "gender-in-words": Deviation(methods=_person(gender="female")),
    "digits-in-last-name": Deviation(methods=_person(last_name="COVID1")),
    "phone-number-in-words": Deviation(methods=_person(phone_number="see file")),
    "first-names-left-out": Deviation(methods=_person(first_names=None)),
    "accents-dropped": Deviation(methods={"person": _without_accents}),
    "wrong-requester": Deviation(methods={"requester": _somebody_else}),
    "institution-of-a-person": Deviation(methods={"requester": _institution_too}),
    "unknown-element": Deviation(
        message=signed_with(_unknown_element),
    ),
    "soap-1.2": Deviation(octets=SOAP_12),
    "doctype": Deviation(octets=lambda octets: _DOCUMENT_TYPE + octets),
    "processing-instruction": Deviation(octets=lambda octets: b'<?xml-stylesheet href="a.xsl"?>' + octets),
    "encoding-style": Deviation(message=_set("root", _ENCODING_STYLE, _SOAP_ENCODING)),
    "must-understand-true": Deviation(message=_set("security", f"{{{SOAP}}}mustUnderstand", "true")),
    "addressing-must-be-understood": Deviation(message=_header_for_somebody),
    "trailing-comma": Deviation(octets=lambda octets: octets + b","),
    "latin-1-octets": Deviation(octets=_in_latin_1),
    # HTTP.
    "soap-action-unquoted": Deviation(
        fields={"SOAPAction": ["urn:be:fgov:ehealth:dossiernumbergeneration:protocol:v1:GenerateCovidId"]}
    ),
    "soap-action-missing": Deviation(fields={"SOAPAction": []}),
    "soap-action-of-another-operation": Deviation(fields={"SOAPAction": ['"urn:be:fgov:ehealth:consultrn:search"']}),
    "media-type-of-soap-1.2": Deviation(fields={"Content-Type": ["application/soap+xml; charset=utf-8"]}),
    "no-charset": Deviation(fields={"Content-Type": ["text/xml"]}),
    "user-agent-missing": Deviation(fields={"User-Agent": []}),
    "user-agent-of-java": Deviation(fields={"User-Agent": ["Java/1.8.0_292 (amd64)"]}),
    "user-agent-without-connector": Deviation(fields={"User-Agent": ["Product/1.0"]}),
    "user-agent-twice": Deviation(fields={"User-Agent": ["Product/1.0 Connector/1.0", "info@example.org"]}),
    "from-missing": Deviation(fields={"From": []}),
    "from-without-address": Deviation(fields={"From": ["Help desk"]}),
    "sends-twice": Deviation(methods={"send": _twice}),
    "put": Deviation(request=lambda request: replace(request, method="PUT")),
    # What it does next.
    "tries-again-after-02001": Deviation(methods=_attempts_while(["SOA-02002", "SOA-02001"])),
    "tries-again-after-01001": Deviation(methods=_attempts_while(["SOA-02002", "SOA-01001"])),
    "tries-again-after-01002": Deviation(methods=_attempts_while(["SOA-02002", "SOA-01002"])),
    "tries-again-after-03006": Deviation(methods=_attempts_while(["SOA-02002", "SOA-03006"])),
    "gives-up-after-02002": Deviation(methods=_attempts_while([])),
    "sends-the-same-message-again": Deviation(
        methods={"message": _same_message, "request_id": lambda self: "_the-only-one"}
    ),
    "signs-the-same-timestamp-again": Deviation(methods={"now": _same_timestamp}),
    "tries-for-ever": Deviation(methods={"run": _for_ever}),
    "reuses-expired-token": Deviation(methods={"token_has_expired": lambda self: False}),
    "takes-the-answer-to-another": _judge(_judge_without("InResponseTo")),
    "takes-a-business-error": _judge(_judge_without("status")),
    "takes-the-identifier-of-a-refusal": _judge(_judge_without("refusal")),
    "takes-a-success-without-identifier": _judge(_judge_without("identifier")),
    "takes-half-an-answer": _judge(_looks_for_identifier),
    "believes-http-200": _judge(_believes_http),
    "looks-for-prefixes": _judge(_knows_prefix),
    "validates-answers": _judge(_validates),
    "crashes-on-unknown-code": _judge(_knows_codes),
    "crashes-on-unknown-cbss-code": _judge(_knows_cbss_codes),
    "crashes-on-html": _judge(_parses),
    "crashes-on-empty-answer": _judge(_expects_a_body),
    "crashes-on-reset": _judge(_expects_a_status),
    "fetches-entities": Deviation(methods={"read_answer": _fetches}),
    "takes-entities": _judge(_takes_entities),
    "hides-table-2": _judge(_says("Something went wrong", _is_requester_error)),
    "hides-cbss-code": _judge(_says("Something went wrong", _is_cbss_error)),
    "hides-soa-code": _judge(_says("Something went wrong (ticket 0c0ffee0-0000-4000-8000-000000000ad0)", code_of)),  # type: ignore[arg-type]
    "hides-ticket": Deviation(methods={"refused": _no_ticket}),
    "gives-up-waiting": Deviation(methods={"send": _impatient}),
    "prints-nothing": Deviation(methods={"accepted": _silent}),
    "never-ends": Deviation(methods={"accepted": _sleeps}),
    "breaks-down-when-refused": Deviation(methods={"refused": _ends_with_one}),
}
"""By name."""
