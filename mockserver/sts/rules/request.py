"""Whether what is asked can be answered: breaches here are answered by the STS itself (`wire-facts.md` B5)."""

from collections.abc import Iterator
from functools import partial

from mockserver.gateway.exchange import Exchange
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import Breach, Stage
from mockserver.instant import format_instant
from mockserver.sts.exchange import of_sts
from mockserver.sts.rules.catalogue import STS_RULES
from mockserver.sts.service import validity
from mockserver.sts.token_request import Misfit, TokenRequest

request = partial(STS_RULES.rule, stage=Stage.TOKEN_REQUEST, essential=True)


@request(
    "W01",
    "The message has the form of a request",
    source="wire-facts B2, B3; decisions 4b; the schemas are reconstructed",
    advice="Send a RequestSecurityToken to /IAM/SecurityTokenService/v1, or a samlp:Request to "
    "/IAM/Saml11TokenService/v1.",
    requires=("B01", "Q39"),
    reconstructed=True,
)
def has_form(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Body holds a message of this address's protocol, valid against its schema."""
    violation = of_sts(exchange).violation
    if violation is not None:
        yield Breach(violation, "Envelope/Body")


@request(
    "W02",
    "The request asks for something the STS can give",
    source="wire-facts B2, B3; decisions 4b",
    advice="Ask for at least one attribute, in a SAML 1.1 holder-of-key token.",
    requires=("W01",),
)
def can_be_read(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Token type, request type, key type, claims, lifetime and session key are ones that the STS knows."""
    asked = of_sts(exchange).asked
    if isinstance(asked, Misfit):
        yield Breach(asked.reason, asked.where)


@request(
    "W03",
    "The lifetime is one a token can have",
    source="decisions 4b; reconstructed: no source shows the answer to such a lifetime",
    advice="Ask for a time that begins now, and ends within 24 hours. If it does, set the clock by NTP.",
    requires=("W02",),
    reconstructed=True,
)
def lifetime_can_be_had(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The lifetime asked for ends after it begins, and in the future."""
    asked = of_sts(exchange).asked
    if not isinstance(asked, TokenRequest):
        return
    now = exchange.request.received
    begin, end = validity(asked, now, policy.settings.token_lifetime)
    if end <= begin:
        yield Breach("it ends before it begins", "Lifetime")
    elif end <= now:
        yield Breach(f"received {format_instant(now)}, it ended {format_instant(end)}", "Lifetime")
