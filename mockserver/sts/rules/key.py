"""Who asks: the certificate in the BinarySecurityToken (X.509 Token Profile 1.1; `wire-facts.md` B4)."""

from collections.abc import Iterator
from functools import partial

from cryptography import x509

from mockserver.gateway.crypto.keys import KeyUnreadable
from mockserver.gateway.crypto.trust import KeyRefused, accepted_key, is_valid_at, may_sign, spki
from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.envelope import path_of
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import Breach, Stage
from mockserver.sts.exchange import of_sts
from mockserver.sts.names import BASE64_BINARY, X509_V3
from mockserver.sts.rules.catalogue import STS_RULES

security = partial(STS_RULES.rule, stage=Stage.SECURITY, soa="SOA-01001")


@security(
    "K01",
    "The certificate is in one BinarySecurityToken",
    source="wire-facts B4; X.509 Token Profile 1.1, section 3.1; BSP 1.1 R3033",
    advice="Put one wsse:BinarySecurityToken of type X509v3, in base64, into the Security header.",
    requires=("S01",),
    essential=True,
)
def one_certificate(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """Security holds exactly one BinarySecurityToken, an X.509 version 3 certificate in base64 with a key of an allowed
    kind and size."""
    asked = of_sts(exchange)
    if asked.security is None:
        return
    if asked.token is None:
        yield Breach(f"{len(asked.binary_tokens)} BinarySecurityTokens", path_of(asked.security.element))
        return
    where = path_of(asked.token)
    if asked.token.get("ValueType") != X509_V3:
        yield Breach(f"the ValueType is not {X509_V3}", where)
    if asked.token.get("EncodingType", BASE64_BINARY) != BASE64_BINARY:
        yield Breach(f"the EncodingType is not {BASE64_BINARY}", where)
    if isinstance(asked.certificate, KeyUnreadable):
        yield Breach(str(asked.certificate), where)
    elif asked.certificate is not None:
        try:
            accepted_key(asked.certificate.public_key())
        except KeyRefused as error:
            yield Breach(str(error), where)


@security(
    "K02",
    "The certificate comes from a trusted CA",
    source="cookbook 3.1.1; decisions 4",
    advice="Use a certificate of this mock's CA (mockserver token), or name the issuing CA with --trust-ca.",
    requires=("K01",),
    essential=True,
)
def certificate_chains(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """A configured CA issued the certificate. Here it is the one proof of who asks, so it always refuses."""
    certificate = of_sts(exchange).certificate
    if isinstance(certificate, x509.Certificate) and not policy.trust.holder_is_anchored(certificate):
        yield Breach("no trusted CA issued the certificate", "BinarySecurityToken")


@security(
    "K03",
    "The certificate is valid and may sign",
    source="RFC 5280, sections 4.1.2.5 and 4.2.1.3; X.509 Token Profile 1.1, section 3.5",
    advice="Renew the eHealth certificate.",
    requires=("K01",),
    essential=True,
)
def certificate_valid(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The certificate is valid at the moment of the call, and its keyUsage lets it sign."""
    certificate = of_sts(exchange).certificate
    if not isinstance(certificate, x509.Certificate):
        return
    if not is_valid_at(certificate, exchange.request.received):
        yield Breach("the certificate is not valid at this time", "BinarySecurityToken")
    if not may_sign(certificate):
        yield Breach("the certificate may not sign (keyUsage)", "BinarySecurityToken")


@security(
    "K04",
    "The STS knows who asks",
    source="decisions 4b; reconstructed: the platform knows its care providers, the mock its personas",
    advice="Use the certificate of a persona (mockserver token --as PERSONA), or describe yours in a file of personas "
    "and give it with --personas.",
    requires=("K01", "K02"),
    essential=True,
    reconstructed=True,
)
def asker_is_known(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The certificate bears the name of a persona. The answer to a challenge is signed with the session key instead,
    and that challenge must be open."""
    asked = of_sts(exchange)
    if not asked.answers_challenge:
        if asked.asker is None:
            yield Breach("no persona has the name in the certificate", "BinarySecurityToken")
        return
    challenge = asked.challenge
    if challenge is None:
        yield Breach("no open challenge has this Context and text", "SignChallengeResponse")
    elif challenge.request.session is None or spki(challenge.request.session) != asked.key_name:
        yield Breach("another key than the one in UseKey signs the answer to the challenge", "BinarySecurityToken")


@security(
    "K05",
    "An assertion stands in RenewTarget alone",
    source="wire-facts B3, B4",
    advice="Sign the request to the STS with the certificate alone; a token to renew goes into RenewTarget.",
    requires=("S01",),
    essential=True,
)
def assertion_in_its_place(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The Security header holds no assertion."""
    if exchange.security is not None and exchange.security.assertions:
        yield Breach("an assertion stands in the Security header", path_of(exchange.security.element))
