"""`conformance run --performance`: bounded, measured from outside, and never a storm."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from conformance.commands import app
from conformance.performance.measure import MAX_REMOTE_CALLS
from conformance.performance.measured import PERCENTILES
from conformance.settings import SettingsError, run_settings
from tests.conformance.records import measured
from tests.conformance.servers import Server, Talk, closed_port, saying

Serve = Callable[[Talk], Server]

SCHEMA = Path(__file__).parents[2] / "docs" / "results.schema.json"


def run(url: str, state: Path, out: Path, *options: str) -> tuple[int, str]:
    arguments = ["run", "--endpoint", url, "--state", str(state), "--out", str(out)]
    result = CliRunner().invoke(app, [*arguments, "--case", "recommended-lastname-only", *options])
    return result.exit_code, result.output


def report(out: Path) -> dict[str, object]:
    facts = json.loads((out / "results.json").read_text(encoding="utf-8"))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(facts)] == []
    measurement: dict[str, object] = facts["performance"]
    return measurement


def test_percentiles_are_durations_that_were_measured() -> None:
    hundred = measured(*(number / 100 for number in range(100, 0, -1)))
    assert [hundred.percentile(percent) for percent in PERCENTILES] == [0.5, 0.9, 0.95, 0.99]
    assert [measured(3.0).percentile(percent) for percent in PERCENTILES] == [3.0] * 4
    assert measured(trouble="SOA-00001").percentile(50) is None


def test_the_measurement_is_in_the_results_and_the_page(serve: Serve, state: Path, tmp_path: Path) -> None:
    server = serve(saying("success.xml"))
    code, output = run(server.url, state, tmp_path, "--performance", "5")
    assert code == 0, output
    assert "performance: 5 of 5 calls with Success: p50 " in output
    facts = report(tmp_path)
    assert (facts["asked"], facts["succeeded"], facts["failed"]) == (5, 5, 0)
    assert len({received.body for received in server.received}) == 6  # each is a message of its own
    assert 'id="performance"' in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_few_at_a_time_are_no_more_than_asked_for(serve: Serve, state: Path, tmp_path: Path) -> None:
    answer, lock, now, most = saying("success.xml"), threading.Lock(), [0], [0]

    def counting(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.05)
        with lock:
            now[0] -= 1
        answer(handler, body)

    code, output = run(serve(counting).url, state, tmp_path, "--performance", "8", "--at-a-time", "3")
    assert code == 0, output
    assert 2 <= most[0] <= 3


def test_a_call_without_success_fails_the_run(serve: Serve, state: Path, tmp_path: Path) -> None:
    good, bad, count = saying("success.xml"), saying("fault-soa-01001.xml", 500), [0]

    def sometimes(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        count[0] += 1
        (bad if count[0] == 3 else good)(handler, body)

    code, output = run(serve(sometimes).url, state, tmp_path, "--performance", "4")
    assert code == 1
    assert "performance: 3 of 4 calls with Success" in output
    assert "performance: 1 x SOA-01001" in output


def test_a_storm_after_soa_02002_does_not_come_here_either(serve: Serve, state: Path, tmp_path: Path) -> None:
    good, busy, count = saying("success.xml"), saying("fault-soa-01001.xml", 500, (b"SOA-01001", b"SOA-02002")), [0]

    def soon_busy(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        count[0] += 1
        (good if count[0] == 1 else busy)(handler, body)

    code, output = run(serve(soon_busy).url, state, tmp_path, "--performance", "50")
    assert (code, count[0]) == (1, 4)
    assert "SOA-02002 3 times in a row" in output


def test_an_endpoint_that_was_not_reached_is_not_measured(state: Path, tmp_path: Path) -> None:
    code, output = run(f"http://127.0.0.1:{closed_port()}", state, tmp_path, "--performance", "5")
    assert code == 3
    assert report(tmp_path)["calls"] == []
    assert "performance: ended early" in output


def test_another_host_gets_fewer_calls() -> None:
    values = {"endpoint": "https://services-acpt.ehealth.fgov.be", "acceptance": True}
    with pytest.raises(SettingsError, match=f"0 to {MAX_REMOTE_CALLS} calls"):
        run_settings({**values, "performance": MAX_REMOTE_CALLS + 1})
    with pytest.raises(SettingsError, match="no load test"):
        run_settings({**values, "at_a_time": 50})
