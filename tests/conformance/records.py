"""A run made by hand, with words in it that no page, no file name and no log should believe."""

from pathlib import Path

from conformance.cases.checks import Check, Observation
from conformance.cases.registry import Case
from conformance.modes.engine import Result, Verdict
from conformance.performance.measured import Call, Performance
from conformance.reports.exchanges import FOLDER
from conformance.reports.record import Record
from tests.conformance.servers import ANSWERS
from tests.conformance.test_verdicts import case_of

HOSTILE = "</pre></style></script><img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
STARTED = 1_790_000_000_000_000_000
VERSIONS = {
    "product": "1.2.3",
    "python": "3.11.0",
    "system": "Linux",
    "libraries": {"lxml": "6.0"},
    "rules": {"count": 2, "sha256": "0" * 64},
    "contract": {"documents": 3, "sha256": "1" * 64, "reconstructed": True},
}

LASTNAME = "recommended-lastname-only"
FAILED = "recommended-all-fields"
REVIEWED = "recommended-no-lastname"
DECLARED = "http-options"
TOKEN_WORD = "SECRETTOKENWORD"
NAME = "Vandenbroucke-Testnaam"
NUMBER = "85123199937"
REQUEST = f"""<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:p="urn:p"><s:Header>
<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:1.0:assertion" AssertionID="{TOKEN_WORD}-id">
<saml:AttributeValue>{NUMBER}</saml:AttributeValue></saml:Assertion>
<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignatureValue>U0lHTkFUVVJF</ds:SignatureValue>
</ds:Signature></s:Header><s:Body><!-- {NAME} --><p:GenerateCovidIdRequest Id="_request-1">
<p:LastName note="{NAME}">{NAME}</p:LastName><p:PersonIdentifier>{NUMBER}</p:PersonIdentifier>
</p:GenerateCovidIdRequest></s:Body></s:Envelope>"""
HEAD = """POST /DossierNumberGeneration/v1?who=jan HTTP/1.1
User-Agent: vendor/1.0 connector/2.0
From: jan@example.org
"""


def record(*, failing: bool = True, performance: Performance | None = None) -> Record:
    results = [
        _result(case_of(LASTNAME), Verdict.PASS, answer=f"Success, CovidDossierIdentifier {NUMBER}", id="_request-1"),
        Result(case_of(REVIEWED), Verdict.REVIEW, observations=[Observation(f"saw {HOSTILE} {NAME}", review=True)]),
        Result(case_of(DECLARED), Verdict.NA, reason=f"the gateway answers; ask {NUMBER}"),
    ]
    if failing:
        broken = Check("answer", 'Success for "Jan"', f"\u202e{HOSTILE} {NAME} SOA-01001", held=False)
        held = Check("HTTP status", "200", "200", held=True)
        results.append(Result(case_of(FAILED), Verdict.FAIL, [held, broken], answer=f"SOA-01001: {HOSTILE}"))
    return Record(
        mode="run",
        results=results,
        endpoint="http://127.0.0.1:8080/DossierNumberGeneration/v1",
        started=STARTED,
        versions=VERSIONS,
        seed=7,
        jobs=1,
        commands={FAILED: f"conformance run --case {FAILED} --state '/home/<jan>'"},
        performance=performance,
    )


def _result(case: Case, verdict: Verdict, *, answer: str, id: str) -> Result:
    return Result(case, verdict, [Check("HTTP status", "200", "200", held=True)], answer=answer, requests=[id])


def measured(*seconds: float, trouble: str = "") -> Performance:
    calls = [Call(second) for second in seconds] + ([Call(0.001, trouble)] if trouble else [])
    return Performance(asked=len(calls), at_a_time=1, interval=0.0, calls=calls)


def save_exchange_files(
    out: Path, case: str, *, request: bytes = REQUEST.encode(), answer: bytes | None = None
) -> None:
    place = out / FOLDER / case
    place.mkdir(parents=True)
    (place / "request.headers").write_text(HEAD, encoding="utf-8")
    (place / "request.xml").write_bytes(request)
    (place / "answer.headers").write_text(f"HTTP/1.1 200 Dag {NAME}\nSet-Cookie: {TOKEN_WORD}\n", encoding="utf-8")
    (place / "answer.xml").write_bytes(answer if answer is not None else (ANSWERS / "success.xml").read_bytes())
