"""A scenario as data: one step for each request, read from TOML or from the management port.

[[scenario]]
name = "02002-then-ok"
title = "Temporarily not available, then as usual"
then = "truth"                 # after the last step: "truth", "repeat" from the first, or "last" once more
[[scenario.step]]
answer = "fault"               # one of ANSWERS; "truth" when absent
code = "SOA-02002"
http = 500                     # another status than the answer has by itself
delay = 0.5                    # seconds before the first byte
clock = -400.0                 # seconds that the session's clock is ahead, for this request only
times = 1                      # so many requests get this step
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from importlib import resources
from pathlib import Path
from typing import Any, Final

from mockserver.given_file import UnusableFile, read_toml

ANSWERS: Final[Mapping[str, str]] = {
    "truth": "What gateway and CBSS truly answer",
    "fault": "A Fault with SystemError `code`, instead of the answer of CBSS; no identifier is issued",
    "cbss": "CBSS's NOK with `code`, instead of its answer; no identifier is issued",
    "html": "A page of a proxy (503); the request never reaches CBSS",
    "empty": "HTTP 500 and nothing else; the request never reaches CBSS",
    "reset": "The connection is reset without an answer; the request never reaches CBSS",
    "truncated": "The success cut after its identifier, which is issued, and the connection closed",
    "wrong-in-response-to": "The success with another InResponseTo than the request's Id",
    "duplicate-identifier": "The success with the identifier that the session's last success had",
    "success-without-identifier": "Level 1 Success and no identifier; none is issued",
    "refusal-with-identifier": "Level 1 Requester, and yet an identifier, which nobody issued",
    "other-prefixes": "The success written otherwise: other prefixes, XML declaration, comments, blanks",
    "unknown-parts": "The success with an element and an attribute that no contract knows",
    "doctype": "The success with a DOCTYPE and an external entity in the place of the identifier",
}
"""What a step may answer, in words."""

THEN: Final = ("truth", "repeat", "last")
NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

MOST_STEPS: Final = 1000
"""Steps of one scenario, `times` counted."""
MOST_SECONDS: Final = 600.0
"""The longest delay: past what any client waits for."""
_MOST_CLOCK: Final = 10 * 366 * 86400.0
"""Ten years, in seconds."""
_NEEDS_CODE: Final = ("fault", "cbss")
_CODE: Final = re.compile(r"[A-Z]{3}-?[0-9]{5}")


class ScenarioError(Exception):
    """A scenario cannot be played as written; the message names the key and what may stand there."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one request gets."""

    answer: str = "truth"
    """One of ANSWERS."""
    code: str | None = None
    """Of a `fault` or `cbss`; need not be one that the cookbook lists."""
    http: int | None = None
    """Status instead of the one that the answer has by itself."""
    delay: float = 0.0
    """Seconds before the first byte."""
    clock: float = 0.0
    """Seconds that the session's clock is ahead while this request is judged; negative: behind."""
    times: int = 1
    """So many requests get it."""

    def to_json(self) -> dict[str, object]:
        """As it is written in a plan, without what it leaves unsaid."""
        return {"answer": self.answer} | {
            name: value for name, value in asdict(self).items() if value != getattr(_PLAIN, name)
        }


_PLAIN: Final = Step()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A plan with a name."""

    name: str
    title: str
    steps: Sequence[Step]
    then: str = "truth"

    @property
    def turns(self) -> Sequence[Step]:
        """The steps request by request."""
        return [step for step in self.steps for _ in range(step.times)]

    def to_json(self) -> dict[str, object]:
        """As it is written in a plan."""
        return {
            "name": self.name,
            "title": self.title,
            "then": self.then,
            "steps": [step.to_json() for step in self.steps],
        }


def builtin_scenarios() -> Mapping[str, Scenario]:
    """The scenarios that come with the mock, by name."""
    text = resources.files("mockserver.scenarios").joinpath("builtin.toml").read_text("utf-8")
    return {scenario.name: scenario for scenario in _read(tomllib.loads(text), "builtin.toml")}


def scenarios_with(file: Path | None) -> dict[str, Scenario]:
    """The built-in scenarios and those of a file, whose own win. Raises ScenarioError."""
    return {**builtin_scenarios(), **({} if file is None else {each.name: each for each in read_scenario_file(file)})}


def read_scenario_file(file: Path) -> Sequence[Scenario]:
    """The scenarios of a TOML file. Raises ScenarioError."""
    try:
        return _read(read_toml(file), str(file))
    except UnusableFile as error:
        raise ScenarioError(str(error)) from error


def read_scenario(table: object, origin: str) -> Scenario:
    """One scenario; `origin` begins the sentence of a complaint. `steps` may be written `step`, as TOML likes it.

    Raises ScenarioError.
    """
    content = _keys(table, ("name", "title", "then", "step", "steps"), origin)
    name = content.get("name")
    if not isinstance(name, str) or len(name) > 64 or NAME.fullmatch(name) is None:
        raise ScenarioError(f"{origin}: name is {name!r}; it must be lower-case words with hyphens, such as slow-twice")
    origin = f"{origin}: scenario {name}"
    title, then = content.get("title", name), content.get("then", "truth")
    if not isinstance(title, str) or len(title) > 200:
        raise ScenarioError(f"{origin}: title must be one line of at most 200 characters")
    if then not in THEN:
        raise ScenarioError(f"{origin}: then is {then!r}; choose one of {', '.join(THEN)}")
    if "step" in content and "steps" in content:
        raise ScenarioError(f"{origin}: give step or steps, not both")
    steps = content.get("steps", content.get("step"))
    if not isinstance(steps, list) or not steps:
        raise ScenarioError(f"{origin}: needs at least one step")
    read = [read_step(step, f"{origin}, step {number}") for number, step in enumerate(steps, 1)]
    if sum(step.times for step in read) > MOST_STEPS:
        raise ScenarioError(f"{origin}: more than {MOST_STEPS} steps")
    return Scenario(name, title, tuple(read), then)


def read_step(table: object, origin: str) -> Step:
    """One step. Raises ScenarioError."""
    content = _keys(table, ("answer", "code", "http", "delay", "clock", "times"), origin)
    answer, code, http = content.get("answer", "truth"), content.get("code"), content.get("http")
    if answer not in ANSWERS:
        raise ScenarioError(f"{origin}: there is no answer {answer!r}; {_nearest(str(answer), ANSWERS)}")
    if (answer in _NEEDS_CODE) != (code is not None):
        raise ScenarioError(f"{origin}: a code is for {' and '.join(_NEEDS_CODE)}, which need one")
    if code is not None and (not isinstance(code, str) or _CODE.fullmatch(code) is None):
        raise ScenarioError(f"{origin}: code is {code!r}; it must be like SOA-02002 or MSG00013")
    if http is not None and (type(http) is not int or http not in _STATUSES):
        raise ScenarioError(f"{origin}: http is {http!r}; it must be a status from 200 to 599 that HTTP knows")
    delay = _number(content, "delay", 0.0, MOST_SECONDS, origin)
    clock = _number(content, "clock", -_MOST_CLOCK, _MOST_CLOCK, origin)
    times = content.get("times", 1)
    if type(times) is not int or not 1 <= times <= MOST_STEPS:
        raise ScenarioError(f"{origin}: times is {times!r}; it must be a number from 1 to {MOST_STEPS}")
    return Step(answer, code, http, delay, clock, times)


# 204, 205 and 304 have no body by definition: an answer with one would break the connection's framing.
_STATUSES: Final = frozenset(status.value for status in HTTPStatus if status.value >= 200) - {204, 205, 304}


def _read(document: Mapping[str, Any], origin: str) -> Sequence[Scenario]:
    tables = _keys(document, ("scenario",), origin).get("scenario", [])
    if not isinstance(tables, list):
        raise ScenarioError(f"{origin}: scenarios are written [[scenario]]")
    read = [read_scenario(table, origin) for table in tables]
    names = [scenario.name for scenario in read]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ScenarioError(f"{origin}: scenario {twice} is there twice")
    return read


def _keys(table: object, known: Sequence[str], origin: str) -> Mapping[str, Any]:
    if not isinstance(table, dict):
        raise ScenarioError(f"{origin}: must be a table with {', '.join(known)}")
    for key in table:
        if key not in known:
            raise ScenarioError(f"{origin}: there is no key {key!r}; {_nearest(str(key), known)}")
    return table


def _number(content: Mapping[str, Any], key: str, least: float, most: float, origin: str) -> float:
    value = content.get(key, 0.0)
    if type(value) not in (int, float) or not least <= value <= most:
        raise ScenarioError(f"{origin}: {key} is {value!r}; it must be seconds from {least:g} to {most:g}")
    return float(value)


def _nearest(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(name, names, 1)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(names)}"
