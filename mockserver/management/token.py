"""Where the management token comes from: a file or the environment, never a command line: others can read it."""

import os
from pathlib import Path
from typing import Final

_MOST: Final = 4096
"""Bytes of a token file."""


class TokenFileError(Exception):
    """The file with the management token cannot be used; the message says why."""


def read_token(file: Path | None, variable: str) -> str | None:
    """The token in `file`, else in the environment variable; None where neither is set.

    White space around it is no part of it. Raises TokenFileError.
    """
    if file is None:
        return os.environ.get(variable)
    try:
        content = file.read_bytes()[: _MOST + 1]
        token = content.decode("ascii").strip()
    except OSError as error:
        raise TokenFileError(f"{file} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise TokenFileError(f"{file} holds no token: it must be one line of ASCII") from error
    if not token or len(content) > _MOST or not token.isprintable():
        raise TokenFileError(f"{file} holds no token: it must be one line of ASCII, {_MOST} bytes at most")
    return token
