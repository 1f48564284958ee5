"""Personas from TOML, and from tables that come in at run time: read, and checked number by number."""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from mockserver.identities.distinguished_name import KEYWORDS
from mockserver.identities.numbers import is_cbe, is_ehp, is_nihii, is_ssin
from mockserver.identities.persona import (
    CERTIFIED,
    IDENTIFICATION,
    Attribute,
    CertificateTimes,
    KeyAlgorithm,
    Persona,
    PersonaError,
    TokenTimes,
)
from mockserver.identities.roles import RoleError, fill_in
from mockserver.identities.toml_lines import Key, line_of
from mockserver.instant import DateTimeError, Instant, format_instant, read_date_time

Place = Callable[[Sequence[Key]], str]
"""From where something stands in the tables to words for a message: `mine.toml, line 3`."""


def load_personas(text: str, file: str) -> Mapping[str, Persona]:
    """The personas that `text`, the content of a TOML file, describes.

    `file` is the file's name as the messages shall show it. Raises PersonaError at the first fault.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PersonaError(f"{file} is not TOML: {error}") from error

    def place(path: Sequence[Key]) -> str:
        # What a role fills in stands nowhere in the file: then the persona's own line is told.
        lines = (line_of(text, path[:length]) for length in range(len(path), 0, -1))
        return f"{file}, line {next(line for line in lines if line is not None)}"

    return MappingProxyType({name: read_persona(name, table, place) for name, table in tables.items()})


def read_persona(name: str, table: object, place: Place) -> Persona:
    """The persona that `table`, in the form of one of a file's, describes.

    A moment may be TOML's own or a text such as "2026-11-23T18:34:07Z". Raises PersonaError.
    """
    return _Reader(name, table, place).persona()


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

_BY_NUMBER: Final = {
    "ssin": _SSIN,
    "nihii": _Form("a NIHII number of 8 or 11 digits", is_nihii),
    "cbe": _CBE,
    "ehp": _EHP,
    "mandatary": _SSIN,
}
"""Numbers that a role is filled in with."""

_KEYS: Final = (
    "title",
    "role",
    "numbers",
    "subject",
    "requester",
    "legal_context",
    "key",
    "certificate",
    "token",
    "identification",
    "certified",
)

# Also a file name below the state folder, on file systems with and without upper case.
_NAME: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_MAX_NAME: Final = 64
_MAX_RDN: Final = 64
"""X.520 (RFC 5280, appendix A.1): ub-common-name and its siblings."""

_MAX_TEXT: Final = 256
"""Characters; the longest AttributeName known has 98."""
_MAX_ENTRIES: Final = 100
"""Attributes of one kind, or parts of a subject; genuine tokens have about ten."""

_DAY: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one persona's table; every fault is told with place, persona and key."""

    name: str
    table: Any
    place: Place

    def persona(self) -> Persona:
        if not _NAME.fullmatch(self.name) or len(self.name) > _MAX_NAME:
            raise self._error(
                "a name has to be lower-case letters and digits with single hyphens between them, "
                f"at most {_MAX_NAME} characters"
            )
        if not isinstance(self.table, dict):
            raise self._error("has to be a table; write [" + self.name + "] on a line of its own")
        self._known(self.table, _KEYS)
        if "role" in self.table or "numbers" in self.table:
            return _Reader(self.name, self._in_role(), self.place)._read()
        return self._read()

    def _read(self) -> Persona:
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
            key_algorithm=self._key(),
            certificate=self._certificate(),
            token=self._token(),
        )

    def _in_role(self) -> Mapping[str, object]:
        """The table with what its role fills in."""
        role = self._text(self._value("role"), "role")
        numbers = {key: self._text(value, "numbers", key) for key, value in self._table("numbers").items()}
        self._known(numbers, _BY_NUMBER, "numbers")
        for key, number in numbers.items():
            self._require(number, _BY_NUMBER[key], "numbers", key)
        try:
            return fill_in(role, numbers, self.table)
        except RoleError as error:
            raise self._error(str(error), *error.path) from error

    def _subject(self) -> Sequence[tuple[str, str]]:
        rdns = self._value("subject")
        if not isinstance(rdns, list) or not rdns:
            raise self._error('subject has to be a list of pairs such as ["CN", "SSIN=80010199976"]', "subject")
        self._few(rdns, "subject")
        return tuple(self._rdn(rdn, position) for position, rdn in enumerate(rdns))

    def _rdn(self, rdn: object, position: int) -> tuple[str, str]:
        key = ("subject", position)
        if not isinstance(rdn, list) or len(rdn) != 2:
            raise self._error(f'{_words(key)} has to be a pair such as ["CN", "SSIN=80010199976"]', *key)
        keyword, value = (self._text(part, *key) for part in rdn)
        if keyword not in KEYWORDS:
            raise self._error(f'{_words(key)} begins with "{keyword}"; known are {", ".join(KEYWORDS)}', *key)
        if len(value) > _MAX_RDN:
            raise self._error(f"{_words(key)} is longer than {_MAX_RDN} characters, which X.520 forbids", *key)
        if keyword == "C" and not re.fullmatch("[A-Z]{2}", value):
            raise self._error(f"{_words(key)} has to be a country code of two letters, such as BE", *key)
        numbered = _NUMBERED_NAME.fullmatch(value)
        if numbered:
            kind, number = numbered.groups()
            self._require(number, _BY_NAME_KIND.get(kind, _NIHII_8), *key)
        return keyword, value

    def _attributes(self, key: str, namespace: str) -> Iterable[Attribute]:
        table = self._table(key)
        self._few(table, key)
        for name, value in table.items():
            if len(name) > _MAX_TEXT or not name.isprintable() or not name.strip():
                raise self._error(f"{key} has a name that no attribute can have; correct it", key, name)
            # An attribute that the STS refuses comes as an empty one (cookbook 5.1.1): certified ones only.
            text = self._text(value, key, name, empty=namespace == CERTIFIED)
            for ending, form in _BY_ATTRIBUTE_NAME.items():
                if text and name.endswith(ending):
                    self._require(text, form, key, name)
            yield Attribute(namespace, name, text)

    def _requester(self) -> Mapping[str, str]:
        table = self._table("requester")
        self._known(table, _BY_REQUESTER, "requester")
        if {"Nihii", "Cbe"} <= table.keys():
            raise self._error(
                "requester holds Nihii and Cbe, of which a message can carry one; leave one out", "requester"
            )
        requester = {key: self._text(value, "requester", key) for key, value in table.items()}
        for key, number in requester.items():
            self._require(number, _BY_REQUESTER[key], "requester", key)
        return MappingProxyType(requester)

    def _legal_context(self) -> bool:
        value = self.table.get("legal_context", True)
        if not isinstance(value, bool):
            raise self._error("legal_context has to be true or false, without quotes", "legal_context")
        return value

    def _key(self) -> KeyAlgorithm:
        value = self._text(self.table.get("key", KeyAlgorithm.RSA_2048.value), "key")
        if value not in list(KeyAlgorithm):
            raise self._error(f'key is "{value}"; known are {", ".join(KeyAlgorithm)}', "key")
        return KeyAlgorithm(value)

    def _certificate(self) -> CertificateTimes:
        table = self._optional_table("certificate", ("not_before", "not_after"))
        begin, end = (self._moment(table, key) for key in ("not_before", "not_after"))
        if begin is not None and end is not None and begin >= end:
            raise self._error("certificate.not_after is not later than not_before; correct it", "certificate")
        return CertificateTimes(begin, end)

    def _moment(self, table: Mapping[str, object], key: str) -> Instant | None:
        value = table.get(key)
        if value is None:
            return None
        text = value.isoformat() if isinstance(value, datetime) else self._text(value, "certificate", key)
        try:
            moment = read_date_time(text)
            if moment.zone:
                # X.509 counts whole seconds, in years that generalized time can write (RFC 5280, 4.1.2.5).
                format_instant(moment.instant)
                return moment.instant
        except (DateTimeError, ValueError) as error:
            raise self._moment_error(key) from error
        raise self._moment_error(key)

    def _moment_error(self, key: str) -> PersonaError:
        return self._error(f"certificate.{key} has to be a moment such as 2026-11-23T18:34:07Z", "certificate", key)

    def _token(self) -> TokenTimes:
        table = self._optional_table("token", ("begins", "ends"))
        usual = TokenTimes()
        begins = self._seconds(table, "begins", usual.begins)
        ends = self._seconds(table, "ends", usual.ends)
        if begins >= ends:
            raise self._error("token.ends is not later than token.begins; correct it", "token")
        return TokenTimes(begins, ends)

    def _seconds(self, table: Mapping[str, object], key: str, usual: int) -> int:
        value = table.get(key, usual)
        if isinstance(value, bool) or not isinstance(value, int) or not -_DAY <= value <= _DAY:
            raise self._error(
                f"token.{key} has to be a whole number of seconds after the moment of issue, from {-_DAY} to {_DAY}",
                "token",
                key,
            )
        return value

    def _value(self, key: str) -> object:
        if key not in self.table:
            raise self._error(f"{key} is missing; add it")
        value: object = self.table[key]
        return value

    def _table(self, key: str) -> dict[str, object]:
        value = self._value(key)
        if not isinstance(value, dict):
            raise self._error(f"{key} has to be a table; write [{self.name}.{key}] on a line of its own", key)
        return value

    def _optional_table(self, key: str, known: Sequence[str]) -> Mapping[str, object]:
        table = self._table(key) if key in self.table else {}
        self._known(table, known, key)
        return table

    def _text(self, value: object, *path: Key, empty: bool = False) -> str:
        key = _words(path)
        if not isinstance(value, str):
            raise self._error(f"{key} has to be a text; put it in double quotes", *path)
        if not value.strip() and not (empty and value == ""):
            raise self._error(f"{key} is blank; fill it in", *path)
        if not value.isprintable():
            raise self._error(f"{key} holds a character that can't be printed; take it out", *path)
        if len(value) > _MAX_TEXT:
            raise self._error(f"{key} is longer than {_MAX_TEXT} characters; shorten it", *path)
        return value

    def _few(self, entries: Sequence[object] | Mapping[str, object], key: str) -> None:
        if len(entries) > _MAX_ENTRIES:
            raise self._error(f"{key} has more than {_MAX_ENTRIES} entries; leave some out", key)

    def _require(self, text: str, form: _Form, *path: Key) -> None:
        if not form.accepts(text):
            # The number itself stays out of the message, which may end in a log: a user's file can hold a
            # real one.
            raise self._error(f"{_words(path)} is not {form.title}; correct it", *path)

    def _known(self, table: Mapping[str, object], keys: Iterable[str], *parent: str) -> None:
        for key in table:
            if key not in keys:
                nearest = difflib.get_close_matches(key, list(keys), n=1)
                hint = f'did you mean "{nearest[0]}"?' if nearest else f"known are {', '.join(keys)}"
                shown = key if key.isprintable() else ascii(key)
                raise self._error(f"{'.'.join((*parent, shown[:_MAX_TEXT]))} is not a known key; {hint}", *parent, key)

    def _error(self, what: str, *path: Key) -> PersonaError:
        return PersonaError(f'{self.place((self.name, *path))}: persona "{self.name}": {what}')


def _words(path: Sequence[Key]) -> str:
    """The key at `path` as a message calls it: `title`, `subject, part 1`, `certified."urn:be:..."`."""
    first, *rest = path
    if not rest:
        return str(first)
    (last,) = rest
    if isinstance(last, int):
        return f"{first}, part {last + 1}"
    return f"{first}.{last}" if last.isidentifier() else f'{first}."{last}"'
