"""The management port of a running mock: every operation, against its own description."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import urllib3
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from openapi_spec_validator import OpenAPIV31SpecValidator

from mockserver.management.entry import VERDICTS
from mockserver.scenarios.plan import ANSWERS
from tests.conftest import Mock

HTTP = urllib3.PoolManager(retries=False, timeout=30.0)
TOKEN = "a-token-that-only-this-test-knows"
HOSTILE = sorted((Path(__file__).parents[2] / "fixtures" / "hostile").glob("*.xml"))


def call(mock: Mock, method: str, path: str, content: object = None, **fields: str) -> urllib3.BaseHTTPResponse:
    return HTTP.request(method, mock.management + path, json=content, headers=fields or None)


def asked(mock: Mock, method: str, path: str, content: object = None, *, status: int = 200) -> Any:
    """The answer, valid against the schema that /openapi.json gives for the operation and status."""
    answer = call(mock, method, path, content)
    assert answer.status == status, answer.data
    document = described(mock)
    content_of = document["paths"][template(document, path)][method.lower()]["responses"][str(status)]["content"]
    ((media_type, media),) = content_of.items()
    assert answer.headers["Content-Type"] == media_type
    read = json.loads(answer.data)
    jsonschema.Draft202012Validator({**media["schema"], "components": document["components"]}).validate(read)
    return read


def described(mock: Mock) -> Any:
    return json.loads(call(mock, "GET", "/openapi.json").data)


def template(document: Any, path: str) -> str:
    wanted = path.partition("?")[0].split("/")
    fitting = [
        known
        for known in document["paths"]
        if len(known.split("/")) == len(wanted)
        and all(a == b or a.startswith("{") for a, b in zip(known.split("/"), wanted, strict=True))
    ]
    return str(min(fitting, key=lambda known: known.count("{")))


def test_the_description_is_valid_openapi_and_lists_what_the_code_knows(mock: Mock) -> None:
    document = described(mock)
    OpenAPIV31SpecValidator(document).validate()
    schemas = document["components"]["schemas"]
    assert tuple(schemas["Summary"]["properties"]["verdict"]["enum"]) == VERDICTS
    assert schemas["Step"]["properties"]["answer"]["enum"] == list(ANSWERS)


def test_answers_are_as_described(mock: Mock) -> None:
    reply = mock.post(mock.forge())
    refused = mock.post(b"<a/>")
    for path in (
        "/healthz", "/readyz", "/version", "/journal?session=*&limit=3", f"/journal/{reply.entry['id']}",
        f"/journal/{refused.entry['id']}", "/sessions", "/sessions/default", "/scenarios", "/scenarios/slow",
        "/sessions/default/scenario", "/sessions/default/clock", "/personas", "/personas/physician", "/rules",
        "/rules/SHA1",
    ):  # fmt: skip
        asked(mock, "GET", path)
    asked(mock, "PUT", "/sessions/made")
    asked(mock, "PUT", "/sessions/made/clock", {"offsetSeconds": -1.5})
    asked(mock, "PUT", "/sessions/made/clock", {"frozen": True})
    asked(mock, "PUT", "/scenarios/mine", {"steps": [{"answer": "html", "times": 2}]})
    asked(mock, "PUT", "/sessions/made/scenario", {"name": "mine"})
    asked(mock, "DELETE", "/scenarios/mine")
    asked(mock, "POST", "/sessions/made/reset")
    asked(mock, "DELETE", "/sessions/made")


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("GET", "/journal/none", None, 404),
        ("GET", "/journal?nothing=1", None, 400),
        ("GET", "/journal?limit=0", None, 400),
        ("GET", "/journal?verdict=good", None, 400),
        ("GET", "/sessions/none", None, 404),
        ("PUT", "/sessions/a%20b", None, 422),
        ("DELETE", "/sessions/default", None, 422),
        ("PUT", "/sessions/default/clock", {"offsetSeconds": "1"}, 422),
        ("PUT", "/sessions/default/clock", {"frozen": "yesterday"}, 422),
        ("PUT", "/sessions/default/clock", [], 422),
        ("PUT", "/sessions/default/scenario", {"name": "none"}, 404),
        ("PUT", "/sessions/default/scenario", {"steps": []}, 422),
        ("PUT", "/scenarios/mine", {"name": "other", "steps": [{}]}, 422),
        ("PUT", "/personas/physician", {"role": "physician"}, 409),
        ("DELETE", "/personas/nobody", None, 404),
        ("POST", "/journal/verify", {"match": {"colour": "red"}}, 422),
        ("POST", "/journal/verify", {"count": 1, "atLeast": 1}, 422),
        ("POST", "/journal/verify", {"count": -1}, 422),
        ("POST", "/journal/wait", {"timeoutSeconds": 1e9}, 422),
        ("GET", "/personas/physician/key.pem", None, 403),
        ("GET", "/personas/physician/credential.p12", None, 403),
        ("POST", "/healthz", None, 405),
    ],
)
def test_every_error_is_problem_details(mock: Mock, method: str, path: str, content: object, status: int) -> None:
    answer = call(mock, method, path, content)
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    problem = json.loads(answer.data)
    assert problem["status"] == status
    assert problem["detail"].endswith(".")


def test_a_page_of_another_site_gets_nothing(mock: Mock) -> None:
    assert call(mock, "GET", "/journal", Origin="http://attacker.example").status == 403
    assert call(mock, "GET", "/journal", Origin="null").status == 403
    assert call(mock, "GET", "/journal", Origin=mock.management).status == 200
    answer = HTTP.request(
        "POST", mock.management + "/journal/verify", body=b"{}", headers={"Content-Type": "text/plain"}
    )
    assert answer.status == 415


def test_the_bytes_of_an_exchange_come_as_files(mock: Mock) -> None:
    octets = mock.forge().octets()
    reply = mock.post(octets)
    answer = call(mock, "GET", f"/journal/{reply.entry['id']}/request.xml")
    assert answer.data == octets
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert call(mock, "GET", f"/journal/{reply.entry['id']}/answer.xml").data == reply.body
    assert call(mock, "GET", f"/journal/{reply.entry['id']}/request.headers").data.startswith(b"POST /Dossier")


def test_verify_holds_or_shows_the_difference(mock: Mock) -> None:
    mock.post(mock.forge())
    after = mock.post(b"<a/>").entry["number"] - 1
    held = asked(mock, "POST", "/journal/verify", {"match": {"soa": "SOA-03002"}, "after": after, "count": 1})
    assert held["count"] == 1
    unmet = asked(mock, "POST", "/journal/verify", {"match": {"verdict": "success"}, "after": after}, status=422)
    assert unmet["difference"]["nearest"][0]["difference"] == {"verdict": {"wanted": "success", "found": "fault"}}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"atLeast": 2, "atMost": 1}, "atLeast 2 is more than atMost 1"),
        ({"match": {"rule": "S222"}}, "did you mean S22?"),
        ({"match": {"rule": "NOPE"}}, "GET /rules lists them"),
        ({"match": {"soa": "01001"}}, "they are written SOA-01001"),
    ],
)
def test_what_no_journal_can_hold_is_refused_and_not_waited_for(mock: Mock, content: object, told: str) -> None:
    for path in ("/journal/verify", "/journal/wait"):
        assert told in asked(mock, "POST", path, content, status=422)["detail"]


def test_a_verify_over_dropped_entries_is_an_error(start_mock: Any) -> None:
    small = start_mock("--journal-entries", "2")
    for _ in range(3):
        last = small.post(b"<a/>")
    dropped = asked(small, "POST", "/journal/verify", {"count": 0, "match": {"verdict": "success"}}, status=409)
    assert dropped["dropped"] >= 1
    asked(small, "POST", "/journal/verify", {"after": last.entry["number"] - 1})


def test_wait_answers_when_the_exchange_comes_and_holds_up_nobody(mock: Mock) -> None:
    content = {"session": "awaited", "match": {"verdict": "fault"}, "timeoutSeconds": 20}
    answers: list[Any] = []
    waiting = threading.Thread(target=lambda: answers.append(asked(mock, "POST", "/journal/wait", content)))
    waiting.start()
    time.sleep(0.2)
    assert answers == []
    url = mock.url.replace("/Dossier", "/s/awaited/Dossier")
    HTTP.request("POST", url, body=b"<a/>", headers=urllib3.HTTPHeaderDict(mock.fields()))
    waiting.join(20)
    assert answers[0]["count"] == 1


def test_wait_tells_the_difference_when_the_time_is_over(mock: Mock) -> None:
    content = {"session": "never", "timeoutSeconds": 0.1}
    assert asked(mock, "POST", "/journal/wait", content, status=422)["difference"]["count"] == 0


def test_the_stream_tells_each_exchange_once_and_in_order(mock: Mock) -> None:
    before = mock.post(b"<a/>").entry["number"]
    stream = HTTP.request("GET", f"{mock.management}/journal/stream?after={before - 1}", preload_content=False)
    live = mock.post(b"<b/>").entry["number"]
    numbers: list[int] = []
    text = b""
    while live not in numbers:
        text += stream.read1(65536)
        numbers = [int(line[4:]) for line in text.splitlines() if line.startswith(b"id: ")]
    stream.close()
    assert numbers[0] == before
    assert numbers == sorted(set(numbers))


def test_metrics_count_by_verdict(mock: Mock) -> None:
    mock.post(b"<a/>")
    text = call(mock, "GET", "/metrics").data.decode()
    assert 'exchanges_total{service="DossierNumberGeneration",verdict="fault",code="SOA-03002"}' in text
    assert "dossier_mock_exchange_duration_seconds_count" in text


def test_certificates_and_tokens_are_given_but_no_key(mock: Mock) -> None:
    for name in ("ca", "sts", "tls"):
        assert call(mock, "GET", f"/certificates/{name}.pem").data.startswith(b"-----BEGIN CERTIFICATE-----")
    assert call(mock, "GET", "/personas/physician/certificate.pem").data.startswith(b"-----BEGIN CERTIFICATE-----")
    assert b"Assertion" in call(mock, "GET", "/personas/physician/token.xml?lifetime=60").data


@pytest.mark.parametrize("file", ["key.pem", "credential.p12"])
def test_a_private_key_is_given_only_where_a_token_guards_it(
    file: str, mock: Mock, start_mock: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = f"/personas/physician/{file}"
    open_to_all = call(mock, "GET", path)
    assert open_to_all.status == 403
    assert b"--management-token-file" in open_to_all.data
    guarded = start_mock("--management-token-file", str(_token_file(tmp_path_factory)))
    assert call(guarded, "GET", path).status == 401
    assert call(guarded, "GET", path, Authorization="Bearer wrong").status == 401
    given = call(guarded, "GET", path, Authorization=f"Bearer {TOKEN}")
    assert given.status == 200
    if file == "key.pem":
        key = load_pem_private_key(given.data, None)
        certificate = call(guarded, "GET", "/personas/physician/certificate.pem", Authorization=f"Bearer {TOKEN}")
        assert load_pem_x509_certificate(certificate.data).public_key() == key.public_key()


def _token_file(folders: pytest.TempPathFactory) -> Path:
    """One for all tests of a worker, so that they share one mock."""
    file = folders.getbasetemp() / "management-token"
    file.write_text(TOKEN, "utf-8")
    file.chmod(0o600)
    return file


def test_every_hostile_message_can_be_shown(mock: Mock) -> None:
    for file in HOSTILE:
        entry = mock.post(file.read_bytes()).entry
        assert "facts" in entry, file.name
