"""Settings, guard rails and credentials from files: what is wrong is named, with what to do."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cases.registry import Case
from conformance.client.caller import OneCaller, read_credentials
from conformance.client.credentials import ANYONE, Credentials, CredentialsError, PersonaUnavailableError, StateFolder
from conformance.client.endpoint import EndpointError
from conformance.client.exchange import Client
from conformance.client.message import Requester
from conformance.client.pace import Pace
from conformance.client.transport import Transport
from conformance.commands import app
from conformance.modes.callers import interval_of, transport_of
from conformance.modes.engine import STORM, Runner, Verdict
from conformance.modes.run import RunSettings, Suite
from conformance.settings import KEYS, TEMPLATE, SettingsError, read_settings, run_settings
from mockserver.contract import Contract
from mockserver.identities.authority import Authority
from mockserver.identities.personas import personas
from mockserver.identities.token_files import DEFAULT_PASSWORD, TokenFiles, write_token
from mockserver.instant import system_clock
from tests.conformance.servers import Server, Talk, saying
from tests.conformance.test_verdicts import case_of

REMOTE = "https://services-acpt.ehealth.fgov.be"
LOCAL = "http://127.0.0.1:1"


@pytest.fixture
def files(state: Path, tmp_path: Path) -> TokenFiles:
    return write_token(tmp_path / "t", Authority.open(state), personas()["hospital"], now=system_clock())


def test_the_template_is_valid_as_written_and_with_every_key_in_use(tmp_path: Path) -> None:
    file = tmp_path / "conformance.toml"
    file.write_text(TEMPLATE, encoding="utf-8")
    assert read_settings(file) == {"endpoint": "http://127.0.0.1:8080"}
    lines = [
        line.removeprefix("# ") if " = " in line or line.startswith("# [") else line for line in TEMPLATE.splitlines()
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    assert sorted(read_settings(file)) == sorted(KEYS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("endpiont = 'x'", "there is no key 'endpiont'; did you mean endpoint?"),
        ("jobs = true", "jobs is True, which is of the wrong type"),
        ("jobs =", "is not TOML"),
        ("[not_applicable]\nhttp-option = 'x'", "did you mean http-options?"),
        ("[not_applicable]\nhttp-options = ' '", "without a reason"),
    ],
)
def test_a_wrong_settings_file_names_the_key(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "c.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        read_settings(file)
    assert said in str(caught.value)


def test_init_writes_the_file_once(tmp_path: Path) -> None:
    file = tmp_path / "conformance.toml"
    assert CliRunner().invoke(app, ["init", str(file)]).exit_code == 0
    assert file.read_text(encoding="utf-8") == TEMPLATE
    again = CliRunner().invoke(app, ["init", str(file)])
    assert again.exit_code == 2
    assert "exists" in again.stderr


def test_production_is_refused_whatever_is_allowed() -> None:
    with pytest.raises(EndpointError, match="production"):
        run_settings({"endpoint": "https://services.ehealth.fgov.be", "acceptance": True, "allow_intrusive": True})


def test_another_host_needs_a_word() -> None:
    with pytest.raises(SettingsError, match="--acceptance"):
        run_settings({"endpoint": REMOTE})
    assert run_settings({"endpoint": REMOTE, "acceptance": True}).endpoint.host == "services-acpt.ehealth.fgov.be"


def test_another_host_gets_no_intrusive_case_without_a_second_word(state: Path, tmp_path: Path) -> None:
    values = {"endpoint": "http://192.0.2.1", "acceptance": True, "state": str(state), "out": str(tmp_path)}
    result = Suite(run_settings(values)).run(case_of("message-cut"))
    assert (result.verdict, result.exchanges) == (Verdict.SKIP, ())
    assert "--allow-intrusive" in result.reason


def test_a_declared_case_is_not_applicable_with_its_reason(state: Path, tmp_path: Path) -> None:
    values = {"endpoint": "http://127.0.0.1:1", "state": str(state), "out": str(tmp_path)}
    suite = Suite(run_settings({**values, "not_applicable": {"http-options": "a gateway answers"}}))
    result = suite.run(case_of("http-options"))
    assert (result.verdict, result.reason) == (Verdict.NA, "a gateway answers")


def test_settings_survive_the_way_to_another_process(tmp_path: Path) -> None:
    settings = run_settings({"endpoint": "http://127.0.0.1:1", "out": str(tmp_path), "fail_on": "warn", "jobs": 3})
    assert RunSettings.from_plain(settings.plain()) == settings
    assert settings.fail_on is Verdict.WARN


@pytest.mark.parametrize("values", [{"endpoint": REMOTE, "acceptance": True}, {"endpoint": LOCAL, "interval": 0.5}])
def test_where_an_interval_is_kept_cases_run_one_at_a_time(values: dict[str, object]) -> None:
    # Neither the interval nor the end after SOA-02002 is known to another process.
    with pytest.raises(SettingsError, match=r"^jobs is 2: cases run one at a time where another machine answers"):
        run_settings({**values, "jobs": 2})
    assert run_settings({**values, "jobs": 1}).jobs == 1
    assert run_settings({"endpoint": LOCAL, "jobs": 2}).jobs == 2


def test_between_requests_to_another_machine_there_is_a_second(tmp_path: Path, state: Path) -> None:
    values = {"endpoint": REMOTE, "acceptance": True, "out": str(tmp_path), "state": str(state)}
    assert interval_of(run_settings(values)) == 1.0
    assert interval_of(run_settings({**values, "interval": 2.5})) == 2.5
    assert interval_of(run_settings({"endpoint": LOCAL})) == 0.0
    pace = transport_of(run_settings({**values, "interval": 0.05})).pace
    assert pace is not None
    began = time.monotonic()
    for _ in range(3):
        pace()
    assert time.monotonic() - began >= 0.1  # a sleep is never shorter than asked


def test_a_repeated_command_names_no_password_of_a_proxy() -> None:
    proxy = "http://user:s3cret@proxy.example.org:3128"
    command = run_settings({"endpoint": REMOTE, "acceptance": True, "proxy": proxy}).command(case_of("http-options"))
    assert "--proxy http://proxy.example.org:3128" in command
    assert "s3cret" not in command


def test_requests_keep_their_distance() -> None:
    now, slept = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(1.0, clock=lambda: now[0], sleep=sleep)
    for _ in range(3):
        pace()
        now[0] += 0.25
    assert slept == [0.75, 0.75]


def test_a_storm_after_soa_02002_does_not_come(
    serve: Callable[[Talk], Server], folder: StateFolder, contract: Contract, transport: Transport
) -> None:
    server = serve(saying("fault-soa-01001.xml", 500, (b"SOA-01001", b"SOA-02002")))
    endpoint = run_settings({"endpoint": server.url}).endpoint

    def client(credentials: Credentials) -> Client:
        return Client(endpoint, contract, credentials, transport)

    runner = Runner(folder.credentials, client)
    case: Case = case_of("recommended-lastname-only")
    results = [runner.run(case) for _ in range(STORM + 2)]
    assert [result.verdict for result in results] == [Verdict.FAIL] * STORM + [Verdict.SKIP] * 2
    assert len(server.received) == STORM


def test_a_keystore_and_a_token_make_a_caller(files: TokenFiles) -> None:
    caller = read_credentials(files.credential, DEFAULT_PASSWORD, files.token)
    assert (caller.persona, caller.requester) == ("hospital", Requester(nihii="71999041"))
    assert caller.token.octets == files.token.read_bytes()
    source = OneCaller(caller).credentials
    assert source(ANYONE) is source("hospital") is caller
    with pytest.raises(PersonaUnavailableError, match="those of hospital, not of physician"):
        source("physician")


def test_a_wrong_password_and_missing_files_are_told(files: TokenFiles, tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="the password does not open"):
        read_credentials(files.credential, "other", files.token)
    with pytest.raises(CredentialsError, match=r"the keystore .* cannot be read"):
        read_credentials(tmp_path / "none.p12", DEFAULT_PASSWORD, files.token)
    with pytest.raises(CredentialsError, match=r"the token .* cannot be read"):
        read_credentials(files.credential, DEFAULT_PASSWORD, tmp_path / "none.xml")


@pytest.mark.parametrize(
    "name", ["physician", "sorting-center", "hospital", "company", "organisation", "mandate-holder"]
)
def test_the_persona_and_its_requester_follow_from_the_token(name: str, state: Path, tmp_path: Path) -> None:
    made = write_token(tmp_path / name, Authority.open(state), personas()[name], now=system_clock())
    caller = read_credentials(made.credential, DEFAULT_PASSWORD, made.token)
    assert caller.persona == name
    assert caller.requester == StateFolder(state).credentials(name).requester
