"""What a worker notes of an exchange, and how the first process takes it into the journals."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mockserver.gateway.exchange import Answer, Finding, HttpRequest
from mockserver.gateway.gateway import Report
from mockserver.gateway.registry import RULES, Breach, Severity
from mockserver.http.delivery import Delivery, End
from mockserver.management.entry import Entry, Script
from mockserver.management.recorded import Kept
from mockserver.sessions.register import Sessions
from mockserver.sts.rules import STS_RULES
from mockserver.workers.encoding import Messages, message
from mockserver.workers.line import LineBroken
from mockserver.workers.notes import Notes, NoteWriter
from mockserver.workers.packed import Packed, packed

REQUEST = HttpRequest(
    "POST", "/DossierNumberGeneration/v1", "1.1", [("Host", b"here"), ("X", b"\xff")], b"<a/>" * 300, 7, peer="[::1]:9"
)
ANSWER = Answer(200, [("Content-Type", "text/xml")], b"<b/>", "one", status="Success", identifier="19000000000000001")
FAULT = Answer(500, (("Content-Type", "text/xml"),), b"<f/>", "two", soa="SOA-01001", message="no")


def finding(rule_id: str, *, of_sts: bool = False) -> Finding:
    rule = (STS_RULES if of_sts else RULES)[rule_id]
    return Finding(rule, Severity.REJECT, Breach("why", "where", ("FieldName", "FieldValue")))


def judged(answer: Answer = ANSWER, *findings: Finding) -> Entry:
    report = Report(REQUEST, answer, findings, {"S02": "S01"}, 1_234)
    return Entry.of_exchange(REQUEST, answer, duration=1_234, report=report)


def refused(name: str, body: bytes = b"") -> Entry:
    answer = Answer(400, [("Content-Type", "text/plain")], b"no\n", name)
    return Entry(name, 5, "127.0.0.1:1", b"POST / HTTP/1.1", body, answer, rule="Q10", detail="It is wrong.")


BENT = replace(ANSWER, delivery=Delivery(1.5, 3, End.CLOSE))

ENTRIES = {
    "accepted": judged(),
    "refused by the gateway": judged(FAULT, finding("I12")),
    "refused by the STS, whose rule of that id has words of its own": replace(
        judged(FAULT, finding("I12", of_sts=True)), service="STS"
    ),
    "bent by a scenario": replace(
        judged(), answer=BENT, script=Script("bends", 3, "truncated", played=True), session="other"
    ),
    "refused by HTTP": refused("three"),
    "cut": Entry("four", 5, "127.0.0.1:1", b"POST", b"", detail="It was cut."),
}


@pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)
def test_what_was_packed_is_read_as_it_was(entry: Entry) -> None:
    told = Packed(*packed(entry))
    read = told.numbered(12)
    assert read.number == 12
    assert read.to_json() == entry.numbered(12).to_json()
    for fact in ("correlation_id", "service", "verdict", "code", "duration", "was_judged", "size"):
        assert getattr(told, fact) == getattr(entry, fact) == getattr(read, fact), fact
    assert (read.request is None) is (entry.request is None)
    if entry.request is not None and read.request is not None:
        assert list(read.request.fields) == list(entry.request.fields)
        assert read.request.body == entry.request.body


def test_a_rule_is_that_of_its_service() -> None:
    assert RULES["I12"] is not STS_RULES["I12"]
    for of_sts, rules in ((False, RULES), (True, STS_RULES)):
        read = Packed(*packed(judged(FAULT, finding("I12", of_sts=of_sts)))).numbered(1).report
        assert isinstance(read, Report)
        assert read.findings[0].rule is rules["I12"]


class Crew:
    """Sockets of so many workers, all in this process."""

    def __init__(self, count: int) -> None:
        self.sessions = Sessions()
        self.notes = Notes(self.sessions)
        pairs = [socket.socketpair() for _ in range(count)]
        self.inlets = [self.notes.open(here) for here, _ in pairs]
        self.sockets = [there for _, there in pairs]
        self.writers = [NoteWriter(there) for there in self.sockets]

    def close(self) -> None:
        for stream in self.sockets:
            stream.close()
        for inlet in self.inlets:
            inlet.close()

    def journal(self, session: str = "default") -> list[str]:
        """Oldest first."""
        found = self.sessions.find(session)
        assert found is not None
        return [entry.correlation_id for entry in reversed(found.journal.newest_first()[0])]


@pytest.fixture
def crew() -> Iterator[Crew]:
    crew = Crew(3)
    yield crew
    crew.close()


def test_notes_are_numbered_in_the_order_of_their_exchanges_whoever_is_read_first(crew: Crew) -> None:
    names = [f"{number}" for number in range(12)]
    for number, name in enumerate(names):
        crew.writers[-number % 3].write(refused(name), "", None)
    crew.notes.settle()
    assert crew.journal() == names
    assert [entry.number for entry in crew.sessions.default.journal.newest_first()[0]] == list(range(12, 0, -1))


def test_a_later_note_never_overtakes_the_one_before_it(crew: Crew) -> None:
    """Somebody settles all the time, while each note is written once the one before it is."""

    def settle() -> None:
        while not ended.is_set():
            crew.notes.settle()

    ended = threading.Event()
    readers = [threading.Thread(target=settle) for _ in range(2)]
    for reader in readers:
        reader.start()
    names = [f"{number}" for number in range(900)]
    for number, name in enumerate(names):
        crew.writers[number % 3].write(refused(name), "", None)
    ended.set()
    for reader in readers:
        reader.join()
    crew.notes.settle()
    assert crew.journal() == names


def test_a_note_that_has_not_come_whole_waits_and_is_not_lost(crew: Crew) -> None:
    class Piecewise:
        def __init__(self, stream: socket.socket) -> None:
            self.stream = stream

        def setsockopt(self, *_: int) -> None:
            pass

        def sendall(self, octets: bytes) -> None:
            for octet in octets[:40]:
                self.stream.sendall(bytes((octet,)))
                crew.notes.settle()
                assert crew.journal() == []
            self.stream.sendall(octets[40:])

    NoteWriter(Piecewise(crew.sockets[0])).write(refused("slow"), "", None)  # type: ignore[arg-type]
    crew.notes.settle()
    assert crew.journal() == ["slow"]


def test_what_a_worker_noted_before_it_died_is_taken_and_the_rest_thrown_away(crew: Crew) -> None:
    follower = threading.Thread(target=crew.notes.follow, args=(crew.inlets[0],))
    crew.writers[0].write(refused("whole"), "", None)
    crew.sockets[0].sendall(message("cut short")[:-1])
    crew.sockets[0].close()
    follower.start()
    follower.join(10)
    assert not follower.is_alive()
    crew.writers[1].write(refused("of another one"), "", None)
    crew.notes.settle()
    assert crew.journal() == ["whole", "of another one"]


def test_a_follower_takes_what_nobody_asks_for(crew: Crew) -> None:
    threading.Thread(target=crew.notes.follow, args=(crew.inlets[0],), daemon=True).start()
    taken = threading.Event()
    crew.sessions.subscribe(lambda _: taken.set())
    crew.writers[0].write(refused("one"), "", None)
    assert taken.wait(10)
    crew.sockets[0].close()


def test_a_follower_comes_again_sooner_the_more_is_noted_meanwhile(crew: Crew) -> None:
    pauses: list[float] = []
    noted = iter((100, 200_000, 200_000, 100))

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        octets = next(noted, None)
        if octets is None:
            crew.sockets[0].close()
        else:
            crew.writers[0].write(refused("one", os.urandom(octets)), "", None)

    crew.writers[0].write(refused("first"), "", None)
    crew.notes.follow(crew.inlets[0], sleep)
    longest, *_ = pauses
    assert pauses[1] == longest
    assert longest / 4 < pauses[3] < longest / 2 < pauses[2] < longest
    assert pauses[4] == longest


def test_a_worker_that_notes_faster_than_is_read_waits_and_nothing_is_lost(crew: Crew) -> None:
    most = 40
    noted: list[int] = []

    def write() -> None:
        for number in range(most):
            crew.writers[0].write(refused(f"{number}", os.urandom(100_000)), "", None)
            noted.append(number)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    so_far = -1
    while so_far != len(noted):
        so_far = len(noted)
        time.sleep(0.2)
    assert so_far < most / 2
    follower = threading.Thread(target=crew.notes.follow, args=(crew.inlets[0],), daemon=True)
    follower.start()
    writer.join(30)
    crew.sockets[0].close()
    follower.join(30)
    assert crew.journal() == [f"{number}" for number in range(most)]


def test_a_worker_without_first_process_ends(crew: Crew) -> None:
    crew.inlets[0].close()
    with pytest.raises(LineBroken):
        crew.writers[0].write(refused("in vain"), "", None)


def test_a_note_goes_to_the_session_in_which_its_request_began(crew: Crew) -> None:
    seen: list[str] = []
    crew.sessions.subscribe(lambda kept: seen.append(kept.recorded.correlation_id))
    before = crew.sessions.use("again")
    crew.sessions.remove("again")
    after = crew.sessions.use("again")
    crew.writers[0].write(replace(refused("old"), session="again"), before.id, "19000000000000001")
    crew.writers[0].write(replace(refused("new"), session="again"), after.id, None)
    crew.notes.settle()
    assert crew.journal("again") == ["new"]
    assert before.journal.find("old") is not None
    assert (before.last_identifier, after.last_identifier) == ("19000000000000001", None)
    gone = before.id
    del before
    crew.writers[0].write(replace(refused("late"), session="again"), gone, None)
    crew.notes.settle()
    assert crew.journal("again") == ["new"]
    assert seen == ["old", "new", "late"]


def test_an_exchange_that_nobody_reads_stays_as_it_came_and_is_made_whole_once(crew: Crew) -> None:
    crew.writers[0].write(judged(), "", None)
    kept: list[Kept] = []
    crew.sessions.subscribe(kept.append)
    crew.notes.settle()
    (one,) = kept
    assert type(one.recorded) is Packed
    octets = crew.sessions.default.journal.octets
    assert octets == judged().size
    entry = crew.sessions.default.journal.find("one")
    assert entry is not None
    assert [each is entry for each in (one.entry, one.recorded)] == [True, True]
    assert crew.sessions.default.journal.octets == octets


def test_messages_are_read_whatever_pieces_they_come_in() -> None:
    contents = [("plain", 1, None, b"x" * 1000), {"an object": RULES["I12"].stage}, (), b"y" * 70_000]
    stream = b"".join(map(message, contents))
    for size in (1, 3, 7, 1000, len(stream)):
        messages = Messages()
        read = [each for at in range(0, len(stream), size) for each in messages.read(stream[at : at + size])]
        assert read == contents
