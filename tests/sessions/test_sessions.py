"""Sessions over real HTTP: what one does, no other sees."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import urllib3

from mockserver.gateway.exchange import ENDPOINT_PATH
from mockserver.sessions.register import BadName, Sessions, SessionSettings, TooManySessions
from tests.conftest import Mock

HTTP = urllib3.PoolManager(retries=False, timeout=30.0, maxsize=32)


def url(mock: Mock, session: str, query: str = "") -> str:
    return f"{mock.url.removesuffix(ENDPOINT_PATH)}/s/{session}{ENDPOINT_PATH}{query}"


def send(mock: Mock, session: str, body: bytes) -> urllib3.BaseHTTPResponse:
    return HTTP.request("POST", url(mock, session), body=body, headers=urllib3.HTTPHeaderDict(mock.fields()))


def ask(mock: Mock, method: str, path: str, content: object = None) -> Any:
    answer = HTTP.request(method, mock.management + path, json=content)
    assert answer.status == 200, answer.data
    return json.loads(answer.data)


def test_two_sessions_driven_by_20_threads_never_see_each_others_exchanges(mock: Mock) -> None:
    bodies = [mock.forge().octets() for _ in range(40)]
    names = [("red", "blue")[number % 2] for number in range(40)]
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda name, body: send(mock, name, body), names, bodies))
    assert [answer.status for answer in answers] == [200] * 40
    for name in ("red", "blue"):
        listing = ask(mock, "GET", f"/journal?session={name}")
        sent = {answer.headers["X-CorrelationID"] for answer, of in zip(answers, names, strict=True) if of == name}
        assert {entry["id"] for entry in listing["entries"]} == sent
        assert {entry["session"] for entry in listing["entries"]} == {name}
        assert ask(mock, "GET", f"/sessions/{name}")["exchanges"] == {"success": 20}


def test_a_replay_is_known_to_its_own_session_only(mock: Mock) -> None:
    body = mock.forge().octets()
    for session, known in (("first", False), ("second", False), ("first", True)):
        reply = send(mock, session, body)
        entry = mock.journal(reply.headers["X-CorrelationID"])
        warned = [finding["rule"] for finding in entry["report"]["findings"] if finding["severity"] == "warn"]
        assert bool(warned) is known, warned


def test_the_clock_of_one_session_leaves_the_others_alone(mock: Mock) -> None:
    ask(mock, "PUT", "/sessions/late/clock", {"offsetSeconds": 3600})
    late, punctual = (send(mock, session, mock.forge().octets()) for session in ("late", "punctual"))
    assert (late.status, punctual.status) == (500, 200)
    assert b"SOA-01001" in late.data
    assert late.headers["Date"] != punctual.headers["Date"]
    ask(mock, "DELETE", "/sessions/late/clock")
    assert send(mock, "late", mock.forge().octets()).status == 200


def test_a_stopped_clock_stands_still(mock: Mock) -> None:
    ask(mock, "PUT", "/sessions/still/clock", {"frozen": "2030-01-01T00:00:00Z"})
    answer = HTTP.request("GET", url(mock, "still", "?wsdl"))
    assert answer.headers["Date"] == "Tue, 01 Jan 2030 00:00:00 GMT"


def test_the_wsdl_names_the_address_of_the_session(mock: Mock) -> None:
    assert url(mock, "named").encode() in HTTP.request("GET", url(mock, "named", "?wsdl")).data


def test_a_refusal_by_http_stands_in_the_journal_of_its_session(mock: Mock) -> None:
    send(mock, "strict", mock.forge().octets())
    HTTP.request("POST", url(mock, "strict"), body=b"{}", headers={"Content-Type": "application/json"})
    newest = ask(mock, "GET", "/journal?session=strict")["entries"][0]
    assert (newest["verdict"], newest["http"], newest["rule"]) == ("refused", 415, "Q12")


@pytest.mark.parametrize("name", ["-a", "a%20b", "a" * 65, "..", "%2e%2e"])
def test_a_name_that_needs_escapes_is_refused_and_makes_no_session(mock: Mock, name: str) -> None:
    answer = HTTP.request("POST", url(mock, name).replace("..", "%2E%2E"), body=b"<a/>")
    assert answer.status == 404
    assert name not in [session["name"] for session in ask(mock, "GET", "/sessions")["sessions"]]


def test_the_default_session_is_the_plain_path_and_s_default(mock: Mock) -> None:
    reply = send(mock, "default", mock.forge().octets())
    assert mock.journal(reply.headers["X-CorrelationID"])["session"] == "default"
    plain = mock.post(mock.forge())
    assert plain.entry["session"] == "default"


def test_there_are_no_more_sessions_than_the_setting_allows() -> None:
    sessions = Sessions(SessionSettings(most=2))
    first = sessions.use("a")
    sessions.use("b")
    with pytest.raises(TooManySessions, match="--sessions"):
        sessions.use("c")
    assert sessions.use("a") is first
    assert sessions.remove("b")
    sessions.use("c")


def test_one_session_too_many_is_refused_by_http_and_says_what_to_do(start_mock: Any) -> None:
    small = start_mock("--sessions", "1")
    assert send(small, "only", small.forge().octets()).status == 200
    refused = send(small, "other", small.forge().octets())
    assert refused.status == 503
    assert b"--sessions" in refused.data
    assert b"delete one" in refused.data
    ask(small, "DELETE", "/sessions/only")
    assert send(small, "other", small.forge().octets()).status == 200


def test_an_idle_session_is_gone_and_comes_back_empty() -> None:
    now = 0.0
    sessions = Sessions(SessionSettings(idle_seconds=10), elapsed=lambda: now)
    first = sessions.use("a")
    now = 10.0
    assert sessions.find("a") is first
    now = 20.5
    second = sessions.use("a")
    assert second is not first
    assert second.id != first.id


def test_a_bad_name_is_no_session() -> None:
    with pytest.raises(BadName):
        Sessions().use("a/b")
