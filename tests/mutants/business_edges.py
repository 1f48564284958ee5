"""Every persona with every kind of Requester, and persons at the edges."""

from collections.abc import Iterator
from itertools import product

from conformance.client.message import Person, Requester
from mockserver.identities.personas import personas
from tests.mutants.recorder import Message, Recorder


def business_edges(recorder: Recorder) -> Iterator[Message]:
    """Every persona with every kind of Requester, and persons at the edges."""
    numbers: dict[str, dict[str, str]] = {
        "another person": {"person_identifier": "85123199937"},
        "another NIHII number": {"nihii": "71999041"},
        "another CBE number": {"cbe": "0200000043"},
        "a NIHII number of 11 digits": {"nihii": "81999048000"},
        "wrong digits": {"person_identifier": "80010199977", "nihii": "81999049", "cbe": "0200000044"},
        "all numbers": {"person_identifier": "85123199937", "nihii": "71999041", "cbe": "0200000043"},
        "empty numbers": {"person_identifier": "", "nihii": "", "cbe": ""},
        "no number": {},
    }
    for persona in personas():
        yield Message(f"{persona}: its own numbers", recorder.plain(recorder.forge(persona)))
        for case, fields in numbers.items():
            forge = recorder.forge(persona, requester=Requester(**fields))
            yield Message(f"{persona}: {case}", recorder.plain(forge))
    for length, field in product((256, 257), ("last_name", "first_names", "gender", "phone_number")):
        person = Person(**{"last_name": "TEST", field: "Z" * length})
        yield Message(f"{field} of {length} characters", recorder.plain(recorder.forge(person=person)))
    for case, person in {
        "digits in both names": Person("N4ME", "NAME 4"),
        "a digit of another script": Person("NAME\u0663"),
        "F": Person("NAME", gender="F"),
        "M": Person("NAME", gender="M"),
        "f": Person("NAME", gender="f"),
        "no gender": Person("NAME", gender=""),
        "five digits": Person("NAME", phone_number="12345"),
        "six digits": Person("NAME", phone_number="+12.34-(56)"),
        "sixteen digits": Person("NAME", phone_number="+1234567890123456"),
        "X among digits": Person("NAME", phone_number="12X3456"),
        "an empty LastName": Person(""),
        "white space as LastName": Person(" \u00a0\t"),
    }.items():
        yield Message(f"person: {case}", recorder.plain(recorder.forge(person=person)))
