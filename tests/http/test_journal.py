"""The journal: bounded, counted, complete (`decisions.md` 6)."""

import threading
from base64 import b64encode

from mockserver.gateway.exchange import Answer, HttpRequest
from mockserver.management.entry import Entry
from mockserver.management.journal import Journal
from tests.http.running import Findings


def entry(number: int, body: bytes = b"") -> Entry:
    return Entry(
        correlation_id=str(number),
        received=0,
        peer="127.0.0.1:1",
        head=b"",
        body=body,
        answer=Answer(http=400, fields=[], body=b"", correlation_id=str(number)),
        rule="Q10",
        detail="Something is wrong.",
    )


def ids(journal: Journal) -> list[str]:
    return [found.correlation_id for found in journal.newest_first()[0]]


def test_the_newest_come_first() -> None:
    journal = Journal()
    for number in range(3):
        journal.record(entry(number))
    assert ids(journal) == ["2", "1", "0"]
    assert journal.newest_first()[1] == 0


def test_too_many_entries_drop_the_oldest_and_are_counted() -> None:
    journal = Journal(entries=2)
    for number in range(5):
        journal.record(entry(number))
    assert ids(journal) == ["4", "3"]
    assert journal.newest_first()[1] == 3


def test_too_many_bytes_drop_the_oldest_and_are_counted() -> None:
    journal = Journal(octets=25_000)
    for number in range(3):
        journal.record(entry(number, b"x" * 10_000))
    assert ids(journal) == ["2", "1"]
    assert journal.newest_first()[1] == 1


def test_an_entry_larger_than_the_journal_is_dropped_and_counted() -> None:
    journal = Journal(octets=10_000)
    journal.record(entry(1, b"x" * 10_000))
    assert journal.newest_first() == ([], 1)


def test_clearing_forgets_everything_and_makes_room() -> None:
    journal = Journal(entries=2, octets=30_000)
    for number in range(3):
        journal.record(entry(number, b"x" * 10_000))
    assert journal.clear() == 2
    assert journal.newest_first() == ([], 0)
    journal.record(entry(7, b"x" * 20_000))
    assert ids(journal) == ["7"]


def test_an_entry_is_found_by_its_correlation_id() -> None:
    journal = Journal()
    journal.record(entry(1))
    found = journal.find("1")
    assert found is not None
    assert found.correlation_id == "1"
    assert journal.find("2") is None


def test_nothing_is_lost_or_counted_twice_by_several_threads() -> None:
    journal = Journal(entries=100)

    def write() -> None:
        for number in range(500):
            journal.record(entry(number))

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries, dropped = journal.newest_first()
    assert (len(entries), dropped) == (100, 3900)


def test_an_exchange_is_kept_with_head_body_answer_and_findings() -> None:
    request = HttpRequest(
        method="POST",
        target="/DossierNumberGeneration/v1?a",
        version="1.1",
        fields=[("Host", b"a"), ("X-A", b"\xe9"), ("x-a", b"2")],
        body=b"<a/>",
        received=1_600_000_000_123_000_000,
        peer="127.0.0.1:5",
    )
    answer = Answer(
        http=500,
        fields=[("X-CorrelationID", "7")],
        body=b"<b/>",
        correlation_id="7",
        soa="SOA-01001",
        message="no",
    )
    kept = Entry.of_exchange(request, answer, duration=2_500_000, report=Findings(["S01"])).to_json()
    assert kept == {
        "id": "7",
        "number": 0,
        "session": "default",
        "service": "DossierNumberGeneration",
        "received": "2020-09-13T12:26:40.123Z",
        "peer": "127.0.0.1:5",
        "outcome": "answered",
        "verdict": "fault",
        "http": 500,
        "soa": "SOA-01001",
        "status": None,
        "cbss": None,
        "rule": None,
        "detail": None,
        "script": None,
        "durationMilliseconds": 2.5,
        "bytes": 4,
        "request": {
            "head": b64encode(
                b"POST /DossierNumberGeneration/v1?a HTTP/1.1\r\nHost: a\r\nX-A: \xe9\r\nx-a: 2\r\n\r\n"
            ).decode(),
            "body": "PGEvPg==",
        },
        "answer": {
            "http": 500,
            "fields": [["X-CorrelationID", "7"]],
            "body": "PGIvPg==",
            "soa": "SOA-01001",
            "status": None,
            "message": "no",
            "cbss": None,
            "identifier": None,
            "delivery": {"delaySeconds": 0.0, "bodyBytes": None, "end": "keep"},
        },
        "report": {"findings": ["S01"]},
    }


def test_messages_do_not_show_in_the_representation_of_an_entry() -> None:
    text = repr(entry(1, b"80010199976"))
    assert "80010199976" not in text
