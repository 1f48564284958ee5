"""results.json: a run for machines. Its form is published as docs/results.schema.json."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from conformance.cases.checks import Check, Level, Observation
from conformance.cases.registry import Case
from conformance.client.exchange import Client
from conformance.modes.engine import Result, Verdict
from conformance.performance.measured import performance_facts, performance_of
from conformance.reports.record import Record
from mockserver import __version__
from mockserver.instant import DateTimeError, format_instant, read_date_time

FORMAT: Final = 2
"""Counts up when a reader of results.json would have to change."""


class ResultsError(Exception):
    """A results.json cannot be used. One sentence."""


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


def results_facts(record: Record) -> dict[str, Any]:
    """A run as plain data."""
    drawn = {"seed": record.seed, "jobs": record.jobs}
    measured = record.performance
    return {
        "format": FORMAT,
        "suite": f"dossier-conformance/{__version__}",
        "mode": record.mode,
        "endpoint": record.endpoint,
        "started": format_instant(record.started),
        **{name: value for name, value in drawn.items() if value is not None},
        "fail_on": str(record.fail_on),
        "exit_code": record.exit_code,
        "totals": Counter(str(result.verdict) for result in record.results),
        "versions": record.versions,
        **({"performance": performance_facts(measured)} if measured is not None else {}),
        "cases": [
            {
                **case_facts(result.case),
                **result_facts(result),
                **({"command": command} if (command := record.commands.get(result.case.id)) is not None else {}),
            }
            for result in record.results
        ],
    }


def results_text(record: Record) -> str:
    """The content of results.json."""
    return json.dumps(results_facts(record), indent=2) + "\n"


def read_results(file: Path) -> Record:
    """The run that a results.json tells of; its exchanges are in files beside it. Raises ResultsError."""
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultsError(f"{file} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ResultsError(f"{file} is not JSON: {error}") from error
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise ResultsError(f"{file} is no result of this version of the suite: run the cases again")
    try:
        return Record(
            mode=facts["mode"],
            results=[result_of(_case_of(case), case) for case in facts["cases"]],
            endpoint=facts["endpoint"],
            started=read_date_time(facts["started"]).instant,
            versions=facts["versions"],
            fail_on=Verdict(facts["fail_on"]),
            seed=facts.get("seed"),
            jobs=facts.get("jobs"),
            commands={case["id"]: case["command"] for case in facts["cases"] if "command" in case},
            performance=performance_of(facts["performance"]) if "performance" in facts else None,
        )
    except (AttributeError, KeyError, TypeError, ValueError, DateTimeError) as error:
        raise ResultsError(f"{file} is not as the suite writes it ({type(error).__name__}: {error})") from error


def _case_of(facts: Mapping[str, Any]) -> Case:
    """A case as it was published when it ran; today's may differ."""
    return Case(
        id=facts["id"],
        clause=facts["clause"],
        level=Level(facts["level"]),
        persona=facts["persona"],
        intrusive=facts["intrusive"],
        text=facts["text"],
        steps=_no_steps,
    )


def _no_steps(_client: Client) -> Iterator[Check]:
    raise RuntimeError("a case that was read from results.json cannot be run")


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
