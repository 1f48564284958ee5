"""The console of the commands."""

import os
import sys

import rich.console


class Console(rich.console.Console):
    """Goes on in silence when its reader has seen enough (`| head`).

    Rich ends the program then, in the middle of whatever it does: a run would be broken off, and end with 1, which
    means that a case failed.
    """

    def on_broken_pipe(self) -> None:
        """Send what else there is to nowhere, what the interpreter flushes at its end included."""
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
