"""Every case of a client, in the form that the reports know, with the commands that judge it."""

from collections.abc import Sequence

from conformance.cases.registry import Case
from conformance.certify.provocations import PROVOCATIONS
from conformance.certify.recommended import RECOMMENDED
from conformance.certify.verdicts import client_case
from conformance.modes.watch import MESSAGES


def client_cases() -> Sequence[tuple[Case, Sequence[str]]]:
    """The cases of `watch`, `drive` and `provoke`, and by which of them each is judged."""
    recommended = [client_case(case.id, case.clause, case.text, case.persona) for case in RECOMMENDED]
    provoked = [client_case(case.id, case.clause, case.text, "anyone", case.level) for case in PROVOCATIONS]
    return [
        *((case, ("watch", "drive")) for case in recommended),
        (MESSAGES, ("watch",)),
        *((case, ("provoke",)) for case in provoked),
    ]
