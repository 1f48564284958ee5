"""The personas that there are: built in, from a user's file, and added at run time.

The built-in ones stand in `personas.toml` beside this file, with the source of every attribute name. A user's
own file has the same form and goes through the same reader.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Final

from mockserver.identities.persona import CERTIFIED, IDENTIFICATION, Attribute, Persona, PersonaError
from mockserver.identities.persona_file import load_personas

__all__ = [
    "CERTIFIED",
    "IDENTIFICATION",
    "Attribute",
    "Persona",
    "PersonaError",
    "expect_own_subject",
    "load_personas",
    "personas",
    "personas_with",
]

_MAX_FILE: Final = 1 << 20
"""Bytes of a file of personas: hundreds of them."""


@cache
def personas() -> Mapping[str, Persona]:
    """The built-in personas by name, in the order of `personas.toml`.

    Raises PersonaError when the installed file was damaged.
    """
    file = resources.files("mockserver.identities") / "personas.toml"
    return load_personas(file.read_text(encoding="utf-8"), "personas.toml")


def personas_with(file: Path | None) -> Mapping[str, Persona]:
    """The built-in personas, and those of a user's file; one of the same name takes the built-in one's place.

    Raises PersonaError.
    """
    if file is None:
        return personas()
    try:
        with file.open("rb") as stream:
            content = stream.read(_MAX_FILE + 1)
        if len(content) > _MAX_FILE:
            raise PersonaError(f"{file} is longer than {_MAX_FILE} bytes; name another file of personas")
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise PersonaError(f"{file} can't be read ({error.strerror}); name another file of personas") from error
    except UnicodeDecodeError as error:
        raise PersonaError(f"{file} is not in UTF-8; save it so") from error
    merged: dict[str, Persona] = dict(personas())
    own = load_personas(text, str(file))
    merged.update(own)
    for persona in own.values():
        expect_own_subject(persona, merged.values(), str(file))
    return MappingProxyType(merged)


def expect_own_subject(persona: Persona, known: Iterable[Persona], place: str) -> None:
    """Raise PersonaError when another persona's certificate bears the same name: the STS knows callers by it."""
    for other in known:
        if other.name != persona.name and other.subject == persona.subject:
            raise PersonaError(
                f'{place}: persona "{persona.name}" has the same subject as "{other.name}", and the STS knows callers '
                "by the name in their certificate; change one, such as its second OU"
            )
