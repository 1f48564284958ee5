"""What a persona is: a synthetic identity with its certificate's name, its attributes and its requester."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mockserver.instant import Instant

IDENTIFICATION: Final = "urn:be:fgov:identification-namespace"
"""AttributeNamespace of what the caller says about himself (genuine assertion; `wire-facts.md` A4)."""

CERTIFIED: Final = "urn:be:fgov:certified-namespace:ehealth"
"""AttributeNamespace of what eHealth certifies: the one that cookbook 5.1.1 judges (`wire-facts.md` A4)."""


class PersonaError(Exception):
    """A persona can't be used; the message names the file with the line, the persona, the key and the next step."""


class KeyAlgorithm(StrEnum):
    """What a holder's key can be: genuine ones were RSA 2048 in 2020, and EC since 2025 (`wire-facts.md` A3)."""

    RSA_2048 = "RSA 2048"
    RSA_3072 = "RSA 3072"
    EC_P256 = "EC P-256"
    EC_P384 = "EC P-384"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One SAML 1.1 Attribute with its one value.

    Namespace and name together are its key: genuine tokens repeat a name in the other namespace.
    """

    namespace: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class CertificateTimes:
    """From when until when the holder's certificate is valid, both included; None: as the test PKI makes it."""

    not_before: Instant | None = None
    not_after: Instant | None = None


@dataclass(frozen=True, slots=True)
class TokenTimes:
    """From when until when a persona's tokens are valid, in seconds after the moment of issue."""

    begins: int = -300
    """NotBefore: genuine tokens are valid from five minutes before they were asked for (`wire-facts.md` A2)."""
    ends: int = 24 * 3600
    """NotOnOrAfter: at most, when the client asks for less; no later than 24 hours (`decisions.md` 4b)."""


@dataclass(frozen=True, slots=True)
class Persona:
    """An identity that can call the service."""

    name: str
    title: str
    """One line for people."""
    subject: Sequence[tuple[str, str]]
    """(keyword, value) of each RDN of the holder certificate, in the order RFC 1779 prints: CN first."""
    attributes: Sequence[Attribute]
    """In the order of the token."""
    legal_context: bool
    """False: CBSS answers MSG00013."""
    requester: Mapping[str, str]
    """What a matching Criteria.Requester holds: PersonIdentifier, Nihii or Cbe, each with its number."""
    key_algorithm: KeyAlgorithm = KeyAlgorithm.RSA_2048
    certificate: CertificateTimes = CertificateTimes()
    token: TokenTimes = TokenTimes()
