"""Which exchanges are meant: for the listing, for waiting, and for verifying."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from mockserver.http.refusal import shown
from mockserver.management.entry import VERDICTS, Entry
from mockserver.management.operation import Parameter
from mockserver.management.problem import Problem

PARAMETERS: Final = (
    Parameter("verdict", "What it came to", choices=VERDICTS),
    Parameter("service", "Which service was called", choices=("DossierNumberGeneration", "STS")),
    Parameter("http", "HTTP status of the answer", "integer", least=100, most=599),
    Parameter("soa", "SOA code of the fault"),
    Parameter("status", "Level 1 status without its URN, such as Success"),
    Parameter("cbss", "Code of the CbssStatus"),
    Parameter("rule", "A rule that was broken, refusing or not, by its id"),
    Parameter("contains", "Text that stands in the body of the request, as UTF-8"),
)
"""What may be asked of an exchange. All that are given must fit."""

_SOA: Final = re.compile(r"SOA-\d{5}")
_NAMES: Final = {parameter.name: parameter for parameter in PARAMETERS}


@dataclass(frozen=True, slots=True)
class Criteria:
    """Fits an exchange when each value is that of the exchange."""

    values: Mapping[str, str | int]

    def fits(self, entry: Entry) -> bool:
        """Whether everything fits."""
        return not self.misfits(entry)

    def misfits(self, entry: Entry) -> dict[str, dict[str, object]]:
        """What is otherwise than wanted: by name, both values."""
        differing: dict[str, dict[str, object]] = {}
        for name, wanted in self.values.items():
            found = _found(entry, name)
            if name == "contains":
                if str(wanted).encode() not in entry.body:
                    differing[name] = {"wanted": wanted, "found": None}
            elif (wanted not in found) if isinstance(found, list) else (found != wanted):
                differing[name] = {"wanted": wanted, "found": found}
        return differing


def criteria_of_query(query: Mapping[str, Any]) -> Criteria:
    """From the parameters of a query, read already."""
    return Criteria({name: value for name, value in query.items() if name in _NAMES})


def criteria_of_json(content: object) -> Criteria:
    """From a JSON object. Raises Problem (422)."""
    if not isinstance(content, dict):
        raise Problem(422, f"match must be an object with any of {', '.join(_NAMES)}.")
    values: dict[str, str | int] = {}
    for name, value in content.items():
        if name not in _NAMES:
            raise Problem(422, f"match has no {shown(str(name))}; there are {', '.join(_NAMES)}.")
        wanted = int if _NAMES[name].kind == "integer" else str
        if type(value) is not wanted:
            raise Problem(422, f"match.{name} must be a {'number' if wanted is int else 'text'}.")
        if isinstance(value, str):
            _NAMES[name].read(value)
        values[name] = value
    _check_known(values)
    return Criteria(values)


def _check_known(values: Mapping[str, object]) -> None:
    """What no exchange can ever have would be waited for in vain. Raises Problem (422)."""
    soa, rule = values.get("soa"), values.get("rule")
    if soa is not None and _SOA.fullmatch(str(soa)) is None:
        raise Problem(422, f"match.soa {shown(str(soa))} is no code of a fault: they are written SOA-01001.")
    if rule is None:
        return
    # The catalogue loads every rule of the gateway; the port has to listen before that.
    from mockserver.sts.rules import ALL_RULES  # noqa: PLC0415

    if rule not in ALL_RULES:
        near = get_close_matches(str(rule), ALL_RULES, 1)
        remedy = f"did you mean {near[0]}?" if near else "GET /rules lists them."
        raise Problem(422, f"There is no rule {shown(str(rule))}: {remedy}")


def nearest_misses(criteria: Criteria, entries: Sequence[Entry], most: int = 3) -> list[dict[str, object]]:
    """The exchanges that fit nearly, best first, each with what is otherwise."""
    missed = [(entry, misfits) for entry in entries if (misfits := criteria.misfits(entry))]
    missed.sort(key=lambda pair: len(pair[1]))
    return [{"exchange": entry.summary(), "difference": misfits} for entry, misfits in missed[:most]]


def _found(entry: Entry, name: str) -> object:
    answer = entry.answer
    match name:
        case "verdict":
            return entry.verdict
        case "service":
            return entry.service
        case "rule":
            rules = list(entry.report.rules) if entry.report is not None else []
            return rules if entry.rule is None else [entry.rule, *rules]
        case "contains":
            return None
    return getattr(answer, name) if answer is not None else None
