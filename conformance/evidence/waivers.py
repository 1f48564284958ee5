"""Waivers: a case that fails and is accepted all the same, by somebody, for a reason, until a day."""

import datetime
import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mockserver.given_file import UnusableFile, read_toml

_KEYS: Final = {"reason": str, "owner": str, "expires": datetime.date}


class WaiverError(Exception):
    """A waiver cannot be used. One sentence that names the case."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """One case, waived."""

    case: str
    reason: str
    owner: str
    """Who answers for it."""
    expires: datetime.date
    """The last day (UTC) on which it counts."""


def read_waivers(file: Path, known: Collection[str], today: datetime.date) -> Mapping[str, Waiver]:
    """The waivers in a TOML file, by case: a table for each, with reason, owner and expires (a date).

    `known` are the ids that may be waived. Raises WaiverError.
    """
    try:
        tables = read_toml(file)
    except UnusableFile as error:
        raise WaiverError(f"the file of waivers {error}") from error
    return {case: _waiver(case, table, known, today) for case, table in tables.items()}


def _waiver(case: str, table: object, known: Collection[str], today: datetime.date) -> Waiver:
    if case not in known:
        near = difflib.get_close_matches(case, known, n=1)
        meant = f"did you mean {near[0]}?" if near else "`conformance list` shows them"
        raise WaiverError(f"there is no case {case!r} to waive; {meant}")
    if not isinstance(table, dict):
        raise WaiverError(f"the waiver of {case} must be a table [{case}] with {', '.join(_KEYS)}")
    for key in table:
        if key not in _KEYS:
            raise WaiverError(f"the waiver of {case} has no key {key!r}; there are: {', '.join(_KEYS)}")
    for key, kind in _KEYS.items():
        value = table.get(key)
        if not isinstance(value, kind) or isinstance(value, datetime.datetime) or not str(value).strip():
            form = "a date such as 2027-01-31" if kind is datetime.date else "a text"
            raise WaiverError(f"the waiver of {case} needs {key}, {form}")
    waiver = Waiver(case, table["reason"].strip(), table["owner"].strip(), table["expires"])
    if waiver.expires < today:
        raise WaiverError(f"the waiver of {case} expired on {waiver.expires}: mend the case, or renew it")
    return waiver
