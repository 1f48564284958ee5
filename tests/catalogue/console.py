"""Examples of the documentation, run as they stand: commands behind `$ `, and what they print below."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import pytest

_MODULES: Final = ("mockserver", "conformance")


class Example(NamedTuple):
    command: str
    output: str


def examples(block: str) -> Iterator[Example]:
    """The commands of a block in order. A line may go on after a backslash."""
    for part in re.split(r"^\$ ", block.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield Example(command.strip(), output.strip())


class Shell:
    """Runs commands in a folder, with addresses of the documentation replaced by those of a running mock."""

    def __init__(self, folder: Path, state: Path, addresses: Mapping[str, str]) -> None:
        self._folder = folder
        self._addresses = addresses
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}
        self._environment |= {"DOSSIER_STATE": str(state), "PYTHONIOENCODING": "utf-8"}

    def run(self, command: str) -> str:
        """What the command prints, with / between the names of a path on every system."""
        for documented, real in self._addresses.items():
            command = command.replace(documented, real)
        words = shlex.split(command)
        if words[0] == "cd":
            self._folder = self._folder / words[1]
            return ""
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self._environment[name] = value
            return ""
        if words[0] in _MODULES:
            words = [sys.executable, "-m", *words]
        elif shutil.which(words[0]) is None:
            pytest.skip(f"{words[0]} is not installed")
        ran = subprocess.run(
            words, cwd=self._folder, env=self._environment, capture_output=True, timeout=60, check=False
        )
        assert not ran.stderr, ran.stderr.decode()
        return ran.stdout.decode("utf-8").replace("\r\n", "\n").replace(os.sep, "/").strip()


def prints(documented: str, printed: str) -> bool:
    """Whether a command printed what is documented.

    A line `...` stands for any lines, or none; within a line `...` stands for any text.
    """
    pattern = ""
    for line in documented.splitlines():
        pattern += r"(?:.*\n)*?" if line == "..." else ".*?".join(map(re.escape, line.split("..."))) + r"\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed.splitlines())) is not None
