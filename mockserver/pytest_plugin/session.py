"""A session for one test: what it exchanged, what it plays, and assertions on both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from mockserver.gateway.exchange import ENDPOINT_PATH
from mockserver.pytest_plugin.credentials import DossierCredentials, credentials_of
from mockserver.pytest_plugin.exchange import DossierExchange, exchange_of
from mockserver.pytest_plugin.management import ANSWER_SECONDS, DossierError, Management, Refused

SERVICE: Final = "DossierNumberGeneration"
_PAGE: Final = 1000


class DossierMismatch(AssertionError):
    """The exchanges are not as asserted; the message shows them with their findings."""


@dataclass(slots=True)
class DossierSession:
    """`/s/NAME` of a mock. Raises DossierError wherever the mock cannot be asked."""

    name: str
    base: str
    """The mock's address, without path."""
    _management: Management = field(repr=False)
    _rules: dict[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    @property
    def prefix(self) -> str:
        """Address below which every path of the mock stands for this session alone."""
        return f"{self.base}/s/{self.name}"

    @property
    def url(self) -> str:
        """The endpoint of GenerateCovidId."""
        return self.prefix + ENDPOINT_PATH

    @property
    def sts(self) -> str:
        """The STS, WS-Trust 1.3."""
        return f"{self.prefix}/IAM/SecurityTokenService/v1"

    def credentials(self, persona: str) -> DossierCredentials:
        """A persona's credentials with a new token, by the session's clock."""
        return credentials_of(self._management, persona, self.name)

    # The journal.

    def exchanges(self, **criteria: str | int) -> list[DossierExchange]:
        """Calls of the service, the first one first.

        `criteria` are those of `GET /journal`: verdict, http, soa, cbss, rule, contains; service="STS" for the STS.
        Raises DossierError when the journal has dropped exchanges: then it is no proof.
        """
        found: list[DossierExchange] = []
        query: dict[str, str | int] = {"session": self.name, "service": SERVICE, **criteria, "limit": _PAGE}
        while True:
            page = self._management.ask("GET", f"/journal?{urlencode(query)}")
            if page["dropped"]:
                raise DossierError(
                    f"The journal of session {self.name} has dropped {page['dropped']} exchanges for want of room: "
                    "raise --journal-entries and --journal-bytes."
                )
            found += [self._exchange(entry["id"]) for entry in page["entries"]]
            if page["next"] is None:
                return found[::-1]
            query["before"] = page["next"]

    @property
    def last(self) -> DossierExchange:
        """The last call of the service. Raises DossierMismatch when there was none."""
        __tracebackhide__ = True
        return self._called()[-1]

    def wait_for(self, count: int = 1, *, seconds: float = 10.0, **match: str | int) -> list[DossierExchange]:
        """The exchanges that match, as soon as there are `count`; for clients that call in the background.

        Raises DossierMismatch when there are not after `seconds`, or are more.
        """
        __tracebackhide__ = True
        return self._expect("wait", count, match, seconds)

    def verify(self, count: int, **match: str | int) -> list[DossierExchange]:
        """The exchanges that match. Raises DossierMismatch unless they are `count`, which may be 0."""
        __tracebackhide__ = True
        return self._expect("verify", count, match)

    # Assertions.

    def assert_accepted(self, count: int | None = None) -> None:
        """Each call was answered with Success, and there was one at least, or were exactly `count`."""
        __tracebackhide__ = True
        calls = self._called()
        if count is not None and len(calls) != count:
            raise DossierMismatch(_told(f"{len(calls)} calls instead of {count}", calls))
        refused = [call for call in calls if call.verdict != "success"]
        if refused:
            raise DossierMismatch(_told(f"{len(refused)} of {len(calls)} calls not answered with Success", refused))

    def assert_clean(self) -> None:
        """As assert_accepted, and no rule even warns."""
        __tracebackhide__ = True
        self.assert_accepted()
        calls = self.exchanges()
        warned = [call for call in calls if any(finding.severity != "info" for finding in call.findings)]
        if warned:
            raise DossierMismatch(_told(f"{len(warned)} of {len(calls)} calls with findings", warned))

    def assert_refused(
        self, *, soa: str | None = None, cbss: str | None = None, rule: str | None = None, http: int | None = None
    ) -> None:
        """The last call was not answered with Success, and with these codes where they are given.

        `rule` is one of those that refuse.
        """
        __tracebackhide__ = True
        call = self._called()[-1]
        asked = {"soa": (soa, call.soa), "cbss": (cbss, call.cbss), "http": (http, call.http)}
        wrong = [
            f"{name} is {has}, not {want}" for name, (want, has) in asked.items() if want is not None and want != has
        ]
        if rule is not None and rule not in call.rules:
            wrong.append(f"{rule} does not refuse it, but {', '.join(call.rules) or 'no rule'}")
        if call.verdict == "success":
            wrong.insert(0, "it was answered with Success")
        if wrong:
            raise DossierMismatch(_told(f"the last call was not refused as asserted: {'; '.join(wrong)}", [call]))

    def story(self) -> str:
        """Every call with its findings, or why they cannot be told; for reports."""
        try:
            return "\n".join(map(str, self.exchanges())) or "none: no call reached the mock"
        except DossierError as error:
            return str(error)

    # What it plays.

    def play(self, scenario: str | Mapping[str, Any]) -> None:
        """Play a scenario from its first step: by name, or written out as `{"step": [{...}]}`."""
        body = {"name": scenario} if isinstance(scenario, str) else dict(scenario)
        self._management.ask("PUT", f"/sessions/{self.name}/scenario", body)

    def stop_playing(self) -> None:
        """Answer truly from now on."""
        self._management.ask("DELETE", f"/sessions/{self.name}/scenario")

    @property
    def playing(self) -> Mapping[str, Any]:
        """The scenario, how many requests it has seen, what the next one gets, and whether it is finished."""
        return self._management.ask("GET", f"/sessions/{self.name}/scenario")  # type: ignore[no-any-return]

    def set_clock(self, *, offset: float | None = None, frozen: str | None = None) -> None:
        """`offset` seconds ahead, or `frozen` at such as 2026-11-23T18:34:07Z; neither sets it right."""
        if offset is not None and frozen is not None:
            raise DossierError("Give offset or frozen, not both.")
        path = f"/sessions/{self.name}/clock"
        if offset is None and frozen is None:
            self._management.ask("DELETE", path)
        else:
            self._management.ask("PUT", path, {"offsetSeconds": offset} if frozen is None else {"frozen": frozen})

    def close(self) -> None:
        """Give its place back: a server has only so many."""
        try:
            self._management.ask("DELETE", f"/sessions/{self.name}")
        except Refused as error:
            if error.status != 404:  # it was idle for too long, and is gone
                raise

    def _called(self) -> list[DossierExchange]:
        __tracebackhide__ = True
        calls = self.exchanges()
        if not calls:
            raise DossierMismatch(f"no call reached {self.url}")
        return calls

    def _exchange(self, correlation_id: str) -> DossierExchange:
        entry = self._management.ask("GET", f"/journal/{correlation_id}")
        rule = entry["rule"]
        if entry["report"] is None and rule is not None and rule not in self._rules:
            self._rules[rule] = self._management.ask("GET", f"/rules/{rule}")
        return exchange_of(entry, self._rules)

    def _expect(
        self, how: str, count: int, match: Mapping[str, str | int], seconds: float | None = None
    ) -> list[DossierExchange]:
        __tracebackhide__ = True
        body: dict[str, Any] = {"session": self.name, "match": {"service": SERVICE, **match}, "count": count}
        if seconds is not None:
            body["timeoutSeconds"] = seconds
        try:
            matching = self._management.ask("POST", f"/journal/{how}", body, seconds=ANSWER_SECONDS + (seconds or 0))
        except Refused as error:
            if error.status != 422 or "difference" not in error.problem:
                raise
            near = [self._exchange(each["exchange"]["id"]) for each in error.problem["difference"]["nearest"]]
            raise DossierMismatch(_told(str(error), near)) from None
        return [self._exchange(entry["id"]) for entry in matching["entries"]][::-1]


def _told(sentence: str, calls: Sequence[DossierExchange]) -> str:
    return "\n".join([sentence, *map(str, calls)])
