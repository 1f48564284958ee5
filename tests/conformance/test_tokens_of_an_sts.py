"""`conformance run --sts`: a caller with a keystore and no token asks the STS, and the suite does the rest."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine
from typer.testing import CliRunner, Result

from conformance.client.parts import Parts
from conformance.commands import app
from conformance.modes.engine import Verdict
from conformance.modes.run import RunSettings, Suite
from conformance.settings import SettingsError, run_settings
from mockserver.gateway.exchange import ENDPOINT_PATH
from mockserver.identities.authority import Authority
from mockserver.identities.personas import personas
from mockserver.identities.token_files import DEFAULT_PASSWORD, write_token
from mockserver.instant import system_clock
from tests.conformance.servers import closed_port
from tests.conformance.test_verdicts import case_of
from tests.conftest import Mock

PASSWORD = {"SECRET": DEFAULT_PASSWORD}

HOPING = """
[refused-physician]
title = "A physician who hopes for access"
subject = [["CN", "SSIN=90022999935"], ["C", "BE"]]
requester = { PersonIdentifier = "90022999935" }
[refused-physician.identification]
"urn:be:fgov:ehealth:1.0:certificateholder:person:ssin" = "90022999935"
"urn:be:fgov:person:ssin" = "90022999935"
[refused-physician.certified]
"urn:be:fgov:person:ssin:doctor:boolean" = "true"
"""


@pytest.fixture
def base(mock_url: str) -> str:
    return mock_url.removesuffix(ENDPOINT_PATH)


@pytest.fixture
def keystore_of(state: Path, tmp_path: Path) -> Callable[[str], Path]:
    """The keystore of a persona, as `mockserver token` writes it."""
    authority = Authority.open(state)

    def write(persona: str) -> Path:
        return write_token(tmp_path / persona, authority, personas()[persona], now=system_clock()).credential

    return write


def run(base: str, tmp_path: Path, *options: str | Path, sts: str | None = None) -> Result:
    """`conformance run` as somebody types it who has no token."""
    arguments = ["run", "--endpoint", base, "--sts", sts or base, "--password-env", "SECRET", "--out", tmp_path / "out"]
    return CliRunner().invoke(app, [str(word) for word in (*arguments, *options)], env=PASSWORD)


@pytest.mark.parametrize(("persona", "passed"), [("physician", 4), ("sorting-center", 1)])
def test_with_a_keystore_and_no_token_the_recommended_cases_of_its_owner_pass(
    base: str, keystore_of: Callable[[str], Path], tmp_path: Path, persona: str, passed: int
) -> None:
    ended = run(base, tmp_path, "--keystore", keystore_of(persona), "--persona", persona, "-k", "recommended")
    assert (ended.exit_code, ended.stderr) == (0, "")
    assert ended.stdout.splitlines()[-1] == f"{passed} PASS"


@pytest.mark.slow
def test_every_case_that_the_owner_of_a_keystore_can_make_passes(
    base: str, keystore_of: Callable[[str], Path], tmp_path: Path
) -> None:
    ended = run(base, tmp_path, "--keystore", keystore_of("physician"), "--persona", "physician")
    assert ended.exit_code == 0, ended.stdout


@pytest.mark.slow
def test_the_whole_suite_passes_with_tokens_that_the_sts_gave_to_each_persona(
    base: str, state: Path, tmp_path: Path
) -> None:
    ended = run(base, tmp_path, "--state", state)
    assert ended.exit_code == 0, ended.stdout
    totals = ended.stdout.splitlines()[-1]
    assert "FAIL" not in totals and "ERROR" not in totals and "SKIP" not in totals


def test_the_settings_file_holds_the_same_keys(base: str, keystore_of: Callable[[str], Path], tmp_path: Path) -> None:
    file = tmp_path / "conformance.toml"
    file.write_text(
        f'endpoint = "{base}"\nsts = "{base}"\nkeystore = \'{keystore_of("hospital")}\'\nalias = "authentication"\n'
        f'password_env = "SECRET"\npersona = "hospital"\nout = \'{tmp_path / "out"}\'\n',
        encoding="utf-8",
    )
    arguments = ["run", "--settings", str(file), "--case", "access-hospital-lastname-only"]
    ended = CliRunner().invoke(app, arguments, env=PASSWORD)
    assert (ended.exit_code, ended.stdout.splitlines()[-1]) == (0, "1 PASS"), ended.stderr


def test_a_token_is_renewed_between_two_cases_when_its_end_is_near(
    start_mock: Callable[..., Mock], tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    policy = tmp_path_factory.mktemp("policy") / "short.toml"
    policy.write_text("[settings]\ntoken_lifetime = 500\n", encoding="utf-8")
    mock = start_mock("--policy", str(policy))
    base = mock.url.removesuffix(ENDPOINT_PATH)
    suite = Suite(run_settings({"endpoint": base, "sts": base, "state": str(mock.state), "out": str(tmp_path)}))
    tokens = []
    for later in (0, 200, 260):  # a clock that is 260 seconds ahead is within the five minutes of cookbook 6.2
        with time_machine.travel(time.time() + later, tick=True):
            result = suite.run(case_of("recommended-lastname-only"))
        assert result.verdict is Verdict.PASS, result
        tokens.append(Parts.of(result.exchanges[0].request.body).assertion.get("AssertionID"))
    assert tokens[0] == tokens[1] != tokens[2]


def test_a_boolean_that_the_sts_did_not_grant_is_named_once_and_no_case_is_run(
    base: str, keystore_of: Callable[[str], Path], tmp_path: Path
) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(HOPING, encoding="utf-8")
    options = ("--keystore", keystore_of("refused-physician"), "--persona", "refused-physician", "--personas", mine)
    ended = run(base, tmp_path, *options)
    assert ended.exit_code == 3
    assert "urn:be:fgov:person:ssin:doctor:boolean is false" in ended.stderr
    assert "cookbook 5.1.1" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert "PASS" not in ended.stdout


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (("--alias", "other"), 2, "there are: authentication"),
        (("--persona", "hospital"), 3, "the token for hospital gives no access"),
    ],
)
def test_what_the_keystore_cannot_do_is_one_sentence(
    base: str, keystore_of: Callable[[str], Path], tmp_path: Path, options: tuple[str, ...], code: int, sentence: str
) -> None:
    given = ("--persona", "physician", *options)
    ended = run(base, tmp_path, "--keystore", keystore_of("physician"), *given)
    assert (ended.exit_code, ended.stderr.count("\n")) == (code, 1)
    assert sentence in ended.stderr


def test_an_sts_where_nobody_listens_is_told_before_the_first_case(
    base: str, keystore_of: Callable[[str], Path], tmp_path: Path
) -> None:
    nowhere = f"http://127.0.0.1:{closed_port()}"
    ended = run(base, tmp_path, "--keystore", keystore_of("physician"), "--persona", "physician", sts=nowhere)
    assert ended.exit_code == 3
    assert "no token for physician from the STS: no connection to 127.0.0.1" in ended.stderr


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"keystore": "k.p12"}, "Without a token, name the STS to ask for one in --sts"),
        ({"keystore": "k.p12", "sts": "http://127.0.0.1"}, "--sts with --keystore needs --persona"),
        ({"keystore": "k.p12", "token": "t.xml", "sts": "http://127.0.0.1"}, "--token and --sts exclude each other"),
        ({"sts": "https://services-acpt.ehealth.fgov.be"}, "services-acpt.ehealth.fgov.be is not this machine"),
    ],
)
def test_settings_that_do_not_go_together_are_told(values: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError) as caught:
        run_settings({"endpoint": "http://127.0.0.1:1", **values})
    assert sentence in str(caught.value)


def test_the_production_sts_is_never_asked(base: str, tmp_path: Path) -> None:
    ended = run(base, tmp_path, "--acceptance", sts="https://services.ehealth.fgov.be")
    assert ended.exit_code == 2
    assert "production" in ended.stderr


def test_settings_with_an_sts_survive_the_way_to_another_process_and_repeat_the_case(tmp_path: Path) -> None:
    values = {"endpoint": "http://127.0.0.1:1", "sts": "http://127.0.0.1:2", "keystore": "k.p12", "persona": "hospital"}
    settings = run_settings({**values, "alias": "mine", "personas": "mine.toml", "out": str(tmp_path)}, "not told")
    assert RunSettings.from_plain(settings.plain()) == settings
    command = settings.command(replace(case_of("recommended-lastname-only"), persona="hospital"))
    assert "--sts http://127.0.0.1:2/IAM/SecurityTokenService/v1" in command
    assert "--as hospital --keystore k.p12 --alias mine" in command
    assert "--personas mine.toml" in command
    assert "not told" not in command
