"""The log: one event per exchange, no content."""

import io
import json
import time
from datetime import UTC, datetime

import pytest
import structlog

from mockserver.http.log import ExchangeLog
from tests.http.running import Running
from tests.http.wire import ENDPOINT, XML, request


def test_each_exchange_is_one_event_of_five_facts(server: Running) -> None:
    server.ask(request(body=b"<a/>"))
    server.ask(request(line=b"OPTIONS / HTTP/1.1"))
    server.ask(request(line=b"GET " + ENDPOINT + b"?wsdl HTTP/1.1"))
    server.ask(b"BAD\r\n\r\n")
    events = server.events()
    assert [event["status"] for event in events] == [200, 200, 200, 400]
    assert {frozenset(event) for event in events} == {
        frozenset({"event", "timestamp", "correlation_id", "status", "soa", "duration_ms"})
    }
    assert events[0]["correlation_id"] == "exchange-1"
    assert events[3]["correlation_id"] == server.last_entry().correlation_id


def test_nothing_of_a_request_reaches_the_log(server: Running) -> None:
    secret = b"80010199976"
    server.ask(request(fields=XML + b"X-A: " + secret + b"\r\n", body=secret))
    server.ask(request(line=b"POST /" + secret + b" HTTP/1.1"))
    server.ask(request(line=secret + b" / HTTP/1.1"))
    server.ask(request(fields=b"Content-Type: " + secret + b"\r\n", body=secret))
    assert len(server.events()) == 4
    assert secret.decode() not in server.log.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("no_color", [False, True])
def test_on_a_terminal_it_is_for_people(monkeypatch: pytest.MonkeyPatch, no_color: bool) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    terminal = Terminal()
    ExchangeLog(terminal).exchange(correlation_id="7", status=500, soa="SOA-01001", duration=1_234_567)
    text = terminal.getvalue()
    assert "SOA-01001" in text
    assert "1.235" in text
    assert not text.startswith("{")
    assert ("\x1b[" in text) is not no_color


@pytest.mark.parametrize("status", [200, None])
@pytest.mark.parametrize("soa", ["SOA-01001", None])
@pytest.mark.parametrize("identity", ["0b5c1f1e-3f57-4a43-8e9a-0f6d3b7c9a11", 'a "quoted" \u00e9\n'])
@pytest.mark.parametrize("duration", [0, 1, 1_234_567, 10**21])
def test_a_json_line_is_the_one_that_structlog_writes(
    status: int | None, soa: str | None, identity: str, duration: int
) -> None:
    ours, theirs = io.StringIO(), io.StringIO()
    ExchangeLog(ours).exchange(correlation_id=identity, status=status, soa=soa, duration=duration)
    logger = structlog.wrap_logger(
        structlog.WriteLogger(theirs),
        processors=[structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.JSONRenderer()],
    )
    logger.info("exchange", correlation_id=identity, status=status, soa=soa, duration_ms=round(duration / 1_000_000, 3))
    line = ours.getvalue()
    moment = json.loads(line)["timestamp"]
    assert line == theirs.getvalue().replace(json.loads(theirs.getvalue())["timestamp"], moment)
    assert moment.endswith("Z")
    assert datetime.fromisoformat(moment).tzinfo is UTC


def test_the_timestamp_goes_on_with_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    log = io.StringIO()
    exchanges = ExchangeLog(log)
    second = 1_798_761_599_000_000_000  # the last of 2026
    for now in (
        second,
        second + 999,
        second + 1_000,
        second + 999_999_999,
        second + 1_000_000_000,
        second + 42_000_000,
    ):
        monkeypatch.setattr(time, "time_ns", lambda now=now: now)
        exchanges.exchange(correlation_id="7", status=200, soa=None, duration=1)
    assert [json.loads(line)["timestamp"] for line in log.getvalue().splitlines()] == [
        "2026-12-31T23:59:59Z",
        "2026-12-31T23:59:59Z",
        "2026-12-31T23:59:59.000001Z",
        "2026-12-31T23:59:59.999999Z",
        "2027-01-01T00:00:00Z",
        "2026-12-31T23:59:59.042000Z",
    ]
