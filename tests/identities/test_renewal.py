"""Certificates that are made anew before they end, for the same keys, and what a killed process leaves behind."""

import os
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from mockserver.identities import key_folder
from mockserver.identities.authority import Authority, AuthorityError
from mockserver.identities.certificates import covered_hosts
from mockserver.identities.personas import personas
from mockserver.instant import SECOND, Clock, Instant, format_instant, system_clock

DAY = 24 * 3600 * SECOND
YEARS = 3653 * DAY
RENEWED = 30 * DAY

PHYSICIAN = personas()["physician"]


def at(instant: Instant) -> Clock:
    return lambda: instant


def ends(certificate: x509.Certificate) -> Instant:
    return int(certificate.not_valid_after_utc.timestamp()) * SECOND


def tls(authority: Authority) -> x509.Certificate:
    return x509.load_pem_x509_certificate(authority.tls_certificate_file.read_bytes())


def files(state: Path, name: str) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in state.rglob(name)}


def test_a_certificate_is_kept_until_thirty_days_before_its_end_and_then_renewed(state: Path) -> None:
    first = tls(Authority.open(state))
    last_moment = ends(first) - RENEWED
    assert tls(Authority.open(state, clock=at(last_moment))) == first
    second = tls(Authority.open(state, clock=at(last_moment + 1)))
    assert second != first
    assert second.public_key() == first.public_key()
    assert second.not_valid_after_utc - second.not_valid_before_utc <= timedelta(days=825)  # what Apple allows


def test_the_whole_pki_renews_itself_and_keeps_its_keys(state: Path) -> None:
    before, keys = Authority.open(state), files(state, "key.pem")
    later = ends(before.ca_certificate) - RENEWED + 1
    after = Authority.open(state, clock=at(later))
    assert after.ca_certificate != before.ca_certificate
    assert after.sts_certificate != before.sts_certificate
    holder = after.credential(PHYSICIAN).certificate
    assert files(state, "key.pem") == keys
    assert after.end == ends(after.sts_certificate)
    assert abs(after.end - (later + YEARS)) < 2 * SECOND
    for certificate in (after.sts_certificate, holder, tls(after)):
        certificate.verify_directly_issued_by(after.ca_certificate)
        assert ends(certificate) > later + RENEWED


def test_what_was_issued_before_a_renewal_chains_to_the_new_root(state: Path) -> None:
    old = Authority.open(state).credential(PHYSICIAN).certificate
    renewed = Authority.open(state, clock=at(ends(old) - RENEWED + 1))
    old.verify_directly_issued_by(renewed.ca_certificate)
    assert old.public_key() == renewed.credential(PHYSICIAN).certificate.public_key()


def test_a_certificate_that_ended_long_ago_is_renewed_too(state: Path) -> None:
    later = system_clock() + 2 * YEARS
    authority = Authority.open(state, clock=at(later))
    assert ends(authority.credential(PHYSICIAN).certificate) > later


def test_a_renewed_pki_is_valid_for_whoever_has_the_other_clock(state: Path) -> None:
    """A mock with `--clock-offset` renews what the suite, with the machine's clock, uses as well."""
    now = system_clock()
    for clock in (at(now + YEARS), at(now - 90 * DAY)):
        Authority.open(state, clock=clock).credential(PHYSICIAN)
    authority = Authority.open(state, clock=at(now))
    for certificate in (authority.ca_certificate, authority.sts_certificate):
        assert certificate.not_valid_before_utc.timestamp() * SECOND <= now - 90 * DAY
        assert ends(certificate) > now + YEARS


RACER = """
import sys
from pathlib import Path
from mockserver.identities.authority import Authority
from mockserver.identities.personas import personas

sys.stdin.readline()
authority = Authority.open(Path(sys.argv[1]), clock=lambda: int(sys.argv[2]))
certificate = authority.credential(personas()["physician"]).certificate
certificate.verify_directly_issued_by(authority.ca_certificate)
authority.sts_certificate.verify_directly_issued_by(authority.ca_certificate)
"""


def test_processes_that_renew_one_folder_at_once_all_end_well(state: Path) -> None:
    later = system_clock() + YEARS
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(state), str(later)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    assert [racer.communicate(timeout=60)[1] for racer in racers] == ["", "", ""]
    assert [racer.returncode for racer in racers] == [0, 0, 0]
    authority = Authority.open(state, clock=at(later))
    assert ends(authority.credential(PHYSICIAN).certificate) > later
    assert not list(state.rglob(".*"))


def test_a_death_in_the_middle_of_a_renewal_leaves_the_old_certificate(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(state, "*.pem")

    def die(file: Path, content: bytes) -> None:
        file.write_bytes(content[:100])  # as far as it came
        raise KeyboardInterrupt

    monkeypatch.setattr(key_folder, "write_private", die)
    with pytest.raises(KeyboardInterrupt):
        Authority.open(state, clock=at(system_clock() + YEARS))
    assert files(state, "*.pem") == before
    monkeypatch.undo()
    assert Authority.open(state, clock=at(system_clock() + YEARS))


def test_a_renewal_that_cannot_be_written_is_told(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(AuthorityError) as refusal:
        Authority.open(state, clock=at(system_clock() + YEARS))
    file = state / "pki" / "ca" / "certificate.pem"
    assert str(refusal.value).startswith(f"{file} can't be renewed (No space left on device); ")


def test_what_a_killed_process_left_half_written_goes_after_an_hour(state: Path) -> None:
    pki = state / "pki"
    old, young = pki / ".ca-k1ll3d", pki / ".sts-at_w0rk"
    for folder in (old, young):
        shutil.copytree(pki / "ca", folder)
    file = pki / "sts" / ".certificate.pem-01234567"
    file.write_bytes(b"half")
    for leftover in (old, file):
        os.utime(leftover, (time.time() - 3601,) * 2)
    Authority.open(state)
    assert [leftover.exists() for leftover in (old, file, young)] == [False, False, True]


def test_a_link_among_the_leftovers_is_taken_away_and_not_followed(state: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("mine")
    link = state / "pki" / ".ca-link"
    try:
        link.symlink_to(tmp_path / "precious", target_is_directory=True)
        os.utime(link, (0, 0), follow_symlinks=False)
    except (OSError, NotImplementedError):
        pytest.skip("this system makes no symbolic links for this user")
    Authority.open(state)
    assert not link.is_symlink()
    assert (tmp_path / "precious" / "file").read_text() == "mine"


def test_the_servers_certificate_covers_this_machine_and_the_hosts_it_is_told(state: Path) -> None:
    here = ["localhost", "127.0.0.1", "::1"]
    first = Authority.open(state)
    assert sorted(covered_hosts(tls(first))) == sorted(here)
    key = first.tls_key_file.read_bytes()
    second = Authority.open(state, hosts=["mock.example", "192.0.2.7"])
    assert sorted(covered_hosts(tls(second))) == sorted([*here, "mock.example", "192.0.2.7"])
    assert second.tls_key_file.read_bytes() == key
    # Another server on the folder keeps what the first one needs.
    third = tls(Authority.open(state, hosts=["localhost", "2001:db8::1"]))
    assert set(covered_hosts(third)) == {*here, "mock.example", "192.0.2.7", "2001:db8::1"}
    assert tls(Authority.open(state, hosts=["2001:DB8:0::1", "MOCK.example"])) == third


@pytest.mark.parametrize("host", ["", "a..b", "x" * 64, "a b"])
def test_a_host_that_no_certificate_can_name_is_told(state: Path, host: str) -> None:
    with pytest.raises(AuthorityError, match=f"no certificate can be made for {host}"):
        Authority.open(state, hosts=[host])


def test_the_end_can_be_shown(state: Path) -> None:
    authority = Authority.open(state)
    assert format_instant(authority.end)[:4] == str(authority.ca_certificate.not_valid_after_utc.year)
