"""GenerateCovidId: from a verified request to the business answer."""

from typing import NamedTuple, Protocol

from lxml import etree

from mockserver.cbss.person import MESSAGES
from mockserver.cbss.response import CbssStatus, Outcome, response_octets
from mockserver.cbss.spyne_adapter import SpyneService
from mockserver.cbss.store import RegisterUnavailable
from mockserver.cbss.triggers import trigger_of
from mockserver.contract import Contract
from mockserver.gateway.exchange import Exchange
from mockserver.gateway.registry import Stage
from mockserver.gateway.settings import Settings
from mockserver.instant import Clock, Instant


class SystemErrorRaised(Exception):
    """The back end answers with a fault: `code` of cookbook Table 1."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BusinessAnswer(NamedTuple):
    """The envelope of a business answer, and what it says."""

    envelope: bytes
    outcome: Outcome
    http: int = 200
    """500 when the envelope is a fault of the back end's own (BP 1.1 R1126)."""


class Store(Protocol):
    """Where identifiers come from."""

    def issue(self, *, now: Instant, correlation_id: str) -> str:
        """A new identifier, stored before it is returned. Raises RegisterUnavailable."""


class GenerateCovidId:
    """The operation (cookbook 5.2.1)."""

    def __init__(self, contract: Contract, register: Store, clock: Clock, settings: Settings | None = None) -> None:
        self._contract = contract
        self._register = register
        self._clock = clock
        self._settings = settings or Settings()
        self._spyne = SpyneService(contract)

    def answer(self, exchange: Exchange, correlation_id: str) -> BusinessAnswer:
        """Answer an exchange that the gateway did not refuse.

        Raises SystemErrorRaised.
        """
        outcomes: list[Outcome] = []

        def handle(_request: etree._Element) -> bytes:
            outcome = self._decide(exchange, correlation_id)
            outcomes.append(outcome)
            request_id = exchange.business.id if exchange.business is not None else None
            return response_octets(self._contract, outcome, in_response_to=request_id, now=self._clock())

        if exchange.operation is None:
            raise ValueError("an exchange without operation is never handed on")
        envelope = self._spyne.dispatch(exchange.operation, handle)
        return BusinessAnswer(envelope, outcomes[0])

    def _decide(self, exchange: Exchange, correlation_id: str) -> Outcome:
        """Table 2, then triggers, then CBSS's checks of the person, then a new identifier (decisions 2.11 and 2.12)."""
        refusal = exchange.refusal
        if refusal is not None and refusal.rule.stage is Stage.REQUESTER:
            return Outcome("Requester", refusal.breach.detail)
        code = trigger_of(exchange.business.person) if self._settings.triggers and exchange.business else None
        if code is not None and code not in MESSAGES:
            raise SystemErrorRaised(code)
        if code is not None:
            return self._refused_by_cbss(CbssStatus(code))
        if refusal is not None and refusal.rule.stage is Stage.CBSS:
            return self._refused_by_cbss(_cbss_status(exchange, refusal.rule.cbss or ""))
        try:
            identifier = self._register.issue(now=self._clock(), correlation_id=correlation_id)
        except RegisterUnavailable as error:
            raise SystemErrorRaised("SOA-02002") from error
        return Outcome("Success", identifier=identifier)

    def _refused_by_cbss(self, status: CbssStatus) -> Outcome:
        return Outcome(self._settings.cbss_status, cbss=status)


def _cbss_status(exchange: Exchange, code: str) -> CbssStatus:
    """One Information for each bad field: the first complaint about it (decisions 3)."""
    information: dict[str, str] = {}
    for finding in exchange.findings:
        if finding.refuses and finding.rule.cbss == code and finding.breach.information is not None:
            name, value = finding.breach.information
            information.setdefault(name, value)
    return CbssStatus(code, tuple(information.items()))
