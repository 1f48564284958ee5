"""The log: one event per exchange, without a word of its content.

Redaction is by construction: the only thing one can log is an exchange's correlation id, HTTP status, SOA
code and duration. Names, numbers, tokens and even refusal texts (they may quote the request) stay in the
journal.
"""

import logging
import os
import sys
from typing import Any, Final, TextIO

import structlog

_MILLISECOND: Final = 1_000_000


class ExchangeLog:
    """Writes events to a stream: for people when it is a terminal, else as JSON lines.

    `NO_COLOR` is honoured. No global configuration is touched, so that several servers may run in one
    process.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to `stream`, by default to standard error."""
        target = sys.stderr if stream is None else stream
        renderer: structlog.typing.Processor
        if target.isatty():
            renderer = structlog.dev.ConsoleRenderer(colors="NO_COLOR" not in os.environ)
        else:
            renderer = structlog.processors.JSONRenderer()
        self._logger: Any = structlog.wrap_logger(
            structlog.WriteLogger(target),
            processors=[structlog.processors.TimeStamper(fmt="iso", utc=True), renderer],
            wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        ).bind()

    def exchange(self, *, correlation_id: str, status: int | None, soa: str | None, duration: int) -> None:
        """One exchange is over; `duration` in nanoseconds, `status` None when it was cut."""
        self._logger.info(
            "exchange",
            correlation_id=correlation_id,
            status=status,
            soa=soa,
            duration_ms=round(duration / _MILLISECOND, 3),
        )
