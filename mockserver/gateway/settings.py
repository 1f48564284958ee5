"""Figures and choices behind the rules. Each default names its source; what has none is reconstructed."""

from dataclasses import dataclass
from typing import Final

ENVIRONMENTS: Final = ("Development", "Test", "Integration", "Acceptation", "Simulation", "Production")
"""Values of SystemError/Environment in eHealth's error schema (`wire-facts.md` D1)."""


DEFAULT_FORMAT: Final = "###########"
"""Eleven digits, like the SSIN it stands in for: reconstructed, the cookbook shows no CovidDossierIdentifier."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may set besides the severities."""

    time_to_live: int = 60
    """Seconds between Created and Expires at most (cookbook 6.2: one minute)."""
    tolerance: int = 300
    """Seconds of clock skew before Created and after Expires (cookbook 6.2: five minutes)."""
    assertion_skew: int = 300
    """Seconds on NotBefore, IssueInstant and AuthenticationInstant (decisions 4; the STS itself sets NotBefore five
    minutes back, `wire-facts.md` A2)."""
    assertion_end_skew: int = 0
    """Seconds after NotOnOrAfter (decisions 4)."""
    token_lifetime: int = 24 * 3600
    """Seconds that a token of the mock's STS lives at most (decisions 4b)."""
    audiences: tuple[str, ...] = ()
    """Accepted saml:Audience values; real tokens carry none (`wire-facts.md` A1)."""
    issuers: tuple[str, ...] = ("urn:be:fgov:ehealth:sts:1_0",)
    """Accepted values of Assertion/@Issuer (`wire-facts.md` A1: the one name that genuine tokens bear). A list of one's
    own takes the place of this one, so it must hold this name too where the mock's own tokens are to be accepted."""
    environment: str = "Acceptation"
    """Environment in the SystemError of a fault (`wire-facts.md` D1; reconstructed default)."""
    cbss_status: str = "Responder"
    """Level 1 status beside a CbssStatus: `Responder` (decisions 2.12) or `Requester`; no source says which."""
    triggers: bool = True
    """Whether a LastName that is a code provokes that answer (decisions 3)."""
    identifier_format: str = DEFAULT_FORMAT
    """Form of the CovidDossierIdentifier, # for a digit."""
