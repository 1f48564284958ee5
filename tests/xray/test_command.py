"""`mockserver check --explain` on messages in files."""

import json
from pathlib import Path

from lxml import etree

from tests.commands.conftest import invoke
from tests.xray.specimens import Bench, c14n, digest_of_the_call_before


def _file(folder: Path, octets: bytes, name: str = "message.xml") -> Path:
    file = folder / name
    file.write_bytes(octets)
    return file


def test_the_first_line_of_the_x_ray_names_the_mistake(bench: Bench, tmp_path: Path) -> None:
    forge = bench.forge()
    etree.indent(forge.body)
    result = invoke("check", _file(tmp_path, forge.octets()), "--state", bench.mock.state, "--explain")
    assert result.returncode == 1
    assert "X-ray: Body: it was pretty-printed after signing" in result.stdout
    assert "zeep, lxml:" in result.stdout


def test_without_the_option_there_is_no_x_ray(bench: Bench, tmp_path: Path) -> None:
    message = _file(tmp_path, bench.forge().octets())
    assert "X-ray" not in invoke("check", message, "--state", bench.mock.state).stdout
    assert "xray" not in json.loads(invoke("check", message, "--state", bench.mock.state, "--json").stdout)


def test_the_json_has_it_under_xray(bench: Bench, tmp_path: Path) -> None:
    message = _file(tmp_path, bench.forge().octets())
    result = invoke("check", message, "--state", bench.mock.state, "--explain", "--json")
    assert json.loads(result.stdout)["xray"]["headline"] == "Every digest and signature that is there verifies"


def test_the_octets_are_written_with_a_readable_form(bench: Bench, tmp_path: Path) -> None:
    forge = bench.forge()
    signed = c14n(forge.body)
    etree.indent(forge.body)
    folder = tmp_path / "octets"
    message = _file(tmp_path, forge.octets())
    result = invoke("check", message, "--state", bench.mock.state, "--explain-out", folder)
    assert (folder / "message-1-Body.c14n.xml").read_bytes() == c14n(forge.body)
    assert (folder / "diagnosis-1-Body-as-signed.c14n.xml").read_bytes() == signed
    assert "␊\n····<" in (folder / "message-1-Body.visible.txt").read_text("utf-8")
    assert str(folder / "message-1-Body.c14n.xml") in result.stdout


def test_an_earlier_message_is_compared_with(bench: Bench, tmp_path: Path) -> None:
    specimen = digest_of_the_call_before(bench)
    (before,) = specimen.known.earlier
    message, earlier = _file(tmp_path, specimen.octets), _file(tmp_path, before, "before.xml")
    result = invoke("check", message, "--state", bench.mock.state, "--explain", "--earlier", earlier)
    assert "X-ray: Body: the digest is that of an earlier state of it" in result.stdout


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(bench: Bench, tmp_path: Path) -> None:
    message = _file(tmp_path, bench.forge().octets())
    result = invoke("check", message, "--state", bench.mock.state, "--explain-out", message)
    assert result.returncode == 2
    assert result.stderr.startswith(f"mockserver: {message} cannot be written: ")


def test_an_earlier_message_that_is_not_there_is_told_in_one_sentence(bench: Bench, tmp_path: Path) -> None:
    message = _file(tmp_path, bench.forge().octets())
    result = invoke("check", message, "--state", bench.mock.state, "--explain", "--earlier", tmp_path / "none.xml")
    assert result.returncode == 2
    assert "none.xml cannot be read: " in result.stderr
