"""A zeep plugin that signs as cookbook 5.1.2 asks, written with libxmlsec (xmlsec): no code of the suite's client."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import xmlsec
from lxml import etree
from zeep import Plugin

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSSE_11: Final = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
TOKEN_TYPE: Final = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1"
ASSERTION_ID: Final = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.0#SAMLAssertionID"


class HolderOfKey(Plugin):
    """Adds Timestamp, token and signature to each request, from the files that `mockserver token` writes."""

    def __init__(self, folder: Path) -> None:
        self._token = (folder / "token.xml").read_bytes()
        self._key = xmlsec.Key.from_file(str(folder / "key.pem"), xmlsec.constants.KeyDataFormatPem)

    def egress(
        self, envelope: etree._Element, http_headers: dict[str, str], operation: object, binding_options: object
    ) -> tuple[etree._Element, dict[str, str]]:
        """Called by zeep with the envelope before it is written."""
        body = envelope.find(f"{{{SOAP}}}Body")
        assert body is not None
        header = envelope.find(f"{{{SOAP}}}Header")
        if header is None:
            header = etree.Element(f"{{{SOAP}}}Header")
            envelope.insert(0, header)
        security = etree.SubElement(header, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
        security.set(f"{{{SOAP}}}mustUnderstand", "1")
        timestamp = _timestamp(security)
        token = etree.fromstring(self._token)
        security.append(token)
        signature = xmlsec.template.create(
            security, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256, ns="ds"
        )
        security.append(signature)
        for part in (body, timestamp):
            _refer(signature, part)
        _name_token(signature, token.get("AssertionID", ""))
        context = xmlsec.SignatureContext()
        context.key = self._key
        for part in (body, timestamp):
            context.register_id(part, "Id", WSU)
        context.sign(signature)
        return envelope, http_headers


def _timestamp(security: etree._Element) -> etree._Element:
    now = datetime.now(UTC).replace(tzinfo=None)
    timestamp = etree.SubElement(security, f"{{{WSU}}}Timestamp")
    for name, moment in (("Created", now), ("Expires", now + timedelta(seconds=60))):
        etree.SubElement(timestamp, f"{{{WSU}}}{name}").text = f"{moment.isoformat(timespec='milliseconds')}Z"
    return timestamp


def _refer(signature: Any, part: etree._Element) -> None:
    identifier = f"id-{secrets.token_hex(8)}"
    part.set(f"{{{WSU}}}Id", identifier)
    reference = xmlsec.template.add_reference(signature, xmlsec.constants.TransformSha256, uri=f"#{identifier}")
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)


def _name_token(signature: Any, assertion_id: str) -> None:
    key_info = xmlsec.template.ensure_key_info(signature)
    reference = etree.SubElement(key_info, f"{{{WSSE}}}SecurityTokenReference", nsmap={"wsse11": WSSE_11})
    reference.set(f"{{{WSSE_11}}}TokenType", TOKEN_TYPE)
    etree.SubElement(reference, f"{{{WSSE}}}KeyIdentifier", ValueType=ASSERTION_ID).text = assertion_id
