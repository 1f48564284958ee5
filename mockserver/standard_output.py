"""What a command does when its standard output takes nothing more, such as a full disk."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

TROUBLE: Final = 3
"""Exit code: the machine lacks something."""

_FULL: Final = (errno.ENOSPC, errno.EFBIG, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC))


@contextmanager
def writable_output(command: str) -> Iterator[None]:
    """Ends the process with one sentence and TROUBLE when stdout cannot be written within the block.

    A reader that has seen enough (`| head`) is no trouble: Click ends the command then. Files that a command names are
    told by the command itself; an error that names one here is a fault of ours, and is shown as such.
    """
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None:
            raise
        _throw_away()
        print(f"{command}: standard output cannot be written: {error.strerror}", file=sys.stderr)  # noqa: T201
        sys.exit(TROUBLE)


def _throw_away() -> None:
    """The interpreter flushes stdout once more at its end, and would complain in its own words."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
