"""The sections of the cookbook that cases belong to."""

import re
from typing import Final

SECTIONS: Final = {
    "2.1": "Goal of the service",
    "4": "Global overview",
    "5.1": "Technical requirements",
    "5.1.1": "Use of the eHealth SSO solution",
    "5.1.2": "Security policies to apply",
    "5.1.3": "WS-I Basic Profile 1.1",
    "5.1.4": "Tracing",
    "5.2": "Web service",
    "5.2.1": "Method GenerateCovidId",
    "5.2.1.1": "Input arguments in GenerateCovidIdRequest",
    "5.2.1.2": "Output arguments in GenerateCovidIdResponse",
    "5.2.2": "Used Types",
    "5.2.2.1": "RequesterType",
    "5.2.2.2": "PersonType",
    "5.2.2.3": "StatusType",
    "5.2.2.4": "CbssStatus (CbssStatusType)",
    "6.1": "Business security",
    "6.2": "Web service (security)",
    "7.2": "Test cases",
    "8": "Error and failure messages",
}
"""Its own titles, by its own numbers."""

_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*")


def section_of(clause: str) -> str:
    """The section that a clause such as `8, Table 1` or `5.1.1 (SAML 1.1, 2.3.2.1)` begins with."""
    found = _NUMBER.match(clause)
    return found[0] if found else clause


def section_order(section: str) -> tuple[int, ...]:
    """By what sections are put into the order of the cookbook."""
    return tuple(int(part) for part in section.split(".") if part.isdecimal())
