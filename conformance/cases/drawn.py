"""Persons drawn at random by hypothesis (cookbook 5.2.2.2): those nobody thought of.

The draw follows from the run's seed, which the report shows. A bounded number of requests is sent and a failing person
is not shrunk: shrinking would send hundreds more.
"""

from collections.abc import Callable, Iterator
from typing import Final

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from conformance.cases.checks import Check, Finding, Level, equal
from conformance.cases.expectations import expect_success, label_of
from conformance.cases.registry import case
from conformance.client.exchange import Client, Exchange
from conformance.client.message import Person

EXAMPLES: Final = 15
"""Requests of one case."""

_LETTERS: Final = st.characters(categories=["Lu", "Ll"], max_codepoint=0x24F)
_WORD: Final = st.text(_LETTERS, min_size=1, max_size=20)
NAMES: Final = st.lists(_WORD, min_size=1, max_size=4).flatmap(
    lambda words: st.sampled_from([" ", "-", "'"]).map(lambda joint: joint.join(words))
)
"""Latin letters with all their accents, joined by blank, hyphen or apostrophe."""

PHONES: Final = st.from_regex(r"(\+32|0)[1-9][0-9]{7}", fullmatch=True)

VALID_PERSONS: Final = st.builds(
    Person,
    last_name=NAMES,
    first_names=st.none() | st.lists(NAMES, min_size=1, max_size=3).map(" ".join),
    gender=st.sampled_from([None, "F", "M"]),
    phone_number=st.none() | PHONES,
)
"""Persons whom every reading of 5.2.2.2 accepts."""

INVALID_PERSONS: Final = st.one_of(
    st.builds(Person, last_name=st.text(" \t", max_size=5)),
    st.builds(Person, last_name=NAMES, gender=st.text(_LETTERS, min_size=2, max_size=8)),
    st.builds(Person, last_name=NAMES, phone_number=st.text(st.sampled_from("abcdefxyz!?"), min_size=3, max_size=12)),
)
"""Persons whom no reading of 5.2.2.2 accepts: LastName blank, Gender a word, PhoneNumber without a digit."""


def _each(
    client: Client, persons: st.SearchStrategy[Person], judge: Callable[[Exchange], list[Check]]
) -> Iterator[Finding]:
    """Sends the persons drawn until the checks of one do not hold; yields those of the last one sent.

    Nothing is raised inside: hypothesis would send the failing person again to see whether it fails twice.
    """
    checks: list[Check] = []
    sent: list[Person] = []

    @seed(client.seed)
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(persons)
    def send(person: Person) -> None:
        if not all(check.held for check in checks):
            return
        checks[:] = judge(client.generate_covid_id(client.credentials.requester, person))
        sent.append(person)

    send()
    held = all(check.held for check in checks)
    yield Check("all drawn persons", "as below", f"so for {len(sent)}" if held else f"not so for {sent[-1]}", held)
    yield from checks


@case("drawn-valid-persons", clause="5.2.2.2", level=Level.MUST)
def valid_persons(client: Client) -> Iterator[Finding]:
    """Persons drawn at random from what every reading of 5.2.2.2 accepts get a CovidId each."""
    yield from _each(client, VALID_PERSONS, lambda exchange: list(expect_success(exchange)))


@case("drawn-invalid-persons", clause="5.2.2.2", level=Level.MUST, intrusive=True)
def invalid_persons(client: Client) -> Iterator[Finding]:
    """Persons drawn at random from what no reading of 5.2.2.2 accepts are refused: MSG00008 or SOA-03006."""

    def judge(exchange: Exchange) -> list[Check]:
        label = label_of(exchange.answer)
        return [Check("answer", "MSG00008 or SOA-03006", label or "another", label in ("MSG00008", "SOA-03006"))]

    yield from _each(client, INVALID_PERSONS, judge)
    yield equal("identifiers given to them", 0, sum(label_of(each.answer) == "Success" for each in client.exchanges))
