"""Every message of the tables of tests/rules, made in this process and at one instant: findings can be compared.

The tables send their messages to a running mock. Here a `Recorder` stands in its place: it makes the same messages,
with the clock standing still at noon, and keeps the requests instead of sending them. What a rule says of a request is
then the same each time, word for word.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import time_machine

from mockserver.gateway.exchange import HeaderField, HttpRequest
from mockserver.gateway.registry import Breach, Rule, Severity
from mockserver.instant import SECOND
from tests.attacks.catalogue import Attack, Harmless, Request, attacks, harmless_messages
from tests.forge import Forge
from tests.mutants.business_edges import business_edges
from tests.mutants.envelope_edges import envelope_edges
from tests.mutants.http_edges import http_edges
from tests.mutants.recorder import Message, Recorder
from tests.mutants.signature_edges import signature_edges
from tests.mutants.token_edges import token_edges
from tests.rules import (
    test_envelope_rows,
    test_from_table,
    test_http_rows,
    test_security_rows,
    test_timestamp_table,
    test_user_agent_table,
)
from tests.rules.bench import NOON, at
from tests.rules.business_rows import BUSINESS
from tests.rules.raw import lines_of, with_lines

Table = Callable[[Recorder], Iterator[Message]]


def security_rows(recorder: Recorder) -> Iterator[Message]:
    for each in (*test_security_rows.BREAKS, *BUSINESS):
        recorder.posted.clear()
        request = recorder.plain(each.build(recorder))
        again = any(posted.body == request.body for posted in recorder.posted)
        yield Message(f"{each.row} {each.rule} {each.case}", request, again)


def envelope_rows(recorder: Recorder) -> Iterator[Message]:
    for row in (*test_envelope_rows.ENVELOPE, *test_envelope_rows.LIST):
        recorder.posted.clear()
        row.posted_to(recorder)
        (request,) = recorder.posted
        yield Message(test_envelope_rows.named(row), request)


def http_rows(recorder: Recorder) -> Iterator[Message]:
    for row in test_http_rows.TABLE:
        lines = row.lines(lines_of(recorder), recorder.contract.soap_action)
        request = recorder.request(row.body(recorder.forge()), _fields(lines), version=row.version.decode())
        yield Message(test_http_rows.named(row), request)


def tracing_rows(recorder: Recorder) -> Iterator[Message]:
    for name, table in (("User-Agent", test_user_agent_table.TABLE), ("From", test_from_table.TABLE)):
        for number, values, _ in table:
            lines = with_lines(lines_of(recorder), name.encode(), *values)
            shown = ", ".join(repr(value)[1:50] for value in values) or "absent"
            yield Message(f"{name} {number} {shown}", recorder.request(recorder.forge().octets(), _fields(lines)))


def timestamp_rows(recorder: Recorder) -> Iterator[Message]:
    rows = (*test_timestamp_table.BOUNDARIES, *test_timestamp_table.LEXICAL)
    swapped = [
        test_timestamp_table.Row(row.number, f"{row.case}, in Expires", "", (), row.received, row.created)
        for row in test_timestamp_table.IN_CREATED_ONLY
    ]
    for row in (*rows, *swapped):
        forge = recorder.forge(now=at(row.received))
        forge.created.text, forge.expires.text = row.created, row.expires
        yield Message(test_timestamp_table.named(row), recorder.plain(forge.sign(), received=at(row.received)))
    for number, case, _, change in test_timestamp_table.STRUCTURE:
        forge = recorder.forge()
        change(forge)
        yield Message(f"{number} {case}", recorder.plain(forge.sign()))


def attacks_of(*packages: str) -> Table:
    """The attacks, and the harmless messages that look like them, of the modules whose names begin so."""

    def table(recorder: Recorder) -> Iterator[Message]:
        both: list[Attack | Harmless] = [*attacks(), *harmless_messages()]
        for each in both:
            if each.build.__module__.rpartition(".")[2].startswith(packages):
                recorder.posted.clear()
                built = each.build(recorder)
                request = _sent(built, recorder)
                yield Message(each.id, request, any(posted.body == request.body for posted in recorder.posted))

    return table


TABLES: Final[Mapping[str, Table]] = {
    "security": security_rows,
    "envelope": envelope_rows,
    "http": http_rows,
    "tracing": tracing_rows,
    "timestamp": timestamp_rows,
    "http edges": http_edges,
    "envelope edges": envelope_edges,
    "signature edges": signature_edges,
    "token edges": token_edges,
    "business edges": business_edges,
    "wrapping": attacks_of("wrapping"),
    "references": attacks_of("reference"),
    # Those of parser_sizes are left out: a megabyte each, and one rule.
    "parser": attacks_of("parser_characters", "parser_documents"),
}


def messages(table: str, recorder: Recorder) -> dict[str, Message]:
    """The messages of a table by name; names that a table gives twice get a number."""
    found: dict[str, Message] = {}
    with time_machine.travel(datetime.fromtimestamp(NOON // SECOND, UTC), tick=False):
        for message in TABLES[table](recorder):
            same = sum(name.partition(" #")[0] == message.name for name in found)
            found[message.name if not same else f"{message.name} #{same + 1}"] = message
    return found


def told(rule: Rule, severity: Severity, breach: Breach) -> str:
    """A finding in a line: what the developer of a client reads of it, without what differs from run to run."""
    field = "" if breach.information is None else f" ({' = '.join(breach.information)})"
    return steady(f"{rule.id} {severity}: {breach.detail} [{breach.where}]{field}")


_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A few rows write an instant when they are imported, by the clock of that day.
_IMPORTED: Final = re.compile(r"20(?:2[5-9]|[3-9][0-9])-[0-9]{2}-[0-9]{2}T[0-9:.]+Z")
# Certificates are not all of one length, so what stands behind them does not always begin at the same place.
_PLACE: Final = re.compile(r"\b(byte|character|column) [0-9]+")


def steady(text: str) -> str:
    """A text without what differs from run to run."""
    return _PLACE.sub(r"\1 N", _IMPORTED.sub("INSTANT", _UUID.sub("UUID", text)))


def _sent(built: bytes | Forge | Request, recorder: Recorder) -> HttpRequest:
    if isinstance(built, Request):
        return recorder.request(built.body, [(name, value.encode("latin-1")) for name, value in built.fields])
    return recorder.plain(built)


def _fields(lines: Sequence[tuple[bytes, bytes]]) -> list[HeaderField]:
    """As the listener reads them: without blanks around the value."""
    return [(name.decode("latin-1"), value.strip(b" \t")) for name, value in lines]
