"""The log: one event per exchange, without a word of its content.

Redaction is by construction: the only thing one can log is an exchange's correlation id, HTTP status, SOA
code and duration. Names, numbers, tokens and even refusal texts (they may quote the request) stay in the
journal.
"""

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import structlog

from mockserver.instant import SECOND

_MILLISECOND: Final = 1_000_000
_in_quotes: Final = json.encoder.encode_basestring_ascii

FORMS: Final = ("json", "text")


class ExchangeLog:
    """Writes events to a stream: as lines for people, or as JSON lines.

    `NO_COLOR` is honoured. No global configuration is touched, so that several servers may run in one
    process.

    A JSON line is put together here: structlog's way to the very same line takes three times as long, and every
    exchange has one. What people read on a terminal is structlog's.
    """

    def __init__(self, stream: TextIO | None = None, form: str | None = None) -> None:
        """Write to `stream`, by default to standard error.

        `form` is one of FORMS; without it text on a terminal and JSON elsewhere.
        """
        target = sys.stderr if stream is None else stream
        self._lines = structlog.WriteLogger(target)
        """It shares the lock of the stream with the faults of ours, so that no line is written into another."""
        self._moment = _moment()
        self._for_people: Any = None
        if _is_text(target, form):
            self._for_people = structlog.wrap_logger(
                self._lines,
                processors=_processors(target, form),
                wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
            ).bind()

    def exchange(self, *, correlation_id: str, status: int | None, soa: str | None, duration: int) -> None:
        """One exchange is over; `duration` in nanoseconds, `status` None when it was cut."""
        milliseconds = round(duration / _MILLISECOND, 3)
        if self._for_people is not None:
            self._for_people.info(
                "exchange", correlation_id=correlation_id, status=status, soa=soa, duration_ms=milliseconds
            )
            return
        self._lines.msg(
            f'{{"correlation_id": {_in_quotes(correlation_id)}, "status": {"null" if status is None else status}, '
            f'"soa": {"null" if soa is None else _in_quotes(soa)}, "duration_ms": {milliseconds!r}, '
            f'"event": "exchange", "timestamp": "{self._moment()}"}}'
        )


def log_faults(form: str | None = None) -> None:
    """Let the faults of ours, which any room may log, join the exchanges on standard error, in the same form.

    It configures structlog for the whole process: for a command, not for a server inside another program.
    """
    structlog.configure(
        processors=[structlog.processors.add_log_level, *_processors(sys.stderr, form)],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


def _moment() -> Callable[[], str]:
    """A function that says now as structlog's TimeStamper does, in UTC; date and time of day are made once a second."""
    told = -1
    text = ""

    def moment() -> str:
        nonlocal told, text
        second, rest = divmod(time.time_ns(), SECOND)
        if second != told:
            told, text = second, datetime.fromtimestamp(second, UTC).isoformat().removesuffix("+00:00")
        microseconds = rest // 1000
        return f"{text}.{microseconds:06d}Z" if microseconds else f"{text}Z"

    return moment


def _is_text(stream: TextIO, form: str | None) -> bool:
    return form == "text" or (form is None and stream.isatty())


def _processors(stream: TextIO, form: str | None) -> list[structlog.typing.Processor]:
    renderer: structlog.typing.Processor
    if _is_text(stream, form):
        renderer = structlog.dev.ConsoleRenderer(colors=stream.isatty() and "NO_COLOR" not in os.environ)
    else:
        renderer = structlog.processors.JSONRenderer()
    return [structlog.processors.TimeStamper(fmt="iso", utc=True), renderer]
