"""Every answer that a step can give, over real HTTP, each test in a session of its own."""

import json
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
import urllib3
from lxml import etree

from mockserver.gateway.exchange import ENDPOINT_PATH
from mockserver.scenarios.plan import ANSWERS, ScenarioError, builtin_scenarios, read_scenario_file, scenarios_with
from tests.conftest import Mock

HTTP = urllib3.PoolManager(retries=False, timeout=30.0)


class Stage:
    """A session that plays a scenario."""

    def __init__(self, mock: Mock, scenario: object) -> None:
        self.mock = mock
        self.name = f"stage-{uuid.uuid4()}"
        self.url = f"{mock.url.removesuffix(ENDPOINT_PATH)}/s/{self.name}{ENDPOINT_PATH}"
        self.manage("PUT", "/scenario", scenario)

    def manage(self, method: str, path: str, content: object = None) -> Any:
        answer = HTTP.request(method, f"{self.mock.management}/sessions/{self.name}{path}", json=content)
        assert answer.status == 200, answer.data
        return json.loads(answer.data)

    def send(self, body: bytes | None = None) -> urllib3.BaseHTTPResponse:
        octets = self.mock.forge().octets() if body is None else body
        return HTTP.request("POST", self.url, body=octets, headers=urllib3.HTTPHeaderDict(self.mock.fields()))

    def entry(self) -> Any:
        listing = HTTP.request("GET", f"{self.mock.management}/journal?session={self.name}&limit=1")
        return json.loads(listing.data)["entries"][0]


def identifier(answer: urllib3.BaseHTTPResponse) -> str:
    (found,) = etree.fromstring(answer.data).xpath("//*[local-name()='CovidDossierIdentifier']/text()")
    return str(found)


def test_02002_then_ok_is_one_step_a_request_and_its_state_is_seen(mock: Mock) -> None:
    issued = mock.issued()
    stage = Stage(mock, {"name": "02002-then-ok"})
    first = stage.send()
    assert first.status == 500
    assert b"SOA-02002" in first.data
    assert mock.issued() == issued
    assert stage.manage("GET", "/scenario") | {"scenario": None} == {
        "scenario": None,
        "requests": 1,
        "next": None,
        "finished": True,
    }
    assert stage.send().status == 200
    stage.manage("POST", "/scenario/restart")
    assert stage.send().status == 500
    assert stage.entry()["script"] == {"scenario": "02002-then-ok", "step": 1, "answer": "fault", "played": True}


def test_what_the_gateway_refuses_stays_refused_and_the_step_is_taken(mock: Mock) -> None:
    stage = Stage(mock, {"name": "02002-then-ok"})
    assert b"SOA-03001" in stage.send(b"<a").data
    assert stage.entry()["script"]["played"] is False
    assert stage.send().status == 200


def test_a_fault_in_http_200(mock: Mock) -> None:
    answer = Stage(mock, {"name": "fault-as-200"}).send()
    assert (answer.status, b"SOA-00001" in answer.data) == (200, True)


def test_an_unlisted_code_in_a_fault_and_from_cbss(mock: Mock) -> None:
    answer = Stage(mock, {"name": "unknown-code"}).send()
    assert (answer.status, b"SOA-09999" in answer.data) == (500, True)
    answer = Stage(mock, {"name": "unknown-cbss-code"}).send()
    assert (answer.status, b"MSG00099" in answer.data) == (200, True)
    assert b"Responder" in answer.data


@pytest.mark.parametrize(("name", "status"), [("html-503", 503), ("html-200", 200)])
def test_a_page_of_a_proxy(mock: Mock, name: str, status: int) -> None:
    issued = mock.issued()
    stage = Stage(mock, {"name": name})
    answer = stage.send()
    assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert stage.entry()["verdict"] == "other"
    assert mock.issued() == issued


def test_an_empty_500(mock: Mock) -> None:
    answer = Stage(mock, {"name": "empty-500"}).send()
    assert (answer.status, answer.data) == (500, b"")


def test_a_truncated_answer_ends_behind_its_identifier(mock: Mock) -> None:
    stage = Stage(mock, {"name": "truncated"})
    with pytest.raises(urllib3.exceptions.ProtocolError):
        stage.send()
    assert stage.entry()["verdict"] == "success"
    assert stage.send().status == 200


def test_a_reset_connection_issues_nothing(mock: Mock) -> None:
    issued = mock.issued()
    with pytest.raises(urllib3.exceptions.ProtocolError):
        Stage(mock, {"name": "reset"}).send()
    assert mock.issued() == issued


def test_another_in_response_to(mock: Mock) -> None:
    forge = mock.forge()
    answer = Stage(mock, {"name": "wrong-in-response-to"}).send(forge.octets())
    (told,) = etree.fromstring(answer.data).xpath("//@InResponseTo")
    assert told not in forge.octets().decode()


def test_the_second_success_repeats_the_identifier_of_the_first(mock: Mock) -> None:
    stage = Stage(mock, {"name": "duplicate-identifier"})
    first, second, third = (identifier(stage.send()) for _ in range(3))
    assert first == second != third


def test_a_success_without_and_a_refusal_with_identifier(mock: Mock) -> None:
    assert b"CovidDossierIdentifier" not in Stage(mock, {"name": "success-without-identifier"}).send().data
    answer = Stage(mock, {"name": "refusal-with-identifier"}).send()
    assert identifier(answer)
    assert b"status:Requester" in answer.data


def test_answers_that_are_written_otherwise(mock: Mock) -> None:
    assert identifier(Stage(mock, {"name": "other-prefixes"}).send())
    assert b"Remark" in Stage(mock, {"name": "unknown-parts"}).send().data
    assert b"<!DOCTYPE" in Stage(mock, {"name": "doctype"}).send().data


def test_a_late_answer_holds_up_nobody_else(mock: Mock) -> None:
    stage = Stage(mock, {"steps": [{"delay": 1.0}]})
    http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(connect=5.0, read=0.3))
    fields = urllib3.HTTPHeaderDict(mock.fields())
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        http.request("POST", stage.url, body=mock.forge().octets(), headers=fields)
    assert mock.post(mock.forge()).status == "Success"
    stage.manage("POST", "/scenario/restart")
    began = time.monotonic()
    assert stage.send().status == 200
    assert time.monotonic() - began >= 1.0


def test_the_clock_runs_away_for_one_request(mock: Mock) -> None:
    stage = Stage(mock, {"name": "clock-drift"})
    answers = [stage.send() for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 500, 200]
    assert answers[0].headers["Date"] > "", "the Date is that of the shifted clock"


def test_a_finished_scenario_may_repeat_or_stay(mock: Mock) -> None:
    steps = [{"answer": "empty"}, {}]
    assert [Stage(mock, {"steps": steps, "then": "repeat"}).send().status] == [500]
    repeating = Stage(mock, {"steps": steps, "then": "repeat"})
    assert [repeating.send().status for _ in range(4)] == [500, 200, 500, 200]
    staying = Stage(mock, {"steps": [{}, {"answer": "empty", "times": 2}], "then": "last"})
    assert [staying.send().status for _ in range(4)] == [200, 500, 500, 500]


def test_every_answer_is_played_by_a_built_in_scenario() -> None:
    assert {step.answer for scenario in builtin_scenarios().values() for step in scenario.steps} == set(ANSWERS)


def test_a_file_adds_scenarios(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('[[scenario]]\nname = "slow"\n[[scenario.step]]\ndelay = 3\n')
    known = scenarios_with(file)
    assert known["slow"].steps[0].delay == 3.0
    assert "reset" in known


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[scenario]]\nname = "A b"\n', "lower-case"),
        ('[[scenario]]\nname = "a"\n', "at least one step"),
        ('[[scenario]]\nname = "a"\n[[scenario.step]]\nanswer = "htlm"\n', "did you mean html"),
        ('[[scenario]]\nname = "a"\n[[scenario.step]]\nanswer = "fault"\n', "need one"),
        ('[[scenario]]\nname = "a"\n[[scenario.step]]\nhttp = 99\n', "status"),
        ('[[scenario]]\nname = "a"\n[[scenario.step]]\ndelay = -1\n', "delay"),
        ('[[scenario]]\nname = "a"\n[[scenario.step]]\ntimes = true\n', "times"),
        ("scenario = 1\n", "[[scenario]]"),
        ("[[scenario", "not TOML"),
    ],
)
def test_a_wrong_file_gets_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "own.toml"
    file.write_text(text)
    with pytest.raises(ScenarioError) as raised:
        read_scenario_file(file)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
