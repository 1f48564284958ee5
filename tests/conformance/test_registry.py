"""Cases are registered once, by an id for ever, with a text to publish."""

from collections.abc import Iterator

import pytest

from conformance.cases import all_cases
from conformance.cases.checks import Check, Level
from conformance.cases.registry import Registry, RegistryError
from conformance.client.exchange import Client


def nothing(client: Client) -> Iterator[Check]:
    """Checks nothing.

    Second paragraph.
    """
    yield from ()


def test_the_five_cases_of_the_cookbook_are_there_under_their_ids() -> None:
    # Published ids: a change here breaks everybody who compares reports.
    assert [case.id for case in all_cases() if case.clause == "7.2"] == [
        "recommended-lastname-only",
        "recommended-all-fields",
        "recommended-no-lastname",
        "recommended-physician-other-requester",
        "recommended-sorting-center-other-requester",
    ]


def test_every_case_has_a_title_and_none_of_the_recommended_is_intrusive() -> None:
    assert all(case.title for case in all_cases())
    assert not any(case.intrusive for case in all_cases() if case.clause == "7.2")


def test_the_docstring_is_the_published_text() -> None:
    registry = Registry()
    registry.case("a-b", clause="1", level=Level.MAY, persona="physician")(nothing)
    case = registry.cases["a-b"]
    assert case.text == "Checks nothing.\n\nSecond paragraph."
    assert case.title == "Checks nothing."


def test_a_second_case_of_the_same_id_is_refused() -> None:
    registry = Registry()
    registry.case("same", clause="1", level=Level.MUST, persona="physician")(nothing)
    with pytest.raises(RegistryError, match="two cases same"):
        registry.case("same", clause="2", level=Level.MUST, persona="physician")


@pytest.mark.parametrize("identifier", ["", "Upper", "under_score", "../up", "two--hyphens", "end-", "é", "a\n"])
def test_an_id_that_is_no_folder_name_is_refused(identifier: str) -> None:
    with pytest.raises(RegistryError, match="is no id"):
        Registry().case(identifier, clause="1", level=Level.MUST, persona="physician")


def test_a_case_without_a_text_is_refused() -> None:
    def silent(client: Client) -> Iterator[Check]:
        yield from ()

    with pytest.raises(RegistryError, match="no docstring"):
        Registry().case("silent", clause="1", level=Level.MUST, persona="physician")(silent)
