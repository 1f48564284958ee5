"""The SAML 1.1 assertion: what it says, before anybody believes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from mockserver.gateway.message.envelope import elements, string_value
from mockserver.gateway.message.security import KEY_INFO, SIGNATURE, SecurityHeader, Signature, read_signature
from mockserver.namespaces import SAML

CONDITIONS: Final = f"{{{SAML}}}Conditions"
SUBJECT: Final = f"{{{SAML}}}Subject"
NAME_IDENTIFIER: Final = f"{{{SAML}}}NameIdentifier"
SUBJECT_CONFIRMATION: Final = f"{{{SAML}}}SubjectConfirmation"
CONFIRMATION_METHOD: Final = f"{{{SAML}}}ConfirmationMethod"
AUTHENTICATION_STATEMENT: Final = f"{{{SAML}}}AuthenticationStatement"
ATTRIBUTE_STATEMENT: Final = f"{{{SAML}}}AttributeStatement"
AUTHORIZATION_STATEMENT: Final = f"{{{SAML}}}AuthorizationDecisionStatement"
ATTRIBUTE: Final = f"{{{SAML}}}Attribute"
ATTRIBUTE_VALUE: Final = f"{{{SAML}}}AttributeValue"
ADVICE: Final = f"{{{SAML}}}Advice"

_XML_BLANKS: Final = " \t\r\n"
"""What XML Schema trims. Python's own idea of blanks would let a no-break space pass behind `true`."""

STATEMENTS: Final = (AUTHENTICATION_STATEMENT, ATTRIBUTE_STATEMENT, AUTHORIZATION_STATEMENT)


@dataclass(frozen=True, slots=True)
class SubjectConfirmation:
    """How the holder of a statement proves to be its subject."""

    element: etree._Element
    methods: Sequence[str]
    key_infos: Sequence[etree._Element]


@dataclass(frozen=True, slots=True)
class Subject:
    """The Subject of one statement."""

    element: etree._Element
    name_identifiers: Sequence[etree._Element]
    confirmations: Sequence[SubjectConfirmation]


@dataclass(frozen=True, slots=True)
class TokenAttribute:
    """One saml:Attribute. Keyed by namespace and name: a name may occur in both (`wire-facts.md` A5c)."""

    element: etree._Element
    namespace: str | None
    name: str | None
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class Assertion:
    """The one saml:Assertion in the security header."""

    element: etree._Element
    conditions: Sequence[etree._Element]
    statements: Sequence[etree._Element]
    subjects: Sequence[Subject]
    attributes: Sequence[TokenAttribute]
    signatures: Sequence[Signature]

    @property
    def id(self) -> str:
        """AssertionID; empty when missing."""
        return self.element.get("AssertionID", "")

    @property
    def confirmations(self) -> list[SubjectConfirmation]:
        """Every SubjectConfirmation of every statement."""
        return [confirmation for subject in self.subjects for confirmation in subject.confirmations]


def read_assertion(security: SecurityHeader) -> Assertion | None:
    """The one Assertion that is a direct child of Security."""
    if len(security.assertions) != 1:
        return None
    return take_assertion_apart(security.assertions[0])


def take_assertion_apart(element: etree._Element) -> Assertion:
    """The parts of an assertion, wherever it stands."""
    statements = [child for child in element if child.tag in STATEMENTS]
    return Assertion(
        element,
        [child for child in element if child.tag == CONDITIONS],
        statements,
        [_subject(subject) for statement in statements for subject in statement if subject.tag == SUBJECT],
        [
            _attribute(child)
            for statement in statements
            if statement.tag == ATTRIBUTE_STATEMENT
            for child in statement
            if child.tag == ATTRIBUTE
        ],
        [read_signature(child) for child in element if child.tag == SIGNATURE],
    )


def _subject(element: etree._Element) -> Subject:
    return Subject(
        element,
        [child for child in element if child.tag == NAME_IDENTIFIER],
        [
            SubjectConfirmation(
                child,
                [string_value(method).strip(_XML_BLANKS) for method in child if method.tag == CONFIRMATION_METHOD],
                [key_info for key_info in child if key_info.tag == KEY_INFO],
            )
            for child in elements(element)
            if child.tag == SUBJECT_CONFIRMATION
        ],
    )


def _attribute(element: etree._Element) -> TokenAttribute:
    return TokenAttribute(
        element,
        element.get("AttributeNamespace"),
        element.get("AttributeName"),
        [string_value(value).strip(_XML_BLANKS) for value in element if value.tag == ATTRIBUTE_VALUE],
    )
