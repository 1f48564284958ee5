"""`{sts}` in --exec: the client under test fetches its own token, and what it fetched is believed."""

import json
import shlex
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.commands import app
from mockserver.namespaces import SAML
from tests.clients.options import COMMAND

FETCHING = f"{shlex.quote(sys.executable)} -m tests.clients.fetching " + COMMAND.replace(
    "--credentials {credentials}", "--credentials . --sts {sts} --p12 {p12}"
)


@pytest.mark.parametrize(("mode", "case"), [("drive", "client-lastname-only"), ("provoke", "client-told-soa-02002")])
def test_a_client_that_is_handed_no_token_asks_the_sts_for_one(
    mode: str, case: str, state: Path, tmp_path: Path
) -> None:
    options = ["--state", str(state), "--out", str(tmp_path), "--case", case]
    result = CliRunner().invoke(app, [mode, "--exec", FETCHING, *options])
    assert result.exit_code == 0, result.output
    [judged] = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["cases"]
    assert judged["verdict"] == "PASS"
    assert SAML.encode() in (tmp_path / "exchanges" / case / "request.xml").read_bytes()


def test_a_client_that_fetches_its_own_token_cannot_be_handed_an_expired_one(state: Path, tmp_path: Path) -> None:
    options = ["--state", str(state), "--out", str(tmp_path), "--case", "client-expired-token"]
    result = CliRunner().invoke(app, ["provoke", "--exec", "true {endpoint} {sts} {p12}", *options])
    assert result.exit_code == 3, result.output  # nothing was proved
    [judged] = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["cases"]
    assert (judged["verdict"], judged["reason"]) == ("NA", "the command takes neither {credentials} nor {token}")
