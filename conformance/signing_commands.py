"""`conformance sign` and `conformance send`: one message by hand, for curl, SoapUI, or to look at."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from conformance.client.answer import STATUS, Answer, Response, read_answer
from conformance.client.credentials import (
    ANYONE,
    Credentials,
    CredentialsError,
    PersonaUnavailableError,
    UnusableCredentialsError,
)
from conformance.client.endpoint import EndpointError
from conformance.client.handwritten import MessageError, unsigned_envelope
from conformance.client.signer import TIME_TO_LIVE, secured
from conformance.client.transport import HttpRequest, NoConnectionError
from conformance.command_line import TROUBLE, USAGE, complain, end, keystore_password
from conformance.modes.callers import transport_and_callers, transport_of
from conformance.modes.run import RunSettings
from conformance.settings import FILE_NAME, SettingsError, given_settings, run_settings
from mockserver.contract import ContractError, load_contract
from mockserver.instant import SECOND, format_instant, system_clock

OTHER_ANSWER: Final = 1
"""Exit code: an answer came, and it is no success."""

STREAM: Final = "-"
"""As a file: stdin or stdout."""

app = typer.Typer(add_completion=False, rich_markup_mode=None)

EndpointOption = Annotated[
    str | None, typer.Option(metavar="URL", help="The service. Without a path, the cookbook's path is added.")
]
SettingsOption = Annotated[
    Path | None, typer.Option("--settings", metavar="FILE", help=f"Settings file. Default: {FILE_NAME}, if there.")
]
AcceptanceOption = Annotated[
    bool | None, typer.Option("--acceptance", help="A host other than this machine is meant; never production.")
]
ContractOption = Annotated[Path | None, typer.Option(metavar="DIR", help="WSDL folder, if not the reconstructed one.")]
CaFileOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="CAs in PEM form to trust besides the system's.")
]
ContactOption = Annotated[
    str | None, typer.Option("--from", metavar="EMAIL", help="Emergency contact, sent as From (cookbook 5.1.4).")
]


@app.command(
    help="Sign a message: with a persona of the mock, or with a keystore and the token in a file or of an STS. "
    f"BODY.xml is a whole Envelope without Security, or the GenerateCovidIdRequest element; {STREAM} is stdin. "
    f"The message is to be sent within {TIME_TO_LIVE} seconds, unchanged. The end tells: 0 it is signed, 2 wrong usage "
    "or input that cannot be used, 3 the state folder cannot be used, the STS gives no token, or it cannot be written.",
    epilog="Example: conformance sign body.xml --as physician --out signed.xml, then "
    "curl --data-binary @signed.xml --header @signed.headers http://127.0.0.1:8080/DossierNumberGeneration/v1",
)
def sign(
    body: Annotated[str, typer.Argument(metavar="BODY.xml", help="The message to sign.")],
    *,
    persona: Annotated[
        str | None, typer.Option("--as", "--persona", metavar="PERSONA", help="Who calls. Default: physician.")
    ] = None,
    out: Annotated[
        str, typer.Option(metavar="FILE", help="The signed message, byte for byte. Default: stdout.")
    ] = STREAM,
    headers: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The HTTP head. Default: beside --out, with the ending .headers."),
    ] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="DIR", help="State folder shared with the mock: keys and test STS.")
    ] = None,
    keystore: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The caller's key and certificate: a PKCS#12 file.")
    ] = None,
    alias: Annotated[
        str | None, typer.Option(help="Entry of the keystore. Default: the only one with a key, or authentication.")
    ] = None,
    token: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The caller's token, exactly as the STS sent it.")
    ] = None,
    sts: Annotated[str | None, typer.Option(metavar="URL", help="Ask this STS for a token instead.")] = None,
    personas: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML file with personas of your own.")] = None,
    password_env: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Environment variable with the keystore's password; else it is asked for."),
    ] = None,
    endpoint: EndpointOption = None,
    settings_file: SettingsOption = None,
    acceptance: AcceptanceOption = None,
    contract: ContractOption = None,
    ca_file: CaFileOption = None,
    contact: ContactOption = None,
) -> None:
    """Signs one message and writes it, with the HTTP head that goes with it."""
    if not out:
        end(USAGE, f"--out names nothing: say where it goes, such as signed.xml, or {STREAM} for stdout")
    settings = _settings(settings_file, locals(), default_endpoint="http://127.0.0.1:8080")
    try:
        known = load_contract(settings.contract)
        envelope = unsigned_envelope(_read(body), known)
        transport, callers = transport_and_callers(settings)
        caller: Credentials = callers(settings.persona or ANYONE)
    except MessageError as error:
        end(USAGE, f"{body}: {error}")
    except (ContractError, PersonaUnavailableError, UnusableCredentialsError) as error:
        end(USAGE, str(error))
    except CredentialsError as error:
        end(TROUBLE, str(error))
    now = system_clock()
    octets = secured(envelope, caller, now=now)
    request = transport.request(settings.endpoint, octets, known.soap_action)
    head = headers if headers is not None or out == STREAM else Path(out).with_suffix(".headers")
    _write_signed(request, out, head)
    if out != STREAM:
        typer.echo(f"{out}: signed by {caller.persona}, good until {format_instant(now + TIME_TO_LIVE * SECOND)}")
        typer.echo(f"{head}: its HTTP head")


@app.command(
    help=f"Send a message as it stands and print the answer; {STREAM} is stdin. The end tells: 0 a success, 1 another "
    "answer, 2 wrong usage or input that cannot be used, 3 there is no answer.",
    epilog="Example: conformance sign body.xml --as physician | conformance send - --endpoint http://127.0.0.1:8080",
)
def send(
    message: Annotated[str, typer.Argument(metavar="FILE", help="The envelope, byte for byte as it shall be sent.")],
    *,
    endpoint: EndpointOption = None,
    settings_file: SettingsOption = None,
    acceptance: AcceptanceOption = None,
    contract: ContractOption = None,
    timeout: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=0.1, help="How long to wait for an answer. Default: 90.")
    ] = None,
    proxy: Annotated[str | None, typer.Option(metavar="URL", help="HTTP proxy. Default: the environment's.")] = None,
    ca_file: CaFileOption = None,
    contact: ContactOption = None,
) -> None:
    """Sends one message; the answer's body goes to stdout, what it says in one line to stderr."""
    settings = _settings(settings_file, locals())
    octets = _read(message)
    try:
        known = load_contract(settings.contract)
        transport = transport_of(settings)
        http = transport.send(settings.endpoint, transport.request(settings.endpoint, octets, known.soap_action))
    except (ContractError, UnusableCredentialsError) as error:
        end(USAGE, str(error))
    except (CredentialsError, NoConnectionError) as error:
        end(TROUBLE, str(error))
    if http.status is None:
        end(TROUBLE, f"no answer from {settings.endpoint.host}: {http.broken}")
    answer = read_answer(http, known)
    _print_body(http.body)
    complain(f"HTTP {http.status} {http.reason}".rstrip() + f": {answer.summary()}")
    raise typer.Exit(0 if _is_success(answer) else OTHER_ANSWER)


def _settings(file: Path | None, options: Mapping[str, Any], default_endpoint: str | None = None) -> RunSettings:
    """As for `conformance run`, guard rails included; a fault ends the command."""
    try:
        # --out is a file here, and a folder there.
        values = given_settings(file, {name: value for name, value in options.items() if name != "out"})
        if default_endpoint is not None:
            values.setdefault("endpoint", default_endpoint)
        settings = run_settings(values)
    except (EndpointError, SettingsError) as error:
        end(USAGE, str(error))
    if "keystore" in options and settings.keystore is not None:
        return replace(settings, password=keystore_password(settings.keystore, values.get("password_env")))
    return settings


def _read(name: str) -> bytes:
    if name == STREAM:
        return sys.stdin.buffer.read()
    try:
        return Path(name).read_bytes()
    except OSError as error:
        end(USAGE, f"{name} cannot be read: {error.strerror or error}")


def _write_signed(request: HttpRequest, out: str, head: Path | None) -> None:
    try:
        if head is not None:
            head.write_text(request.head, encoding="latin-1", newline="\n")
        if out == STREAM:
            typer.echo(request.body, nl=False)
        else:
            Path(out).write_bytes(request.body)
    except OSError as error:
        end(TROUBLE, f"the signed message cannot be written: {error.filename}: {error.strerror or error}")


def _print_body(body: bytes) -> None:
    """As it came; on a terminal, harmless to it."""
    if not sys.stdout.isatty():
        typer.echo(body, nl=False)
        return
    for line in body.decode("utf-8", "replace").splitlines():
        typer.echo("".join(character if character.isprintable() else repr(character)[1:-1] for character in line))


def _is_success(answer: Answer) -> bool:
    return isinstance(answer.content, Response) and answer.content.level_1 == f"{STATUS}Success"
