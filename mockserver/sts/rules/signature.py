"""The message signature of a request to the STS: Body, Timestamp and BinarySecurityToken (`wire-facts.md` B4)."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from cryptography import x509

from mockserver.gateway.crypto.token import verify_enveloped_signature
from mockserver.gateway.crypto.trust import accepted_key
from mockserver.gateway.exchange import Exchange
from mockserver.gateway.message.envelope import elements, local_name, path_of
from mockserver.gateway.message.security import WSU_ID
from mockserver.gateway.policy import Policy
from mockserver.gateway.registry import Breach, Stage
from mockserver.gateway.rules.signature import made_with
from mockserver.gateway.rules.structure import enveloped_structure
from mockserver.namespaces import WSSE
from mockserver.sts.endpoints import Protocol
from mockserver.sts.exchange import of_sts
from mockserver.sts.names import X509_V3
from mockserver.sts.rules.catalogue import STS_RULES, share
from mockserver.sts.saml_message import inner_signatures
from mockserver.sts.token_request import TokenRequest

_REFERENCE: Final = f"{{{WSSE}}}Reference"

security = partial(STS_RULES.rule, stage=Stage.SECURITY, soa="SOA-01001")

share("S30", "S54", "I11-references", "S42", "S46", "S49", "S36", "S45", "SHA1", "S41")


@security(
    "K60",
    "The reference points at the certificate",
    source="wire-facts B4; X.509 Token Profile 1.1, section 3.2.1; BSP 1.1 R3061, R5218",
    advice="Let KeyInfo's SecurityTokenReference hold one wsse:Reference: # and the wsu:Id of the BinarySecurityToken.",
    requires=("S41", "K01"),
    essential=True,
)
def names_the_certificate(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The SecurityTokenReference has one child, a wsse:Reference to the BinarySecurityToken in the header."""
    asked = of_sts(exchange)
    if asked.signature is None or asked.token is None:
        return
    (reference,) = elements(asked.signature.key_infos[0])
    children = elements(reference)
    identifier = asked.token.get(WSU_ID)
    if [child.tag for child in children] != [_REFERENCE]:
        names = ", ".join(local_name(child)[:30] for child in children[:5]) or "nothing"
        yield Breach(f"SecurityTokenReference holds {names}", path_of(reference))
    elif not identifier or children[0].get("URI") != f"#{identifier}":
        yield Breach("the wsse:Reference does not name the BinarySecurityToken", path_of(children[0]))
    elif children[0].get("ValueType", X509_V3) != X509_V3:
        yield Breach(f"the ValueType is not {X509_V3}", path_of(children[0]))


share("S52", "S52-twice", "S52-other", instead={"H01": "K05"})


@security(
    "K18",
    "The signature is made with the key of the certificate",
    source="wire-facts B4; decisions 4b: signed by a key it doesn't name",
    advice="Sign with the private key of the certificate in the BinarySecurityToken.",
    requires=("S45", "K60"),
    essential=True,
)
def made_with_named_key(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """SignatureValue verifies over the canonical SignedInfo with the key of the BinarySecurityToken."""
    asked = of_sts(exchange)
    if asked.signature is not None and isinstance(asked.certificate, x509.Certificate):
        yield from made_with(asked.signature, accepted_key(asked.certificate.public_key()), "named")


share("S22", "S38")


@security(
    "K52",
    "The certificate is signed",
    source="wire-facts B4: every client seen signs BinarySecurityToken, Timestamp and Body; reconstructed as a demand",
    advice="Sign the BinarySecurityToken too, by its wsu:Id.",
    requires=("S52", "K01"),
    reconstructed=True,
)
def certificate_is_covered(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """The message signature covers the BinarySecurityToken."""
    asked = of_sts(exchange)
    if asked.token is not None and not any(target is asked.token for _, target in asked.signed):
        yield Breach("the BinarySecurityToken is not signed", "SignedInfo")


share("I12", instead={"H18": "K18"})


@security(
    "K07",
    "The holder of another key asks too",
    source="wire-facts B2: an inner signature when header key and holder key differ; decisions 4b",
    advice="Sign the samlp:Request itself with the key whose certificate stands in its SubjectConfirmation: enveloped, "
    "exclusive c14n.",
    requires=("K18", "S22"),
    essential=True,
)
def session_key_signs(exchange: Exchange, policy: Policy) -> Iterator[Breach]:
    """A SAML-P request for a token that is bound to another key than the one in the header holds one enveloped
    signature, made with that key over the Request. (WS-Trust sends a challenge instead.)"""
    asked = of_sts(exchange)
    if asked.endpoint.protocol is not Protocol.SAML_P or asked.operation is None or not asked.is_for_another_key:
        return
    where = path_of(asked.operation)
    signatures = inner_signatures(asked.operation)
    if len(signatures) != 1:
        yield Breach(f"{len(signatures)} signatures by the holder's key in the Request", where)
        return
    (inner,) = signatures
    breaches = list(enveloped_structure(inner, asked.operation.get("RequestID", ""), policy.limits))
    yield from breaches
    session = asked.asked.session if isinstance(asked.asked, TokenRequest) else None
    if breaches or session is None:
        return
    if not verify_enveloped_signature(asked.operation, "RequestID", inner, session):
        yield Breach("the signature in the Request does not verify with the holder's key", where)
