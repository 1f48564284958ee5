"""How the state folder keeps its key pairs: the same ones again, complete ones only, the owner's."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from mockserver.identities import authority as authority_module
from mockserver.identities.authority import Authority
from mockserver.identities.certificates import KeyPair, make_ca
from mockserver.identities.personas import personas
from mockserver.instant import Instant


def test_a_folder_that_is_opened_again_gives_the_same_identities(authority: Authority, state: Path) -> None:
    first, second = Authority.open(state), Authority.open(state)
    assert first.ca_certificate == second.ca_certificate != authority.ca_certificate
    assert first.sts_certificate == second.sts_certificate
    physician = personas()["physician"]
    assert first.credential(physician).certificate == second.credential(physician).certificate


def assert_complete_pairs_only(state: Path) -> None:
    folders = sorted(folder.name for folder in (state / "pki").iterdir())
    assert folders == ["ca", "persona-physician", "sts", "tls"]
    for folder in folders:
        files = sorted(file.name for file in (state / "pki" / folder).iterdir())
        assert files == ["certificate.pem", "key.pem"]


def test_nothing_but_complete_pairs_is_left_in_the_folder(state: Path) -> None:
    assert_complete_pairs_only(state)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_only_the_owner_can_read_the_folder_and_its_files(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Authority.open(tmp_path / "new").credential(personas()["physician"])
    finally:
        os.umask(before)
    for entry in (tmp_path / "new" / "pki", *(tmp_path / "new" / "pki").rglob("*")):
        expected = 0o700 if entry.is_dir() else 0o600
        assert stat.S_IMODE(entry.stat().st_mode) == expected, entry


def test_keys_can_be_loaded_by_openssls_own_check(state: Path) -> None:
    # The authority skips the validation when it reads its own files back; a first key must pass it.
    for file in (state / "pki").glob("*/key.pem"):
        assert load_pem_private_key(file.read_bytes(), None)


RACER = """
import sys
from pathlib import Path
from mockserver.identities.authority import Authority
from mockserver.identities.personas import personas

physician = personas()["physician"]
print("ready", flush=True)
sys.stdin.readline()
authority = Authority.open(Path(sys.argv[1]))
credential = authority.credential(physician)
for certificate in (authority.ca_certificate, authority.sts_certificate, credential.certificate):
    print(certificate.serial_number)
print(authority.tls_certificate_file.read_text())
"""


def test_processes_that_start_on_one_new_folder_agree(tmp_path: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(tmp_path / "state")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    answers = [racer.communicate(timeout=60) for racer in racers]
    assert [errors for _, errors in answers] == [""] * len(racers)
    assert [racer.returncode for racer in racers] == [0] * len(racers)
    assert len({answer for answer, _ in answers}) == 1
    assert_complete_pairs_only(tmp_path / "state")


def test_the_loser_of_a_race_takes_the_winners_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Every pair that this process makes comes too late: another process has just put its own in place.
    winner = Authority.open(tmp_path / "winner")

    def slow_make_ca(now: Instant, renewed: KeyPair | None) -> KeyPair:
        pair = make_ca(now, renewed)
        shutil.copytree(tmp_path / "winner" / "pki" / "ca", tmp_path / "loser" / "pki" / "ca")
        return pair

    monkeypatch.setattr(authority_module, "make_ca", slow_make_ca)
    loser = Authority.open(tmp_path / "loser")
    assert loser.ca_certificate == winner.ca_certificate
    loser.sts_certificate.verify_directly_issued_by(winner.ca_certificate)


def test_opening_an_existing_folder_loads_no_xml_library(state: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from mockserver.identities.authority import Authority\n"
        "Authority.open(pathlib.Path(sys.argv[1]))\n"
        "print(sorted({'signxml', 'stdnum', 'lxml', 'xmlsec'} & set(sys.modules)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(state)], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout == "[]\n"
