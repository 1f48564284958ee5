"""All personas of a running mock: built in, from a user's file, and added while it runs.

The last are kept in the state folder, one file each, as they came in:

    STATE/personas/NAME.json
"""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mockserver.identities.key_folder import replace_private
from mockserver.identities.persona_file import read_persona
from mockserver.identities.personas import Persona, PersonaError, expect_own_subject, personas_with

_FOLDER: Final = "personas"

_MAX_TABLE: Final = 64 * 1024
"""Bytes of one persona as JSON; a genuine token's content has 2,000."""
_MAX_ADDED: Final = 1000


class PersonaTaken(PersonaError):
    """There is a persona of this name already."""


class PersonaRegister(Mapping[str, Persona]):
    """The personas by name, those added at run time last. Safe to share between threads.

    A Mapping that grows: iterating over it sees the personas that there were when it began.
    """

    def __init__(self, state: Path, file: Path | None = None) -> None:
        """Read the personas of `file` (see `personas_with`) and those that were added to the folder `state` before.

        The folder need not be there. Raises PersonaError.
        """
        self._folder = state / _FOLDER
        self._lock = threading.Lock()
        self._given = personas_with(file)
        self._source = file
        self.version = 0
        """Grows with every persona that is added or removed."""
        # Replaced and never changed: whoever iterates keeps what he had.
        self._added: Mapping[str, Persona] = {}
        self.read_again()

    def read_again(self) -> None:
        """Take in what another process has added to the folder, or removed. Raises PersonaError."""
        with self._lock:
            before, self._added = self._added, {}
            try:
                self._take_kept()
            except PersonaError:
                self._added = before
                raise

    def __getitem__(self, name: str) -> Persona:
        return self._added[name] if name in self._added else self._given[name]

    def __iter__(self) -> Iterator[str]:
        return iter([*self._given, *self._added])

    def __len__(self) -> int:
        return len(self._given) + len(self._added)

    @property
    def added_personas(self) -> Mapping[str, Persona]:
        """Those that were added; another object whenever they are others."""
        return self._added

    @property
    def added(self) -> Sequence[str]:
        """Names of those that were added at run time."""
        return list(self._added)

    def add(self, name: str, table: Mapping[str, Any]) -> Persona:
        """Take in a new persona, and keep it in the state folder.

        `table` has the keys of a persona in a file, with JSON's values; it is read by the same reader. Raises
        PersonaTaken for a name that is in use, PersonaError for a fault in the table and when it can't be kept.
        """
        with self._lock:
            if name in self:
                raise PersonaTaken(f'there is a persona "{name}" already; choose another name, or remove that one')
            if len(self._added) >= _MAX_ADDED:
                raise PersonaError(f"there are {_MAX_ADDED} added personas, which is the limit; remove some")
            persona = self._read(name, table, "the new persona")
            content = json.dumps(table, indent=2).encode()
            if len(content) > _MAX_TABLE:
                raise PersonaError(f"the new persona takes more than {_MAX_TABLE} bytes; shorten it")
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                replace_private(self._file(name), content)
            except OSError as error:
                raise PersonaError(f"{self._file(name)} can't be written ({error.strerror}); put that right") from error
            self._added = {**self._added, name: persona}
            self.version += 1
        return persona

    def remove(self, name: str) -> None:
        """Take out a persona that was added at run time.

        Its key stays in the test PKI, so one added again under the name must bear the same subject. Raises
        PersonaError for any other name, and when its file can't be deleted.
        """
        with self._lock:
            if name not in self._added:
                known = ", ".join(self._added) or "none"
                raise PersonaError(f'no persona "{name}" was added at run time; those that were: {known}')
            try:
                self._file(name).unlink(missing_ok=True)
            except OSError as error:
                raise PersonaError(f"{self._file(name)} can't be deleted ({error.strerror}); put that right") from error
            self._added = {key: persona for key, persona in self._added.items() if key != name}
            self.version += 1

    def _take_kept(self) -> None:
        for name, table in self._kept():
            kept = self._file(name)
            if name in self._given:
                raise PersonaError(
                    f'{self._source} has a persona "{name}", and so has {kept}; rename one, or delete {kept}'
                )
            self._added = {**self._added, name: self._read(name, table, str(kept))}

    def _read(self, name: str, table: object, source: str) -> Persona:
        persona = read_persona(name, table, lambda _: source)
        expect_own_subject(persona, self.values(), source)
        return persona

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.json"

    def _kept(self) -> Iterator[tuple[str, object]]:
        try:
            files = sorted(self._folder.glob("[!.]*.json"))
        except OSError as error:
            raise PersonaError(f"{self._folder} can't be read ({error.strerror}); put that right") from error
        for file in files:
            try:
                with file.open("rb") as stream:
                    yield file.stem, json.loads(stream.read(_MAX_TABLE + 1))
            except OSError as error:
                raise PersonaError(f"{file} can't be read ({error.strerror}); put that right, or delete it") from error
            except (ValueError, RecursionError) as error:
                raise PersonaError(f"{file} is damaged: no JSON; delete it and add the persona again") from error


class WithoutLegalContext:
    """The numbers of the end users whom CBSS answers with MSG00013: those of the personas marked so."""

    def __init__(self, personas: PersonaRegister) -> None:
        """`personas` is looked at each time, for it may grow."""
        self._personas = personas
        self._added: Mapping[str, Persona] | None = None
        self._numbers: frozenset[str] = frozenset()

    def __contains__(self, number: object) -> bool:
        added = self._personas.added_personas
        if added is not self._added:
            without = [persona for persona in self._personas.values() if not persona.legal_context]
            self._numbers = frozenset(value for persona in without for value in persona.requester.values())
            self._added = added
        return number in self._numbers
