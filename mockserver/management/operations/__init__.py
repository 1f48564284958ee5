"""Every operation of the management port, one file a subject."""

from typing import Final

from mockserver.inspector import files
from mockserver.management.operation import Operation
from mockserver.management.operations import (
    clock,
    exchanges,
    journal,
    keys,
    personas,
    probes,
    rules,
    scenarios,
    sessions,
    xray,
)

OPERATIONS: Final[tuple[Operation, ...]] = (
    *probes.OPERATIONS,
    *journal.OPERATIONS,
    *exchanges.OPERATIONS,
    *xray.OPERATIONS,
    *sessions.OPERATIONS,
    *scenarios.OPERATIONS,
    *clock.OPERATIONS,
    *personas.OPERATIONS,
    *keys.OPERATIONS,
    *rules.OPERATIONS,
    *files.OPERATIONS,
)
