"""Cases as pytest items; what `conformance.plugin` registers when a run is one of the suite."""

import os
import random
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest

from conformance.cases import all_cases
from conformance.cases.registry import Case
from conformance.client.credentials import ANYONE, CredentialsError
from conformance.client.endpoint import EndpointError
from conformance.modes.engine import Result, Verdict
from conformance.modes.run import ONE_AT_A_TIME, OutputError, RunSettings, Suite
from conformance.plugin import WORKER_INPUT
from conformance.reports.results import result_facts, result_of
from conformance.reports.text import explained, printable
from conformance.settings import SettingsError, read_settings, run_settings
from mockserver.contract import ContractError

CASES: Final = Path(__file__).parent / "cases"

_SUITE: Final = pytest.StashKey[Suite]()
_CHOSEN: Final = pytest.StashKey[frozenset[str]]()


class CaseFailed(Exception):
    """The verdict of a case is one that fails the run."""


class CaseBroken(Exception):
    """The suite could not judge: no connection, or a fault of ours."""


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Loads the suite when this run is one of it. In a worker of xdist, from what the controller hands over."""
    config.addinivalue_line("markers", "intrusive: a case that sends what no honest client would")
    handed_over = getattr(config, "workerinput", {}).get(WORKER_INPUT)
    try:
        if handed_over is not None:
            _begin(config, Suite(RunSettings.from_plain(handed_over["settings"])), handed_over["cases"])
        elif _SUITE not in config.stash and (config.getoption("endpoint") or config.getoption("conformance_settings")):
            settings = _settings_of(config)
            _begin(config, Suite(settings), [case.id for case in all_cases() if _is_asked(case, settings)])
    except (EndpointError, SettingsError, CredentialsError, ContractError, OutputError) as error:
        raise pytest.UsageError(str(error)) from error


def _settings_of(config: pytest.Config) -> RunSettings:
    file = config.getoption("conformance_settings")
    given = read_settings(Path(file)) if file else {}
    options = {"endpoint": config.getoption("endpoint"), "seed": config.getoption("conformance_seed")}
    values = {**given, **{name: value for name, value in options.items() if value is not None}}
    return run_settings(values, _password(values))


def _password(values: Mapping[str, Any]) -> str | None:
    """The keystore's, from the environment alone: pytest must not wait for somebody to type."""
    variable = values.get("password_env")
    if variable is None:
        return None
    if variable not in os.environ:
        raise SettingsError(f"the environment variable {variable} with the keystore's password is not set")
    return os.environ[variable]


def _is_asked(case: Case, settings: RunSettings) -> bool:
    return settings.persona is None or case.persona in (ANYONE, settings.persona)


def _begin(config: pytest.Config, suite: Suite, chosen: Iterable[str]) -> None:
    if getattr(config.option, "reruns", None):
        raise pytest.UsageError("no --reruns with the conformance suite: what the endpoint did is what is judged")
    config.stash[_SUITE] = suite
    config.stash[_CHOSEN] = frozenset(chosen)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Which endpoint, and the seed that repeats the run."""
    suite = config.stash.get(_SUITE, None)
    if suite is None:
        return None
    return f"conformance of {suite.settings.endpoint.url}, seed {suite.settings.seed}"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hands the settings to a worker of xdist. Raises UsageError for several where there may be one alone."""
    suite = node.config.stash.get(_SUITE, None)
    if suite is not None:
        if (count := node.workerinput["workercount"]) > 1 and suite.settings.is_one_at_a_time:
            raise pytest.UsageError(f"-n {count} cannot be used here: {ONE_AT_A_TIME}")
        cases = sorted(node.config.stash[_CHOSEN])
        node.workerinput[WORKER_INPUT] = {"settings": suite.settings.plain(), "cases": cases}


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A file of cases, while the suite runs."""
    if file_path.parent != CASES or file_path.suffix != ".py" or _SUITE not in parent.config.stash:
        return None
    return CaseFile.from_parent(parent, path=file_path)


class CaseFile(pytest.File):
    """The cases of one section of the cookbook."""

    def collect(self) -> Iterator[pytest.Item]:
        """The cases that the file registers and the run asks for."""
        module = f"conformance.cases.{self.path.stem}"
        chosen = self.config.stash[_CHOSEN]
        for case in all_cases():
            if case.steps.__module__ == module and case.id in chosen:
                yield CaseItem.from_parent(self, name=case.id, case=case)


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, **others: Any) -> None:
        super().__init__(**others)
        self.case = case
        self.result: Result | None = None
        self.extra_keyword_matches |= {case.clause, case.level.value, case.persona}
        if case.intrusive:
            self.add_marker("intrusive")

    def runtest(self) -> None:
        """Runs the case and tells pytest what came of it."""
        suite = self.config.stash[_SUITE]
        self.result = suite.run(self.case)
        if self.result.verdict in (Verdict.FAIL, suite.settings.fail_on):
            raise CaseFailed
        if self.result.verdict is Verdict.ERROR:
            raise CaseBroken
        if self.result.verdict in (Verdict.SKIP, Verdict.NA):
            pytest.skip(f"{self.result.verdict}: {self.result.reason}")

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was expected and what came, instead of a traceback through the suite."""
        if self.result is None or not isinstance(excinfo.value, CaseFailed | CaseBroken):
            return super().repr_failure(excinfo, style)
        command = self.config.stash[_SUITE].settings.command(self.case)
        return "\n".join(map(printable, explained(self.result, command)))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The file, and the id as the domain."""
        return self.path, None, self.case.id


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Random order, the same in every worker; pytest-randomly shuffles by itself where it is active."""
    suite = config.stash.get(_SUITE, None)
    if suite is not None and not config.pluginmanager.hasplugin("randomly"):
        items.sort(key=lambda item: item.nodeid)
        random.Random(suite.settings.seed).shuffle(items)  # noqa: S311 - an order, not a secret


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Puts the result into the report, which travels from worker to controller."""
    report = yield
    if isinstance(item, CaseItem) and call.when == "call" and item.result is not None:
        report.conformance = {"case": item.case.id, **result_facts(item.result)}
        report.user_properties.append(("verdict", str(item.result.verdict)))
    return report


class _Collected:
    """Takes pytest's place in telling: collects the results, silences pytest's own report."""

    def __init__(
        self,
        cases: Sequence[Case],
        suite: Suite,
        on_result: Callable[[Result], None],
        on_selected: Callable[[int], None],
    ) -> None:
        self._cases: Mapping[str, Case] = {case.id: case for case in cases}
        self._suite = suite
        self._on_result = on_result
        self._on_selected = on_selected
        self.results: dict[str, Result] = {}
        self.crash = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        _begin(config, self._suite, self._cases)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._on_selected(len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: Sequence[str]) -> None:
        self._on_selected(len(ids))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        facts = getattr(report, "conformance", None)
        if facts is not None:
            case = self._cases[facts["case"]]
            self.results[case.id] = result_of(case, facts)
            self._on_result(self.results[case.id])
        elif report.failed:
            self.crash = report.longreprtext

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.crash = report.longreprtext

    def pytest_internalerror(self, excrepr: object) -> bool:
        self.crash = str(excrepr)
        return True


class _Silence:
    """Takes pytest's own report away, when it has just been set up."""

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        config.pluginmanager.unregister(name="terminalreporter")


def run_under_pytest(
    cases: Sequence[Case],
    suite: Suite,
    on_result: Callable[[Result], None],
    on_selected: Callable[[int], None],
    arguments: Sequence[str],
) -> Mapping[str, Result]:
    """Runs `cases` in a pytest of its own and gives the results by id.

    `on_selected` is told, before the first result, how many cases `arguments` left.

    The user's pytest configuration is left out: its options were written for other tests. Raises OutputError when a
    result could not be saved, SettingsError for arguments that pytest refuses, RuntimeError for any other trouble.
    """
    collected = _Collected(cases, suite, on_result, on_selected)
    configuration = ["-c", str(Path(__file__).with_name("suite.ini")), f"--rootdir={Path(__file__).parent}"]
    parallel = ["-n", str(suite.settings.jobs)] if suite.settings.jobs > 1 else ["-p", "no:xdist"]
    plugins = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "conformance.plugin"]
    options = [*configuration, *plugins, *parallel, "--capture=no", *arguments, str(CASES)]
    code = pytest.main(options, plugins=[collected, _Silence(), sys.modules[__name__]])
    if "OutputError" in collected.crash:
        raise OutputError(collected.crash.strip().rsplit("OutputError: ", maxsplit=1)[-1].splitlines()[0])
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if code == pytest.ExitCode.USAGE_ERROR:
        raise SettingsError("pytest refuses the selection; its message stands above")
    if collected.crash or code == pytest.ExitCode.INTERNAL_ERROR:
        _crashed(collected.crash)
    return collected.results


def _crashed(what: str) -> NoReturn:
    print(what, file=sys.stderr)  # noqa: T201 - our own fault is told in full
    raise RuntimeError("the suite under pytest came to an end that it must not come to; what it said stands above")
