"""Profiles, and the file that changes single rules, settings and limits of one.

A policy file is TOML:

    profile = "cookbook"        # what it starts from; the option --profile wins
    [rules]
    S18 = "warn"                # rule id = "reject", "warn", "info" or "off"
    [settings]
    time_to_live = 120          # names of mockserver.gateway.settings.Settings
    [limits]
    depth = 32                  # names of mockserver.gateway.limits.Limits
"""

import difflib
import tomllib
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, fields
from importlib import resources
from pathlib import Path
from typing import Any, Final

from mockserver.contract import Contract
from mockserver.gateway.crypto.trust import Trust
from mockserver.gateway.limits import Limits
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import Severity
from mockserver.gateway.settings import ENVIRONMENTS, Settings
from mockserver.given_file import UnusableFile, read_toml
from mockserver.sts.rules import ALL_RULES  # the STS judges by the same policy, and has rules of its own

PROFILES: Final = ("cookbook", "lenient", "hardened")
_TABLES: Final = ("profile", "rules", "settings", "limits")
_CHOICES: Final = {"environment": ENVIRONMENTS, "cbss_status": ("Responder", "Requester")}

_KINDS: Final[Mapping[type, str]] = {
    int: "a whole number",
    str: "a text",
    bool: "true or false",
    tuple: "a list",
}

MOST: Final = 10**9
"""Of any number in a policy file; as seconds, 31 years."""


class PolicyError(Exception):
    """A profile or a policy file cannot be used; the message names the key and the nearest valid one."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a policy file says."""

    profile: str | None = None
    severities: Mapping[str, Severity] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)


def build_policy(
    contract: Contract,
    trust: Trust,
    profile: str | None = None,
    overrides: Overrides | None = None,
    *,
    without_legal_context: Container[str] = frozenset(),
) -> Policy:
    """The policy of a built-in profile with what a policy file changes.

    `profile` wins over the file's; without either it is `cookbook`. Raises PolicyError.
    """
    changes = overrides or Overrides()
    name = profile or changes.profile or "cookbook"
    severities, settings = load_profile(name)
    return Policy(
        contract=contract,
        trust=trust,
        profile=name,
        severities={**severities, **changes.severities},
        settings=Settings(**{**settings, **changes.settings}),
        limits=Limits(**changes.limits),
        without_legal_context=without_legal_context,
    )


def load_profile(name: str) -> tuple[dict[str, Severity], dict[str, Any]]:
    """The severities that profile `name` changes, and the settings it changes.

    Raises PolicyError.
    """
    if name not in PROFILES:
        raise PolicyError(f"there is no profile {name!r}; {_nearest(name, PROFILES)}")
    table = tomllib.loads(resources.files("mockserver.gateway").joinpath("profiles.toml").read_text("utf-8"))[name]
    severities = {}
    if everything := table.get("everything"):
        weak = [rule.id for rule in ALL_RULES.values() if rule.severity in (Severity.WARN, Severity.OFF)]
        severities = dict.fromkeys(weak, Severity(everything))
    severities |= _severities(table.get("rules", {}), f"profile {name}")
    return severities, table.get("settings", {})


def read_policy_file(file: Path) -> Overrides:
    """Read and check a policy file.

    Raises PolicyError.
    """
    try:
        table = read_toml(file)
    except UnusableFile as error:
        raise PolicyError(str(error)) from error
    for key in table:
        if key not in _TABLES:
            raise PolicyError(f"{file}: there is no key {key!r}; {_nearest(key, _TABLES)}")
    if "profile" in table and table["profile"] not in PROFILES:
        raise PolicyError(
            f"{file}: there is no profile {table['profile']!r}; {_nearest(str(table['profile']), PROFILES)}"
        )
    return Overrides(
        table.get("profile"),
        _severities(_table(table, "rules", file), str(file)),
        _values(_table(table, "settings", file), Settings, f"{file}: setting"),
        _values(_table(table, "limits", file), Limits, f"{file}: limit"),
    )


def _table(document: Mapping[str, Any], key: str, file: Path) -> Mapping[str, Any]:
    value = document.get(key, {})
    if not isinstance(value, dict):
        raise PolicyError(f"{file}: {key} must be a table, written [{key}]")
    return value


def _severities(table: Mapping[str, object], origin: str) -> dict[str, Severity]:
    """Severities by rule id, checked: the rule exists, the severity too, and no essential rule is weakened."""
    severities = {}
    for rule_id, value in table.items():
        if rule_id not in ALL_RULES:
            raise PolicyError(f"{origin}: there is no rule {rule_id}; {_nearest_rule(rule_id)}")
        if value not in list(Severity):
            raise PolicyError(
                f"{origin}: {value!r} is no severity for rule {rule_id}; choose one of {', '.join(Severity)}"
            )
        severity = Severity(str(value))
        if ALL_RULES[rule_id].essential and severity is not Severity.REJECT:
            raise PolicyError(
                f"{origin}: rule {rule_id} ({ALL_RULES[rule_id].title}) keeps forged messages out and always refuses"
            )
        severities[rule_id] = severity
    return severities


def _values(table: Mapping[str, Any], kind: type[Settings | Limits], origin: str) -> dict[str, Any]:
    """Values of the dataclass `kind` by name, of the type its defaults have; numbers are 0 to MOST."""
    defaults = {each.name: each.default for each in fields(kind)}
    values = {}
    for name, value in table.items():
        if name not in defaults:
            raise PolicyError(f"{origin} {name!r} does not exist; {_nearest(name, defaults)}")
        default = defaults[name]
        given = tuple(value) if isinstance(value, list) else value
        if type(given) is not type(default):
            raise PolicyError(f"{origin} {name} is {value!r}; it must be {_KINDS[type(default)]}, such as {default!r}")
        if isinstance(given, int) and not 0 <= given <= MOST:
            raise PolicyError(f"{origin} {name} is {value!r}; it must be a whole number from 0 to {MOST}")
        if isinstance(given, tuple) and not all(isinstance(each, str) and each for each in given):
            raise PolicyError(f"{origin} {name} is {value!r}; it must be a list of texts, none of them empty")
        if name in _CHOICES and given not in _CHOICES[name]:
            raise PolicyError(f"{origin} {name} is {value!r}; choose one of {', '.join(_CHOICES[name])}")
        values[name] = given
    return values


def _nearest_rule(rule_id: str) -> str:
    near = difflib.get_close_matches(rule_id, ALL_RULES, 1)
    if not near:
        return "`mockserver rules` lists them"
    return f"the nearest is {near[0]} ({ALL_RULES[near[0]].title})"


def _nearest(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(name, names, 1)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(names)}"
