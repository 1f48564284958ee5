"""The STS in other profiles, and in policy files, which name its rules too."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mockserver.commands import app
from mockserver.gateway.profiles import PROFILES, PolicyError, load_profile, read_policy_file
from mockserver.gateway.registry import RULES, Severity
from mockserver.sts.rules import ALL_RULES, STS_RULES
from tests.conftest import Mock
from tests.sts.conftest import Sts
from tests.sts.messages import envelope, renewal, rst, service_call

OWN = [rule for rule in STS_RULES if rule.id not in RULES]


@pytest.fixture(params=["lenient", "hardened"])
def strange(request: pytest.FixtureRequest, start_mock: Callable[..., Mock]) -> Sts:
    """The STS of a mock in another profile."""
    return Sts(start_mock("--profile", request.param))


def test_in_every_profile_a_token_is_had_used_and_renewed(strange: Sts) -> None:
    physician = strange.signatory()
    first = strange.post(envelope(rst(), physician))
    second = strange.post(envelope(renewal(first.token), physician))
    assert [answer.reply.rules for answer in (first, second)] == [[], []]
    for answer in (first, second):
        call = service_call(answer.token, physician, {"PersonIdentifier": "80010199976"})
        assert strange.mock.post(call).status == "Success"


@pytest.mark.parametrize(
    ("signed", "rule"), [((), "S30"), (("bst", "ts"), "S52"), (("ts", "body"), "K52")], ids=["nothing", "Body", "BST"]
)
def test_in_every_profile_what_is_not_signed_is_refused(strange: Sts, signed: tuple[str, ...], rule: str) -> None:
    answer = strange.post(envelope(rst(), strange.signatory(), signed=signed))
    assert (answer.error, rule in answer.reply.rules) == ("SOA-01001", True)


def test_in_every_profile_another_key_than_the_certificates_is_refused(strange: Sts) -> None:
    message = envelope(rst(), strange.signatory("hospital"), certificate=strange.signatory().base64)
    assert strange.post(message).error == "SOA-01001"


def twice(sts: Sts) -> list[str | None]:
    message = envelope(rst(), sts.signatory())
    return [sts.post(message).error for _ in range(2)]


def test_only_hardened_refuses_a_request_that_came_before(start_mock: Callable[..., Mock]) -> None:
    assert twice(Sts(start_mock("--profile", "hardened"))) == [None, "SOA-01001"]
    assert twice(Sts(start_mock("--profile", "lenient"))) == [None, None]


def test_every_rule_of_the_sts_refuses_in_every_profile() -> None:
    for profile in PROFILES:
        changed, _ = load_profile(profile)
        assert [changed.get(rule.id, rule.severity) for rule in OWN] == [Severity.REJECT] * len(OWN)


def policy(tmp_path: Path, rules: str) -> Path:
    file = tmp_path / "policy.toml"
    file.write_text(f"[rules]\n{rules}\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("rule", OWN, ids=lambda rule: rule.id)
def test_a_policy_file_may_name_a_rule_of_the_sts_and_not_weaken_an_essential_one(tmp_path: Path, rule: object) -> None:
    identifier = rule.id  # type: ignore[attr-defined]
    assert read_policy_file(policy(tmp_path, f'{identifier} = "reject"')).severities == {identifier: Severity.REJECT}
    weak = policy(tmp_path, f'{identifier} = "warn"')
    if ALL_RULES[identifier].essential:
        with pytest.raises(PolicyError, match=f"rule {identifier} .* always refuses"):
            read_policy_file(weak)
    else:
        assert read_policy_file(weak).severities == {identifier: Severity.WARN}


def test_the_nearest_rule_to_a_misspelt_one_may_be_one_of_the_sts(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"there is no rule K2; the nearest is K[05]2"):
        read_policy_file(policy(tmp_path, 'K2 = "reject"'))


def test_a_policy_file_changes_what_the_sts_refuses(
    start_mock: Callable[..., Mock], tmp_path_factory: pytest.TempPathFactory
) -> None:
    sts = Sts(start_mock("--policy", str(policy(tmp_path_factory.mktemp("policy"), 'K52 = "warn"'))))
    answer = sts.post(envelope(rst(), sts.signatory(), signed=("ts", "body")))
    assert answer.error is None
    assert "K52" in answer.reply.warnings


def test_mockserver_rules_shows_the_rules_of_the_sts() -> None:
    shown = CliRunner().invoke(app, ["rules"], env={"COLUMNS": "200"}).stdout
    for rule in OWN:
        assert f"\n{rule.id} " in shown, rule.id
