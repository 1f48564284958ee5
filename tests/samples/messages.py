"""The sample messages and the answer that each must get: the table of fixtures/samples/README.md."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parents[2] / "fixtures" / "samples"
STS: Final = FOLDER / "trusted-sts.pem"
CA: Final = FOLDER / "trusted-ca.pem"

Answer = dict[str, Any]
"""The keys `http`, `soa`, `status`, `message` and `cbss`, as `mockserver check --json` has them."""

SUCCESS: Final[Answer] = {"http": 200, "soa": None, "status": "Success", "message": None, "cbss": None}

# Cookbook Table 1 and wire-facts D4: the validator's words follow.
NO_LASTNAME: Final[Answer] = {
    "http": 500,
    "soa": "SOA-03006",
    "status": None,
    "message": "XSD compliance failure: Element '{urn:be:fgov:ehealth:dossiernumbergeneration:core:v1}FirstNames': "
    "This element is not expected. Expected is ( {urn:be:fgov:ehealth:dossiernumbergeneration:core:v1}LastName ).",
    "cbss": None,
}

# Cookbook Table 2, rows 1 and 3, word for word.
WRONG_PERSON: Final[Answer] = SUCCESS | {
    "status": "Requester",
    "message": "The person identifier defined in your request (Criteria.Requester.PersonIdentifier : 85123199937) "
    "does not correspond to the security information provided in the Envelope header (80010199976)",
}
WRONG_NIHII: Final[Answer] = SUCCESS | {
    "status": "Requester",
    "message": "The institution identifier defined in your request "
    "(Criteria.Requester.InstitutionIdentifier.Nihii : 71999041) does not correspond to the security information "
    "provided in the Envelope header (81999048)",
}


@dataclass(frozen=True)
class Sample:
    """One message, the moment it was received, and what must be answered."""

    name: str
    received: str
    answer: Answer
    refused_by: tuple[str, ...] = ()
    """Ids of the rules that refuse it."""

    @property
    def file(self) -> Path:
        return FOLDER / f"{self.name}.xml"

    @property
    def headers(self) -> Path | None:
        """The HTTP head it was sent with, of those that the connector sent."""
        file = self.file.with_suffix(".headers")
        return file if file.exists() else None

    def __str__(self) -> str:
        return self.name


_DAY: Final = "2026-11-23T"
SAMPLES: Final = tuple(
    replace(sample, received=_DAY + sample.received)
    for sample in (
        Sample("connector-doctor-lastname", "18:34:07Z", SUCCESS),
        Sample("connector-doctor-full", "18:34:09Z", SUCCESS),
        Sample("connector-sorting-full", "18:34:10Z", SUCCESS),
        Sample("connector-doctor-no-lastname", "18:34:13Z", NO_LASTNAME, ("X01",)),
        Sample("connector-doctor-wrong-person", "18:34:14Z", WRONG_PERSON, ("R1",)),
        Sample("connector-sorting-wrong-nihii", "18:34:16Z", WRONG_NIHII, ("R3",)),
        Sample("wss4j-custom", "18:34:24Z", SUCCESS),
        Sample("wss4j-samlsig", "18:34:25Z", SUCCESS),
        Sample("wss4j-strtransform", "18:34:26Z", SUCCESS),
    )
)

_ROW: Final = re.compile(r"\| ([a-z0-9-]+) \| (\S+Z) \| ([^|]+?) \|")


def table() -> dict[str, tuple[str, str]]:
    """Name of each sample of the README to the moment of receipt and the expected answer in words."""
    return {name: (at, words) for name, at, words in _ROW.findall((FOLDER / "README.md").read_text("utf-8"))}
