"""results.json: a run for machines. Its form is published as docs/results.schema.json."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from conformance.cases.checks import Check, Level, Observation
from conformance.cases.registry import Case
from conformance.modes.engine import Result, Verdict, exit_code
from mockserver import __version__
from mockserver.instant import Instant, format_instant

if TYPE_CHECKING:
    from conformance.modes.run import RunSettings

FORMAT: Final = 1
"""Counts up when a reader of results.json would have to change."""


def case_facts(case: Case) -> dict[str, Any]:
    """What is published of a case."""
    return {
        "id": case.id,
        "title": case.title,
        "text": case.text,
        "clause": case.clause,
        "level": case.level,
        "persona": case.persona,
        "intrusive": case.intrusive,
    }


def results_facts(
    results: Sequence[Result], endpoint: str, started: Instant, settings: "RunSettings | None" = None
) -> dict[str, Any]:
    """A run as plain data. `settings` are those of the mode `run`; a client's certification has none."""
    fail_on = settings.fail_on if settings is not None else Verdict.FAIL
    return {
        "format": FORMAT,
        "suite": f"dossier-conformance/{__version__}",
        "endpoint": endpoint,
        "started": format_instant(started),
        **({"seed": settings.seed, "jobs": settings.jobs} if settings is not None else {}),
        "fail_on": str(fail_on),
        "exit_code": exit_code(results, fail_on),
        "totals": Counter(str(result.verdict) for result in results),
        "cases": [
            {
                **case_facts(result.case),
                **result_facts(result),
                **({"command": settings.command(result.case)} if settings is not None else {}),
            }
            for result in results
        ],
    }


def save_results(
    results: Sequence[Result],
    endpoint: str,
    started: Instant,
    file: Path,
    settings: "RunSettings | None" = None,
) -> None:
    """Writes results.json. Raises OSError."""
    text = json.dumps(results_facts(results, endpoint, started, settings), indent=2)
    file.write_text(text + "\n", encoding="utf-8", newline="\n")


def result_facts(result: Result) -> dict[str, Any]:
    """What came of a case, as plain data: text, numbers and truth values."""
    return {
        "verdict": str(result.verdict),
        "reason": result.reason,
        "answer": result.answer,
        "checks": [
            {
                "what": check.what,
                "held": check.held,
                "level": str(check.level or result.case.level),
                "expected": check.expected,
                "came": check.came,
            }
            for check in result.checks
        ],
        "observations": [
            {"text": observation.text, "review": observation.review} for observation in result.observations
        ],
        "requests": list(result.requests),
        "seconds": round(result.seconds, 3),
        "trace": result.trace,
    }


def result_of(case: Case, facts: Mapping[str, Any]) -> Result:
    """The result of `case` that `result_facts` described; without the exchanges, which are in files by then."""
    return Result(
        case,
        Verdict(facts["verdict"]),
        [
            Check(check["what"], check["expected"], check["came"], check["held"], Level(check["level"]))
            for check in facts["checks"]
        ],
        [Observation(observation["text"], observation["review"]) for observation in facts["observations"]],
        facts["reason"],
        facts["answer"],
        facts["requests"],
        facts["seconds"],
        facts["trace"],
    )
