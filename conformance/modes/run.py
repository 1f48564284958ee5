"""The mode `run`: drives an endpoint through cases and keeps everything that was seen."""

import secrets
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from conformance.cases.registry import Case
from conformance.client.credentials import ANYONE, Credentials
from conformance.client.endpoint import Endpoint, read_endpoint
from conformance.client.exchange import Client
from conformance.client.sts.message import PATH as STS_PATH
from conformance.modes.callers import DEFAULT_CONTACT, interval_of, transport_and_callers
from conformance.modes.engine import NOT_TRIED, Result, Runner, Verdict
from conformance.performance.measure import Measurement, Wanted, not_measured
from conformance.performance.measured import Performance
from conformance.reports.exchanges import FOLDER, save_exchanges
from conformance.reports.folder import save_record
from conformance.reports.record import Record
from conformance.reports.versions import versions
from mockserver.contract import load_contract
from mockserver.instant import system_clock

ONE_AT_A_TIME: Final = (
    "cases run one at a time where another machine answers or an interval is kept, so that the interval, and the end "
    "after SOA-02002, hold for all requests together"
)
"""What is said to whoever asks for more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What a run needs to know besides its cases."""

    endpoint: Endpoint
    state: Path
    """State folder shared with the mock."""
    out: Path
    """Where results.json, junit.xml and the folder `exchanges` go; made when missing."""
    contract: Path | None = None
    """Folder of another contract than the built-in one."""
    answer_timeout: float = 90.0
    """Seconds: "the actual response time may be greater than one minute" (cookbook 6.2)."""
    connect_timeout: float = 10.0
    """Seconds."""
    contact: str = DEFAULT_CONTACT
    """E-mail address for the From field."""
    keystore: Path | None = None
    """PKCS#12 file of the caller; with it the state folder is not used."""
    alias: str | None = None
    """Entry of the keystore; None: the only one with a key, or the one called "authentication"."""
    password: str | None = field(default=None, repr=False)
    token: Path | None = None
    """The caller's token, as the STS sent it."""
    sts: Endpoint | None = None
    """Where tokens are asked for; None: `token`, or those that the state folder's own STS issues."""
    personas: Path | None = None
    """File with more personas than the built-in ones, or others in their place, to ask the STS as."""
    persona: str | None = None
    """Who calls where anyone may."""
    proxy: str | None = None
    ca_file: Path | None = None
    """CAs in PEM form to trust besides the system's and the mock's."""
    allow_intrusive: bool = False
    """Send what no honest client would send to an endpoint that is not this machine, too."""
    interval: float | None = None
    """Seconds between requests; None: none for this machine, callers.REMOTE_INTERVAL for others."""
    jobs: int = 1
    """Processes that run cases at the same time; 1 where `is_one_at_a_time`."""
    seed: int = field(default_factory=lambda: secrets.randbelow(2**32))
    """Of the order of cases and of what they draw."""
    not_applicable: Mapping[str, str] = field(default_factory=dict)
    """The declared reason by the id of a case."""
    fail_on: Verdict = Verdict.FAIL
    performance: int = 0
    """Calls to measure after the cases; 0: none."""
    at_a_time: int = 1
    """Measured calls that may be under way together."""

    def plain(self) -> dict[str, Any]:
        """The settings as text, numbers and truth values, for another process."""
        values = asdict(self) | {"endpoint": self.endpoint.url, "not_applicable": dict(self.not_applicable)}
        values["sts"] = None if self.sts is None else self.sts.url
        return {name: str(value) if isinstance(value, Path | Verdict) else value for name, value in values.items()}

    @property
    def is_one_at_a_time(self) -> bool:
        """Whether cases must not run in parallel: a process does not know when another one sent its last request, nor
        how often it was answered SOA-02002.
        """
        return not self.endpoint.is_loopback or bool(self.interval)

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> "RunSettings":
        """The settings that `plain` gave."""
        paths = {name: Path(values[name]) for name in _PATHS if values[name] is not None}
        others = {
            "endpoint": read_endpoint(values["endpoint"]),
            "sts": None if values["sts"] is None else read_endpoint(values["sts"], STS_PATH),
            "fail_on": Verdict(values["fail_on"]),
        }
        return cls(**{**values, **paths, **others})

    def command(self, case: Case) -> str:
        """The command line that repeats one case. It names no password."""
        options: dict[str, object] = {"--endpoint": self.endpoint.url, "--case": case.id, "--seed": self.seed}
        if self.keystore is None:
            options |= {"--state": self.state}
        if self.persona is not None and (case.persona == ANYONE or self.keystore is not None):
            options |= {"--as": self.persona}
        more: dict[str, object] = {
            "--keystore": self.keystore,
            "--alias": self.alias,
            "--token": self.token,
            "--sts": None if self.sts is None else self.sts.url,
            "--personas": self.personas,
            "--contract": self.contract,
            "--proxy": None if self.proxy is None else _without_user(self.proxy),
            "--ca-file": self.ca_file,
        }
        options |= {name: value for name, value in more.items() if value is not None}
        words = ["conformance", "run", *(str(word) for pair in options.items() for word in pair)]
        if not self.endpoint.is_loopback:
            words += ["--acceptance"] + (["--allow-intrusive"] if self.allow_intrusive else [])
        return shlex.join(words)


def _without_user(proxy: str) -> str:
    """The proxy's URL without user and password."""
    scheme, mark, rest = proxy.rpartition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"


_PATHS: Final = ("state", "out", "contract", "keystore", "token", "personas", "ca_file")


class OutputError(Exception):
    """Results cannot be written. One sentence."""


class Suite:
    """An endpoint, a caller, and what runs the cases; one for each process."""

    def __init__(self, settings: RunSettings) -> None:
        """Loads the contract and the credentials. Raises ContractError, CredentialsError or OutputError."""
        self.settings = settings
        self._contract = load_contract(settings.contract)
        self._transport, self._source = transport_and_callers(settings)
        self._runner = Runner(self._credentials, self._client, not_applicable=settings.not_applicable)

    def run(self, case: Case) -> Result:
        """Runs one case and saves its exchanges. Raises OutputError."""
        if case.intrusive and not self.settings.endpoint.is_loopback and not self.settings.allow_intrusive:
            reason = f"intrusive: not sent to {self.settings.endpoint.host} without --allow-intrusive"
            return Result(case, Verdict.SKIP, reason=reason)
        result = self._runner.run(case)
        with _telling(self.settings.out):
            save_exchanges(result, self.settings.out / FOLDER)
        return result

    def measure(self, results: Sequence[Result]) -> Performance | None:
        """The performance results, if they are asked for and `results` do not say to leave the endpoint alone.

        Raises CredentialsError or PersonaUnavailableError.
        """
        settings = self.settings
        if not settings.performance:
            return None
        wanted = Wanted(calls=settings.performance, at_a_time=settings.at_a_time, interval=interval_of(settings))
        left_alone = next((result.reason for result in results if result.reason.startswith(NOT_TRIED)), None)
        if left_alone is not None:
            return not_measured(wanted, left_alone.removeprefix(NOT_TRIED))
        credentials = self._credentials(ANYONE)
        return Measurement(settings.endpoint, self._contract, credentials, self._transport, wanted).run()

    def _credentials(self, name: str) -> Credentials:
        return self._source(self.settings.persona if name == ANYONE and self.settings.persona else name)

    def _client(self, credentials: Credentials) -> Client:
        return Client(
            self.settings.endpoint,
            self._contract,
            credentials,
            self._transport,
            source=self._source,
            seed=self.settings.seed,
        )


def run(
    cases: Sequence[Case],
    settings: RunSettings,
    *,
    on_result: Callable[[Result], None] = lambda _: None,
    on_selected: Callable[[int], None] = lambda _: None,
    pytest_arguments: Sequence[str] = (),
) -> Record:
    """Runs `cases` under pytest, saving every exchange as it happens and the reports at the end.

    The results come in the order of `cases`, whatever the order in which they ran. `pytest_arguments` select among
    the cases, as `-k` does; `on_selected` is told how many they left. Raises ContractError, CredentialsError or
    OutputError.
    """
    from conformance.collection import run_under_pytest  # noqa: PLC0415 - the plugin needs this module

    suite = Suite(settings)
    started = system_clock()
    with _telling(settings.out):
        settings.out.mkdir(parents=True, exist_ok=True)
    seen = run_under_pytest(cases, suite, on_result, on_selected, pytest_arguments)
    results = [seen[case.id] for case in cases if case.id in seen]
    record = Record(
        mode="run",
        results=results,
        endpoint=settings.endpoint.url,
        started=started,
        versions=versions(settings.contract),
        fail_on=settings.fail_on,
        seed=settings.seed,
        jobs=settings.jobs,
        commands={result.case.id: settings.command(result.case) for result in results},
        performance=suite.measure(results),
    )
    with _telling(settings.out):
        save_record(record, settings.out)
    return record


@contextmanager
def _telling(out: Path) -> Iterator[None]:
    """Turns an OSError into an OutputError that names the folder."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"results cannot be written to {out}: {reason}") from error
