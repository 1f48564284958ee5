"""The fields of the person (cookbook 5.2.2.2): present, absent, and at their edges.

The cookbook gives each field a meaning and no format. What is a name or a number in daily life must be accepted; what
is none may be refused by the schema (SOA-03006) or by CBSS (MSG00008), and where it may pass as well the case says so.
"""

from collections.abc import Iterator
from typing import Final

from conformance.cases.checks import Finding, Level
from conformance.cases.expectations import SUCCESS, cbss, expect_either, expect_success, system_error
from conformance.cases.known import LAST_NAME
from conformance.cases.registry import case
from conformance.client.exchange import Client
from conformance.client.message import Person

REFUSALS: Final = (cbss("MSG00008"), system_error("SOA-03006"))

ACCEPTED: Final = {
    "lastname-accents": ("LastName with accents and a hyphen.", Person("Çelik-Ünsalöğlu")),
    "lastname-combining": (
        "LastName with combining characters: it is signed and must come through unnormalised.",
        Person("Jose\N{COMBINING ACUTE ACCENT}phe"),
    ),
    "lastname-apostrophe": ("LastName with an apostrophe.", Person("D'Hondt")),
    "lastname-particles": ("LastName of several words.", Person("Van den Berghe")),
    "lastname-one-letter": ("LastName of one letter.", Person("O")),
    "lastname-100-characters": ("LastName of 100 characters.", Person("Abcdefghij" * 10)),
    "lastname-greek": ("LastName in Greek letters.", Person("Παπαδόπουλος")),
    "lastname-arabic": ("LastName in Arabic letters, which are written from right to left.", Person("الحسن")),
    "lastname-markup": (
        "LastName with an ampersand and angle brackets: text, which a serialiser escapes.",
        Person("Test & <Sons>"),
    ),
    "firstnames-one": ("FirstNames with one name.", Person(LAST_NAME, "Marie")),
    "firstnames-several": ('FirstNames with several names, "separated by spaces".', Person(LAST_NAME, "Marie Zoë Ann")),
    "firstnames-compound": ("FirstNames with a hyphenated name.", Person(LAST_NAME, "Jean-Noël")),
    "gender-f": ("Gender F.", Person(LAST_NAME, gender="F")),
    "gender-m": ("Gender M.", Person(LAST_NAME, gender="M")),
    "phone-international": ("PhoneNumber in international form.", Person(LAST_NAME, phone_number="+3227885155")),
    "phone-national": ("PhoneNumber in national form.", Person(LAST_NAME, phone_number="027885155")),
    "phone-blanks": ("PhoneNumber grouped by blanks.", Person(LAST_NAME, phone_number="02 788 51 55")),
    "phone-separators": ("PhoneNumber as printed on Belgian paper.", Person(LAST_NAME, phone_number="02/788.51.55")),
    "phone-brackets": ("PhoneNumber with its area in brackets.", Person(LAST_NAME, phone_number="(02) 788-51-55")),
    "phone-00": ("PhoneNumber with 00 for the plus.", Person(LAST_NAME, phone_number="003227885155")),
}
"""By end of the id: the text, and a person that must be accepted."""

REFUSED: Final = {
    "lastname-empty": ("LastName is there and empty.", Person("")),
    "lastname-blank": ("LastName holds blanks only.", Person("   ")),
    "gender-unknown": ("Gender is X: neither female (F) nor male (M).", Person(LAST_NAME, gender="X")),
    "gender-word": ("Gender is a word.", Person(LAST_NAME, gender="female")),
    "phone-letters": ("PhoneNumber is a word.", Person(LAST_NAME, phone_number="unknown")),
}
"""By end of the id: the text, and a person that must be refused by schema or CBSS."""

OPEN: Final = {
    "lastname-digits": ("LastName holds digits.", Person("Test 2")),
    "lastname-padded": ("LastName has blanks around it.", Person(f"  {LAST_NAME}  ")),
    "lastname-256-characters": ("LastName has 256 characters.", Person("A" * 256)),
    "lastname-257-characters": ("LastName has 257 characters.", Person("A" * 257)),
    "lastname-5000-characters": ("LastName has 5,000 characters.", Person("Abcdefghij" * 500)),
    "lastname-beyond-bmp": ("LastName holds a character beyond the 65,536 first.", Person("\U00020bb7田")),
    "lastname-joiner": ("LastName holds a zero-width joiner.", Person("Te\N{ZERO WIDTH JOINER}st")),
    "firstnames-empty": ("FirstNames is there and empty.", Person(LAST_NAME, "")),
    "firstnames-digits": ("FirstNames holds digits.", Person(LAST_NAME, "Marie 2")),
    "firstnames-comma": ("FirstNames separated by a comma.", Person(LAST_NAME, "Marie, Zoë")),
    "gender-lower-case": ("Gender in lower case.", Person(LAST_NAME, gender="f")),
    "gender-empty": ("Gender is there and empty.", Person(LAST_NAME, gender="")),
    "phone-empty": ("PhoneNumber is there and empty.", Person(LAST_NAME, phone_number="")),
    "phone-short": ("PhoneNumber has three digits.", Person(LAST_NAME, phone_number="112")),
    "phone-long": ("PhoneNumber has forty digits.", Person(LAST_NAME, phone_number="0" * 40)),
    "phone-other-digits": ("PhoneNumber is written in Arabic digits.", Person(LAST_NAME, phone_number="٠٢٧٨٨٥١٥٥")),
    "phone-extension": ("PhoneNumber with an extension.", Person(LAST_NAME, phone_number="+3227885155 ext. 7")),
}
"""By end of the id: the text, and a person of whom the cookbook leaves open what becomes."""


def _accepted(name: str, text: str, person: Person) -> None:
    def steps(client: Client) -> Iterator[Finding]:
        yield from expect_success(client.generate_covid_id(client.credentials.requester, person))

    steps.__doc__ = f"{text} It is accepted."
    case(f"person-{name}", clause="5.2.2.2", level=Level.MUST)(steps)


def _refused(name: str, text: str, person: Person) -> None:
    def steps(client: Client) -> Iterator[Finding]:
        exchange = client.generate_covid_id(client.credentials.requester, person)
        yield from expect_either(exchange, *REFUSALS)

    steps.__doc__ = f"{text} It is refused, by CBSS (MSG00008) or by the schema (SOA-03006)."
    case(f"person-{name}", clause="5.2.2.2", level=Level.MUST)(steps)


def _open(name: str, text: str, person: Person) -> None:
    def steps(client: Client) -> Iterator[Finding]:
        exchange = client.generate_covid_id(client.credentials.requester, person)
        yield from expect_either(exchange, SUCCESS, *REFUSALS)

    steps.__doc__ = f"{text} The cookbook leaves open whether it is accepted, or refused with MSG00008 or SOA-03006."
    case(f"person-{name}", clause="5.2.2.2", level=Level.MAY)(steps)


for _name, (_text, _person) in ACCEPTED.items():
    _accepted(_name, _text, _person)
for _name, (_text, _person) in REFUSED.items():
    _refused(_name, _text, _person)
for _name, (_text, _person) in OPEN.items():
    _open(_name, _text, _person)
