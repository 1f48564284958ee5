"""The command line as a user meets it: exit codes, one-sentence errors, files, plain output."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.commands import app
from tests.conformance.servers import Server, Talk, closed_port, raw, saying

Serve = Callable[[Talk], Server]

LASTNAME = "recommended-lastname-only"


def conformance(*arguments: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the real command in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "conformance", *map(str, arguments)],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def invoke(*arguments: str | Path) -> tuple[int, str, str]:
    """The same in this process: exit code, stdout, stderr."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_run_that_passes_ends_with_0_and_leaves_every_exchange(serve: Serve, state: Path, tmp_path: Path) -> None:
    server = serve(saying("success.xml"))
    run = conformance("run", "--endpoint", server.url, "--case", LASTNAME, "--state", state, folder=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    first, *lines = run.stdout.splitlines()
    assert re.fullmatch(rf"conformance of {server.url}/DossierNumberGeneration/v1, seed [0-9]+", first)
    assert lines == [
        f"PASS   {LASTNAME}  Success, CovidDossierIdentifier 20000000001",
        "1 PASS",
    ]
    out = tmp_path / "conformance-results"
    exchange = out / "exchanges" / LASTNAME
    assert sorted(file.name for file in exchange.iterdir()) == [
        "answer.headers",
        "answer.xml",
        "request.headers",
        "request.xml",
    ]
    [received] = server.received
    assert (exchange / "request.xml").read_bytes() == received.body
    head = "".join(f"{name}: {value}\n" for name, value in received.fields)
    assert (exchange / "request.headers").read_text() == f"{received.line}\n{head}"
    assert b"20000000001" in (exchange / "answer.xml").read_bytes()
    assert (exchange / "answer.headers").read_text().startswith("HTTP/1.1 200 Reason\nContent-Type: text/xml")
    report = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert (report["exit_code"], report["totals"]) == (0, {"PASS": 1})
    [case] = report["cases"]
    assert (case["id"], case["verdict"], case["clause"]) == (LASTNAME, "PASS", "7.2")
    assert all(check["held"] for check in case["checks"])
    assert f'Id="{case["requests"][0]}"'.encode() in received.body


def test_a_failing_run_ends_with_1_and_says_what_was_expected(serve: Serve, state: Path, tmp_path: Path) -> None:
    server = serve(saying("fault-soa-01001.xml", 500))
    run = conformance(
        "run",
        "--endpoint",
        server.url,
        "--case",
        LASTNAME,
        "--state",
        state,
        "--out",
        "here",
        folder=tmp_path,
    )
    assert run.returncode == 1
    assert f"FAIL   {LASTNAME}  SOA-01001: Service call not authenticated" in run.stdout
    assert "  MUST  answer: expected GenerateCovidIdResponse with Success, came HTTP 500 with a Fault" in run.stdout
    assert (tmp_path / "here" / "results.json").is_file()


def test_an_unreachable_endpoint_ends_with_3_and_one_sentence(state: Path, tmp_path: Path) -> None:
    port = closed_port()
    run = conformance(
        *("run", "--endpoint", f"http://127.0.0.1:{port}", "--state", state, "-k", "recommended-lastname-only"),
        folder=tmp_path,
    )
    assert run.returncode == 3
    assert run.stderr.startswith(f"conformance: {LASTNAME}: no connection to 127.0.0.1 port {port}: ")
    assert run.stderr.count("\n") == 1
    assert "Traceback" not in run.stdout + run.stderr
    report = json.loads((tmp_path / "conformance-results" / "results.json").read_text(encoding="utf-8"))
    assert report["totals"] == {"ERROR": 1}


def test_production_is_refused_with_2_before_anything_is_written(tmp_path: Path) -> None:
    run = conformance("run", "--endpoint", "https://Services.eHealth.fgov.be.:443/x", folder=tmp_path)
    assert run.returncode == 2
    assert re.fullmatch(r"conformance: services\.ehealth\.fgov\.be is eHealth's production .*\n", run.stderr)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no endpoint: name one with --endpoint URL"),
        (("--endpoint", "localhost:8080"), "must begin with http://"),
        (
            ("--endpoint", "http://127.0.0.1:1", "--case", "recommended-lastnam-only"),
            f"did you mean {LASTNAME}?",
        ),
        (("--endpoint", "http://127.0.0.1:1", "--as", "physicain"), "did you mean physician?"),
        (
            ("--endpoint", "http://127.0.0.1:1", "--as", "sorting-center", "--case", LASTNAME),
            "none of the cases",
        ),
        (("--endpoint", "http://127.0.0.1:1", "--from", "a@b\r\nX: y"), "--from must be one e-mail address"),
        (("--endpoint", "http://127.0.0.1:1", "--timeout", "0"), "--timeout"),
        (("--endpoint", "http://127.0.0.1:1", "--nonsense"), "No such option"),
        (
            ("--endpoint", "http://127.0.0.1:1", "--timeout", "1e308"),
            "timeout is 1e+308: it must be 0.1 to 86400 seconds",
        ),
        (("--endpoint", "http://127.0.0.1:1", "--timeout", "nan"), "timeout"),
        (("--endpoint", "http://127.0.0.1:1", "--connect-timeout", "1e30"), "connect_timeout is 1e+30"),
        (("--endpoint", "http://127.0.0.1:1", "--interval", "inf"), "interval is inf"),
        (("--endpoint", "http://127.0.0.1:1", "--jobs", "99999999999999999999"), "--jobs"),
        (("--endpoint", "http://127.0.0.1:1", "--proxy", "not a proxy"), "the proxy is no URL"),
        (("--endpoint", "http://127.0.0.1:1", "--proxy", "socks5://h:1"), "the proxy is no URL"),
        (("--endpoint", "http://127.0.0.1:1", "--fail-on", "whatever"), "fail_on is 'whatever'"),
        (("--endpoint", "http://127.0.0.1:1", "--ca-file", __file__), "is not made of certificates in PEM form"),
        (
            ("--endpoint", "http://127.0.0.1:1", "--keystore", __file__, "--token", __file__),
            "there is no terminal to ask for the keystore's password",
        ),
    ],
)
def test_wrong_usage_ends_with_2_and_names_the_thing(arguments: tuple[str, ...], said: str) -> None:
    code, _, stderr = invoke("run", *arguments)
    assert code == 2
    assert said in stderr
    assert "Traceback" not in stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_an_output_that_takes_nothing_ends_with_3_and_one_sentence(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "conformance", "list"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    assert re.fullmatch(r"conformance: standard output cannot be written: [^\n]+\n", run.stderr), run.stderr
    assert run.returncode == 3


def test_a_password_that_does_not_open_the_keystore_ends_with_2(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "caller.p12").write_text("no keystore")
    monkeypatch.setenv("WORD", "wrong")
    code, _, stderr = invoke(
        *("run", "--endpoint", "http://127.0.0.1:1", "--keystore", tmp_path / "caller.p12", "--password-env", "WORD"),
        *("--token", tmp_path / "caller.p12", "--out", tmp_path / "out"),
    )
    assert code == 2
    assert re.fullmatch(r"conformance: .*caller\.p12 is no PKCS #12 keystore; [^\n]+\n", stderr)


def test_a_state_folder_that_cannot_be_used_ends_with_3(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, stderr = invoke(
        "run", "--endpoint", "http://127.0.0.1:1", "--state", tmp_path / "file", "--out", tmp_path / "out"
    )
    assert code == 3
    assert stderr.startswith("conformance: the state folder ")


def test_results_that_cannot_be_written_end_with_3(state: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, stderr = invoke(
        "run", "--endpoint", "http://127.0.0.1:1", "--state", state, "--out", tmp_path / "file" / "out"
    )
    assert code == 3
    assert stderr.startswith("conformance: results cannot be written to ")


def test_a_contract_that_is_not_there_ends_with_2(state: Path, tmp_path: Path) -> None:
    code, _, stderr = invoke(
        "run",
        "--endpoint",
        "http://127.0.0.1:1",
        "--state",
        state,
        "--out",
        tmp_path,
        "--contract",
        tmp_path / "none",
    )
    assert code == 2
    assert "contract directory" in stderr


def test_as_limits_the_run_to_the_cases_of_that_persona(serve: Serve, state: Path, tmp_path: Path) -> None:
    server = serve(saying("requester-row-3.xml"))
    code, stdout, _ = invoke(
        *("run", "--endpoint", server.url, "--as", "sorting-center", "--state", state, "--out", tmp_path),
        *("-k", "recommended"),
    )
    assert code == 0
    assert stdout.splitlines()[-1] == "1 PASS"
    assert len(server.received) == 1


def test_a_url_with_a_path_is_used_as_given(serve: Serve, state: Path, tmp_path: Path) -> None:
    server = serve(saying("success.xml"))
    invoke(
        "run",
        "--endpoint",
        f"{server.url}/proxy/x?y=z",
        "--case",
        LASTNAME,
        "--state",
        state,
        "--out",
        tmp_path,
    )
    assert [received.line for received in server.received] == ["POST /proxy/x?y=z HTTP/1.1"]


def test_files_of_an_earlier_run_of_the_case_do_not_stay(serve: Serve, state: Path, tmp_path: Path) -> None:
    arguments = ("--case", LASTNAME, "--state", state, "--out", tmp_path)
    invoke("run", "--endpoint", serve(saying("success.xml")).url, *arguments)
    assert list(tmp_path.rglob("answer.xml"))
    invoke("run", "--endpoint", f"http://127.0.0.1:{closed_port()}", *arguments)
    assert not list(tmp_path.rglob("answer.xml"))


def test_words_of_the_endpoint_cannot_steer_the_terminal(serve: Serve, state: Path, tmp_path: Path) -> None:
    hostile = b"HTTP/1.1 200 \x1b[31mred\r\nContent-Type: text/\x1b[2J[bold]x\r\nContent-Length: 0\r\n\r\n"
    server = serve(raw(hostile))
    code, stdout, _ = invoke("run", "--endpoint", server.url, "--case", LASTNAME, "--state", state, "--out", tmp_path)
    assert code == 1
    assert "\x1b" not in stdout
    assert r"\x1b[2J[bold]x" in stdout


def test_the_list_names_every_case_with_clause_level_and_persona() -> None:
    code, stdout, _ = invoke("list")
    assert code == 0
    lines = stdout.splitlines()
    assert len(lines) == len({line.split()[0] for line in lines})
    assert any(re.match(rf"{LASTNAME} +7\.2  MUST  physician  Successful CovidId", line) for line in lines)


def test_the_list_as_json_carries_the_published_text() -> None:
    code, stdout, _ = invoke("list", "--json")
    assert code == 0
    listed = {case["id"]: case for case in json.loads(stdout)}
    assert listed[LASTNAME] == {
        "id": LASTNAME,
        "title": "Successful CovidId generation based only on one LastName (example: COVID_LASTNAME_TEST).",
        "text": "Successful CovidId generation based only on one LastName (example: COVID_LASTNAME_TEST).",
        "clause": "7.2",
        "level": "MUST",
        "persona": "physician",
        "intrusive": False,
        "modes": ["run"],
    }


def test_help_and_version_are_there(tmp_path: Path) -> None:
    version = conformance("--version", folder=tmp_path)
    assert version.returncode == 0
    assert re.fullmatch(r"dossier-conformance \d+\.\d+\.\S+\n", version.stdout)
    code, stdout, _ = invoke("run", "--help")
    assert code == 0
    assert "Example: conformance run --endpoint" in stdout
    assert "--install-completion" not in invoke("--help")[1]


def test_a_terminal_of_another_code_page_does_not_break_the_report(serve: Serve, state: Path, tmp_path: Path) -> None:
    server = serve(saying("requester-row-1.xml", 200, (b"(80010199976)", "\N{EURO SIGN}".encode())))
    run = conformance(
        "run",
        *("--endpoint", server.url, "--case", "recommended-physician-other-requester", "--state", state),
        folder=tmp_path,
        PYTHONIOENCODING="ascii",
        PYTHONUTF8="0",
    )
    assert run.returncode == 1
    assert r"\u20ac" in run.stdout


def test_a_reader_that_leaves_does_not_break_the_run_off(serve: Serve, state: Path, tmp_path: Path) -> None:
    server = serve(saying("success.xml"))
    command = [sys.executable, "-m", "conformance", "run", "--endpoint", server.url, "--case", LASTNAME]
    run = subprocess.Popen(
        [*command, "--state", str(state), "--out", "out"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert run.stdout is not None and run.stderr is not None
    run.stdout.close()
    assert (run.stderr.read(), run.wait(60)) == ("", 0)
    run.stderr.close()
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "exchanges",
        "junit.xml",
        "report.html",
        "results.json",
    ]


@pytest.mark.parametrize(
    "command",
    [
        ("run", "--endpoint", "http://127.0.0.1:1"),
        ("evidence", "somewhere"),
        ("sign", "body.xml", "--as", "physician"),
        ("watch",),
        ("drive", "--exec", "true"),
        ("provoke", "--exec", "true"),
    ],
)
def test_an_empty_out_is_wrong_usage(command: tuple[str, ...]) -> None:
    code, stdout, stderr = invoke(*command, "--out", "")
    assert (code, stdout) == (2, "")
    assert "--out names nothing: say where it goes, such as " in stderr


@pytest.mark.parametrize(("answer", "suspected"), [("fault-soa-01001.xml", True), ("fault-soa-03006.xml", False)])
def test_the_state_folder_is_suspected_only_when_nothing_was_authenticated(
    answer: str, suspected: bool, serve: Serve, state: Path, tmp_path: Path
) -> None:
    refusing = serve(saying(answer, status=500))
    run = conformance("run", "--endpoint", refusing.url, "--case", LASTNAME, "--state", state, folder=tmp_path)
    assert run.returncode == 1
    assert ("another state folder" in run.stdout) is suspected
