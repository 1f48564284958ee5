"""The catalogue of attacks: one function an attack, an id for ever, and the answer it must get.

An attack's id is that of its row in `rules.md` section 6, with a variant behind it where the row names several
("A01", "A24-role"). The docstring of the function is its title. Modules of this package register their attacks when
they are imported; `attacks()` imports them all, so a new module needs no entry anywhere.
"""

import importlib
import pkgutil
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path
from typing import Final

from tests.conftest import Mock
from tests.forge import Forge

_ID: Final = re.compile(r"A[0-9]{2,3}(?:-[A-Za-z0-9.-]+)?")


@dataclass(frozen=True)
class Request:
    """A message that needs header fields of its own."""

    body: bytes
    fields: Sequence[tuple[str, str]]


Build = Callable[[Mock], bytes | Forge | Request]


@dataclass(frozen=True)
class Attack:
    """A message that must be refused."""

    id: str
    title: str
    build: Build
    soa: tuple[str | None, ...]
    """Accepted codes; None where the answer is no fault."""
    http: int = 500
    """200: an ordinary answer whose Status refuses."""
    rules: tuple[str, ...] = ()
    """At least one of these must be among the rules that refuse; none given: any rule."""
    profile: str = "cookbook"
    seconds: float = 2.0
    """Within which the answer must have come."""

    @property
    def row(self) -> str:
        """The row of `rules.md` it belongs to."""
        return self.id.partition("-")[0]


@dataclass(frozen=True)
class Harmless:
    """A message of the same catalogue that changes nothing and must succeed."""

    id: str
    title: str
    build: Build
    warns: tuple[str, ...] = ()
    """Rules that must warn; none given: nothing warns."""
    profile: str = "cookbook"

    @property
    def row(self) -> str:
        """The row of `rules.md` it belongs to."""
        return self.id.partition("-")[0]


_attacks: dict[str, Attack] = {}
_harmless: dict[str, Harmless] = {}


def attack(
    attack_id: str,
    *,
    soa: str | tuple[str | None, ...] | None,
    http: int = 500,
    rules: tuple[str, ...] = (),
    profile: str = "cookbook",
    seconds: float = 2.0,
    title: str | None = None,
) -> Callable[[Build], Build]:
    """Register the decorated function as attack `attack_id`; its docstring is the title unless one is given."""

    def register(build: Build) -> Build:
        codes = soa if isinstance(soa, tuple) else (soa,)
        _attacks[attack_id] = Attack(
            attack_id, _title(attack_id, build, title), build, codes, http, rules, profile, seconds
        )
        return build

    return register


def harmless(
    attack_id: str, *, warns: tuple[str, ...] = (), profile: str = "cookbook", title: str | None = None
) -> Callable[[Build], Build]:
    """Register the decorated function as a message that must succeed."""

    def register(build: Build) -> Build:
        _harmless[attack_id] = Harmless(attack_id, _title(attack_id, build, title), build, warns, profile)
        return build

    return register


def attacks() -> list[Attack]:
    """Every attack, by module and then as registered."""
    _import_all()
    return list(_attacks.values())


def harmless_messages() -> list[Harmless]:
    """Every message that looks like an attack and must succeed."""
    _import_all()
    return list(_harmless.values())


def _title(attack_id: str, build: Build, given: str | None) -> str:
    if _ID.fullmatch(attack_id) is None:
        raise ValueError(f"{attack_id!r} is no id of an attack: A01, or A01-variant")
    if attack_id in _attacks or attack_id in _harmless:
        raise ValueError(f"attack {attack_id} is registered twice")
    title = given or " ".join(cleandoc(build.__doc__ or "").split())
    if not title:
        raise ValueError(f"attack {attack_id} has no docstring")
    return title


def _import_all() -> None:
    package = Path(__file__).parent
    for module in sorted(found.name for found in pkgutil.iter_modules([str(package)])):
        if module != "conftest" and not module.startswith("test_"):
            importlib.import_module(f"{__package__}.{module}")
