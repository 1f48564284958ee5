"""Notice that sessions may be otherwise than a worker has seen them.

A byte in a socket, put there before the management port answers whoever has changed something, so that a request which
begins after that answer finds it. To look costs a worker a microsecond; to ask the first process costs thirty.
"""

import contextlib
import select
import socket
from typing import Final

_SOME: Final = 4096


class ChangeTeller:
    """The first process's end."""

    def __init__(self, stream: socket.socket) -> None:
        stream.setblocking(False)
        self._stream = stream

    def tell(self) -> None:
        """Let the worker know."""
        # Full of notices that the worker has not taken yet, it needs no other one; gone, none at all.
        with contextlib.suppress(OSError):
            self._stream.send(b"\0")

    def close(self) -> None:
        """The worker is gone."""
        self._stream.close()


class Changes:
    """The worker's end."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self._poll = select.poll()
        self._poll.register(stream, select.POLLIN)

    def there_are(self) -> bool:
        """Whether something may have changed since this was asked the last time."""
        if not self._poll.poll(0):
            return False
        self._stream.recv(_SOME)
        return True
