"""Keys and certificates as a ds:KeyInfo carries them. Reading one does not mean trusting it."""

from functools import lru_cache
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from mockserver.gateway.crypto.base64 import Base64Error, decode_base64
from mockserver.gateway.crypto.trust import key_bytes
from mockserver.gateway.limits import Limits
from mockserver.gateway.message.assertion import SubjectConfirmation
from mockserver.gateway.message.envelope import elements, has_only_text, local_name, string_value
from mockserver.namespaces import DS

X509_DATA: Final = f"{{{DS}}}X509Data"
X509_CERTIFICATE: Final = f"{{{DS}}}X509Certificate"
KEY_VALUE: Final = f"{{{DS}}}KeyValue"
_RSA_KEY_VALUE: Final = f"{{{DS}}}RSAKeyValue"
_KEY_VALUE_LENGTH: Final = 2048


class KeyUnreadable(ValueError):
    """The KeyInfo holds no key that could be read; the message says what is wrong."""


def certificates_of(key_info: etree._Element, limits: Limits) -> list[x509.Certificate]:
    """The certificates in the X509Data of a KeyInfo, in document order.

    Raises KeyUnreadable.
    """
    return [
        certificate_of(element, limits)
        for data in key_info.iterchildren(X509_DATA)
        for element in data.iterchildren(X509_CERTIFICATE)
    ]


def confirmation_key(confirmation: SubjectConfirmation, limits: Limits) -> object:
    """The public key that a SubjectConfirmation names: of its first certificate, or of its KeyValue.

    Where both stand, they must be one key (`rules.md` H17); certificates after the first must be its issuers, not
    further holders.

    Raises KeyUnreadable.
    """
    if len(confirmation.key_infos) != 1:
        raise KeyUnreadable(f"{len(confirmation.key_infos)} KeyInfo elements instead of one")
    (key_info,) = confirmation.key_infos
    for child in elements(key_info):
        if child.tag not in (X509_DATA, KEY_VALUE):
            raise KeyUnreadable(f"{local_name(child)} in KeyInfo is no key")
    certificates = certificates_of(key_info, limits)
    values = list(key_info.iterchildren(KEY_VALUE))
    if len(values) > 1 or not (certificates or values):
        raise KeyUnreadable("KeyInfo holds no certificate and not exactly one KeyValue")
    for below, above in pairwise(certificates):
        if below.issuer != above.subject:
            raise KeyUnreadable("KeyInfo holds certificates of several holders")
    keys: list[object] = [certificate.public_key() for certificate in certificates[:1]]
    keys += [_rsa_key_value(value) for value in values]
    if len(keys) == 2 and key_bytes(keys[0]) != key_bytes(keys[1]):
        raise KeyUnreadable("certificate and KeyValue are different keys")
    return keys[0]


def certificate_of(element: etree._Element, limits: Limits) -> x509.Certificate:
    """The certificate whose base64 is the text of an X509Certificate or BinarySecurityToken.

    Raises KeyUnreadable.
    """
    if not has_only_text(element):
        raise KeyUnreadable(f"something other than text stands in {local_name(element)}")
    text = string_value(element)
    if len(text) > limits.certificate:
        raise KeyUnreadable(f"a certificate of more than {limits.certificate} characters")
    try:
        return _certificate(text)
    except (Base64Error, ValueError) as error:
        raise KeyUnreadable(f"{local_name(element)} is no certificate") from error
    except Exception as error:  # cryptography's own exceptions for keys of a kind it does not know
        raise KeyUnreadable("the certificate has a key of unknown kind") from error


@lru_cache(maxsize=256)
def _certificate(text: str) -> x509.Certificate:
    """The certificate with a readable key whose base64 is `text`: read by many rules, and the same with each call.

    Raises ValueError (Base64Error among them), and what `cryptography` raises for keys of a kind it does not know.
    """
    certificate = x509.load_der_x509_certificate(decode_base64(text))
    certificate.public_key()
    return certificate


def _rsa_key_value(value: etree._Element) -> rsa.RSAPublicKey:
    children = elements(value)
    if len(children) != 1 or children[0].tag != _RSA_KEY_VALUE:
        raise KeyUnreadable("KeyValue is not one RSAKeyValue")
    parts = []
    for name in ("Modulus", "Exponent"):
        found = [child for child in children[0] if child.tag == f"{{{DS}}}{name}"]
        if len(found) != 1 or not has_only_text(found[0]) or len(string_value(found[0])) > _KEY_VALUE_LENGTH:
            raise KeyUnreadable(f"RSAKeyValue has no readable {name}")
        try:
            parts.append(int.from_bytes(decode_base64(string_value(found[0])), "big"))
        except Base64Error as error:
            raise KeyUnreadable(f"{name} is not base64") from error
    try:
        return rsa.RSAPublicNumbers(e=parts[1], n=parts[0]).public_key()
    except ValueError as error:
        raise KeyUnreadable("RSAKeyValue is no RSA key") from error
