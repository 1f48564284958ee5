"""Files that a user names: how large they may be, and what a key that nobody knows is told (personas, trust)."""

from pathlib import Path

import pytest

from mockserver.gateway.crypto.trust import TrustError, read_certificates
from mockserver.given_file import MOST
from mockserver.identities.authority import Authority
from mockserver.identities.personas import PersonaError, personas_with


def padded(file: Path, content: bytes, size: int) -> Path:
    """`content` in a file of `size` bytes, the rest being line feeds: neither PEM nor TOML minds them."""
    file.write_bytes(content.ljust(size, b"\n"))
    return file


def test_a_file_of_trust_may_be_as_large_as_the_limit_and_not_a_byte_larger(state: Path, tmp_path: Path) -> None:
    pem = (state / "pki" / "ca" / "certificate.pem").read_bytes()
    assert read_certificates(padded(tmp_path / "whole.pem", pem, MOST)) == [Authority.open(state).ca_certificate]
    with pytest.raises(TrustError, match=f"large.pem is larger than {MOST} bytes"):
        read_certificates(padded(tmp_path / "large.pem", pem, MOST + 1))


def test_a_file_of_personas_may_be_as_large_as_the_limit_and_not_a_byte_larger(tmp_path: Path) -> None:
    assert personas_with(padded(tmp_path / "whole.toml", b"", MOST))
    with pytest.raises(PersonaError, match=f"large.toml is longer than {MOST} bytes"):
        personas_with(padded(tmp_path / "large.toml", b"", MOST + 1))


def test_a_key_of_a_persona_that_nobody_knows_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[dentist]\ntitle = "A dentist"\n\nsubjekt = [["CN", "x"]]\n', encoding="utf-8")
    with pytest.raises(PersonaError) as told:
        personas_with(file)
    assert "line 4" in str(told.value)
    assert "subjekt" in str(told.value)
