"""How strict the gateway is, and whom it believes: everything a rule needs besides the message."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field

from mockserver.contract import Contract
from mockserver.gateway.crypto.trust import Trust
from mockserver.gateway.limits import Limits
from mockserver.gateway.registry import Rule, Severity
from mockserver.gateway.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A profile with its overrides, settings, limits, trust and contract. Each is equal to itself alone: what is
    remembered under one does not hold under another."""

    contract: Contract
    trust: Trust
    profile: str = "cookbook"
    severities: Mapping[str, Severity] = field(default_factory=dict)
    """Severity by rule id, where it differs from the rule's own."""
    settings: Settings = field(default_factory=Settings)
    limits: Limits = field(default_factory=Limits)
    without_legal_context: Container[str] = frozenset()
    """Numbers of end users whom CBSS answers with MSG00013: those of the personas marked so (decisions 3)."""

    def severity(self, rule: Rule) -> Severity:
        """What a breach of `rule` does under this policy."""
        return self.severities.get(rule.id, rule.severity)
