"""How a command ends: one sentence on standard error and an exit code, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import typer

USAGE: Final = 2
TROUBLE: Final = 3


def state_folder(given: Path | None) -> Path:
    """The folder that was given, else the user's."""
    from mockserver.identities.authority import default_state_directory

    return given if given is not None else default_state_directory()


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn the errors a user can cause into one sentence on stderr and an exit code."""
    from mockserver.cbss.register import UnusableFormat
    from mockserver.cbss.store import RegisterError, UnusableStore
    from mockserver.contract import ContractError
    from mockserver.examine import UnusableInput
    from mockserver.gateway.crypto.trust import TrustError
    from mockserver.gateway.profiles import PolicyError
    from mockserver.http.listener import ListenError, UnusableAddress
    from mockserver.identities.authority import AuthorityError
    from mockserver.identities.personas import PersonaError
    from mockserver.identities.state_folder import NoStateFolder
    from mockserver.identities.token_files import FileExists
    from mockserver.management.token import TokenFileError
    from mockserver.scenarios.plan import ScenarioError

    try:
        yield
    except (
        TrustError,
        PolicyError,
        UnusableInput,
        ContractError,
        FileExists,
        NoStateFolder,
        PersonaError,
        ScenarioError,
        TokenFileError,
        UnusableAddress,
        UnusableFormat,
        UnusableStore,
    ) as error:
        end(str(error), USAGE)
    except (AuthorityError, RegisterError, ListenError) as error:
        end(str(error), TROUBLE)


def end(sentence: str, code: int) -> NoReturn:
    """Say the sentence and end with the code."""
    typer.echo(f"mockserver: {sentence}", err=True)
    raise typer.Exit(code)


def note(sentence: str) -> None:
    """Say the sentence on standard error, and go on."""
    typer.echo(f"mockserver: note: {sentence}", err=True)
