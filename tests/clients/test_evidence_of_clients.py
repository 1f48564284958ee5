"""From a certified client to the bundle of cookbook 7.1.3, by the commands alone."""

import json
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.commands import app
from mockserver.namespaces import DS
from tests.clients.options import COMMAND
from tests.clients.test_watch import ALL, calling

RUNNER = CliRunner()
SECRET = "s3cret-of-the-vendor"
REFERENCE = f"{shlex.quote(sys.executable)} -m tests.clients.reference {COMMAND}"
WITH_SECRET = f"env VENDOR_PASSWORD={SECRET} {REFERENCE}"
"""A command such as a vendor gives it: with what its client needs to start."""


def bundle_of(folder: Path, *options: str) -> Mapping[str, bytes]:
    out = folder / "evidence.zip"
    result = RUNNER.invoke(app, ["evidence", str(folder), "--out", str(out), *options])
    assert result.exit_code == 0, result.output
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def expect_evidence(folder: Path, mode: str) -> None:
    found = bundle_of(folder)
    about = json.loads(found["about.json"])
    assert [run["mode"] for run in about["runs"]] == [mode]
    assert about["user_agents"], "the client's own User-Agent"
    assert b"GenerateCovidIdRequest" in found["sample/request.xml"]
    assert b"CovidDossierIdentifier>" in found["sample/answer.xml"]
    assert DS.encode() in found["sample/request.xml"]
    assert f"({mode})".encode() in found["email.eml"]
    if mode != "provoke":  # its answers are late and wrong on purpose: no measure
        [call, *_] = json.loads(found["performance.json"])["calls"]
        assert call["seconds"] > 0
        assert "calls of the client were answered with Success" in found["report.html"].decode()
        assert b"<svg" in found["report.html"]
        assert b"Performance: [not measured]" not in found["email.eml"]
    signature = b"SignatureValue>"
    assert signature in found["sample/request.xml"]
    assert signature not in bundle_of(folder, "--redact")["sample/request.xml"]


@pytest.mark.skipif(sys.platform == "win32", reason="env is a command of POSIX")
@pytest.mark.parametrize(("mode", "case"), [("drive", "client-lastname-only"), ("provoke", "client-told-soa-02002")])
def test_a_client_that_is_driven_or_provoked_gives_evidence_without_the_secrets_of_its_command(
    mode: str, case: str, state: Path, tmp_path: Path
) -> None:
    options = ["--state", str(state), "--out", str(tmp_path), "--case", case]
    result = RUNNER.invoke(app, [mode, "--exec", WITH_SECRET, *options])
    assert result.exit_code == 0, result.output
    expect_evidence(tmp_path, mode)
    for file in (file for file in tmp_path.rglob("*") if file.is_file()):
        assert SECRET.encode() not in file.read_bytes(), file


@pytest.mark.slow
def test_a_client_that_is_watched_gives_evidence(state: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "conformance", "watch", "--port", "0", "--state", str(state), "--time", "120"]
    with subprocess.Popen(
        [*command, "--out", str(out)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("ready ").strip()
        calling("tests.clients.reference", state, tmp_path, *ALL)(url)
        said = process.stdout.read()
    assert process.returncode == 0, said
    expect_evidence(out, "watch")


def test_a_client_that_failed_gives_none(state: Path, tmp_path: Path) -> None:
    command = REFERENCE.replace("tests.clients.reference", "tests.clients.broken --deviation time-to-live-300")
    options = ["--state", str(state), "--out", str(tmp_path), "--case", "client-lastname-only"]
    assert RUNNER.invoke(app, ["drive", "--exec", command, *options]).exit_code == 1
    refused = RUNNER.invoke(app, ["evidence", str(tmp_path), "--out", str(tmp_path / "evidence.zip")])
    assert refused.exit_code == 1
    assert "no evidence while these fail: client-lastname-only;" in refused.stderr
    assert not (tmp_path / "evidence.zip").exists()
