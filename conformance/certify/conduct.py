"""What a client does next, judged: how often it called, whether anew, how its command ended, what it showed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from conformance.cases.checks import Check, Finding, Level, Observation, shown
from conformance.certify.audit import audit, refuses
from conformance.certify.endpoint import Seen
from conformance.certify.launching import REFUSED, Ending
from conformance.certify.provocations import Holds, Provocation
from conformance.certify.verdicts import request_id
from conformance.certify.xray import XRay
from mockserver.gateway.exchange import Exchange
from mockserver.instant import SECOND

STALE_TOKEN = "H09"  # noqa: S105 - a rule's id
_REPEATED = frozenset({"I12"})
"""The gateway's word for a repeated message; `fresh` says it better."""


@dataclass(frozen=True, slots=True)
class Conduct:
    """All that is known of a client in one case."""

    seen: Sequence[Seen]
    others: Sequence[str] = ()
    """What it asked for beside the service."""
    ending: Ending | None = None
    """How its command ended; None when it was only watched."""
    refused: int = REFUSED
    """Exit status by which its command says that it holds no identifier."""
    xray: XRay | None = None
    """Tells why a message was refused; None when nobody asks."""


def judge(case: Provocation, conduct: Conduct) -> Iterator[Finding]:
    """What is to be said of `conduct` in `case`."""
    seen = conduct.seen
    if case.expired:
        yield _no_stale_token(seen)
    elif not seen:
        yield Check("requests", _number(*case.requests), "none", held=False, level=Level.MUST)
        return
    else:
        audited = list(audit(seen, lambda _: _REPEATED, conduct.xray))
        yield from audited
        if refuses(audited):
            return  # the gateway would not have taken the message: what follows proves nothing
    if case.needs_id and any(request_id(exchange) is None for exchange in seen):
        yield Observation("the request has no Id, so that the answer cannot refer to it (cookbook 5.2.1.1)")
        return
    least, most = case.requests
    held = least <= len(seen) <= most
    if case.expired and refuses([_no_stale_token(seen)]):
        return
    yield Check("requests", _number(least, most), str(len(seen)), held=held, level=Level.MUST)
    if not held:
        return  # how it ended follows from that
    if case.fresh:
        yield from _fresh(seen)
    if case.undisturbed:
        fetched = ", ".join(conduct.others)
        yield Check("fetched beside the service", "nothing", fetched or "nothing", not fetched, Level.MUST)
    yield from _end(case, conduct)


def _number(least: int, most: int) -> str:
    return f"exactly {least}" if least == most else f"{least} to {most}"


def _no_stale_token(seen: Sequence[Seen]) -> Check:
    stale = [exchange for exchange in seen if exchange.report is not None and _is_stale(exchange)]
    came = f"sent in {len(stale)} message(s)" if stale else "not sent"
    return Check("the expired token", "not sent", came, held=not stale, level=Level.MUST)


def _is_stale(exchange: Seen) -> bool:
    assert exchange.report is not None  # noqa: S101 - asked of those that have one
    return any(finding.rule.id == STALE_TOKEN for finding in exchange.report.findings)


def _fresh(seen: Sequence[Seen]) -> Iterator[Check]:
    """Each message after the first differs from all before it in Timestamp and signature."""
    for what, value in (("Timestamp", _timestamp), ("SignatureValue", _signature)):
        repeated = sum(
            any(_same(value, earlier, later) for earlier in seen[:number]) for number, later in enumerate(seen)
        )
        yield Check(
            f"{what} of a repeated request",
            "another each time",
            f"the same in {repeated} repeated request(s)" if repeated else "another each time",
            held=not repeated,
            level=Level.MUST,
        )


def _same(value: Callable[[Exchange], str], earlier: Seen, later: Seen) -> bool:
    if earlier.facts is None or later.facts is None or value(earlier.facts) != value(later.facts):
        return False
    # A clock read in whole seconds may honestly say the same twice within one.
    return "." in value(later.facts) or value is _signature or later.received - earlier.received >= SECOND


def _timestamp(facts: Exchange) -> str:
    stamp = facts.timestamp
    return "" if stamp is None else "/".join(element.text or "" for element in (*stamp.created, *stamp.expires))


def _signature(facts: Exchange) -> str:
    signature = facts.signature
    return "" if signature is None else "/".join(element.text or "" for element in signature.signature_values)


def _end(case: Provocation, conduct: Conduct) -> Iterator[Finding]:
    ending = conduct.ending
    if ending is None:
        showing = "".join(f", and that it shows {text!r}" for text in case.must_show)
        yield Observation(f"look at the client: that it holds {case.holds.value}{showing}", review=True)
        return
    yield from ends_well(ending, conduct.refused)
    if not _in_order(ending, conduct.refused):
        return
    if case.expired and ending.status == 0:
        return  # with another token: the endpoint refused that one too, and the first check has told
    belief = list(holds(case.holds, conduct, case.level))
    yield from belief
    if not all(check.held for check in belief):
        return  # who takes a refusal for a success has nothing to show
    for texts, level in ((case.must_show, Level.MUST), (case.should_show, Level.SHOULD)):
        for text in texts:
            found = " ".join(text.split()) in ending.output
            yield Check("shown or logged", shown(text), "it" if found else "not in the output", found, level)


def _in_order(ending: Ending, refused: int) -> bool:
    return ending.status in (0, refused)


def ends_well(ending: Ending, refused: int) -> Iterator[Check]:
    """That the command ended by itself and in good order."""
    expected = f"exit status 0 or {refused}"
    yield Check("the command", expected, ending.told(refused), _in_order(ending, refused), Level.MUST)


def holds(expected: Holds, conduct: Conduct, level: Level) -> Iterator[Check]:
    """That the client believes what it must: by the exit status, and by the identifier it prints."""
    ending = conduct.ending
    assert ending is not None  # noqa: S101 - only asked of a command
    if expected is Holds.NOTHING:
        yield Check(
            "what the client believes",
            f"exit status {conduct.refused}: it holds no identifier",
            ending.told(conduct.refused),
            held=ending.status == conduct.refused,
            level=level,
        )
        return
    yield Check(
        "what the client believes",
        "exit status 0: it holds an identifier",
        ending.told(conduct.refused),
        held=ending.status == 0,
        level=level,
    )
    if ending.status == 0:
        told = conduct.seen[-1].report.answer.identifier if conduct.seen[-1].report is not None else None
        printed = told is not None and told in ending.stdout
        came = "printed" if printed else "not on standard output"
        yield Check("the identifier", f"{shown(told)} on standard output", came, held=printed, level=level)
