"""The client's own command: filled in for a case, started, waited for, and what it said.

The command tells what it believes by how it ends. That is the contract with `drive` and `provoke`:

  0    it holds an identifier, and has printed it on standard output
  10   it holds none, and is in good order: the service refused, or gave no answer it could use
  any other status, a signal, or no end in time: it broke down

10 is a setting. It is not 1, with which Python, Java and Node end on an exception nobody caught.
"""

import difflib
import os
import re
import shlex
import signal
import string
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

REFUSED: Final = 10
"""Exit status of a command that holds no identifier, in good order."""

_KEPT: Final = 64 * 1024
"""Characters of each output that are kept."""


class TemplateError(ValueError):
    """The command cannot be filled in or started. One sentence."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command with placeholders, split into arguments before anything is filled in."""

    template: str
    placeholders: frozenset[str]
    shell: bool = False

    def filled(self, values: Mapping[str, str]) -> Sequence[str] | str:
        """The arguments for a case; a line for the shell if one was asked for. A value is always one argument."""
        if self.shell:
            quote = (lambda text: subprocess.list2cmdline([text])) if sys.platform == "win32" else shlex.quote
            return self.template.format_map({name: quote(value) for name, value in values.items()})
        return [part.format_map(values) for part in _split(self.template)]


def read_command(template: str, known: Mapping[str, str], *, shell: bool = False) -> Command:
    """The command in `template`; `known` are the placeholders with their meaning.

    Raises TemplateError for a template that cannot be read, or names a placeholder that is not known.
    """
    if not template.strip():
        raise TemplateError("--exec is empty: give the command that starts the client, with {endpoint} in it")
    try:
        names = {name for part in _split(template) for _, name, _, _ in string.Formatter().parse(part)} - {None}
    except ValueError as error:
        raise TemplateError(f"--exec cannot be read: {error}; a brace of its own is written {{{{ or }}}}") from error
    for name in sorted(str(name) for name in names):
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {{{near[0]}}}? " if near else ""
            there = ", ".join(f"{{{placeholder}}}" for placeholder in known)
            raise TemplateError(f"--exec has an unknown placeholder {{{name}}}; {hint}There are {there}")
    if "endpoint" not in names:
        raise TemplateError("--exec has no {endpoint}: the client would not know which URL to call")
    return Command(template, frozenset(str(name) for name in names), shell)


def _split(template: str) -> list[str]:
    if sys.platform != "win32":
        return shlex.split(template)
    # POSIX rules would eat the backslashes of paths; without them the quotes stay and are taken off here.
    return [re.sub(r'^(["\'])(.*)\1$', r"\2", part) for part in shlex.split(template, posix=False)]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a command ended."""

    status: int | None
    """Exit status, negative for a signal; None when it was stopped because its time was over."""
    stdout: str
    stderr: str
    seconds: float

    @property
    def output(self) -> str:
        """All it said, white space made one blank each: a text may be folded at any place."""
        return " ".join(f"{self.stdout} {self.stderr}".split())

    def told(self, refused: int) -> str:
        """The end in words."""
        if self.status is None:
            return f"no end within {self.seconds:.0f} seconds"
        if self.status == 0:
            return "exit status 0: it holds an identifier"
        if self.status == refused:
            return f"exit status {refused}: it holds no identifier"
        if self.status < 0:
            return f"a breakdown: signal {-self.status}"
        last = self.stderr.strip().splitlines()[-1:] or [""]
        return f"a breakdown: exit status {self.status} {last[0]}".rstrip()


def launch(arguments: Sequence[str] | str, timeout: float) -> Ending:
    """Start a command, wait for its end, and stop it with all it started when `timeout` seconds have passed.

    A string goes to the shell. Raises TemplateError when the program cannot be started.
    """
    began = time.monotonic()
    posix = sys.platform != "win32"
    try:
        process = subprocess.Popen(  # noqa: S603 - the command is the user's own, for this very purpose
            arguments,
            shell=isinstance(arguments, str),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=posix,
        )
    except OSError as error:
        program = arguments if isinstance(arguments, str) else arguments[0]
        reason = error.strerror or str(error)
        raise TemplateError(f"--exec cannot be started: {program}: {reason}") from error
    status: int | None
    try:
        stdout, stderr = process.communicate(timeout=timeout)
        status = process.returncode
    except subprocess.TimeoutExpired:
        status = None
        if posix:
            os.killpg(process.pid, signal.SIGKILL)  # its children too: they hold the pipes
        else:
            process.kill()
        stdout, stderr = process.communicate()
    return Ending(status, stdout[-_KEPT:], stderr[-_KEPT:], time.monotonic() - began)
