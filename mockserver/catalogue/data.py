"""The catalogue as plain data: for one profile, or as it is published."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from mockserver.gateway.pipeline import rules_in_order
from mockserver.gateway.profiles import PROFILES, load_profile
from mockserver.gateway.registry import RULES, Rule, Severity, Stage
from mockserver.sts.rules import STS_RULES

FORMAT: Final = 1
"""Version of the published form; a change that a reader must follow raises it."""

CATALOGUE_VERSION: Final = "1.0.0"
"""Version of what the rules say: docs/releases.md tells which change raises which digit."""


class StageWords(NamedTuple):
    """How a stage is told to people."""

    title: str
    text: str


STAGES: Final[Mapping[Stage, StageWords]] = {
    Stage.HTTP: StageWords("HTTP", "Answered without an envelope."),
    Stage.DOCTYPE: StageWords(
        "Document type declaration", "Looked for ahead of everything, before a tree parser runs."
    ),
    Stage.XML: StageWords("XML", "Whether there is a document at all."),
    Stage.SOAP: StageWords("SOAP", "Whether the document is a SOAP 1.1 Envelope."),
    Stage.BODY: StageWords("Body", "Whether the Envelope has a Body."),
    Stage.MUST_UNDERSTAND: StageWords("Mandatory header blocks", "Answered with faultcode MustUnderstand."),
    Stage.WSI: StageWords("WS-I", "Basic Profile 1.1 and Simple SOAP Binding Profile 1.0."),
    Stage.SECURITY: StageWords(
        "Security", "Security header, Timestamp, token and signature. All refusals look the same on the wire."
    ),
    Stage.AUTHORISATION: StageWords("Authorisation", "What the verified token allows."),
    Stage.OPERATION: StageWords("Operation", "Whether the WSDL knows what is asked."),
    Stage.SCHEMA: StageWords("Schema", "Whether the request is valid against the XSD."),
    Stage.CONTENT: StageWords("Content", "What no schema can say of a value."),
    Stage.REQUESTER: StageWords(
        "Requester", "Cookbook section 8, Table 2: a business response with Status Requester, no Fault."
    ),
    Stage.CBSS: StageWords("CBSS", "What CBSS says of the person: a business response with a CbssStatus."),
    Stage.TRACING: StageWords("Tracing", "User-Agent and From. They refuse only where the profile says so."),
    Stage.TOKEN_REQUEST: StageWords(
        "Token request", "What the STS says of a request for a token: a fault or status of the protocol it came in."
    ),
}
"""In the order of judgement: the first stage that refuses is the one that answers."""


def catalogue(profile: str = "cookbook") -> list[dict[str, Any]]:
    """Every rule with its severity in `profile`, in the order of judgement; the STS's own behind the service's.

    Raises PolicyError.
    """
    severities, _ = load_profile(profile)
    return [_row(rule, severities.get(rule.id, rule.severity)) for rule in (*rules_in_order(), *_own_of_sts())]


def published() -> dict[str, Any]:
    """The whole catalogue with its severities in every profile, in the form of `docs/catalogue.schema.json`."""
    changed = {profile: load_profile(profile)[0] for profile in PROFILES}
    return {
        "$schema": "catalogue.schema.json",
        "format": FORMAT,
        "catalogueVersion": CATALOGUE_VERSION,
        "service": "DossierNumberGeneration",
        "operation": "GenerateCovidId",
        "profiles": list(PROFILES),
        "stages": [{"name": stage.name.lower(), **words._asdict()} for stage, words in STAGES.items()],
        "rules": [_published(rule, changed) for rule in rules_in_order()],
        # The STS judges by the gateway's rules too; these are its own.
        "stsRules": [_published(rule, changed) for rule in _own_of_sts()],
    }


def _own_of_sts() -> Sequence[Rule]:
    return [rule for rule in rules_in_order(STS_RULES) if rule.id not in RULES]


def _published(rule: Rule, changed: Mapping[str, Mapping[str, Severity]]) -> dict[str, Any]:
    """A rule with its severity in each profile; `changed` holds what each profile changes."""
    severity = {profile: changed[profile].get(rule.id, rule.severity).value for profile in PROFILES}
    return {**_facts(rule), "answer": _answer(rule), "severity": severity}


def _row(rule: Rule, severity: Severity) -> dict[str, Any]:
    return {**_facts(rule), "severity": severity.value, "soa": rule.soa, "http": _http(rule), "cbss": rule.cbss}


def _facts(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "text": rule.text,
        "stage": rule.stage.name.lower(),
        "level": rule.level.value,
        "source": rule.source,
        "reconstructed": rule.reconstructed,
        "essential": rule.essential,
        "requires": list(rule.requires),
        "advice": rule.advice,
    }


def _answer(rule: Rule) -> dict[str, Any] | None:
    """What is answered where the rule refuses; None where that depends on the protocol a token is asked for in."""
    if rule.stage is Stage.TOKEN_REQUEST:
        return None
    if rule.stage in (Stage.REQUESTER, Stage.CBSS):
        status = "Requester" if rule.stage is Stage.REQUESTER else "Responder"
        return {"http": 200, "soa": None, "status": status, "cbss": rule.cbss}
    # A fault goes with 500 (R1126).
    http = 500 if rule.soa is not None else _http(rule)
    return {"http": http, "soa": rule.soa, "status": None, "cbss": None}


def _http(rule: Rule) -> int | list[int] | None:
    """The status of a refusal without envelope; a list where it depends on what is broken."""
    match rule.http:
        case ():
            return None
        case (status,):
            return status
        case several:
            return list(several)
