"""Bad input gets one clear sentence on stderr; exit 2 for what was given, 3 for what the machine lacks."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver.contract import default_contract_directory
from mockserver.http.limits import Limits
from tests.commands.conftest import environment, invoke, mockserver
from tests.samples.messages import CA, FOLDER, STS

USAGE, TROUBLE = 2, 3
needs_devices = pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
needs_full_device = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
MESSAGE = FOLDER / "wss4j-custom.xml"


def assert_one_sentence(run: subprocess.CompletedProcess[str], code: int, *said: str | Path) -> None:
    """One line on stderr, from `mockserver:` to its end, with these words in it, and nothing on stdout."""
    assert "Traceback" not in run.stderr, run.stderr
    assert re.fullmatch(r"mockserver: [^\n]+\n", run.stderr), run.stderr
    assert all(str(words) in run.stderr for words in said), run.stderr
    assert (run.returncode, run.stdout) == (code, "")


def assert_usage(run: subprocess.CompletedProcess[str], *said: str) -> None:
    """What typer itself refuses: two lines of usage, then one sentence."""
    assert "Traceback" not in run.stderr, run.stderr
    usage, how, empty, sentence = run.stderr.splitlines()
    assert (usage.partition(" ")[0], how.partition(" ")[0], empty) == ("Usage:", "Try", "")
    assert sentence.startswith("Error: ")
    assert all(words in sentence for words in said), sentence
    assert (run.returncode, run.stdout) == (USAGE, "")


def check(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`mockserver check` with a state folder that holds nothing."""
    return invoke("check", *arguments, "--state", FOLDER)


def serve(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`mockserver serve` in a process of its own: should it start after all, the time limit ends it."""
    return mockserver("serve", "--port", "0", "--management-port", "0", *arguments)


def test_each_command_says_it_from_a_process_of_its_own(state: Path, tmp_path: Path) -> None:
    """Where nothing is imported yet; most of the rows below save that second. `serve` never does."""
    none = tmp_path / "none"
    assert_one_sentence(mockserver("check", none, "--state", state), USAGE, none, "cannot be read")
    assert_one_sentence(mockserver("rules", "--profile", "x"), USAGE, "there is no profile 'x'")
    damaged = state / "pki" / "sts" / "certificate.pem"
    damaged.write_text("damaged", "utf-8")
    run = mockserver("token", "--as", "physician", "--out", none, "--state", state)
    assert_one_sentence(run, TROUBLE, damaged, "is damaged")


# check


def test_a_message_that_is_not_there(tmp_path: Path) -> None:
    assert_one_sentence(check(tmp_path / "none.xml"), USAGE, tmp_path / "none.xml", "cannot be read: No such file")


def test_a_message_that_is_a_folder(tmp_path: Path) -> None:
    assert_one_sentence(check(tmp_path), USAGE, tmp_path, "cannot be read")


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="this user may read every file, or the system has no modes"
)
def test_a_message_that_may_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "secret.xml"
    file.write_bytes(b"<x/>")
    file.chmod(0)
    assert_one_sentence(check(file), USAGE, file, "Permission denied")


def test_a_message_that_is_no_xml_is_judged_and_not_refused_by_the_command(tmp_path: Path) -> None:
    """It is what the gateway would get: its answer is SOA-03001."""
    file = tmp_path / "message.xml"
    file.write_bytes(b"\x00\xffhello")
    run = check(file)
    assert (run.returncode, run.stderr) == (1, "")
    assert run.stdout.startswith("HTTP 500, SOA-03001\n")


def test_headers_that_are_not_there(tmp_path: Path) -> None:
    assert_one_sentence(check(MESSAGE, "--headers", tmp_path / "none"), USAGE, tmp_path / "none", "cannot be read")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"POST",
        b"\xff\xfe\x00",
        b"<Envelope/>",
        b"POST / HTTP/1.1\nno colon",
        b"POST /DossierNumberGeneration/v1 HTTP/1.1\nHost: a\nHost: b\n",
    ],
)
def test_a_head_that_http_would_refuse_is_answered_as_the_server_does(tmp_path: Path, head: bytes) -> None:
    """HTTP 400 by rule Q10 is an answer like another: exit 1."""
    file = tmp_path / "message.headers"
    file.write_bytes(head)
    run = check(MESSAGE, "--headers", file)
    assert (run.returncode, run.stderr) == (1, "")
    assert run.stdout.startswith("HTTP 400\n")
    assert re.search("^reject Q10$", run.stdout, re.MULTILINE)


@pytest.mark.parametrize("instant", ["yesterday", "2026-11-23", "2026-11-23T18:34:07", "2026-02-30T00:00:00Z"])
def test_an_instant_that_is_none(instant: str) -> None:
    run = check(MESSAGE, "--at", instant)
    assert_one_sentence(run, USAGE, f"--at '{instant}'")
    assert re.search("write it as 2026-11-23T18:34:07Z|end it with Z for UTC", run.stderr)


def test_a_certificate_that_is_none() -> None:
    for option in ("--trust-sts", "--trust-ca"):
        assert_one_sentence(check(MESSAGE, option, MESSAGE), USAGE, MESSAGE, "is not a certificate")


def test_a_leaf_given_as_ca() -> None:
    run = check(MESSAGE, "--trust-sts", STS, "--trust-ca", CA, "--trust-ca", STS)
    assert_one_sentence(run, USAGE, STS, "no CA", "--trust-ca takes issuing CAs")


def test_a_profile_that_does_not_exist() -> None:
    assert_one_sentence(check(MESSAGE, "--profile", "lenientt"), USAGE, "lenientt", "did you mean lenient?")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[rules]\nS99 = 'off'", ["S99", "the nearest is S"]),
        ("[rules]\nH21 = 'warn'", ["H21", "always refuses"]),
        ("[rules]\nT4 = 'loud'", ["'loud'", "reject, warn, info, off"]),
        ("[settings]\ntime_to_lives = 9", ["time_to_lives", "did you mean time_to_live?"]),
        ("[rules]\nNOPE = 'off'", ["NOPE", "`mockserver rules` lists them"]),
        ("[settings]\ntime_to_live = -1", ["time_to_live", "-1", "a whole number from 0"]),
        (f"[settings]\ntime_to_live = {10**27}", ["time_to_live", "a whole number from 0 to 1000000000"]),
        ("[settings]\ntime_to_live = '60'", ["time_to_live", "a whole number, such as 60"]),
        ("[settings]\nenvironment = 'Moon'", ["environment", "Acceptation"]),
        ("[limits]\ndepth = 'deep'", ["depth", "'deep'"]),
        ("rules = 3", ["rules", "[rules]"]),
        ("[rule]", ["rule", "did you mean rules?"]),
        ("not toml", ["is not TOML"]),
    ],
)
def test_a_policy_file_that_cannot_be_used(tmp_path: Path, content: str, words: list[str]) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(content, "utf-8")
    assert_one_sentence(check(MESSAGE, "--policy", file), USAGE, "policy.toml", *words)


def test_an_identifier_format_without_room(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("[settings]\nidentifier_format = '##'", "utf-8")
    assert_one_sentence(check(MESSAGE, "--policy", file), USAGE, "'##'", "at least 6 digits")


def test_a_contract_that_is_not_there(tmp_path: Path) -> None:
    assert_one_sentence(check(MESSAGE, "--contract", tmp_path / "none"), USAGE, tmp_path / "none")


def test_a_contract_folder_without_wsdl(tmp_path: Path) -> None:
    assert_one_sentence(check(MESSAGE, "--contract", tmp_path), USAGE, tmp_path, ".wsdl")


@pytest.mark.parametrize(
    ("option", "nearest"), [("--heders", "--headers"), ("--trust-st", "--trust-sts"), ("--jsn", "--json")]
)
def test_an_option_that_does_not_exist(option: str, nearest: str) -> None:
    assert_usage(check(MESSAGE, option, "x"), f"No such option: {option}", nearest)


def test_a_command_that_does_not_exist() -> None:
    assert_usage(invoke("chekc"), "No such command 'chekc'", "check")


def test_an_argument_that_is_missing() -> None:
    assert_usage(invoke("check"), "Missing argument 'MESSAGE.xml'")


def test_a_policy_file_in_another_charset_is_told_so_without_words_of_a_codec(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes("# Zoë".encode("latin-1"))
    assert_one_sentence(check(MESSAGE, "--policy", file), USAGE, file, "is not UTF-8 text (byte 4); save it as UTF-8")


def test_a_state_folder_that_was_named_and_is_not_there(tmp_path: Path) -> None:
    run = invoke("check", MESSAGE, "--state", tmp_path / "none")
    assert_one_sentence(run, USAGE, f"there is no state folder {tmp_path / 'none'}")


@pytest.mark.parametrize("file", ["large", pytest.param("/dev/zero", marks=needs_devices)])
def test_a_message_beyond_the_limit_is_answered_as_the_server_does(tmp_path: Path, file: str) -> None:
    message = Path(file) if file.startswith("/") else tmp_path / file
    if message.parent == tmp_path:
        message.write_bytes(b"<x>" + b" " * Limits().body_bytes)
    run = check(message)
    assert (run.returncode, run.stderr) == (1, "")
    assert run.stdout.startswith("HTTP 413\n")
    assert "The body exceeds 1048576 bytes" in run.stdout


@needs_devices
@pytest.mark.parametrize("option", ["--headers", "--policy"])
def test_a_file_that_never_ends(option: str) -> None:
    assert_one_sentence(check(MESSAGE, option, "/dev/zero"), USAGE, "/dev/zero is larger than 1048576 bytes")


def test_a_message_nested_too_deep_is_told_the_limit_and_nothing_of_the_parser(tmp_path: Path) -> None:
    file = tmp_path / "message.xml"
    file.write_bytes(b"<x>" * 300 + b"</x>" * 300)
    said = check(file).stdout
    assert "reject I11\n       rule:   The document keeps the limits.\n       found:  nested deeper than 64\n" in said
    assert "HUGE" not in said
    assert "<string>" not in said


def test_what_is_not_well_formed_is_told_with_its_line_and_no_made_up_file(tmp_path: Path) -> None:
    file = tmp_path / "message.xml"
    file.write_bytes(b"<x>\n</y>")
    said = check(file).stdout
    assert "line 2" in said
    assert "<string>" not in said


# stdout


@needs_full_device
@pytest.mark.parametrize("command", [("rules",), ("--help",), ("check", MESSAGE)])
def test_an_output_that_takes_nothing_ends_with_3_and_one_sentence(command: tuple[str | Path, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [sys.executable, "-m", "mockserver", *map(str, command)],
            env=environment(DOSSIER_STATE=str(FOLDER)),
            stdout=full,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
    assert re.fullmatch(r"mockserver: standard output cannot be written: [^\n]+\n", run.stderr), run.stderr
    assert run.returncode == TROUBLE


# rules


def test_an_empty_profile_is_not_the_default() -> None:
    assert_one_sentence(invoke("rules", "--profile", ""), USAGE, "there is no profile ''")


# token


def test_a_name_near_to_none_gets_the_list_and_no_guess(state: Path, tmp_path: Path) -> None:
    run = invoke("token", "--as", "nobody", "--out", tmp_path / "out", "--state", state)
    assert_one_sentence(run, USAGE, "there is no persona 'nobody'; there are: physician")
    assert "did you mean" not in run.stderr


def test_an_output_folder_without_a_name(state: Path) -> None:
    assert_one_sentence(invoke("token", "--as", "physician", "--out", "", "--state", state), USAGE, "--out is empty")


def test_a_persona_that_does_not_exist(state: Path, tmp_path: Path) -> None:
    run = invoke("token", "--as", "physicain", "--out", tmp_path / "out", "--state", state)
    assert_one_sentence(run, USAGE, "there is no persona 'physicain'; did you mean physician?", "sorting-center")
    assert not (tmp_path / "out").exists()


def test_a_token_that_is_there_is_not_overwritten(state: Path, tmp_path: Path) -> None:
    (tmp_path / "token.xml").write_text("mine", "utf-8")
    run = invoke("token", "--as", "physician", "--out", tmp_path, "--state", state)
    assert_one_sentence(run, USAGE, tmp_path / "token.xml", "exists")
    assert (tmp_path / "token.xml").read_text("utf-8") == "mine"


def test_an_output_folder_that_is_a_file(state: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    run = invoke("token", "--as", "physician", "--out", file, "--state", state)
    assert_one_sentence(run, TROUBLE, file, "can't be written")


@pytest.mark.parametrize("lifetime", ["0", "86401", "an hour"])
def test_a_lifetime_out_of_range(lifetime: str) -> None:
    assert_usage(invoke("token", "--as", "physician", "--out", "x", "--lifetime", lifetime), "'--lifetime'")


def test_a_personas_file_that_cannot_be_used(state: Path, tmp_path: Path) -> None:
    file = tmp_path / "personas.toml"
    file.write_text("[me]\n", "utf-8")
    options = ("--personas", file, "--out", tmp_path / "out", "--state", state)
    assert_one_sentence(invoke("token", "--as", "me", *options), USAGE, "personas.toml", '"me"', "is missing")


# serve


@pytest.mark.parametrize("seconds", ["nan", "inf", "1e308", "-99999999999"])
def test_a_clock_that_no_certificate_could_follow(state: Path, seconds: str) -> None:
    assert_one_sentence(serve(f"--clock-offset={seconds}", "--state", state), USAGE, "--clock-offset", "50 years")


@pytest.mark.parametrize("seconds", ["nan", "inf"])
def test_an_idleness_that_is_no_time(state: Path, seconds: str) -> None:
    assert_one_sentence(serve(f"--session-idle={seconds}", "--state", state), USAGE, "--session-idle", "seconds")


@pytest.mark.parametrize(
    "url",
    ['not a url" <x>', "", "mock.example.org", "ftp://mock.example.org", "http://", "http://u:p@h/", "http://h/?wsdl"],
)
def test_a_public_url_that_is_none(state: Path, url: str) -> None:
    run = invoke("serve", "--public-url", url, "--port", "0", "--management-port", "0", "--state", state)
    assert_one_sentence(run, USAGE, "--public-url", "is no URL of a service")


def test_a_proxy_to_trust_that_is_no_address(state: Path) -> None:
    assert_one_sentence(serve("--trusted-proxy", "proxy", "--state", state), USAGE, "--trusted-proxy 'proxy'")


@pytest.fixture
def taken_port() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield str(server.getsockname()[1])


@pytest.mark.parametrize(("option", "other"), [("--port", "--management-port"), ("--management-port", "--port")])
def test_a_port_in_use(taken_port: str, tmp_path: Path, option: str, other: str) -> None:
    run = mockserver("serve", option, taken_port, other, "0", "--state", tmp_path)
    assert_one_sentence(run, TROUBLE, taken_port, option)


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_a_port_that_is_none(port: str) -> None:
    assert_usage(invoke("serve", f"--port={port}"), "Invalid value for '--port'")


def test_a_setting_of_the_environment_is_named_by_its_variable() -> None:
    assert_usage(invoke("serve", MOCKSERVER_PORT="99999"), "MOCKSERVER_PORT")


def test_a_contract_that_lacks_what_the_product_needs(state: Path, tmp_path: Path) -> None:
    contract = tmp_path / "contract"
    shutil.copytree(default_contract_directory(), contract)
    for schema in contract.rglob("*.xsd"):
        schema.write_text(schema.read_text("utf-8").replace('name="PhoneNumber"', 'name="Telephone"'), "utf-8")
    assert_one_sentence(serve("--contract", contract, "--state", state), USAGE, "PhoneNumber")


def test_a_contract_that_is_broken(state: Path, tmp_path: Path) -> None:
    (tmp_path / "service.wsdl").write_text("<definitions", "utf-8")
    assert_one_sentence(serve("--contract", tmp_path, "--state", state), USAGE, tmp_path / "service.wsdl")


def test_a_damaged_state_folder(state: Path) -> None:
    damaged = state / "pki" / "ca" / "key.pem"
    damaged.write_text("damaged", "utf-8")
    assert_one_sentence(serve("--state", state), TROUBLE, damaged, "is damaged", "delete the folder")


def test_a_state_folder_that_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert_one_sentence(serve("--state", file), TROUBLE, file)


def test_a_register_that_is_no_database(state: Path) -> None:
    file = state / "register.sqlite"
    file.write_bytes(b"not a database" * 100)
    assert_one_sentence(serve("--state", state), TROUBLE, file, "cannot be opened", "move the file away")


def test_an_address_of_another_machine(state: Path) -> None:
    assert_one_sentence(serve("--host", "192.0.2.1", "--state", state), TROUBLE, "192.0.2.1")


def test_a_management_port_open_to_others_without_a_token(state: Path) -> None:
    run = serve("--management-host", "0.0.0.0", "--state", state)
    assert_one_sentence(run, USAGE, "health data", "--management-token")
