"""The command line of the suite: `conformance list`, `conformance run` and `conformance init`."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer
from rich.console import Console

from conformance.cases import all_cases
from conformance.cases.registry import Case
from conformance.client.credentials import ANYONE, CredentialsError
from conformance.client.endpoint import EndpointError
from conformance.client_commands import app as client_app
from conformance.modes.engine import Verdict, exit_code
from conformance.modes.run import OutputError, RunSettings
from conformance.modes.run import run as run_suite
from conformance.reports.results import case_facts
from conformance.reports.terminal import Progress, print_cases, print_summary, printable, tolerate_any_code_page
from conformance.settings import FILE_NAME, KEYS, TEMPLATE, SettingsError, nearest, read_settings, run_settings
from conformance.sts_commands import app as sts_app
from mockserver import __version__
from mockserver.contract import ContractError
from mockserver.identities.authority import AuthorityError

USAGE: Final = 2
TROUBLE: Final = 3

_CONTACT: Final = re.compile(r"[!-~]+@[!-~]+")

app = typer.Typer(
    name="conformance",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Runs the cookbook's test cases for DossierNumberGeneration (GenerateCovidId) against an endpoint.",
    epilog="Example: conformance run --endpoint http://localhost:8080 --as physician",
)
app.add_typer(client_app)
app.add_typer(sts_app)


def main() -> None:
    """Entry point of the `conformance` command."""
    tolerate_any_code_page()
    app()


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dossier-conformance {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and end."),
    ] = False,
) -> None:
    """Only --version stands before a command."""


@app.command("list", help="Show the cases.", epilog="Example: conformance list --json")
def list_cases(
    as_json: Annotated[bool, typer.Option("--json", help="As a JSON array, with the full text of each.")] = False,
) -> None:
    """Shows every case of the suite."""
    cases = all_cases()
    if as_json:
        typer.echo(json.dumps([case_facts(case) for case in cases], indent=2))
    else:
        print_cases(cases, Console())


@app.command(
    help="Run the cases against an endpoint. The end tells: 0 all passed, 1 a case failed, 2 wrong usage, "
    "3 the endpoint could not be reached or the suite itself had a fault. What is not given as an option is read from "
    f"the settings file ({FILE_NAME} in the working directory, if it is there).",
    epilog="Example: conformance run --endpoint http://localhost:8080 --case recommended-lastname-only",
)
def run(
    *,
    endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="The service. Without a path, the cookbook's path is added.")
    ] = None,
    settings_file: Annotated[
        Path | None, typer.Option("--settings", metavar="FILE", help="Settings file; `conformance init` writes one.")
    ] = None,
    persona: Annotated[
        str | None, typer.Option("--as", metavar="PERSONA", help="Only cases of this persona, and those of anyone.")
    ] = None,
    case: Annotated[list[str] | None, typer.Option(metavar="ID", help="Only this case; may be repeated.")] = None,
    select: Annotated[
        str | None, typer.Option("-k", metavar="EXPRESSION", help="Only cases that match, as pytest's -k.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="DIR", help="State folder shared with the mock: keys and test STS.")
    ] = None,
    keystore: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The caller's key and certificate: a PKCS#12 file.")
    ] = None,
    token: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The caller's token, exactly as the STS sent it.")
    ] = None,
    password_env: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Environment variable with the keystore's password; else it is asked for."),
    ] = None,
    acceptance: Annotated[
        bool | None, typer.Option("--acceptance", help="A host other than this machine is meant.")
    ] = None,
    allow_intrusive: Annotated[
        bool | None,
        typer.Option("--allow-intrusive", help="Send such a host malformed and forged messages, too."),
    ] = None,
    interval: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", min=0, help="Between requests. Default: 1, and 0 for this machine."),
    ] = None,
    jobs: Annotated[int | None, typer.Option(metavar="N", min=1, help="Run so many cases at the same time.")] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Repeats the order and the draws of an earlier run.")
    ] = None,
    fail_on: Annotated[
        str | None, typer.Option(metavar="VERDICT", help="fail (default) or warn: what ends with 1.")
    ] = (None),
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder for results.json, junit.xml and all requests and answers. Default: conformance-results.",
        ),
    ] = None,
    contract: Annotated[
        Path | None, typer.Option(metavar="DIR", help="WSDL folder, if not the reconstructed one.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=0.1, help="How long to wait for an answer. Default: 90.")
    ] = None,
    connect_timeout: Annotated[
        float | None, typer.Option(metavar="SECONDS", min=0.1, help="How long for a connection. Default: 10.")
    ] = None,
    proxy: Annotated[str | None, typer.Option(metavar="URL", help="HTTP proxy. Default: the environment's.")] = None,
    ca_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CAs in PEM form to trust besides the system's.")
    ] = None,
    contact: Annotated[
        str | None, typer.Option("--from", metavar="EMAIL", help="Emergency contact, sent as From (cookbook 5.1.4).")
    ] = None,
) -> None:
    """Runs the chosen cases, shows and saves what came, and ends with the exit code."""
    options = {name: value for name, value in locals().items() if name in KEYS and value is not None}
    options |= {name: str(value) for name, value in options.items() if isinstance(value, Path)}
    try:
        values = {**_from_file(settings_file), **options}
        chosen = _chosen(values.get("persona"), case or [])
        settings = run_settings(values, _password(values))
    except (EndpointError, SettingsError) as error:
        _end(USAGE, str(error))
    if not _CONTACT.fullmatch(settings.contact):
        _end(USAGE, "--from must be one e-mail address such as info@mycompany.be")
    console = Console()
    _show_run(console, settings)
    try:
        with Progress(console, chosen) as progress:
            arguments = ["-k", select] if select else []
            results = run_suite(chosen, settings, on_result=progress.told, pytest_arguments=arguments)
    except (AuthorityError, CredentialsError, ContractError, OutputError) as error:
        _end(TROUBLE, str(error))
    except SettingsError as error:
        _end(USAGE, str(error))
    if not results:
        _end(USAGE, "no case is selected")
    print_summary(results, console, settings.command)
    for result in results:
        if result.verdict is Verdict.ERROR:
            _complain(f"{result.case.id}: {result.reason}")
    raise typer.Exit(exit_code(results, settings.fail_on))


@app.command(epilog="Example: conformance init, then edit the file, then conformance run")
def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")] = Path(FILE_NAME),
) -> None:
    """Write a settings file with a comment on every key."""
    try:
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(TEMPLATE)
    except FileExistsError:
        _end(USAGE, f"{file} exists; name another file, or remove it")
    except OSError as error:
        _end(TROUBLE, f"{file} cannot be written: {error.strerror or error}")
    typer.echo(f"wrote {file}")


def _from_file(file: Path | None) -> dict[str, Any]:
    """What the settings file says; nothing without one."""
    found = file or (Path(FILE_NAME) if Path(FILE_NAME).is_file() else None)
    return read_settings(found) if found is not None else {}


def _password(values: Mapping[str, Any]) -> str | None:
    """The keystore's password, from the environment or asked for; never an option, which others could see."""
    if values.get("keystore") is None:
        return None
    name = values.get("password_env")
    if name is None:
        return str(typer.prompt("Password of the keystore", hide_input=True, default="", show_default=False, err=True))
    if name not in os.environ:
        raise SettingsError(f"the environment variable {name} with the keystore's password is not set")
    return os.environ[name]


def _show_run(console: Console, settings: RunSettings) -> None:
    console.print(
        f"conformance of {settings.endpoint.url}, seed {settings.seed}", soft_wrap=True, highlight=False, markup=False
    )


def _chosen(persona: str | None, ids: Sequence[str]) -> Sequence[Case]:
    """The cases to run, in their own order; an unknown name or an empty choice ends the command."""
    cases = all_cases()
    _expect_known("case", ids, [case.id for case in cases])
    named = sorted({case.persona for case in cases} - {ANYONE})
    _expect_known("persona with cases", [persona] if persona else [], named)
    chosen = [
        case for case in cases if (not ids or case.id in ids) and (persona is None or case.persona in (ANYONE, persona))
    ]
    if not chosen:
        _end(USAGE, f"none of the cases given with --case is one of {persona}")
    return chosen


def _expect_known(kind: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            _end(USAGE, f"there is no {kind} {name!r}; {nearest(name, list(known))}")


def _end(code: int, sentence: str) -> NoReturn:
    _complain(sentence)
    raise typer.Exit(code)


def _complain(sentence: str) -> None:
    typer.echo(f"conformance: {printable(sentence)}", err=True)
