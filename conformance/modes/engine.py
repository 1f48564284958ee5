"""Runs one case and gives it its verdict; where results go is not its business."""

import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from conformance.cases.checks import Check, Level, Observation
from conformance.cases.registry import Case
from conformance.client.answer import Fault
from conformance.client.credentials import (
    Credentials,
    CredentialsError,
    CredentialSource,
    PersonaUnavailableError,
)
from conformance.client.exchange import Client, Exchange
from conformance.client.transport import NoConnectionError


class Verdict(StrEnum):
    """What came of a case."""

    PASS = "PASS"  # noqa: S105 - not a password
    FAIL = "FAIL"
    """The endpoint did not do what it must; that includes answers cut, reset, missing or unreadable."""
    WARN = "WARN"
    """It did what it must, not all it should."""
    REVIEW = "REVIEW"
    """It did what no source foresees and none forbids: a person must look."""
    INFO = "INFO"
    """It did one of several things that may be done; the report says which."""
    SKIP = "SKIP"
    """Not run; the reason says why."""
    NA = "NA"
    """Declared not applicable, with the declared reason."""
    ERROR = "ERROR"
    """Nothing is known of the endpoint: no connection, or a fault of ours."""


@dataclass(frozen=True, slots=True)
class Result:
    """One case, run."""

    case: Case
    verdict: Verdict
    checks: Sequence[Check] = ()
    observations: Sequence[Observation] = ()
    reason: str = ""
    """Why it is SKIP, NA or ERROR, in one sentence."""
    answer: str = ""
    """What the endpoint answered last, in one line; empty when nothing was sent."""
    requests: Sequence[str] = ()
    """@Id of each request that had one."""
    seconds: float = 0.0
    trace: str = ""
    """Where our own fault happened; empty otherwise. For results.json, never for the terminal."""
    exchanges: Sequence[Exchange] = field(default=(), repr=False)
    """What was sent and received; only in the process that ran the case."""

    @property
    def broken(self) -> Sequence[Check]:
        """The checks that did not hold."""
        return [check for check in self.checks if not check.held]


NOT_TRIED: Final = "not tried: "
"""How the reason of a SKIP begins when the endpoint is to be left alone."""

ClientFactory = Callable[[Credentials], Client]

STORM: Final = 3
"""Consecutive SOA-02002 answers after which a run ends: "Service temporarily not available. Please try later" (Table
1). Whoever goes on then makes it worse."""


class Runner:
    """Runs cases one after the other, until the endpoint cannot be reached or asks to be left alone."""

    def __init__(
        self, source: CredentialSource, client: ClientFactory, *, not_applicable: Mapping[str, str] | None = None
    ) -> None:
        """`not_applicable` holds the declared reason by the id of a case."""
        self._source = source
        self._client = client
        self._not_applicable = not_applicable or {}
        self._given_up = ""
        self._unavailable = 0

    def run(self, case: Case) -> Result:
        """Runs `case`. Never raises for what a case or an endpoint does.

        After a case that got no connection nothing is tried any more: hundreds of cases would each wait in vain.
        """
        if declared := self._not_applicable.get(case.id):
            return Result(case, Verdict.NA, reason=declared)
        if self._given_up:
            return Result(case, Verdict.SKIP, reason=self._given_up)
        began = time.monotonic()
        checks: list[Check] = []
        observations: list[Observation] = []
        exchanges: list[Exchange] = []
        verdict, reason, trace = None, "", ""
        try:
            caller = self._client(self._source(case.persona))
            exchanges = caller.exchanges
            for finding in case.steps(caller):
                if isinstance(finding, Check):
                    checks.append(finding)
                else:
                    observations.append(finding)
        except PersonaUnavailableError as error:
            verdict, reason = Verdict.SKIP, str(error)
        except NoConnectionError as error:
            verdict, reason = Verdict.ERROR, str(error)
            self._given_up = f"{NOT_TRIED}the endpoint could not be reached"
        except CredentialsError as error:
            verdict, reason = Verdict.ERROR, str(error)
        except Exception as error:  # a mistake of ours in one case must not hide the other results
            verdict, reason = Verdict.ERROR, f"a fault of the suite: {type(error).__name__}: {error}"
            trace = traceback.format_exc()
        self._count_unavailable(exchanges)
        return Result(
            case,
            _verdict(case, checks, observations, verdict),
            tuple(checks),
            tuple(observations),
            reason or ("" if checks else "a fault of the suite: the case checked nothing"),
            exchanges[-1].answer.summary() if exchanges else "",
            [exchange.request_id for exchange in exchanges if exchange.request_id],
            time.monotonic() - began,
            trace,
            tuple(exchanges),
        )

    def _count_unavailable(self, exchanges: Iterable[Exchange]) -> None:
        for exchange in exchanges:
            content = exchange.answer.content
            error = content.system_error if isinstance(content, Fault) else None
            self._unavailable = self._unavailable + 1 if error is not None and error.code == "SOA-02002" else 0
            if self._unavailable >= STORM:
                self._given_up = f"{NOT_TRIED}the endpoint answered SOA-02002 {STORM} times in a row; run again later"


def run_cases(cases: Iterable[Case], source: CredentialSource, client: ClientFactory) -> Iterator[Result]:
    """Runs `cases` one after the other and yields each result as it is known."""
    runner = Runner(source, client)
    return (runner.run(case) for case in cases)


def _verdict(
    case: Case, checks: Sequence[Check], observations: Sequence[Observation], interrupted: Verdict | None
) -> Verdict:
    broken = [check.level or case.level for check in checks if not check.held]
    if Level.MUST in broken:
        return Verdict.FAIL  # even when the case could not go on: what was seen stands
    if interrupted is not None:
        return interrupted
    if not checks:
        return Verdict.ERROR
    if Level.SHOULD in broken:
        return Verdict.WARN
    if any(observation.review for observation in observations):
        return Verdict.REVIEW
    return Verdict.INFO if broken or observations else Verdict.PASS


_RUN: Final = {Verdict.PASS, Verdict.WARN, Verdict.REVIEW, Verdict.INFO}


def exit_code(results: Sequence[Result], fail_on: Verdict = Verdict.FAIL) -> int:
    """0: what could run passed. 1: a case failed. 3: an error, or nothing ran, so that nothing is proved.

    A FAIL wins over an ERROR. With `fail_on` WARN a warning fails too.
    """
    verdicts = {result.verdict for result in results}
    if verdicts & {Verdict.FAIL, fail_on}:
        return 1
    if Verdict.ERROR in verdicts or not verdicts & _RUN:
        return 3
    return 0
