"""The built-in personas agree with themselves, and a user's file is refused with a sentence that helps."""

from pathlib import Path

import pytest

from mockserver.identities.numbers import is_ssin
from mockserver.identities.persona_file import read_persona
from mockserver.identities.personas import (
    CERTIFIED,
    IDENTIFICATION,
    Persona,
    PersonaError,
    load_personas,
    personas,
    personas_with,
)
from mockserver.identities.roles import roles

each_persona = pytest.mark.parametrize("persona", personas().values(), ids=personas().keys())


def identification(persona: Persona) -> dict[str, str]:
    return {a.name: a.value for a in persona.attributes if a.namespace == IDENTIFICATION}


def certified(persona: Persona) -> dict[str, str]:
    return {a.name: a.value for a in persona.attributes if a.namespace == CERTIFIED}


def test_there_is_a_persona_for_every_kind_of_caller_of_the_cookbook() -> None:
    assert list(personas()) == [
        "physician",
        "sorting-center",
        "hospital",
        "company",
        "organisation",
        "mandate-holder",
        "refused-physician",
        "no-legal-context",
    ]


@each_persona
def test_every_attribute_belongs_to_one_of_the_two_namespaces(persona: Persona) -> None:
    assert {attribute.namespace for attribute in persona.attributes} == {IDENTIFICATION, CERTIFIED}


@each_persona
def test_attributes_are_sorted_by_name_in_each_namespace_as_in_genuine_tokens(persona: Persona) -> None:
    for names in (list(identification(persona)), list(certified(persona))):
        assert names == sorted(names)
    assert [a.namespace for a in persona.attributes] == sorted((a.namespace for a in persona.attributes), reverse=True)


@each_persona
def test_the_certificate_is_that_of_the_certificate_holder_attribute(persona: Persona) -> None:
    (number,) = (value for name, value in identification(persona).items() if ":certificateholder:" in name)
    kind, equals, rest = dict(persona.subject)["CN"].partition("=")
    assert equals == "="
    assert rest.split(", ")[0] == number
    assert ("OU", f"{kind}={number}") in persona.subject
    assert persona.subject[-2:] == (("O", "Federal Government"), ("C", "BE"))


@each_persona
def test_the_requester_is_the_end_user_of_the_token(persona: Persona) -> None:
    end_users = {
        value
        for name, value in identification(persona).items()
        if ":certificateholder:" not in name and ":servicename:" not in name
    }
    assert set(persona.requester.values()) == end_users


@each_persona
def test_only_the_mandate_holder_acts_for_somebody_else(persona: Persona) -> None:
    numbers = {value for name, value in identification(persona).items() if ":servicename:" not in name}
    assert len(numbers) == (2 if persona.name == "mandate-holder" else 1)


@each_persona
def test_only_the_refused_physician_lacks_a_certified_attribute(persona: Persona) -> None:
    granted = all(value == "true" if name.endswith(":boolean") else value for name, value in certified(persona).items())
    assert granted is (persona.name != "refused-physician")


@each_persona
def test_only_one_persona_lacks_the_legal_context(persona: Persona) -> None:
    assert persona.legal_context is (persona.name != "no-legal-context")


@each_persona
def test_persons_bear_a_counter_that_is_never_given_out(persona: Persona) -> None:
    for value in identification(persona).values():
        assert not is_ssin(value) or value[6:9] == "999"


def test_a_name_may_stand_in_both_namespaces() -> None:
    name = "urn:be:fgov:ehealth:1.0:certificateholder:sortingcenter:nihii-number"
    sorting_center = personas()["sorting-center"]
    assert identification(sorting_center)[name] == certified(sorting_center)[name] == "81999048"


def test_the_built_in_personas_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        personas()["physician"].requester["PersonIdentifier"] = "85123199937"  # type: ignore[index]


A_PERSONA = """
[dentist]
title = "A dentist"
subject = [["CN", "SSIN=85123199937"], ["C", "BE"]]
requester = { PersonIdentifier = "85123199937" }
[dentist.identification]
"urn:be:fgov:person:ssin" = "85123199937"
[dentist.certified]
"urn:be:fgov:person:ssin:dentist:boolean" = "true"
"""


def test_a_file_of_the_users_own_is_read() -> None:
    dentist = load_personas(A_PERSONA, "mine.toml")["dentist"]
    assert dentist.subject == (("CN", "SSIN=85123199937"), ("C", "BE"))
    assert [(a.namespace, a.name, a.value) for a in dentist.attributes] == [
        (IDENTIFICATION, "urn:be:fgov:person:ssin", "85123199937"),
        (CERTIFIED, "urn:be:fgov:person:ssin:dentist:boolean", "true"),
    ]
    assert dentist.legal_context
    assert dentist.requester == {"PersonIdentifier": "85123199937"}


def test_a_refused_attribute_may_be_empty() -> None:
    text = A_PERSONA.replace('dentist:boolean" = "true"', 'ehealth:1.0:dentist:nihii11" = ""')
    assert load_personas(text, "mine.toml")["dentist"].attributes[1].value == ""


def test_text_that_is_not_toml_is_refused_with_the_line() -> None:
    with pytest.raises(PersonaError, match=r"^mine\.toml is not TOML: .*\(at line 2, column \d+\)$"):
        load_personas("[dentist]\ntitle = A dentist\n", "mine.toml")


BOOLEAN = "urn:be:fgov:person:ssin:dentist:boolean"

# (what is replaced, by what, what the message says after 'mine.toml: persona "dentist": ')
FAULTS = {
    "a missing key": ('title = "A dentist"', "", "title is missing; add it"),
    "a misspelt key": ("title =", "titel =", 'titel is not a known key; did you mean "title"?'),
    "a key nobody knows": (
        "title =",
        "zzz =",
        "zzz is not a known key; known are title, role, numbers, subject, requester, legal_context, key, certificate, "
        "token, identification, certified",
    ),
    "a number for a text": ('"A dentist"', "1", "title has to be a text; put it in double quotes"),
    "a blank title": ('"A dentist"', '" "', "title is blank; fill it in"),
    "a control character": (
        '"A dentist"',
        r'"A\u0001"',
        "title holds a character that can't be printed; take it out",
    ),
    "a subject that is no list": (
        '[["CN", "SSIN=85123199937"], ["C", "BE"]]',
        '"CN=x"',
        'subject has to be a list of pairs such as ["CN", "SSIN=80010199976"]',
    ),
    "a part of the subject that is no pair": (
        '["C", "BE"]',
        '["C"]',
        'subject, part 2 has to be a pair such as ["CN", "SSIN=80010199976"]',
    ),
    "an unknown keyword": (
        '["C", "BE"]',
        '["DC", "be"]',
        'subject, part 2 begins with "DC"; known are CN, OU, O, C, L, ST, STREET, SERIALNUMBER, GIVENNAME, SURNAME',
    ),
    "a country that is none": (
        '"BE"',
        '"Belgium"',
        "subject, part 2 has to be a country code of two letters, such as BE",
    ),
    "a part that is too long": (
        '"BE"',
        f'"{"B" * 65}"',
        "subject, part 2 is longer than 64 characters, which X.520 forbids",
    ),
    "a wrong SSIN in the certificate's name": (
        '"SSIN=85123199937"',
        '"SSIN=85123199938"',
        "subject, part 1 is not an SSIN of 11 digits; correct it",
    ),
    "a wrong NIHII number in the certificate's name": (
        '"SSIN=85123199937"',
        '"NIHII-HOSPITAL=71999042, APP"',
        "subject, part 1 is not a NIHII number of 8 digits; correct it",
    ),
    "a wrong SSIN in an attribute": (
        'ssin" = "85123199937"',
        'ssin" = "85123199938"',
        'identification."urn:be:fgov:person:ssin" is not an SSIN of 11 digits; correct it',
    ),
    "a NIHII number of 8 digits where 11 belong": (
        f'{BOOLEAN}" = "true"',
        'a:nihii11" = "19999024"',
        'certified."a:nihii11" is not a NIHII number of 11 digits; correct it',
    ),
    "a wrong CBE number": (
        f'{BOOLEAN}" = "true"',
        'a:cbe-number" = "0200000044"',
        'certified."a:cbe-number" is not a CBE number of 10 digits; correct it',
    ),
    "a CBE number as EHP number": (
        f'{BOOLEAN}" = "true"',
        'a:ehp-number" = "1200000064"',
        'certified."a:ehp-number" is not an EHP number: 1990 and 6 more digits; correct it',
    ),
    "a boolean in capitals": (
        '"true"',
        '"TRUE"',
        f'certified."{BOOLEAN}" is not "true", "false" or ""; correct it',
    ),
    "a boolean without quotes": (
        '"true"',
        "true",
        f'certified."{BOOLEAN}" has to be a text; put it in double quotes',
    ),
    "an empty identification attribute": (
        'ssin" = "85123199937"',
        'ssin" = ""',
        'identification."urn:be:fgov:person:ssin" is blank; fill it in',
    ),
    "a requester of nobody's": (
        "{ PersonIdentifier",
        "{ PersonIdentifer",
        'requester.PersonIdentifer is not a known key; did you mean "PersonIdentifier"?',
    ),
    "a requester with two institutions": (
        '{ PersonIdentifier = "85123199937" }',
        '{ Nihii = "71999041", Cbe = "0200000043" }',
        "requester holds Nihii and Cbe, of which a message can carry one; leave one out",
    ),
    "a wrong number in the requester": (
        '{ PersonIdentifier = "85123199937" }',
        '{ Cbe = "0200000044" }',
        "requester.Cbe is not a CBE or EHP number of 10 digits; correct it",
    ),
    "a key of an unknown kind": (
        "[dentist.identification]",
        'key = "RSA 1024"\n[dentist.identification]',
        'key is "RSA 1024"; known are RSA 2048, RSA 3072, EC P-256, EC P-384',
    ),
    "a certificate that ends before it begins": (
        "[dentist.identification]",
        "certificate = { not_before = 2026-01-02T00:00:00Z, not_after = 2026-01-01T00:00:00Z }\n"
        "[dentist.identification]",
        "certificate.not_after is not later than not_before; correct it",
    ),
    "a moment without zone": (
        "[dentist.identification]",
        "certificate = { not_after = 2026-01-01T00:00:00 }\n[dentist.identification]",
        "certificate.not_after has to be a moment such as 2026-11-23T18:34:07Z",
    ),
    "a date for a moment": (
        "[dentist.identification]",
        "certificate = { not_after = 2026-01-01 }\n[dentist.identification]",
        "certificate.not_after has to be a text; put it in double quotes",
    ),
    "a token that ends before it begins": (
        "[dentist.identification]",
        "token = { begins = 600, ends = 600 }\n[dentist.identification]",
        "token.ends is not later than token.begins; correct it",
    ),
    "a token of more than a day": (
        "[dentist.identification]",
        "token = { ends = 86401 }\n[dentist.identification]",
        "token.ends has to be a whole number of seconds after the moment of issue, from -86400 to 86400",
    ),
    "an unknown role": (
        "[dentist.identification]",
        'role = "dentists"\nnumbers = {}\n[dentist.identification]',
        'there is no role "dentists"; known are physician, nurse, dentist, midwife, physiotherapist, hospital, '
        "sorting-center, guard-post, medical-house, company, organisation, mandate-holder",
    ),
    "a number that the role does not know": (
        "[dentist.identification]",
        'numbers = { cbe = "0200000043", ssin = "85123199937" }\nrole = "company"\n[dentist.identification]',
        'numbers.ssin has no place in the role "company"; leave it out',
    ),
    "a legal context in quotes": (
        "[dentist.identification]",
        'legal_context = "no"\n[dentist.identification]',
        "legal_context has to be true or false, without quotes",
    ),
}


@pytest.mark.parametrize(("old", "new", "sentence"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_told_with_file_persona_key_and_next_step(old: str, new: str, sentence: str) -> None:
    assert A_PERSONA.count(old) == 1
    before, _, _ = A_PERSONA.partition(old)
    line = before.count("\n") + 1
    with pytest.raises(PersonaError) as refusal:
        load_personas(A_PERSONA.replace(old, new), "mine.toml")
    # What is missing stands nowhere: then the line is the persona's.
    assert str(refusal.value) == f'mine.toml, line {line if new else 2}: persona "dentist": {sentence}'


def test_a_part_of_a_subject_of_many_lines_is_told_with_its_own_line() -> None:
    subject = '[\n  ["CN", "SSIN=85123199937"], # a comment ]\n\n  ["C", "be"],\n  ["O", "x"],\n]'
    text = A_PERSONA.replace('[["CN", "SSIN=85123199937"], ["C", "BE"]]', subject)
    with pytest.raises(PersonaError, match=r"^mine\.toml, line 7: .* subject, part 2 has to be a country code"):
        load_personas(text, "mine.toml")


def test_a_value_where_a_table_belongs_is_refused() -> None:
    with pytest.raises(PersonaError) as refusal:
        load_personas('dentist = "me"', "mine.toml")
    assert str(refusal.value) == (
        'mine.toml, line 1: persona "dentist": has to be a table; write [dentist] on a line of its own'
    )
    text = A_PERSONA.replace("[dentist.certified]", "").replace(f'"{BOOLEAN}" = "true"', "")
    with pytest.raises(PersonaError) as refusal:
        load_personas(text.replace("title =", "certified = 1\ntitle ="), "mine.toml")
    assert str(refusal.value) == (
        'mine.toml, line 3: persona "dentist": '
        "certified has to be a table; write [dentist.certified] on a line of its own"
    )


@pytest.mark.parametrize("name", ["Dentist", "../dentist", "dentist-", "a--b", "9", "d" * 65, "dentist "])
def test_a_persona_name_is_fit_for_a_folder(name: str) -> None:
    with pytest.raises(PersonaError, match="a name has to be lower-case letters and digits"):
        load_personas(A_PERSONA.replace("[dentist", f'["{name}"'), "mine.toml")


def test_no_number_of_a_users_file_gets_into_a_message() -> None:
    with pytest.raises(PersonaError) as refusal:
        load_personas(A_PERSONA.replace('ssin" = "85123199937"', 'ssin" = "85123199938"'), "mine.toml")
    assert "85123199938" not in str(refusal.value)


@pytest.mark.parametrize("persona", ["physician", "sorting-center", "hospital", "company", "organisation"])
def test_a_role_makes_of_a_number_what_the_built_in_persona_is(persona: str) -> None:
    known = personas()[persona]
    numbers = {
        "physician": 'ssin = "80010199976", nihii = "19999024004"',
        "sorting-center": 'nihii = "81999048"',
        "hospital": 'nihii = "71999041000"',
        "company": 'cbe = "0200000043"',
        "organisation": 'ehp = "1990009933"',
    }[persona]
    made = load_personas(f'[mine]\nrole = "{persona}"\nnumbers = {{ {numbers} }}\n', "mine.toml")["mine"]
    assert made.attributes == known.attributes
    assert made.requester == known.requester
    if persona != "organisation":  # the built-in one names an application too
        assert made.subject == known.subject


def test_what_a_persona_says_itself_comes_on_top_of_its_role() -> None:
    text = """
[mine]
role = "mandate-holder"
numbers = { ssin = "01010199995", mandatary = "85123199937" }
title = "Mine"
legal_context = false
[mine.certified]
"urn:be:fgov:person:ssin:ehealth:1.0:recognisedmandatary:boolean" = "false"
"urn:be:fgov:person:ssin:ehealth:1.0:extra" = ""
"""
    mine, known = load_personas(text, "mine.toml")["mine"], personas()["mandate-holder"]
    assert (mine.title, mine.legal_context, mine.requester) == ("Mine", False, known.requester)
    assert identification(mine) == identification(known)
    assert list(certified(mine).items()) == [
        ("urn:be:fgov:ehealth:1.0:certificateholder:person:ssin:usersession:boolean", "true"),
        ("urn:be:fgov:person:ssin:ehealth:1.0:extra", ""),
        ("urn:be:fgov:person:ssin:ehealth:1.0:recognisedmandatary:boolean", "false"),
    ]


def test_every_role_can_be_filled_in() -> None:
    numbers = {"ssin": "85123199937", "nihii": "81999048", "cbe": "0200000043", "ehp": "1990009933"}
    numbers["mandatary"] = "80010199976"
    for role, template in roles().items():
        given = {key: numbers[key] for key in template["numbers"]}
        persona = read_persona("mine", {"role": role, "numbers": given}, lambda _: "test")
        assert not any("{" in text for text in (*certified(persona).values(), *dict(persona.subject).values()))


def test_a_file_with_a_subject_of_a_built_in_persona_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    text = '[mine]\nrole = "physician"\nnumbers = { ssin = "80010199976", nihii = "19999024004" }\n'
    file.write_text(text, "utf-8")
    with pytest.raises(PersonaError, match='"mine" has the same subject as "physician"'):
        personas_with(file)
    file.write_text(text.replace("[mine]", "[physician]"), "utf-8")
    assert personas_with(file)["physician"].subject == personas()["physician"].subject


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(b"#" * (1 << 20) + b"\n")
    with pytest.raises(PersonaError, match="is longer than 1048576 bytes"):
        personas_with(file)
