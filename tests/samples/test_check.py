"""`mockserver check` on the foreign messages, as a user types it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.samples.messages import CA, FOLDER, SAMPLES, STS, SUCCESS, Answer, Sample, table

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=str)


def check(sample: Sample, state: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    """`mockserver check` on a sample at its time, with the head it was sent with if that is known."""
    head = ("--headers", sample.headers) if sample.headers else ()
    trust = ("--trust-sts", STS, "--trust-ca", CA)
    arguments = [sample.file, "--at", sample.received, *head, *trust, "--state", state, *options]
    return subprocess.run(
        [sys.executable, "-m", "mockserver", "check", *map(str, arguments)],
        env={name: value for name, value in os.environ.items() if not name.startswith(("MOCKSERVER_", "DOSSIER_"))},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def exit_code(answer: Answer) -> int:
    return 0 if answer == SUCCESS else 1


@each_sample
def test_the_answer_as_json_is_that_of_the_table(sample: Sample, tmp_path: Path) -> None:
    run = check(sample, tmp_path, "--json")
    assert (run.returncode, run.stderr) == (exit_code(sample.answer), "")
    report = json.loads(run.stdout)
    assert report["answer"] == sample.answer
    assert tuple(f["rule"] for f in report["findings"] if f["severity"] == "reject") == sample.refused_by
    assert not list(tmp_path.iterdir()), "check leaves nothing in the state folder"


@each_sample
def test_the_answer_for_people_is_that_of_the_table(sample: Sample, tmp_path: Path) -> None:
    run = check(sample, tmp_path)
    assert (run.returncode, run.stderr) == (exit_code(sample.answer), "")
    answer = sample.answer
    headline, *rest = run.stdout.splitlines()
    assert headline == ", ".join(part for part in (f"HTTP {answer['http']}", answer["soa"], answer["status"]) if part)
    if answer["message"] is not None:
        assert rest[0] == f"  {answer['message']}"
    refusals = tuple(line.split()[1] for line in rest if line.startswith("reject "))
    assert refusals == sample.refused_by
    left_out = "HTTP rules were left out: no --headers given."
    assert (left_out in rest) == (sample.headers is None)


def test_the_readme_of_the_samples_says_the_same() -> None:
    said = table()
    assert {name: at for name, (at, _) in said.items()} == {sample.name: sample.received for sample in SAMPLES}
    for sample in SAMPLES:
        words, answer = said[sample.name][1], sample.answer
        if answer["soa"] or answer["status"] == "Success":
            assert words.startswith(answer["soa"] or "success")
        else:
            row, ours, theirs = words.split()[3].rstrip(","), words.split()[-3], words.split()[-1]
            assert (f"R{row}",) == sample.refused_by
            assert f": {ours})" in answer["message"]
            assert f"({theirs})" in answer["message"]


def test_every_message_in_the_folder_is_a_sample() -> None:
    assert sorted(file.stem for file in FOLDER.glob("*.xml")) == sorted(sample.name for sample in SAMPLES)
    assert [sample.name for sample in SAMPLES if sample.headers] == [
        sample.name for sample in SAMPLES if sample.name.startswith("connector-")
    ]
