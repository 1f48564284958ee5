"""The same mistake has another name by what it happened to: a token, SignedInfo, a key."""

from collections.abc import Sequence
from typing import Final

from mockserver.xray.keys import Relation, Signer
from mockserver.xray.mistakes import mistakes
from mockserver.xray.search import Note
from mockserver.xray.subject import Kind, Subject

_RESERIALISED: Final = frozenset({"layout", "spelling", "namespaces", "canonicalisation", "scope"})
"""Families that, met in a token, mean that somebody wrote it anew."""


def wrong_key(used: Signer, confirmed: Signer) -> Note:
    """What to call it that `used` signed where `confirmed` had to."""
    theirs, ours = used.view.certificate, confirmed.view.certificate
    is_same_holder = theirs is not None and ours is not None and theirs.subject == ours.subject
    mistake = "other-session" if is_same_holder or used.relation is Relation.EARLIER else "another-persona"
    name = "" if theirs is None else f", {theirs.subject.rfc4514_string()}"
    return Note(mistake, f"it was made with {used.view.name}{name}")


def in_terms_of(subject: Subject, notes: Sequence[Note]) -> list[Note]:
    """The same mistakes, as they are called when they happen to a token or to SignedInfo."""
    if not notes:
        return []
    first, *rest = notes
    family = mistakes()[first.mistake].family
    if subject.kind is Kind.TOKEN and family in _RESERIALISED:
        return [Note("token-reserialised", f"{mistakes()[first.mistake].title}; {first.detail}"), first, *rest]
    if subject.kind is Kind.TOKEN and first.mistake == "content-changed":
        return [Note("token-value", first.detail, first.where), *rest]
    if subject.kind in (Kind.SIGNED_INFO, Kind.TOKEN_SIGNED_INFO) and first.mistake == "not-canonicalised":
        return [Note("signed-info-raw", first.detail), *rest]
    return list(notes)
