"""What a worker is told when it starts, and how it says that it cannot."""

from collections.abc import Sequence
from dataclasses import dataclass

from mockserver.assembly import Plan
from mockserver.http.limits import Limits
from mockserver.http.tls import Tls


@dataclass(frozen=True, slots=True)
class Orders:
    """All that one worker needs to know."""

    plan: Plan
    origin: str
    """Where the server listens: scheme://host:port."""
    public_url: str | None
    trusted_proxies: Sequence[str]
    tls: Tls | None
    limits: Limits
    """This worker's share."""
    clock_offset: float
    """Seconds that the server's clock is ahead of the machine's."""
    log_form: str | None
    """See ExchangeLog."""


CONNECTION: bytes = b"connection"
"""Announces a connection's handle."""
GAUGES: bytes = b"gauges"
"""Asks for requests in flight and open connections, which come back as two numbers."""
STOP: bytes = b"stop"
"""Ends the worker: gently, and at once when it comes again."""
READY: str = "ready"
"""The worker's answer to its orders; any other is the sentence why it cannot follow them."""
