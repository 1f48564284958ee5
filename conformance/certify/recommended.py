"""The five test cases that cookbook 7.2 recommends, from the client's side: what it sends, what it is told.

`watch` recognises them in a client's traffic, `drive` has the client's command make them one by one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from conformance.cases.checks import Check, shown
from conformance.cases.known import FULL_PERSON, OTHER_NIHIIS, OTHER_SSINS, PERSON
from conformance.certify.endpoint import Seen
from conformance.client.answer import STATUS, Answer, Fault, Response
from conformance.client.message import Person, Requester
from mockserver.gateway.exchange import Exchange
from mockserver.identities.personas import Persona

Form = Callable[[Exchange], str | None]
"""Why a request is not what the case sends; None when it is."""


@dataclass(frozen=True, slots=True)
class Recommended:
    """One recommended case."""

    id: str
    text: str
    persona: str
    """Who calls, among the mock's personas."""
    person: Person
    """What `drive` has the client send."""
    requester: Callable[[Persona], Requester]
    form: Form = field(repr=False)
    expected: str
    """The answer, in words."""
    answered: Callable[[Answer], bool] = field(repr=False)
    succeeds: bool
    """Whether the client ends with an identifier."""
    shows_message: bool = False
    """Whether the StatusMessage must stand in the command's output."""
    invited: frozenset[str] = frozenset()
    """Rules of the gateway that the case itself breaks."""
    clause: str = "7.2"


def own_requester(persona: Persona) -> Requester:
    """The requester that agrees with the persona's token (cookbook 8, Table 2)."""
    return Requester(
        person_identifier=persona.requester.get("PersonIdentifier"),
        nihii=persona.requester.get("Nihii"),
        cbe=persona.requester.get("Cbe"),
    )


def _other_person(persona: Persona) -> Requester:
    own = persona.requester.get("PersonIdentifier")
    return Requester(person_identifier=next(number for number in OTHER_SSINS if number != own))


def _other_nihii(persona: Persona) -> Requester:
    own = persona.requester.get("Nihii")
    return Requester(nihii=next(number for number in OTHER_NIHIIS if number != own))


# What was sent.


def _fields(facts: Exchange) -> dict[str, str | None]:
    person = facts.business.person if facts.business is not None else None
    return {
        "LastName": getattr(person, "last_name", None),
        "FirstNames": getattr(person, "first_names", None),
        "Gender": getattr(person, "gender", None),
        "PhoneNumber": getattr(person, "phone_number", None),
    }


def _with_fields(*wanted: str) -> Form:
    def form(facts: Exchange) -> str | None:
        present = [name for name, value in _fields(facts).items() if value is not None and value.strip()]
        if present == list(wanted):
            return None
        return f"Person with {', '.join(present) or 'no value'}, not {', '.join(wanted)}"

    return form


def _without_last_name(facts: Exchange) -> str | None:
    if facts.business is None:
        return "no GenerateCovidIdRequest"
    last_name = _fields(facts)["LastName"]
    return None if last_name is None or not last_name.strip() else "Person with LastName"


def _differing_person(facts: Exchange) -> str | None:
    identity, business = facts.identity, facts.business
    if identity is None or business is None:
        return "no request with a token that names an end user"
    if identity.institution is not None or identity.ssin is None:
        return "a token that is not a person's"
    requester = business.requester
    if requester.person_identifier not in (None, identity.ssin) or requester.nihii or requester.cbe:
        return None
    return "a Requester that agrees with the token"


def _differing_sorting_centre(facts: Exchange) -> str | None:
    identity, business = facts.identity, facts.business
    if identity is None or business is None:
        return "no request with a token that names an end user"
    if identity.nihii is None:
        return "a token that is not a NIHII institution's"
    requester = business.requester
    if (requester.nihii is not None and requester.nihii[:8] != identity.nihii[:8]) or requester.cbe:
        return None
    return "a Requester that agrees with the token"


# What came back.


def _success(answer: Answer) -> bool:
    content = answer.content
    return isinstance(content, Response) and content.level_1 == f"{STATUS}Success" and bool(content.identifier)


def _refused_person(answer: Answer) -> bool:
    match answer.content:
        case Fault(system_error=error):
            return error is not None and error.code == "SOA-03006"
        case Response(cbss_status=status):
            return status is not None and status.code == "MSG00008"
    return False


def _requester_error(answer: Answer) -> bool:
    content = answer.content
    return isinstance(content, Response) and content.level_1 == f"{STATUS}Requester" and bool(content.status_message)


_TABLE_2: Final = frozenset({"R1", "R2", "R3", "R4", "R5", "R6", "R7"})

RECOMMENDED: Final = (
    Recommended(
        id="client-lastname-only",
        text="Successful CovidId generation based only on one LastName (example: COVID_LASTNAME_TEST).",
        persona="physician",
        person=PERSON,
        requester=own_requester,
        form=_with_fields("LastName"),
        expected="Success with a CovidDossierIdentifier",
        answered=_success,
        succeeds=True,
    ),
    Recommended(
        id="client-all-fields",
        text="Successful CovidId generation based on LastName, FirstNames, Gender and PhoneNumber. "
        "The first names carry accents: a client that writes anything but UTF-8 breaks its signature.",
        persona="physician",
        person=FULL_PERSON,
        requester=own_requester,
        form=_with_fields("LastName", "FirstNames", "Gender", "PhoneNumber"),
        expected="Success with a CovidDossierIdentifier",
        answered=_success,
        succeeds=True,
    ),
    Recommended(
        id="client-no-lastname",
        text="Unsuccessful CovidId generation (LastName not provided). Absent or empty: the cookbook does not say.",
        persona="physician",
        person=Person(last_name=None),
        requester=own_requester,
        form=_without_last_name,
        expected="SOA-03006, or MSG00008 of CBSS",
        answered=_refused_person,
        succeeds=False,
        invited=frozenset({"X01", "M01"}),
    ),
    Recommended(
        id="client-physician-other-requester",
        text="Unsuccessful CovidId generation (for physicians using their software solution) caused by a difference "
        "between the security header and the Criteria.Requester.",
        persona="physician",
        person=PERSON,
        requester=_other_person,
        form=_differing_person,
        expected="Level 1 Requester with a StatusMessage of Table 2",
        answered=_requester_error,
        succeeds=False,
        shows_message=True,
        invited=_TABLE_2,
    ),
    Recommended(
        id="client-sorting-center-other-requester",
        text="Unsuccessful CovidId generation (for sorting centers using their software solution) caused by a "
        "difference between the security header and the Criteria.Requester.",
        persona="sorting-center",
        person=PERSON,
        requester=_other_nihii,
        form=_differing_sorting_centre,
        expected="Level 1 Requester with a StatusMessage of Table 2",
        answered=_requester_error,
        succeeds=False,
        shows_message=True,
        invited=_TABLE_2,
    ),
)
"""Cookbook 7.2, in its order."""


def recognised(case: Recommended, seen: Seen) -> bool:
    """Whether this exchange is the case: sent so, and answered so."""
    return seen.facts is not None and case.form(seen.facts) is None and case.answered(seen.answer)


def sent_and_answered(case: Recommended, seen: Seen, given: Person | None = None) -> Iterator[Check]:
    """Checks that the exchange is the case; `given` are values the command was handed, which must have arrived."""
    if seen.facts is None:
        return
    other = case.form(seen.facts)
    yield Check("the request", case.text.split(". ")[0], other or "sent", held=other is None)
    if given is not None and other is None:
        for name, value in _given(given).items():
            came = _fields(seen.facts)[name]
            yield Check(f"{name} as given", shown(value), shown(came), held=came == value)
    yield Check("the answer", case.expected, seen.answer.summary(), held=case.answered(seen.answer))


def _given(person: Person) -> dict[str, str]:
    values = {
        "LastName": person.last_name,
        "FirstNames": person.first_names,
        "Gender": person.gender,
        "PhoneNumber": person.phone_number,
    }
    return {name: value for name, value in values.items() if value is not None}
