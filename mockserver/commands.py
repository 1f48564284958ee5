"""The command line of the mock: serve, ca, check, rules, token, reset."""

import json
import math
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from mockserver import __version__
from mockserver.endings import USAGE, clear_errors, end, note, state_folder
from mockserver.environment import unknown_variables
from mockserver.standard_output import writable_output
from mockserver.tls_command import ca, tls_of

# What a command needs is imported in the command: --help and a wrong option must not wait for the libraries of all.

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
        metavar="cookbook|lenient|hardened",
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
        envvar="MOCKSERVER_TRUST_STS",
        metavar="FILE",
        help="Certificate of another STS whose tokens are accepted (PEM or DER; repeatable).",
    ),
]
TrustCaOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--trust-ca",
        envvar="MOCKSERVER_TRUST_CA",
        metavar="FILE",
        help="CA that issues holder certificates (PEM or DER; repeatable). It never makes a token trusted.",
    ),
]
ContractOption = Annotated[
    Path | None,
    typer.Option(
        "--contract",
        envvar="MOCKSERVER_CONTRACT",
        metavar="DIR",
        help="Folder with the WSDL and its schemas. Default: the reconstructed one.",
    ),
]
PersonasOption = Annotated[
    Path | None,
    typer.Option(
        "--personas",
        envvar="MOCKSERVER_PERSONAS",
        metavar="FILE",
        help="TOML file with personas of your own, in the form of the built-in ones; it comes on top of them.",
    ),
]


def main() -> None:
    """Entry point of the console script."""
    with writable_output("mockserver"):
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
    context: typer.Context,
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
    management_token_file: Annotated[
        Path | None,
        typer.Option(
            envvar="MOCKSERVER_MANAGEMENT_TOKEN_FILE",
            metavar="FILE",
            help="File with the bearer token that the management port asks for.",
        ),
    ] = None,
    management_token_env: Annotated[
        str,
        typer.Option(metavar="NAME", help="Environment variable with that token, where no file is given."),
    ] = "MOCKSERVER_MANAGEMENT_TOKEN",  # noqa: S107 - a variable's name
    public_url: Annotated[
        str | None,
        typer.Option(
            envvar="MOCKSERVER_PUBLIC_URL",
            metavar="URL",
            help="Address of the service in the served WSDL; its path is added where it does not end with it.",
        ),
    ] = None,
    tls: Annotated[
        bool,
        typer.Option(
            "--tls",
            envvar="MOCKSERVER_TLS",
            help="Serve https with a certificate of the test CA, which `mockserver ca` gives to clients.",
        ),
    ] = False,
    tls_certificate: Annotated[
        Path | None,
        typer.Option(
            envvar="MOCKSERVER_TLS_CERTIFICATE",
            metavar="FILE",
            help="Serve https with a certificate of your own (PEM, its chain after it); read again when it changes.",
        ),
    ] = None,
    tls_key: Annotated[
        Path | None,
        typer.Option(envvar="MOCKSERVER_TLS_KEY", metavar="FILE", help="The private key of --tls-certificate (PEM)."),
    ] = None,
    profile: ProfileOption = None,
    policy: PolicyOption = None,
    state: StateOption = None,
    trust_sts: TrustStsOption = None,
    trust_ca: TrustCaOption = None,
    contract: ContractOption = None,
    personas_file: PersonasOption = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            envvar="MOCKSERVER_TRUSTED_PROXY",
            metavar="ADDRESS",
            help="Address or network of a proxy whose X-Forwarded fields are believed (repeatable).",
        ),
    ] = None,
    scenarios_file: Annotated[
        Path | None,
        typer.Option(
            "--scenarios",
            envvar="MOCKSERVER_SCENARIOS",
            metavar="FILE",
            help="TOML file with scenarios of your own; they come on top of the built-in ones.",
        ),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            envvar="MOCKSERVER_SCENARIO", metavar="NAME", help="Scenario that the paths without session begin with."
        ),
    ] = None,
    most_sessions: Annotated[
        int,
        typer.Option("--sessions", envvar="MOCKSERVER_SESSIONS", min=0, max=10_000, help="Sessions at once at most."),
    ] = 100,
    session_idle: Annotated[
        float,
        typer.Option(
            envvar="MOCKSERVER_SESSION_IDLE",
            metavar="SECONDS",
            min=1,
            help="After so long without a request a session is gone.",
        ),
    ] = 3600.0,
    journal_entries: Annotated[
        int,
        typer.Option(envvar="MOCKSERVER_JOURNAL_ENTRIES", min=1, help="Exchanges that each session's journal keeps."),
    ] = 1000,
    journal_bytes: Annotated[
        int,
        typer.Option(envvar="MOCKSERVER_JOURNAL_BYTES", min=1, help="Bytes that each session's journal keeps."),
    ] = 64 * 1024 * 1024,
    in_flight: Annotated[
        int,
        typer.Option(
            "--max-in-flight",
            envvar="MOCKSERVER_MAX_IN_FLIGHT",
            min=1,
            help="Requests at once, divided among --workers; one more gets 503.",
        ),
    ] = 500,
    workers: Annotated[
        int,
        typer.Option(
            envvar="MOCKSERVER_WORKERS",
            min=1,
            max=64,
            help="Processes that judge and answer; with more than one, another keeps what they share (not on Windows). "
            "One for each core that clients leave.",
        ),
    ] = 1,
    log_format: Annotated[
        str | None,
        typer.Option(
            envvar="MOCKSERVER_LOG_FORMAT",
            metavar="json|text",
            help="Form of the log on stderr. Default: text on a terminal, else JSON lines.",
        ),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            envvar="MOCKSERVER_STORE",
            metavar="URL",
            help="PostgreSQL database for the issued identifiers, shared by all mocks that name it. Give a URL with a "
            "password by the environment: others see the command line. Default: a file in the state folder.",
        ),
    ] = None,
    memory: Annotated[
        bool, typer.Option("--memory", envvar="MOCKSERVER_MEMORY", help="Keep issued identifiers in memory only.")
    ] = False,
    clock_offset: Annotated[
        float,
        typer.Option(
            envvar="MOCKSERVER_CLOCK_OFFSET",
            metavar="SECONDS",
            help="Let the gateway's clock go ahead (or, negative, behind) of the machine's.",
        ),
    ] = 0.0,
) -> None:
    """Start the mock. Prints `ready URL` when it can answer; Ctrl-C or SIGTERM stops it.

    The journal with the reason of every refusal is at http://127.0.0.1:8081/journal.

    Ends with 0 when it is stopped, 2 for wrong usage or input that cannot be used, 3 for a port or folder that cannot
    be had.
    """
    from mockserver.assembly import MockPremises, Plan, hosts_of
    from mockserver.http.limits import Limits
    from mockserver.http.log import FORMS, ExchangeLog, log_faults
    from mockserver.http.public_url import read_public_url
    from mockserver.instant import MOST_SKEW, format_instant, skewed_clock
    from mockserver.management.token import read_token
    from mockserver.process_memory import spare_what_is_loaded, use_one_arena
    from mockserver.scenarios.plan import scenarios_with
    from mockserver.server import Urls
    from mockserver.server import serve as run_server
    from mockserver.service_port import OneProcess, Ports, PortSettings, ServicePort
    from mockserver.sessions.register import Sessions, SessionSettings

    use_one_arena()  # before there are threads
    if not abs(clock_offset) <= MOST_SKEW:  # a NaN is neither below nor above
        end(f"--clock-offset {clock_offset:g} must be a number of seconds, {MOST_SKEW} (50 years) at most", USAGE)
    clock = skewed_clock(clock_offset)
    if not math.isfinite(session_idle):
        end(f"--session-idle {session_idle:g} must be a number of seconds", USAGE)
    if memory and store is not None:
        end("--memory and --store exclude each other; leave one out", USAGE)
    if log_format is not None and log_format not in FORMS:
        end(f"--log-format is {log_format!r}; choose one of {', '.join(FORMS)}", USAGE)
    for sentence in unknown_variables(os.environ, _variables(context, management_token_env)):
        note(sentence)
    log_faults(log_format)
    with clear_errors():
        known = scenarios_with(scenarios_file)
        management_token = read_token(management_token_file, management_token_env)
        public_url = read_public_url(public_url) if public_url is not None else None
    sessions = Sessions(SessionSettings(most_sessions, session_idle, journal_entries, journal_bytes), clock=clock)
    if scenario is not None:
        if scenario not in known:
            end(f"there is no scenario {scenario!r}; there are: {', '.join(known)}", USAGE)
        sessions.default.playing.play(known[scenario])

    plan = Plan(
        state_folder(state),
        profile,
        policy,
        trust_sts or (),
        trust_ca or (),
        contract,
        memory,
        store,
        personas=personas_file,
        hosts=hosts_of(host, public_url),
    )
    premises: list[MockPremises] = []

    def load() -> MockPremises:
        premises.append(MockPremises(plan, clock=clock))
        spare_what_is_loaded()
        return premises[0]

    def announce(urls: Urls) -> None:
        typer.echo(f"test-pki valid until {format_instant(premises[0].authority.end)}")
        typer.echo(f"management {urls.management}")
        typer.echo(f"ready {urls.service}")

    ports = Ports(
        host=host,
        port=port,
        management_host=management_host,
        management_port=management_port,
        management_token=management_token,
        public_url=public_url,
        trusted_proxies=trusted_proxy or (),
        tls=tls_of(tls, tls_certificate, tls_key, state_folder(state), hosts_of(host, public_url)),
    )
    with clear_errors():
        service_port: Callable[[PortSettings], ServicePort] = OneProcess
        if workers > 1:
            from mockserver.workers.service_port import ManyProcesses

            service_port = partial(
                ManyProcesses, workers=workers, plan=plan, clock_offset=clock_offset, log_form=log_format
            )
        run_server(
            load,
            sessions=sessions,
            on_ready=announce,
            ports=ports,
            limits=Limits(in_flight=in_flight),
            clock=clock,
            log=ExchangeLog(form=log_format),
            scenarios=known,
            service_port=service_port,
        )


def _variables(context: typer.Context, management_token_env: str) -> Iterator[str]:
    """Names of the variables that the command reads."""
    yield management_token_env
    for parameter in context.command.params:
        named = parameter.envvar
        yield from [named] if isinstance(named, str) else named or ()


app.command()(ca)


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
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="X-ray of the signatures: why a digest or signature does not verify (up to ten seconds)."
        ),
    ] = False,
    explain_out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder for the canonical bytes of each part, and for the same with white space shown. "
            "Takes --explain along.",
        ),
    ] = None,
    earlier: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="For --explain: a message sent before, to compare with (repeatable)."),
    ] = None,
) -> None:
    """Say what the gateway and CBSS would answer to this message, and every finding with what to do.

    Ends with 0 if the answer is a success, 1 if it is refused or not successful, 2 for wrong usage or input that cannot
    be used, 3 if the test PKI of the state folder cannot be used.
    """
    from mockserver.assembly import Plan, build_examiner
    from mockserver.examine import examine_files, print_report

    if state is not None and not state.is_dir():
        end(f"there is no state folder {state}; name the mock's with --state, or leave it out", USAGE)
    with clear_errors():
        plan = Plan(
            state_folder(state), profile, policy, trust_sts or (), trust_ca or (), contract, personas=personas_file
        )
        report = examine_files(message, headers, at, lambda clock: build_examiner(plan, clock=clock))
    explanation = None
    if explain or explain_out is not None:
        from mockserver.instant import system_clock
        from mockserver.xray.examine import explain_report, write_octets

        with clear_errors():
            judge = build_examiner(plan, clock=system_clock)
            explanation = explain_report(report.request, judge.policy, plan, earlier or ())
            files = [] if explain_out is None else write_octets(explanation, explain_out)
    if as_json:
        xray = {} if explanation is None else {"xray": explanation.to_json()}
        typer.echo(json.dumps(report.to_json() | xray, indent=2, ensure_ascii=False))
    else:
        print_report(report)
    if explanation is not None and not as_json:
        from mockserver.xray.show import print_explanation

        print_explanation(explanation)
        for file in files:
            typer.echo(str(file))
    raise typer.Exit(0 if report.answer.status == "Success" else 1)


@app.command()
def rules(
    as_json: Annotated[bool, typer.Option("--json", help="The whole catalogue as JSON.")] = False,
    profile: ProfileOption = None,
    version: Annotated[bool, typer.Option("--version", help="Show the version of the catalogue and end.")] = False,
) -> None:
    """Show the catalogue of rules with id, level, severity in the profile, SOA code and source.

    Ends with 0, or 2 for wrong usage.
    """
    from mockserver.catalogue import CATALOGUE_VERSION, catalogue, print_catalogue

    if version:
        typer.echo(f"catalogue {CATALOGUE_VERSION}")
        raise typer.Exit
    with clear_errors():
        rows = catalogue("cookbook" if profile is None else profile)
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        print_catalogue(rows)


@app.command()
def token(
    persona: Annotated[str, typer.Option("--as", metavar="PERSONA", help="One of the personas, such as physician.")],
    out: Annotated[
        str,  # a Path would make the working directory of an empty word
        typer.Option(metavar="DIR", help="Folder for token.xml, key.pem, certificate.pem, credential.p12."),
    ],
    lifetime: Annotated[int, typer.Option(min=1, max=24 * 3600, help="Seconds the token is valid.")] = 24 * 3600,
    not_before: Annotated[
        int | None,
        typer.Option(
            min=-24 * 3600, max=24 * 3600, metavar="SECONDS", help="Begin so long after now, for a token that is early."
        ),
    ] = None,
    expired: Annotated[bool, typer.Option("--expired", help="A token whose lifetime ended an hour ago.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
    personas_file: PersonasOption = None,
    state: StateOption = None,
) -> None:
    """Write a token of this mock's STS with the key and certificate of its holder.

    Ends with 0 when it is written, 2 for wrong usage or files that are there already, 3 if a folder cannot be used.
    """
    import difflib

    from mockserver.identities.authority import Authority
    from mockserver.identities.persona_register import PersonaRegister
    from mockserver.identities.token_files import DEFAULT_PASSWORD, write_token
    from mockserver.instant import SECOND, format_instant, system_clock

    if not out:
        end("--out is empty; name the folder for the token, or . for the working directory", USAGE)
    if expired and not_before is not None:
        end("--expired and --not-before exclude each other; leave one out", USAGE)
    with clear_errors():
        known = PersonaRegister(state_folder(state), personas_file)
    if persona not in known:
        near = difflib.get_close_matches(persona, known, 1)
        meant = f"did you mean {near[0]}? There are" if near else "there are"
        end(f"there is no persona {persona!r}; {meant}: {', '.join(known)}", USAGE)
    now = system_clock()
    if expired:
        now -= (lifetime + 3600) * SECOND
    with clear_errors():
        authority = Authority.open(state_folder(state))
        files = write_token(
            Path(out),
            authority,
            known[persona],
            now=now,
            lifetime=lifetime,
            not_before=None if not_before is None else now + not_before * SECOND,
            overwrite=overwrite,
        )
    for file in files:
        typer.echo(str(file))
    typer.echo(f"The password of {files.credential.name} is {DEFAULT_PASSWORD!r}.")
    typer.echo(f"The test PKI is valid until {format_instant(authority.end)}.")


@app.command()
def reset(
    state: StateOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Clear the state folder: test PKI with all keys, issued identifiers, personas that were added at run time.

    Ends with 0 when it is clear, 2 for wrong usage or a no, 3 if a mock runs on it or it cannot be deleted.
    """
    from mockserver.identities.state_folder import clear, contents

    folder = state_folder(state)
    with clear_errors():
        for entry in contents(folder):
            typer.echo(str(entry))
        if not yes and not typer.confirm("Delete these? Tokens and identifiers made with them are lost."):
            end("nothing was deleted", USAGE)
        clear(folder)
    typer.echo(f"{folder} is clear; the next start fills it anew.")
