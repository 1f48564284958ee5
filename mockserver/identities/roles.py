"""Roles: what a physician or a hospital consists of, so that a persona of one's own needs only its numbers."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

_PLACEHOLDER: Final = re.compile(r"\{([a-z0-9]+)\}")

_MERGED: Final = ("identification", "certified")
"""Tables where a persona's own entries come on top of its role's; elsewhere its own take the place."""


class RoleError(Exception):
    """A role can't be filled in; the message names the next step."""

    def __init__(self, message: str, *path: str) -> None:
        super().__init__(message)
        self.path: Sequence[str] = path
        """Key of the persona's table that is at fault; empty for one that is missing."""


@cache
def roles() -> Mapping[str, Mapping[str, Any]]:
    """The templates of `roles.toml` by name."""
    file = resources.files("mockserver.identities") / "roles.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def fill_in(role: str, numbers: Mapping[str, str], table: Mapping[str, Any]) -> dict[str, Any]:
    """The persona's `table` with all that `role` says of somebody who has these `numbers`, which are checked already.

    Raises RoleError for an unknown role, and for a number that it lacks or does not know.
    """
    if role not in roles():
        raise RoleError(f'there is no role "{role}"; known are {", ".join(roles())}', "role")
    template = roles()[role]
    needed = template["numbers"]
    for key in needed:
        if key not in numbers:
            raise RoleError(f'numbers.{key} is missing, which the role "{role}" needs; add it')
    for key in numbers:
        if key not in needed:
            raise RoleError(f'numbers.{key} has no place in the role "{role}"; leave it out', "numbers", key)
    values = dict(numbers)
    if "nihii" in needed:
        given = numbers["nihii"]
        # An institution's eleven digits end in 000: seen for hospitals (`wire-facts.md` H), reconstructed for others.
        values |= {"nihii": given[:8], "nihii11": given if len(given) == 11 else given + "000"}
    filled = {key: _filled(value, values) for key, value in template.items() if key != "numbers"}
    own = {key: value for key, value in table.items() if key not in ("role", "numbers", *_MERGED)}
    for key in _MERGED:
        extra = table.get(key, {})
        # What is no table is refused by whoever reads the result.
        own[key] = dict(sorted((filled[key] | extra).items())) if isinstance(extra, dict) else extra
    return filled | own


def _filled(value: Any, numbers: Mapping[str, str]) -> Any:
    """`value` with the numbers in the place of their names in braces, at any depth."""
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: numbers[match.group(1)], value)
    if isinstance(value, list):
        return [_filled(item, numbers) for item in value]
    if isinstance(value, dict):
        return {key: _filled(item, numbers) for key, item in value.items()}
    return value
