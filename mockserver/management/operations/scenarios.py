"""Scenarios: those there are, and the one a session plays."""

from typing import Any, Final

from mockserver.gateway.exchange import Answer
from mockserver.http.refusal import shown
from mockserver.management.operation import PROBLEM, Call, Desk, Operation, Returns
from mockserver.management.problem import Problem, json_answer
from mockserver.scenarios.plan import ANSWERS, Scenario, ScenarioError, read_scenario

_MOST: Final = 1000
"""Scenarios that can be kept."""


def _listing(desk: Desk, _call: Call) -> Answer:
    scenarios = [scenario.to_json() for scenario in desk.scenarios.values()]
    return json_answer({"scenarios": scenarios, "answers": dict(ANSWERS)})


def _show(desk: Desk, call: Call) -> Answer:
    return json_answer(_known(desk, call.path["name"]).to_json())


def _keep(desk: Desk, call: Call) -> Answer:
    scenario = _read(call.body, call.path["name"])
    if scenario.name not in desk.scenarios and len(desk.scenarios) >= _MOST:
        raise Problem(422, f"There are {_MOST} scenarios already: remove one.")
    desk.scenarios[scenario.name] = scenario
    return json_answer(scenario.to_json())


def _forget(desk: Desk, call: Call) -> Answer:
    name = _known(desk, call.path["name"]).name
    del desk.scenarios[name]
    return json_answer({"removed": name})


def _state(desk: Desk, call: Call) -> Answer:
    return json_answer(desk.session(call.path["name"]).playing.to_json())


def _play(desk: Desk, call: Call) -> Answer:
    content: Any = call.body
    if isinstance(content, dict) and set(content) == {"name"} and isinstance(content["name"], str):
        scenario = _known(desk, content["name"])
    else:
        scenario = _read(content, "unnamed")
    session = desk.used(call.path["name"])
    session.playing.play(scenario)
    return json_answer(session.playing.to_json())


def _stop(desk: Desk, call: Call) -> Answer:
    session = desk.session(call.path["name"])
    session.playing.stop()
    return json_answer(session.playing.to_json())


def _restart(desk: Desk, call: Call) -> Answer:
    session = desk.session(call.path["name"])
    session.playing.restart()
    return json_answer(session.playing.to_json())


def _known(desk: Desk, name: str) -> Scenario:
    if name not in desk.scenarios:
        raise Problem(404, f"There is no scenario {shown(name)}; there are {', '.join(desk.scenarios)}.")
    return desk.scenarios[name]


def _read(content: Any, name: str) -> Scenario:
    """A scenario from the body; the name in the path or "unnamed" where the body has none."""
    table = {"name": name, **content} if isinstance(content, dict) else content
    try:
        scenario = read_scenario(table, "body")
    except ScenarioError as error:
        raise Problem(422, f"{error}.") from error
    if name not in ("unnamed", scenario.name):
        raise Problem(422, f"The body names the scenario {scenario.name}, the path {shown(name)}.")
    return scenario


_PLAYING: Final = {200: Returns("What is playing now", "Playing"), 404: PROBLEM}
_SCENARIO: Final = Returns("The scenario", "Scenario")

OPERATIONS: Final = (
    Operation(
        "listScenarios",
        "GET",
        "/scenarios",
        "The scenarios that can be played by name, and the kinds of answers that steps may give",
        _listing,
        {200: Returns("The scenarios", "Scenarios")},
    ),
    Operation("showScenario", "GET", "/scenarios/{name}", "One scenario", _show, {200: _SCENARIO, 404: PROBLEM}),
    Operation(
        "keepScenario",
        "PUT",
        "/scenarios/{name}",
        "Add a scenario, or replace one; what is playing goes on as it was",
        _keep,
        {200: _SCENARIO, 422: PROBLEM},
        body="Scenario",
    ),
    Operation(
        "forgetScenario",
        "DELETE",
        "/scenarios/{name}",
        "Remove a scenario; what is playing goes on",
        _forget,
        {200: Returns("It is gone", "Removed"), 404: PROBLEM},
    ),
    Operation(
        "showPlaying",
        "GET",
        "/sessions/{name}/scenario",
        "What a session plays, how many requests it has seen, and what the next one gets",
        _state,
        _PLAYING,
    ),
    Operation(
        "play",
        "PUT",
        "/sessions/{name}/scenario",
        "Play a scenario from its first step: by name, or written in the body. One step a request",
        _play,
        {**_PLAYING, 422: PROBLEM, 503: PROBLEM},
        body="Play",
    ),
    Operation("stopPlaying", "DELETE", "/sessions/{name}/scenario", "Answer truly from now on", _stop, _PLAYING),
    Operation(
        "restartPlaying",
        "POST",
        "/sessions/{name}/scenario/restart",
        "Begin again with the first step",
        _restart,
        _PLAYING,
    ),
)
