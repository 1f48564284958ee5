"""Precedents: of a message that differs from one accepted before in nothing but its values, only the values are judged.

A client's messages have one outline for as long as it uses one token (`message/outline.py`). What a rule finds that
looks at the outline alone (`Rule.judges_outline`) it finds again in the next message of that outline; so of a message
that was accepted it is remembered, and the rule is not asked again. Never settled so are times, trust, signatures and
digests, the business request, and replays.

Only a message that is accepted for the first time sets a precedent: nobody fills the memory who has no token and key.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from lxml import etree

from mockserver.gateway.claims import Claims
from mockserver.gateway.crypto.memory import Memory
from mockserver.gateway.message.outline import VALUES, Pattern, outline_of, token_in
from mockserver.gateway.message.places import Places
from mockserver.gateway.message.request import Way, ways_to_values
from mockserver.gateway.message.security import DIGEST_VALUE, SignatureMethod
from mockserver.gateway.registry import Breach, Check, Registry, Rule

if TYPE_CHECKING:
    from mockserver.gateway.exchange import Exchange
    from mockserver.gateway.policy import Policy

MOST_TOKENS: Final = 128
"""Tokens of which there are precedents; a client has one, until it gets a new one."""

MOST_OUTLINES: Final = 8
"""Outlines of messages with one token: FirstNames, Gender and PhoneNumber can each be there or not. The first so many
are kept: to make room for one more each time would cost more than it saves."""

_LONGEST: Final = 16 * 1024
"""Bytes of a message that sets a precedent; those of real clients have about nine thousand. So all precedents together
take some 2 MB, and 20 at the worst."""


_LATIN_1: Final = "\xff"
"""Of characters beyond, a text takes two or four times the memory, whatever else is in it."""


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
    """Checks that are not to be asked: they judge the outline or the token alone; they held, or stand in `broken`."""
    broken: Broken
    """What some of them found: it is found in each such message, and refuses none."""
    places: Places
    ways: Sequence[Way | None]
    """To the values of the request."""
    token_digest: bytes
    claims: Claims
    signature: SignatureMethod
    signed: Sequence[Part]
    """What each Reference covers, in their order."""


_PRECEDENTS: Final = Memory[Name, Sequence[Precedent]](MOST_TOKENS)


def name_of(exchange: "Exchange", policy: "Policy", catalogue: Registry) -> Name | None:
    """What the message's precedents are known by; None for a message that can have none."""
    encoding = exchange.encoding
    if encoding.text is None or len(exchange.request.body) > _LONGEST:
        return None
    token = token_in(encoding.text)
    if token is None:
        return None
    return Name(token, encoding.charset, encoding.bom, encoding.codec, policy, catalogue)


def precedent_of(name: Name, exchange: "Exchange") -> Precedent | None:
    """The precedent for the message, if there is one: it is to be followed only if the document is well formed."""
    text = exchange.encoding.text or ""
    known = _PRECEDENTS.get(name, ())
    for number, precedent in enumerate(known):
        if precedent.outline.fits(text):
            if number:  # the next message is most likely to be like this one
                _PRECEDENTS.put(name, (precedent, *known[:number], *known[number + 1 :]))
            return precedent
    return None


def set_precedent(name: Name, exchange: "Exchange", settled: frozenset[Check], broken: Broken) -> None:
    """Take note of a message; only for one that the gateway accepts, and that is no replay."""
    known = _PRECEDENTS.get(name, ())
    outline = outline_of(exchange.encoding.text or "", name.token, name.policy.limits)
    if outline is None or len(known) >= MOST_OUTLINES or max(outline.text) > _LATIN_1:
        return
    signed, signature, operation = parts_signed(exchange), exchange.signature, exchange.operation
    header, timestamp, envelope = exchange.security, exchange.timestamp, exchange.envelope
    if signed is None or signature is None or header is None or timestamp is None or envelope is None:
        return
    if exchange.token_digest is None or exchange.claims is None or operation is None:
        return
    values = _values(exchange)
    places = {*timestamp.created, *timestamp.expires, *signature.signature_values, *operation.iter()}
    places.update(value for each in signature.references for value in each.element.iterchildren(DIGEST_VALUE))
    if not values <= places:
        return  # Something else is called like a value, and a rule might read it.
    spelt = _spelt(exchange, values)
    if any(spelt.pop(identity, 0) != count for identity, count in outline.ids.items()):
        return  # An id that is written in another way too, with a character reference: no outline tells that.
    precedent = Precedent(
        Pattern(outline.text, name.token, spelt, name.policy.limits),
        settled,
        broken,
        Places.of(header, timestamp, envelope),
        ways_to_values(operation, exchange.policy.contract),
        exchange.token_digest,
        exchange.claims.without_tree(),
        signature.method,
        signed,
    )
    _PRECEDENTS.put(name, (precedent, *known))


def _values(exchange: "Exchange") -> set[etree._Element]:
    """The elements whose character data is no part of the outline."""
    in_token = set() if exchange.token is None else set(exchange.token.iter())
    found = (e for e in exchange.document.nodes if isinstance(e.tag, str) and etree.QName(e).localname in VALUES)
    return {element for element in found if element not in in_token}


def _spelt(exchange: "Exchange", values: Collection[etree._Element]) -> Counter[str]:
    """Everything in the outline that an id could be equal to, and at how many places it stands.

    The text of an element, not its string value: what names an id is text alone (`message/references.py`).
    """
    longest = exchange.policy.limits.id_length
    found = Counter[str]()
    for element in exchange.document.nodes:
        texts = [*element.attrib.values(), *(() if element in values else ((element.text or "").strip(),))]
        found.update(text.removeprefix("#") for text in texts if 0 < len(text) <= longest + 1)
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
