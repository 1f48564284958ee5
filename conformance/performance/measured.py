"""What was measured, and the numbers that stand for it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

PERCENTILES: Final = (50, 90, 95, 99)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of GenerateCovidId."""

    seconds: float
    """From the attempt to connect to the last octet of the answer, TLS included: a connection of its own each."""
    trouble: str = ""
    """What came instead of Success; empty when it succeeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """A measurement."""

    asked: int
    """Calls that were asked for."""
    at_a_time: int
    """Calls that may be under way together."""
    interval: float
    """Seconds from one call to the next, at least."""
    calls: Sequence[Call]
    """In the order in which they were begun."""
    stopped: str = ""
    """Why there are fewer calls than asked for; empty when there are not."""

    @property
    def durations(self) -> Sequence[float]:
        """Seconds of the calls that succeeded, shortest first: a refusal may be quick and is no measure."""
        return sorted(call.seconds for call in self.calls if not call.trouble)

    @property
    def failed(self) -> Sequence[Call]:
        """The calls that did not succeed."""
        return [call for call in self.calls if call.trouble]

    @property
    def is_whole(self) -> bool:
        """Whether every call that was asked for was made and succeeded."""
        return not self.failed and len(self.calls) == self.asked

    def percentile(self, percent: int) -> float | None:
        """Seconds in which so many percent of the successful calls were answered, by the nearest-rank method.

        It is always a duration that was measured. Of fewer than a hundred calls, the 99th percentile is the longest.
        None when no call succeeded.
        """
        durations = self.durations
        return durations[math.ceil(percent * len(durations) / 100) - 1] if durations else None


def performance_facts(performance: Performance) -> dict[str, Any]:
    """A measurement as plain data; durations in seconds."""
    durations = performance.durations
    return {
        "asked": performance.asked,
        "at_a_time": performance.at_a_time,
        "interval": performance.interval,
        "stopped": performance.stopped,
        "succeeded": len(durations),
        "failed": len(performance.failed),
        "seconds": {
            "minimum": _rounded(min(durations, default=None)),
            "mean": _rounded(sum(durations) / len(durations) if durations else None),
            **{f"p{percent}": _rounded(performance.percentile(percent)) for percent in PERCENTILES},
            "maximum": _rounded(max(durations, default=None)),
        },
        "calls": [{"seconds": _rounded(call.seconds), "trouble": call.trouble} for call in performance.calls],
    }


def performance_of(facts: Mapping[str, Any]) -> Performance:
    """The measurement that `performance_facts` described. The numbers are derived again, not believed."""
    return Performance(
        asked=int(facts["asked"]),
        at_a_time=int(facts["at_a_time"]),
        interval=float(facts["interval"]),
        calls=[Call(float(call["seconds"]), str(call["trouble"])) for call in facts["calls"]],
        stopped=str(facts["stopped"]),
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)
