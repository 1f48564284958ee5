"""Whom an assertion speaks of: the end user that Table 2 of the cookbook compares with Criteria.Requester.

The SSO annex that lists the attributes of this service (cookbook 2.3, reference 2) is not public. Which attribute
means what is taken from tokens of other services (`wire-facts.md` A4 to A6) and is reconstructed.
"""

from dataclasses import dataclass
from typing import Final

from mockserver.gateway.message.assertion import Assertion, TokenAttribute

IDENTIFICATION: Final = "urn:be:fgov:identification-namespace"
"""Namespace of the attributes that say who it is (`wire-facts.md` A4)."""

CERTIFIED: Final = "urn:be:fgov:certified-namespace:ehealth"
"""Namespace of the attributes eHealth vouches for (`wire-facts.md` A4)."""

PERSON_SSIN: Final = "urn:be:fgov:person:ssin"
"""The end user when it is a person; in a mandate the person who gave it, not the holder of the certificate."""

_CERTIFICATE_HOLDER: Final = "certificateholder:"
_NIHII: Final = ":nihii-number"
_CBE: Final = ":cbe-number"
_EHP: Final = ":ehp-number"


@dataclass(frozen=True, slots=True)
class Identity:
    """The end user: a person, an institution, or both (real tokens carry both, `wire-facts.md` A5c)."""

    ssin: str | None = None
    nihii: str | None = None
    """The number as it stands in the token, normally 8 digits."""
    cbe: str | None = None
    """CBE or EHP number: both travel in Criteria.Requester.InstitutionIdentifier.Cbe (cookbook 5.2.2.1)."""

    @property
    def institution(self) -> str | None:
        """The number of the institution, if the end user is one."""
        return self.nihii or self.cbe

    @property
    def number(self) -> str | None:
        """The number that names the end user: the institution's before the person's."""
        return self.institution or self.ssin


def identity_of(assertion: Assertion) -> Identity:
    """Read the end user from the identification attributes.

    Attributes with `certificateholder:` in their name say who holds the certificate (the mandatary of a mandate) and
    never who the end user is.
    """
    named = [
        attribute
        for attribute in assertion.attributes
        if attribute.namespace == IDENTIFICATION and _CERTIFICATE_HOLDER not in (attribute.name or "")
    ]
    return Identity(
        ssin=_first(named, PERSON_SSIN),
        nihii=_first(named, _NIHII),
        cbe=_first(named, _CBE) or _first(named, _EHP),
    )


def certified(assertion: Assertion) -> list[TokenAttribute]:
    """The attributes in the certified namespace."""
    return [attribute for attribute in assertion.attributes if attribute.namespace == CERTIFIED]


def _first(attributes: list[TokenAttribute], ending: str) -> str | None:
    for attribute in attributes:
        if (attribute.name or "").endswith(ending) and attribute.values and attribute.values[0]:
            return attribute.values[0]
    return None
