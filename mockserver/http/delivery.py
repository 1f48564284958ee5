"""How an answer reaches its client: at once and whole, unless a scenario wants it late, cut or not at all."""

import socket
import struct
import sys
from dataclasses import dataclass
from enum import Enum
from typing import Final

_NO_LINGER: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""SO_LINGER with no time: close() then sends RST instead of FIN. Winsock's two fields are short."""


class End(Enum):
    """What becomes of the connection after an answer."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Delivery:
    """Instructions to the connection that will carry an answer."""

    delay: float = 0.0
    """Seconds before the first byte."""
    body_bytes: int | None = None
    """So many bytes of the body are sent, whatever Content-Length says, and the connection is closed; None: all."""
    end: End = End.KEEP
    """KEEP leaves it to HTTP. RESET: no byte is sent."""


AT_ONCE: Final = Delivery()
"""How every true answer is delivered."""


def reset_when_closed(connection: socket.socket) -> None:
    """Let the closing of `connection` reach the other side as a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
