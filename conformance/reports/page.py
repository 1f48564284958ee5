"""report.html: a run for people, as one file that loads nothing.

What an endpoint or a client sent is shown as it came, so that everything in the page is hostile until it is escaped:
the template escapes by itself, and the page's policy lets the browser run and load nothing but the two inline parts
whose hashes it names.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.modes.engine import Result, Verdict
from conformance.performance.measured import PERCENTILES, Performance
from conformance.reports.chart import chart
from conformance.reports.exchanges import SavedExchange
from conformance.reports.record import Record
from conformance.reports.sections import SECTIONS, section_of, section_order
from conformance.reports.text import milliseconds, printable
from mockserver.instant import format_instant

Exchanges = Callable[[str], Sequence[SavedExchange]]
"""From the id of a case to its exchanges."""

MEANINGS: Final = {
    Verdict.PASS: "did what it must, and all it should",
    Verdict.FAIL: "did not do what it must; an answer cut, missing or unreadable is one of these",
    Verdict.WARN: "did what it must, not all it should",
    Verdict.REVIEW: "did what no source foresees and none forbids: a person must look",
    Verdict.INFO: "did one of several things that may be done; the case says which",
    Verdict.SKIP: "was not run; the case says why",
    Verdict.NA: "is declared not applicable, with the reason",
    Verdict.ERROR: "could not be judged: no connection, or a fault of the suite",
}

_HEADINGS: Final = {
    "run": "Conformance of an endpoint",
    "watch": "Conformance of a client, watched",
    "drive": "Conformance of a client, driven",
    "provoke": "Conformance of a client, provoked",
}
_QUIET: Final = frozenset({Verdict.PASS, Verdict.INFO, Verdict.SKIP, Verdict.NA})
"""Their exchanges stay in their files: of a long run they would make a page of many megabytes."""

_OPENED: Final = 5
"""Cases that stand open; more would be a wall."""

_MAX_EXCHANGES: Final = 4
"""Of one case, the last ones: the last is what it failed by."""

_MAX_BODY: Final = 64 * 1024
_MAX_OCTETS: Final = 8 * 1024 * 1024
"""Octets of bodies in the whole page; a browser should still open it."""

_PARTS: Final = Path(__file__).parent / "html"


@dataclass(frozen=True, slots=True)
class _Side:
    title: str
    pieces: Sequence[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class _Shown:
    title: str
    sides: Sequence[_Side]


class _Budget:
    """How many octets may still go into the page."""

    def __init__(self) -> None:
        self.left = _MAX_OCTETS

    def take(self, body: bytes) -> bytes:
        taken = body[: min(_MAX_BODY, self.left)]
        self.left -= len(taken)
        return taken


def page(record: Record, exchanges: Exchanges) -> str:
    """The whole page. `exchanges` is asked for the cases that need eyes. Raises OSError as it does."""
    environment = Environment(
        loader=FileSystemLoader(_PARTS), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    css, script = _part("page.css"), _part("page.js")
    return environment.get_template("page.html").render(
        css=css,
        script=script,
        policy=_policy(css, script),
        heading=_HEADINGS[record.mode],
        endpoint=printable(record.endpoint),
        outcome=_outcome(record),
        facts=_facts(record),
        versions=_versions(record.versions),
        verdicts=_verdicts(record.results),
        sections=_sections(record, exchanges),
        performance=_performance(record),
        chart=chart(record.performance) if record.performance is not None else None,
    )


def _part(name: str) -> Markup:
    """A part of the page that is ours; nothing that was received ever goes this way."""
    return Markup((_PARTS / name).read_text(encoding="utf-8"))  # noqa: S704 - a file of this package


def _policy(css: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(css)}'",
            f"script-src '{_hash(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"


def _outcome(record: Record) -> dict[str, str]:
    totals = Counter(result.verdict for result in record.results)
    words = ", ".join(f"{totals[verdict]} {verdict}" for verdict in Verdict if totals[verdict])
    if record.performance is not None and not record.performance.is_whole:
        words += f"; {len(record.performance.durations)} of {record.performance.asked} measured calls succeeded"
    kind, said = {0: ("pass", "Passed"), 1: ("fail", "Failed")}.get(record.exit_code, ("error", "Nothing is proved"))
    return {"kind": kind, "text": f"{said}: {words}"}


def _facts(record: Record) -> Iterator[tuple[str, str]]:
    yield "Started (UTC)", format_instant(record.started)
    yield "Cases", str(len(record.results))
    if record.seed is not None:
        yield "Seed", str(record.seed)
    if record.jobs is not None:
        yield "Processes", str(record.jobs)
    yield "Fails on", f"{record.fail_on}{' and FAIL' if record.fail_on is not Verdict.FAIL else ''}"


def _versions(versions: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    contract, rules = versions["contract"], versions["rules"]
    reconstructed = ", reconstructed: not eHealth's own" if contract["reconstructed"] else ""
    yield "Product", f"dossier-conformance {versions['product']}"
    yield "Contract", f"{contract['documents']} documents{reconstructed}, SHA-256 {contract['sha256']}"
    yield "Rules", f"{rules['count']}, SHA-256 {rules['sha256']}"
    yield "Python", f"{versions['python']} on {versions['system']}"
    yield "Libraries", ", ".join(f"{name} {number}" for name, number in versions["libraries"].items())


def _verdicts(results: Sequence[Result]) -> Sequence[dict[str, object]]:
    totals = Counter(result.verdict for result in results)
    return [
        {"name": str(verdict), "count": totals[verdict], "meaning": MEANINGS[verdict]}
        for verdict in Verdict
        if totals[verdict]
    ]


def _sections(record: Record, exchanges: Exchanges) -> Sequence[dict[str, object]]:
    budget = _Budget()
    found: dict[str, list[Result]] = {}
    for result in record.results:
        found.setdefault(section_of(result.case.clause), []).append(result)
    loud = [result for result in record.results if result.verdict not in _QUIET]
    opened = {result.case.id for result in loud} if len(loud) <= _OPENED else set()
    return [
        {
            "number": number,
            "title": SECTIONS.get(number, ""),
            "totals": Counter(str(result.verdict) for result in found[number]),
            "cases": [
                _case(result, record.commands.get(result.case.id), exchanges, budget, is_open=result.case.id in opened)
                for result in found[number]
            ],
        }
        for number in sorted(found, key=section_order)
    ]


def _case(
    result: Result, command: str | None, exchanges: Exchanges, budget: _Budget, *, is_open: bool
) -> dict[str, object]:
    case = result.case
    saved = [] if result.verdict in _QUIET else exchanges(case.id)
    shown = [_shown(exchange, budget) for exchange in saved[-_MAX_EXCHANGES:]]
    left_out = len(saved) - len(shown)
    return {
        "id": case.id,
        "title": case.title,
        "text": case.text,
        "clause": case.clause,
        "level": str(case.level),
        "persona": case.persona,
        "intrusive": case.intrusive,
        "verdict": str(result.verdict),
        "is_open": is_open,
        "outcome": printable(_came(result)),
        "reason": printable(result.reason),
        "checks": [
            {
                "held": check.held,
                "what": printable(check.what),
                "expected": printable(check.expected),
                "came": printable(check.came),
                "level": str(check.level or case.level),
            }
            for check in sorted(result.checks, key=lambda check: check.held)
        ],
        "observations": [
            {"review": observation.review, "text": printable(observation.text)} for observation in result.observations
        ],
        "seconds": f"{result.seconds:.3f} s",
        "command": command if command is None else printable(command),
        "trace": result.trace,
        "exchanges": shown,
        "left_out": f"{left_out} earlier exchanges are in the folder exchanges/{case.id}." if left_out else "",
    }


def _came(result: Result) -> str:
    if result.broken:
        return str(result.broken[0])
    return result.reason or result.answer


def _shown(exchange: SavedExchange, budget: _Budget) -> _Shown:
    answer = exchange.answer_head
    first = exchange.request_head.partition("\n")[0]
    came = "no answer" if answer is None else answer.partition("\n")[0]
    sides = [_side("Request", exchange.request_head, exchange.request, budget)]
    if answer is not None:
        sides.append(_side("Answer", answer, exchange.answer, budget))
    return _Shown(f"{printable(first)} → {printable(came)}", sides)


def _side(name: str, head: str, body: bytes, budget: _Budget) -> _Side:
    taken = budget.take(body)
    pieces = [*visible(head.encode("utf-8", "surrogateescape")), ("\n", False), *visible(taken)]
    cut = "" if len(taken) == len(body) else f", of which the first {len(taken)} are shown"
    return _Side(f"{name}, {len(body)} octets of body{cut}", pieces)


def visible(octets: bytes) -> Sequence[tuple[str, bool]]:
    r"""Octets as text in which nothing hides, as pieces that are text (False) or stand for what cannot be shown (True).

    No character changes the order, the place or the look of the others: controls, marks of direction and octets that
    are no UTF-8 stand as their numbers, `\x1b` or `\u202e`. A line feed stays what it is.
    """
    pieces: list[tuple[str, bool]] = []
    for character in octets.decode("utf-8", "surrogateescape"):
        hidden = not (character.isprintable() or character in "\n\t")
        text = _number(character) if hidden else character
        if pieces and pieces[-1][1] is hidden:
            pieces[-1] = (pieces[-1][0] + text, hidden)
        else:
            pieces.append((text, hidden))
    return pieces


def _number(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # an octet that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return repr(character)[1:-1]


def _measured_how(record: Record, measured: Performance) -> str:
    if record.mode != "run":
        where = f"; {record.endpoint} answered" if record.mode == "watch" and "://" in record.endpoint else ""
        words = (
            f"{len(measured.durations)} calls of the client were answered with Success, at most {measured.at_a_time} "
            f"at a time{where}. The time is that at the checked endpoint: from the last octet of the request to the "
            "first of the answer, the audit included."
        )
        return words + (f" Counted are the first ones: {measured.stopped}." if measured.stopped else "")
    several = f"at most {measured.at_a_time} at a time" if measured.at_a_time > 1 else "one after the other"
    pace = f", at least {measured.interval:g} s apart" if measured.interval else ""
    words = (
        f"{len(measured.durations)} of {measured.asked} calls of GenerateCovidId were answered with Success, {several}"
        f"{pace}. Each has a connection of its own; its time runs from the attempt to connect to the last octet."
    )
    if measured.stopped:
        words += f" It ended early: {measured.stopped}."
    return words


def _performance(record: Record) -> dict[str, object] | None:
    measured = record.performance
    if measured is None:
        return None
    durations = measured.durations
    numbers = [("Calls", str(len(durations)))]
    if durations:
        numbers += [
            ("Shortest", milliseconds(durations[0])),
            *((f"p{percent}", milliseconds(measured.percentile(percent) or 0.0)) for percent in PERCENTILES),
            ("Longest", milliseconds(durations[-1])),
            ("Mean", milliseconds(sum(durations) / len(durations))),
        ]
    troubles = [(number, printable(call.trouble)) for number, call in enumerate(measured.calls, 1) if call.trouble]
    return {
        "words": printable(_measured_how(record, measured)),
        "numbers": numbers,
        "troubles": troubles,
        "chart": bool(measured.calls),
    }
