"""The memory in which all workers of a server find the messages that each has accepted: made here, used in
`accepted_table.py`, which the first process has no need to load."""

import os
import sys
import tempfile
from typing import IO, Final

_OCTETS: Final = 16 * 1024 * 1024
"""Places for 507,904 names, two a message, in 16,384 buckets. 100,000 messages fill 12 of the 31 places of a bucket on
average, and fewer than one bucket in a hundred thousand has too many then. Pages that nothing has been written to take
no memory."""


def new_accepted_file() -> IO[bytes]:
    """An empty table that nobody finds by a name: whoever is to use it inherits its descriptor. Raises OSError."""
    if sys.platform == "linux":
        file: IO[bytes] = os.fdopen(os.memfd_create("accepted"), "r+b", buffering=0)
        file.truncate(_OCTETS)
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        # In full, and not by truncating it: where a disk has no room for a page, a process that writes to it is killed.
        file.write(bytes(_OCTETS))
        file.flush()
    return file
