"""A131, A132: who the request says is asking, against who it is; and what of a request comes back in an answer."""

from collections.abc import Callable
from typing import Final

from conformance.client.message import Person, Requester
from mockserver.identities.personas import personas
from tests.attacks.catalogue import attack, harmless
from tests.attacks.forgery import OTHER_SSIN, find
from tests.attacks.tokens import token
from tests.conftest import Mock
from tests.forge import Forge

_MARKUP: Final = "</faultstring><script>1</script>"


def spoofed(attack_id: str, title: str, rule: str, requester: Requester, persona: str = "physician") -> None:
    """Register a request whose Requester is not who signed it."""

    def build(mock: Mock) -> Forge:
        return mock.forge(persona, requester=requester)

    attack(attack_id, soa=None, http=200, rules=(rule,), title=title)(build)


spoofed("A131", "A physician with another SSIN", "R1", Requester(person_identifier=OTHER_SSIN))
spoofed("A131-nihii", "A physician with a Nihii", "R2", Requester(nihii="81999048"))
spoofed(
    "A131-both",
    "A physician with the right SSIN and a Nihii",
    "R2",
    Requester(person_identifier="80010199976", nihii="81999048"),
)
spoofed("A131-cbe", "A physician with a Cbe", "R6", Requester(cbe="0200000043"))
spoofed(
    "A131-institution",
    "A sorting centre with the number of a hospital",
    "R3",
    Requester(nihii="71999041"),
    "sorting-center",
)
spoofed(
    "A131-long",
    "A sorting centre with eleven digits of a hospital",
    "R3",
    Requester(nihii="71999041000"),
    "sorting-center",
)
spoofed("A131-nihii-cbe", "A sorting centre with a Cbe", "R4", Requester(cbe="0200000043"), "sorting-center")
spoofed("A131-company", "A company with another Cbe", "R5", Requester(cbe="1990009933"), "company")
spoofed("A131-ehp", "An organisation with the Cbe of a company", "R5", Requester(cbe="0200000043"), "organisation")
spoofed("A131-company-nihii", "A company with a Nihii", "R7", Requester(nihii="81999048"), "company")
spoofed("A131-mandatary", "A mandatary as himself instead of who gave the mandate", "R1",
        Requester(person_identifier="85123199937"), "mandate-holder")  # fmt: skip


@attack("A131-token", soa=None, http=200, rules=("R1",))
def number_of_the_certificate(mock: Mock) -> Forge:
    """The SSIN of the certificate where the token names somebody else"""
    issued = token(mock, persona="physician", attributes=personas()["mandate-holder"].attributes)
    return mock.forge().replace_token(issued).sign()


@harmless("A131-own")
def own_number_in_eleven_digits(mock: Mock) -> Forge:
    """A sorting centre with its own number in eleven digits"""
    return mock.forge("sorting-center", requester=Requester(nihii="81999048000"))


def written(path: str, text: str) -> Callable[[Mock], Forge]:
    """A text in an element of the request, signed by the holder."""

    def build(mock: Mock) -> Forge:
        forge = mock.forge()
        find(forge.operation, path).text = text
        return forge.sign()

    return build


def with_id(text: str) -> Callable[[Mock], Forge]:
    def build(mock: Mock) -> Forge:
        forge = mock.forge()
        forge.operation.set("Id", text)
        return forge.sign()

    return build


def refused_by_schema(attack_id: str, title: str, build: Callable[[Mock], Forge]) -> None:
    attack(attack_id, soa="SOA-03006", rules=("X01",), title=title)(build)


refused_by_schema("A132", "Line ends and a field in @Id", with_id("a\r\nX-Injected: 1"))
refused_by_schema("A132-id-markup", "Markup in @Id", with_id(f'"{_MARKUP}'))
refused_by_schema("A132-id-long", "An @Id of 100 000 characters and a blank", with_id("a" * 100_000 + " b"))
refused_by_schema(
    "A132-number", "Line ends in PersonIdentifier", written("PersonIdentifier", "80010199976\r\n\r\nX: 1")
)
refused_by_schema("A132-number-markup", "Markup in PersonIdentifier", written("PersonIdentifier", _MARKUP))


def refused_by_cbss(attack_id: str, title: str, rule: str, person: Person) -> None:
    def build(mock: Mock) -> Forge:
        return mock.forge(person=person)

    attack(attack_id, soa=None, http=200, rules=(rule,), title=title)(build)


refused_by_cbss("A132-name", "Markup in LastName, echoed in FieldValue", "M02", Person(_MARKUP))
refused_by_cbss("A132-lines", "Line ends in LastName, echoed in FieldValue", "M02", Person("1\r\n\r\nX-Injected: 1"))
refused_by_cbss("A132-gender", "Markup in Gender, echoed in FieldValue", "M03", Person("A", gender=_MARKUP))
refused_by_cbss("A132-placeholder", "What an answer's template might fill in", "M02", Person("$value1 {0} %s ${x} 1"))


@harmless("A132-id")
def longest_id(mock: Mock) -> Forge:
    """An @Id of letters that no ASCII table has, echoed in InResponseTo"""
    return with_id("_\u00e9\u0416\u4e2d")(mock)
