"""What an X-ray shows, as data: evidence of each signature, diagnoses, and what the search did."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from mockserver.xray.mistakes import STACKS, mistakes
from mockserver.xray.search import Note
from mockserver.xray.visible import visible


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key, as people tell one from another."""

    name: str
    """Where it is from: "confirmed by the token", "persona pharmacist"."""
    certificate: x509.Certificate | None

    def to_json(self) -> dict[str, Any]:
        """Plain data; what a certificate says is None where there is only a key."""
        held = self.certificate
        return {
            "name": self.name,
            "subject": None if held is None else held.subject.rfc4514_string(),
            "serial": None if held is None else f"{held.serial_number:x}",
            "sha256": None if held is None else held.fingerprint(hashes.SHA256()).hex(),
        }


@dataclass(frozen=True, slots=True)
class ReferenceEvidence:
    """One ds:Reference: what it declares, and what comes out."""

    uri: str | None
    target: str | None
    """Path of the element it covers; None when it covers none that it may."""
    transforms: Sequence[str]
    digest_method: str
    declared: str
    """DigestValue as it stands."""
    computed: str | None
    """In base64; None when nothing could be digested."""
    matches: bool | None
    octets: bytes | None = field(default=None, repr=False)
    """The canonical octets that were digested."""
    problem: str | None = None
    """Why nothing was digested."""

    def to_json(self) -> dict[str, Any]:
        """Plain data; octets in base64."""
        return {
            "uri": self.uri,
            "target": self.target,
            "transforms": list(self.transforms),
            "digestMethod": self.digest_method,
            "declared": self.declared,
            "computed": self.computed,
            "matches": self.matches,
            "problem": self.problem,
            **_octets(self.octets),
        }


@dataclass(frozen=True, slots=True)
class SignatureEvidence:
    """One ds:Signature; its SignatureValue is judged apart from the digests."""

    of: str
    """`message` or `token`."""
    where: str
    method: str
    verifies: bool | None
    """Whether SignatureValue is that of SignedInfo under the confirmed key; None when that could not be tried."""
    confirmed: KeyView | None
    """The key it has to be made with."""
    used: KeyView | None
    """The key it was made with, when that is known."""
    references: Sequence[ReferenceEvidence]
    octets: bytes | None = field(default=None, repr=False)
    """Canonical SignedInfo."""
    problem: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data; octets in base64."""
        return {
            "of": self.of,
            "where": self.where,
            "signatureMethod": self.method,
            "signatureValueVerifies": self.verifies,
            "problem": self.problem,
            "confirmed": None if self.confirmed is None else self.confirmed.to_json(),
            "used": None if self.used is None else self.used.to_json(),
            "signedInfo": _octets(self.octets),
            "references": [reference.to_json() for reference in self.references],
        }


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why one part does not verify, or that no reason was found."""

    part: str
    """`Body`, `Timestamp`, `Assertion`, `SignatureValue` ..."""
    notes: Sequence[Note]
    """The mistakes that together explain it, the main one first; empty when none was found."""
    octets: bytes | None = field(default=None, repr=False)
    """The octets that were digested or signed in truth."""
    received: bytes | None = field(default=None, repr=False)
    """Those that came."""

    @property
    def headline(self) -> str:
        """One sentence without its full stop."""
        if not self.notes:
            return f"{self.part}: no known mistake explains it"
        note = self.notes[0]
        about = f" ({note.detail})" if note.detail else ""
        where = f", at {note.where}" if note.where else ""
        more = "; ".join(mistakes()[other.mistake].title for other in self.notes[1:])
        rest = f"; and {len(self.notes) - 1} more: {more}" if more else ""
        return f"{self.part}: {mistakes()[note.mistake].title}{where}{about}{rest}"

    def to_json(self) -> dict[str, Any]:
        """Plain data with all that a developer needs; octets in base64."""
        return {
            "part": self.part,
            "headline": self.headline,
            "mistakes": [_note(note) for note in self.notes],
            "signed": _octets(self.octets),
        }


@dataclass(frozen=True, slots=True)
class Effort:
    """What the search did."""

    steps: int
    seconds: float
    stopped: str
    """Which limit ended it; empty when it went to its end."""

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"steps": self.steps, "milliseconds": round(self.seconds * 1000), "stopped": self.stopped or None}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The X-ray of one message. It holds what the message holds: never to be logged."""

    signatures: Sequence[SignatureEvidence]
    diagnoses: Sequence[Diagnosis]
    effort: Effort
    problem: str | None = None
    """Why there is nothing to look at."""

    @property
    def headline(self) -> str:
        """The first line: what is wrong, in a sentence without its full stop."""
        if self.diagnoses:
            return self.diagnoses[0].headline
        if self.problem:
            return self.problem
        return self._untried or "Every digest and signature that is there verifies"

    @property
    def _untried(self) -> str:
        """The first part that nobody could try; empty when each was tried."""
        for signature in self.signatures:
            whose = "the message" if signature.of == "message" else "the token"
            if signature.verifies is not True:
                return f"SignatureValue of {whose} could not be checked: {signature.problem}"
            for reference in signature.references:
                if reference.matches is not True:
                    return f"Reference {reference.uri} of {whose} could not be checked: {reference.problem}"
        return ""

    def to_json(self) -> dict[str, Any]:
        """All of it as plain data; keys are always present."""
        return {
            "headline": self.headline,
            "problem": self.problem,
            "signatures": [signature.to_json() for signature in self.signatures],
            "diagnoses": [diagnosis.to_json() for diagnosis in self.diagnoses],
            "search": self.effort.to_json(),
        }


def _note(note: Note) -> dict[str, Any]:
    mistake = mistakes()[note.mistake]
    return {
        "mistake": mistake.id,
        "title": mistake.title,
        "detail": note.detail,
        "where": note.where,
        "sentence": mistake.sentence,
        "usual": {STACKS[stack]: text for stack, text in mistake.usual.items()},
        "seen": list(mistake.seen),
    }


def _octets(octets: bytes | None) -> dict[str, str | None]:
    if octets is None:
        return {"octets": None, "visible": None}
    return {"octets": b64encode(octets).decode("ascii"), "visible": visible(octets)}
