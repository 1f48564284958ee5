"""junit.xml: a run for CI servers, one testcase for each case."""

from typing import Final

from lxml import etree

from conformance.modes.engine import Result, Verdict
from conformance.reports.record import Record
from conformance.reports.text import explained, printable
from mockserver.instant import format_instant

_KINDS: Final = {
    Verdict.FAIL: "failure",
    Verdict.ERROR: "error",
    Verdict.SKIP: "skipped",
    Verdict.NA: "skipped",
}
"""What JUnit knows; the other verdicts are passed testcases whose property says more."""


def junit(record: Record) -> bytes:
    """The run in the form that Ant's JUnit task gave it and CI servers read."""
    kinds = [_kind(result, record) for result in record.results]
    suite = etree.Element(
        "testsuite",
        name="dossier-conformance",
        tests=str(len(record.results)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        skipped=str(kinds.count("skipped")),
        time=f"{sum(result.seconds for result in record.results):.3f}",
        timestamp=format_instant(record.started).removesuffix("Z"),
    )
    properties = etree.SubElement(suite, "properties")
    facts = {"mode": record.mode, "endpoint": record.endpoint, "seed": record.seed}
    for name, value in facts.items():
        if value is not None:
            etree.SubElement(properties, "property", name=name, value=printable(str(value)))
    for result, kind in zip(record.results, kinds, strict=True):
        _testcase(suite, result, kind, record.commands.get(result.case.id))
    root = etree.Element("testsuites")
    root.append(suite)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _kind(result: Result, record: Record) -> str | None:
    return "failure" if result.verdict is record.fail_on else _KINDS.get(result.verdict)


def _testcase(suite: etree._Element, result: Result, kind: str | None, command: str | None) -> None:
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
            outcome.text = "\n".join(map(printable, explained(result, command)))
    elif result.observations:
        out = etree.SubElement(case, "system-out")
        out.text = "\n".join(printable(observation.text) for observation in result.observations)
