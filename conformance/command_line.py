"""What the commands share: how they end, what they say on stderr, and where a password comes from."""

import getpass
import os
import sys
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NoReturn

import typer

from conformance.reports.text import printable
from conformance.settings import nearest

USAGE: Final = 2
"""Exit code: the command was used wrongly."""

TROUBLE: Final = 3
"""Exit code: nothing came of it, because of the endpoint or a fault of ours."""

INTERRUPTED: Final = 130
"""Exit code: somebody pressed Ctrl-C; 128 and the number of SIGINT, as shells count."""

_NO_TERMINAL: Final = (
    "there is no terminal to ask for the keystore's password: name the environment variable that holds it "
    "with --password-env"
)


def end(code: int, sentence: str) -> NoReturn:
    """Ends the command with one sentence on stderr."""
    complain(sentence)
    raise typer.Exit(code)


def complain(sentence: str) -> None:
    """Says something on stderr, harmless to the terminal whoever's words are in it."""
    typer.echo(f"conformance: {printable(sentence)}", err=True)


def expect_named(out: Path, example: str) -> None:
    """Ends the command when `--out` names nothing of its own: an empty name, or the working directory itself."""
    if out == Path():
        end(USAGE, f"--out names nothing: say where it goes, such as {example}")


def expect_known(kind: str, names: Iterable[str], known: Sequence[str]) -> None:
    """Ends the command at the first of `names` that is not known, with the nearest one that is."""
    for name in names:
        if name not in known:
            end(USAGE, f"there is no {kind} {name!r}; {nearest(name, known)}")


def keystore_password(keystore: Path, variable: str | None) -> str:
    """From the environment variable, or asked for; never an option, which others on the machine could see."""
    if variable is not None:
        if variable not in os.environ:
            end(USAGE, f"the environment variable {variable} with the keystore's password is not set")
        return os.environ[variable]
    if sys.stdin is None or not sys.stdin.isatty():
        end(USAGE, _NO_TERMINAL)
    with warnings.catch_warnings():
        # A stdin that cannot be kept from showing what is typed is no place for a password.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return str(typer.prompt(f"Password of {keystore}", hide_input=True, err=True))
        except (typer.Abort, getpass.GetPassWarning):
            end(USAGE, _NO_TERMINAL)
