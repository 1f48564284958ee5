"""Findings that no message of the tables brings: of rules as a function makes them, and of another service."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from conformance.client.message import Requester
from mockserver.cbss import requester
from mockserver.gateway.exchange import Exchange, ParserRefusal
from mockserver.gateway.rules import transport
from tests.rules.bench import Bench


def test_a_row_of_table_2_says_its_answer(bench: Bench) -> None:
    check = requester._answers(requester.differing_person, "not $value1 but $value2")
    assert check.__doc__ == "Otherwise the answer is: not $value1 but $value2"
    policy = bench.gateway().policy
    forge = bench.forge(requester=Requester("85123199937"))
    exchange = Exchange(bench.request(forge.octets()), policy)
    assert [breach.detail for breach in check(exchange, policy)] == ["not 85123199937 but 80010199976"]


@pytest.mark.parametrize(("rule", "found"), [("Q11", [("404 for this path", "HTTP head")]), ("Q10", [])])
def test_a_rule_of_the_parser_is_broken_by_its_own_refusal_alone(
    bench: Bench, rule: str, found: list[tuple[str, str]]
) -> None:
    check = transport._by_parser(rule, "a text")
    assert check.__doc__ == "a text"
    policy = bench.gateway().policy
    request = bench.request(b"")
    refused = replace(request, refusal=ParserRefusal(404, "Q11", "404 for this path"))
    assert list(check(Exchange(request, policy), policy)) == []
    assert [(breach.detail, breach.where) for breach in check(Exchange(refused, policy), policy)] == found


class TwoOperations(Exchange):
    """As an exchange of the STS, which serves several."""

    @property
    def soap_actions(self) -> Sequence[str]:
        return ("urn:first", "urn:second")


def test_all_soap_actions_of_a_service_are_named(bench: Bench) -> None:
    policy = bench.gateway().policy
    request = replace(bench.request(b""), fields=(("SOAPAction", b'"urn:third"'),))
    (breach,) = transport.soap_action_matches(TwoOperations(request, policy), policy)
    assert breach.detail == "'urn:third' instead of 'urn:first' or 'urn:second'"
