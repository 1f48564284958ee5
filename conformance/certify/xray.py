"""Why a client's message was refused for its signature, token or clock: the X-ray's first line and what to do.

It comes after the answer, in a process of low priority of its own, within a time limit for all messages of a case.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.certify.endpoint import Seen
from mockserver.xray.budget import Limits
from mockserver.xray.job import Job
from mockserver.xray.known import Known, persona_certificates
from mockserver.xray.worker import Worker, WorkerFailed

EXPLAINED: Final = frozenset({"S22", "H18", "H21", "H09", "T5", "T6"})
"""Digest, SignatureValue, the token's signature and time, and the Timestamp's: what a diagnosis can be about."""

SECONDS: Final = 10.0
"""For the searches of one case together."""

_LEAST: Final = 0.5
"""Seconds below which a search is not begun."""
_EARLIER: Final = 5
"""Messages before this one that are compared with it."""


@dataclass(slots=True)
class XRay:
    """The X-rays of one case."""

    state: Path
    """Whose personas' certificates are compared with."""
    left: float = SECONDS
    """Seconds that the case may still spend."""

    def of(self, exchange: Seen, earlier: Sequence[Seen]) -> str:
        """What is to be said of the message, with a full stop; empty when there is nothing to look into."""
        if exchange.facts is None:
            return ""
        if self.left < _LEAST:
            return "X-ray: left out, the time for this case is spent."
        request, policy = exchange.facts.request, exchange.facts.policy
        before = [each.body for each in earlier[-_EARLIER:]]
        known = Known(persona_certificates(self.state), before)
        limits = Limits(seconds=self.left)
        job = Job(
            request.body,
            request.fields,
            request.received,
            policy.trust,
            policy.settings,
            policy.limits,
            known,
            limits,
        )
        began = time.monotonic()
        try:
            content = asyncio.run(Worker().explain(job))
        except WorkerFailed as error:
            return f"X-ray: there is none, {error}."
        finally:
            self.left -= time.monotonic() - began
        if not content["diagnoses"]:
            return ""
        advice = [mistake["sentence"] for mistake in content["diagnoses"][0]["mistakes"][:1]]
        return " ".join([f"X-ray: {content['headline']}.", *advice])
