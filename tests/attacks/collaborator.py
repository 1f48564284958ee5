"""What an attack makes the gateway reach for, and whether it did: a listening socket and a file, both ours."""

import os
import socket
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

MARK: Final = "file-content-of-the-collaborator"
"""What stands in the file: it must never come back in an answer."""


class Collaborator:
    """A port on loopback that nobody may connect to, and a file that nobody may open."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]
        self._folder = tempfile.TemporaryDirectory()
        self.file = Path(self._folder.name) / "secret"
        self._is_pipe = hasattr(os, "mkfifo")
        if self._is_pipe:
            # Whoever opens a named pipe for reading waits for a writer, and a writer sees that one waits.
            os.mkfifo(self.file)
        else:
            self.file.write_text(MARK, "utf-8")

    def url(self, scheme: str = "http") -> str:
        """An absolute URL on our port."""
        return f"{scheme}://127.0.0.1:{self.port}/x"

    @property
    def file_url(self) -> str:
        """A file: URL of our file."""
        return self.file.as_uri()

    def was_reached(self) -> str | None:
        """How somebody reached us since the last question, in words; None if nobody did."""
        try:
            connection, peer = self._listener.accept()
        except BlockingIOError:
            return self._opened()
        connection.close()
        return f"{peer} connected"

    def _opened(self) -> str | None:
        if not self._is_pipe:
            return None
        try:
            descriptor = os.open(self.file, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # ENXIO: nobody reads
            return None
        os.close(descriptor)
        return "the file is open"

    def close(self) -> None:
        """Give port and file back."""
        self._listener.close()
        self._folder.cleanup()


@cache
def collaborator() -> Collaborator:
    """The one of this process; the fixture of the same name closes it."""
    return Collaborator()
