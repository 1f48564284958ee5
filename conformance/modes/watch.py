"""The mode `watch`: a client works as it always does, and the recommended cases tick off as they are seen."""

import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.cases.checks import Check, Level
from conformance.certify.audit import audit
from conformance.certify.endpoint import CheckedEndpoint, Seen
from conformance.certify.forwarding import forwarding
from conformance.certify.recommended import RECOMMENDED, Recommended, recognised
from conformance.certify.verdicts import client_case, judged, not_judged
from conformance.certify.xray import XRay
from conformance.client.endpoint import Endpoint
from conformance.modes.engine import Result, Verdict
from mockserver.assembly import Plan, build_gateway
from mockserver.gateway.exchange import ENDPOINT_PATH

MESSAGES = client_case(
    "client-messages",
    "5.1",
    "Every message keeps the rules that the gateway judges by, those that a recommended case breaks on purpose apart.",
    "anyone",
)
"""The case that holds the findings on all that was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """How to watch."""

    state: Path
    seconds: float
    """When the verdict comes at the latest."""
    host: str = "127.0.0.1"
    port: int = 0
    personas: Collection[str] = ()
    """Whose cases the client can make; all when empty."""
    forward: Endpoint | None = None
    """Endpoint that answers instead of the mock."""
    timeout: float = 300.0
    """Seconds that the endpoint may take."""
    trust_sts: Sequence[Path] = ()
    trust_ca: Sequence[Path] = ()
    contract: Path | None = None


_GLANCE: Final = 0.2
"""Seconds between two looks at the clock while nothing comes."""

OnSeen = Callable[[Seen, Sequence[str], Sequence[Check]], None]
"""Told of each exchange, with the ids of the cases that it ticks off, and what was found."""


def watch(
    settings: WatchSettings, on_ready: Callable[[str], None], on_seen: OnSeen, stop: threading.Event | None = None
) -> Sequence[Result]:
    """Listens until all cases were seen, the time is over, `stop` is set, or Ctrl-C; then gives the verdict.

    Raises ListenError and what building the mock's gateway raises.
    """
    plan = Plan(
        settings.state,
        trust_sts=settings.trust_sts,
        trust_ca=settings.trust_ca,
        contract=settings.contract,
        in_memory=True,
    )
    gateway, contract = build_gateway(plan)
    relay = forwarding(settings.forward, settings.timeout) if settings.forward is not None else None
    endpoint = CheckedEndpoint(gateway, contract, relay=relay)
    wanted = [case for case in RECOMMENDED if not settings.personas or case.persona in settings.personas]
    with endpoint.running(settings.host, settings.port) as origin:
        on_ready(origin + ENDPOINT_PATH)
        seen = _wait(endpoint, wanted, settings.seconds, on_seen, stop or threading.Event())
    return [*(_case_result(case, case in wanted, seen) for case in RECOMMENDED), _messages_result(seen, settings.state)]


def _wait(
    endpoint: CheckedEndpoint, wanted: Sequence[Recommended], seconds: float, on_seen: OnSeen, stop: threading.Event
) -> Sequence[Seen]:
    deadline = time.monotonic() + seconds
    seen: Sequence[Seen] = ()
    ticked: set[str] = set()
    ending = False
    try:
        while not ending:
            ending = stop.is_set() or time.monotonic() > deadline  # and one last look at what came before that
            known = len(seen)
            seen = endpoint.ledger.wait(known, 0.0 if ending else _GLANCE)
            for exchange in seen[known:]:
                new = [case.id for case in wanted if case.id not in ticked and recognised(case, exchange)]
                ticked.update(new)
                on_seen(exchange, new, list(audit([exchange], invited)))
            ending = ending or len(ticked) == len(wanted)
    except KeyboardInterrupt:
        return endpoint.ledger.of()
    return seen


def invited(exchange: Seen) -> frozenset[str]:
    """The rules that this request breaks because it is a recommended case."""
    cases = [case for case in RECOMMENDED if exchange.facts is not None and case.form(exchange.facts) is None]
    return frozenset(rule for case in cases for rule in case.invited)


def _case_result(case: Recommended, wanted: bool, seen: Sequence[Seen]) -> Result:
    facts = client_case(case.id, case.clause, case.text, case.persona)
    if not wanted:
        return not_judged(facts, Verdict.NA, f"declared: the client is not used by a {case.persona}")
    if not seen:
        return not_judged(facts, Verdict.ERROR, "no request came at all")
    sent = [exchange for exchange in seen if exchange.facts is not None and case.form(exchange.facts) is None]
    done = [exchange for exchange in sent if case.answered(exchange.answer)]
    if done:
        check = Check("the case", case.expected, done[0].answer.summary(), held=True, level=Level.MUST)
        return judged(facts, [check], done[:1])
    came = f"sent, but answered {sent[-1].answer.summary()}" if sent else "not seen"
    return judged(facts, [Check("the case", case.expected, came, held=False, level=Level.MUST)], sent[-1:])


def _messages_result(seen: Sequence[Seen], state: Path) -> Result:
    if not seen:
        return not_judged(MESSAGES, Verdict.ERROR, "no request came at all")
    checks = audit(seen, invited, XRay(state))
    return judged(MESSAGES, checks, seen)
