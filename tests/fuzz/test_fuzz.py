"""A short run of the fuzzer, with another seed every time; a failure prints the message."""

import random
from pathlib import Path

import pytest

from tests.fuzz.fuzz import Fuzz, run, signed_content


def test_no_mutated_message_gets_an_answer_it_must_not(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    assert run(2000, seed, tmp_path).messages == 2000


@pytest.mark.slow
def test_a_long_run_keeps_memory_flat(tmp_path: Path) -> None:
    assert run(20_000, 20261123, tmp_path).growth < 1.2


def test_what_the_fuzzer_spoils_is_good(tmp_path: Path) -> None:
    """Else it would try variations of a refusal."""
    answers = Fuzz(tmp_path, 1).valid()
    assert {answer.http for answer in answers if answer.soa not in ("SOA-01002", "SOA-03006")} == {200}
    assert sum(answer.status == "Success" for answer in answers) > len(answers) * 2 / 3


def test_the_fuzzer_sees_an_altered_message_and_no_comment(tmp_path: Path) -> None:
    base = Fuzz(tmp_path, 1)._shapes[0].octets
    assert signed_content(base.replace(b"COVID_LASTNAME_TEST", b"COVID_LASTNAME_TESS")) != signed_content(base)
    assert signed_content(base.replace(b"COVID_LASTNAME", b"COVID<!-- -->_LASTNAME")) == signed_content(base)
