"""Octets for people to look at: with everything invisible shown."""

import unicodedata
from itertools import zip_longest
from typing import Final

_SIGNS: Final = {
    " ": "·",
    "\t": "→",
    "\r": "␍",
    "\n": "␊\n",
    "\u00a0": "⍽",
}
"""Blank, tab, carriage return, line feed, no-break space."""

LEGEND: Final = "· blank, → tab, ␍ carriage return, ␊ line feed, ⍽ no-break space, ⟨U+....⟩ other, ⟨..⟩ an octet"

_AROUND: Final = 40


def visible(octets: bytes) -> str:
    """The text with signs for white space, and code points for what else cannot be seen.

    Octets that are no UTF-8 are shown in hexadecimal.
    """
    text = octets.decode("utf-8", "surrogateescape")
    return "".join(_shown(character) for character in text)


def first_difference(signed: bytes, received: bytes) -> tuple[str, str] | None:
    """What stands around the first octet that differs, in both; None when nothing does."""
    pairs = zip_longest(signed, received)
    at = next((n for n, (one, other) in enumerate(pairs) if one != other), None)
    if at is None:
        return None
    return _around(signed, at), _around(received, at)


def _around(octets: bytes, at: int) -> str:
    start, end = max(0, at - _AROUND), at + _AROUND
    words = visible(octets[start:end]).replace("␊\n", "␊")
    return ("…" if start else "") + words + ("…" if end < len(octets) else "")


def _shown(character: str) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"⟨{code - 0xDC00:02X}⟩"
    if unicodedata.category(character)[0] in "CMZ":
        return f"⟨U+{code:04X}⟩"
    return character
