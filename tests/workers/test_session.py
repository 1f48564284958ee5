"""What a worker asks the first process, and what it knows by itself."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from mockserver.identities.persona_register import PersonaRegister
from mockserver.instant import SECOND
from mockserver.scenarios.plan import read_scenario
from mockserver.sessions.open_session import OpenSession
from mockserver.sessions.register import Sessions, SessionSettings
from mockserver.sessions.rooms import Room
from mockserver.workers.accepted_file import new_accepted_file
from mockserver.workers.accepted_table import AcceptedTable
from mockserver.workers.changes import Changes, ChangeTeller
from mockserver.workers.front import Front, Shared
from mockserver.workers.line import Line, LineBroken, serve_line
from mockserver.workers.notes import Notes, NoteWriter
from mockserver.workers.session import WorkerSessions


class Pair:
    """The first process and one worker, in two threads of this process."""

    def __init__(self, tmp_path: Any, settings: SessionSettings | None = None) -> None:
        self.sessions = Sessions(settings)
        self.asked: list[str] = []
        notes = Notes(self.sessions)
        self.accepted = new_accepted_file()
        self.streams = [socket.socketpair() for _ in range(3)]
        (line, line_there), (noted, notes_there), (changes, changes_there) = self.streams
        self.personas = PersonaRegister(tmp_path)
        shared = Shared(self.sessions, None, self.personas, notes)  # type: ignore[arg-type]
        front = Front(lambda: shared, lambda: None)
        self.inlet = notes.open(noted)
        self.teller = ChangeTeller(changes)
        self.told_of_personas = 0
        self.worker = WorkerSessions(
            Line(line_there),
            NoteWriter(notes_there),
            Changes(changes_there),
            AcceptedTable(self.accepted.fileno()),
            lambda: 100 * SECOND,
            self._on_personas,
        )

        def call(name: str, arguments: tuple[Any, ...]) -> object:
            self.asked.append(name)
            return front(name, arguments)

        threading.Thread(target=serve_line, args=(line, call), daemon=True).start()

    def _on_personas(self) -> None:
        self.told_of_personas += 1

    def close(self) -> None:
        for here, there in self.streams:
            there.close()
            here.close()
        self.accepted.close()


class Rooms:
    """Premises with a room at `/`."""

    def rooms(self, session: OpenSession) -> dict[str, Room]:
        return {"/": Room(None, None)}  # type: ignore[arg-type]


@pytest.fixture
def pair(tmp_path: Any) -> Iterator[Pair]:
    pair = Pair(tmp_path)
    yield pair
    pair.close()


def test_a_session_that_is_as_it_was_is_not_asked_for_again(pair: Pair) -> None:
    first = pair.worker.use("one")
    assert [pair.worker.use("one") for _ in range(20)] == [first] * 20
    assert pair.worker.find("one") is first
    assert pair.asked == ["use"]


def test_whether_a_message_is_new_is_no_question(pair: Pair) -> None:
    pair.worker.use("default")
    pair.asked.clear()
    session = pair.worker.use("default")
    assert session.take_turn() is None
    assert session.accepted("/", 10).remember((b"a", b"b"), 200, 100)
    assert session.accepted("/", 10).knows((b"b",), 100)
    assert not session.accepted("/", 10).remember((b"b", b"c"), 200, 100)
    assert not session.accepted("/", 10).knows((b"c",), 100)
    assert pair.asked == []


def test_after_notice_of_a_change_every_session_is_asked_for_again(pair: Pair) -> None:
    one, two = pair.worker.use("one"), pair.worker.use("two")
    pair.sessions.use("one").clock.go(5 * SECOND)
    pair.teller.tell()
    pair.teller.tell()
    assert pair.worker.use("one") is one
    assert pair.worker.use("two") is two
    assert pair.asked == ["use"] * 4
    assert (one.clock(), two.clock()) == (105 * SECOND, 100 * SECOND)


def test_a_session_that_was_removed_is_another_one_under_the_same_name(pair: Pair) -> None:
    before = pair.worker.use("one")
    assert before.accepted("/", 10).remember((b"a",), 200, 100)
    pair.sessions.remove("one")
    pair.teller.tell()
    after = pair.worker.use("one")
    assert after.id != before.id
    assert after.accepted("/", 10).remember((b"a",), 200, 100)
    pair.sessions.remove("one")
    pair.teller.tell()
    assert pair.worker.find("one") is None


def test_a_session_that_was_renewed_has_forgotten_and_its_rooms_too(pair: Pair) -> None:
    session = pair.worker.use("one")
    premises = Rooms()
    room = session.room("/", premises)
    assert session.accepted("/", 10).remember((b"a",), 200, 100)
    pair.teller.tell()
    assert pair.worker.use("one").room("/", premises) is room
    assert not session.accepted("/", 10).remember((b"a",), 200, 100)
    pair.sessions.use("one").renew()
    pair.teller.tell()
    assert pair.worker.use("one") is session
    assert session.room("/", premises) is not room
    assert session.accepted("/", 10).remember((b"a",), 200, 100)


def test_a_request_goes_on_in_the_session_that_was_removed_meanwhile(pair: Pair) -> None:
    session = pair.worker.use("one")
    pair.sessions.remove("one")
    accepted = session.accepted("/", 10)
    assert [accepted.remember((b"a",), 200, 100) for _ in range(2)] == [True, False]
    assert pair.sessions.find("one") is None


def test_while_a_scenario_plays_each_request_asks(pair: Pair) -> None:
    step = {"answer": "truth"}
    pair.sessions.use("one").playing.play(read_scenario({"name": "x", "step": [step] * 3}, "here"))
    turns = [pair.worker.use("one").take_turn() for _ in range(3)]
    assert [turn and turn.number for turn in turns] == [1, 2, 3]
    assert pair.asked == ["use", "take_turn"] * 3


@pytest.mark.parametrize("idle_seconds", [0.0, 0.001])
def test_short_lived_sessions_are_kept_alive_by_each_request(tmp_path: Any, idle_seconds: float) -> None:
    pair = Pair(tmp_path, SessionSettings(idle_seconds=idle_seconds))
    for _ in range(5):
        pair.worker.use("one")
        threading.Event().wait(0.001)
    assert pair.asked == ["use"] * 5
    pair.close()


def test_personas_are_read_again_when_they_have_changed(pair: Pair) -> None:
    pair.worker.use("one")
    pair.personas.version += 1
    pair.teller.tell()
    for _ in range(3):
        pair.worker.use("one")
    assert pair.told_of_personas == 1


def test_notices_that_nobody_takes_do_not_hold_up_the_teller(pair: Pair) -> None:
    for _ in range(100_000):
        pair.teller.tell()
    pair.worker.use("one")
    pair.worker.use("one")
    assert pair.asked[0] == "use"


def test_a_worker_ends_when_the_first_process_is_gone(pair: Pair) -> None:
    pair.worker.use("one")
    for here, _ in pair.streams:
        here.shutdown(socket.SHUT_RDWR)
    with pytest.raises(LineBroken):
        pair.worker.use("one")
