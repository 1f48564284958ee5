"""Message content beyond the schema (cookbook Table 1, SOA-03007: "Extended checks on the element format failed")."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.request import Requester
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Severity, Stage
from mockserver.identities.numbers import is_cbe, is_ehp, is_nihii, is_ssin

content = partial(RULES.rule, stage=Stage.CONTENT, soa="SOA-03007", requires=("X01",), reconstructed=True)

_REQUESTER: Final = "Criteria/Requester"


@content(
    "C01",
    "PersonIdentifier has right check digits",
    source="reconstructed from SOA-03007; wire-facts H (SSIN and BIS: 97 minus the rest of nine digits by 97)",
    advice="Use a real number of the test case; for the mock one of its personas (mockserver token).",
)
def person_identifier(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """PersonIdentifier is a valid SSIN or BIS number."""
    yield from _check(_requester(exchange).person_identifier, is_ssin, "PersonIdentifier")


@content(
    "C02",
    "Cbe is a valid CBE or EHP number",
    source="reconstructed from SOA-03007; decisions 2.10; cookbook 5.2.2.1 (an EHP number travels in Cbe)",
    advice="A CBE number begins with 0 or 1, an EHP number with 1990; "
    "both end in check digits (97 minus the first eight modulo 97).",
)
def cbe(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """InstitutionIdentifier.Cbe is a valid CBE number, or a valid EHP number."""
    yield from _check(
        _requester(exchange).cbe, lambda number: is_cbe(number) or is_ehp(number), "InstitutionIdentifier/Cbe"
    )


@content(
    "C03",
    "Nihii has right check digits",
    source="reconstructed: wire-facts H (modulus 97, since 2012 also 89); placeholders circulate, so it only warns",
    advice="Use a real NIHII number of the test case.",
    severity=Severity.WARN,
)
def nihii(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """InstitutionIdentifier.Nihii ends in the check digits of its first six."""
    yield from _check(_requester(exchange).nihii, is_nihii, "InstitutionIdentifier/Nihii")


def _requester(exchange: Exchange) -> Requester:
    return exchange.business.requester if exchange.business is not None else Requester()


def _check(number: str | None, is_valid: Callable[[str], bool], where: str) -> Iterator[Breach]:
    if number is not None and not is_valid(number):
        yield Breach("the check digits do not fit", f"{_REQUESTER}/{where}")
