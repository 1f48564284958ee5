"""The STS: from a verified request to a token, a challenge, or a refusal of its own."""

from dataclasses import dataclass, replace

from cryptography import x509

from mockserver.cbss.response import Outcome
from mockserver.cbss.service import BusinessAnswer
from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.assertion import Assertion
from mockserver.gateway.policy import Policy
from mockserver.identities.assertion import issue_assertion
from mockserver.identities.authority import Authority
from mockserver.identities.personas import Persona
from mockserver.instant import SECOND, Clock, Instant, read_date_time
from mockserver.sts import saml_response, trust_response
from mockserver.sts.challenges import Challenge
from mockserver.sts.endpoints import Protocol
from mockserver.sts.exchange import StsExchange, of_sts
from mockserver.sts.names import INVALID_REQUEST
from mockserver.sts.token_request import Asked, TokenRequest, answered


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a token is for, as far as the STS knows: it never sees the private key."""

    persona: Persona
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class Grant:
    """A token that was issued."""

    token: bytes
    context: str
    begin: Instant
    end: Instant


def validity(request: TokenRequest, now: Instant, longest: int) -> tuple[Instant, Instant]:
    """From when until when a token is asked for, cut to `longest` seconds.

    The assertion's NotBefore lies five minutes before that (`wire-facts.md` A2).
    """
    begin = now if request.begin is None else request.begin
    latest = begin + longest * SECOND
    return begin, latest if request.end is None else min(request.end, latest)


class TokenService:
    """Issues and renews tokens (decisions 4b)."""

    def __init__(self, authority: Authority, policy: Policy, clock: Clock) -> None:
        self._authority = authority
        self._policy = policy
        self._clock = clock

    def answer(self, exchange: Exchange, correlation_id: str) -> BusinessAnswer:
        """Answer a request that the gateway did not refuse: the caller is authenticated."""
        asked = of_sts(exchange)
        if asked.refusal is not None:
            return self._refuse(asked, asked.refusal.breach.detail, correlation_id)
        if asked.challenge is not None:
            return self._answer_challenge(asked, asked.challenge, correlation_id)
        if not isinstance(asked.asked, TokenRequest) or asked.asker is None:
            raise ValueError("a request that the rules let pass can be read, and its asker is known")
        if asked.is_for_another_key and asked.endpoint.protocol is Protocol.WS_TRUST:
            challenge = asked.realm.challenges.open(asked.asked, asked.asker, asked.request.received)
            return BusinessAnswer(trust_response.challenge(challenge), Outcome("Challenge"))
        return self._grant(asked, asked.asked, asked.asker)

    def _answer_challenge(self, exchange: StsExchange, challenge: Challenge, correlation_id: str) -> BusinessAnswer:
        if not exchange.realm.challenges.close(challenge):
            # Two answers came at once, and the rules found the challenge open for both.
            return self._refuse(exchange, "the challenge has been answered already", correlation_id)
        return self._grant(exchange, challenge.request, challenge.persona)

    def _grant(self, exchange: StsExchange, request: TokenRequest, persona: Persona) -> BusinessAnswer:
        certificate = request.session or exchange.certificate
        if not isinstance(certificate, x509.Certificate):
            raise ValueError("a request without certificate is refused before")  # noqa: TRY004 - a fault of ours
        now = self._clock()
        if exchange.assertion is not None:
            request = _like(exchange.assertion, request, now)
        begin, end = validity(request, now, self._policy.settings.token_lifetime)
        not_before, end = begin + persona.token.begins * SECOND, min(end, begin + persona.token.ends * SECOND)
        token = issue_assertion(
            self._authority,
            Holder(persona, certificate),
            now=now,
            not_before=not_before,
            not_on_or_after=end,
            attributes=answered(persona, request.attributes),
        )
        # A persona may be one whose tokens have ended, or begin later: then the answer says so too.
        grant = Grant(token, request.context, begin if not_before <= begin < end else not_before, end)
        build = trust_response.granted if exchange.endpoint.protocol is Protocol.WS_TRUST else saml_response.granted
        return BusinessAnswer(build(grant, now), Outcome("Success"))

    def _refuse(self, exchange: StsExchange, reason: str, correlation_id: str) -> BusinessAnswer:
        if exchange.endpoint.protocol is Protocol.SAML_P:
            context = "" if exchange.operation is None else exchange.operation.get("RequestID", "")
            return BusinessAnswer(
                saml_response.refused(reason, context, self._clock()), Outcome("Requester", message=reason)
            )
        fault = trust_response.invalid_request(
            reason,
            self._policy.contract,
            correlation_id=correlation_id,
            environment=self._policy.settings.environment,
        )
        return BusinessAnswer(fault, Outcome(INVALID_REQUEST, message=reason), http=500)


def _like(assertion: Assertion, request: TokenRequest, now: Instant) -> TokenRequest:
    """The renewal as a request: what the verified token holds, for as long as it was issued for (reconstructed)."""
    (conditions,) = assertion.conditions
    issued = read_date_time(assertion.element.get("IssueInstant", "")).instant
    lifetime = read_date_time(conditions.get("NotOnOrAfter", "")).instant - issued
    return replace(
        request,
        attributes=[Asked(attribute.name or "", attribute.namespace) for attribute in assertion.attributes],
        end=now + lifetime if request.end is None else request.end,
    )
