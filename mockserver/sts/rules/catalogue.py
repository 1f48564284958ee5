"""The catalogue of the STS."""

from collections.abc import Mapping

import mockserver.gateway.rules  # noqa: F401  completes the gateway's catalogue
from mockserver.gateway.registry import RULES, Registry

STS_RULES = Registry()
"""What a request to the STS is judged by."""


def share(*rule_ids: str, instead: Mapping[str, str] | None = None) -> None:
    """Take rules of the gateway into the STS's catalogue; see Registry.share."""
    for rule_id in rule_ids:
        STS_RULES.share(RULES[rule_id], instead=instead)
