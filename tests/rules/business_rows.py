"""What stands behind the gateway: schema, content, Table 2 and CBSS, one break for each rule.

The answers themselves are tested in tests/wire; here each rule of the registry is shown to be one that a message can
break. Rows are those of the cookbook.
"""

from dataclasses import replace
from typing import Any, Final

from lxml import etree

from conformance.client.message import Person, Requester
from mockserver.identities.personas import personas
from tests.attacks.tokens import token
from tests.conftest import Mock
from tests.forge import Forge
from tests.rules.breaks import FOREIGN, Break, adding, at, broken, removing

_CRITERIA: Final = "Body/GenerateCovidIdRequest/Criteria"


def request(
    row: str, rule: str, case: str, persona: str = "physician", *, severity: str = "reject", **options: Any
) -> Break:
    """A request of a persona, with this Requester or Person."""

    def build(mock: Mock) -> Forge:
        return mock.forge(persona, **options)

    return Break(row, case, rule, build, severity)


def requester(
    row: str, rule: str, case: str, persona: str = "physician", *, severity: str = "reject", **numbers: str
) -> Break:
    return request(row, rule, case, persona, severity=severity, requester=Requester(**numbers))


def person(rule: str, case: str, **fields: str) -> Break:
    return request("5.2.2.4", rule, case, person=Person(**{"last_name": "COVID_LASTNAME_TEST", **fields}))


def nested(forge: Forge) -> None:
    """A header block of 70 elements, each in the one before."""
    element = etree.SubElement(forge.header, FOREIGN)
    for _ in range(70):
        element = etree.SubElement(element, FOREIGN)


def placeholder_number(mock: Mock) -> Forge:
    """A sorting centre whose own number has no right check digits, as those of test cases may."""
    wrong = "81999049"
    attributes = [
        replace(each, value=each.value.replace("81999048", wrong)) for each in personas()["sorting-center"].attributes
    ]
    forge = mock.forge("sorting-center", requester=Requester(nihii=wrong))
    return forge.replace_token(token(mock, persona="sorting-center", attributes=attributes)).sign()


def replayed(mock: Mock) -> Forge:
    forge = mock.forge()
    assert mock.post(forge).status == "Success"
    return forge


BUSINESS: Final[list[Break]] = [
    broken("I11", "I11", "nested deeper than 64", nested),
    Break("I12", "sent twice", "I12", replayed, "warn"),
    broken("SOA-03006", "X01", "no LastName", removing(f"{_CRITERIA}/Person/LastName"), signed_again=True),
    broken("SOA-03006", "X01", "an unknown element", adding(_CRITERIA, FOREIGN), signed_again=True),
    broken("SOA-03006", "X01", "an Id that begins with a digit",
           lambda forge: at("Body/GenerateCovidIdRequest", forge).set("Id", "1"), signed_again=True),
    requester("SOA-03007", "C01", "the check digits of an SSIN", person_identifier="80010199977"),
    requester("SOA-03007", "C02", "the check digits of a CBE number", "company", cbe="0200000044"),
    requester("SOA-03007", "C02", "a number that is neither CBE nor EHP", "company", cbe="9999999999"),
    Break("SOA-03007", "the check digits of a NIHII number", "C03", placeholder_number, "warn"),
    requester("Table 2 row 1", "R1", "another SSIN", person_identifier="85123199937"),
    requester("Table 2 row 2", "R2", "a person with Nihii", nihii="81999048"),
    requester("Table 2 row 3", "R3", "another NIHII number", "sorting-center", nihii="71999041"),
    requester("Table 2 row 4", "R4", "an institution with Cbe", "sorting-center", cbe="0200000043"),
    requester("Table 2 row 5", "R5", "another CBE number", "company", cbe="1990009933"),
    requester("Table 2", "R6", "a person with Cbe", cbe="0200000043"),
    requester("Table 2", "R7", "a company with Nihii", "company", nihii="81999048"),
    request("5.2.2.4", "M13", "no legal context", "no-legal-context"),
    person("M01", "a blank LastName", last_name=" "),
    person("M02", "a digit in LastName", last_name="COVID19"),
    person("M03", "another Gender", gender="X"),
    person("M04", "a FirstNames of 257 characters", first_names="Z" * 257),
    person("M05", "no telephone number", phone_number="none"),
]  # fmt: skip
