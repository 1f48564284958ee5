"""An exchange of the journal, and how it is told below a failed assertion."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that the message breaks."""

    rule: str
    severity: str
    """`reject`, `warn` or `info`."""
    title: str
    clause: str
    """Where the rule comes from."""
    where: str
    """Path in the message; empty for the message as a whole."""
    detail: str
    """What was found."""
    advice: str
    """What to do."""

    def __str__(self) -> str:
        found = f"{self.detail} ({self.where})" if self.where else self.detail
        told = (("found", found), ("clause", self.clause), ("advice", self.advice))
        return "\n".join(
            [f"  {self.severity} {self.rule}: {self.title}", *(f"    {name}: {text}" for name, text in told if text)]
        )


@dataclass(frozen=True, slots=True)
class DossierExchange:
    """One request and its answer, as the mock saw them."""

    entry: Mapping[str, Any] = field(repr=False)
    """All that `GET /journal/ID` tells."""
    findings: Sequence[Finding]
    """Of every severity, in the order of judgement."""

    @property
    def id(self) -> str:
        """The correlation id, X-CorrelationID of the answer."""
        return str(self.entry["id"])

    @property
    def http(self) -> int | None:
        """Status of the answer; None when the connection was cut."""
        return self.entry["http"]  # type: ignore[no-any-return]

    @property
    def soa(self) -> str | None:
        """Code of the fault, such as `SOA-01001`."""
        return self.entry["soa"]  # type: ignore[no-any-return]

    @property
    def cbss(self) -> str | None:
        """Code of the CbssStatus, such as `MSG00008`."""
        return self.entry["cbss"]  # type: ignore[no-any-return]

    @property
    def verdict(self) -> str:
        """`success`, `requester`, `responder`, `fault`, `refused` (by HTTP), `cut` ..."""
        return str(self.entry["verdict"])

    @property
    def identifier(self) -> str | None:
        """The CovidDossierIdentifier that was answered."""
        answer = self.entry["answer"]
        return answer["identifier"] if answer is not None else None

    @property
    def request(self) -> bytes:
        """Body of the request."""
        return base64.b64decode(self.entry["request"]["body"])

    @property
    def answer(self) -> bytes:
        """Body of the answer; empty when the connection was cut."""
        answer = self.entry["answer"]
        return base64.b64decode(answer["body"]) if answer is not None else b""

    @property
    def rules(self) -> Sequence[str]:
        """Ids of the broken rules that refuse."""
        return [finding.rule for finding in self.findings if finding.severity == "reject"]

    def __str__(self) -> str:
        codes = [code for code in (self.soa, self.cbss) if code]
        came = "cut without an answer" if self.http is None else f"HTTP {self.http}"
        lines = [f"exchange {self.id}: {', '.join([self.verdict, came, *codes])}"]
        script = self.entry["script"]
        if script is not None and script["played"]:
            lines.append(f"  by the scenario {script['scenario']}, step {script['step']}: {script['answer']}")
        if not self.findings and self.entry["detail"]:
            lines.append(f"  {self.entry['detail']}")
        return "\n".join([*lines, *map(str, self.findings)])


def exchange_of(entry: Mapping[str, Any], rules: Mapping[str, Mapping[str, Any]]) -> DossierExchange:
    """From the journal's JSON. `rules` are the catalogue's rows by id: what HTTP refused names its rule only."""
    report = entry["report"]
    if report is not None:
        return DossierExchange(entry, [_finding(each) for each in report["findings"]])
    rule = entry["rule"]
    if rule is None:
        return DossierExchange(entry, [])
    row = {**rules[rule], "rule": rule, "severity": "reject", "where": "", "detail": entry["detail"]}
    return DossierExchange(entry, [_finding(row)])


def _finding(row: Mapping[str, Any]) -> Finding:
    return Finding(
        rule=row["rule"],
        severity=row["severity"],
        title=row["title"],
        clause=f"{row['source']} (reconstructed)" if row["reconstructed"] else row["source"],
        where=row["where"] or "",
        detail=row["detail"] or "",
        advice=row["advice"] or "",
    )
