"""Putting the product together: contract, state folder, trust, policy, register, gateway."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import mockserver.gateway.rules  # noqa: F401  profiles name rules, so the registry must be complete
from mockserver.app import Room
from mockserver.cbss.register import MEMORY, Register
from mockserver.cbss.service import GenerateCovidId
from mockserver.contract import Contract, load_contract
from mockserver.gateway.crypto.trust import Trust, load_trust
from mockserver.gateway.gateway import Gateway, Report
from mockserver.gateway.policy import Policy
from mockserver.gateway.profiles import Overrides, build_policy, read_policy_file
from mockserver.identities.authority import Authority
from mockserver.identities.personas import personas_with
from mockserver.instant import Clock, system_clock
from mockserver.sts.challenges import Challenges
from mockserver.sts.description import StsDescription
from mockserver.sts.endpoints import ENDPOINTS
from mockserver.sts.exchange import Realm, StsExchange
from mockserver.sts.names import TIME_TO_LIVE
from mockserver.sts.rules import STS_RULES
from mockserver.sts.service import TokenService


@dataclass(frozen=True, slots=True)
class Plan:
    """What the operator asked for."""

    state: Path
    profile: str | None = None
    """`cookbook`, `lenient` or `hardened`; wins over the policy file's."""
    policy: Path | None = None
    """File that changes single rules, settings and limits."""
    trust_sts: Sequence[Path] = ()
    trust_ca: Sequence[Path] = ()
    contract: Path | None = None
    in_memory: bool = False
    """Keep the issued identifiers in memory and not in the state folder."""
    personas: Path | None = None
    """File with more personas than the built-in ones."""


def build_gateway(
    plan: Plan, *, clock: Clock = system_clock, on_report: Callable[[Report], None] = lambda _: None
) -> tuple[Gateway, Contract]:
    """The gateway as `mockserver serve` runs it; the state folder is filled where it lacks something.

    Raises ContractError, AuthorityError, TrustError, PolicyError, PersonaError, RegisterError.
    """
    contract = load_contract(plan.contract)
    authority = Authority.open(plan.state, clock=clock)
    policy = _policy(plan, contract, authority)
    pattern = policy.settings.identifier_format
    register = Register(MEMORY, pattern) if plan.in_memory else Register.in_state(plan.state, pattern)
    service = GenerateCovidId(contract, register, clock, policy.settings)
    return Gateway(policy, service, on_report=on_report), contract


def build_examiner(plan: Plan, *, clock: Clock) -> Gateway:
    """A gateway for `mockserver check`: same rules, but it creates no state folder and keeps no identifier.

    Raises ContractError, AuthorityError, TrustError, PolicyError, PersonaError.
    """
    contract = load_contract(plan.contract)
    authority = Authority.open(plan.state) if (plan.state / "pki").is_dir() else None
    policy = _policy(plan, contract, authority)
    register = Register(MEMORY, policy.settings.identifier_format)
    return Gateway(policy, GenerateCovidId(contract, register, clock, policy.settings))


def build_sts(
    plan: Plan,
    policy: Policy,
    *,
    clock: Clock = system_clock,
    on_report: Callable[[Report], None] = lambda _: None,
) -> Mapping[str, Room]:
    """The addresses of the STS by path: it issues what the gateway with this policy trusts.

    Raises AuthorityError, PersonaError.
    """
    authority = Authority.open(plan.state, clock=clock)
    realm = Realm(personas_with(plan.personas), Challenges())
    strict = replace(policy, settings=replace(policy.settings, time_to_live=TIME_TO_LIVE))
    service = TokenService(authority, strict, clock)
    return {
        endpoint.path: Room(
            Gateway(
                strict,
                service,
                on_report=on_report,
                exchange=partial(StsExchange, endpoint=endpoint, realm=realm),
                catalogue=STS_RULES,
            ),
            StsDescription(endpoint),
        )
        for endpoint in ENDPOINTS
    }


def _policy(plan: Plan, contract: Contract, authority: Authority | None) -> Policy:
    without = [persona for persona in personas_with(plan.personas).values() if not persona.legal_context]
    return build_policy(
        contract,
        _trust(plan, authority),
        plan.profile,
        read_policy_file(plan.policy) if plan.policy is not None else Overrides(),
        without_legal_context=frozenset(number for persona in without for number in persona.requester.values()),
    )


def _trust(plan: Plan, authority: Authority | None) -> Trust:
    if authority is None:
        return load_trust(plan.trust_sts, plan.trust_ca)
    return load_trust(
        plan.trust_sts,
        plan.trust_ca,
        own_sts=[authority.sts_certificate],
        own_ca=[authority.ca_certificate],
    )
