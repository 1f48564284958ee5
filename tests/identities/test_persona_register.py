"""Personas that come in at run time: read like a file's, kept in the state folder, known at once."""

import json
from pathlib import Path
from threading import Thread

import pytest

from mockserver.identities.persona import CertificateTimes, KeyAlgorithm, PersonaError, TokenTimes
from mockserver.identities.persona_register import PersonaRegister, PersonaTaken, WithoutLegalContext
from mockserver.identities.personas import personas
from mockserver.instant import read_date_time

NURSE = {"role": "nurse", "numbers": {"ssin": "85123199937", "nihii": "19999024001"}}


def test_a_new_state_folder_has_the_built_in_personas_and_nothing_is_written(tmp_path: Path) -> None:
    register = PersonaRegister(tmp_path / "state")
    assert dict(register) == dict(personas())
    assert not (tmp_path / "state").exists()


def test_an_added_persona_is_known_at_once_and_after_the_next_start(tmp_path: Path) -> None:
    register = PersonaRegister(tmp_path)
    added = register.add("night-nurse", NURSE)
    assert register["night-nurse"] == added
    assert added.requester == {"PersonIdentifier": "85123199937"}
    again = PersonaRegister(tmp_path)
    assert again["night-nurse"] == added
    assert list(again) == [*personas(), "night-nurse"]
    assert again.added == ["night-nurse"]


def test_json_can_say_all_that_a_file_can(tmp_path: Path) -> None:
    whole = {
        **NURSE,
        "title": "A nurse",
        "legal_context": False,
        "key": "EC P-384",
        "certificate": {"not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00+01:00"},
        "token": {"begins": -60, "ends": 600},
    }
    PersonaRegister(tmp_path).add("night-nurse", whole)
    nurse = PersonaRegister(tmp_path)["night-nurse"]
    assert (nurse.title, nurse.legal_context, nurse.key_algorithm) == ("A nurse", False, KeyAlgorithm.EC_P384)
    assert nurse.token == TokenTimes(-60, 600)
    moments = (read_date_time(text).instant for text in ("2026-01-01T00:00:00Z", "2026-12-31T23:00:00Z"))
    assert nurse.certificate == CertificateTimes(*moments)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"numbers": {"ssin": "85123199938"}}, "numbers.ssin is not an SSIN of 11 digits; correct it"),
        ({"titel": "x"}, 'titel is not a known key; did you mean "title"?'),
        ({"title": "\ud800"}, "title holds a character that can't be printed; take it out"),
        ({"title": "x" * 257}, "title is longer than 256 characters; shorten it"),
        ({"certified": {f"urn:{n}": "x" for n in range(101)}}, "certified has more than 100 entries; leave some out"),
        ({"certified": []}, "certified has to be a table; write [night-nurse.certified] on a line of its own"),
    ],
)  # fmt: skip
def test_a_faulty_table_is_refused_as_a_file_is_and_leaves_no_trace(
    tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    register = PersonaRegister(tmp_path)
    with pytest.raises(PersonaError) as refusal:
        register.add("night-nurse", {**NURSE, **change})
    assert str(refusal.value) == f'the new persona: persona "night-nurse": {sentence}'
    assert "night-nurse" not in register
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../night-nurse", "Night", "", "a/b", "con.json"])
def test_a_name_that_is_not_fit_for_a_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PersonaError, match="a name has to be lower-case letters and digits"):
        PersonaRegister(tmp_path).add(name, NURSE)
    assert list(tmp_path.iterdir()) == []


def test_a_name_in_use_is_refused_whoever_has_it(tmp_path: Path) -> None:
    register = PersonaRegister(tmp_path)
    register.add("night-nurse", NURSE)
    for taken in ("night-nurse", "physician"):
        with pytest.raises(PersonaTaken, match=f'there is a persona "{taken}" already'):
            register.add(taken, NURSE)


def test_two_personas_cannot_have_the_same_certificate_name(tmp_path: Path) -> None:
    register = PersonaRegister(tmp_path)
    register.add("night-nurse", NURSE)
    with pytest.raises(PersonaError, match='"day-nurse" has the same subject as "night-nurse"'):
        register.add("day-nurse", NURSE)


def test_an_added_persona_can_be_removed_and_no_other(tmp_path: Path) -> None:
    register = PersonaRegister(tmp_path)
    register.add("night-nurse", NURSE)
    register.remove("night-nurse")
    assert "night-nurse" not in register
    assert "night-nurse" not in PersonaRegister(tmp_path)
    for name in ("night-nurse", "physician", "../x"):
        with pytest.raises(PersonaError, match="was added at run time"):
            register.remove(name)


def test_who_iterates_sees_the_personas_that_there_were(tmp_path: Path) -> None:
    register = PersonaRegister(tmp_path)
    seen = iter(register)
    register.add("night-nurse", NURSE)
    assert list(seen) == list(personas())


def test_of_many_that_add_one_name_at_once_one_succeeds(tmp_path: Path) -> None:
    register = PersonaRegister(tmp_path)
    outcomes: list[str] = []

    def add() -> None:
        try:
            outcomes.append(register.add("night-nurse", NURSE).name)
        except PersonaTaken:
            outcomes.append("taken")

    threads = [Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["night-nurse", *["taken"] * 7]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 60_000], ids=["empty", "cut", "bytes", "deep"])
def test_a_damaged_file_in_the_state_folder_is_named(tmp_path: Path, content: bytes) -> None:
    PersonaRegister(tmp_path).add("night-nurse", NURSE)
    file = tmp_path / "personas" / "night-nurse.json"
    file.write_bytes(content)
    with pytest.raises(PersonaError) as refusal:
        PersonaRegister(tmp_path)
    assert str(refusal.value) == f"{file} is damaged: no JSON; delete it and add the persona again"


def test_a_kept_persona_that_was_made_wrong_by_hand_is_refused_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "personas").mkdir()
    file = tmp_path / "personas" / "night-nurse.json"
    file.write_text(json.dumps({**NURSE, "role": "nurze"}), "utf-8")
    with pytest.raises(PersonaError) as refusal:
        PersonaRegister(tmp_path)
    assert str(refusal.value).startswith(
        f'{file}: persona "night-nurse": there is no role "nurze"; known are physician,'
    )


def test_a_users_file_and_the_state_folder_cannot_both_have_a_name(tmp_path: Path) -> None:
    PersonaRegister(tmp_path).add("night-nurse", NURSE)
    file = tmp_path / "mine.toml"
    file.write_text(
        '[night-nurse]\nrole = "dentist"\nnumbers = { ssin = "70061599963", nihii = "19999024" }\n', "utf-8"
    )
    with pytest.raises(PersonaError, match='has a persona "night-nurse", and so has'):
        PersonaRegister(tmp_path, file)


def test_an_added_persona_without_legal_context_counts_from_then_on(tmp_path: Path) -> None:
    register = PersonaRegister(tmp_path)
    without = WithoutLegalContext(register)
    assert "70061599963" in without  # the built-in one
    assert "85123199937" not in without
    register.add("night-nurse", {**NURSE, "legal_context": False})
    assert "85123199937" in without
