"""The mode `provoke`: the endpoint answers wrong, late or broken, and the client is judged by what it does next."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from conformance.cases.known import PERSON
from conformance.certify.conduct import Conduct, judge
from conformance.certify.endpoint import CheckedEndpoint, React
from conformance.certify.faulty import delayed
from conformance.certify.launching import REFUSED
from conformance.certify.provocations import Provocation
from conformance.certify.recommended import own_requester
from conformance.certify.session import Commands, CommandSettings, Handed, side_by_side
from conformance.certify.verdicts import client_case, judged, not_judged
from conformance.certify.xray import XRay
from conformance.modes.engine import Result, Verdict
from mockserver.assembly import Plan, build_gateway
from mockserver.identities.personas import personas

SLOW = 65.0
"""Seconds a late answer takes: "the actual response time may be greater than one minute" (cookbook 6.2)."""

PERSONA = "physician"
"""Whose token the command is handed, unless told otherwise."""

OnResult = Callable[[Result], None]


def provoke(
    cases: Sequence[Provocation],
    settings: CommandSettings,
    *,
    persona: str = PERSONA,
    slow: float = SLOW,
    on_result: OnResult = lambda _: None,
) -> Sequence[Result]:
    """Runs the command once for each case, with that case's URL.

    Raises TemplateError, ListenError and what building the mock's gateway raises.
    """
    gateway, contract = build_gateway(Plan(settings.state, contract=settings.contract, in_memory=True))
    endpoint = CheckedEndpoint(gateway, contract, react=_reactions(cases, slow))
    with closing(Commands(settings)) as commands, endpoint.running(settings.host, settings.port):

        def run(case: Provocation) -> Result:
            facts = client_case(case.id, case.clause, case.text, persona, case.level)
            if case.expired and not commands.takes_token:
                return not_judged(facts, Verdict.NA, "the command takes neither {credentials} nor {token}")
            began = time.monotonic()
            handed = Handed(
                case=case.id,
                persona=persona,
                person=PERSON,
                requester=own_requester(personas()[persona]),
                expired=case.expired,
            )
            ending = commands.run(handed, endpoint.url(case.id))
            conduct = Conduct(
                endpoint.ledger.of(case.id),
                endpoint.ledger.others(case.id),
                ending,
                refused=settings.refused,
                xray=XRay(settings.state),
            )
            result = judged(facts, judge(case, conduct), conduct.seen, seconds=time.monotonic() - began)
            on_result(result)
            return result

        return side_by_side(run, cases, settings.jobs)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedProvocation:
    """Provoking a client that no command starts: somebody points it at one URL after the other."""

    state: Path
    seconds: float
    """When to stop waiting."""
    quiet: float = 10.0
    """Seconds without a request, once every case had one, until the client is taken to have done all it does."""
    host: str = "127.0.0.1"
    port: int = 0
    contract: Path | None = None
    slow: float = SLOW


def provoke_watched(
    cases: Sequence[Provocation],
    settings: WatchedProvocation,
    on_urls: Callable[[Mapping[str, str]], None],
) -> Sequence[Result]:
    """Waits for a client at a URL for each case, which `on_urls` is told; then judges what can be seen from here.

    Ctrl-C ends the waiting too. Raises ListenError and what building the mock's gateway raises.
    """
    gateway, contract = build_gateway(Plan(settings.state, contract=settings.contract, in_memory=True))
    endpoint = CheckedEndpoint(gateway, contract, react=_reactions(cases, settings.slow))
    with endpoint.running(settings.host, settings.port):
        on_urls({case.id: endpoint.url(case.id) for case in cases})
        _wait(endpoint, {case.id for case in cases}, settings)
        return [_watched(case, endpoint, settings.state) for case in cases]


def _wait(endpoint: CheckedEndpoint, wanted: set[str], settings: WatchedProvocation) -> None:
    deadline = time.monotonic() + settings.seconds
    known = 0
    try:
        while (left := deadline - time.monotonic()) > 0:
            seen = endpoint.ledger.wait(known, min(left, settings.quiet))
            if len(seen) == known and wanted <= {exchange.case for exchange in seen}:
                return
            known = len(seen)
    except KeyboardInterrupt:
        return


def _watched(case: Provocation, endpoint: CheckedEndpoint, state: Path) -> Result:
    facts = client_case(case.id, case.clause, case.text, PERSONA, case.level)
    seen = endpoint.ledger.of(case.id)
    if case.expired and not seen:
        return not_judged(facts, Verdict.NA, "a client that is only watched cannot be handed an expired token")
    if not seen:
        return not_judged(facts, Verdict.SKIP, "no request came to this case's URL")
    conduct = Conduct(seen, endpoint.ledger.others(case.id), refused=REFUSED, xray=XRay(state))
    return judged(facts, judge(case, conduct), seen)


def _reactions(cases: Sequence[Provocation], slow: float) -> dict[str, React]:
    return {case.id: delayed(case.react, slow) if case.slow else case.react for case in cases}
