"""Makes the bundle: one zip whose octets depend on nothing but what goes into it."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from conformance.cases import all_cases
from conformance.certify.recommended import RECOMMENDED
from conformance.evidence.letter import letter
from conformance.evidence.redaction import redacted, redacted_exchange
from conformance.evidence.waivers import Waiver
from conformance.modes.engine import Result, Verdict
from conformance.performance.measured import performance_facts
from conformance.reports.exchanges import FOLDER, SavedExchange, read_exchanges
from conformance.reports.folder import JUNIT, PAGE, RESULTS
from conformance.reports.junit import junit
from conformance.reports.page import page
from conformance.reports.record import Record
from conformance.reports.results import results_text
from conformance.reports.text import printable

MANIFEST: Final = "MANIFEST.sha256"
"""In the form that `sha256sum --check` reads."""

PERFORMANCE: Final = "performance"
"""The measurement, among the ids that may be waived."""

_RECOMMENDED: Final = "7.2"
_SAMPLES: Final = ("lastname-only", "all-fields")
"""How the ids end of the cases that a sample is taken from first."""

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can tell: the bundle's own time would make each one different."""


class EvidenceError(Exception):
    """There is no bundle. One sentence that says why."""


@dataclass(frozen=True, slots=True)
class Part:
    """One run, of an endpoint or of a client, as its folder holds it."""

    record: Record
    folder: Path


def standing(record: Record, waivers: Mapping[str, Waiver]) -> Sequence[str]:
    """What fails and is not waived: ids of cases, and PERFORMANCE."""
    broken = [result.case.id for result in record.results if result.verdict in (Verdict.FAIL, Verdict.ERROR)]
    if record.performance is not None and not record.performance.is_whole:
        broken.append(PERFORMANCE)
    return [name for name in broken if name not in waivers]


def lacking(records: Sequence[Record]) -> Sequence[str]:
    """What cookbook 7.1.3 and 7.2 ask for and the results do not hold together, a clause each."""
    results = [result for record in records for result in record.results]
    said = []
    if left := _recommended_left(records):
        said.append(f"{len(left)} of the test cases that cookbook 7.2 recommends were not run: {', '.join(left)}")
    skipped = [result.case.id for result in results if result.verdict is Verdict.SKIP]
    if skipped:
        said.append(f"{len(skipped)} cases were not run: {', '.join(skipped)}")
    if all(record.performance is None for record in records):
        said.append(
            "there are no performance results: `conformance run --performance N` measures, "
            "`conformance watch` and `drive` time the client's calls"
        )
    return said


def _recommended_left(records: Sequence[Record]) -> Sequence[str]:
    """Recommended cases that the records of endpoints, or those of clients, hold no verdict on."""
    of_endpoints = [case.id for case in all_cases() if case.clause == _RECOMMENDED]
    left: list[str] = []
    for recommended, modes in ((of_endpoints, ("run",)), ([case.id for case in RECOMMENDED], ("watch", "drive"))):
        of_kind = [record for record in records if record.mode in modes]
        told = {result.case.id for record in of_kind for result in record.results if result.verdict is not Verdict.SKIP}
        left += [name for name in recommended if of_kind and name not in told]
    return left


def bundle(parts: Sequence[Part], waivers: Mapping[str, Waiver], *, redact: bool, name: str = "evidence.zip") -> bytes:
    """The zip; `name` is what the e-mail calls it. Of several parts each has a folder in it, named like its mode.

    Raises EvidenceError while something fails that is not waived, or when there is no sample, and OSError.
    """
    if broken := [case for part in parts for case in standing(part.record, waivers)]:
        raise EvidenceError(f"no evidence while these fail: {', '.join(broken)}; mend them, or waive them in a file")
    found = next(
        ((part, sample) for part in _clients_first(parts) if (sample := _sample(part.record, part.folder))), None
    )
    if found is None:
        raise EvidenceError("no case was answered with Success, so that there is no sample of request and answer")
    source, (result, number) = found
    exchange = _reader(source.folder, redact=redact)(result.case.id)[number]
    places = _places(parts)
    agents = sorted({agent for part in parts for agent in _user_agents(part.record, part.folder)})
    told = [redacted(part.record) if redact else part.record for part in parts]
    missing = lacking(told)
    about = {
        "service": "DossierNumberGeneration",
        "operation": "GenerateCovidId",
        "runs": [_run_facts(record, place) for record, place in zip(told, places, strict=True)],
        "user_agents": agents,
        "sample": {"folder": places[parts.index(source)], "case": result.case.id},
        "redacted": redact,
        "waived": [{**asdict(waiver), "expires": waiver.expires.isoformat()} for waiver in waivers.values()],
        "lacking": list(missing),
    }
    files = {
        "sample/request.xml": exchange.request,
        "sample/request.headers": exchange.request_head.encode(),
        "sample/answer.xml": exchange.answer,
        "sample/answer.headers": (exchange.answer_head or "").encode(),
        "about.json": _json(about),
        "email.eml": letter(told, agents, waivers, missing, name),
    }
    for part, record, place in zip(parts, told, places, strict=True):
        files |= {f"{place}{path}": octets for path, octets in _reports(part, record, redact=redact).items()}
    manifest = "".join(f"{hashlib.sha256(octets).hexdigest()}  {path}\n" for path, octets in sorted(files.items()))
    return _zipped({**files, MANIFEST: manifest.encode()})


def _clients_first(parts: Sequence[Part]) -> Sequence[Part]:
    """What the vendor's own client sent is the better sample than what this suite did."""
    return sorted(parts, key=lambda part: part.record.mode == "run")


def _places(parts: Sequence[Part]) -> Sequence[str]:
    """Where the reports of each part go in the zip: at the top when there is one."""
    if len(parts) == 1:
        return [""]
    modes = [part.record.mode for part in parts]
    return [
        f"{mode}/" if modes.count(mode) == 1 else f"{mode}-{modes[: number + 1].count(mode)}/"
        for number, mode in enumerate(modes)
    ]


def _reports(part: Part, told: Record, *, redact: bool) -> dict[str, bytes]:
    files = {
        RESULTS: results_text(told).encode(),
        JUNIT: junit(told),
        PAGE: page(told, _reader(part.folder, redact=redact)).encode(),
    }
    if told.performance is not None:
        files["performance.json"] = _json(performance_facts(told.performance))
    return files


def _reader(folder: Path, *, redact: bool) -> Callable[[str], Sequence[SavedExchange]]:
    def exchanges(case: str) -> Sequence[SavedExchange]:
        saved = read_exchanges(folder / FOLDER, case)
        return [redacted_exchange(exchange) for exchange in saved] if redact else saved

    return exchanges


def _sample(record: Record, folder: Path) -> tuple[Result, int] | None:
    """The case, and the number of the exchange in it: the last one, and of this run, not of an earlier one."""
    good = [
        result
        for result in record.results
        if result.verdict in (Verdict.PASS, Verdict.INFO, Verdict.WARN) and result.answer.startswith("Success, ")
    ]
    for result in sorted(good, key=lambda result: _preference(result.case.id)):
        saved = read_exchanges(folder / FOLDER, result.case.id)
        if saved and result.requests and result.requests[-1].encode() in saved[-1].request:
            return result, len(saved) - 1
    return None


def _preference(case: str) -> int:
    return next((place for place, ending in enumerate(_SAMPLES) if case.endswith(ending)), len(_SAMPLES))


def _user_agents(record: Record, folder: Path) -> Sequence[str]:
    """What the client called itself in the recommended cases; in all cases when none of those was run."""
    chosen = [result for result in record.results if result.case.clause == _RECOMMENDED] or record.results
    heads = (exchange.request_head for result in chosen for exchange in read_exchanges(folder / FOLDER, result.case.id))
    return sorted({agent for head in heads for agent in _values(head, "user-agent")})


def _values(head: str, name: str) -> Iterable[str]:
    fields = (line.partition(":") for line in head.splitlines()[1:])
    return [printable(value.strip()) for field, _, value in fields if field.strip().lower() == name]


def _run_facts(record: Record, place: str) -> dict[str, Any]:
    return {
        "folder": place,
        "mode": record.mode,
        "endpoint": record.endpoint,
        "versions": record.versions,
        "not_applicable": {result.case.id: result.reason for result in record.results if result.verdict is Verdict.NA},
    }


def _json(facts: Mapping[str, Any]) -> bytes:
    return (json.dumps(facts, indent=2, sort_keys=True) + "\n").encode()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Stored, not deflated: libraries that deflate differ in their octets."""
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_STORED) as archive:
        for path, content in sorted(files.items()):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.create_system = 3  # Unix wherever it is made, so that the mode means the same
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return octets.getvalue()
