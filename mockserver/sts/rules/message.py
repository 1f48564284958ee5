"""HTTP, XML, SOAP, WS-I, security header and Timestamp: as the gateway judges them for every service."""

from typing import Final

from mockserver.gateway.registry import RULES, Stage
from mockserver.sts.names import TIME_TO_LIVE
from mockserver.sts.rules.catalogue import STS_RULES, share

_STAGES: Final = (
    Stage.HTTP,
    Stage.DOCTYPE,
    Stage.XML,
    Stage.SOAP,
    Stage.BODY,
    Stage.MUST_UNDERSTAND,
    Stage.WSI,
)

share(*(rule.id for rule in RULES.of(*_STAGES)))
share("S01", "S03", "S04", "S05", "S06", "S06-unused", "S07", "S09", "S10-limit", "S10", "S10-secext")
share("S11", "S12", "S13", "S14", "S15", "S16", "S17", "T2", "S18", "S18-form", "S20", "T2-blanks", "T3")

STS_RULES.share(
    RULES["T4"],
    title=f"The time to live is at most {TIME_TO_LIVE // 60} minutes",
    text=f"Expires minus Created is at most {TIME_TO_LIVE} seconds, computed exactly.",
    source="wire-facts B4: the sister platform's page on its X.509 policy; reconstructed for this one",
    advice="Set Expires one minute after Created.",
)
share("T5", "T6", "T7")
