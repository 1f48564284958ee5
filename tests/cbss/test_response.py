"""A success is written from a form: to the letter what the tree of the response would be written as."""

import pytest
from lxml import etree

from mockserver.cbss import response
from mockserver.cbss.response import CbssStatus, Outcome, build_response, response_octets
from mockserver.contract import Contract, load_contract
from mockserver.instant import SECOND


@pytest.fixture
def numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same ids for every writing."""
    monkeypatch.setattr(response, "new_id", lambda: "_7")


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract()


@pytest.mark.usefixtures("numbered")
@pytest.mark.parametrize("in_response_to", [None, "_1", "Ünï.çode", 'a"b&<c>', "100%s", ""])
@pytest.mark.parametrize(
    "outcome",
    [
        Outcome("Success", identifier="50875894186"),
        Outcome("Success", identifier="CV-12<3&4"),
        Outcome("Success", identifier="100%"),
        Outcome("Success"),
        Outcome("Success", "with a message", identifier="1"),
        Outcome("Requester", "value < other & more"),
        Outcome("Responder", cbss=CbssStatus("MSG00008", [("lastName", "A1")])),
    ],
    ids=str,
)
def test_the_octets_are_those_of_the_tree(contract: Contract, outcome: Outcome, in_response_to: str | None) -> None:
    for now in (0, 1_700_000_000 * SECOND + 123_456_789):
        tree = build_response(contract, outcome, in_response_to=in_response_to, now=now)
        octets = response_octets(contract, outcome, in_response_to=in_response_to, now=now)
        assert octets == etree.tostring(tree, encoding="utf-8")


def test_each_response_has_an_id_of_its_own(contract: Contract) -> None:
    success = Outcome("Success", identifier="1")
    answers = [response_octets(contract, success, in_response_to=None, now=0) for _ in range(3)]
    assert len({etree.fromstring(each).get("Id") for each in answers}) == 3
