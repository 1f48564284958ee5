"""The outline of a message: what stays the same from one message of a client to its next.

Two messages with the same outline have the same elements, attributes, namespaces and white space at the same places,
the same token to the letter, and the same pattern of ids: where two ids are equal in one, they are in the other. They
differ only in the character data of `VALUES`, in `IssueInstant` of the request, and in how ids are spelt. So a rule
that looks at nothing of that finds in the one what it finds in the other (`gateway/precedent.py`).

The outline is taken from the characters, before they are parsed, and holds for a document that is well formed: whoever
relies on it parses the document first. In such a document without comments, CDATA sections and processing
instructions, which have no outline, every `<` begins a tag, and what stands between a `>` and the next `</Name>` is
character data of that element.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from mockserver.gateway.limits import Limits

VALUES: Final = frozenset(
    (
        "Created",
        "Expires",
        "DigestValue",
        "SignatureValue",
        "PersonIdentifier",
        "Nihii",
        "Cbe",
        "LastName",
        "FirstNames",
        "Gender",
        "PhoneNumber",
    )
)
"""Local names of the elements whose character data is no part of the outline, outside the token. Names alone, for the
characters do not tell namespaces: whoever sets a precedent makes sure that in its message no others are called so than
those of the Timestamp, the message signature and the request."""

_VALUE: Final = re.compile(r">([^<>]+)</([^<>]*)>")
_ID_NAMES: Final = tuple(f"{before}{name}=" for before in " :\t\n" for name in ("Id", "URI"))
_DECLARATIONS: Final = ("xmlns:Id=", "xmlns:URI=")
_INSTANT_NAMES: Final = (" IssueInstant=", "\tIssueInstant=", "\nIssueInstant=")
_ID: Final = re.compile("[A-Za-z_][A-Za-z0-9_.-]*")
"""An NCName, as far as ASCII goes: rule S07 finds nothing in it. Any other id is a part of the outline."""
_QUOTE_IN_TEXT: Final = re.compile(r'>[^<>"]*"')
_TOKEN: Final = re.compile("[:<]Assertion")
_TOKEN_TAG: Final = re.compile(r"</?(?:[^\s<>/:]+:)?Assertion[\s/>]")
_TOKEN_END: Final = "Assertion>"  # noqa: S105
_XML_DECLARATION: Final = ("<?xml ", "<?xml\t", "<?xml\n", "<?xml\r")

_MOST_MARKS: Final = 64
"""Values and ids that are no part of an outline; a request has about twenty."""

# No document holds these characters (XML 1.0, production 2): nothing that a client writes looks like them.
_A_VALUE: Final = "\0"
_AN_ID: Final = "\1"
_THE_TOKEN: Final = "\2"  # noqa: S105
_MARK: Final = re.compile("(\0|\1[0-9]+|\2)")

_INSTANT: Final = re.compile(r"[0-9TZ:.+-]{1,64}")


class Outline(NamedTuple):
    """The outline of one document."""

    text: str
    """Its characters, with a mark for each value and each id that is no part of it."""
    ids: Mapping[str, int]
    """These ids, and at how many places each stands."""


def token_in(text: str) -> str | None:
    """The characters from the first tag of an Assertion, in whatever namespace, to the last, also where there are
    several tokens, one in the other; None where there is none, or where something else bears that name."""
    begin = _TOKEN.search(text)
    if begin is None:
        return None
    start = text.rfind("<", 0, begin.end())
    end = text.rfind(_TOKEN_END) + len(_TOKEN_END)
    return text[start:end] if end > start and _TOKEN_TAG.match(text, start) else None


def outline_of(text: str, token: str, limits: Limits) -> Outline | None:
    """The outline of a document with its `token`; None for one that has none.

    Values longer than the limit on a SignatureValue, and ids longer than that on an id, are a part of the outline: it
    says of the others that they keep these limits.
    """
    before, _, after = text.partition(token)
    if _has_more_than_tags(text) or _TOKEN_TAG.search(after):
        return None
    around = _without_values(before + _THE_TOKEN + after, limits.signature_value)
    # From here on every quote is at an end of an attribute's value.
    if "'" in around or _QUOTE_IN_TEXT.search(around):
        return None
    outline, ids = _without_ids(around, token, limits.id_length)
    return Outline(outline, ids) if sum(map(outline.count, (_A_VALUE, _AN_ID))) <= _MOST_MARKS else None


class Pattern:
    """An outline, to see quickly whether another message has it too."""

    def __init__(self, outline: str, token: str, spelt: Collection[str], limits: Limits) -> None:
        """`spelt` are the names in it that an id of another message must not be equal to, because none is here."""
        parts = _MARK.split(outline)
        self._steps = [
            (piece, len(piece), "<" if piece.endswith(">") else '"', int(mark[1:]) if mark[0] == _AN_ID else None)
            if mark != _THE_TOKEN
            else (piece, len(piece), "", None)
            for piece, mark in zip(parts[0::2], parts[1::2], strict=False)
        ]
        self._end = parts[-1]
        self._token = token
        self._ids = 1 + max((number for *_, number in self._steps if number is not None), default=-1)
        self._spelt = frozenset(name for name in spelt if _ID.fullmatch(name))
        self._limits = limits

    def fits(self, text: str) -> bool:
        """Whether a document that is well formed, with the same token, has this outline. It may say no of one that
        has."""
        at, ids = 0, [""] * self._ids
        for piece, length, stop, number in self._steps:
            if not text.startswith(piece, at):
                return False
            begin = at + length
            if not stop:
                if not text.startswith(self._token, begin):
                    return False
                at = begin + len(self._token)
                continue
            at = text.find(stop, begin)
            value = text[begin:at] if at > begin else ""
            if number is not None:
                if not ids[number] and len(value) <= self._limits.id_length and _ID.fullmatch(value):
                    ids[number] = value
                elif ids[number] != value or not value:
                    return False
            elif stop == "<":
                if not value or len(value) > self._limits.signature_value:
                    return False
            elif not _INSTANT.fullmatch(value):
                return False
        distinct = set(ids)
        return text[at:] == self._end and len(distinct) == len(ids) and self._spelt.isdisjoint(distinct)


def _has_more_than_tags(text: str) -> bool:
    """Whether there is a comment, a CDATA section, or a processing instruction other than an XML declaration."""
    # One character is found many times faster than two of which the first is frequent.
    if ("!" in text and "<!" in text) or text.find("<?", 1, text.rfind("?") + 1) >= 0:
        return True
    return text.startswith("<?") and not text.startswith(_XML_DECLARATION)


def _without_values(text: str, most: int) -> str:
    def outlined(match: re.Match[str]) -> str:
        value, name = match.groups()
        if len(value) > most or name.rpartition(":")[2].rstrip(" \t\r\n") not in VALUES:
            return match[0]
        return f">{_A_VALUE}</{name}>"

    return _VALUE.sub(outlined, text)


def _without_ids(text: str, token: str, most: int) -> tuple[str, Mapping[str, int]]:
    """Each id becomes its number, in the order in which they come; a reference to it becomes the same one."""
    parts = text.split('"')  # what stands at odd places is the value of the attribute that is named before it
    places: dict[str, list[int]] = {}
    for place in range(1, len(parts), 2):
        name, value = parts[place - 1], parts[place]
        if name.endswith(_ID_NAMES) and not name.endswith(_DECLARATIONS):
            identity = value.removeprefix("#")
            if len(identity) <= most and _ID.fullmatch(identity):
                places.setdefault(identity, []).append(place)
        elif name.endswith(_INSTANT_NAMES) and _INSTANT.fullmatch(value):
            parts[place] = _A_VALUE
    # An id that stands elsewhere too, in the token or in another attribute, stays as it is spelt.
    if len(places) > _MOST_MARKS:
        return text, {}  # too many for an outline, and each takes a search through the whole
    whole = text + token
    ids = {identity: each for identity, each in places.items() if whole.count(identity) == len(each)}
    for number, (identity, each) in enumerate(ids.items()):
        for place in each:
            parts[place] = parts[place].replace(identity, f"{_AN_ID}{number}")
    return '"'.join(parts), {identity: len(each) for identity, each in ids.items()}
