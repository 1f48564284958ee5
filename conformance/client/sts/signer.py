"""The security header of a call to the STS: X.509 token profile (wire-facts.md B4)."""

from base64 import b64encode
from typing import Final
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from conformance.client.credentials import PrivateKey
from conformance.client.signer import detached_signer, life_from, timestamp
from mockserver.instant import Instant
from mockserver.namespaces import DS, SOAP, WSSE, WSU

X509_V3: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
BASE64_BINARY: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"


def envelope_with_certificate(
    payload: etree._Element, key: PrivateKey, certificate: x509.Certificate, *, now: Instant
) -> bytes:
    """The envelope around `payload`, signed over Body, Timestamp and BinarySecurityToken, as UTF-8 octets."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"SOAP-ENV": SOAP})
    header = etree.SubElement(envelope, f"{{{SOAP}}}Header")
    security = etree.SubElement(header, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
    security.set(f"{{{SOAP}}}mustUnderstand", "1")
    token_id, timestamp_id, body_id = f"X509-{uuid4()}", f"TS-{uuid4()}", f"id-{uuid4()}"
    token = etree.SubElement(security, f"{{{WSSE}}}BinarySecurityToken")
    token.set("EncodingType", BASE64_BINARY)
    token.set("ValueType", X509_V3)
    token.set(f"{{{WSU}}}Id", token_id)
    token.text = base64_of(certificate)
    security.append(timestamp(timestamp_id, life_from(now)))
    body = etree.SubElement(envelope, f"{{{SOAP}}}Body", nsmap={"wsu": WSU})
    body.set(f"{{{WSU}}}Id", body_id)
    body.append(payload)
    signature = detached_signer(key).sign(
        envelope,
        key=key,
        reference_uri=[body_id, timestamp_id, token_id],
        id_attribute="Id",
        key_info=_key_info(token_id),
    )
    security.append(signature)
    return etree.tostring(envelope, encoding="UTF-8")


def base64_of(certificate: x509.Certificate) -> str:
    """The certificate's DER in base64, in one line."""
    return b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")


def _key_info(token_id: str) -> etree._Element:
    """KeyInfo that points to the BinarySecurityToken (X.509 Token Profile 1.1, section 3.2.1)."""
    key_info = etree.Element(f"{{{DS}}}KeyInfo", nsmap={"ds": DS, "wsse": WSSE})
    reference = etree.SubElement(key_info, f"{{{WSSE}}}SecurityTokenReference")
    etree.SubElement(reference, f"{{{WSSE}}}Reference", {"URI": f"#{token_id}", "ValueType": X509_V3})
    return key_info
