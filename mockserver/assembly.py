"""Putting the product together: contract, state folder, trust, policy, register, gateway."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import mockserver.gateway.rules  # noqa: F401  profiles name rules, so the registry must be complete
from mockserver.cbss.register import Register
from mockserver.cbss.service import GenerateCovidId
from mockserver.contract import Contract, load_contract
from mockserver.gateway.crypto.trust import Trust, load_trust
from mockserver.gateway.exchange import ENDPOINT_PATH
from mockserver.gateway.gateway import Gateway, Report
from mockserver.gateway.policy import Policy
from mockserver.gateway.profiles import Overrides, build_policy, read_policy_file
from mockserver.identities.authority import Authority
from mockserver.identities.persona_register import PersonaRegister, WithoutLegalContext
from mockserver.identities.state_folder import StateUse
from mockserver.instant import Clock, system_clock
from mockserver.scenarios.gateway import JournallingGateway, ScriptedBackEnd, ScriptedGateway, SessionStore, Store
from mockserver.sessions.open_session import OpenSession
from mockserver.sessions.rooms import Room
from mockserver.sts.description import StsDescription
from mockserver.sts.endpoints import ENDPOINTS, Endpoint
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
    store: str | None = field(default=None, repr=False)
    """URL of a database that keeps them instead; it may hold a password."""
    personas: Path | None = None
    """File with more personas than the built-in ones."""
    hosts: Sequence[str] = ()
    """Names and addresses besides localhost that the server's certificate covers."""


def hosts_of(host: str, public_url: str | None) -> Sequence[str]:
    """What clients call a server that listens on `host` and is seen at `public_url`: for its certificate."""
    named = urlsplit(public_url).hostname if public_url else None
    # 0.0.0.0 and :: stand for every address of the machine, and no client calls it so.
    return [name for name in (host, named) if name and name not in ("0.0.0.0", "::")]  # noqa: S104 - no binding


def build_gateway(
    plan: Plan,
    *,
    clock: Clock = system_clock,
    on_report: Callable[[Report], None] = lambda _: None,
) -> tuple[Gateway, Contract]:
    """A gateway without sessions; the state folder is filled where it lacks something.

    Raises ContractError, AuthorityError, TrustError, PolicyError, PersonaError, RegisterError.
    """
    contract = load_contract(plan.contract)
    authority = Authority.open(plan.state, clock=clock)
    policy = _policy(plan, contract, authority, PersonaRegister(plan.state, plan.personas))
    pattern = policy.settings.identifier_format
    register = _register(plan, pattern)
    service = GenerateCovidId(contract, register, clock, policy.settings)
    return Gateway(policy, service, on_report=on_report), contract


def build_examiner(plan: Plan, *, clock: Clock) -> Gateway:
    """A gateway for `mockserver check`: same rules, but it creates no state folder and keeps no identifier.

    Raises ContractError, AuthorityError, TrustError, PolicyError, PersonaError.
    """
    contract = load_contract(plan.contract)
    authority = Authority.open(plan.state) if (plan.state / "pki").is_dir() else None
    policy = _policy(plan, contract, authority, PersonaRegister(plan.state, plan.personas))
    register = Register.in_memory(policy.settings.identifier_format)
    return Gateway(policy, GenerateCovidId(contract, register, clock, policy.settings))


class MockPremises:
    """All that `mockserver serve` loads once: what the sessions share, and what makes their rooms."""

    def __init__(self, plan: Plan, *, clock: Clock = system_clock, memory: Store | None = None) -> None:
        """The state folder is filled where it lacks something.

        `memory` is given to a process that works beside the one which has opened the folder: where identifiers are
        kept that are to be kept in memory. A file or a database is opened by each process.

        Raises ContractError, AuthorityError, TrustError, PolicyError, PersonaError, RegisterError.
        """
        self.contract = load_contract(plan.contract)
        # First of all that is in the folder: what is opened before could be cleared a moment later.
        self.in_use = StateUse.begin(plan.state) if memory is None else None
        self.authority = Authority.open(plan.state, clock=clock, hosts=plan.hosts)
        self.personas = PersonaRegister(plan.state, plan.personas)
        self.policy = _policy(plan, self.contract, self.authority, self.personas)
        self.register: Register | None = None
        """The store itself; None where another process has it in its memory."""
        self._store: Store
        if memory is not None and plan.in_memory and plan.store is None:
            self._store = memory
        else:
            self._store = self.register = _register(plan, self.policy.settings.identifier_format)

    def close(self) -> None:
        """Let go of the state folder and of the store."""
        if self.register is not None:
            self.register.close()
        if self.in_use is not None:
            self.in_use.close()

    def rooms(self, session: OpenSession) -> Mapping[str, Room]:
        """See mockserver.sessions.rooms.Premises."""
        return {ENDPOINT_PATH: self._service(session), **self._sts(session)}

    def _service(self, session: OpenSession) -> Room:
        store = SessionStore(self._store, session)
        cbss = GenerateCovidId(self.contract, store, session.clock, self.policy.settings)
        back_end = ScriptedBackEnd(cbss, self.contract, session.clock)
        accepted = session.accepted(ENDPOINT_PATH, self.policy.limits.replays)
        gateway = Gateway(self.policy, back_end, accepted=accepted)
        return Room(ScriptedGateway(gateway, session, back_end, store), self.contract)

    def _sts(self, session: OpenSession) -> Mapping[str, Room]:
        """The addresses of the STS by path: it issues what the gateway with the same policy trusts."""
        realm = Realm(self.personas, session.challenges)
        policy = replace(self.policy, settings=replace(self.policy.settings, time_to_live=TIME_TO_LIVE))
        service = TokenService(self.authority, policy, session.clock)

        def gateway(endpoint: Endpoint) -> JournallingGateway:
            kind = partial(StsExchange, endpoint=endpoint, realm=realm)
            return JournallingGateway(
                Gateway(
                    policy,
                    service,
                    exchange=kind,
                    catalogue=STS_RULES,
                    accepted=session.accepted(endpoint.path, policy.limits.replays),
                ),
                session,
                service="STS",
            )

        return {endpoint.path: Room(gateway(endpoint), StsDescription(endpoint)) for endpoint in ENDPOINTS}


def _register(plan: Plan, pattern: str) -> Register:
    if plan.store is not None:
        return Register.on_server(plan.store, pattern)
    return Register.in_memory(pattern) if plan.in_memory else Register.in_state(plan.state, pattern)


def _policy(plan: Plan, contract: Contract, authority: Authority | None, personas: PersonaRegister) -> Policy:
    return build_policy(
        contract,
        _trust(plan, authority),
        plan.profile,
        read_policy_file(plan.policy) if plan.policy is not None else Overrides(),
        without_legal_context=WithoutLegalContext(personas),
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
