"""A key pair's folder: `key.pem` and `certificate.pem`, both there or neither.

A pair is written into a temporary folder beside its place, which is then renamed. Whoever loses a race (two
processes that start on one new state folder) finds the place taken and uses the winner's pair.

A certificate that nears its end is made anew for the same key, and takes the old one's place in one step: whatever
moment a process dies or another one reads, there is a key with a certificate of its own.
"""

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from mockserver.identities.certificates import KeyPair, PrivateKey
from mockserver.instant import SECOND, Instant

KEY_FILE: Final = "key.pem"
CERTIFICATE_FILE: Final = "certificate.pem"

RENEW_BEFORE: Final = 30 * 24 * 3600
"""Seconds before its end that a certificate is made anew: far more than the 24 hours of a token (`decisions.md` 4b),
which a certificate has to outlive."""

_ABANDONED: Final = 3600
"""Seconds after which what a process left half-written is taken away: it takes a moment to write."""

_ANOTHER_FOLDER: Final = "put that right, or name another state folder with --state or DOSSIER_STATE"


class AuthorityError(Exception):
    """The test PKI can't be used; the message names the file and the next step in one sentence."""


def open_key_pair(
    directory: Path,
    make: Callable[[KeyPair | None], KeyPair],
    *,
    issuer: x509.Certificate | None,
    fits: Callable[[x509.Certificate], bool],
) -> KeyPair:
    """The pair in `directory`; when the folder isn't there, `make` gives a pair that is first put there.

    The certificate must be issued by `issuer` (by itself when None) and belong to the key. When `fits` does not like
    it any more, `make` is given the pair and answers another certificate for its key. Raises AuthorityError.
    """
    if not _exists(directory):
        _keep(directory, make(None))
    pair = _read(directory, issuer)
    if fits(pair.certificate):
        return pair
    renewed = make(pair)
    try:
        replace_private(directory / CERTIFICATE_FILE, renewed.certificate.public_bytes(Encoding.PEM))
    except OSError as error:
        raise AuthorityError(
            f"{directory / CERTIFICATE_FILE} can't be renewed ({error.strerror}); {_ANOTHER_FOLDER}"
        ) from error
    # What is there now, and not what was made: another process may have renewed it too.
    return _read(directory, issuer)


def is_fresh(certificate: x509.Certificate, now: Instant) -> bool:
    """Whether the certificate is valid at `now` and need not be renewed yet."""
    begin, end = (
        int(moment.timestamp()) for moment in (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    )
    return begin * SECOND <= now <= (end - RENEW_BEFORE) * SECOND


def sweep(directory: Path) -> None:
    """Take away what processes that were killed left half-written in `directory` or one folder below it.

    Raises AuthorityError.
    """
    try:
        for leftover in [*directory.glob(".*-*"), *directory.glob("*/.*-*")]:
            if time.time() - leftover.lstat().st_mtime < _ABANDONED:
                continue
            if leftover.is_dir() and not leftover.is_symlink():
                shutil.rmtree(leftover)
            else:
                leftover.unlink()
    except FileNotFoundError:
        return  # another process that starts now takes them away too; what is left then goes the next time
    except OSError as error:
        raise AuthorityError(f"{directory} can't be cleaned up ({error.strerror}); {_ANOTHER_FOLDER}") from error


def write_private(file: Path, content: bytes) -> None:
    """Write a new file that only its owner can read (where the platform has modes), through to the disk.

    Raises OSError; FileExistsError when there is such a file.
    """
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def replace_private(file: Path, content: bytes) -> None:
    """As write_private, but in one step in place of a file that may be there. Raises OSError."""
    temporary = file.with_name(f".{file.name}-{secrets.token_hex(4)}")
    try:
        write_private(temporary, content)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def start_over(directory: Path) -> str:
    """The next step, in words, when what stands in `directory` is of no use."""
    return f"delete the folder {directory} and start again: it is made anew"


def key_pem(key: PrivateKey) -> bytes:
    """The key as PKCS #8 PEM, not encrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _exists(directory: Path) -> bool:
    try:
        directory.lstat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise AuthorityError(f"{directory} can't be looked at ({error.strerror}); {_ANOTHER_FOLDER}") from error
    return True


def _keep(directory: Path, pair: KeyPair) -> None:
    try:
        directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))  # mode 0700
        try:
            write_private(temporary / KEY_FILE, key_pem(pair.key))
            write_private(temporary / CERTIFICATE_FILE, pair.certificate.public_bytes(Encoding.PEM))
            _rename(temporary, directory)
        finally:
            if temporary.is_dir():
                shutil.rmtree(temporary)
    except OSError as error:
        raise AuthorityError(f"{directory} can't be written ({error.strerror}); {_ANOTHER_FOLDER}") from error


def _rename(temporary: Path, directory: Path) -> None:
    """Give `temporary` its place, unless another process was first: then its pair is the one that counts.

    A taken place is "directory not empty" on Linux and macOS, "file exists" or "access denied" on Windows.
    """
    try:
        temporary.rename(directory)
    except OSError:
        if not directory.is_dir():
            raise


def _read(directory: Path, issuer: x509.Certificate | None) -> KeyPair:
    # Without its root every leaf is worthless, so the remedy for a broken root is to start over as a whole.
    remedy = start_over(directory.parent if issuer is None else directory)
    certificate_file, key_file = directory / CERTIFICATE_FILE, directory / KEY_FILE
    try:
        certificate = x509.load_pem_x509_certificate(_content(certificate_file, remedy))
    except ValueError as error:
        raise AuthorityError(f"{certificate_file} is damaged: no certificate in PEM form; {remedy}") from error
    key = _read_key(key_file, remedy)
    if key.public_key() != certificate.public_key():
        raise AuthorityError(f"{key_file} is not the key of {certificate_file}; {remedy}")
    try:
        certificate.verify_directly_issued_by(issuer or certificate)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise AuthorityError(f"{certificate_file} was not issued by this folder's CA; {remedy}") from error
    return KeyPair(key, certificate)


def _read_key(file: Path, remedy: str) -> PrivateKey:
    try:
        # Validation of an RSA key takes 40 ms, every start anew. The key is our own, and is compared with the
        # certificate afterwards.
        key = load_pem_private_key(_content(file, remedy), password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise AuthorityError(f"{file} is damaged: no unencrypted private key in PEM form; {remedy}") from error
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise AuthorityError(f"{file} is neither an RSA nor an EC key; {remedy}")
    return key


def _content(file: Path, remedy: str) -> bytes:
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise AuthorityError(f"{file} is missing; {remedy}") from error
    except OSError as error:
        raise AuthorityError(f"{file} can't be read ({error.strerror}); {_ANOTHER_FOLDER}") from error
