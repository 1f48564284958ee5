"""The rules, one file a stage. Importing this package completes the registry, in the order of judgement."""

from importlib import import_module
from typing import Final

ROOMS: Final = (
    "mockserver.gateway.rules.transport",
    "mockserver.gateway.rules.xml",
    "mockserver.gateway.rules.soap",
    "mockserver.gateway.rules.wsi",
    "mockserver.gateway.rules.header",
    "mockserver.gateway.rules.timestamp",
    "mockserver.gateway.rules.assertion",
    "mockserver.gateway.rules.signature",
    "mockserver.gateway.rules.authorisation",
    "mockserver.gateway.rules.contract",
    "mockserver.gateway.rules.content",
    "mockserver.cbss.requester",
    "mockserver.cbss.person",
    "mockserver.gateway.rules.tracing",
)
"""A rule may require only rules before it, so this order is part of the catalogue; no import sorter may touch it."""

for _room in ROOMS:
    import_module(_room)
