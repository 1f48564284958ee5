"""What an assertion claims, as values without a tree: so that of a token seen before nothing must be read again.

Nothing here is believed; the rules judge. A claim is read when it is asked for, and not before: a rule that reads a
certificate requires those that have looked at the structure around it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from mockserver.gateway.crypto.keys import KeyUnreadable, certificates_of, confirmation_key
from mockserver.gateway.crypto.trust import PublicKey, Signer, Trust, accepted_key, key_bytes, life_of
from mockserver.gateway.fact import fact
from mockserver.gateway.limits import Limits
from mockserver.gateway.message.assertion import AUDIENCE, Assertion
from mockserver.gateway.message.envelope import string_value
from mockserver.gateway.message.identity import Identity, identity_of
from mockserver.instant import DateTimeError, Instant, read_date_time

_READ_FROM_TREE: Final = (
    "issuer",
    "issued",
    "authenticated",
    "validities",
    "audiences",
    "identity",
    "signers",
    "holders",
    "holder_key",
    "holder_key_bytes",
)


@dataclass(frozen=True, slots=True)
class Validity:
    """The times of one Conditions element; None for what is absent or no dateTime with a zone."""

    has_not_before: bool
    not_before: Instant | None
    end: Instant | None
    """NotOnOrAfter."""


class Claims:
    """The claims of one assertion."""

    def __init__(self, assertion: Assertion, limits: Limits) -> None:
        self._assertion: Assertion | None = assertion
        self._limits = limits
        self._signer: tuple[Trust, Signer | None] | None = None
        self._anchored: tuple[Trust, Sequence[bool]] | None = None

    def without_tree(self) -> "Claims":
        """The same, with all that can be asked read by now, and the tree let go.

        Raises KeyUnreadable where a key cannot be read: of such a token nothing is kept.
        """
        for name in _READ_FROM_TREE:
            getattr(self, name)
        self._assertion = None
        return self

    @fact
    def issuer(self) -> str | None:
        """Issuer."""
        return self._read.element.get("Issuer")

    @fact
    def issued(self) -> Instant | None:
        """IssueInstant; None for what is no dateTime with a zone."""
        return zoned_instant(self._read.element.get("IssueInstant"))

    @fact
    def authenticated(self) -> Sequence[Instant | None]:
        """AuthenticationInstant of every AuthenticationStatement."""
        return tuple(zoned_instant(statement.get("AuthenticationInstant")) for statement in self._read.authentications)

    @fact
    def validities(self) -> Sequence[Validity]:
        """The times of every Conditions."""
        return tuple(
            Validity(
                "NotBefore" in conditions.attrib,
                zoned_instant(conditions.get("NotBefore")),
                zoned_instant(conditions.get("NotOnOrAfter")),
            )
            for conditions in self._read.conditions
        )

    @fact
    def audiences(self) -> Sequence[frozenset[str]]:
        """What every AudienceRestrictionCondition names."""
        return tuple(
            frozenset(string_value(child).strip() for child in condition if child.tag == AUDIENCE)
            for condition in self._read.restrictions
        )

    @fact
    def identity(self) -> Identity:
        """The end user."""
        return identity_of(self._read)

    @fact
    def signers(self) -> Sequence[x509.Certificate]:
        """The certificates in the KeyInfo of its own signature. Raises KeyUnreadable; only for one with a signature."""
        own = self._read.signatures[0]
        return tuple(certificate for info in own.key_infos for certificate in certificates_of(info, self._limits))

    def signer(self, trust: Trust) -> Signer | None:
        """The trusted STS whose certificate the first of `signers` names. Raises KeyUnreadable.

        Trust is an operator's configuration and does not change: what it makes of a certificate is found once.
        """
        known = self._signer
        if known is None or known[0] is not trust:
            certificate = trust.sts_certificate(self.signers[0])
            self._signer = known = trust, None if certificate is None else Signer(certificate)
        return known[1]

    def anchored(self, trust: Trust) -> Sequence[bool]:
        """Whether a trusted CA issued each of the `holders`; True where a key stands alone. Raises KeyUnreadable."""
        known = self._anchored
        if known is None or known[0] is not trust:
            found = tuple(each is None or trust.holder_is_anchored(each) for each in self.holders)
            self._anchored = known = trust, found
        return known[1]

    @fact
    def holder_lives(self) -> Sequence[tuple[Instant, Instant] | None]:
        """The validity of each of the `holders`; None where a key stands alone. Raises KeyUnreadable."""
        return tuple(None if each is None else life_of(each) for each in self.holders)

    @fact
    def holders(self) -> Sequence[x509.Certificate | None]:
        """The first certificate of each SubjectConfirmation; None where a key stands alone. Raises KeyUnreadable."""
        return tuple(
            next(iter(certificates_of(confirmation.key_infos[0], self._limits)), None)
            for confirmation in self._read.confirmations
        )

    @fact
    def holder_key(self) -> object:
        """The public key of the first SubjectConfirmation. Raises KeyUnreadable; only where there is one."""
        return confirmation_key(self._read.confirmations[0], self._limits)

    @fact
    def accepted_holder_key(self) -> PublicKey:
        """The same, if it is of an allowed kind and size. Raises KeyUnreadable and KeyRefused."""
        return accepted_key(self.holder_key)

    @fact
    def holder_key_bytes(self) -> bytes:
        """The same in DER, as SubjectPublicKeyInfo; empty when there is none that can be read."""
        if not self._read.confirmations:
            return b""
        try:
            return key_bytes(self.holder_key)
        except KeyUnreadable:
            return b""

    @property
    def _read(self) -> Assertion:
        if self._assertion is None:
            raise ValueError("a claim was not read while there was a tree to read it from")
        return self._assertion


def zoned_instant(text: str | None) -> Instant | None:
    """An instant with a zone; None for anything else."""
    if text is None:
        return None
    try:
        value = read_date_time(text)
    except DateTimeError:
        return None
    return value.instant if value.zone else None
