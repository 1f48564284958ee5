"""The mode `drive`: the client's own command makes each recommended case, and is judged by what it sent and said."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing

from conformance.cases.checks import Check, Level, equal, shown
from conformance.certify.audit import audit, refuses
from conformance.certify.conduct import Conduct, ends_well, holds
from conformance.certify.endpoint import CheckedEndpoint
from conformance.certify.provocations import Holds
from conformance.certify.recommended import Recommended, sent_and_answered
from conformance.certify.session import Commands, CommandSettings, Handed, side_by_side
from conformance.certify.verdicts import client_case, judged
from conformance.certify.xray import XRay
from conformance.client.answer import Response
from conformance.client.message import Person
from conformance.modes.engine import Result
from mockserver.assembly import Plan, build_gateway
from mockserver.identities.personas import personas

_PERSON_PLACEHOLDERS = {
    "last_name": "lastname",
    "first_names": "firstnames",
    "gender": "gender",
    "phone_number": "phone",
}


def drive(
    cases: Sequence[Recommended], settings: CommandSettings, on_result: Callable[[Result], None] = lambda _: None
) -> Sequence[Result]:
    """Runs the command once for each case, with that case's URL.

    Raises TemplateError, ListenError and what building the mock's gateway raises.
    """
    gateway, contract = build_gateway(Plan(settings.state, contract=settings.contract, in_memory=True))
    endpoint = CheckedEndpoint(gateway, contract)
    with closing(Commands(settings)) as commands, endpoint.running(settings.host, settings.port):

        def run(case: Recommended) -> Result:
            began = time.monotonic()
            handed = Handed(
                case=case.id,
                persona=case.persona,
                person=case.person,
                requester=case.requester(personas()[case.persona]),
            )
            ending = commands.run(handed, endpoint.url(case.id))
            conduct = Conduct(
                endpoint.ledger.of(case.id), ending=ending, refused=settings.refused, xray=XRay(settings.state)
            )
            facts = client_case(case.id, case.clause, case.text, case.persona)
            checks = list(judge(case, conduct, handed, settings.command.placeholders))
            result = judged(facts, checks, conduct.seen, seconds=time.monotonic() - began)
            on_result(result)
            return result

        return side_by_side(run, cases, settings.jobs)


def judge(case: Recommended, conduct: Conduct, handed: Handed, placeholders: frozenset[str]) -> Iterator[Check]:
    """What is to be said of a run of `case`. After a message that the gateway refuses, nothing else is."""
    seen, ending = conduct.seen, conduct.ending
    assert ending is not None  # noqa: S101 - a command was run
    if not seen:
        yield Check("requests", "exactly 1", f"none; {ending.told(conduct.refused)}", held=False, level=Level.MUST)
        return
    audited = list(audit(seen, lambda _: case.invited, conduct.xray))
    yield from audited
    if refuses(audited):
        return
    yield equal("requests", 1, len(seen))
    if len(seen) > 1:
        return
    yield from sent_and_answered(case, seen[-1], _given(handed.person, placeholders))
    yield from ends_well(ending, conduct.refused)
    if ending.status in (0, conduct.refused):
        yield from holds(Holds.IDENTIFIER if case.succeeds else Holds.NOTHING, conduct, Level.MUST)
    content = seen[-1].answer.content
    if case.shows_message and isinstance(content, Response):
        message = " ".join((content.status_message or "").split())
        found = message in ending.output
        yield Check("shown or logged", shown(message), "it" if found else "not in the output", found, Level.MUST)


def _given(person: Person, placeholders: frozenset[str]) -> Person:
    """The values that the command was handed, as far as it takes them."""
    taken = {
        field: getattr(person, field)
        for field, placeholder in _PERSON_PLACEHOLDERS.items()
        if placeholder in placeholders
    }
    return Person(**taken)
