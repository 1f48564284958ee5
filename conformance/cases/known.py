"""Words and numbers that several files of cases send or expect."""

from string import Template
from typing import Final

from conformance.client.message import Person

LAST_NAME: Final = "COVID_LASTNAME_TEST"
"""The cookbook's own example (7.2)."""

PERSON: Final = Person(LAST_NAME)
"""The least that a request must hold about the person."""

FULL_PERSON: Final = Person(LAST_NAME, "Jérôme Zoë", "F", "+3227885155")
"""All four fields. The phone number is that of the platform's contact centre (cookbook 3.1.2)."""

OTHER_SSINS: Final = ("85123199937", "70061599963")
"""Synthetic (wire-facts.md H): valid check digits, and a counter that is never given out."""

OTHER_NIHIIS: Final = ("71999041", "81999048")
"""Synthetic (wire-facts.md H)."""

OTHER_CBES: Final = ("0200000043", "1200000064")
"""Synthetic (wire-facts.md H)."""

TABLE_2: Final = {
    1: Template(
        "The person identifier defined in your request (Criteria.Requester.PersonIdentifier : $value1) does not "
        "correspond to the security information provided in the Envelope header ($value2)"
    ),
    2: Template(
        "No institution NIHII identifier ($value1) may be defined in your request, as the WS-security is "
        "connecting as a person ($value2)."
    ),
    3: Template(
        "The institution identifier defined in your request (Criteria.Requester.InstitutionIdentifier.Nihii : "
        "$value1) does not correspond to the security information provided in the Envelope header ($value2)"
    ),
    4: Template(
        "No institution CBE identifier ($value1) may be defined in your request, as the WS-security is "
        "connecting as a NIHII institution ($value2)."
    ),
    5: Template(
        "The institution identifier defined in your request (Criteria.Requester.InstitutionIdentifier.Cbe : "
        "$value1) does not correspond to the security information provided in the Envelope header ($value2)"
    ),
}
"""Cookbook 8, Table 2, word for word, by row; the line breaks there are the page's."""
