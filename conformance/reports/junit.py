"""junit.xml: a run for CI servers, one testcase for each case."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lxml import etree

from conformance.modes.engine import Result, Verdict
from conformance.reports.text import explained, printable
from mockserver.instant import Instant, format_instant

if TYPE_CHECKING:
    from conformance.modes.run import RunSettings

_KINDS: Final = {
    Verdict.FAIL: "failure",
    Verdict.ERROR: "error",
    Verdict.SKIP: "skipped",
    Verdict.NA: "skipped",
}
"""What JUnit knows; the other verdicts are passed testcases whose property says more."""


def save_junit(results: Sequence[Result], settings: "RunSettings", started: Instant, file: Path) -> None:
    """Writes junit.xml. Raises OSError."""
    file.write_bytes(junit(results, settings, started))


def junit(results: Sequence[Result], settings: "RunSettings", started: Instant) -> bytes:
    """The run in the form that Ant's JUnit task gave it and CI servers read."""
    kinds = [_kind(result, settings) for result in results]
    suite = etree.Element(
        "testsuite",
        name="dossier-conformance",
        tests=str(len(results)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(kinds.count("skipped")),
        time=f"{sum(result.seconds for result in results):.3f}",
        timestamp=format_instant(started).removesuffix("Z"),
    )
    properties = etree.SubElement(suite, "properties")
    etree.SubElement(properties, "property", name="endpoint", value=settings.endpoint.url)
    etree.SubElement(properties, "property", name="seed", value=str(settings.seed))
    for result, kind in zip(results, kinds, strict=True):
        _testcase(suite, result, kind, settings)
    root = etree.Element("testsuites")
    root.append(suite)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _kind(result: Result, settings: "RunSettings") -> str | None:
    return "failure" if result.verdict is settings.fail_on else _KINDS.get(result.verdict)


def _testcase(suite: etree._Element, result: Result, kind: str | None, settings: "RunSettings") -> None:
    case = etree.SubElement(
        suite,
        "testcase",
        classname=f"conformance.{result.case.clause}",
        name=result.case.id,
        time=f"{result.seconds:.3f}",
    )
    properties = etree.SubElement(case, "properties")
    for name, value in (("verdict", result.verdict), ("level", result.case.level), ("clause", result.case.clause)):
        etree.SubElement(properties, "property", name=name, value=value)
    if kind is not None:
        message = printable(result.reason or (str(result.broken[0]) if result.broken else result.answer))
        outcome = etree.SubElement(case, kind, message=message)
        if kind != "skipped":
            outcome.set("type", str(result.verdict))
            outcome.text = "\n".join(map(printable, explained(result, settings.command(result.case))))
    elif result.observations:
        out = etree.SubElement(case, "system-out")
        out.text = "\n".join(printable(observation.text) for observation in result.observations)
