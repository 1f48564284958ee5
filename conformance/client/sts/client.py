"""One caller at one STS: asks for tokens, proves a second key when asked to, and renews."""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from conformance.client.credentials import Token
from conformance.client.endpoint import Endpoint
from conformance.client.keystore import KeyEntry
from conformance.client.sts.answer import Challenge, Issued, TokenRefusedError, read_sts_answer
from conformance.client.sts.message import (
    CHALLENGE_ACTION,
    REQUEST_ACTION,
    Claim,
    challenge_response,
    issue_request,
    renew_request,
)
from conformance.client.sts.signer import envelope_with_certificate
from conformance.client.transport import Transport
from mockserver.instant import Clock, system_clock

LIFETIME = 24 * 3600
"""Seconds: what connector clients ask for (wire-facts.md A2)."""


@dataclass(frozen=True, slots=True)
class StsClient:
    """Asks `endpoint` with the key of `entry`. Every method raises TokenRefusedError or NoConnectionError."""

    endpoint: Endpoint
    transport: Transport
    entry: KeyEntry
    session: KeyEntry | None = None
    """Another key to bind the token to; None binds it to the one that asks."""
    clock: Clock = system_clock

    @property
    def holder(self) -> KeyEntry:
        """Whose key the token is bound to."""
        return self.session or self.entry

    def issue(self, claims: Sequence[Claim], lifetime: int = LIFETIME) -> Token:
        """A new token with these attributes, for `lifetime` seconds."""
        request = issue_request(claims, self.holder.certificate, now=self.clock(), lifetime=lifetime)
        answer = self._send(request, self.entry, REQUEST_ACTION)
        if isinstance(answer, Challenge):
            response = challenge_response(answer.context, answer.text)
            answer = self._send(response, self.holder, CHALLENGE_ACTION)
        return _token(answer)

    def renew(self, token: Token) -> Token:
        """Another token like this one, which stays valid until its own end."""
        return _token(self._send(renew_request(token.octets), self.holder, REQUEST_ACTION))

    def _send(self, payload: etree._Element, entry: KeyEntry, action: str) -> Issued | Challenge:
        octets = envelope_with_certificate(payload, entry.key, entry.certificate, now=self.clock())
        request = self.transport.request(self.endpoint, octets, action)
        return read_sts_answer(self.transport.send(self.endpoint, request))


def _token(answer: Issued | Challenge) -> Token:
    if isinstance(answer, Challenge):
        raise TokenRefusedError("the STS sent a challenge where a token was due")
    return Token.received(answer.octets)
