"""A115 to A118 and A128: when a message and its token are good. The tables of `rules.md` 7 are in tests/rules."""

from collections.abc import Callable
from typing import Any

from lxml import etree

from mockserver.instant import SECOND, Instant, format_instant, system_clock
from tests.attacks.catalogue import attack, harmless
from tests.attacks.tokens import token
from tests.conftest import Mock
from tests.forge import Forge, duplicate


def soon(seconds: float) -> Instant:
    return system_clock() + int(seconds * SECOND)


def with_life(created: float, expires: float) -> Callable[[Mock], Forge]:
    """A message whose times lie so many seconds from now, signed by the holder."""

    def build(mock: Mock) -> Forge:
        forge, now = mock.forge(), system_clock()  # read once, or Expires is now and then 60.001 s after Created
        for element, seconds in ((forge.created, created), (forge.expires, expires)):
            element.text = format_instant(now + int(seconds * SECOND))
        return forge.sign()

    return build


def refused(attack_id: str, title: str, rule: str, build: Callable[[Mock], Forge]) -> None:
    attack(attack_id, soa="SOA-01001", rules=(rule,), title=title)(build)


def accepted(attack_id: str, title: str, build: Callable[[Mock], Forge]) -> None:
    harmless(attack_id, title=title)(build)


def signed(change: Callable[[Forge], object]) -> Callable[[Mock], Forge]:
    def build(mock: Mock) -> Forge:
        forge = mock.forge()
        change(forge)
        return forge.sign()

    return build


refused("A115", "Created is ten seconds further in the future than is tolerated", "T5", with_life(310, 370))
accepted("A115-tolerated", "Created is in the future as far as is tolerated", with_life(290, 350))
refused("A116", "Expired ten seconds longer than is tolerated", "T6", with_life(-370, -310))
refused("A116-inverted", "Expires before Created", "T3", with_life(0, -30))
refused("A116-zero", "A life of no length", "T3", signed(lambda f: setattr(f.expires, "text", f.created.text)))
refused("A116-long", "A life of a day", "T4", with_life(0, 86_400))
refused("A116-for-ever", "A life to the year 9999", "T4",
        signed(lambda f: setattr(f.expires, "text", "9999-12-31T23:59:59Z")))  # fmt: skip
refused("A116-no-created", "No Created", "S13", signed(lambda f: f.timestamp.remove(f.created)))
refused("A116-no-expires", "No Expires", "S14", signed(lambda f: f.timestamp.remove(f.expires)))
refused("A118", "Two Created", "S13", signed(lambda f: f.created.addnext(duplicate(f.created))))
refused("A118-later", "A second Created with another time", "S13", signed(
    lambda f: f.expires.addnext(_with_text(duplicate(f.created), format_instant(soon(3600))))))  # fmt: skip
refused("A118-order", "Created behind Expires", "S15", signed(lambda f: f.created.addprevious(f.expires)))


def _with_text(element: etree._Element, text: str) -> etree._Element:
    element.text = text
    return element


@attack("A117", soa="SOA-01001", rules=("T2",))
def comment_in_created(mock: Mock) -> Forge:
    """A comment in Created: canonicalisation drops it, so whoever has no key can put it there"""
    forge = mock.forge()
    text = forge.created.text or ""
    comment = etree.Comment("")
    forge.created.text, comment.tail = text[:10], text[10:]
    forge.created.append(comment)
    return forge


@attack("A117-expires", soa="SOA-01001", rules=("T2",))
def year_prolonged_by_comment(mock: Mock) -> Forge:
    """An expired message whose Expires holds a comment behind its date"""
    forge = mock.forge(now=soon(-86_400))
    text = forge.expires.text or ""
    comment = etree.Comment("")
    forge.expires.text, comment.tail = text[:10], text[10:]
    forge.expires.append(comment)
    return forge


def with_token_of(attack_id: str, title: str, rule: str, **seconds: int) -> None:
    """Register an attack with a token whose times lie so many seconds from now."""

    def build(mock: Mock) -> Forge:
        options: dict[str, Any] = {name: soon(value) for name, value in seconds.items()}
        return mock.forge().replace_token(token(mock, **options)).sign()

    refused(attack_id, title, rule, build)


with_token_of("A128", "A token that expired a second ago", "H09", not_on_or_after=-1)
with_token_of("A128-future", "A token that will be valid later than is tolerated", "H09", not_before=310)
with_token_of("A128-inverted", "A token that ends before it begins", "H09", not_before=100, not_on_or_after=50)
with_token_of("A128-issued", "A token issued later than is tolerated", "H11", issue_instant=310)


@attack("A128-tolerance", soa="SOA-01001", rules=("H09",))
def tolerance_is_not_for_the_end(mock: Mock) -> Forge:
    """The five minutes of the message do not prolong its token"""
    return mock.forge().replace_token(token(mock, not_on_or_after=soon(-120))).sign()
