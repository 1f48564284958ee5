"""The SAML 1.1 holder-of-key assertion, as the eHealth STS issues it.

Child order, attribute order, the default namespace and the line breaks follow a genuine assertion of the
acceptance STS (`wire-facts.md` A1) to the byte, because clients forward these bytes and some of them are
known to break on other shapes. Signed with signxml, which verifies nothing in this project.
"""

import base64
import secrets
from collections.abc import Sequence
from typing import Final, Literal, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from mockserver.identities.authority import Authority, Credential
from mockserver.identities.certificates import PrivateKey
from mockserver.identities.distinguished_name import rfc1779
from mockserver.identities.personas import Attribute, Persona
from mockserver.instant import SECOND, Instant, format_instant
from mockserver.namespaces import DS, EXC_C14N, HOLDER_OF_KEY, SAML, X509_PKI, X509_SUBJECT_NAME

ISSUER: Final = "urn:be:fgov:ehealth:sts:1_0"
"""Issuer of every genuine assertion seen (`wire-facts.md` A1)."""

LONGEST_LIFETIME: Final = 24 * 3600
"""Seconds: what connector clients ask for (`wire-facts.md` A2), and the most that the mock's STS grants
(`decisions.md` 4b)."""

BACKDATED: Final = 300 * SECOND
"""A genuine assertion is valid from five minutes before it was asked for (`wire-facts.md` A2)."""

_BASE64_LINE: Final = 76
"""Characters: RFC 2045, section 6.8. The genuine STS breaks certificates there, with a line feed and no
more."""

Algorithm = Literal["sha256", "sha1"]


class Holder(Protocol):
    """Whom an assertion is issued to: a Credential, or what the STS knows of it, which never sees the key."""

    @property
    def persona(self) -> Persona:
        """Whose attributes stand in the assertion."""

    @property
    def certificate(self) -> x509.Certificate:
        """Names the subject, and confirms the key."""


def issue_assertion(
    authority: Authority,
    credential: Holder,
    *,
    now: Instant,
    lifetime: int = LONGEST_LIFETIME,
    attributes: Sequence[Attribute] | None = None,
    not_before: Instant | None = None,
    not_on_or_after: Instant | None = None,
    issue_instant: Instant | None = None,
    issuer: str = ISSUER,
    assertion_id: str | None = None,
    confirmation_methods: Sequence[str] = (HOLDER_OF_KEY,),
    sts_credential: Credential | None = None,
    algorithm: Algorithm = "sha256",
) -> bytes:
    """Issue an assertion for `credential`, signed by the authority's STS.

    The answer is the Assertion element in UTF-8 without XML declaration, to be put into a message as it is.
    By default it is what the genuine STS would answer at `now`; the options after `lifetime` (seconds) make
    tokens that are refused, or that tests need to be the same each time:

    `attributes`            instead of the persona's; an empty sequence leaves an AttributeStatement without
                            any, which the SAML schema refuses
    `not_before`            of Conditions; by default as the persona says, usually five minutes before `now`
    `not_on_or_after`       of Conditions; by default `lifetime` after the beginning, or after `now` when that is
                            later, and as the persona says when that is earlier
    `issue_instant`         IssueInstant and AuthenticationInstant; by default `now`
    `issuer`                of the Assertion
    `assertion_id`          by default `_` and 32 random hexadecimal digits
    `confirmation_methods`  each becomes a ConfirmationMethod beside the one KeyInfo; none leaves
                            SubjectConfirmation out
    `sts_credential`        signs instead of the STS, and its certificate stands in the KeyInfo
    `algorithm`             of signature and digest: "sha1" as tokens had it in 2020

    Raises ValueError for a text that XML can't hold.
    """
    issued = format_instant(now if issue_instant is None else issue_instant)
    identifier = f"_{secrets.token_hex(16)}" if assertion_id is None else assertion_id
    assertion = etree.Element(
        f"{{{SAML}}}Assertion",
        {
            "AssertionID": identifier,
            "IssueInstant": issued,
            "Issuer": issuer,
            "MajorVersion": "1",
            "MinorVersion": "1",
        },
        nsmap={None: SAML},
    )
    times = credential.persona.token
    end = min(max(times.begins, 0) + lifetime, times.ends)
    _child(
        assertion,
        "Conditions",
        NotBefore=format_instant(now + times.begins * SECOND if not_before is None else not_before),
        NotOnOrAfter=format_instant(now + end * SECOND if not_on_or_after is None else not_on_or_after),
    )
    authentication = _child(
        assertion,
        "AuthenticationStatement",
        AuthenticationInstant=issued,
        AuthenticationMethod=X509_PKI,
    )
    confirmed = _subject(authentication, credential.certificate)
    if confirmation_methods:
        confirmation = _child(confirmed, "SubjectConfirmation")
        for method in confirmation_methods:
            _child(confirmation, "ConfirmationMethod").text = method
        confirmation.append(_key_info(credential.certificate))
    statement = _child(assertion, "AttributeStatement")
    # The name alone: in genuine assertions the holder's key stands in the AuthenticationStatement only.
    _subject(statement, credential.certificate)
    for attribute in credential.persona.attributes if attributes is None else attributes:
        element = _child(statement, "Attribute", AttributeName=attribute.name, AttributeNamespace=attribute.namespace)
        _child(element, "AttributeValue").text = attribute.value
    key: PrivateKey = authority.sts_key
    certificate = authority.sts_certificate
    if sts_credential is not None:
        key, certificate = sts_credential.key, sts_credential.certificate
    signed = _sign(assertion, identifier, key, certificate, algorithm)
    return etree.tostring(signed, encoding="UTF-8", xml_declaration=False)


def _sign(
    assertion: etree._Element,
    identifier: str,
    key: PrivateKey,
    certificate: x509.Certificate,
    algorithm: Algorithm,
) -> etree._Element:
    """Add the STS's signature: enveloped and last, with one Reference, to the AssertionID.

    No InclusiveNamespaces, and SignatureValue in one line, as in the genuine assertion.
    """
    from signxml.signer import XMLSigner  # noqa: PLC0415 - costs 30 ms; a process that issues nothing saves it

    class Signer(XMLSigner):
        """signxml's signer without its refusal of SHA-1, which genuine tokens used in 2020."""

        def check_deprecated_methods(self) -> None:
            """Refuse nothing: `Algorithm` lists what a caller can ask for."""

    kind = "rsa" if isinstance(key, rsa.RSAPrivateKey) else "ecdsa"
    signer = Signer(signature_algorithm=f"{kind}-{algorithm}", digest_algorithm=algorithm, c14n_algorithm=EXC_C14N)
    return signer.sign(
        assertion,
        key=key,
        key_info=_key_info(certificate),
        reference_uri=identifier,
        id_attribute="AssertionID",
    )


def _subject(statement: etree._Element, certificate: x509.Certificate) -> etree._Element:
    subject = _child(statement, "Subject")
    _child(
        subject, "NameIdentifier", Format=X509_SUBJECT_NAME, NameQualifier=rfc1779(certificate.issuer)
    ).text = rfc1779(certificate.subject)
    return subject


def _key_info(certificate: x509.Certificate) -> etree._Element:
    encoded = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")
    key_info = etree.Element(f"{{{DS}}}KeyInfo", nsmap={"ds": DS})
    data = etree.SubElement(key_info, f"{{{DS}}}X509Data")
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = "\n".join(
        encoded[start : start + _BASE64_LINE] for start in range(0, len(encoded), _BASE64_LINE)
    )
    return key_info


def _child(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{SAML}}}{name}", attributes)
