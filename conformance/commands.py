"""The command line of the suite: `conformance list`, `conformance run` and `conformance init`."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from conformance.cases import all_cases
from conformance.cases.registry import Case
from conformance.certify.catalogue import client_cases
from conformance.client.credentials import ANYONE, CredentialsError, UnusableCredentialsError
from conformance.client.endpoint import EndpointError
from conformance.client_commands import app as client_app
from conformance.command_line import (
    INTERRUPTED,
    TROUBLE,
    USAGE,
    complain,
    end,
    expect_known,
    expect_named,
    keystore_password,
)
from conformance.evidence_commands import app as evidence_app
from conformance.modes.callers import known_personas
from conformance.modes.engine import Verdict
from conformance.modes.run import OutputError, RunSettings
from conformance.modes.run import run as run_suite
from conformance.performance.measure import MAX_AT_A_TIME, MAX_CALLS
from conformance.reports.console import Console
from conformance.reports.results import case_facts
from conformance.reports.terminal import (
    Progress,
    print_cases,
    print_performance,
    print_summary,
    tolerate_any_code_page,
)
from conformance.settings import FILE_NAME, MAX_JOBS, TEMPLATE, SettingsError, given_settings, run_settings
from conformance.signing_commands import app as signing_app
from conformance.sts_commands import app as sts_app
from mockserver import __version__
from mockserver.contract import ContractError
from mockserver.identities.authority import AuthorityError
from mockserver.standard_output import writable_output

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
app.add_typer(evidence_app)
app.add_typer(sts_app)
app.add_typer(signing_app)


def main() -> None:
    """Entry point of the `conformance` command."""
    tolerate_any_code_page()
    with writable_output("conformance"):
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


@app.command(
    "list",
    help="Show the cases of endpoints and clients. The end tells: 0, or 2 for wrong usage.",
    epilog="Example: conformance list --json",
)
def list_cases(
    as_json: Annotated[bool, typer.Option("--json", help="As a JSON array, with the full text of each.")] = False,
) -> None:
    """Shows the cases of endpoints, then those of clients, each with the commands that judge it."""
    listed = [(case, ["run"]) for case in all_cases()] + [(case, list(modes)) for case, modes in client_cases()]
    if as_json:
        typer.echo(json.dumps([{**case_facts(case), "modes": modes} for case, modes in listed], indent=2))
    else:
        print_cases(listed, Console())


@app.command(
    help="Run the cases against an endpoint. The end tells: 0 all passed, 1 a case failed, 2 wrong usage or input that "
    "cannot be used, 3 the endpoint could not be reached, the state folder or the results could not be used, or the "
    "suite itself had a fault. What is not given as an option is read from "
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
        str | None,
        typer.Option("--as", "--persona", metavar="PERSONA", help="Only cases of this persona, and those of anyone."),
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
    alias: Annotated[
        str | None, typer.Option(help="Entry of the keystore. Default: the only one with a key, or authentication.")
    ] = None,
    token: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The caller's token, exactly as the STS sent it.")
    ] = None,
    sts: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Ask this STS for a token, and renew it before its end; needs --persona."),
    ] = None,
    personas: Annotated[
        Path | None, typer.Option(metavar="FILE", help="TOML file with personas of your own, to ask the STS as.")
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
    jobs: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=MAX_JOBS, help="Cases run at the same time.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Repeats the order and the draws of an earlier run.")
    ] = None,
    performance: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=MAX_CALLS, help="Measure so many calls after the cases (cookbook 7.1.3)."),
    ] = None,
    at_a_time: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, max=MAX_AT_A_TIME, help="Measured calls that may be under way together. Default: 1."
        ),
    ] = None,
    fail_on: Annotated[str | None, typer.Option(metavar="fail|warn", help="What ends with 1. Default: fail.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder for report.html, results.json, junit.xml and all requests and answers. "
            "Default: conformance-results.",
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
    options = locals()
    try:
        values = given_settings(settings_file, options)
        settings = run_settings(values, _password(values))
        chosen = _chosen(settings.persona, case or [], known_personas(settings.state, settings.personas))
    except (EndpointError, SettingsError, UnusableCredentialsError) as error:
        end(USAGE, str(error))
    if not _CONTACT.fullmatch(settings.contact):
        end(USAGE, "--from must be one e-mail address such as info@mycompany.be")
    expect_named(settings.out, "conformance-results")
    console = Console()
    _show_run(console, settings)
    if settings.proxy is not None and settings.endpoint.is_loopback:
        complain("please note: the proxy is not used, because the endpoint is this machine itself")
    try:
        with Progress(console, chosen) as progress:
            record = run_suite(
                chosen,
                settings,
                on_result=progress.told,
                on_selected=progress.expect,
                pytest_arguments=["-k", select] if select else [],
            )
    except (ContractError, SettingsError, UnusableCredentialsError) as error:
        end(USAGE, str(error))
    except (AuthorityError, CredentialsError, OutputError) as error:
        end(TROUBLE, str(error))
    except KeyboardInterrupt:
        end(INTERRUPTED, f"stopped: no report is written; what was sent and received so far is in {settings.out}")
    if not record.results:
        end(USAGE, "no case is selected")
    print_summary(record.results, console, settings.command)
    if record.performance is not None:
        print_performance(record.performance, console)
    for result in record.results:
        if result.verdict is Verdict.ERROR:
            complain(f"{result.case.id}: {result.reason}")
    raise typer.Exit(record.exit_code)


@app.command(epilog="Example: conformance init, then edit the file, then conformance run")
def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")] = Path(FILE_NAME),
) -> None:
    """Write a settings file with a comment on every key.

    The end tells: 0 it is written, 2 wrong usage or the file is there, 3 it cannot be written.
    """
    try:
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(TEMPLATE)
    except FileExistsError:
        end(USAGE, f"{file} exists; name another file, or remove it")
    except OSError as error:
        end(TROUBLE, f"{file} cannot be written: {error.strerror or error}")
    typer.echo(f"wrote {file}")


def _password(values: Mapping[str, Any]) -> str | None:
    """The keystore's password; None without keystore."""
    keystore = values.get("keystore")
    return None if keystore is None else keystore_password(Path(keystore), values.get("password_env"))


def _show_run(console: Console, settings: RunSettings) -> None:
    console.print(
        f"conformance of {settings.endpoint.url}, seed {settings.seed}", soft_wrap=True, highlight=False, markup=False
    )


def _chosen(persona: str | None, ids: Sequence[str], known: Iterable[str]) -> Sequence[Case]:
    """The cases to run, in their own order; an unknown name or an empty choice ends the command.

    `known` are the personas that there are: one without cases of its own calls where anyone may.
    """
    cases = all_cases()
    expect_known("case", ids, [case.id for case in cases])
    expect_known("persona", [persona] if persona else [], list(known))
    chosen = [
        case for case in cases if (not ids or case.id in ids) and (persona is None or case.persona in (ANYONE, persona))
    ]
    if not chosen:
        end(USAGE, f"none of the cases given with --case is one of {persona}")
    return chosen
