"""Files that a user names: read whole, up to a limit, with one sentence for whatever is in the way."""

import tomllib
from pathlib import Path
from typing import Any, Final

from cryptography import x509

MOST: Final = 1024 * 1024
"""Bytes. Every file that is typed by hand is far smaller, and a device such as /dev/zero never ends."""


class UnusableFile(Exception):
    """The file cannot be used; the message names it and says why in one sentence."""


def read_given(file: Path, most: int = MOST) -> bytes:
    """The bytes of `file`, or its first `most` + 1 when it is longer. Raises UnusableFile."""
    try:
        with file.open("rb") as stream:
            return stream.read(most + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) else None
        raise UnusableFile(f"{file} cannot be read: {reason or error}") from error


def read_bounded(file: Path) -> bytes:
    """The bytes of `file`. Raises UnusableFile, too when they are more than MOST."""
    octets = read_given(file)
    if len(octets) > MOST:
        raise UnusableFile(f"{file} is larger than {MOST} bytes; name the file that is meant")
    return octets


def read_toml(file: Path) -> dict[str, Any]:
    """The TOML document in `file`. Raises UnusableFile."""
    try:
        return tomllib.loads(read_bounded(file).decode("utf-8").replace("\r\n", "\n"))
    except UnicodeDecodeError as error:
        raise UnusableFile(f"{file} is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise UnusableFile(f"{file} is not TOML: {error}") from error


def read_ca(file: Path) -> str:
    """The text of a file of certificates in PEM form, such as the TLS library takes. Raises UnusableFile."""
    octets = read_bounded(file)
    try:
        x509.load_pem_x509_certificates(octets)
        return octets.decode("ascii")
    except ValueError as error:
        raise UnusableFile(
            f"{file} is not made of certificates in PEM form; openssl x509 -inform DER makes PEM of DER"
        ) from error
