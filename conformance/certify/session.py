"""A client's command, run once for each case: what it is handed, and the threads that wait for it."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urljoin

from conformance.certify.launching import REFUSED, Command, Ending, launch
from conformance.client.message import Person, Requester
from conformance.client.sts.message import PATH as STS_PATH
from conformance.modes.mock import running_mock
from mockserver.identities.authority import Authority
from mockserver.identities.personas import personas
from mockserver.identities.token_files import write_token
from mockserver.instant import SECOND, system_clock

PLACEHOLDERS: Final = {
    "endpoint": "URL of the service, another for each case",
    "case": "id of the case",
    "persona": "who calls, such as physician",
    "state": "the mock's state folder",
    "credentials": "folder with token.xml, key.pem, certificate.pem and credential.p12 of the persona",
    "token": "the file token.xml in it",
    "key": "the file key.pem in it",
    "certificate": "the file certificate.pem in it",
    "p12": "the file credential.p12 in it (password: changeit)",
    "sts": "URL of the mock's STS (WS-Trust), for a client that fetches its token with the key in {p12}",
    "lastname": "Person.LastName",
    "firstnames": "Person.FirstNames",
    "gender": "Person.Gender",
    "phone": "Person.PhoneNumber",
    "person_identifier": "Requester.PersonIdentifier",
    "nihii": "Requester.InstitutionIdentifier.Nihii",
    "cbe": "Requester.InstitutionIdentifier.Cbe",
}
"""What may stand in --exec. A value the case leaves out is an empty argument."""

_FILES: Final = {"token": "token.xml", "key": "key.pem", "certificate": "certificate.pem", "p12": "credential.p12"}
_CREDENTIALS: Final = {"credentials", *_FILES}
_DAY: Final = 24 * 3600

_T = TypeVar("_T")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What a case hands to the command."""

    case: str
    persona: str
    person: Person
    requester: Requester
    expired: bool = False
    """The token's time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSettings:
    """How the client's command is run."""

    command: Command
    state: Path
    timeout: float = 120.0
    """Seconds for one run: an answer may take more than one minute (cookbook 6.2)."""
    refused: int = REFUSED
    """Exit status that says "no identifier, in good order"."""
    jobs: int = 1
    host: str = "127.0.0.1"
    port: int = 0
    contract: Path | None = None


class Commands:
    """Runs the command for cases; keeps the credentials it hands out in a folder of its own until closed."""

    def __init__(self, settings: CommandSettings) -> None:
        """Starts an STS when the command asks for one. Raises AuthorityError and MockError."""
        self.settings = settings
        self._authority = Authority.open(settings.state)
        with ExitStack() as stack:
            self._folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="conformance-credentials-"))
            # A mock beside the checked endpoint, on the same state folder: what its STS issues is trusted here.
            has_sts = "sts" in settings.command.placeholders
            mock = stack.enter_context(running_mock(settings.state, "--memory")) if has_sts else None
            self._sts = urljoin(mock.endpoint, STS_PATH) if mock is not None else ""
            self._open = stack.pop_all()

    def close(self) -> None:
        """Removes the credentials, and stops the STS. Raises MockError when that had ended before."""
        self._open.close()

    @property
    def takes_token(self) -> bool:
        """Whether the command can be handed a token at all."""
        return bool(self.settings.command.placeholders & {"credentials", "token"})

    def run(self, handed: Handed, endpoint: str) -> Ending:
        """One run. Raises TemplateError or AuthorityError."""
        return launch(self.settings.command.filled(self._values(handed, endpoint)), self.settings.timeout)

    def _values(self, handed: Handed, endpoint: str) -> Mapping[str, str]:
        folder = Path(self._folder) / handed.case
        if self.settings.command.placeholders & _CREDENTIALS:
            now = system_clock() - (25 * 3600 * SECOND if handed.expired else 0)
            write_token(folder, self._authority, personas()[handed.persona], now=now, lifetime=_DAY, overwrite=True)
        person, requester = handed.person, handed.requester
        return {
            "endpoint": endpoint,
            "case": handed.case,
            "persona": handed.persona,
            "state": str(self.settings.state),
            "credentials": str(folder),
            **{name: str(folder / file) for name, file in _FILES.items()},
            "sts": self._sts,
            "lastname": person.last_name or "",
            "firstnames": person.first_names or "",
            "gender": person.gender or "",
            "phone": person.phone_number or "",
            "person_identifier": requester.person_identifier or "",
            "nihii": requester.nihii or "",
            "cbe": requester.cbe or "",
        }


def side_by_side(work: Callable[[_T], _R], cases: Sequence[_T], jobs: int) -> Sequence[_R]:
    """`work` for each case, `jobs` at a time; results in the order of the cases."""
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
        return list(pool.map(work, cases))
