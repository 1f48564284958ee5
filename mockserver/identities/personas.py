"""Personas: synthetic identities, each with its certificate's name, its attributes and its requester.

The built-in ones stand in `personas.toml` beside this file, with the source of every attribute name. A user's
own file has the same form and goes through the same loader.
"""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from mockserver.identities.distinguished_name import KEYWORDS
from mockserver.identities.numbers import is_cbe, is_ehp, is_nihii, is_ssin

IDENTIFICATION: Final = "urn:be:fgov:identification-namespace"
"""AttributeNamespace of what the caller says about himself (genuine assertion; `wire-facts.md` A4)."""

CERTIFIED: Final = "urn:be:fgov:certified-namespace:ehealth"
"""AttributeNamespace of what eHealth certifies: the one that cookbook 5.1.1 judges (`wire-facts.md` A4)."""


class PersonaError(Exception):
    """A persona file can't be used; the message names the file, the persona, the key and the next step."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One SAML 1.1 Attribute with its one value.

    Namespace and name together are its key: genuine tokens repeat a name in the other namespace.
    """

    namespace: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Persona:
    """An identity that can call the service."""

    name: str
    title: str
    """One line for people."""
    subject: Sequence[tuple[str, str]]
    """(keyword, value) of each RDN of the holder certificate, in the order RFC 1779 prints: CN first."""
    attributes: Sequence[Attribute]
    """In the order of the token."""
    legal_context: bool
    """False: CBSS answers MSG00013."""
    requester: Mapping[str, str]
    """What a matching Criteria.Requester holds: PersonIdentifier, Nihii or Cbe, each with its number."""


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
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise PersonaError(f"{file} can't be read ({error.strerror}); name another file of personas") from error
    except UnicodeDecodeError as error:
        raise PersonaError(f"{file} is not in UTF-8; save it so") from error
    return MappingProxyType({**personas(), **load_personas(text, str(file))})


def load_personas(text: str, file: str) -> Mapping[str, Persona]:
    """The personas that `text`, the content of a TOML file, describes.

    `file` is the file's name as the messages shall show it. Raises PersonaError at the first fault.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PersonaError(f"{file} is not TOML: {error}") from error
    return MappingProxyType({name: _Reader(file, name, table).persona() for name, table in tables.items()})


@dataclass(frozen=True, slots=True)
class _Form:
    """What a text has to be: in words, and as a question."""

    title: str
    accepts: Callable[[str], bool]


_SSIN: Final = _Form("an SSIN of 11 digits", is_ssin)
_NIHII_8: Final = _Form("a NIHII number of 8 digits", lambda number: len(number) == 8 and is_nihii(number))
_NIHII_11: Final = _Form("a NIHII number of 11 digits", lambda number: len(number) == 11 and is_nihii(number))
_CBE: Final = _Form("a CBE number of 10 digits", is_cbe)
_EHP: Final = _Form("an EHP number: 1990 and 6 more digits", is_ehp)

_BY_ATTRIBUTE_NAME: Final = {
    ":ssin": _SSIN,
    ":nihii-number": _NIHII_8,
    ":nihii11": _NIHII_11,
    ":cbe-number": _CBE,
    ":ehp-number": _EHP,
    ":boolean": _Form('"true", "false" or ""', lambda text: text in ("true", "false", "")),
}
"""What an attribute's value has to be, by the end of its name."""

_BY_REQUESTER: Final = {
    "PersonIdentifier": _SSIN,
    "Nihii": _Form("a NIHII number of 8 or 11 digits", is_nihii),
    "Cbe": _Form("a CBE or EHP number of 10 digits", lambda number: is_cbe(number) or is_ehp(number)),
}
"""Children of Criteria.Requester and what they hold (cookbook 5.2.2.1: an EHP number travels in Cbe)."""

_NUMBERED_NAME: Final = re.compile(r"(SSIN|CBE|EHP|NIHII[A-Z0-9_-]*)=([^,]*)(?:, .+)?")
"""`SSIN=80010199976`, `EHP=1990009933, TESTAPPLICATION`: a number in a certificate's name (`wire-facts.md`
A3)."""

_BY_NAME_KIND: Final = {"SSIN": _SSIN, "CBE": _CBE, "EHP": _EHP}

_KEYS: Final = ("title", "subject", "requester", "legal_context", "identification", "certified")

# Also a file name below the state folder, on file systems with and without upper case.
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_MAX_NAME: Final = 64
_MAX_RDN: Final = 64
"""X.520 (RFC 5280, appendix A.1): ub-common-name and its siblings."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one persona's table; every fault is told with file, persona and key."""

    file: str
    name: str
    table: Any

    def persona(self) -> Persona:
        if not _NAME.fullmatch(self.name) or len(self.name) > _MAX_NAME:
            raise self._error(
                "a name has to be lower-case letters and digits with single hyphens between them, "
                f"at most {_MAX_NAME} characters"
            )
        if not isinstance(self.table, dict):
            raise self._error("has to be a table; write [" + self.name + "] on a line of its own")
        self._known(self.table, _KEYS, "")
        return Persona(
            name=self.name,
            title=self._text(self._value("title"), "title"),
            subject=self._subject(),
            attributes=(
                *self._attributes("identification", IDENTIFICATION),
                *self._attributes("certified", CERTIFIED),
            ),
            legal_context=self._legal_context(),
            requester=self._requester(),
        )

    def _subject(self) -> Sequence[tuple[str, str]]:
        rdns = self._value("subject")
        if not isinstance(rdns, list) or not rdns:
            raise self._error('subject has to be a list of pairs such as ["CN", "SSIN=80010199976"]')
        return tuple(self._rdn(rdn, f"subject, part {position}") for position, rdn in enumerate(rdns, 1))

    def _rdn(self, rdn: object, key: str) -> tuple[str, str]:
        if not isinstance(rdn, list) or len(rdn) != 2:
            raise self._error(f'{key} has to be a pair such as ["CN", "SSIN=80010199976"]')
        keyword, value = (self._text(part, key) for part in rdn)
        if keyword not in KEYWORDS:
            raise self._error(f'{key} begins with "{keyword}"; known are {", ".join(KEYWORDS)}')
        if len(value) > _MAX_RDN:
            raise self._error(f"{key} is longer than {_MAX_RDN} characters, which X.520 forbids")
        if keyword == "C" and not re.fullmatch("[A-Z]{2}", value):
            raise self._error(f"{key} has to be a country code of two letters, such as BE")
        numbered = _NUMBERED_NAME.fullmatch(value)
        if numbered:
            kind, number = numbered.groups()
            self._require(number, _BY_NAME_KIND.get(kind, _NIHII_8), key)
        return keyword, value

    def _attributes(self, key: str, namespace: str) -> Iterable[Attribute]:
        table = self._table(key)
        for name, value in table.items():
            where = f'{key}."{name}"'
            # An attribute that the STS refuses comes as an empty one (cookbook 5.1.1): certified ones only.
            text = self._text(value, where, empty=namespace == CERTIFIED)
            for ending, form in _BY_ATTRIBUTE_NAME.items():
                if text and name.endswith(ending):
                    self._require(text, form, where)
            yield Attribute(namespace, name, text)

    def _requester(self) -> Mapping[str, str]:
        table = self._table("requester")
        self._known(table, _BY_REQUESTER, "requester.")
        if {"Nihii", "Cbe"} <= table.keys():
            raise self._error("requester holds Nihii and Cbe, of which a message can carry one; leave one out")
        requester = {key: self._text(value, f"requester.{key}") for key, value in table.items()}
        for key, number in requester.items():
            self._require(number, _BY_REQUESTER[key], f"requester.{key}")
        return MappingProxyType(requester)

    def _legal_context(self) -> bool:
        value = self.table.get("legal_context", True)
        if not isinstance(value, bool):
            raise self._error("legal_context has to be true or false, without quotes")
        return value

    def _value(self, key: str) -> object:
        if key not in self.table:
            raise self._error(f"{key} is missing; add it")
        value: object = self.table[key]
        return value

    def _table(self, key: str) -> dict[str, object]:
        value = self._value(key)
        if not isinstance(value, dict):
            raise self._error(f"{key} has to be a table; write [{self.name}.{key}] on a line of its own")
        return value

    def _text(self, value: object, key: str, *, empty: bool = False) -> str:
        if not isinstance(value, str):
            raise self._error(f"{key} has to be a text; put it in double quotes")
        if not value.strip() and not (empty and value == ""):
            raise self._error(f"{key} is blank; fill it in")
        if not value.isprintable():
            raise self._error(f"{key} holds a character that can't be printed; take it out")
        return value

    def _require(self, text: str, form: _Form, key: str) -> None:
        if not form.accepts(text):
            # The number itself stays out of the message, which may end in a log: a user's file can hold a
            # real one.
            raise self._error(f"{key} is not {form.title}; correct it")

    def _known(self, table: Mapping[str, object], keys: Iterable[str], prefix: str) -> None:
        for key in table:
            if key not in keys:
                nearest = difflib.get_close_matches(key, list(keys), n=1)
                hint = f'did you mean "{nearest[0]}"?' if nearest else f"known are {', '.join(keys)}"
                raise self._error(f"{prefix}{key} is not a known key; {hint}")

    def _error(self, what: str) -> PersonaError:
        return PersonaError(f'{self.file}: persona "{self.name}": {what}')
