"""What a worker asks the first process, and its answers: calls by name, over a pair of connected sockets."""

import socket
from collections.abc import Callable
from typing import Any, Final

from mockserver.workers.encoding import Messages, message

_AT_ONCE: Final = 8 * 1024
"""Bytes read at a time, at most; nearly every message is much smaller."""


class LineBroken(SystemExit):
    """The first process is gone. Without it a worker can do nothing, so this ends it, whatever it is about; with a
    status alone, for a text would be written among the lines of the log."""

    def __init__(self) -> None:
        super().__init__(1)


class Line:
    """The worker's end. Belongs to one thread: a worker deals with one request at a time."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self._messages = Messages()

    def ask(self, name: str, *arguments: object) -> Any:
        """What the first process answers. Raises what was raised there, and LineBroken."""
        try:
            self._stream.sendall(message((True, name, arguments)))
            [(is_error, value)] = _received(self._stream, self._messages)
        except (EOFError, OSError) as error:
            raise LineBroken from error
        if is_error:
            raise value
        return value

    def tell(self, name: str, *arguments: object) -> None:
        """Let the first process know, and wait for nothing. Raises LineBroken."""
        try:
            self._stream.sendall(message((False, name, arguments)))
        except OSError as error:
            raise LineBroken from error


def serve_line(stream: socket.socket, call: Callable[[str, tuple[Any, ...]], object]) -> None:
    """The first process's end: answers until the worker is gone."""
    messages = Messages()
    try:
        while True:
            for is_waited_for, name, arguments in _received(stream, messages):
                answer: tuple[bool, object]
                try:
                    answer = (False, call(name, arguments))
                except Exception as error:  # the worker raises it, where its cause is
                    answer = (True, error)
                if is_waited_for:
                    stream.sendall(message(answer))
    except (EOFError, OSError):
        return


def _received(stream: socket.socket, messages: Messages) -> list[Any]:
    """The contents of the next messages, one at least. Raises EOFError when the other side is gone."""
    contents: list[Any] = []
    while not contents:
        octets = stream.recv(_AT_ONCE)
        if not octets:
            raise EOFError
        contents = messages.read(octets)
    return contents
