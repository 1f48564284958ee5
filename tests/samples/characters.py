"""Where the signed characters of a message stand: a small scanner over its text.

It is no XML parser and must not be one: what it finds is held against what the gateway's parser and canonical form
make of the same octets. It knows what the samples are made of (tags, attributes in double quotes, text) and stops at
anything else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_TAG: Final = re.compile(r"<(?P<end>/)?(?P<name>[\w.:-]+)(?P<attributes>(?:\s+[\w.:-]+=\"[^\"<]*\")*)\s*(?P<empty>/)?>")
_ATTRIBUTE: Final = re.compile(r"\s+(?P<name>[\w.:-]+)=\"(?P<value>[^\"<]*)\"")
_CHARACTER: Final = re.compile(r"&[^;]+;|.", re.DOTALL)
"""A reference such as `&#13;` is one character."""


@dataclass(frozen=True)
class Value:
    """The text of one node or the value of one attribute, and where it stands."""

    path: tuple[str, ...]
    """Names without prefixes, from Envelope down to the element."""
    attribute: str | None
    """Its name as written; None for text."""
    start: int
    text: str

    @property
    def characters(self) -> list[tuple[int, int]]:
        """Start and end of each character in the message's text."""
        return [(self.start + m.start(), self.start + m.end()) for m in _CHARACTER.finditer(self.text)]

    def __str__(self) -> str:
        return "/".join(self.path) + (f"/@{self.attribute}" if self.attribute else "")


def values(message: str) -> Iterator[Value]:
    """Every text and every attribute value in document order; namespace declarations are neither."""
    path: list[str] = []
    position = 0
    while position < len(message):
        tag = _TAG.match(message, position)
        if tag is None:
            end = message.find("<", position)
            end = len(message) if end < 0 else end
            if end == position:
                raise ValueError(f"the scanner does not know what stands at character {position}")
            yield Value(tuple(path), None, position, message[position:end])
            position = end
            continue
        position = tag.end()
        if tag["end"]:
            path.pop()
            continue
        path.append(tag["name"].rpartition(":")[2])
        for attribute in _ATTRIBUTE.finditer(message, tag.start("attributes"), tag.end("attributes")):
            if attribute["name"].partition(":")[0] != "xmlns":
                yield Value(tuple(path), attribute["name"], attribute.start("value"), attribute["value"])
        if tag["empty"]:
            path.pop()


_SECURITY: Final = ("Envelope", "Header", "Security")
_BODY: Final = ("Envelope", "Body")
_TIMESTAMP: Final = (*_SECURITY, "Timestamp")
_ASSERTION: Final = (*_SECURITY, "Assertion")
_SIGNED_INFO: Final = (*_SECURITY, "Signature", "SignedInfo")
_TOKEN_SIGNATURE: Final = (*_ASSERTION, "Signature")
_TOKEN_SIGNED_INFO: Final = (*_TOKEN_SIGNATURE, "SignedInfo")


def signed_values(message: str) -> list[Value]:
    """What one of the two signatures protects.

    Body and Timestamp are digested by the message's signature, the assertion without its own ds:Signature by the
    STS's, and both SignedInfos are signed. Where the token is signed too, its ds:Signature is digested as well.
    """
    token_is_signed = "#STR-Transform" in message
    return [value for value in values(message) if _is_signed(value.path, token_is_signed)]


def _is_signed(path: tuple[str, ...], token_is_signed: bool) -> bool:
    if _below(path, _TOKEN_SIGNATURE):
        return token_is_signed or _below(path, _TOKEN_SIGNED_INFO)
    return any(_below(path, part) for part in (_BODY, _TIMESTAMP, _ASSERTION, _SIGNED_INFO))


def _below(path: tuple[str, ...], part: tuple[str, ...]) -> bool:
    return path[: len(part)] == part
