"""Measures an endpoint: a bounded number of calls, one after the other or a few at a time. No load test.

The endpoint may be the acceptance environment, which others work with: every guard rail of a run holds here too.
"""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Final

from conformance.cases.expectations import expect_success
from conformance.cases.known import PERSON
from conformance.client.answer import Fault, read_answer
from conformance.client.credentials import Credentials
from conformance.client.endpoint import Endpoint
from conformance.client.exchange import Exchange
from conformance.client.message import covid_id_request, new_request_id
from conformance.client.signer import secure_envelope
from conformance.client.transport import HttpRequest, NoConnectionError, Transport
from conformance.modes.engine import STORM
from conformance.performance.measured import Call, Performance
from mockserver.contract import Contract
from mockserver.instant import system_clock

MAX_CALLS: Final = 1000
MAX_REMOTE_CALLS: Final = 200
"""To an endpoint that is not this machine; each makes a dossier number there."""

MAX_AT_A_TIME: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A measurement to be made."""

    calls: int
    at_a_time: int = 1
    interval: float = 0.0
    """Seconds from one call to the next, at least; `Transport.pace` does the waiting."""


class Measurement:
    """Calls GenerateCovidId as the first recommended case does: with one LastName, for Success."""

    def __init__(
        self, endpoint: Endpoint, contract: Contract, credentials: Credentials, transport: Transport, wanted: Wanted
    ) -> None:
        self._endpoint = endpoint
        self._contract = contract
        self._credentials = credentials
        self._pace: Callable[[], None] = transport.pace or (lambda: None)
        self._transport = replace(transport, pace=None)  # waiting for one's turn is not the endpoint's time
        self._wanted = wanted
        self._unavailable = 0
        self._stopped = ""

    def run(self) -> Performance:
        """Makes the calls. Stops early when there is no connection, or after STORM answers SOA-02002 in a row."""
        begun: list[Future[Call | None]] = []
        with ThreadPoolExecutor(max_workers=self._wanted.at_a_time) as pool:
            under_way: set[Future[Call | None]] = set()
            while len(begun) < self._wanted.calls and not self._stopped:
                self._pace()
                future = pool.submit(self._call, *self._message())
                begun.append(future)
                under_way.add(future)
                if len(under_way) == self._wanted.at_a_time:
                    _, under_way = wait(under_way, return_when=FIRST_COMPLETED)
        return Performance(
            asked=self._wanted.calls,
            at_a_time=self._wanted.at_a_time,
            interval=self._wanted.interval,
            calls=[call for future in begun if (call := future.result()) is not None],
            stopped=self._stopped,
        )

    def _message(self) -> tuple[str, HttpRequest]:
        """A request of its own for each call, signed before its time runs."""
        now, identifier = system_clock(), new_request_id()
        element = covid_id_request(
            self._contract,
            requester=self._credentials.requester,
            person=PERSON,
            request_id=identifier,
            issue_instant=now,
        )
        body = secure_envelope(element, self._credentials, now=now)
        return identifier, self._transport.request(self._endpoint, body, self._contract.soap_action)

    def _call(self, identifier: str, request: HttpRequest) -> Call | None:
        """None when no connection came about: that is no time of the endpoint's."""
        began = time.perf_counter()
        try:
            http = self._transport.send(self._endpoint, request)
        except NoConnectionError as error:
            self._stopped = str(error)
            return None
        seconds = time.perf_counter() - began
        exchange = Exchange(identifier, request, read_answer(http, self._contract))
        self._watch_for_a_storm(exchange)
        broken = [str(finding) for finding in expect_success(exchange) if not finding.held]
        return Call(seconds, f"{exchange.answer.summary()}; {broken[0]}" if broken else "")

    def _watch_for_a_storm(self, exchange: Exchange) -> None:
        content = exchange.answer.content
        error = content.system_error if isinstance(content, Fault) else None
        self._unavailable = self._unavailable + 1 if error is not None and error.code == "SOA-02002" else 0
        if self._unavailable >= STORM:
            self._stopped = f"the endpoint answered SOA-02002 {STORM} times in a row; measure again later"


def not_measured(wanted: Wanted, reason: str) -> Performance:
    """No call at all, for a reason that the cases before it gave."""
    return Performance(
        asked=wanted.calls, at_a_time=wanted.at_a_time, interval=wanted.interval, calls=(), stopped=reason
    )
