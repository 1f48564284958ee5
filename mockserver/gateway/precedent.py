"""Precedents: of a message that differs from one accepted before in nothing but its values, only the values are judged.

A client's messages have one outline for as long as it uses one token (`message/outline.py`). What a rule finds that
looks at the outline alone (`Rule.judges_outline`) it finds again in the next message of that outline; so of a message
that was accepted it is remembered, and the rule is not asked again. Never settled so are times, trust, signatures and
digests, the business request, and replays.

Only an accepted message sets a precedent: nobody fills the memory who has no token and no key.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from mockserver.gateway.claims import Claims
from mockserver.gateway.crypto.memory import Memory
from mockserver.gateway.message.outline import Pattern, outline_of, token_in
from mockserver.gateway.message.places import Places
from mockserver.gateway.message.request import Place, places_of
from mockserver.gateway.message.security import SignatureMethod
from mockserver.gateway.registry import Breach, Check, Registry, Rule

if TYPE_CHECKING:
    from mockserver.gateway.exchange import Exchange
    from mockserver.gateway.policy import Policy

MOST_TOKENS: Final = 256
"""Tokens of which there are precedents, some 10 KB for each outline; a client has one, until it gets a new one."""

MOST_OUTLINES: Final = 4
"""Outlines of messages with one token: with and without what is optional in a request."""

_LONGEST: Final = 32 * 1024
"""Characters of a message that sets a precedent; those of real clients have about nine thousand."""


class Part(Enum):
    """What a Reference of the message signature covers."""

    BODY = "Body"
    TIMESTAMP = "Timestamp"
    TOKEN = "token"  # noqa: S105


class Name(NamedTuple):
    """All that a rule may look at which judges the outline, but for what is around the token: a precedent holds under
    the same alone."""

    token: str
    charset: str | None
    bom: str | None
    codec: str | None
    policy: "Policy"
    catalogue: Registry


Broken = Sequence[tuple[Rule, Sequence[Breach]]]
"""Rules, and where a message breaks each."""


@dataclass(frozen=True, slots=True)
class Precedent:
    """What need not be asked again of a message with the same name and outline."""

    outline: Pattern
    settled: frozenset[Check]
    """Checks that judge the outline or the token alone: they are not to be asked."""
    broken: Broken
    """Those of them that found something, and what: it is found in each such message, and refuses none."""
    places: Places
    values: Sequence[Place | None]
    """Where the values of the request stand."""
    token_digest: bytes
    claims: Claims
    signature: SignatureMethod
    signed: Sequence[Part]
    """What each Reference covers, in their order."""


_PRECEDENTS: Final = Memory[Name, Sequence[Precedent]](MOST_TOKENS)


def name_of(exchange: "Exchange", policy: "Policy", catalogue: Registry) -> Name | None:
    """What the message's precedents are known by; None for a message that can have none."""
    encoding = exchange.encoding
    if encoding.text is None or len(encoding.text) > _LONGEST:
        return None
    token = token_in(encoding.text)
    if token is None:
        return None
    return Name(token, encoding.charset, encoding.bom, encoding.codec, policy, catalogue)


def precedent_of(name: Name, exchange: "Exchange") -> Precedent | None:
    """The precedent for the message, if there is one: it is to be followed only if the document is well formed."""
    text = exchange.encoding.text or ""
    return next((each for each in _PRECEDENTS.get(name, ()) if each.outline.fits(text)), None)


def set_precedent(name: Name, exchange: "Exchange", settled: frozenset[Check], broken: Broken) -> None:
    """Take note of a message that the gateway accepts; only for one that is accepted."""
    signed, signature = parts_signed(exchange), exchange.signature
    header, timestamp, envelope = exchange.security, exchange.timestamp, exchange.envelope
    if signed is None or signature is None or header is None or timestamp is None or envelope is None:
        return
    if exchange.token_digest is None or exchange.claims is None or exchange.operation is None:
        return
    outline = outline_of(exchange.encoding.text or "", name.token, name.policy.limits)
    if outline is None:
        return
    spelt = _spelt(exchange)
    if any(spelt.pop(identity) != places for identity, places in outline.ids.items()):
        return  # An id that is written in another way too, with a character reference: no outline tells that.
    pattern = Pattern(outline.text, spelt, name.policy.limits)
    precedent = Precedent(
        pattern,
        settled,
        broken,
        Places.of(header, timestamp, envelope),
        places_of(exchange.operation, exchange.policy.contract),
        exchange.token_digest,
        exchange.claims.without_tree(),
        signature.method,
        signed,
    )
    _PRECEDENTS.put(name, (precedent, *_PRECEDENTS.get(name, ()))[:MOST_OUTLINES])


def _spelt(exchange: "Exchange") -> Counter[str]:
    """Everything in the message that an id could be equal to, and at how many places it stands."""
    longest = exchange.policy.limits.id_length
    found = Counter[str]()
    for element in exchange.document.nodes:
        values = (*element.attrib.values(), (element.text or "").strip())
        found.update(value.removeprefix("#") for value in values if 0 < len(value) <= longest + 1)
    return found


def parts_signed(exchange: "Exchange") -> Sequence[Part] | None:
    """What each Reference covers; None if one covers something that no precedent is set for."""
    if exchange.envelope is None or exchange.timestamp is None:
        return None
    places = (
        (Part.BODY, exchange.envelope.body),
        (Part.TIMESTAMP, exchange.timestamp.element),
        (Part.TOKEN, exchange.token),
    )
    found = [next((part for part, place in places if target is place), None) for _, target in exchange.signed]
    return None if None in found else tuple(part for part in found if part is not None)


def forget_precedents() -> None:
    """Forget all: for tests and measurements of what is judged without."""
    _PRECEDENTS.clear()
