"""The X-ray of one message: evidence of both signatures, then a diagnosis for each part that does not verify."""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from lxml import etree

from mockserver.gateway.crypto.algorithms import DIGESTS, SIGNATURES, SignatureAlgorithm
from mockserver.gateway.crypto.canonical import CanonicalError, exclusive_c14n, str_transform
from mockserver.gateway.crypto.message_signature import fits, signature_verifies
from mockserver.gateway.exchange import ENDPOINT_PATH, Exchange, HttpRequest
from mockserver.gateway.message.envelope import path_of, string_value
from mockserver.gateway.message.security import Reference, Signature
from mockserver.gateway.policy import Policy
from mockserver.instant import Instant
from mockserver.namespaces import ENVELOPED_SIGNATURE, EXC_C14N, STR_TRANSFORM
from mockserver.xray import clock, keys, unfit
from mockserver.xray.budget import Budget, BudgetSpent, Limits
from mockserver.xray.edits import scope
from mockserver.xray.edits.canonicalisation import inclusive_c14n
from mockserver.xray.evidence import undigested
from mockserver.xray.explanation import (
    Diagnosis,
    Effort,
    Explanation,
    KeyView,
    ReferenceEvidence,
    SignatureEvidence,
)
from mockserver.xray.keys import Signer
from mockserver.xray.known import NOTHING_KNOWN, Known, parsed
from mockserver.xray.mistakes import mistakes
from mockserver.xray.naming import in_terms_of, wrong_key
from mockserver.xray.proof import Proof, reference_proof, signature_proof
from mockserver.xray.search import Hit, Note, Surroundings, find_at_once, find_by_search
from mockserver.xray.subject import Kind, Subject, octets_of, without_signature

_MOST_REFERENCES: Final = 16
_TOKEN_VALUE: Final = "SignatureValue of the token"  # noqa: S105


@dataclass(frozen=True, slots=True)
class _Case:
    """A part that does not verify, and what would prove what it was."""

    part: str
    subject: Subject
    proof: Proof
    first: tuple[Note, ...] = ()
    """Mistakes that are known already: a wrong key."""
    computed: tuple[str | None, ...] = ()
    """For a SignedInfo: the digests as its References should have them."""


DEFAULT_LIMITS: Final = Limits()


def explain_octets(
    octets: bytes,
    fields: Sequence[tuple[str, bytes]],
    policy: Policy,
    received: Instant,
    known: Known = NOTHING_KNOWN,
    limits: Limits = DEFAULT_LIMITS,
) -> Explanation:
    """The X-ray of an envelope as it came over HTTP with these header fields (of which the charset counts)."""
    request = HttpRequest("POST", ENDPOINT_PATH, "1.1", fields, octets, received)
    return explain(Exchange(request, policy), known, limits)


def explain(exchange: Exchange, known: Known = NOTHING_KNOWN, limits: Limits = DEFAULT_LIMITS) -> Explanation:
    """The X-ray of an exchange; the rules need not have judged it. Takes up to `limits.seconds`."""
    budget = Budget(limits)
    root = exchange.document.root
    if root is None or (exchange.signature is None and exchange.assertion is None):
        problem = "There is no XML document to look into" if root is None else "There is no signature to look into"
        return Explanation((), (), Effort(0, 0.0, ""), problem)
    return _Examination(exchange, root, known, budget).explanation()


class _Examination:
    """One examination: collects evidence and open cases, then searches."""

    def __init__(self, exchange: Exchange, root: etree._Element, known: Known, budget: Budget) -> None:
        self._exchange = exchange
        self._budget = budget
        self._earlier = parsed(known.earlier, exchange)
        self._surroundings = Surroundings(
            root, (exchange.encoding.text or "").encode("utf-8"), self._earlier, tuple(known.values)
        )
        self._certificates = known.certificates
        self._token_was_changed = False
        self._cases: list[_Case] = []
        self._diagnoses: dict[int, Diagnosis] = {}
        """By the number of the case; those that need no search have numbers below zero."""

    def explanation(self) -> Explanation:
        """Evidence first; then every case by the cheap edits; then what is left by the dear ones."""
        token = self._token()  # first: a key that a changed token confirms proves nothing of the message
        self._token_was_changed = any(reference.matches is False for each in token for reference in each.references)
        evidence = [*self._message(), *token]
        hits: dict[int, Hit] = {}
        for find in (find_at_once, find_by_search):
            for number, case in enumerate(self._cases):
                if number not in hits and (hit := self._try(find, case)) is not None:
                    hits[number] = hit
        diagnoses = [self._diagnosis(case, hits.get(number)) for number, case in enumerate(self._cases)]
        diagnoses += [self._diagnoses[number] for number in sorted(self._diagnoses)]
        diagnoses += clock.diagnose(self._exchange)
        diagnoses.sort(key=self._rank)
        effort = Effort(self._budget.steps, self._budget.seconds, self._budget.stopped)
        return Explanation(evidence, diagnoses, effort)

    def _rank(self, diagnosis: Diagnosis) -> tuple[bool, bool, int]:
        """What is explained comes first: of the message, of the token, of time. A key that does not fit comes last if
        the token was changed: it may be the key that was."""
        family = mistakes()[diagnosis.notes[0].mistake].family if diagnosis.notes else ""
        is_of_token = diagnosis.part in ("Assertion", _TOKEN_VALUE)
        order = 2 if family == "clock" else int(is_of_token)
        return self._token_was_changed and family == "key", not diagnosis.notes, order

    def _try(self, find: Callable[[Subject, Proof, Surroundings, Budget], Hit | None], case: _Case) -> Hit | None:
        if self._budget.stopped:
            return None
        try:
            surroundings = replace(self._surroundings, computed=case.computed)
            return find(case.subject, case.proof, surroundings, self._budget)
        except (BudgetSpent, CanonicalError):
            return None

    def _diagnosis(self, case: _Case, hit: Hit | None) -> Diagnosis:
        notes = [*case.first, *(hit.notes if hit is not None else ())]
        received = octets_of(case.subject)
        notes = in_terms_of(case.subject, notes)
        return Diagnosis(case.part, notes, None if hit is None else hit.octets, received)

    # The message signature.

    def _message(self) -> list[SignatureEvidence]:
        signature = self._exchange.signature
        if signature is None:
            return []
        references = [self._reference(*pair) for pair in self._exchange.signed[:_MOST_REFERENCES]]
        confirmed = keys.holder(self._exchange)
        return [self._value("message", signature, confirmed, references, Kind.SIGNED_INFO)]

    def _reference(self, reference: Reference, target: etree._Element | None) -> ReferenceEvidence:
        algorithms = [transform.algorithm for transform in reference.transforms]
        note = unfit.of_reference(reference, algorithms in ([EXC_C14N], [STR_TRANSFORM]))
        if note is not None:
            self._settle(Diagnosis(f"Reference {reference.uri or '(without URI)'}", [note]))
        if reference.digest_method not in DIGESTS:
            return undigested(reference, target, "the digest algorithm is not one that is computed here")
        if algorithms not in ([EXC_C14N], [STR_TRANSFORM]):
            return undigested(reference, target, "these transforms are not carried out here")
        if target is None:
            self._astray(reference)
            return undigested(reference, target, "it names no element, or several, or none that may be signed")
        transform = reference.transforms[0]
        is_str = transform.algorithm == STR_TRANSFORM
        write = str_transform if is_str else partial(exclusive_c14n, prefixes=transform.prefixes)
        prefixes = () if is_str else tuple(transform.prefixes)
        return self._digest(reference, Subject(Kind.REFERENCE, target, write, prefixes, is_str), path_of(target))

    def _digest(self, reference: Reference, subject: Subject, where: str) -> ReferenceEvidence:
        """Digest, compare, and open a case where they differ."""
        octets = octets_of(subject)
        if octets is None:
            return undigested(reference, subject.element, "it has no canonical form")
        algorithm = DIGESTS[reference.digest_method]
        computed = b64encode(hashlib.new(algorithm, octets).digest()).decode("ascii")
        matches = computed == "".join(reference.digest_value.split())
        proof = None if matches else reference_proof(reference.digest_value, algorithm)
        if proof is not None:
            self._cases.append(_Case(subject.name, subject, proof))
        elif not matches and reference.digest_value.strip():
            self._settle(Diagnosis(subject.name, []))
        return ReferenceEvidence(
            reference.uri,
            where,
            [transform.algorithm for transform in reference.transforms],
            reference.digest_method,
            reference.digest_value,
            computed,
            matches,
            octets,
        )

    def _astray(self, reference: Reference) -> None:
        """A Reference that names nothing: perhaps its digest tells what it was meant for."""
        proof = reference_proof(reference.digest_value, DIGESTS[reference.digest_method])
        if proof is None:
            return
        part = f"Reference {reference.uri or '(without URI)'}"
        subject = Subject(Kind.REFERENCE, self._surroundings.root, exclusive_c14n)
        try:
            for attempt in scope.other_elements(subject, self._surroundings.root):
                if proof.accepts(attempt.octets, self._budget) is not None:
                    note = Note(attempt.mistake, attempt.detail)
                    self._settle(Diagnosis(part, [note], attempt.octets))
                    return
        except (BudgetSpent, CanonicalError):
            pass  # told as "none found"; the effort says that a limit was reached
        self._settle(Diagnosis(part, []))

    # SignatureValue, of either signature.

    def _value(
        self,
        of: str,
        signature: Signature,
        confirmed: Signer | str,
        references: Sequence[ReferenceEvidence],
        kind: Kind,
    ) -> SignatureEvidence:
        signer = confirmed if isinstance(confirmed, Signer) else None
        problem = confirmed if isinstance(confirmed, str) else None
        shape = (len(signature.signed_infos), len(signature.signature_values), len(signature.canonicalizations))
        if shape != (1, 1, 1) or signature.signature_method not in SIGNATURES:
            problem = problem or "its parts do not stand there once each, or its algorithm is not computed here"
            note = Note("value-malformed", "SignedInfo, SignatureValue or CanonicalizationMethod is not there once")
            if shape == (1, 1, 1):
                note = Note("algorithm-refused", f"SignatureMethod is {signature.signature_method!r}")
            self._settle(Diagnosis(_value_part(kind), [note]))
            return self._evidence(of, signature, None, (signer, None), references, None, problem)
        if signature.canonicalizations[0].algorithm != EXC_C14N:
            problem = problem or "its CanonicalizationMethod is not accepted"
            used, octets = self._refused_canonicalisation(signature, signer, references, kind)
            return self._evidence(of, signature, None, (signer, used), references, octets, problem)
        prefixes = tuple(signature.canonicalizations[0].prefixes)
        write = partial(exclusive_c14n, prefixes=prefixes)
        subject = Subject(kind, signature.signed_infos[0], write, prefixes)
        method = SIGNATURES[signature.signature_method]
        verifies = None
        if signer is not None:
            verifies = fits(method, signer.key) and signature_verifies(signature, signer.key)
        used = signer if verifies else self._used(subject, signature, signer, references)
        return self._evidence(of, signature, verifies, (signer, used), references, octets_of(subject), problem)

    def _refused_canonicalisation(
        self, signature: Signature, signer: Signer | None, references: Sequence[ReferenceEvidence], kind: Kind
    ) -> tuple[Signer | None, bytes | None]:
        """Says so, and looks with Canonical XML 1.0 whether more is wrong; who signed, and what."""
        declared = signature.canonicalizations[0].algorithm
        note = Note("algorithm-refused", f"CanonicalizationMethod is {declared!r}, accepted is {EXC_C14N}")
        self._settle(Diagnosis(_value_part(kind), [note]))
        if declared != unfit.INCLUSIVE_C14N:
            return None, None
        subject = Subject(kind, signature.signed_infos[0], inclusive_c14n)
        octets = octets_of(subject)
        if signer is None or octets is None:
            return None, octets
        text, method = string_value(signature.signature_values[0]), SIGNATURES[signature.signature_method]
        proof = signature_proof(text, method, signer.key) if fits(method, signer.key) else None
        if proof is not None and self._fits(proof, subject):
            return signer, octets
        return self._used(subject, signature, signer, references), octets

    def _used(
        self,
        subject: Subject,
        signature: Signature,
        confirmed: Signer | None,
        references: Sequence[ReferenceEvidence],
    ) -> Signer | None:
        """Who made a signature that does not verify; opens a case or settles it."""
        text, method = string_value(signature.signature_values[0]), SIGNATURES[signature.signature_method]
        part = _value_part(subject.kind)
        if confirmed is not None and (note := self._unfit(text, method, confirmed, subject)) is not None:
            self._settle(Diagnosis(part, [note]))
            return confirmed if note.mistake == "padding" else None
        computed = tuple(reference.computed for reference in references)
        proof = None if confirmed is None else signature_proof(text, method, confirmed.key)
        if confirmed is not None and proof is not None and proof.is_cheap:
            self._cases.append(_Case(part, subject, proof, (), computed))
            return confirmed  # an RSA signature that this key opens was made with it
        for other in keys.others(self._exchange, confirmed, self._certificates, self._earlier):
            theirs = signature_proof(text, method, other.key)
            if theirs is not None and (theirs.is_cheap or self._fits(theirs, subject)):
                if confirmed is not None:
                    self._cases.append(_Case(part, subject, theirs, (wrong_key(other, confirmed),), computed))
                return other
        if confirmed is not None and proof is not None:
            self._cases.append(_Case(part, subject, proof, (), computed))
        elif confirmed is not None:
            nobodys = unfit.of_length(text, confirmed.key) or Note("unknown-key")
            self._settle(Diagnosis(part, [] if self._token_was_changed else [nobodys]))
        return None

    def _unfit(self, text: str, method: SignatureAlgorithm, confirmed: Signer, subject: Subject) -> Note | None:
        octets = octets_of(subject)
        try:
            return unfit.of_value(text) or (
                None if octets is None else unfit.of_padding(text, method, confirmed.key, octets, self._budget)
            )
        except BudgetSpent:
            return None

    def _fits(self, proof: Proof, subject: Subject) -> bool:
        try:
            return proof.accepts(subject.write(subject.element), self._budget) is not None
        except (BudgetSpent, CanonicalError):
            return False

    def _evidence(
        self,
        of: str,
        signature: Signature,
        verifies: bool | None,
        signers: tuple[Signer | None, Signer | None],
        references: Sequence[ReferenceEvidence],
        octets: bytes | None,
        problem: str | None,
    ) -> SignatureEvidence:
        confirmed, used = signers
        return SignatureEvidence(
            of,
            path_of(signature.element),
            signature.signature_method,
            verifies,
            _view(confirmed),
            _view(used),
            references,
            octets,
            problem,
        )

    # The token.

    def _token(self) -> list[SignatureEvidence]:
        assertion = self._exchange.assertion
        if assertion is None or len(assertion.signatures) != 1:
            return []
        (signature,) = assertion.signatures
        references = []
        for reference in signature.references[:1]:
            algorithms = [transform.algorithm for transform in reference.transforms]
            if reference.uri != f"#{assertion.id}" or algorithms != [ENVELOPED_SIGNATURE, EXC_C14N]:
                references.append(undigested(reference, None, "it is no enveloped signature over this assertion"))
            elif reference.digest_method not in DIGESTS:
                references.append(undigested(reference, assertion.element, "its digest is not computed here"))
            else:
                prefixes = tuple(reference.transforms[1].prefixes)
                write = partial(exclusive_c14n, prefixes=prefixes)
                subject = Subject(Kind.TOKEN, without_signature(assertion.element), write, prefixes)
                references.append(self._digest(reference, subject, path_of(assertion.element)))
        signer = keys.sts(assertion, signature, self._exchange)
        return [self._value("token", signature, signer, references, Kind.TOKEN_SIGNED_INFO)]

    def _settle(self, diagnosis: Diagnosis) -> None:
        self._diagnoses[len(self._diagnoses)] = diagnosis


def _value_part(kind: Kind) -> str:
    return "SignatureValue" if kind is Kind.SIGNED_INFO else _TOKEN_VALUE


def _view(signer: Signer | None) -> KeyView | None:
    return None if signer is None else signer.view
