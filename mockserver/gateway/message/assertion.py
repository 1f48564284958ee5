"""The SAML 1.1 assertion: what it says, before anybody believes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from mockserver.gateway.fact import fact
from mockserver.gateway.message.envelope import string_value
from mockserver.gateway.message.security import KEY_INFO, SIGNATURE, SecurityHeader, Signature
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
AUDIENCE_RESTRICTION: Final = f"{{{SAML}}}AudienceRestrictionCondition"
AUDIENCE: Final = f"{{{SAML}}}Audience"
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


class Assertion:
    """A saml:Assertion. Each part is read when it is asked for: of a token seen before, few are."""

    def __init__(self, element: etree._Element) -> None:
        self.element = element

    @fact
    def conditions(self) -> Sequence[etree._Element]:
        """Its Conditions."""
        return list(self.element.iterchildren(CONDITIONS))

    @fact
    def restrictions(self) -> Sequence[etree._Element]:
        """Every AudienceRestrictionCondition in them."""
        return [child for each in self.conditions for child in each.iterchildren(AUDIENCE_RESTRICTION)]

    @fact
    def statements(self) -> Sequence[etree._Element]:
        """Its statements, of the kinds that may have a Subject."""
        return list(self.element.iterchildren(*STATEMENTS))

    @fact
    def authentications(self) -> Sequence[etree._Element]:
        """Its AuthenticationStatements."""
        return [statement for statement in self.statements if statement.tag == AUTHENTICATION_STATEMENT]

    @fact
    def subjects(self) -> Sequence[Subject]:
        """The Subject of every statement."""
        return [_subject(subject) for statement in self.statements for subject in statement.iterchildren(SUBJECT)]

    @fact
    def attributes(self) -> Sequence[TokenAttribute]:
        """The attributes of every AttributeStatement."""
        return [
            _attribute(attribute)
            for statement in self.element.iterchildren(ATTRIBUTE_STATEMENT)
            for attribute in statement.iterchildren(ATTRIBUTE)
        ]

    @fact
    def signatures(self) -> Sequence[Signature]:
        """The signatures inside it."""
        return [Signature(signature) for signature in self.element.iterchildren(SIGNATURE)]

    @property
    def id(self) -> str:
        """AssertionID; empty when missing."""
        return self.element.get("AssertionID", "")

    @fact
    def confirmations(self) -> Sequence[SubjectConfirmation]:
        """Every SubjectConfirmation of every statement."""
        return [confirmation for subject in self.subjects for confirmation in subject.confirmations]


def read_assertion(security: SecurityHeader) -> Assertion | None:
    """The one Assertion that is a direct child of Security."""
    if len(security.assertions) != 1:
        return None
    return Assertion(security.assertions[0])


def _subject(element: etree._Element) -> Subject:
    return Subject(
        element,
        list(element.iterchildren(NAME_IDENTIFIER)),
        [
            SubjectConfirmation(
                child,
                [string_value(method).strip(_XML_BLANKS) for method in child.iterchildren(CONFIRMATION_METHOD)],
                list(child.iterchildren(KEY_INFO)),
            )
            for child in element.iterchildren(SUBJECT_CONFIRMATION)
        ],
    )


def _attribute(element: etree._Element) -> TokenAttribute:
    return TokenAttribute(
        element,
        element.get("AttributeNamespace"),
        element.get("AttributeName"),
        [string_value(value).strip(_XML_BLANKS) for value in element.iterchildren(ATTRIBUTE_VALUE)],
    )
