"""Certifying the clients of this folder, each as a command of its own over real HTTP."""

import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from conformance.certify.launching import read_command
from conformance.certify.provocations import PROVOCATIONS
from conformance.certify.recommended import RECOMMENDED
from conformance.certify.session import PLACEHOLDERS, CommandSettings
from conformance.modes.drive import drive
from conformance.modes.engine import Result
from conformance.modes.provoke import provoke
from tests.clients.options import COMMAND

SLOW = 2.0
"""Seconds of the late answer, in tests; the command gives 65."""

Certify = Callable[..., Sequence[Result]]


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="session")
def certify(state: Path) -> Certify:
    """Runs a client of this folder in a mode: all cases of the mode, or those named."""

    def run(client: str, mode: str, *cases: str, timeout: float = 60.0, jobs: int = 2) -> Sequence[Result]:
        command = read_command(f'"{sys.executable}" -m {client} {COMMAND}', PLACEHOLDERS)
        settings = CommandSettings(command=command, state=state, timeout=timeout, jobs=jobs)
        if mode == "drive":
            return drive([case for case in RECOMMENDED if not cases or case.id in cases], settings)
        return provoke([case for case in PROVOCATIONS if not cases or case.id in cases], settings, slow=SLOW)

    return run


def all_cases(mode: str) -> list[str]:
    return [case.id for case in (RECOMMENDED if mode == "drive" else PROVOCATIONS)]


def drawn(population: Sequence[str], count: int) -> list[str]:
    """Some of them; pytest-randomly seeds the choice and prints the seed."""
    return random.sample(list(population), min(count, len(population)))
