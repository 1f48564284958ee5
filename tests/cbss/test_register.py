"""The register: an identifier is issued once and for ever, and is nobody's number (decisions 3; cookbook 5.2.1.2)."""

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from mockserver.cbss.register import Register
from mockserver.cbss.store import RegisterError, RegisterUnavailable

SSIN = "80010199976"


def issue(register: Register) -> str:
    return register.issue(now=0, correlation_id="c0ffee")


@pytest.fixture
def register() -> Iterator[Register]:
    register = Register.in_memory()
    yield register
    register.close()


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes chance give these numbers, one after the other."""

    def given(*numbers: str) -> None:
        drawn = iter(numbers)
        monkeypatch.setattr(secrets, "randbelow", lambda _: int(next(drawn)))

    return given


def test_a_number_that_is_a_valid_ssin_is_drawn_again(register: Register, draws: Callable[..., None]) -> None:
    draws(SSIN, "80410199965", "12345678901")
    assert issue(register) == "12345678901", "neither an SSIN nor a BIS number"


def test_a_number_that_was_issued_is_drawn_again(register: Register, draws: Callable[..., None]) -> None:
    draws("00000000001", "00000000001", "00000000002")
    assert [issue(register), issue(register)] == ["00000000001", "00000000002"]
    assert register.count() == 2


def test_a_format_that_is_used_up_is_no_endless_search(draws: Callable[..., None]) -> None:
    register = Register.in_memory("######")
    draws(*["000001"] * 101)
    issue(register)
    with pytest.raises(RegisterUnavailable, match="no free identifier found in 100 attempts"):
        issue(register)
    register.close()


def test_a_format_keeps_what_is_no_digit_of_it() -> None:
    register = Register.in_memory("CV-####/##")
    identifier = issue(register)
    assert (identifier[:3], identifier[7], len(identifier)) == ("CV-", "/", 10)
    register.close()


def test_a_format_needs_room() -> None:
    with pytest.raises(RegisterError, match="'#####' needs at least 6 digits, written #"):
        Register.in_memory("#####")


def test_registers_on_one_file_never_issue_the_same(tmp_path: Path, draws: Callable[..., None]) -> None:
    first, second = Register.in_state(tmp_path), Register.in_state(tmp_path)
    draws("00000000001", "00000000001", "00000000002")
    assert [issue(first), issue(second)] == ["00000000001", "00000000002"]
    assert first.count() == second.count() == 2
    first.close()
    second.close()


def test_registers_that_are_opened_at_once_on_a_new_file_all_issue(tmp_path: Path) -> None:
    """Two mocks may start on one new state folder."""
    threads = 4

    def open_and_issue(folder: Path, barrier: Barrier) -> str:
        barrier.wait()
        register = Register.in_state(folder)
        try:
            return issue(register)
        finally:
            register.close()

    with ThreadPoolExecutor(threads) as pool:
        for number in range(10):
            folder = tmp_path / str(number)
            folder.mkdir()
            barrier = Barrier(threads)
            issued = list(pool.map(lambda _, f=folder, b=barrier: open_and_issue(f, b), range(threads)))
            assert len(set(issued)) == threads


def test_a_store_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    register = Register.in_state(tmp_path)
    connection = sqlite3.connect(tmp_path / "register.sqlite")
    connection.execute("drop table identifiers")
    connection.close()
    for ask in (lambda: issue(register), register.count):
        with pytest.raises(RegisterUnavailable, match="no such table"):
            ask()
    register.close()


def test_only_an_identifier_that_is_taken_is_drawn_again(tmp_path: Path) -> None:
    """Another breach of the table is told as what it is, not as a format that is used up."""
    register = Register.in_state(tmp_path)
    connection = sqlite3.connect(tmp_path / "register.sqlite")
    connection.executescript(
        "DROP TABLE identifiers; CREATE TABLE identifiers (identifier PRIMARY KEY, issued CHECK (issued > 5), "
        "correlation_id, session)"
    )
    connection.close()
    with pytest.raises(RegisterUnavailable, match="CHECK constraint failed"):
        issue(register)
    register.close()


def test_a_store_that_was_closed_is_unavailable(register: Register) -> None:
    register.close()
    with pytest.raises(RegisterUnavailable, match="closed database"):
        issue(register)


@pytest.mark.parametrize("url", ["nothing://x", "no url"])
def test_a_store_of_unknown_kind_is_told(url: str) -> None:
    with pytest.raises(RegisterError, match="names no store that can be used"):
        Register.on_server(url)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match=r"the store of identifiers .*cannot be opened"):
        Register.in_state(tmp_path / "none")


def test_a_store_from_before_sessions_keeps_its_identifiers(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "register.sqlite")
    old.execute(
        "CREATE TABLE identifiers (identifier VARCHAR(64) PRIMARY KEY NOT NULL, issued BIGINT NOT NULL, "
        "correlation_id VARCHAR(64) NOT NULL)"
    )
    old.execute("INSERT INTO identifiers VALUES ('00000000001', 0, 'c0ffee')")
    old.commit()
    old.close()
    register = Register.in_state(tmp_path)
    assert register.holds("00000000001")
    new = register.issue(now=0, correlation_id="c0ffee", session="red")
    assert (register.count(), register.count("red"), register.count("")) == (2, 1, 1)
    assert register.holds(new)
    register.close()
