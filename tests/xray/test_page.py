"""The page in docs/ is what the code says now, with the figures that were measured."""

import json

from mockserver.xray.mistakes import STACKS, mistakes
from tests.xray.page import MEASURED, PAGE, page
from tests.xray.specimens import MAKERS, NAMES


def test_the_page_is_not_stale() -> None:
    measured = json.loads(MEASURED.read_text("utf-8"))
    written = PAGE.read_bytes().replace(b"\r\n", b"\n").decode("utf-8")
    assert written == page(measured), "run: python -m tests.xray.page"


def test_every_way_of_every_mistake_was_measured() -> None:
    hits = json.loads(MEASURED.read_text("utf-8"))["hits"]
    assert {name: tries for name, (_, tries) in hits.items()} == {
        name: len(makers) * len(NAMES) for name, makers in MAKERS.items()
    }


def test_fewer_than_one_in_a_hundred_mutations_was_named_wrongly() -> None:
    mutations = json.loads(MEASURED.read_text("utf-8"))["mutations"]
    assert mutations["named"] + mutations["none"] + mutations["wrong"] == mutations["count"]
    assert mutations["count"] >= 1000
    assert mutations["wrong"] * 100 < mutations["count"]


def test_every_mistake_says_what_to_do_and_where_it_happens() -> None:
    for mistake in mistakes().values():
        assert mistake.sentence.endswith(".")
        assert mistake.usual, mistake.id
        assert set(mistake.usual) <= set(STACKS)
