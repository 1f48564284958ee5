"""`conformance sign` and `conformance send`, as somebody uses them beside curl and SoapUI."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree
from typer.testing import CliRunner, Result

from conformance.commands import app
from mockserver.gateway.exchange import ENDPOINT_PATH
from mockserver.identities.authority import Authority
from mockserver.identities.personas import personas
from mockserver.identities.token_files import DEFAULT_PASSWORD, TokenFiles, write_token
from mockserver.instant import system_clock
from mockserver.namespaces import SOAP, WSSE
from tests.conformance.servers import Server, Talk, closed_port, raw, saying

REQUEST = """<p:GenerateCovidIdRequest xmlns:p="urn:be:fgov:ehealth:dossiernumbergeneration:protocol:v1"
    xmlns:c="urn:be:fgov:ehealth:dossiernumbergeneration:core:v1" Id="_1" IssueInstant="2026-11-23T12:00:00Z">
  <p:Criteria>
    <c:Requester><c:PersonIdentifier>80010199976</c:PersonIdentifier></c:Requester>
    <c:Person><c:LastName>COVID_LASTNAME_TEST</c:LastName></c:Person>
  </p:Criteria>
</p:GenerateCovidIdRequest>"""


def enveloped(header: str = "", body: str = REQUEST) -> str:
    return f'<s:Envelope xmlns:s="{SOAP}">{header}\n  <s:Body>\n{body}\n  </s:Body>\n</s:Envelope>'


FORMS = {
    "the request element alone": REQUEST,
    "with an XML declaration in another encoding": f'<?xml version="1.0" encoding="ISO-8859-1"?>{REQUEST}',
    "an Envelope without Header": enveloped(),
    "an Envelope with an empty Header": enveloped("<s:Header/>"),
    "a Header with another block": enveloped('<s:Header><x:note xmlns:x="urn:x">kept</x:note></s:Header>'),
    "a Body with an Id of its own": enveloped().replace(
        "<s:Body>",
        '<s:Body xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" '
        'u:Id="mine">',
    ),
}


@pytest.fixture
def base(mock_url: str) -> str:
    return mock_url.removesuffix(ENDPOINT_PATH)


@pytest.fixture
def body(tmp_path: Path) -> Path:
    return written(tmp_path / "body.xml", REQUEST)


def written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


def conformance(*arguments: str | Path, stdin: bytes | None = None) -> Result:
    words = [str(word) for word in arguments]
    return CliRunner().invoke(app, words, input=stdin, env={"SECRET": DEFAULT_PASSWORD})


@pytest.mark.parametrize("form", FORMS)
def test_a_message_in_any_form_is_signed_and_accepted(base: str, state: Path, tmp_path: Path, form: str) -> None:
    file = written(tmp_path / "body.xml", FORMS[form])
    out = tmp_path / "signed.xml"
    signed = conformance("sign", file, "--as", "physician", "--state", state, "--out", out)
    assert signed.exit_code == 0, signed.stderr
    sent = conformance("send", out, "--endpoint", base)
    assert sent.exit_code == 0, sent.stderr
    assert sent.stderr.startswith("conformance: HTTP 200 OK: Success, CovidDossierIdentifier ")
    assert etree.fromstring(sent.stdout_bytes).find(f"{{{SOAP}}}Body") is not None


def test_other_header_blocks_stay_where_they_are(state: Path, tmp_path: Path) -> None:
    file = written(tmp_path / "body.xml", FORMS["a Header with another block"])
    signed = etree.fromstring(conformance("sign", file, "--state", state).stdout_bytes)
    (header,) = signed.iterchildren(f"{{{SOAP}}}Header")
    assert [child.tag for child in header] == ["{urn:x}note", f"{{{WSSE}}}Security"]


def test_the_head_beside_the_message_is_the_one_that_the_suite_would_send(
    state: Path, body: Path, tmp_path: Path
) -> None:
    out = tmp_path / "signed.xml"
    url = "http://127.0.0.1:8080/other/path"
    signed = conformance("sign", body, "--state", state, "--out", out, "--endpoint", url, "--from", "me@example.org")
    lines = (tmp_path / "signed.headers").read_text(encoding="latin-1").splitlines()
    assert lines[0] == "POST /other/path HTTP/1.1"
    assert "From: me@example.org" in lines
    assert "Host: 127.0.0.1:8080" in lines
    assert f"Content-Length: {out.stat().st_size}" in lines
    assert signed.stdout.splitlines()[0].startswith(f"{out}: signed by physician, good until 20")


def test_the_head_may_go_elsewhere_while_the_message_goes_to_stdout(state: Path, body: Path, tmp_path: Path) -> None:
    head = tmp_path / "head.txt"
    signed = conformance("sign", body, "--state", state, "--headers", head)
    assert f"Content-Length: {len(signed.stdout_bytes)}" in head.read_text(encoding="latin-1")


def test_a_keystore_and_a_token_sign_as_well(base: str, files: TokenFiles, tmp_path: Path) -> None:
    options = ("--keystore", files.credential, "--token", files.token, "--password-env", "SECRET")
    file = written(
        tmp_path / "body.xml",
        REQUEST.replace(
            "<c:PersonIdentifier>80010199976</c:PersonIdentifier>",
            "<c:InstitutionIdentifier><c:Nihii>71999041</c:Nihii></c:InstitutionIdentifier>",
        ),
    )
    signed = conformance("sign", file, *options)
    assert conformance("send", "-", "--endpoint", base, stdin=signed.stdout_bytes).exit_code == 0


@pytest.fixture
def files(state: Path, tmp_path: Path) -> TokenFiles:
    return write_token(tmp_path / "hospital", Authority.open(state), personas()["hospital"], now=system_clock())


def test_a_keystore_and_an_sts_sign_as_well(base: str, state: Path, body: Path, tmp_path: Path) -> None:
    made = write_token(tmp_path / "p", Authority.open(state), personas()["physician"], now=system_clock())
    options = ("--keystore", made.credential, "--password-env", "SECRET", "--sts", base, "--persona", "physician")
    signed = conformance("sign", body, *options)
    assert conformance("send", "-", "--endpoint", base, stdin=signed.stdout_bytes).exit_code == 0


def test_sign_and_send_are_joined_by_a_pipe(base: str, state: Path) -> None:
    command = [sys.executable, "-m", "conformance"]
    signed = subprocess.run(
        [*command, "sign", "-", "--state", str(state)], input=REQUEST.encode(), capture_output=True, check=True
    )
    sent = subprocess.run(
        [*command, "send", "-", "--endpoint", base], input=signed.stdout, capture_output=True, check=True
    )
    assert b"CovidDossierIdentifier" in sent.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_sends_the_two_files_as_they_are(mock_url: str, state: Path, body: Path, tmp_path: Path) -> None:
    conformance("sign", body, "--state", state, "--out", tmp_path / "signed.xml", "--endpoint", mock_url)
    command = [
        "curl",
        "--silent",
        "--show-error",
        "--data-binary",
        "@signed.xml",
        "--header",
        "@signed.headers",
        mock_url,
    ]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    assert b"status:Success" in ran.stdout, ran.stdout


def test_an_answer_that_is_no_success_is_printed_and_ends_with_1(base: str, state: Path, tmp_path: Path) -> None:
    file = written(tmp_path / "body.xml", REQUEST.replace("COVID_LASTNAME_TEST", "SOA-02002"))
    signed = conformance("sign", file, "--state", state)
    sent = conformance("send", "-", "--endpoint", base, stdin=signed.stdout_bytes)
    assert sent.exit_code == 1
    assert b"<faultstring>SOA-02002</faultstring>" in sent.stdout_bytes
    assert "HTTP 500" in sent.stderr and "SOA-02002: Service temporarily not available" in sent.stderr


def test_a_message_that_was_changed_after_signing_is_not_authenticated(base: str, state: Path, body: Path) -> None:
    signed = conformance("sign", body, "--state", state).stdout_bytes
    changed = signed.replace(b"COVID_LASTNAME_TEST", b"COVID_LASTNAME_OTHER")
    sent = conformance("send", "-", "--endpoint", base, stdin=changed)
    assert (sent.exit_code, "SOA-01001" in sent.stderr) == (1, True)


def test_what_is_sent_is_the_file_byte_for_byte_with_soap_action_and_contact(
    serve: Callable[[Talk], Server], tmp_path: Path
) -> None:
    server = serve(saying("success.xml"))
    octets = b"\xef\xbb\xbf<any\r\nthing/>"
    (tmp_path / "any.xml").write_bytes(octets)
    conformance("send", tmp_path / "any.xml", "--endpoint", server.url, "--from", "me@example.org")
    (received,) = server.received
    assert received.body == octets
    assert ("From", "me@example.org") in received.fields
    assert any(name == "SOAPAction" and value.endswith('GenerateCovidId"') for name, value in received.fields)


def test_an_answer_that_nobody_can_read_is_printed_too(serve: Callable[[Talk], Server], body: Path) -> None:
    server = serve(raw(b"HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\nbusy"))
    sent = conformance("send", body, "--endpoint", server.url)
    assert (sent.exit_code, sent.stdout) == (1, "busy")
    assert "HTTP 502" in sent.stderr


def test_no_answer_ends_with_3(serve: Callable[[Talk], Server], body: Path) -> None:
    for url in (f"http://127.0.0.1:{closed_port()}", serve(raw(b"")).url):
        sent = conformance("send", body, "--endpoint", url)
        assert (sent.exit_code, sent.stdout, sent.stderr.count("\n")) == (3, "", 1)


@pytest.mark.parametrize("command", ["sign", "send"])
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--endpoint", "https://services.ehealth.fgov.be", "--acceptance"), "production"),
        (("--endpoint", "https://services-acpt.ehealth.fgov.be"), "--acceptance"),
        (("--endpoint", "ftp://127.0.0.1"), "must begin with http"),
    ],
)
def test_the_guard_rails_are_those_of_a_run(body: Path, command: str, options: tuple[str, ...], sentence: str) -> None:
    ended = conformance(command, body, *options)
    assert (ended.exit_code, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert sentence in ended.stderr


def test_send_needs_an_endpoint(body: Path) -> None:
    ended = conformance("send", body)
    assert (ended.exit_code, "no endpoint" in ended.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "cannot be read"),
        ("<a", "not well-formed XML"),
        ("<!DOCTYPE a><a/>", "DOCTYPE"),
        ("<a/>", "begins with a, which is neither a SOAP 1.1 Envelope nor {urn:be:fgov:ehealth:dossiernumber"),
        ('<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"/>', "neither a SOAP 1.1 Envelope"),
        (f'<Envelope xmlns="{SOAP}"/>', "has no Body"),
        (f'<Envelope xmlns="{SOAP}"><Body/><Body/></Envelope>', "has 2 Body elements"),
        (f'<Envelope xmlns="{SOAP}"><Header/><Header/><Body/></Envelope>', "has 2 Header elements"),
        (enveloped(f'<s:Header><o:Security xmlns:o="{WSSE}"/></s:Header>'), "has a Security header already"),
    ],
)
def test_what_cannot_be_signed_is_told_in_one_sentence(state: Path, tmp_path: Path, text: str, sentence: str) -> None:
    ended = conformance("sign", written(tmp_path / "body.xml", text), "--state", state)
    assert (ended.exit_code, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert "body.xml: " in ended.stderr and sentence in ended.stderr


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (("--as", "astronaut"), 2, "there is no persona astronaut"),
        (("--keystore", "none.p12", "--token", "t.xml", "--password-env", "SECRET"), 2, "none.p12 cannot be read"),
        (("--keystore", "none.p12", "--password-env", "SECRET"), 2, "--keystore and --token go together"),
        (("--out", "no/such/folder.xml"), 3, "cannot be written"),
    ],
)
def test_a_caller_that_cannot_sign_is_told(
    state: Path, body: Path, options: tuple[str, ...], code: int, sentence: str
) -> None:
    ended = conformance("sign", body, "--state", state, *options)
    assert (ended.exit_code, ended.stderr.count("\n")) == (code, 1)
    assert sentence in ended.stderr


def test_a_signed_message_passes_mockserver_check_with_its_head(
    mock_url: str, state: Path, body: Path, tmp_path: Path
) -> None:
    out = tmp_path / "signed.xml"
    conformance("sign", body, "--state", state, "--out", out, "--endpoint", mock_url)
    command = [sys.executable, "-m", "mockserver", "check", str(out), "--headers", str(tmp_path / "signed.headers")]
    ran = subprocess.run([*command, "--state", str(state), "--json"], capture_output=True, check=True)
    findings = json.loads(ran.stdout)["findings"]
    assert [finding["rule"] for finding in findings if finding["severity"] != "info"] == []
