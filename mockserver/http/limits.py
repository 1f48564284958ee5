"""How much of everything the server takes from a client."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds in bytes and seconds. All are settings; the defaults are ours, the cookbook names none.

    A genuine GenerateCovidId request is about 9 KB, its head below 1 KB.
    """

    target_bytes: int = 8 * 1024
    """Request target; above: 414."""
    head_bytes: int = 32 * 1024
    """Request line and fields, the empty line included; above: 431."""
    fields: int = 100
    """Header fields; above: 431."""
    body_bytes: int = 1024 * 1024
    """Body, as sent and after inflation, and likewise the framing around chunks; above: 413."""
    head_seconds: float = 30.0
    """From the first byte of a head to its end, TLS handshake included; above: 408."""
    body_seconds: float = 60.0
    """From the end of the head to the end of the body, and for a client to take an answer; above: 408."""
    idle_seconds: float = 75.0
    """How long a connection without a request stays open."""
    stop_seconds: float = 0.7
    """What a request in flight gets when the server is told to stop; then it is cut."""
    connections: int = 1000
    """Open at once; one more is answered 503. Each may hold one head and one body."""
    in_flight: int = 500
    """Requests that have begun to arrive and are not answered yet; one more is answered 503, unread."""
