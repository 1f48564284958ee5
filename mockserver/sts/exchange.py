"""An exchange with the STS: what differs from one with the service.

The key is named by a BinarySecurityToken instead of an assertion. `assertion` is the one that a renewal brings, so that
the rules for assertions judge it as they judge any other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cryptography import x509
from lxml import etree

from mockserver.gateway.crypto.keys import KeyUnreadable, certificate_of
from mockserver.gateway.crypto.trust import spki
from mockserver.gateway.exchange import Exchange, HttpRequest
from mockserver.gateway.fact import fact
from mockserver.gateway.message.assertion import Assertion
from mockserver.gateway.message.security import ASSERTION, BINARY_SECURITY_TOKEN
from mockserver.gateway.policy import Policy
from mockserver.identities.distinguished_name import name_of
from mockserver.identities.personas import Persona
from mockserver.sessions.open_session import OpenChallenges
from mockserver.sts.challenges import Challenge
from mockserver.sts.endpoints import Endpoint, Protocol
from mockserver.sts.names import REQUEST_SECURITY_TOKEN, REQUEST_SECURITY_TOKEN_RESPONSE
from mockserver.sts.saml_message import read_saml_request
from mockserver.sts.schema import message_violation
from mockserver.sts.token_request import Misfit, TokenRequest
from mockserver.sts.trust_message import challenge_response_of, context_of, read_trust_request, renewed_assertion


@dataclass(frozen=True, slots=True)
class Realm:
    """Whom the STS knows, and what it waits for."""

    personas: Mapping[str, Persona]
    challenges: OpenChallenges


class StsExchange(Exchange):
    """All that is known of one request to the STS."""

    def __init__(
        self,
        request: HttpRequest,
        policy: Policy,
        was_accepted: Callable[[Exchange], bool] = lambda _: False,
        *,
        endpoint: Endpoint,
        realm: Realm,
    ) -> None:
        super().__init__(request, policy, was_accepted)
        self.endpoint = endpoint
        self.realm = realm

    @property
    def soap_actions(self) -> Sequence[str]:
        """That of the operation whose element stands in Body; any of the address when that is another element."""
        named = None if self.operation is None else self.endpoint.actions.get(str(self.operation.tag))
        return tuple(self.endpoint.actions.values()) if named is None else (named,)

    @fact
    def binary_tokens(self) -> Sequence[etree._Element]:
        """The BinarySecurityTokens of the security header."""
        if self.security is None:
            return ()
        return [child for child in self.security.children if child.tag == BINARY_SECURITY_TOKEN]

    @property
    def token(self) -> etree._Element | None:
        """The BinarySecurityToken, if there is exactly one."""
        return self.binary_tokens[0] if len(self.binary_tokens) == 1 else None

    @fact
    def certificate(self) -> x509.Certificate | KeyUnreadable | None:
        """The certificate in the token, or why it cannot be read; None without token."""
        if self.token is None:
            return None
        try:
            return certificate_of(self.token, self.policy.limits)
        except KeyUnreadable as error:
            return error

    @fact
    def key_name(self) -> bytes:
        """The public key itself."""
        return spki(self.certificate) if isinstance(self.certificate, x509.Certificate) else b""

    def may_hold_signature(self, parent: etree._Element) -> bool:
        """The Security header; and in Body the renewed assertion and a samlp:Request, which are read by position."""
        places = [None if self.security is None else self.security.element, self.operation]
        places.append(None if self.assertion is None else self.assertion.element)
        return any(parent is place for place in places)

    @fact
    def assertion(self) -> Assertion | None:
        """The assertion that a renewal brings."""
        if self.operation is None or self.operation.tag != REQUEST_SECURITY_TOKEN:
            return None
        element = renewed_assertion(self.operation)
        return None if element is None or element.tag != ASSERTION else Assertion(element)

    @fact
    def violation(self) -> str | None:
        """What is wrong with the form of the message, by the schemas and by the address; None when nothing is."""
        if self.operation is None:
            return "Body is empty"
        if self.operation.tag not in self.endpoint.actions:
            return f"Body holds no message of {self.endpoint.protocol.value}"
        return message_violation(self.operation)

    @fact
    def asked(self) -> TokenRequest | Misfit | None:
        """What is asked for, or why that cannot be read; None when the message answers a challenge or has no form."""
        if self.operation is None or self.violation is not None or self.answers_challenge:
            return None
        read = read_trust_request if self.endpoint.protocol is Protocol.WS_TRUST else read_saml_request
        return read(self.operation, self.policy.limits)

    @property
    def answers_challenge(self) -> bool:
        """Whether this is the second call of a request whose token is for another key."""
        return self.operation is not None and self.operation.tag == REQUEST_SECURITY_TOKEN_RESPONSE

    @fact
    def challenge(self) -> Challenge | None:
        """The open challenge that this message answers."""
        if self.operation is None or not self.answers_challenge:
            return None
        text = challenge_response_of(self.operation)
        if text is None:
            return None
        return self.realm.challenges.find(context_of(self.operation), text, self.request.received)

    @fact
    def asker(self) -> Persona | None:
        """The persona whose certificate is in the token. Only rules decide whether that may be believed."""
        if not isinstance(self.certificate, x509.Certificate):
            return None
        subject = self.certificate.subject
        return next((p for p in self.realm.personas.values() if name_of(p.subject) == subject), None)

    @property
    def is_for_another_key(self) -> bool:
        """Whether the token shall be bound to another key than the one that signs the message."""
        if not isinstance(self.asked, TokenRequest) or self.asked.session is None:
            return False
        return spki(self.asked.session) != self.key_name


def of_sts(exchange: Exchange) -> StsExchange:
    """The exchange, for rules that judge requests to the STS alone. Raises TypeError for any other."""
    if not isinstance(exchange, StsExchange):
        raise TypeError("a rule of the STS was asked about another service's exchange")
    return exchange
