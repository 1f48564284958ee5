"""Which defect fails which case. By id; data, so that a missing one is a missing line."""

from collections.abc import Mapping
from typing import Final

from conformance.cases.access import CALLERS, MISMATCHES
from conformance.cases.person import ACCEPTED, OPEN
from conformance.cases.service import MEDIA_TYPES
from conformance.cases.tracing import VARIANTS
from conformance.client.message import Person
from mockserver.instant import system_clock
from tests.broken_endpoints import defects as d
from tests.broken_endpoints.proxy import Defect

_SUBJECTS: Final = {
    "sorting-center": "NIHII-SORTING_CENTER",
    "hospital": "NIHII-HOSPITAL",
    "company": "CBE=0200000043",
    "organisation": "EHP=1990009933",
    "mandate-holder": "recognisedmandatary",
}
"""By persona: what only its token holds."""

_LACKING: Final = {
    # Rules of the mock; an endpoint that lacks one gives a CovidId where the case expects the refusal.
    "access-mandatary-is-not-the-end-user": "R1", "access-boolean-false": "H25", "access-value-empty": "H25-value",
    "access-not-certified": "H26", "access-no-legal-context": "M13",
    "recommended-no-lastname": "X01", "recommended-physician-other-requester": "R1",
    "recommended-sorting-center-other-requester": "R3",
    "table-2-row-2": "R2", "table-2-row-4": "R4", "table-2-row-4-hospital": "R4", "table-2-rows-1-and-2": "R1",
    "message-cut": "Q20", "message-empty": "Q20", "message-not-xml": "Q20", "message-unescaped": "Q20",
    "message-not-utf-8": "Q16-bytes", "message-undeclared-prefix": "Q20",
    "soap-no-envelope": "Q30", "soap-1-2": "Q30", "soap-unknown-namespace": "Q30", "soap-two-bodies": "Q31",
    "soap-header-last": "Q31", "soap-text": "Q31", "soap-not-understood": "Q49", "soap-no-body": "B01",
    "wsi-doctype": "Q32", "wsi-processing-instruction": "Q33", "wsi-trailer": "Q37", "wsi-encoding-style-body": "Q34",
    "wsi-encoding-style-request": "Q35", "wsi-must-understand-true": "Q40", "wsi-soap-attribute-on-body": "Q41",
    "wsi-soap-action-other": "Q06", "wsi-soap-action-absent": "Q06", "wsi-soap-action-empty": "Q06",
    "wsi-charset-other": "Q16", "wsdl-unknown-operation": "Q45", "wsdl-empty-body": "Q45",
    "person-lastname-empty": "M01", "person-lastname-blank": "M01", "person-gender-unknown": "M03",
    "person-gender-word": "M03", "person-phone-letters": "M05", "drawn-invalid-persons": "M05",
    "request-issue-instant-absent": "X01", "request-issue-instant-not-a-time": "X01", "request-criteria-absent": "X01",
    "request-person-absent": "X01", "request-person-twice": "X01", "request-lastname-twice": "X01",
    "request-unknown-element": "X01", "request-unknown-attribute": "X01", "request-unknown-namespace": "X01",
    "request-text-between-elements": "X01", "requester-person-identifier-short": "X01",
    "requester-person-identifier-letters": "X01", "requester-person-identifier-formatted": "X01",
    "requester-person-identifier-other-digits": "X01", "requester-person-identifier-empty": "X01",
    "requester-nihii-short": "X01", "requester-cbe-short": "X01", "requester-nihii-and-cbe": "X01",
    "requester-person-identifier-check-digits": "C01", "requester-cbe-check-digits": "C02",
    "requester-institution-identifier-empty": "X01",
    "signature-body-altered": "S22", "signature-timestamp-altered": "S22", "token-altered": "H21",
    "token-prolonged": "H21", "token-indented": "H21", "token-signature-removed": "H05", "security-absent": "S01",
    "header-absent": "S01", "signature-absent": "S30", "token-absent": "H01", "token-twice": "S06",
    "signature-value-altered": "H18", "signature-reference-removed": "S52", "signature-key-info-absent": "S54",
    "signature-key-info-dangling": "S60", "signature-wrapped-body": "S52", "signature-wrapped-timestamp": "S12",
    "signature-id-twice": "S06", "signature-other-key": "H18", "token-of-another-holder": "H18",
    "token-expired": "H09", "token-not-yet-valid": "H09", "token-of-a-foreign-sts": "H07",
    "token-of-another-issuer": "H08", "token-bearer": "H14", "security-before-business": "S30",
    "timestamp-too-late": "T6", "timestamp-yesterday": "T6", "timestamp-too-early": "T5",
    "timestamp-expires-before-created": "T3", "timestamp-expires-is-created": "T3", "timestamp-year-1": "T6",
    "timestamp-year-9999": "T5", "timestamp-no-time": "T2", "timestamp-empty": "T2", "timestamp-blank-for-t": "T2",
    "timestamp-no-seconds": "T2", "timestamp-other-digits": "T2", "timestamp-no-such-day": "T2",
    "timestamp-ttl-61": "T4", "timestamp-ttl-300": "T4", "timestamp-absent": "S11", "timestamp-created-absent": "S13",
    "timestamp-expires-absent": "S14",
    "http-get": "Q01", "http-put": "Q01", "http-delete": "Q01",
    **{f"http-media-type-{name}": "Q12" for name in MEDIA_TYPES},
    **{f"access-{persona}-no-lastname": "X01" for persona in CALLERS},
    **{f"access-{persona}-other-requester": f"R{row}" for persona, (_, _, row) in MISMATCHES.items()},
}  # fmt: skip

_REFUSING: Final[dict[str, d.When]] = {
    # What must be accepted, and an endpoint that does not.
    "recommended-lastname-only": d.holding("COVID_LASTNAME_TEST"),
    "recommended-all-fields": d.holding("Zoë"),
    "request-id-absent": lambda sent: b" Id=" not in sent.body.partition(b"GenerateCovidIdRequest")[2][:400],
    "request-id-echoed": d.holding('Id="É-été"'),
    "request-without-xsi-type": d.holding("schemaLocation"),
    "request-comments-and-blanks": lambda sent: b"<!-- a comment -->" in sent.body,
    "drawn-valid-persons": lambda sent: b"Gender" in sent.body,
    "table-2-remedy-no-person-identifier": lambda sent: b"PersonIdentifier" not in sent.body,
    "table-2-remedy-no-institution-identifier": lambda sent: b"InstitutionIdentifier" not in sent.body,
    "table-2-remedy-no-cbe": lambda sent: b"InstitutionIdentifier" not in sent.body,
    "wsi-byte-order-mark": lambda sent: sent.body.startswith(b"\xef\xbb\xbf"),
    "wsi-xml-declaration": lambda sent: sent.body.startswith(b"<?xml"),
    "wsi-charset-quoted": d.with_field("Content-Type", 'Text/XML; Charset="UTF-8"'),
    "wsi-other-header-block": d.holding("urn:be:example:unknown"),
    "wsi-blanks-around": lambda sent: sent.body.endswith(b"\n"),
    "token-reused": d.always,
    "token-signed-directly": lambda sent: sent.body.count(b"<ds:Reference ") > 3,
    "token-signed-by-str-transform": lambda sent: b"#STR-Transform" in sent.body,
    "security-timestamp-last": lambda sent: sent.body.find(b"<wsu:Timestamp") > sent.body.find(b"</ds:Signature>"),
    "http-cookie": lambda sent: "Cookie" in sent.fields,
    "http-other-fields": lambda sent: "X-Unknown" in sent.fields,
    "timestamp-ttl-60": d.living(lambda seconds: seconds >= 60),
    "timestamp-ttl-59-999": d.living(lambda seconds: seconds > 59),
    "timestamp-ttl-30": d.living(lambda seconds: seconds < 60),
    "timestamp-ttl-1": d.living(lambda seconds: seconds < 5),
    "timestamp-late": d.created(lambda seconds: seconds < -60, system_clock),
    "timestamp-late-at-bound": d.created(lambda seconds: seconds < -300, system_clock),
    "timestamp-early": d.created(lambda seconds: seconds > 30, system_clock),
    "timestamp-early-at-bound": d.created(lambda seconds: seconds > 240, system_clock),
    "timestamp-whole-seconds": lambda sent: b"." not in sent.body.partition(b"<wsu:Created>")[2][:22],
    "timestamp-one-digit": d.holding(".5Z</wsu:Created>"),
    **{f"tracing-{name}": d.with_field(field, ", ".join(values) or None)
       for name, (_, field, values) in VARIANTS.items() if values},
    "tracing-from-absent": d.with_field("From", None),
    "tracing-user-agent-absent": d.without_user_agent,
    **{f"access-{persona}-lastname-only": d.holding(subject) for persona, subject in _SUBJECTS.items()},
    **{f"access-{persona}-all-fields": d.holding(subject) for persona, subject in _SUBJECTS.items()},
}  # fmt: skip


def _value(person: Person) -> str:
    """The field that the case is about: the last one that is given."""
    given = (person.phone_number, person.gender, person.first_names, person.last_name)
    return next(value for value in given if value is not None)


_CRASHING: Final[dict[str, d.When]] = {
    # Several answers are accepted there; this one is not.
    **{f"person-{name}": d.with_text(_value(person))
       for name, (_, person) in OPEN.items()},
    "wsi-utf-16": lambda sent: b"\0" in sent.body,
    "wsi-soap-action-unquoted": lambda sent: '"' not in sent.fields.get("SOAPAction", ""),
    "request-id-repeated": d.holding("_same-id"),
    "request-id-not-a-name": d.holding('Id="1abc"'),
    "request-id-empty": d.holding('Id=" "'),
    "request-requester-absent": lambda sent: b"Requester" not in sent.body,
    "request-elements-out-of-order": lambda sent: sent.body.find(b"LastName") > sent.body.find(b"Gender"),
    "request-issue-instant-yesterday": d.always,
    "security-other-order": lambda sent: 0 < sent.body.find(b"<ds:Signature ") < sent.body.find(b"<wsu:Timestamp"),
    "message-replayed": d.always,
    "table-2-nihii-of-eleven-digits": d.with_text("81999048000"),
    "table-2-institution-with-person": d.holding("PersonIdentifier"),
    "table-2-extension-person-with-cbe": d.holding("Cbe"),
    "table-2-extension-cbe-with-nihii": d.holding("Nihii"),
    "timestamp-nine-digits": d.holding(".123456789Z"),
    "timestamp-zone-zero": d.holding("+00:00</"),
    "timestamp-no-zone": lambda sent: b"Z</wsu:Created>" not in sent.body,
    "timestamp-padded": d.holding("<wsu:Created> "),
    **{f"person-{name}": d.with_text(_value(person)) for name, (_, person) in ACCEPTED.items()},
}  # fmt: skip

_CHANGED: Final[dict[str, Defect]] = {
    # Answers with one thing wrong.
    "response-ids-differ": d.saying('CovidIdResponse([^>]*) Id="[^"]*"', r'CovidIdResponse\1 Id="_always"'),
    "response-issue-instant": d.saying('IssueInstant="[^"]*"', 'IssueInstant="2020-01-01T00:00:00Z"'),
    "response-in-response-to": d.saying_in("status:Requester", ' InResponseTo="[^"]*"', ""),
    "response-schema": d.saying("CovidDossierIdentifier", "covidDossierIdentifier"),
    "response-status-of-success": d.saying("status:Success", "status:Ok"),
    "response-cbss-status": d.saying(">NOK<", ">OK<"),
    "identifier-one-person-several": d.saying("(CovidDossierIdentifier>)[0-9]+", r"\1"),
    "identifier-never-twice": d.saying("(CovidDossierIdentifier>)[0-9]+", r"\g<1>20000000001"),
    "identifier-is-no-ssin": d.saying("(CovidDossierIdentifier>)[0-9]+", r"\g<1>80010199976"),
    "answer-http-status": d.of_status(200, instead_of=500),
    "answer-content-type": d.with_header("Content-Type", "application/xml"),
    "answer-encoding": d.in_latin_1,
    "answer-length": d.longer_than_sent,
    "answer-envelope-alone": d.with_trailer,
    "answer-no-doctype": d.saying("^", "<!DOCTYPE Envelope>"),
    "answer-no-processing-instruction": d.saying("^", '<?xml-stylesheet href="a.xsl"?>'),
    "answer-structure": d.with_element_after_body,
    "answer-one-entry": d.with_second_entry,
    "answer-no-soap-attributes": d.with_encoding_style,
    "answer-must-understand": d.with_block_to_understand,
    "answer-no-cookie": d.with_header("Set-Cookie", "session=1"),
    "answer-no-xml-prefix": d.saying(":Envelope ", ':Envelope xmlns:xml="http://www.w3.org/XML/1998/namespace" '),
    "answer-date": d.with_header("Date", None),
    "fault-children": d.saying("<(/?)faultcode>", r"<\1soapenv:faultcode>"),
    "fault-code": d.saying("<faultcode>[a-z]+:", "<faultcode>undeclared:"),
    "fault-string": d.saying("<faultstring>[^<]*<", "<faultstring><"),
    "fault-system-error": d.saying("<(/?)Code>", r"<\1soa:Code>"),
    "fault-environment": d.saying(">Acceptation<", ">Production<"),
    "fault-ids-differ": d.saying('SystemError([^>]*) Id="[^"]*"', r'SystemError\1 Id="always"'),
    "fault-message-of-table-1": d.saying(">XSD compliance failure", ">cvc-complex-type"),
    "fault-language": d.saying(' xml:lang="en"', ""),
    "table-1-soa-00001": d.saying(">Acceptation<", ">Elsewhere<"),
    "table-1-soa-02001": d.saying(">Provider<", ">Consumer<"),
    "table-1-soa-02002": d.saying(">Provider<", ">Consumer<"),
    "wsdl-served": d.not_found(lambda sent: sent.target.endswith("?wsdl")),
    "wsdl-schemas-served": d.not_found(lambda sent: "xsd=" in sent.target),
    "http-options": d.with_header("Date", None),
}

DEFECTS: Final[Mapping[str, Defect]] = {
    **{name: d.without(rule) for name, rule in _LACKING.items()},
    **{name: d.refusing(when) for name, when in _REFUSING.items()},
    **{name: d.crashing(when) for name, when in _CRASHING.items()},
    **_CHANGED,
}
