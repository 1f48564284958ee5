"""How `conformance run` ends, against endpoints that really listen: each verdict that decides."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conformance.servers import Server, Talk, answer_file, http_answer, saying
from tests.conformance.test_command_line import LASTNAME, conformance, invoke

Serve = Callable[[Talk], Server]

REVIEWED = "response-issue-instant"
"""Compares IssueInstant with the Date of the answer; the servers here send none, so that a person must look."""

WARNED = "identifier-is-no-ssin"
"""SHOULD: an identifier that is somebody's SSIN."""

SSIN = (b"20000000001", b"80010199976")

ALL_FIELDS = "recommended-all-fields"


@contextmanager
def answering_once() -> Iterator[str]:
    """An endpoint that refuses its first request with a fault and is gone for the second."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            listener.close()  # before the answer, so that the second request finds nobody
            with connection, connection.makefile("rb") as stream:
                length = 0
                while (line := stream.readline()).strip():
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                stream.read(length)
                connection.sendall(http_answer(500, answer_file("fault-soa-01001.xml"), "text/xml; charset=utf-8"))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(10)


def verdicts(out: Path) -> tuple[list[str], int]:
    """Of the cases and of the run, as results.json has them."""
    facts = json.loads((out / "results.json").read_text(encoding="utf-8"))
    return sorted(case["verdict"] for case in facts["cases"]), facts["exit_code"]


def test_what_nobody_foresaw_is_for_a_person_to_review_and_fails_nothing(
    serve: Serve, state: Path, tmp_path: Path
) -> None:
    server = serve(saying("success.xml"))
    options = ("run", "--endpoint", server.url, "--state", state, "--case", REVIEWED, "--fail-on", "warn")
    run = conformance(*options, folder=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert f"REVIEW {REVIEWED}" in run.stdout
    assert "the answer has no single Date to compare IssueInstant with" in run.stdout
    assert verdicts(tmp_path / "conformance-results") == (["REVIEW"], 0)


def test_a_warning_ends_with_0_and_with_1_when_warnings_are_to_fail(serve: Serve, state: Path, tmp_path: Path) -> None:
    server = serve(saying("success.xml", change=SSIN))
    options = ("run", "--endpoint", server.url, "--state", state, "--case", WARNED, "--out", tmp_path / "out")
    code, stdout, stderr = invoke(*options)
    assert (code, stderr) == (0, "")
    assert f"WARN   {WARNED}" in stdout
    assert verdicts(tmp_path / "out") == (["WARN"], 0)
    assert invoke(*options, "--fail-on", "warn")[0] == 1
    assert verdicts(tmp_path / "out") == (["WARN"], 1)


def test_a_case_that_failed_wins_over_one_of_which_nothing_is_known(state: Path, tmp_path: Path) -> None:
    with answering_once() as url:
        cases = ("--case", LASTNAME, "--case", ALL_FIELDS)
        run = conformance("run", "--endpoint", url, "--state", state, *cases, folder=tmp_path)
    assert run.returncode == 1
    assert "no connection to 127.0.0.1" in run.stderr
    assert verdicts(tmp_path / "conformance-results") == (["ERROR", "FAIL"], 1)


def test_without_a_case_that_failed_the_unknown_one_ends_with_3(state: Path, tmp_path: Path) -> None:
    """The counterpart: the 1 above is the FAIL's."""
    with answering_once() as url:
        invoke("run", "--endpoint", url, "--state", state, "--case", LASTNAME, "--out", tmp_path / "first")
        code, _, _ = invoke("run", "--endpoint", url, "--state", state, "--case", LASTNAME, "--out", tmp_path / "out")
    assert code == 3
    assert verdicts(tmp_path / "out") == (["ERROR"], 3)
