"""Who may have signed: the confirmed key first, then every other one that the message or the operator names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from cryptography import x509
from lxml import etree

from mockserver.gateway.crypto.keys import (
    X509_CERTIFICATE,
    KeyUnreadable,
    certificate_of,
    certificates_of,
    confirmation_key,
)
from mockserver.gateway.crypto.trust import KeyRefused, PublicKey, accepted_key, key_bytes
from mockserver.gateway.exchange import Exchange
from mockserver.gateway.limits import Limits
from mockserver.gateway.message.assertion import Assertion
from mockserver.gateway.message.envelope import path_of
from mockserver.gateway.message.security import BINARY_SECURITY_TOKEN, Signature
from mockserver.xray.explanation import KeyView

_MOST_CERTIFICATES = 50


class Relation(Enum):
    """What a key is to the message."""

    CONFIRMED = "confirmed"
    NAMED = "named in the message"
    KNOWN = "known to the operator"
    EARLIER = "confirmed by an earlier token"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that may have made a signature."""

    key: PublicKey = field(repr=False)
    view: KeyView
    relation: Relation


def holder(exchange: Exchange) -> Signer | str:
    """The key that the message signature has to be made with, or why there is none."""
    token, limits = exchange.token, exchange.policy.limits
    assertion = exchange.assertion
    try:
        if token is not None and token.tag == BINARY_SECURITY_TOKEN:
            certificate = certificate_of(token, limits)
            key = accepted_key(certificate.public_key())
            return Signer(key, KeyView("in the BinarySecurityToken", certificate), Relation.CONFIRMED)
        if assertion is None or not assertion.confirmations:
            return "there is no token that confirms a key"
        confirmation = assertion.confirmations[0]
        key = accepted_key(confirmation_key(confirmation, limits))
        certificates = certificates_of(confirmation.key_infos[0], limits)
    except (KeyUnreadable, KeyRefused) as error:
        return str(error)
    view = KeyView("confirmed by the token", certificates[0] if certificates else None)
    return Signer(key, view, Relation.CONFIRMED)


def sts(assertion: Assertion, signature: Signature, exchange: Exchange) -> Signer | str:
    """The trusted key of the STS that the token names, or why there is none."""
    if len(signature.key_infos) != 1:
        return "the token's signature has not one KeyInfo"
    try:
        named = certificates_of(signature.key_infos[0], exchange.policy.limits)
        if not named:
            return "the token's signature names no certificate"
        trusted = exchange.policy.trust.sts_certificate(named[0])
        if trusted is None:
            return f"the signer of the token ({named[0].subject.rfc4514_string()}) is not trusted"
        return Signer(accepted_key(trusted.public_key()), KeyView("trusted STS", trusted), Relation.CONFIRMED)
    except (KeyUnreadable, KeyRefused) as error:
        return str(error)


def others(
    exchange: Exchange,
    first: Signer | None,
    known: Sequence[tuple[str, x509.Certificate]],
    earlier: Sequence[etree._Element],
) -> list[Signer]:
    """Every other key, each once."""
    seen = {key_bytes(first.key)} if first is not None else set()
    found = []
    for signer in _candidates(exchange, known, earlier):
        name = key_bytes(signer.key)
        if name not in seen:
            seen.add(name)
            found.append(signer)
    return found[:_MOST_CERTIFICATES]


def _candidates(
    exchange: Exchange, known: Sequence[tuple[str, x509.Certificate]], earlier: Sequence[etree._Element]
) -> Iterator[Signer]:
    for name, held in known:
        yield from _signer(held, name, Relation.KNOWN)
    root = exchange.document.root
    places = [(root, Relation.NAMED)] if root is not None else []
    places += [(message, Relation.EARLIER) for message in earlier]
    for message, relation in places:
        for element in message.iter(X509_CERTIFICATE, BINARY_SECURITY_TOKEN):
            certificate = _read(element, exchange.policy.limits)
            if certificate is not None:
                where = path_of(element) if relation is Relation.NAMED else "a token of an earlier message"
                yield from _signer(certificate, where, relation)


def _read(element: etree._Element, limits: Limits) -> x509.Certificate | None:
    try:
        return certificate_of(element, limits)
    except KeyUnreadable:
        return None


def _signer(certificate: x509.Certificate, name: str, relation: Relation) -> Iterator[Signer]:
    try:
        yield Signer(accepted_key(certificate.public_key()), KeyView(name, certificate), relation)
    except KeyRefused:
        return
