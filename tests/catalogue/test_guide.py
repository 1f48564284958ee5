"""The guide from zero to acceptance: its commands and its Python client do what it says, against a mock."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conformance.client.sts.message import PATH
from mockserver.gateway.exchange import ENDPOINT_PATH
from tests.catalogue.console import Shell, examples, prints
from tests.catalogue.markdown import fenced, rows
from tests.catalogue.places import DOCS
from tests.conftest import Mock

GUIDE = DOCS / "guides" / "from-zero-to-acceptance.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_commands_and_the_python_client_lead_to_an_identifier(
    mock: Mock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (program,) = fenced(GUIDE, "python tested")
    (request,) = fenced(GUIDE, "xml tested")
    (tmp_path / "client.py").write_text(program, encoding="utf-8")
    (tmp_path / "body.xml").write_text(request, encoding="utf-8")
    base = f"http://{urlsplit(mock.url).netloc}"
    monkeypatch.setenv("SERVICE", f"{base}{ENDPOINT_PATH}")
    monkeypatch.setenv("STS", f"{base}{PATH}")
    before = mock.issued()
    # `python` is the one that runs the tests: another may lack the libraries.
    shell = Shell(
        tmp_path, mock.state, {"http://127.0.0.1:8080": base, "python ": f"{Path(sys.executable).as_posix()} "}
    )
    for block in fenced(GUIDE, "console tested"):
        for example in examples(block):
            printed = shell.run(example.command)
            assert prints(example.output, printed), f"$ {example.command}\n{printed}"
    assert re.fullmatch("[0-9]{11}", printed)
    assert mock.issued() == before + 2


def test_the_python_client_names_a_boolean_that_was_not_granted(mock: Mock, tmp_path: Path) -> None:
    (program,) = fenced(GUIDE, "python tested")
    base = f"http://{urlsplit(mock.url).netloc}"
    (tmp_path / "client.py").write_text(program.replace(":doctor:boolean", ":dentist:boolean"), encoding="utf-8")
    shell = Shell(tmp_path, mock.state, {})
    shell.run("mockserver token --as physician --out token")
    ran = subprocess.run(
        [sys.executable, "client.py"],
        cwd=tmp_path,
        env=os.environ | {"KEYSTORE_PASSWORD": "changeit", "SERVICE": f"{base}{ENDPOINT_PATH}", "STS": f"{base}{PATH}"},
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 1
    assert b"urn:be:fgov:person:ssin:dentist:boolean is false" in ran.stderr


def test_the_two_columns_differ_in_the_host_alone() -> None:
    table = {name: (mock, acceptance) for name, mock, acceptance in rows(GUIDE, "What")}
    for name, path in (("Service", ENDPOINT_PATH), ("STS", PATH)):
        addresses = table[name]
        assert addresses == (f"http://127.0.0.1:8080{path}", f"https://services-acpt.ehealth.fgov.be{path}")
