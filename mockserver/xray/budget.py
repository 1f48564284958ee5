"""How much a search may cost: steps and seconds, whichever ends first."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_STEPS_BETWEEN_LOOKS: Final = 256
"""Looking at the clock costs as much as a digest of a small element; so it is done once in a while."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one explanation."""

    steps: int = 3_000_000
    """Octet strings that are digested, or signatures that are verified, at most."""
    seconds: float = 10.0
    """By the monotonic clock."""


class BudgetSpent(Exception):
    """The search has reached a limit."""


class Budget:
    """What is left of the limits; one for all signatures of a message."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._clock = clock
        self._began = clock()
        self.steps = 0
        self._looked = 0
        self.stopped = ""
        """Which limit ended the search; empty while none did."""

    @property
    def seconds(self) -> float:
        """Seconds since the search began."""
        return self._clock() - self._began

    def spend(self, steps: int = 1) -> None:
        """Count steps that are about to be taken. Raises BudgetSpent."""
        if self.steps + steps > self.limits.steps:
            self.stopped = f"after {self.steps} steps, the limit"
            raise BudgetSpent
        self.steps += steps
        if self.steps - self._looked >= _STEPS_BETWEEN_LOOKS or self._looked == 0:
            self.look()

    def look(self) -> None:
        """Compare the clock with the limit; before anything that costs more than a step. Raises BudgetSpent."""
        self._looked = self.steps
        if self.seconds > self.limits.seconds:
            self.stopped = f"after {self.limits.seconds:g} s, the limit"
            raise BudgetSpent
