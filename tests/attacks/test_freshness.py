"""Replay to the millisecond, and where it is no attack (`rules.md` A110 to A113; the cookbook is silent)."""

from collections.abc import Callable

import pytest

from mockserver.instant import SECOND, Instant
from tests.conftest import Mock
from tests.forge import Forge
from tests.rules.bench import NOON, Bench

MILLISECOND = 1_000_000
EXPIRES = NOON + 60 * SECOND
END = EXPIRES + 300 * SECOND


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


@pytest.mark.parametrize("profile", ["cookbook", "lenient"])
def test_a_replay_warns_where_the_profile_only_follows_the_cookbook(
    mock_of: Callable[[str], Mock], profile: str
) -> None:
    mock = mock_of(profile)
    forge = mock.forge()
    first, second = mock.post(forge), mock.post(forge)
    assert (first.status, first.warnings) == ("Success", [])
    assert (second.status, second.rules, second.warnings) == ("Success", [], ["I12"])


def test_the_same_request_signed_anew_is_no_replay(mock_of: Callable[[str], Mock]) -> None:
    mock = mock_of("hardened")
    first, second = mock.forge(), mock.forge()
    second.body[:] = Forge(first.octets(), first.credentials).body[:]
    assert [mock.post(each).status for each in (first, second.sign())] == ["Success", "Success"]


@pytest.mark.parametrize(
    ("again", "rules"),
    [
        (NOON, ["I12"]),
        (EXPIRES, ["I12"]),
        (EXPIRES + MILLISECOND, ["I12"]),
        (EXPIRES + 200 * SECOND, ["I12"]),  # A111: a memory that forgets at Expires lets this pass
        (END, ["I12"]),
        (END + MILLISECOND, ["T6", "I12"]),
    ],
)
def test_a_replay_is_known_as_long_as_the_message_could_pass(bench: Bench, again: Instant, rules: list[str]) -> None:
    forge = bench.forge()
    assert bench.judge(forge, profile="hardened").verdict == "accept"
    assert bench.judge(forge, received=again, profile="hardened").refusing == rules


def test_a_replay_is_known_from_the_first_instant_that_is_tolerated(bench: Bench) -> None:
    """Sent five minutes before Created, and again five minutes after Expires: eleven minutes apart."""
    forge = bench.forge()
    assert bench.judge(forge, received=NOON - 300 * SECOND, profile="hardened").verdict == "accept"
    assert bench.judge(forge, received=END, profile="hardened").refusing == ["I12"]


def test_a_forged_message_does_not_make_the_genuine_one_a_replay(bench: Bench) -> None:
    """Only what verified is remembered; else anybody who sees a message could spoil it by sending half of it first."""
    forge = bench.forge()
    altered = Forge(forge.octets(), forge.credentials)
    altered.created.text = altered.expires.text
    assert bench.judge(altered, profile="hardened").verdict == "reject"
    assert bench.judge(forge, profile="hardened").verdict == "accept"
