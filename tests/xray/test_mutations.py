"""Single random changes of signed content: the diagnosis names the changed element, or says that it found none."""

import random

import pytest

from mockserver.xray.budget import Limits
from tests.xray.mutations import Verdict, verdicts
from tests.xray.specimens import Bench


def test_of_twenty_mutations_none_is_named_wrongly(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A smaller budget than the default, so that what cannot be found costs little; the slow test draws its seed."""
    bench = Bench(tmp_path_factory.mktemp("mutations"), Limits(steps=1_500, seconds=60))
    told = verdicts(bench, 20_261_123, 20)
    assert told[Verdict.WRONG] == 0
    assert told[Verdict.NAMED] > 5  # it does name; how many depends on the budget


@pytest.mark.slow
def test_of_a_thousand_mutations_fewer_than_ten_are_named_wrongly(tmp_path_factory: pytest.TempPathFactory) -> None:
    bench = Bench(tmp_path_factory.mktemp("mutations"), Limits(steps=400_000, seconds=60))
    told = verdicts(bench, random.randrange(2**32), 1000)
    assert told[Verdict.WRONG] < 10
    assert told[Verdict.NAMED] > 500
