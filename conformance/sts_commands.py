"""`conformance token`: ask an STS for a token, and say what is wrong with it before a service has to."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from conformance.client.credentials import CredentialsError, Token, UnusableCredentialsError
from conformance.client.endpoint import EndpointError
from conformance.client.keystore import read_keystore
from conformance.client.sts.client import LIFETIME, StsClient
from conformance.client.sts.credentials import claims_of
from conformance.client.sts.message import PATH, Claim
from conformance.client.sts.token_check import end_of, shortcomings
from conformance.client.transport import NoConnectionError, Transport
from conformance.command_line import TROUBLE, USAGE, complain, end, expect_named, keystore_password
from conformance.modes.callers import DEFAULT_CONTACT
from conformance.settings import SettingsError, guarded_endpoint, nearest
from mockserver.given_file import UnusableFile, read_ca
from mockserver.identities.personas import PersonaError, personas_with
from mockserver.instant import format_instant, system_clock

INCOMPLETE: Final = 1

_ANSWER_TIMEOUT: Final = 90.0
"""Seconds, as for the service (cookbook 6.2)."""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(
    help="Ask an STS for a token. The end tells: 0 the token holds what was asked for, 1 it was written but something "
    "is missing or refused, 2 wrong usage or input that cannot be used, 3 there is no token.",
    epilog="Example: conformance token --sts http://localhost:8080 --keystore credential.p12 --persona physician "
    "--out token.xml",
)
def token(
    *,
    sts: Annotated[str, typer.Option(metavar="URL", help=f"The STS. Without a path, {PATH} is added.")],
    keystore: Annotated[Path, typer.Option(metavar="FILE", help="PKCS #12 file with the key to ask with.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the token goes, byte for byte.")],
    password_env: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Environment variable with the keystore's password; else it is asked for."),
    ] = None,
    alias: Annotated[
        str | None, typer.Option(help="Entry of the keystore. Default: the only one with a key, or authentication.")
    ] = None,
    persona: Annotated[str | None, typer.Option(help="Ask for this persona's attributes.")] = None,
    attribute: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Ask for this attribute too; may be repeated.")
    ] = None,
    lifetime: Annotated[
        int, typer.Option(min=1, metavar="SECONDS", help="How long the token shall be valid.")
    ] = LIFETIME,
    renew: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Renew this token instead of asking for a new one.")
    ] = None,
    session_keystore: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Bind the token to the key in this PKCS #12 file, with the same password."),
    ] = None,
    personas_file: Annotated[
        Path | None, typer.Option("--personas", metavar="FILE", help="TOML file with personas of your own.")
    ] = None,
    ca: Annotated[Path | None, typer.Option(metavar="FILE", help="CA of the STS's TLS certificate, in PEM.")] = None,
    acceptance: Annotated[
        bool, typer.Option("--acceptance", help="An STS other than this machine is meant; never production.")
    ] = False,
) -> None:
    """Asks for a token or renews one, writes it, and names what it lacks."""
    _expect_file(out)
    claims = _claims(persona, attribute or [], personas_file)
    if not claims and renew is None:
        end(USAGE, "say what to ask for: --persona PERSONA, or --attribute NAME, or --renew FILE")
    try:
        endpoint = guarded_endpoint(sts, PATH, acceptance=acceptance)
        secret = keystore_password(keystore, password_env)
        now = system_clock()
        client = StsClient(
            endpoint,
            Transport(DEFAULT_CONTACT, _ANSWER_TIMEOUT, ca_certificate=_text_of(ca)),
            read_keystore(keystore, secret, alias=alias, now=now),
            None if session_keystore is None else read_keystore(session_keystore, secret, alias=None, now=now),
        )
        received = client.issue(claims, lifetime) if renew is None else client.renew(_token_in(renew))
    except (EndpointError, SettingsError, UnusableCredentialsError) as error:
        end(USAGE, str(error))
    except (CredentialsError, NoConnectionError) as error:
        end(TROUBLE, str(error))
    _write(out, received)
    typer.echo(f"{out}: valid until {format_instant(end_of(received))}")
    lacking = shortcomings(received, [claim.name for claim in claims])
    for sentence in lacking:
        complain(sentence)
    raise typer.Exit(INCOMPLETE if lacking else 0)


def _expect_file(out: Path) -> None:
    """Whether a token could go there: what is known beforehand must not be told after the STS was asked."""
    expect_named(out, "token.xml")
    if out.is_dir():
        end(USAGE, f"--out {out} is a folder: name a file in it, such as {out / 'token.xml'}")


def _claims(persona: str | None, attributes: Sequence[str], file: Path | None) -> list[Claim]:
    extra = [Claim(name) for name in attributes]
    if persona is None:
        return extra
    try:
        known = personas_with(file)
    except PersonaError as error:
        end(USAGE, str(error))
    if persona not in known:
        end(USAGE, f"there is no persona {persona!r}; {nearest(persona, list(known))}")
    return [*claims_of(known[persona]), *extra]


def _token_in(file: Path) -> Token:
    try:
        return Token.received(file.read_bytes())
    except OSError as error:
        end(USAGE, f"the token {file} cannot be read: {error.strerror}")


def _text_of(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return read_ca(file)
    except UnusableFile as error:
        end(USAGE, f"the CA file {error}")


def _write(file: Path, received: Token) -> None:
    try:
        file.write_bytes(received.octets)
    except OSError as error:
        end(TROUBLE, f"the token cannot be written to {file}: {error.strerror}")
