"""What all workers remember together of accepted messages: each process here is one of them."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain, pairwise
from typing import IO

import pytest

from mockserver.instant import SECOND, read_date_time
from mockserver.sessions.register import Sessions
from mockserver.workers.accepted_file import new_accepted_file
from mockserver.workers.accepted_table import AcceptedByAll, AcceptedTable

NOW, END = 100 * SECOND, 200 * SECOND

PLACES = 31
"""In the one bucket of the smallest table."""


@pytest.fixture
def file() -> Iterator[IO[bytes]]:
    with new_accepted_file() as file:
        yield file


@pytest.fixture
def table(file: IO[bytes]) -> AcceptedTable:
    return AcceptedTable(file.fileno())


@pytest.fixture
def bucket(file: IO[bytes]) -> AcceptedTable:
    """A table that consists of one bucket."""
    file.truncate(1024)
    return AcceptedTable(file.fileno())


def name(number: int) -> bytes:
    return number.to_bytes(20, "big")


def spread(number: int) -> bytes:
    """Names that fall into different buckets."""
    return number.to_bytes(4, "big") * 5


@contextmanager
def process(file: IO[bytes], code: str) -> "Iterator[subprocess.Popen[str]]":
    """One that has the table as `table`, and waits for a line before it goes on from `ready()`; killed in the end."""
    begin = (
        "import sys\n"
        "from mockserver.workers.accepted_table import AcceptedTable\n"
        f"descriptor = {file.fileno()}\n"
        "table = AcceptedTable(descriptor)\n"
        "def ready():\n    print('ready', flush=True)\n    sys.stdin.readline()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", begin + code],
        pass_fds=[file.fileno()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def wait_ready(each: "subprocess.Popen[str]") -> None:
    assert each.stdout is not None
    assert each.stdout.readline() == "ready\n"


def let_go(each: "subprocess.Popen[str]") -> None:
    assert each.stdin is not None
    each.stdin.write("\n")
    each.stdin.flush()


def test_each_name_alone_tells_a_message(table: AcceptedTable) -> None:
    one, two, three = map(spread, range(1, 4))
    assert not table.knows([one, two], NOW)
    assert table.remember([two, one], END, NOW)
    assert [table.knows([each], NOW) for each in (one, two, three)] == [True, True, False]
    assert not table.remember([one, three], END, NOW)
    assert not table.remember([three, two], END, NOW)
    assert not table.knows([three], NOW), "nothing is noted of what is no new message"
    assert table.remember([three], END, NOW)


def test_both_names_in_one_bucket(bucket: AcceptedTable) -> None:
    assert bucket.remember([name(1), name(2)], END, NOW)
    assert [bucket.knows([name(number)], NOW) for number in range(1, 4)] == [True, True, False]


def test_a_name_stands_in_a_place_and_not_across_two(bucket: AcceptedTable) -> None:
    """Made up: no digest ends as a moment begins."""
    assert bucket.remember([b"a" * 20], 0, 0)
    assert bucket.remember([b"b" * 20], 0, 0)
    assert not bucket.knows([b"a" * 8 + bytes(12)], -1)
    assert not bucket.knows([bytes(12) + b"b" * 8], -1)


def test_without_names_nothing_is_known(table: AcceptedTable) -> None:
    assert not table.knows([], NOW)


def test_a_message_is_known_until_it_could_not_pass(table: AcceptedTable) -> None:
    assert table.remember([name(1)], END, NOW)
    assert [table.knows([name(1)], moment) for moment in (END - 1, END, END + 1)] == [True, True, False]
    assert table.remember([name(1)], END + 10, END + 1)
    assert not table.remember([name(1)], END + 10, END + 10)
    assert table.knows([name(1)], END + 10)


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59.5Z", "9999-12-31T23:59:59-14:00"])
def test_any_moment_that_a_message_can_tell_is_told_exactly(table: AcceptedTable, end: str) -> None:
    moment = read_date_time(end).instant
    assert table.remember([name(1)], moment, moment - 1)
    assert [table.knows([name(1)], moment + more) for more in (-1, 0, 1)] == [True, True, False]


def test_in_a_full_bucket_the_name_written_first_is_forgotten(bucket: AcceptedTable) -> None:
    for number in range(1, PLACES + 1):
        assert bucket.remember([name(number)], END - number, NOW)
    assert all(bucket.knows([name(number)], NOW) for number in range(1, PLACES + 1))
    for number in range(1, 2 * PLACES):
        assert bucket.remember([name(PLACES + number)], END, NOW)
        known = [each for each in range(1, 4 * PLACES) if bucket.knows([name(each)], NOW)]
        assert known == list(range(number + 1, number + PLACES + 1))


def test_a_clock_that_is_ahead_takes_nothing_from_those_that_are_not(bucket: AcceptedTable) -> None:
    """Sessions have clocks of their own: what time it is for one message says nothing of the others."""
    assert bucket.remember([name(1)], END, NOW)
    for number in range(2, PLACES + 1):
        assert bucket.remember([name(number)], END + 10**6 * SECOND, NOW + 10**6 * SECOND)
    assert bucket.knows([name(1)], NOW)


def test_a_hundred_thousand_messages_find_their_places(table: AcceptedTable) -> None:
    """As many as one process remembers by default; of a table with two hundred thousand names none is pushed out."""
    room = AcceptedByAll.of_room(table, b"era", "/")
    for number in range(100_000):
        assert room.remember((b"value %d" % number, b"info %d" % number), END, NOW)
    assert all(room.knows((b"value %d" % number,), NOW) for number in range(0, 100_000, 7))


def test_rooms_sessions_and_eras_know_nothing_of_each_other(table: AcceptedTable) -> None:
    sessions = Sessions()
    one, two = sessions.use("one"), sessions.use("two")
    eras = [one.era, two.era, sessions.default.era]
    one.renew()
    eras.append(one.era)
    sessions.remove("two")
    eras.append(sessions.use("two").era)
    rooms = [(era, path) for era in eras for path in ("/", "/sts")]
    assert [AcceptedByAll.of_room(table, *room).remember((b"a", b"b"), END, NOW) for room in rooms] == [True] * 10
    assert [AcceptedByAll.of_room(table, *room).knows((b"b",), NOW) for room in rooms] == [True] * 10
    assert [AcceptedByAll.of_room(table, *room).remember((b"a",), END, NOW) for room in rooms] == [False] * 10


def test_a_name_in_the_table_is_not_what_the_gateway_made_of_the_message(file: IO[bytes], table: AcceptedTable) -> None:
    key = os.urandom(32)
    assert AcceptedByAll.of_room(table, b"era", "/").remember((key,), END, NOW)
    octets = os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)
    assert not any(key[at : at + 4] in octets for at in range(28))


def at_once(file: IO[bytes], *codes: str) -> list[list[int]]:
    """The numbers that each of so many processes prints; all are let go when all are ready."""
    with ExitStack() as stack:
        each = [stack.enter_context(process(file, code)) for code in codes]
        for one in each:
            wait_ready(one)
        for one in each:
            let_go(one)
        said = [one.communicate(timeout=60)[0] for one in each]
        assert [one.returncode for one in each] == [0] * len(codes)
    return [[int(number) for number in text.split()] for text in said]


def test_of_identical_messages_at_several_processes_one_alone_is_new(file: IO[bytes]) -> None:
    """All go through the same messages at the same time, one of them with the names in the other order."""
    code = (
        "names = [number.to_bytes(4, 'big') * 5 for number in range(6001)]\n"
        "ready()\n"
        "for number in range(0, 6000, 2):\n"
        "    pair = names[number : number + 2][:: {step}]\n"
        "    if table.remember(pair, 200, 100): print(number)\n"
    )
    new = at_once(file, *(code.format(step=step) for step in (1, -1, 1)))
    assert sorted(chain.from_iterable(new)) == list(range(0, 6000, 2))


def test_messages_that_have_one_name_in_common_are_not_both_new(file: IO[bytes], table: AcceptedTable) -> None:
    """A chain: each message shares one name with the next. Processes that run it from both ends do not lock up."""
    code = (
        "messages = [[number.to_bytes(4, 'big') * 5 for number in (at, at + 1)] for at in range(4000)]\n"
        "ready()\n"
        "for at in range(4000)[:: {step}]:\n"
        "    if table.remember(messages[at], 200, 100): print(at)\n"
    )
    new = sorted(chain.from_iterable(at_once(file, *(code.format(step=step) for step in (1, -1)))))
    assert all(b - a in (2, 3) for a, b in pairwise(new)), "no two neighbours; of three in a row one at least"
    assert all(table.knows([spread(at)], 100) for at in new)


@pytest.mark.parametrize("step", [1, -1])
def test_who_waits_for_one_bucket_holds_none_behind_it(file: IO[bytes], step: int) -> None:
    """Else two processes could wait for each other. Bucket N is that of `spread(N)`."""
    fcntl.lockf(file.fileno(), fcntl.LOCK_EX, 1024, 1024)
    code = f"ready()\nprint(table.remember([b'\\0\\0\\0\\1' * 5, b'\\0\\0\\0\\2' * 5][:: {step}], 200, 100))\n"
    with process(file, code) as waiter:
        wait_ready(waiter)
        assert waiter.stdout is not None
        let_go(waiter)
        time.sleep(0.3)
        assert waiter.poll() is None, "it waits for bucket 1"
        fcntl.lockf(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1024, 2 * 1024)
        fcntl.lockf(file.fileno(), fcntl.LOCK_UN)
        assert waiter.stdout.readline() == "True\n"


def test_a_process_that_is_killed_while_it_has_locked_holds_nobody_up(file: IO[bytes], bucket: AcceptedTable) -> None:
    assert bucket.remember([name(1)], END, NOW)
    with (
        process(file, "import fcntl\nfcntl.lockf(descriptor, fcntl.LOCK_EX)\nready()\n") as holder,
        process(file, "ready()\nprint(table.remember([b'x' * 20], 200, 100), flush=True)\n") as waiter,
    ):
        wait_ready(holder)
        wait_ready(waiter)
        assert waiter.stdout is not None
        let_go(waiter)
        time.sleep(0.3)
        assert waiter.poll() is None, "it waits for the bucket"
        with pytest.raises(BlockingIOError):
            fcntl.lockf(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        holder.send_signal(signal.SIGKILL)
        assert waiter.stdout.readline() == "True\n"
        assert waiter.wait(10) == 0
    assert bucket.knows([name(1)], NOW)
    assert bucket.knows([b"x" * 20], 100)


def test_processes_killed_in_the_midst_of_writing_leave_a_table_that_works(
    file: IO[bytes], bucket: AcceptedTable
) -> None:
    """What they had remembered is known, one message of each perhaps excepted, which nobody was told of."""
    code = (
        "ready()\n"
        "number = 0\n"
        "while True:\n"
        "    number += 1\n"
        "    table.remember([number.to_bytes(10, 'big') * 2, number.to_bytes(5, 'big') * 4], 200, 100)\n"
        "    print(number, flush=True)\n"
    )
    for _ in range(5):
        bucket.remember([name(2**100)], END, NOW)
        with process(file, code) as writer:
            wait_ready(writer)
            assert writer.stdout is not None
            let_go(writer)
            time.sleep(0.05)
            writer.send_signal(signal.SIGKILL)
            told = [int(line) for line in writer.stdout if line.endswith("\n")]
        last = told[-1]
        assert bucket.knows([last.to_bytes(10, "big") * 2], 100)
        assert bucket.knows([last.to_bytes(5, "big") * 4], 100)
        assert bucket.remember([name(last)], END, NOW)
        assert not bucket.remember([name(last)], END, NOW)


def test_a_lock_is_taken_off_when_the_answer_is_known(file: IO[bytes], table: AcceptedTable) -> None:
    table.remember([spread(1), spread(2)], END, NOW)
    table.remember([spread(1), spread(2)], END, NOW)
    table.knows([spread(2)], NOW)
    with process(file, "import fcntl\nfcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)\n") as other:
        assert other.wait(10) == 0


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_the_file_has_no_name_and_is_as_large_as_it_says(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    """On Linux it is no file of a disk, and takes no memory before it is used."""
    if platform != sys.platform == "darwin":
        pytest.skip("only Linux has memory with a descriptor")
    monkeypatch.setattr(sys, "platform", platform)
    with new_accepted_file() as file:
        state = os.fstat(file.fileno())
        assert (state.st_nlink, state.st_size) == (0, 16 * 1024 * 1024)
        assert (state.st_blocks == 0) is (platform == "linux")
        table = AcceptedTable(file.fileno())
        assert [table.remember([spread(number)], END, NOW) for number in (1, 2, 1)] == [True, True, False]
