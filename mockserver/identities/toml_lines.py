"""The line on which something stands in a TOML text: the parser of the standard library forgets it."""

import tomllib
from collections.abc import Sequence
from typing import Final

Key = str | int
"""Of a table, or the position in an array, from 0."""

_NOTHING: Final = object()


def line_of(text: str, path: Sequence[Key]) -> int | None:
    """The number (from 1) of the line of `text`, which is TOML, where what `path` leads to begins.

    Of an item of an array that takes several lines it is the line where the item ends. None when there is nothing
    at the end of the path.

    The shortest beginning of the text that is TOML and holds the thing ends with it. A beginning that stops in the
    middle of a value is no TOML, so a value of several lines begins after the longest one before it that is.
    """
    lines = text.split("\n")
    if not _holds(lines, len(lines), path):
        return None
    before, until = 0, len(lines)  # the first so many lines do not hold it, these do
    while (middle := _a_whole_beginning(lines, before, until)) is not None:
        if _holds(lines, middle, path):
            until = middle
        else:
            before = middle
    if path and isinstance(path[-1], int):
        return next((n for n in range(before + 1, until) if _holds(lines, n, path, "]")), until)
    return before + 1


def _a_whole_beginning(lines: Sequence[str], before: int, until: int) -> int | None:
    """How many lines strictly between the bounds, about half, are TOML by themselves."""
    middle = (before + until) // 2
    candidates = [*range(middle, before, -1), *range(middle + 1, until)]
    return next((count for count in candidates if _parsed(lines, count) is not None), None)


def _parsed(lines: Sequence[str], count: int, ending: str = "") -> dict[str, object] | None:
    try:
        return tomllib.loads("\n".join([*lines[:count], ending]))
    except tomllib.TOMLDecodeError:
        return None


def _holds(lines: Sequence[str], count: int, path: Sequence[Key], ending: str = "") -> bool:
    found: object = _parsed(lines, count, ending)
    for key in path:
        if isinstance(found, dict):
            found = found.get(key, _NOTHING)
        elif isinstance(found, list) and isinstance(key, int) and key < len(found):
            found = found[key]
        else:
            return False
    return found is not None and found is not _NOTHING
