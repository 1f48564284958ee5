"""Each mistake is made in truth, and the first line of the diagnosis names it."""

import pytest

from mockserver.xray.mistakes import mistakes
from tests.xray.specimens import MAKERS, Bench, Maker

_CASES = [
    pytest.param(mistake, maker, id=f"{mistake}: {maker.__name__}")
    for mistake, all_ in MAKERS.items()
    for maker in all_
]


def test_every_mistake_in_the_file_is_made_here() -> None:
    assert set(MAKERS) == set(mistakes())


@pytest.mark.parametrize(("mistake", "maker"), _CASES)
def test_the_first_line_names_the_mistake(mistake: str, maker: Maker, bench: Bench) -> None:
    specimen = maker(bench)
    explanation = bench.explain(specimen.octets, specimen.known)
    assert explanation.diagnoses, explanation.headline
    first = explanation.diagnoses[0]
    assert [note.mistake for note in first.notes[:1]] == [mistake], explanation.headline
    assert explanation.headline.startswith(f"{first.part}: {mistakes()[mistake].title}")


def test_nothing_is_said_of_a_message_that_verifies(bench: Bench) -> None:
    explanation = bench.explain(bench.forge().octets())
    assert (explanation.headline, explanation.diagnoses) == ("Every digest and signature that is there verifies", [])
