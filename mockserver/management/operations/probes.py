"""Health, readiness, metrics: what machines ask."""

from typing import Final

from mockserver import __version__
from mockserver.gateway.exchange import Answer
from mockserver.management.metrics import exposition
from mockserver.management.operation import Call, Desk, Operation, Returns
from mockserver.management.problem import content_answer, json_answer

METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def _health(_desk: Desk, _call: Call) -> Answer:
    return json_answer({"status": "up"})


def _readiness(desk: Desk, _call: Call) -> Answer:
    ready = desk.loaded() is not None
    return json_answer({"status": "ready" if ready else "starting"}, 200 if ready else 503)


def _version(_desk: Desk, _call: Call) -> Answer:
    return json_answer({"version": __version__})


def _metrics(desk: Desk, _call: Call) -> Answer:
    return content_answer(exposition(desk).encode(), METRICS_TYPE)


OPERATIONS: Final = (
    Operation(
        "health",
        "GET",
        "/healthz",
        "Whether the process lives",
        _health,
        {200: Returns("It does", "Status")},
        is_open=True,
    ),
    Operation(
        "readiness",
        "GET",
        "/readyz",
        "Whether requests can be answered: keys, contract and rules are loaded",
        _readiness,
        {200: Returns("They can", "Status"), 503: Returns("Still loading", "Status")},
        is_open=True,
    ),
    Operation("version", "GET", "/version", "Version of the mock", _version, {200: Returns("The version", "Version")}),
    Operation(
        "metrics",
        "GET",
        "/metrics",
        "Counters and gauges in the text format of Prometheus",
        _metrics,
        {200: Returns("The metrics", media_type=METRICS_TYPE)},
    ),
)
