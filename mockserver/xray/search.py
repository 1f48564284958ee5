"""The search: every inverse edit against one proof, cheap ones first, within a budget."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from lxml import etree

from mockserver.gateway.crypto.canonical import CanonicalError
from mockserver.xray.attempt import Attempt, Attempts, Variants
from mockserver.xray.budget import Budget
from mockserver.xray.edits import canonicalisation, content, layout, namespaces, scope, signed_info, spelling
from mockserver.xray.proof import Proof
from mockserver.xray.subject import Subject


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the edits may draw on besides the element itself."""

    root: etree._Element
    """The message as it came."""
    document: bytes = field(repr=False)
    """The same in UTF-8."""
    earlier: Sequence[etree._Element] = ()
    """Messages that came before."""
    values: Sequence[str] = ()
    """Values that may have stood in the message: of personas, say."""
    computed: Sequence[str | None] = ()
    """The digest of each Reference as it should be, in base64."""


@dataclass(frozen=True, slots=True)
class Note:
    """One mistake that a hit proves."""

    mistake: str
    detail: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """Octets that fit, and the mistakes that led from them to what came."""

    notes: Sequence[Note]
    octets: bytes = field(repr=False)


def find_at_once(subject: Subject, proof: Proof, surroundings: Surroundings, budget: Budget) -> Hit | None:
    """The first cheap edit that fits; a Hit without notes when the octets fit as they are.

    Raises BudgetSpent, CanonicalError.
    """
    plain = subject.write(subject.element)
    if (form := proof.accepts(plain, budget)) is not None:
        return Hit([Note(form.mistake, form.detail)] if form.mistake else [], plain)
    return _first(_cheap(subject, plain, surroundings), proof, budget)


def find_by_search(subject: Subject, proof: Proof, surroundings: Surroundings, budget: Budget) -> Hit | None:
    """The first of the edits that take thousands of tries, for what `find_at_once` did not find.

    Raises BudgetSpent, CanonicalError.
    """
    if not proof.is_cheap:
        return None
    plain = subject.write(subject.element)
    return (
        _first(_dear(subject, plain, surroundings), proof, budget)
        or _by_character(subject, plain, proof, budget)
        or _by_two(subject, proof, budget)
    )


def _first(attempts: Attempts, proof: Proof, budget: Budget) -> Hit | None:
    for attempt in attempts:
        if (form := proof.accepts(attempt.octets, budget)) is not None:
            notes = [Note(attempt.mistake, attempt.detail, attempt.where)]
            return Hit([*notes, Note(form.mistake, form.detail)] if form.mistake else notes, attempt.octets)
    return None


def _cheap(subject: Subject, plain: bytes, surroundings: Surroundings) -> Attempts:
    yield from spelling.spellings(plain)
    yield from namespaces.undeclared(subject)
    yield from canonicalisation.writings(subject, subject.element)
    yield from _written(subject, _states(subject, surroundings))
    yield from scope.contents(subject)
    yield from scope.slices(subject, surroundings.document)
    yield from scope.other_elements(subject, surroundings.root)
    yield from scope.earlier_messages(subject, surroundings.earlier)


def _dear(subject: Subject, plain: bytes, surroundings: Surroundings) -> Attempts:
    text = plain.decode("utf-8")
    yield from content.values(content.spans(subject.element, text), text, surroundings.values)
    yield from _written(subject, content.structure(subject))
    yield from _written(subject, namespaces.renamed(subject))


def _states(subject: Subject, surroundings: Surroundings) -> Variants:
    return chain(
        layout.variants(subject),
        scope.earlier_states(subject),
        namespaces.moved(subject),
        signed_info.variants(subject, surroundings.computed),
    )


def _written(subject: Subject, variants: Variants) -> Iterator[Attempt]:
    for mistake, element, detail, where in variants:
        try:
            octets = subject.write(element)
        except CanonicalError:
            continue  # this variant has no canonical form: nobody digested it
        yield Attempt(mistake, octets, detail, where)


def _by_character(subject: Subject, plain: bytes, proof: Proof, budget: Budget) -> Hit | None:
    text = plain.decode("utf-8")
    for gap in content.gaps(content.spans(subject.element, text), text):
        choice = proof.choice_of(gap, budget)
        if choice is not None:
            detail = gap.detail.format(content.shown(choice))
            return Hit([Note("content-changed", detail, gap.span.where)], gap.before + choice.encode() + gap.after)
    return None


def _by_two(subject: Subject, proof: Proof, budget: Budget) -> Hit | None:
    """Two mistakes at once: another tree, and another way to write it."""
    for variant in chain(layout.variants(subject), scope.earlier_states(subject)):
        try:
            written = subject.write(variant.element)
        except CanonicalError:
            continue
        for attempt in chain(spelling.spellings(written), canonicalisation.writings(subject, variant.element)):
            if proof.accepts(attempt.octets, budget) is not None:
                first = Note(variant.mistake, variant.detail, variant.where)
                return Hit([first, Note(attempt.mistake, attempt.detail, attempt.where)], attempt.octets)
    return None
