"""The commands that certify a client: watch, drive, provoke."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final, NoReturn, TypeVar

import typer

from conformance.cases.checks import Check
from conformance.certify.endpoint import Seen
from conformance.certify.launching import REFUSED, TemplateError, read_command
from conformance.certify.provocations import PROVOCATIONS, Provocation
from conformance.certify.recommended import RECOMMENDED, Recommended
from conformance.certify.session import PLACEHOLDERS, CommandSettings
from conformance.client.endpoint import Endpoint, EndpointError, read_endpoint
from conformance.command_line import TROUBLE, USAGE, complain, end, expect_known, expect_named
from conformance.modes.drive import drive as drive_client
from conformance.modes.engine import Result, Verdict
from conformance.modes.mock import MockError
from conformance.modes.provoke import SLOW, WatchedProvocation, provoke_watched
from conformance.modes.provoke import provoke as provoke_client
from conformance.modes.watch import MESSAGES, WatchSettings
from conformance.modes.watch import watch as watch_client
from conformance.performance.measured import Performance
from conformance.performance.seen import measured_as_seen
from conformance.reports.console import Console
from conformance.reports.exchanges import FOLDER, save_exchanges
from conformance.reports.folder import save_record
from conformance.reports.record import Record
from conformance.reports.terminal import print_performance, print_results, printable
from conformance.reports.versions import versions
from mockserver.cbss.store import RegisterError
from mockserver.contract import ContractError
from mockserver.gateway.crypto.trust import TrustError
from mockserver.gateway.profiles import PolicyError
from mockserver.http.listener import ListenError
from mockserver.identities.authority import AuthorityError, default_state_directory
from mockserver.identities.personas import PersonaError, personas
from mockserver.instant import system_clock

_NOT_REDUCED: Final = 60.0
"""Seconds: a late answer must come after "one minute" to prove what cookbook 6.2 says."""

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_PLACEHOLDERS: Final = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)

PortOption = Annotated[int, typer.Option(min=0, max=65535, help="Where to listen on this machine; 0 takes a free one.")]
StateOption = Annotated[
    Path | None,
    typer.Option("--state", metavar="DIR", help="The mock's state folder: its STS and CA are trusted."),
]
OutOption = Annotated[
    Path,
    typer.Option(metavar="DIR", help="Folder for report.html, results.json, junit.xml and all requests and answers."),
]
ContractOption = Annotated[Path | None, typer.Option(metavar="DIR", help="WSDL folder, if not the reconstructed one.")]
ExecOption = Annotated[
    str,
    typer.Option(
        "--exec",
        metavar="COMMAND",
        help=f"The client's command, started once for each case. Filled in: {_PLACEHOLDERS}. It ends with 0 and prints "
        "the identifier when it holds one, with the status of --refused when it holds none; anything else is a "
        "breakdown. Reports call it COMMAND, since it may hold secrets.",
    ),
]
CaseOption = Annotated[list[str] | None, typer.Option("--case", metavar="ID", help="Only this case; may be repeated.")]
TimeoutOption = Annotated[float, typer.Option(metavar="SECONDS", min=0.1, help="How long one run may take.")]
RefusedOption = Annotated[
    int,
    typer.Option(min=1, max=255, help="Exit status by which the command says that it holds no identifier."),
]
JobsOption = Annotated[int, typer.Option(min=1, max=64, help="Cases at a time.")]
ShellOption = Annotated[bool, typer.Option("--shell", help="Let the shell run the command; values are quoted for it.")]
FailOnOption = Annotated[str, typer.Option(metavar="fail|warn", help="The least verdict that ends with 1.")]

_EXEC: Final = "COMMAND"
"""Stands for the client's command in reports: its arguments may hold passwords, and reports leave the house."""

_CLIENT_OUT: Final = Path("conformance-client-results")


@app.command(
    epilog="Example: conformance watch --port 8080 --as physician, and point the client at the URL that is shown"
)
def watch(
    *,
    port: PortOption = 8080,
    state: StateOption = None,
    time: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, help="When the verdict comes at the latest.")
    ] = 600,
    forward: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Let this endpoint answer; requests and answers pass unchanged."),
    ] = None,
    acceptance: Annotated[
        bool, typer.Option("--acceptance", help="Allow --forward to another machine; never to production.")
    ] = False,
    persona: Annotated[
        list[str] | None,
        typer.Option("--as", metavar="PERSONA", help="Who uses the client; may be repeated. Other cases are NA."),
    ] = None,
    trust_sts: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Certificate of the STS behind the client's tokens.")
    ] = None,
    trust_ca: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="CA of the client's certificate; may be repeated.")
    ] = None,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, help="How long --forward may take to answer.")
    ] = 300.0,
    contract: ContractOption = None,
    out: OutOption = _CLIENT_OUT,
    fail_on: FailOnOption = "fail",
) -> None:
    """Audit what a client sends, and tick off the recommended cases (cookbook 7.2) as they are seen.

    The verdict comes when all are seen, when the time is over, or with Ctrl-C. The end tells: 0 all passed, 1 a case
    failed, 2 wrong usage, 3 no request came or something is wrong here.
    """
    expect_named(out, str(_CLIENT_OUT))
    least = _fail_on(fail_on)
    expect_known("persona with recommended cases", persona or (), sorted({case.persona for case in RECOMMENDED}))
    settings = WatchSettings(
        state=state or default_state_directory(),
        seconds=time,
        port=port,
        personas=tuple(persona or ()),
        forward=_forward(forward, acceptance=acceptance),
        timeout=timeout,
        trust_sts=trust_sts or (),
        trust_ca=trust_ca or (),
        contract=contract,
    )
    started = system_clock()

    def ready(url: str) -> None:
        typer.echo(f"ready {url}")

    with _clear_errors():
        results = watch_client(settings, ready, _show_seen)
    record = Record(
        mode="watch",
        results=results,
        endpoint=settings.forward.url if settings.forward else "watched",
        started=started,
        versions=versions(contract),
        fail_on=least,
        performance=_measured(result for result in results if result.case.id == MESSAGES.id),  # it holds each call once
    )
    _finish(record, out)


@app.command(epilog="Example: conformance drive --exec './client --url {endpoint} --token {token} --name {lastname}'")
def drive(
    *,
    command: ExecOption,
    state: StateOption = None,
    case: CaseOption = None,
    port: PortOption = 0,
    timeout: TimeoutOption = 120.0,
    refused: RefusedOption = REFUSED,
    jobs: JobsOption = 1,
    shell: ShellOption = False,
    contract: ContractOption = None,
    out: OutOption = _CLIENT_OUT,
    fail_on: FailOnOption = "fail",
) -> None:
    """Start a client's command once for each recommended case, and judge what it sends and says.

    The end tells: 0 all passed, 1 a case failed, 2 wrong usage, 3 something is wrong here.
    """
    expect_named(out, str(_CLIENT_OUT))
    least, chosen = _fail_on(fail_on), _chosen(case, RECOMMENDED)
    started = system_clock()
    with _clear_errors():
        settings = _command_settings(command, state, timeout, refused, jobs, port, contract, shell=shell)
        results = drive_client(chosen, settings, _show_result)
    options = {
        **{"--exec": _EXEC, "--state": state, "--timeout": timeout, "--refused": refused},
        **{"--shell": shell, "--contract": contract},
    }
    record = Record(
        mode="drive",
        results=results,
        endpoint="driven",
        started=started,
        versions=versions(contract),
        fail_on=least,
        commands=_repeated("drive", results, options),
        performance=_measured(results),
    )
    _finish(record, out)


@app.command(
    epilog="Example: conformance provoke --exec './client --url {endpoint} --token {token} --name {lastname}'. "
    "Without --exec, point the client at the URL of each case that is shown."
)
def provoke(
    *,
    command: Annotated[
        str | None,
        typer.Option("--exec", metavar="COMMAND", help="As for drive. Without it the client is only watched."),
    ] = None,
    state: StateOption = None,
    case: CaseOption = None,
    port: PortOption = 0,
    persona: Annotated[str, typer.Option("--as", metavar="PERSONA", help="Whose token the command is handed.")] = (
        "physician"
    ),
    timeout: TimeoutOption = 120.0,
    slow: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.0, help="How late the late answer is; below 60 it proves less.")
    ] = SLOW,
    refused: RefusedOption = REFUSED,
    jobs: JobsOption = 1,
    shell: ShellOption = False,
    time: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, help="Without --exec: when the verdict comes at the latest.")
    ] = 600,
    contract: ContractOption = None,
    out: OutOption = _CLIENT_OUT,
    fail_on: FailOnOption = "fail",
) -> None:
    """Answer a client wrong, late or not at all, and judge what it does next.

    What cannot be seen from the endpoint of a client without --exec is REVIEW. The end tells: 0 all passed, 1 a case
    failed, 2 wrong usage, 3 nothing came or something is wrong here.
    """
    expect_named(out, str(_CLIENT_OUT))
    least, chosen = _fail_on(fail_on), _chosen(case, PROVOCATIONS)
    expect_known("persona", [persona], list(personas()))
    if slow < _NOT_REDUCED:
        complain(f"the late answer comes after {slow:g} s only; a certificate needs --slow above {_NOT_REDUCED:g}")
    if command is not None and timeout <= slow:
        end(USAGE, f"--timeout {timeout:g} is not above --slow {slow:g}: the command would be stopped while it waits")
    started = system_clock()
    with _clear_errors():
        if command is not None:
            settings = _command_settings(command, state, timeout, refused, jobs, port, contract, shell=shell)
            results = provoke_client(chosen, settings, persona=persona, slow=slow, on_result=_show_result)
        else:
            watched = WatchedProvocation(
                state=state or default_state_directory(), seconds=time, port=port, contract=contract, slow=slow
            )
            results = provoke_watched(chosen, watched, _show_urls)
    options = {
        **(
            {"--exec": _EXEC, "--as": persona, "--timeout": timeout, "--refused": refused}
            if command is not None
            else {}
        ),
        **{"--state": state, "--slow": slow, "--shell": shell, "--contract": contract},
    }
    record = Record(
        mode="provoke",
        results=results,
        endpoint="provoked",
        started=started,
        versions=versions(contract),
        fail_on=least,
        commands=_repeated("provoke", results, options),
    )
    _finish(record, out)


def _command_settings(
    template: str,
    state: Path | None,
    timeout: float,
    refused: int,
    jobs: int,
    port: int,
    contract: Path | None,
    *,
    shell: bool,
) -> CommandSettings:
    return CommandSettings(
        command=read_command(template, PLACEHOLDERS, shell=shell),
        state=state or default_state_directory(),
        timeout=timeout,
        refused=refused,
        jobs=jobs,
        port=port,
        contract=contract,
    )


_C = TypeVar("_C", Recommended, Provocation)


def _chosen(ids: Sequence[str] | None, cases: Sequence[_C]) -> Sequence[_C]:
    expect_known("case", ids or (), [case.id for case in cases])
    return [case for case in cases if not ids or case.id in ids]


def _fail_on(text: str) -> Verdict:
    if text not in ("fail", "warn"):
        end(USAGE, f"--fail-on {text!r} is neither fail nor warn")
    return Verdict(text.upper())


def _forward(url: str | None, *, acceptance: bool) -> Endpoint | None:
    if url is None:
        return None
    try:
        endpoint = read_endpoint(url)
    except EndpointError as error:
        end(USAGE, str(error))
    if not endpoint.is_loopback and not acceptance:
        end(
            USAGE,
            f"--forward would send the client's messages to {endpoint.host}, which is not this machine: add "
            "--acceptance if that is meant",
        )
    return endpoint


def _show_urls(urls: Mapping[str, str]) -> None:
    for case, url in urls.items():
        typer.echo(f"{case}  {url}")


def _show_seen(seen: Seen, ticked: Sequence[str], checks: Sequence[Check]) -> None:
    typer.echo(printable(f"seen     {seen.answer.summary()}"))
    for case in ticked:
        typer.echo(f"  done   {case}")
    for check in checks:
        if not check.held:
            typer.echo(printable(f"  {check.level}  {check}"))


def _show_result(result: Result) -> None:
    typer.echo(f"{result.verdict:6}  {result.case.id}")


def _measured(results: Iterable[Result]) -> Performance | None:
    return measured_as_seen(exchange for result in results for exchange in result.exchanges)


def _finish(record: Record, out: Path) -> NoReturn:
    console = Console()
    print_results(record.results, console)
    if record.performance is not None:
        print_performance(record.performance, console)
    try:
        for result in record.results:
            save_exchanges(result, out / FOLDER)
        save_record(record, out)
    except OSError as error:
        end(TROUBLE, f"results cannot be written to {out}: {error.strerror or error}")
    raise typer.Exit(record.exit_code)


def _repeated(mode: str, results: Sequence[Result], options: Mapping[str, object]) -> Mapping[str, str]:
    """The command line that repeats each case alone, by its id. An option that is None or False is not given."""
    words = [
        word
        for name, value in options.items()
        if value is not None and value is not False
        for word in ([name] if value is True else [name, str(value)])
    ]
    return {result.case.id: shlex.join(["conformance", mode, "--case", result.case.id, *words]) for result in results}


@contextmanager
def _clear_errors() -> Iterator[None]:
    """Turn the errors a user can cause into one sentence on stderr and an exit code."""
    try:
        yield
    except (ContractError, TemplateError, TrustError, PolicyError, PersonaError) as error:
        end(USAGE, str(error))
    except (AuthorityError, RegisterError, ListenError, MockError) as error:
        end(TROUBLE, str(error))
