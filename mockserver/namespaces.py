"""Namespaces and algorithm identifiers of the standards the service builds on.

Only names that a published standard fixes stand here. The service's own namespaces are read from the contract
(`mockserver.contract`) and never written in code.
"""

from typing import Final

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
"""SOAP 1.1, section 3; the only envelope WS-I Basic Profile 1.1 knows (R1015)."""

SOAP_NEXT: Final = "http://schemas.xmlsoap.org/soap/actor/next"
"""SOAP 1.1, section 4.2.2: the actor that means "whoever receives this first"."""

SOAP_ENCODING: Final = "http://schemas.xmlsoap.org/soap/encoding/"
SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"

WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSSE_11: Final = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XENC: Final = "http://www.w3.org/2001/04/xmlenc#"
SAML: Final = "urn:oasis:names:tc:SAML:1.0:assertion"
"""SAML 1.0 and 1.1 share this namespace; the version is in MajorVersion and MinorVersion."""
SAML_20: Final = "urn:oasis:names:tc:SAML:2.0:assertion"

XML: Final = "http://www.w3.org/XML/1998/namespace"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
XSD: Final = "http://www.w3.org/2001/XMLSchema"
WSDL: Final = "http://schemas.xmlsoap.org/wsdl/"
WSDL_SOAP: Final = "http://schemas.xmlsoap.org/wsdl/soap/"

EXC_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
"""Exclusive XML Canonicalization 1.0 without comments; also the namespace of InclusiveNamespaces."""

ENVELOPED_SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"

STR_TRANSFORM: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform"
"""WSS SOAP Message Security 1.1, section 8.3."""

SAML_ASSERTION_ID: Final = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.0#SAMLAssertionID"
"""SAML Token Profile 1.1, section 3.4: ValueType of a KeyIdentifier for a SAML 1.1 token. The 1.0 is right."""

SAML_TOKEN_TYPE: Final = "http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1#SAMLV1.1"  # noqa: S105
"""SAML Token Profile 1.1, section 3.4: wsse11:TokenType of a reference to a SAML 1.1 token."""

HOLDER_OF_KEY: Final = "urn:oasis:names:tc:SAML:1.0:cm:holder-of-key"
X509_PKI: Final = "urn:oasis:names:tc:SAML:1.0:am:X509-PKI"
X509_SUBJECT_NAME: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
