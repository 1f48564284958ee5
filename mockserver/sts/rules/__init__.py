"""What the STS asks of a request: the gateway's own rules, as far as they fit, and a few of its own.

`STS_RULES` is complete once this package is imported. The rules that it shares are the gateway's very functions;
nothing is verified by other code here.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from mockserver.gateway.registry import RULES, Rule
from mockserver.sts.rules.catalogue import STS_RULES

__all__ = ["ALL_RULES", "STS_RULES"]

ROOMS: Final = (
    "mockserver.sts.rules.message",
    "mockserver.sts.rules.key",
    "mockserver.sts.rules.renewal",
    "mockserver.sts.rules.signature",
    "mockserver.sts.rules.request",
)
"""A rule may require only rules before it, so this order is part of the catalogue; no import sorter may touch it."""

for _room in ROOMS:
    import_module(_room)

ALL_RULES: Final[Mapping[str, Rule]] = {rule.id: rule for rules in (STS_RULES, RULES) for rule in rules}
"""Every rule of both services by its id. Where both have it, the gateway's words: check and severity are the same."""
