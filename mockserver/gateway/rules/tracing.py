"""User-Agent and From (cookbook 5.1.4). SHOULD: findings, never a refusal unless the profile says so.

The regular expression printed in the cookbook has lost its hyphens and gained a bracket; read literally it refuses the
cookbook's own examples. What is used here is its repaired form (`rules.md` 8.1), and says so: reconstructed.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import RULES, Breach, Level, Stage

tracing = partial(RULES.rule, stage=Stage.TRACING, level=Level.SHOULD, judges_head=True, http=400)

# Cookbook 5.1.4, repaired; `-` stands last in the classes so that no engine reads a range. Used with fullmatch.
SUBSET: Final = re.compile(r"[a-zA-Z0-9/-]*/[0-9a-zA-Z_.-]*")
_MEANT_NAME: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_MEANT_VERSION: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_LETTER_OR_DIGIT: Final = re.compile(r"[A-Za-z0-9]")

# RFC 5322 addr-spec without quoted strings, comments and literals: what an emergency contact looks like.
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@({_LABEL}(?:\.{_LABEL})*)")
_NAMED_ADDRESS: Final = re.compile(r"[^<>,@:]*<([^<>]*)>")
_ADDRESS_LENGTH: Final = 254

_USER_AGENT: Final = "User-Agent"


@tracing(
    "U01",
    "User-Agent is sent once",
    source='cookbook 5.1.4: "the request SHOULD contain"',
    advice="Send one User-Agent: yourProduct/version connector/version.",
)
def user_agent_is_sent(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """There is one User-Agent field."""
    count = len(exchange.request.values(_USER_AGENT))
    if count != 1:
        yield Breach(f"{count} User-Agent fields", _USER_AGENT)


@tracing(
    "U02",
    "User-Agent follows the pattern",
    source="cookbook 5.1.4 2.a, 2.b; the regular expression is repaired (reconstructed, rules 8.1)",
    advice="Write {software}/{version} {connector}/{version}: letters, digits and hyphens, a slash, then letters, "
    "digits and - _ . with one space between the two.",
    reconstructed=True,
)
def user_agent_matches(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Each part between single spaces matches the cookbook's regular expression."""
    for value in _user_agents(exchange):
        if not all(SUBSET.fullmatch(part) for part in value.split(" ")):
            yield Breach("a part is not name/version", _USER_AGENT)


@tracing(
    "U03",
    "User-Agent identifies software and connector",
    source="cookbook 5.1.4 2.a: two subsets, each identifying; reconstructed grammar in rules 8.2",
    advice="Send two parts, your product and the connector or stack below it, each with a real name and version.",
    requires=("U02",),
    reconstructed=True,
)
def user_agent_identifies(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Two subsets, each with a name and a version of 1 to 64 characters that hold a letter or digit. The regular
    expression alone lets `/` pass, and slashes in names."""
    for value in _user_agents(exchange):
        parts = value.split(" ")
        if len(parts) != 2:
            yield Breach(f"{len(parts)} parts instead of two", _USER_AGENT)
        elif not all(_identifies(part) for part in parts):
            yield Breach("a name or version is empty, too long, or without letter or digit", _USER_AGENT)


@tracing(
    "F01",
    "From is sent once",
    source='cookbook 5.1.4: "the request SHOULD contain"',
    advice="Send From with the e-mail address of your emergency contact.",
)
def from_is_sent(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """There is one From field."""
    count = len(exchange.request.values("From"))
    if count != 1:
        yield Breach(f"{count} From fields", "From")


@tracing(
    "F02",
    "From is an e-mail address",
    source="cookbook 5.1.4; RFC 5322 section 3.4.1; RFC 9110 section 10.1.2",
    advice="Send one address, such as info@mycompany.be: no list, no mailto:, ASCII only.",
)
def from_is_address(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The value is one mailbox of at most 254 characters."""
    for value in _fields(exchange, "From"):
        named = _NAMED_ADDRESS.fullmatch(value)
        if len(value) > _ADDRESS_LENGTH or not _ADDRESS.fullmatch(named[1] if named else value):
            yield Breach("the value is not one e-mail address", "From")


@tracing(
    "F03",
    "From is a bare address in a full domain",
    source="cookbook 5.1.4, its example; rules 8.3",
    advice="Send the address alone, with a domain that has a dot.",
    requires=("F02",),
)
def from_is_bare(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The value is an address without display name, and its domain has a dot."""
    for value in _fields(exchange, "From"):
        bare = _ADDRESS.fullmatch(value)
        if bare is None:
            yield Breach("a display name stands before the address", "From")
        elif "." not in bare[1]:
            yield Breach("the domain has no dot", "From")


def _identifies(part: str) -> bool:
    """A name and a version, split at the last slash: the version class has none."""
    name, _, version = part.rpartition("/")
    return all(
        pattern.fullmatch(text) and _LETTER_OR_DIGIT.search(text)
        for pattern, text in ((_MEANT_NAME, name), (_MEANT_VERSION, version))
    )


def _user_agents(exchange: Exchange) -> list[str]:
    return _fields(exchange, _USER_AGENT)


def _fields(exchange: Exchange, name: str) -> list[str]:
    """The one value of a field; U01 and F01 speak of none or several."""
    values = exchange.request.values(name)
    return [values[0].decode("latin-1").strip(" \t")] if len(values) == 1 else []
