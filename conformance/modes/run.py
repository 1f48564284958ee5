"""The mode `run`: drives an endpoint through cases and keeps everything that was seen."""

import secrets
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from conformance.cases.registry import Case
from conformance.client.credentials import ANYONE, Credentials, CredentialsError, CredentialSource, StateFolder
from conformance.client.endpoint import Endpoint, read_endpoint
from conformance.client.exchange import Client
from conformance.client.keystore import OneCaller, read_credentials
from conformance.client.pace import Pace
from conformance.client.transport import Transport
from conformance.modes.engine import Result, Runner, Verdict
from conformance.reports.exchanges import save_exchanges
from conformance.reports.junit import save_junit
from conformance.reports.results import save_results
from mockserver.contract import load_contract
from mockserver.instant import system_clock

DEFAULT_CONTACT: Final = "conformance@example.org"
"""A reserved domain (RFC 2606): enough for a mock, not for an endpoint where somebody may have to call."""

REMOTE_INTERVAL: Final = 1.0
"""Seconds between requests to an endpoint that is not this machine: others work with it too."""


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
    """PKCS#12 file of the caller; with it and `token` the state folder is not used."""
    password: str | None = field(default=None, repr=False)
    token: Path | None = None
    """The caller's token, as the STS sent it."""
    persona: str | None = None
    """Who calls where anyone may."""
    proxy: str | None = None
    ca_file: Path | None = None
    """CAs in PEM form to trust besides the system's and the mock's."""
    allow_intrusive: bool = False
    """Send what no honest client would send to an endpoint that is not this machine, too."""
    interval: float | None = None
    """Seconds between requests; None: none for this machine, REMOTE_INTERVAL for others."""
    jobs: int = 1
    """Processes that run cases at the same time."""
    seed: int = field(default_factory=lambda: secrets.randbelow(2**32))
    """Of the order of cases and of what they draw."""
    not_applicable: Mapping[str, str] = field(default_factory=dict)
    """The declared reason by the id of a case."""
    fail_on: Verdict = Verdict.FAIL

    def plain(self) -> dict[str, Any]:
        """The settings as text, numbers and truth values, for another process."""
        values = asdict(self) | {"endpoint": self.endpoint.url, "not_applicable": dict(self.not_applicable)}
        return {name: str(value) if isinstance(value, Path | Verdict) else value for name, value in values.items()}

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> "RunSettings":
        """The settings that `plain` gave."""
        paths = {name: Path(values[name]) for name in _PATHS if values[name] is not None}
        endpoint = read_endpoint(values["endpoint"])
        return cls(**{**values, **paths, "endpoint": endpoint, "fail_on": Verdict(values["fail_on"])})

    def command(self, case: Case) -> str:
        """The command line that repeats one case. It names no password."""
        options: dict[str, object] = {"--endpoint": self.endpoint.url, "--case": case.id, "--seed": self.seed}
        if self.keystore is not None and self.token is not None:
            options |= {"--keystore": self.keystore, "--token": self.token}
        else:
            options |= {"--state": self.state}
        if case.persona == ANYONE and self.persona is not None:
            options |= {"--as": self.persona}
        options |= {
            name: value
            for name, value in {"--contract": self.contract, "--proxy": self.proxy, "--ca-file": self.ca_file}.items()
            if value is not None
        }
        words = ["conformance", "run", *(str(word) for pair in options.items() for word in pair)]
        if not self.endpoint.is_loopback:
            words += ["--acceptance"] + (["--allow-intrusive"] if self.allow_intrusive else [])
        return shlex.join(words)


_PATHS: Final = ("state", "out", "contract", "keystore", "token", "ca_file")


class OutputError(Exception):
    """Results cannot be written. One sentence."""


class Suite:
    """An endpoint, a caller, and what runs the cases; one for each process."""

    def __init__(self, settings: RunSettings) -> None:
        """Loads the contract and the credentials. Raises ContractError, CredentialsError or OutputError."""
        self.settings = settings
        self._contract = load_contract(settings.contract)
        trusted = [_read_ca(settings.ca_file)] if settings.ca_file is not None else []
        if settings.keystore is not None and settings.token is not None:
            held = read_credentials(settings.keystore, settings.password or "", settings.token)
            self._source: CredentialSource = OneCaller(held).credentials
        else:
            folder = StateFolder(settings.state)
            trusted.append(folder.ca_certificate)
            self._source = folder.credentials
        interval = settings.interval
        if interval is None:
            interval = 0.0 if settings.endpoint.is_loopback else REMOTE_INTERVAL
        self._transport = Transport(
            settings.contact,
            settings.answer_timeout,
            settings.connect_timeout,
            ca_certificate="".join(trusted) or None,
            proxy=settings.proxy,
            pace=Pace(interval * settings.jobs) if interval else None,
        )
        self._runner = Runner(self._credentials, self._client, not_applicable=settings.not_applicable)

    def run(self, case: Case) -> Result:
        """Runs one case and saves its exchanges. Raises OutputError."""
        if case.intrusive and not self.settings.endpoint.is_loopback and not self.settings.allow_intrusive:
            reason = f"intrusive: not sent to {self.settings.endpoint.host} without --allow-intrusive"
            return Result(case, Verdict.SKIP, reason=reason)
        result = self._runner.run(case)
        with _telling(self.settings.out):
            save_exchanges(result, self.settings.out / "exchanges")
        return result

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
    pytest_arguments: Sequence[str] = (),
) -> Sequence[Result]:
    """Runs `cases` under pytest, saving every exchange as it happens, results.json and junit.xml at the end.

    The results come in the order of `cases`, whatever the order in which they ran. `pytest_arguments` select among
    the cases, as `-k` does. Raises ContractError, CredentialsError or OutputError.
    """
    from conformance.collection import run_under_pytest  # noqa: PLC0415 - the plugin needs this module

    suite = Suite(settings)
    started = system_clock()
    with _telling(settings.out):
        settings.out.mkdir(parents=True, exist_ok=True)
    seen = run_under_pytest(cases, suite, on_result, pytest_arguments)
    results = [seen[case.id] for case in cases if case.id in seen]
    with _telling(settings.out):
        save_results(results, settings.endpoint.url, started, settings.out / "results.json", settings)
        save_junit(results, settings, started, settings.out / "junit.xml")
    return results


def _read_ca(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialsError(f"the CA file {file} cannot be read as PEM: {error}") from error


@contextmanager
def _telling(out: Path) -> Iterator[None]:
    """Turns an OSError into an OutputError that names the folder."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"results cannot be written to {out}: {reason}") from error
