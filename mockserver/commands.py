"""The command line of the mock: serve, check, rules, token."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer

from mockserver import __version__

# What a command needs is imported in the command: --help and a wrong option must not wait for the libraries of all.

USAGE: Final = 2
TROUBLE: Final = 3

app = typer.Typer(
    name="mockserver",
    help="A mock of eHealth's DossierNumberGeneration service (GenerateCovidId): it verifies what the real one "
    "verifies, and says why it refuses.",
    epilog="Example: mockserver serve, then in another terminal: "
    "conformance run --endpoint http://127.0.0.1:8080/DossierNumberGeneration/v1",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

StateOption = Annotated[
    Path | None,
    typer.Option(
        "--state",
        envvar="DOSSIER_STATE",
        metavar="DIR",
        help="Folder with the test PKI and the issued identifiers. Default: the user's data folder.",
    ),
]
ProfileOption = Annotated[
    str | None,
    typer.Option(
        envvar="MOCKSERVER_PROFILE",
        help="cookbook: each MUST refuses. lenient: as acceptance is seen to judge. hardened: everything refuses.",
    ),
]
PolicyOption = Annotated[
    Path | None,
    typer.Option(
        "--policy",
        envvar="MOCKSERVER_POLICY",
        metavar="FILE",
        help="TOML file that changes single rules, settings and limits of the profile.",
    ),
]
TrustStsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--trust-sts",
        metavar="FILE",
        help="Certificate of another STS whose tokens are accepted (PEM or DER; repeatable).",
    ),
]
TrustCaOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--trust-ca",
        metavar="FILE",
        help="CA that issues holder certificates (PEM or DER; repeatable). It never makes a token trusted.",
    ),
]
ContractOption = Annotated[
    Path | None,
    typer.Option(
        "--contract",
        metavar="DIR",
        help="Folder with the WSDL and its schemas. Default: the reconstructed one.",
    ),
]
PersonasOption = Annotated[
    Path | None,
    typer.Option(
        "--personas",
        metavar="FILE",
        help="TOML file with personas of your own, in the form of the built-in ones; it comes on top of them.",
    ),
]


def main() -> None:
    """Entry point of the console script."""
    app()


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show the version and end.")] = False,
) -> None:
    if version:
        typer.echo(f"mockserver {__version__}")
        raise typer.Exit


@app.command()
def serve(
    host: Annotated[str, typer.Option(envvar="MOCKSERVER_HOST", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="MOCKSERVER_PORT", min=0, max=65535, help="0 takes a free one.")] = 8080,
    management_host: Annotated[
        str, typer.Option(envvar="MOCKSERVER_MANAGEMENT_HOST", help="Other than loopback only with a token.")
    ] = "127.0.0.1",
    management_port: Annotated[
        int,
        typer.Option(
            envvar="MOCKSERVER_MANAGEMENT_PORT",
            min=0,
            max=65535,
            help="Journal and health; 0 takes a free one.",
        ),
    ] = 8081,
    management_token: Annotated[
        str | None,
        typer.Option(envvar="MOCKSERVER_MANAGEMENT_TOKEN", help="Bearer token that the management port asks for."),
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(envvar="MOCKSERVER_PUBLIC_URL", metavar="URL", help="Address of the service in the served WSDL."),
    ] = None,
    profile: ProfileOption = None,
    policy: PolicyOption = None,
    state: StateOption = None,
    trust_sts: TrustStsOption = None,
    trust_ca: TrustCaOption = None,
    contract: ContractOption = None,
    personas_file: PersonasOption = None,
    memory: Annotated[bool, typer.Option("--memory", help="Keep issued identifiers in memory only.")] = False,
    clock_offset: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", help="Let the gateway's clock go ahead (or, negative, behind) of the machine's."
        ),
    ] = 0.0,
) -> None:
    """Start the mock. Prints `ready URL` when it can answer; Ctrl-C or SIGTERM stops it.

    The journal with the reason of every refusal is at http://127.0.0.1:8081/journal.
    """
    from mockserver.app import Service
    from mockserver.assembly import Plan, build_gateway, build_sts
    from mockserver.gateway.gateway import Report
    from mockserver.instant import skewed_clock
    from mockserver.management.journal import Entry, Journal
    from mockserver.server import Ports, Urls
    from mockserver.server import serve as run_server

    journal = Journal()
    clock = skewed_clock(clock_offset)

    def record(report: Report) -> None:
        journal.record(Entry.of_exchange(report.request, report.answer, duration=report.duration, report=report))

    def load() -> Service:
        plan = Plan(
            _state(state),
            profile,
            policy,
            trust_sts or (),
            trust_ca or (),
            contract,
            memory,
            personas=personas_file,
        )
        gateway, loaded_contract = build_gateway(plan, clock=clock, on_report=record)
        sts = build_sts(plan, gateway.policy, clock=clock, on_report=record)
        return Service(gateway, loaded_contract, sts)

    def announce(urls: Urls) -> None:
        typer.echo(f"management {urls.management}")
        typer.echo(f"ready {urls.service}")

    ports = Ports(
        host=host,
        port=port,
        management_host=management_host,
        management_port=management_port,
        management_token=management_token,
        public_url=public_url,
    )
    with _clear_errors():
        run_server(load, journal=journal, on_ready=announce, ports=ports, clock=clock)


@app.command()
def check(
    message: Annotated[Path, typer.Argument(metavar="MESSAGE.xml", help="The envelope, byte for byte as sent.")],
    headers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Raw HTTP head: request line and fields. Without it HTTP rules are left out."
        ),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="When it is received, such as 2026-11-23T18:34:07Z. Default: now."),
    ] = None,
    profile: ProfileOption = None,
    policy: PolicyOption = None,
    state: StateOption = None,
    trust_sts: TrustStsOption = None,
    trust_ca: TrustCaOption = None,
    contract: ContractOption = None,
    personas_file: PersonasOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer and findings as JSON.")] = False,
) -> None:
    """Say what the gateway and CBSS would answer to this message, and every finding with what to do.

    Ends with 0 if the answer is a success, 1 if it is refused or not successful, 2 if the command is used wrongly.
    """
    from mockserver.assembly import Plan, build_examiner
    from mockserver.examine import examine_files, print_report

    with _clear_errors():
        plan = Plan(_state(state), profile, policy, trust_sts or (), trust_ca or (), contract, personas=personas_file)
        report = examine_files(message, headers, at, lambda clock: build_examiner(plan, clock=clock))
    if as_json:
        typer.echo(json.dumps(report.to_json(), indent=2, ensure_ascii=False))
    else:
        print_report(report)
    raise typer.Exit(0 if report.answer.status == "Success" else 1)


@app.command()
def rules(
    as_json: Annotated[bool, typer.Option("--json", help="The whole catalogue as JSON.")] = False,
    profile: ProfileOption = None,
) -> None:
    """Show the catalogue of rules with id, level, severity in the profile, SOA code and source."""
    from mockserver.catalogue import catalogue, print_catalogue

    with _clear_errors():
        rows = catalogue(profile or "cookbook")
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_catalogue(rows)


@app.command()
def token(
    persona: Annotated[str, typer.Option("--as", metavar="PERSONA", help="One of the personas, such as physician.")],
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Folder for token.xml, key.pem, certificate.pem, credential.p12."),
    ],
    lifetime: Annotated[int, typer.Option(min=1, max=24 * 3600, help="Seconds the token is valid.")] = 24 * 3600,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
    personas_file: PersonasOption = None,
    state: StateOption = None,
) -> None:
    """Write a token of this mock's STS with the key and certificate of its holder."""
    import difflib

    from mockserver.identities.authority import Authority
    from mockserver.identities.personas import personas_with
    from mockserver.identities.token_files import DEFAULT_PASSWORD, write_token
    from mockserver.instant import system_clock

    with _clear_errors():
        known = personas_with(personas_file)
    if persona not in known:
        near = difflib.get_close_matches(persona, known, 1, 0)
        _end(f"there is no persona {persona!r}; did you mean {near[0]}? There are: {', '.join(known)}", USAGE)
    with _clear_errors():
        files = write_token(
            out,
            Authority.open(_state(state)),
            known[persona],
            now=system_clock(),
            lifetime=lifetime,
            overwrite=overwrite,
        )
    for file in files:
        typer.echo(str(file))
    typer.echo(f"The password of {files.credential.name} is {DEFAULT_PASSWORD!r}.")


def _state(given: Path | None) -> Path:
    from mockserver.identities.authority import default_state_directory

    return given if given is not None else default_state_directory()


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Turn the errors a user can cause into one sentence on stderr and an exit code."""
    from mockserver.cbss.register import RegisterError
    from mockserver.contract import ContractError
    from mockserver.examine import UnusableInput
    from mockserver.gateway.crypto.trust import TrustError
    from mockserver.gateway.profiles import PolicyError
    from mockserver.http.listener import ListenError
    from mockserver.identities.authority import AuthorityError
    from mockserver.identities.personas import PersonaError

    try:
        yield
    except (TrustError, PolicyError, UnusableInput, ContractError, PersonaError) as error:
        _end(str(error), USAGE)
    except (AuthorityError, RegisterError, ListenError) as error:
        _end(str(error), TROUBLE)


def _end(sentence: str, code: int) -> NoReturn:
    typer.echo(f"mockserver: {sentence}", err=True)
    raise typer.Exit(code)
