"""What a run leaves, before it is given a form: the one source of results.json, junit.xml and the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.modes.engine import Result, Verdict, exit_code
from conformance.performance.measured import Performance
from mockserver.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A run of an endpoint, or the certification of a client."""

    mode: str
    """The command that made it: run, watch, drive or provoke."""
    results: Sequence[Result]
    """In the order in which they are reported."""
    endpoint: str
    """What answered, mostly a URL."""
    started: Instant
    versions: Mapping[str, Any]
    """What judged, as `versions` gives it."""
    fail_on: Verdict = Verdict.FAIL
    seed: int | None = None
    """Of the order of cases and of what they draw; None where nothing is drawn."""
    jobs: int | None = None
    commands: Mapping[str, str] = field(default_factory=dict)
    """The command line that repeats a case alone, by its id."""
    performance: Performance | None = None
    """None when nothing was measured."""

    @property
    def exit_code(self) -> int:
        """That of the results. A measured call that failed counts as a FAIL, one without a connection as an ERROR."""
        of_cases = exit_code(self.results, self.fail_on)
        measured = self.performance
        if measured is None or measured.is_whole or of_cases == 1:
            return of_cases
        return 1 if measured.failed else 3
