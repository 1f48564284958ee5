"""`--tls` of `mockserver serve`, and `mockserver ca`, which gives clients what they have to trust."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mockserver.endings import TROUBLE, USAGE, clear_errors, end, state_folder

if TYPE_CHECKING:
    from mockserver.http.tls import Tls


def tls_of(
    wanted: bool, certificate: Path | None, key: Path | None, state: Path, hosts: Collection[str]
) -> "Tls | None":
    """What the service port shows: files of the user's own, the test PKI's, or None for plain HTTP."""
    from mockserver.http.tls import Tls
    from mockserver.identities.authority import Authority

    if (certificate is None) != (key is None):
        end("--tls-certificate and --tls-key belong together: give both", USAGE)
    if certificate is not None and key is not None:
        return Tls(certificate, key)
    if not wanted:
        return None
    with clear_errors():
        authority = Authority.open(state, hosts=hosts)  # before the port listens: its first client shakes hands
    return Tls(authority.tls_certificate_file, authority.tls_key_file)


def ca(
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where it goes: *.pem, *.der or *.p12.")],
    state: Annotated[
        Path | None,
        typer.Option("--state", envvar="DOSSIER_STATE", metavar="DIR", help="Folder with the test PKI."),
    ] = None,
) -> None:
    """Write the test CA for the trust store of a client: PEM (curl, Python), DER (Windows) or PKCS#12 (Java, .NET).

    The kind is that of the file's name; the password of the PKCS#12 trust store is `changeit`.
    """
    from mockserver.identities.authority import Authority
    from mockserver.identities.trust_store import CA_FORMS

    form = out.suffix.removeprefix(".").lower()
    if form not in CA_FORMS:
        end(f"--out {str(out)!r} must end with one of {', '.join('.' + name for name in CA_FORMS)}", USAGE)
    with clear_errors():
        content = CA_FORMS[form](Authority.open(state_folder(state)).ca_certificate)
        try:
            out.write_bytes(content)
        except OSError as error:
            end(f"{out} cannot be written: {error.strerror or error}", TROUBLE)
    typer.echo(f"{out}")
