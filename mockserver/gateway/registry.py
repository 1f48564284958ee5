"""The registry of rules: one rule, one id for ever.

A rule is a pure function of an Exchange and a Policy that yields a Breach for each place where the message breaks it.
It has no clock, no I/O and no say in the verdict: which breach refuses is decided by its severity in the profile, and
which refusal is answered by the order of the stages (`pipeline.py`). The catalogue, `mockserver rules`, the findings
of `mockserver check` and the journal all take their words from here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from inspect import cleandoc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.gateway.exchange import Exchange
    from mockserver.gateway.policy import Policy


class Stage(IntEnum):
    """Where in the line a rule stands; the first stage that refuses is the one that answers.

    The order is that of eHealth's error codes as far as they imply one, and otherwise reconstructed.
    """

    HTTP = 1
    """Answered without an envelope (Basic Profile R1113 to R1115, R1125)."""
    DOCTYPE = 2
    """Ahead of everything: nothing of such a document may reach the tree parser."""
    XML = 3
    SOAP = 4
    BODY = 5
    MUST_UNDERSTAND = 6
    WSI = 7
    SECURITY = 8
    AUTHORISATION = 9
    OPERATION = 10
    SCHEMA = 11
    CONTENT = 12
    REQUESTER = 13
    """Cookbook section 8, Table 2; an ordinary answer, no fault."""
    CBSS = 14
    """What CBSS says of the person (cookbook 5.2.2.4)."""
    TRACING = 15
    """User-Agent and From (cookbook 5.1.4)."""
    TOKEN_REQUEST = 16
    """What the STS says of a request for a token (decisions 4b): a fault or status of its own."""


class Level(StrEnum):
    """How strongly the source demands it (RFC 2119), or that it is ours."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"
    HARDENING = "hardening"
    """No source demands it of a sender; a verifier that lets it pass can be deceived."""


class Severity(StrEnum):
    """What a breach of a rule does in a profile."""

    REJECT = "reject"
    WARN = "warn"
    INFO = "info"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Breach:
    """One place where the message breaks a rule."""

    detail: str
    """What is there and what should be; never a person's name, number or token text beyond what the rule is about."""
    where: str = ""
    """Header field or path of the element, as a person would look for it."""
    information: tuple[str, str] | None = None
    """FieldName and FieldValue of the CbssStatus/Information that CBSS would send for it (cookbook 5.2.2.4)."""


Check = Callable[["Exchange", "Policy"], Iterator[Breach]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the catalogue."""

    id: str
    title: str
    text: str
    """The rule in a sentence or two: the docstring of its function."""
    stage: Stage
    level: Level
    source: str
    """Clause, R-number, or "reconstructed" with what it was inferred from."""
    severity: Severity
    """In profile `cookbook`."""
    advice: str
    """What the developer of the client should do."""
    check: Check
    soa: str | None = None
    """SOA code of the refusal; None where the answer is plain HTTP or a Status."""
    http: tuple[int, ...] = ()
    """HTTP status of a refusal without an envelope; several where it depends on what is broken, the usual one first."""
    cbss: str | None = None
    """Code of the CbssStatus that answers a breach."""
    requires: tuple[str, ...] = ()
    """Rules that must hold before this one can be judged; it is skipped when one of them is broken."""
    essential: bool = False
    """Without it a forged message could pass: no profile can weaken it, and rules that call cryptography require it."""
    reconstructed: bool = False
    """True where neither the cookbook nor a standard it names says so."""
    judges_head: bool = False
    """It judges the HTTP head, so it is left out when only the envelope is known. It looks at nothing else but which
    soapAction is right; what held of a head is not asked again about the same one."""
    judges_token: bool = False
    """It looks at the assertion and the limits and at nothing else: no time, no trust, nothing around the token. What
    held of a genuine token holds of the same bytes again, so it is not asked twice about them."""
    judges_outline: bool = False
    """It looks at the outline of the message (`message/outline.py`), its encoding, the limits and the contract, and at
    nothing else: at no value, no time, no trust. What held of an accepted message holds of all with its outline."""
    judges_history: bool = False
    """It asks what messages there were before this one: the last to be asked, when all that refuses it is known."""


class RegistryError(Exception):
    """Two rules share an id, or a rule requires one that does not exist before it."""


class Registry:
    """Rules by id, in the order in which they are judged."""

    def __init__(self, *, sets_precedents: bool = False) -> None:
        """`sets_precedents` tells that its messages are of a kind that has outlines: with a token in the header."""
        self.sets_precedents = sets_precedents
        self._rules: dict[str, Rule] = {}

    def rule(
        self,
        rule_id: str,
        title: str,
        *,
        stage: Stage,
        source: str,
        advice: str,
        level: Level = Level.MUST,
        severity: Severity | None = None,
        soa: str | None = None,
        http: int | Iterable[int] = (),
        cbss: str | None = None,
        requires: Iterable[str] = (),
        essential: bool = False,
        reconstructed: bool = False,
        judges_head: bool = False,
        judges_token: bool = False,
        judges_outline: bool = False,
        judges_history: bool = False,
    ) -> Callable[[Check], Check]:
        """Register the decorated function as rule `rule_id`; its docstring is the published text.

        `severity` defaults to reject for MUST and hardening rules and to warn for SHOULD and MAY.
        """
        default = Severity.REJECT if level in (Level.MUST, Level.HARDENING) else Severity.WARN

        def register(check: Check) -> Check:
            self._add(
                Rule(
                    id=rule_id,
                    title=title,
                    text=" ".join(cleandoc(check.__doc__ or "").split()),
                    stage=stage,
                    level=level,
                    source=source,
                    severity=severity or default,
                    advice=advice,
                    check=check,
                    soa=soa,
                    http=(http,) if isinstance(http, int) else tuple(http),
                    cbss=cbss,
                    requires=tuple(requires),
                    essential=essential,
                    reconstructed=reconstructed,
                    judges_head=judges_head,
                    judges_token=judges_token,
                    judges_outline=judges_outline,
                    judges_history=judges_history,
                )
            )
            return check

        return register

    def _add(self, rule: Rule) -> None:
        if rule.id in self._rules:
            raise RegistryError(f"rule {rule.id} is registered twice")
        if not rule.text:
            raise RegistryError(f"rule {rule.id} has no text")
        if rule.essential and rule.judges_history:
            raise RegistryError(f"rule {rule.id} is asked when the verdict of the essential rules is known already")
        for needed in rule.requires:
            if needed not in self._rules:
                raise RegistryError(f"rule {rule.id} requires {needed}, which is not registered before it")
        self._rules[rule.id] = rule

    def share(self, rule: Rule, *, instead: Mapping[str, str] | None = None, **words: str) -> None:
        """Take in a rule of another registry: the same check, judged for another service.

        `instead` names what takes the place of a required rule that this service has not; `words` (title, source,
        advice) are told differently here. Raises RegistryError if a required rule is neither here nor replaced.
        """
        places = instead or {}
        requires = tuple(places.get(needed, needed) for needed in rule.requires)
        self._add(replace(rule, requires=requires, **words))  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules.values())

    def __len__(self) -> int:
        return len(self._rules)

    def __contains__(self, rule_id: object) -> bool:
        return rule_id in self._rules

    def __getitem__(self, rule_id: str) -> Rule:
        return self._rules[rule_id]

    def of(self, *stages: Stage) -> tuple[Rule, ...]:
        """The rules of these stages, in order of judgement: by stage, then as registered."""
        return tuple(sorted((r for r in self if r.stage in stages), key=lambda r: r.stage))


RULES = Registry(sets_precedents=True)
"""The catalogue. It is complete once `mockserver.gateway.rules` is imported."""
