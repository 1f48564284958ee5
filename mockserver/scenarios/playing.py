"""The scenario that a session plays, and how far it has come."""

import threading
from dataclasses import dataclass

from mockserver.scenarios.plan import Scenario, Step


@dataclass(frozen=True, slots=True)
class Turn:
    """The step that is for one request."""

    scenario: str
    number: int
    """1 for the first request that the scenario sees."""
    step: Step


class Playing:
    """Hands each request its step, in order of arrival. Safe to use from several threads."""

    def __init__(self) -> None:
        self._scenario: Scenario | None = None
        self._taken = 0
        self._lock = threading.Lock()

    @property
    def scenario(self) -> Scenario | None:
        """What is playing; None when every answer is true."""
        return self._scenario

    def play(self, scenario: Scenario) -> None:
        """Begin `scenario` with its first step."""
        with self._lock:
            self._scenario, self._taken = scenario, 0

    def restart(self) -> None:
        """Begin again with the first step."""
        with self._lock:
            self._taken = 0

    def stop(self) -> None:
        """Answer truly from now on."""
        with self._lock:
            self._scenario, self._taken = None, 0

    def take(self) -> Turn | None:
        """The step of the next request; None when it gets the true answer."""
        with self._lock:
            scenario = self._scenario
            if scenario is None:
                return None
            self._taken += 1
            step = self._step(scenario, self._taken)
            return None if step is None else Turn(scenario.name, self._taken, step)

    def to_json(self) -> dict[str, object]:
        """Name, requests seen, and what the next one gets."""
        scenario = self._scenario
        if scenario is None:
            return {"scenario": None, "requests": 0, "next": None, "finished": True}
        following = self._step(scenario, self._taken + 1)
        return {
            "scenario": scenario.to_json(),
            "requests": self._taken,
            "next": following.to_json() if following is not None else None,
            "finished": following is None,
        }

    def _step(self, scenario: Scenario, number: int) -> Step | None:
        turns = scenario.turns
        if number <= len(turns):
            return turns[number - 1]
        if scenario.then == "repeat":
            return turns[(number - 1) % len(turns)]
        return turns[-1] if scenario.then == "last" else None
