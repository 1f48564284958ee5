"""A persona's token and credential as files, for a client that takes them from disk."""

from pathlib import Path
from typing import Final, NamedTuple

from mockserver.identities.assertion import LONGEST_LIFETIME, issue_assertion
from mockserver.identities.authority import Authority, AuthorityError
from mockserver.identities.key_folder import replace_private
from mockserver.identities.personas import Persona
from mockserver.instant import SECOND, Instant

DEFAULT_PASSWORD: Final = "changeit"  # noqa: S105 - public on purpose: it protects a key that is only good for tests
"""Password of `credential.p12` when none is given: the one that Java's own key stores come with."""


class FileExists(Exception):
    """A file is there already and shall not be overwritten; one sentence that names it."""


class TokenFiles(NamedTuple):
    """What write_token wrote."""

    token: Path
    """`token.xml`: the assertion, to be put into a message byte for byte."""
    key: Path
    """`key.pem`: the holder's private key, PKCS #8, not encrypted."""
    certificate: Path
    """`certificate.pem`: the holder's certificate."""
    credential: Path
    """`credential.p12`: key, certificate and the CA's certificate, for Java and .NET."""


def write_token(
    directory: Path,
    authority: Authority,
    persona: Persona,
    *,
    now: Instant,
    lifetime: int = LONGEST_LIFETIME,
    not_before: Instant | None = None,
    password: str = DEFAULT_PASSWORD,
    overwrite: bool = False,
) -> TokenFiles:
    """Issue a token for `persona`, valid `lifetime` seconds from `now`, and write it and the credential.

    With `not_before` it is valid for so long from then on, to the nanosecond, and bears the moment of issue `now`.

    The folder is made when it isn't there. Each file is replaced in one step and can be read by its owner
    only. Raises FileExists when a file is there already and `overwrite` is false, AuthorityError when the folder can't
    be written, when the password is empty, and as Authority.credential does.
    """
    files = TokenFiles(
        token=directory / "token.xml",
        key=directory / "key.pem",
        certificate=directory / "certificate.pem",
        credential=directory / "credential.p12",
    )
    if not password:
        raise AuthorityError("the password of credential.p12 is empty, which PKCS #12 readers refuse; give one")
    credential = authority.credential(persona)
    contents = (
        issue_assertion(
            authority,
            credential,
            now=now,
            lifetime=lifetime,
            not_before=not_before,
            not_on_or_after=None if not_before is None else not_before + lifetime * SECOND,
        ),
        credential.key_pem(),
        credential.certificate_pem(),
        credential.pkcs12(password.encode()),
    )
    try:
        taken = [file for file in files if file.exists()]
        if taken and not overwrite:
            raise FileExists(f"{taken[0]} exists; name another folder, or give --overwrite")
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file, content in zip(files, contents, strict=True):
            replace_private(file, content)
    except OSError as error:
        raise AuthorityError(f"{directory} can't be written ({error.strerror}); name another folder") from error
    return files
