"""The register of cases: what is checked, where it is written, and by which name it is known for ever."""

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from conformance.cases.checks import Finding, Level
from conformance.client.credentials import ANYONE
from conformance.client.exchange import Client

Steps = Callable[[Client], Iterator[Finding]]
"""What a case does: calls the endpoint through the client and yields a check for each expectation."""

_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class RegistryError(Exception):
    """A registration that would make reports ambiguous: a mistake in this project, found at import."""


@dataclass(frozen=True, slots=True)
class Case:
    """One case of the suite."""

    id: str
    """For ever: reports of different versions are compared by it. Also a folder name."""
    clause: str
    """Section of the cookbook."""
    level: Level
    """How binding what the case expects is; a single check may be weaker."""
    persona: str
    """Who calls: a persona's name, or ANYONE."""
    intrusive: bool
    """True when an honest client would never send this: malformed messages, attacks, floods."""
    text: str
    """The published text: the function's docstring."""
    steps: Steps = field(repr=False)

    @property
    def title(self) -> str:
        """The first paragraph of the text, on one line."""
        return " ".join(self.text.split("\n\n", maxsplit=1)[0].split())


class Registry:
    """Cases by id, in the order of registration."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}

    def case(
        self, identifier: str, *, clause: str, level: Level, persona: str = ANYONE, intrusive: bool = False
    ) -> Callable[[Steps], Steps]:
        """Registers the decorated function. Raises RegistryError for a bad or used id, or a missing
        docstring.

        The id is given, never derived from the function's name: a function may be renamed, a published id may
        not.
        """
        if not _ID.fullmatch(identifier):
            raise RegistryError(f"{identifier!r} is no id: lower-case words joined by hyphens")
        if identifier in self.cases:
            raise RegistryError(f"there are two cases {identifier}")

        def register(steps: Steps) -> Steps:
            text = inspect.getdoc(steps)
            if not text:
                raise RegistryError(f"the case {identifier} has no docstring to publish")
            self.cases[identifier] = Case(identifier, clause, level, persona, intrusive, text, steps)
            return steps

        return register


registry: Final = Registry()
case: Final = registry.case
