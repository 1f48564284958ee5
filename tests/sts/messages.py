"""Requests to the STS and calls of the service as texts, and a signer of them: independent of the code under test.

The messages follow public clients (`wire-facts.md` B2, B3) in what the suite's client does otherwise: indentation,
seconds without fraction, Context in the namespace of WS-Trust, no UseKey, another order of References. python-xmlsec
signs them.
"""

import base64
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
WST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
SAML = "urn:oasis:names:tc:SAML:1.0:assertion"
X509_V3 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
WSSE_11 = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
ASSERTION_ID = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.0#SAMLAssertionID"
PROTOCOL = "urn:be:fgov:ehealth:dossiernumbergeneration:protocol:v1"
CORE = "urn:be:fgov:ehealth:dossiernumbergeneration:core:v1"
TOKEN_TYPE = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1"

SSIN = "urn:be:fgov:person:ssin"
HOLDER_SSIN = "urn:be:fgov:ehealth:1.0:certificateholder:person:ssin"
DOCTOR = "urn:be:fgov:person:ssin:doctor:boolean"
NIHII = "urn:be:fgov:person:ssin:ehealth:1.0:doctor:nihii11"
IDENTIFICATION = "urn:be:fgov:identification-namespace"
CERTIFIED = "urn:be:fgov:certified-namespace:ehealth"

PHYSICIAN = {HOLDER_SSIN: "80010199976", SSIN: "80010199976", DOCTOR: None, NIHII: None}
"""What the physician asks for; None where eHealth shall say it."""


@dataclass(frozen=True)
class Signatory:
    """Key and certificate of whoever signs."""

    key: RSAPrivateKey | EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def base64(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()


def instant(seconds: float = 0) -> str:
    """So many seconds from now, without a fraction."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def rst(
    claims: dict[str, str | None] | None = None,
    *,
    created: str | None = None,
    expires: str | None = None,
    kind: str = "Issue",
    extra: str = "",
    dialect: str = "http://docs.oasis-open.org/wsfed/authorization/200706/authclaims",
) -> str:
    """A RequestSecurityToken; lifetime an hour unless given."""
    asked = "".join(
        f'\n      <auth:ClaimType Uri="{name}">{"" if value is None else f"<auth:Value>{value}</auth:Value>"}'
        "</auth:ClaimType>"
        for name, value in (PHYSICIAN if claims is None else claims).items()
    )
    return f"""<wst:RequestSecurityToken xmlns:wst="{WST}" wst:Context="urn:uuid:{uuid.uuid4()}">
    <wst:TokenType>{TOKEN_TYPE}</wst:TokenType>
    <wst:RequestType>{WST}/{kind}</wst:RequestType>
    <wst:Claims xmlns:auth="http://docs.oasis-open.org/wsfed/authorization/200706" Dialect="{dialect}">{asked}
    </wst:Claims>
    <wst:Lifetime xmlns:wsu="{WSU}">
      <wsu:Created>{created or instant()}</wsu:Created>
      <wsu:Expires>{expires or instant(3600)}</wsu:Expires>
    </wst:Lifetime>
    <wst:KeyType>http://docs.oasis-open.org/ws-sx/wstrust/200512/PublicKey</wst:KeyType>{extra}
  </wst:RequestSecurityToken>"""


def use_key(certificate: str) -> str:
    """UseKey with a certificate in base64."""
    return (
        f'<wst:UseKey><wsse:SecurityTokenReference xmlns:wsse="{WSSE}"><ds:X509Data xmlns:ds="{DS}">'
        f"<ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></wsse:SecurityTokenReference></wst:UseKey>"
    )


def renewal(assertion: bytes) -> str:
    """A request to renew this token."""
    return (
        f'<wst:RequestSecurityToken xmlns:wst="{WST}"><wst:TokenType>{TOKEN_TYPE}</wst:TokenType>'
        f"<wst:RequestType>{WST}/Renew</wst:RequestType>"
        f'<wst:RenewTarget><wsse:SecurityTokenReference xmlns:wsse="{WSSE}"><wsse:Embedded>'
        f"{assertion.decode()}</wsse:Embedded></wsse:SecurityTokenReference></wst:RenewTarget>"
        "</wst:RequestSecurityToken>"
    )


def challenge_response(context: str, text: str) -> str:
    """The answer to a challenge."""
    return (
        f'<wst:RequestSecurityTokenResponse xmlns:wst="{WST}" Context="{context}"><wst:SignChallengeResponse>'
        f"<wst:Challenge>{text}</wst:Challenge></wst:SignChallengeResponse></wst:RequestSecurityTokenResponse>"
    )


def saml_request(
    holder: Signatory,
    *,
    asserted: dict[str, str] | None = None,
    designated: tuple[tuple[str, str], ...] = ((DOCTOR, CERTIFIED), (NIHII, CERTIFIED)),
    not_after: str | None = None,
    method: str = "urn:oasis:names:tc:SAML:1.0:cm:holder-of-key",
    signed: bool = False,
) -> str:
    """A samlp:Request as connectors before WS-Trust wrote it; `signed` adds the holder's inner signature."""
    name = (
        '<saml:NameIdentifier Format="urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName" NameQualifier="CN=CA">'
        "CN=holder</saml:NameIdentifier>"
    )
    said = {HOLDER_SSIN: "80010199976", SSIN: "80010199976"} if asserted is None else asserted
    attributes = "".join(
        f'<saml:Attribute AttributeName="{key}" AttributeNamespace="{IDENTIFICATION}">'
        f"<saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>"
        for key, value in said.items()
    )
    statement = f"<saml:AttributeStatement><saml:Subject>{name}</saml:Subject>{attributes}</saml:AttributeStatement>"
    inner = (
        f'<saml:Assertion AssertionID="_{uuid.uuid4()}" Issuer="CN=holder" IssueInstant="{instant()}" MajorVersion="1" '
        f'MinorVersion="1"><saml:Conditions NotBefore="{instant()}" NotOnOrAfter="{not_after or instant(3600)}"/>'
        f"{statement}</saml:Assertion>"
        if said
        else ""
    )
    queries = "".join(
        f'<saml:AttributeDesignator AttributeName="{key}" AttributeNamespace="{space}"/>' for key, space in designated
    )
    request = (
        f'<samlp:Request xmlns:samlp="urn:oasis:names:tc:SAML:1.0:protocol" xmlns:saml="{SAML}" xmlns:ds="{DS}" '
        f'RequestID="request-{uuid.uuid4()}" MajorVersion="1" MinorVersion="1" IssueInstant="{instant()}">'
        f"<samlp:AttributeQuery><saml:Subject>{name}<saml:SubjectConfirmation>"
        f"<saml:ConfirmationMethod>{method}</saml:ConfirmationMethod>"
        f"<saml:SubjectConfirmationData>{inner}</saml:SubjectConfirmationData><ds:KeyInfo><ds:X509Data>"
        f"<ds:X509Certificate>{holder.base64}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        f"</saml:SubjectConfirmation></saml:Subject>{queries}</samlp:AttributeQuery></samlp:Request>"
    )
    if not signed:
        return request
    root = etree.fromstring(request)
    signature = xmlsec.template.create(
        root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256, ns="ds"
    )
    root.append(signature)
    reference = xmlsec.template.add_reference(
        signature, xmlsec.constants.TransformSha256, uri=f"#{root.get('RequestID')}"
    )
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    data = etree.SubElement(xmlsec.template.ensure_key_info(signature), f"{{{DS}}}X509Data")
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = holder.base64
    context = xmlsec.SignatureContext()
    context.key = _key(holder)
    context.register_id(root, "RequestID")
    context.sign(signature)
    return etree.tostring(root).decode()


def service_call(
    assertion: bytes, holder: Signatory, requester: dict[str, str], *, last_name: str = "COVID_LASTNAME_TEST"
) -> bytes:
    """A call of GenerateCovidId with a token, signed by `holder` over Timestamp and Body as the cookbook wants it.

    `requester` holds PersonIdentifier, or Nihii or Cbe of the institution.
    """
    institution = "".join(f"<c:{name}>{requester[name]}</c:{name}>" for name in ("Nihii", "Cbe") if name in requester)
    person = (
        f"<c:PersonIdentifier>{number}</c:PersonIdentifier>" if (number := requester.get("PersonIdentifier")) else ""
    )
    caller = (f"<c:InstitutionIdentifier>{institution}</c:InstitutionIdentifier>" if institution else "") + person
    root = etree.fromstring(
        f"""<s:Envelope xmlns:s="{SOAP}" xmlns:u="{WSU}">
 <s:Header>
  <o:Security xmlns:o="{WSSE}" s:mustUnderstand="1">
   <u:Timestamp u:Id="ts"><u:Created>{instant()}</u:Created><u:Expires>{instant(60)}</u:Expires></u:Timestamp>
   {assertion.decode()}
  </o:Security>
 </s:Header>
 <s:Body u:Id="body">
  <p:GenerateCovidIdRequest xmlns:p="{PROTOCOL}" xmlns:c="{CORE}" Id="r{uuid.uuid4().hex}" IssueInstant="{instant()}">
   <p:Criteria>
    <c:Requester>{caller}</c:Requester>
    <c:Person><c:LastName>{last_name}</c:LastName></c:Person>
   </p:Criteria>
  </p:GenerateCovidIdRequest>
 </s:Body>
</s:Envelope>""".encode()
    )
    identifier = etree.fromstring(assertion).get("AssertionID", "")
    _sign(root, holder, ("body", "ts"), identifier)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def envelope(
    payload: str,
    signatory: Signatory,
    *,
    certificate: str | None = None,
    created: str | None = None,
    expires: str | None = None,
    signed: tuple[str, ...] = ("bst", "ts", "body"),
    in_header: str = "",
) -> bytes:
    """The envelope around `payload`, signed by xmlsec over these parts; with none, not signed at all.

    `certificate` puts another certificate than the signatory's into the BinarySecurityToken.
    """
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="{SOAP}" xmlns:u="{WSU}">
 <s:Header>
  <o:Security xmlns:o="{WSSE}" s:mustUnderstand="1">
   <o:BinarySecurityToken u:Id="bst" ValueType="{X509_V3}" EncodingType="{BASE64}">
{certificate or signatory.base64}
</o:BinarySecurityToken>
   <u:Timestamp u:Id="ts">
    <u:Created>{created or instant()}</u:Created>
    <u:Expires>{expires or instant(60)}</u:Expires>
   </u:Timestamp>{in_header}
  </o:Security>
 </s:Header>
 <s:Body u:Id="body">{payload}</s:Body>
</s:Envelope>"""
    root = etree.fromstring(text.encode())
    if signed:
        _sign(root, signatory, signed)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _sign(root: etree._Element, signatory: Signatory, parts: tuple[str, ...], assertion_id: str | None = None) -> None:
    """The signature; it names its key by the assertion, or else by the BinarySecurityToken."""
    security = root[0][0]
    elliptic = isinstance(signatory.key, EllipticCurvePrivateKey)
    method = xmlsec.constants.TransformEcdsaSha256 if elliptic else xmlsec.constants.TransformRsaSha256
    signature = xmlsec.template.create(root, xmlsec.constants.TransformExclC14N, method, ns="ds")
    security.append(signature)
    for part in parts:
        reference = xmlsec.template.add_reference(signature, xmlsec.constants.TransformSha256, uri=f"#{part}")
        xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    context = xmlsec.SignatureContext()
    context.key = _key(signatory)
    for element in root.iter(f"{{{WSSE}}}BinarySecurityToken", f"{{{WSU}}}Timestamp", f"{{{SOAP}}}Body"):
        context.register_id(element, "Id", WSU)
    key_info = xmlsec.template.ensure_key_info(signature)
    pointer = etree.SubElement(key_info, f"{{{WSSE}}}SecurityTokenReference")
    if assertion_id is None:
        etree.SubElement(pointer, f"{{{WSSE}}}Reference", URI="#bst", ValueType=X509_V3)
    else:
        pointer.set(f"{{{WSSE_11}}}TokenType", TOKEN_TYPE)
        etree.SubElement(pointer, f"{{{WSSE}}}KeyIdentifier", ValueType=ASSERTION_ID).text = assertion_id
    context.sign(signature)


def _key(signatory: Signatory) -> xmlsec.Key:
    pem = signatory.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)
