"""The draft of the e-mail to the eHealth point of contact (cookbook 7.1.3)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from conformance.evidence.waivers import Waiver
from conformance.modes.engine import Verdict
from conformance.performance.measured import PERCENTILES
from conformance.reports.record import Record
from conformance.reports.text import milliseconds, printable
from mockserver.instant import format_instant

CONTACT: Final = "integration-support@ehealth.fgov.be"
"""Cookbook 7.1.3: "For further information and instructions, please contact"."""


def letter(
    records: Sequence[Record],
    user_agents: Sequence[str],
    waivers: Mapping[str, Waiver],
    lacking: Sequence[str],
    bundle: str,
) -> bytes:
    """The draft as a file that mail programs open (RFC 5322). The sender, date and signature are the partner's."""
    message = EmailMessage(policy=SMTP.clone(max_line_length=0, cte_type="8bit"))
    message["To"] = CONTACT
    message["Subject"] = "DossierNumberGeneration: test results before the release"
    message["X-Unsent"] = "1"  # mail programs open such a file as a draft
    message.set_content("\n".join(_lines(records, user_agents, waivers, lacking, bundle)) + "\n", cte="8bit")
    return message.as_bytes()


def _lines(
    records: Sequence[Record],
    user_agents: Sequence[str],
    waivers: Mapping[str, Waiver],
    lacking: Sequence[str],
    bundle: str,
) -> Iterator[str]:
    yield "Dear Sir or Madam,"
    yield ""
    yield "our tests of DossierNumberGeneration (GenerateCovidId) are finished. As cookbook 7.1.3 asks, the attached"
    yield f"{bundle} holds the test results, the performance results, and a sample of request and answer."
    yield ""
    yield f"Software: {printable('; '.join(user_agents)) or '[name and version]'}"
    for record in records:
        yield from _run_lines(record)
    for sentence in lacking:
        yield f"Please note: {sentence}."
    declared = [result for record in records for result in record.results if result.verdict is Verdict.NA]
    if declared or waivers:
        yield ""
        yield "Declared exceptions:"
        yield from (f"- {result.case.id}: not applicable: {printable(result.reason)}" for result in declared)
        yield from (
            f"- {waiver.case}: waived until {waiver.expires} by {printable(waiver.owner)}: {printable(waiver.reason)}"
            for waiver in waivers.values()
        )
    yield ""
    yield "We propose [date] for the release. Our contact is [name, e-mail, telephone]."
    yield ""
    yield "Yours faithfully,"
    yield "[name, organisation]"


def _run_lines(record: Record) -> Iterator[str]:
    totals = Counter(result.verdict for result in record.results)
    contract = record.versions["contract"]
    yield f"Tested: {printable(record.endpoint)} ({record.mode}), {format_instant(record.started)}"
    yield f"Results: {', '.join(f'{totals[verdict]} {verdict}' for verdict in Verdict if totals[verdict])}"
    yield f"Performance: {_performance(record)}"
    if contract["reconstructed"]:
        yield "Contract: reconstructed from the cookbook; the official WSDL was not used."
    else:
        yield f"Contract: SHA-256 {contract['sha256']}"


def _performance(record: Record) -> str:
    measured = record.performance
    if measured is None:
        return "[not measured]"
    numbers = ", ".join(f"p{percent} {milliseconds(measured.percentile(percent) or 0.0)}" for percent in PERCENTILES)
    return f"{len(measured.durations)} calls: {numbers}" if measured.durations else "no call with Success"
