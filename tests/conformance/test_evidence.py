"""`conformance evidence`: what cookbook 7.1.3 asks for, whole, repeatable, and not while something fails."""

import base64
import email
import email.policy
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from typer.testing import CliRunner

from conformance.commands import app
from conformance.performance.measured import Performance
from conformance.reports.folder import save_record
from tests.conformance.records import (
    DECLARED,
    FAILED,
    LASTNAME,
    NAME,
    NUMBER,
    TOKEN_WORD,
    measured,
    record,
    save_exchange_files,
)

WAIVER = '["{case}"]\nreason = "known, see release note 12"\nowner = "Test Office"\nexpires = {expires}\n'


def results(out: Path, *, failing: bool = False, performance: Performance | None = None) -> Path:
    save_exchange_files(out, LASTNAME)
    save_exchange_files(out, FAILED)
    save_record(record(failing=failing, performance=performance), out)
    return out


def evidence(folder: Path, *options: str | Path) -> tuple[int, str]:
    out = folder / "evidence.zip"
    result = CliRunner().invoke(app, ["evidence", str(folder), "--out", str(out), *map(str, options)])
    return result.exit_code, result.stderr


def files(folder: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO((folder / "evidence.zip").read_bytes())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def waivers(folder: Path, case: str, expires: str = "9999-12-31") -> Path:
    file = folder / "waivers.toml"
    file.write_text(WAIVER.format(case=case, expires=expires), encoding="utf-8")
    return file


def test_the_bundle_holds_what_the_cookbook_asks_for(tmp_path: Path) -> None:
    code, _ = evidence(results(tmp_path, performance=measured(0.1, 0.2)))
    assert code == 0
    found = files(tmp_path)
    assert sorted(found) == [
        *("MANIFEST.sha256", "about.json", "email.eml", "junit.xml", "performance.json", "report.html"),
        *("results.json", "sample/answer.headers", "sample/answer.xml", "sample/request.headers", "sample/request.xml"),
    ]
    assert NAME.encode() in found["sample/request.xml"]
    about = json.loads(found["about.json"])
    assert about["user_agents"] == ["vendor/1.0 connector/2.0"]
    [run] = about["runs"]
    assert (run["folder"], run["mode"]) == ("", "run")
    assert run["versions"]["contract"]["reconstructed"] is True
    assert list(run["not_applicable"]) == [DECLARED]
    assert json.loads(found["performance.json"])["seconds"]["p50"] == 0.1
    letter = email.message_from_bytes(found["email.eml"], policy=email.policy.default)
    assert letter["To"] == "integration-support@ehealth.fgov.be"
    text = letter.get_content()
    assert "2 calls: p50 100.0 ms" in text
    assert "vendor/1.0 connector/2.0" in text
    assert f"- {DECLARED}: not applicable: the gateway answers" in text


def test_every_file_is_in_the_manifest_with_its_hash(tmp_path: Path) -> None:
    evidence(results(tmp_path))
    found = files(tmp_path)
    lines = [line.split("  ") for line in found.pop("MANIFEST.sha256").decode().splitlines()]
    assert {name: digest for digest, name in lines} == {
        name: hashlib.sha256(content).hexdigest() for name, content in found.items()
    }


def test_the_same_results_give_the_same_octets(tmp_path: Path) -> None:
    for name in ("a", "b"):
        evidence(results(tmp_path / name))
    assert (tmp_path / "a" / "evidence.zip").read_bytes() == (tmp_path / "b" / "evidence.zip").read_bytes()


def test_what_is_redacted_is_nowhere_in_the_bundle(tmp_path: Path) -> None:
    results(tmp_path, failing=True, performance=measured(0.1))
    code, stderr = evidence(tmp_path, "--redact", "--waivers", waivers(tmp_path, FAILED))
    assert code == 0, stderr
    secrets = [NAME, NUMBER, TOKEN_WORD, "U0lHTkFUVVJF", "20000000001", "jan@example.org", "who=jan", "/home/", "Jan"]
    for name, content in files(tmp_path).items():
        for secret in secrets:
            assert secret.encode() not in content, (name, secret)
            assert base64.b64encode(secret.encode()).rstrip(b"=")[:-1] not in content, (name, secret)
    sample = etree.fromstring(files(tmp_path)["sample/request.xml"])
    assert sample.xpath("count(//*[local-name()='GenerateCovidIdRequest'])") == 1.0
    assert b"SOA-01001" in files(tmp_path)["results.json"]


def test_the_same_bundle_unredacted_holds_what_the_redacted_one_lacks(tmp_path: Path) -> None:
    results(tmp_path, failing=True, performance=measured(0.1))
    evidence(tmp_path, "--waivers", waivers(tmp_path, FAILED))
    content = b"".join(files(tmp_path).values())
    assert all(secret.encode() in content for secret in (NAME, NUMBER, TOKEN_WORD, "jan@example.org", "Jan"))


def test_no_bundle_while_a_case_fails(tmp_path: Path) -> None:
    code, stderr = evidence(results(tmp_path, failing=True))
    assert code == 1
    assert f"no evidence while these fail: {FAILED};" in stderr
    assert not (tmp_path / "evidence.zip").exists()


def test_no_bundle_while_a_measured_call_failed(tmp_path: Path) -> None:
    code, stderr = evidence(results(tmp_path, performance=measured(0.1, trouble="SOA-02002")))
    assert (code, "these fail: performance;" in stderr) == (1, True)


def test_a_waived_case_stands_in_the_letter_with_reason_owner_and_end(tmp_path: Path) -> None:
    results(tmp_path, failing=True)
    assert evidence(tmp_path, "--waivers", waivers(tmp_path, FAILED))[0] == 0
    assert (
        f"- {FAILED}: waived until 9999-12-31 by Test Office: known, see release note 12".encode()
        in files(tmp_path)["email.eml"]
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WAIVER.format(case="recommended-all-field", expires="9999-01-01"), f"did you mean {FAILED}?"),
        (WAIVER.format(case=FAILED, expires="2020-01-01"), f"the waiver of {FAILED} expired on 2020-01-01"),
        (WAIVER.format(case=FAILED, expires='"soon"'), "needs expires, a date"),
        (WAIVER.format(case=FAILED, expires="9999-01-01").replace("known, see release note 12", " "), "needs reason"),
        (WAIVER.format(case=FAILED, expires="9999-01-01").replace("owner", "onwer"), "has no key 'onwer'"),
        (f"{FAILED} = 1", "must be a table"),
        ("[", "is not TOML"),
    ],
)
def test_a_wrong_waiver_ends_with_2_and_is_named(tmp_path: Path, text: str, said: str) -> None:
    results(tmp_path, failing=True)
    (tmp_path / "waivers.toml").write_text(text, encoding="utf-8")
    code, stderr = evidence(tmp_path, "--waivers", tmp_path / "waivers.toml")
    assert (code, said in stderr) == (2, True), stderr
    assert not (tmp_path / "evidence.zip").exists()


def test_a_waiver_that_is_not_needed_is_told(tmp_path: Path) -> None:
    _, stderr = evidence(results(tmp_path), "--waivers", waivers(tmp_path, LASTNAME))
    assert f"the waiver of {LASTNAME} is not needed any more" in stderr


def test_without_success_there_is_no_sample_and_no_bundle(tmp_path: Path) -> None:
    save_record(record(failing=False), tmp_path)
    code, stderr = evidence(tmp_path)
    assert (code, "no sample" in stderr) == (1, True)


def test_a_folder_without_results_is_named(tmp_path: Path) -> None:
    code, stderr = evidence(tmp_path / "none")
    assert (code, f"{tmp_path / 'none'} is no folder; name what `conformance run`" in stderr) == (2, True)
    code, stderr = evidence(tmp_path)
    assert (code, f"{tmp_path} holds no results.json; name what" in stderr) == (2, True)


def of_a_client(out: Path, mode: str) -> Path:
    """Results of a client; its name in the sample is another than the suite's own."""
    results(out)
    save_record(replace(record(failing=False, performance=measured(0.3)), mode=mode), out)
    for file in out.rglob("request*.headers"):
        file.write_text(file.read_text("utf-8").replace("vendor/1.0 connector/2.0", "client/3.0"), encoding="utf-8")
    return out


def test_the_runs_of_endpoint_and_clients_make_one_bundle_with_the_clients_own_sample(tmp_path: Path) -> None:
    of_endpoint = results(tmp_path, performance=measured(0.1))
    others = [of_a_client(tmp_path / name, mode) for name, mode in (("w", "watch"), ("d", "drive"), ("e", "drive"))]
    code, stderr = evidence(of_endpoint, *others)
    assert code == 0
    assert [line for line in stderr.splitlines() if "cookbook 7.2" not in line] == []
    found = files(tmp_path)
    for place in ("run", "watch", "drive-1", "drive-2"):
        assert json.loads(found[f"{place}/results.json"])["mode"] == place.partition("-")[0]
        assert {f"{place}/report.html", f"{place}/junit.xml", f"{place}/performance.json"} <= set(found)
    about = json.loads(found["about.json"])
    assert [run["folder"] for run in about["runs"]] == ["run/", "watch/", "drive-1/", "drive-2/"]
    assert about["user_agents"] == ["client/3.0", "vendor/1.0 connector/2.0"]
    assert about["sample"]["folder"] == "watch/"
    assert b"client/3.0" in found["sample/request.headers"]
    letter = email.message_from_bytes(found["email.eml"], policy=email.policy.default).get_content()
    assert letter.count("Tested: ") == 4
    assert "(watch)" in letter
    assert "1 calls: p50 300.0 ms" in letter
    assert {line.partition("  ")[2] for line in found["MANIFEST.sha256"].decode().splitlines()} == set(found) - {
        "MANIFEST.sha256"
    }


def test_what_fails_in_any_of_the_runs_stops_the_bundle(tmp_path: Path) -> None:
    results(tmp_path / "client", failing=True)
    code, stderr = evidence(results(tmp_path), tmp_path / "client")
    assert (code, f"no evidence while these fail: {FAILED};" in stderr) == (1, True)
    assert evidence(tmp_path, tmp_path / "client", "--waivers", waivers(tmp_path, FAILED))[0] == 0


def test_what_one_run_lacks_another_may_have(tmp_path: Path) -> None:
    results(tmp_path)
    assert "there are no performance results" in evidence(tmp_path)[1]
    code, stderr = evidence(tmp_path, of_a_client(tmp_path / "client", "watch"))
    assert (code, "performance" in stderr) == (0, False)


def test_a_folder_named_twice_is_told(tmp_path: Path) -> None:
    code, stderr = evidence(results(tmp_path), tmp_path)
    assert (code, "a folder is named twice" in stderr) == (2, True)


def test_recommended_cases_that_were_not_run_are_named(tmp_path: Path) -> None:
    _, told = evidence(results(tmp_path))
    kept = json.loads(files(tmp_path)["about.json"])["lacking"]
    (sentence,) = [line for line in kept if "cookbook 7.2" in line]
    assert "recommended-all-fields" in sentence and LASTNAME not in sentence
    assert sentence in told
    assert sentence.split(":")[0] in files(tmp_path)["email.eml"].decode()
