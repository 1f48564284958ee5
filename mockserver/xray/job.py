"""What a process of its own needs to explain a message: on its standard input, never in its arguments or on a disk."""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from mockserver.contract import load_contract
from mockserver.gateway.crypto.trust import Trust
from mockserver.gateway.limits import Limits as MessageLimits
from mockserver.gateway.policy import Policy
from mockserver.gateway.settings import Settings
from mockserver.instant import Instant
from mockserver.xray.budget import Limits
from mockserver.xray.known import Known

if TYPE_CHECKING:
    from mockserver.xray.explanation import Explanation


@dataclass(frozen=True, slots=True)
class Job:
    """A message, with what the explanation of it depends on."""

    octets: bytes = field(repr=False)
    fields: Sequence[tuple[str, bytes]]
    received: Instant
    trust: Trust
    settings: Settings
    message_limits: MessageLimits
    known: Known
    limits: Limits

    def run(self) -> "Explanation":
        """Explain it here and now."""
        from mockserver.xray.explain import explain_octets  # noqa: PLC0415 - a server, which only sends jobs, saves it

        # The contract plays no part in signatures: any will do.
        policy = Policy(load_contract(), self.trust, settings=self.settings, limits=self.message_limits)
        return explain_octets(self.octets, self.fields, policy, self.received, self.known, self.limits)

    def to_bytes(self) -> bytes:
        """For the other process."""
        trust = self.trust
        content = {
            "octets": _text(self.octets),
            "fields": [[name, _text(value)] for name, value in self.fields],
            "received": self.received,
            "pins": [_pem(certificate) for certificate in trust.sts_pins],
            "anchors": [_pem(certificate) for certificate in trust.sts_anchors],
            "settings": asdict(self.settings),
            "messageLimits": asdict(self.message_limits),
            "certificates": [[name, _pem(certificate)] for name, certificate in self.known.certificates],
            "earlier": [_text(octets) for octets in self.known.earlier],
            "values": list(self.known.values),
            "limits": asdict(self.limits),
        }
        return json.dumps(content).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """As the first process gave it."""
        content: dict[str, Any] = json.loads(data)
        known = Known(
            [(name, _certificate(pem)) for name, pem in content["certificates"]],
            [b64decode(text) for text in content["earlier"]],
            content["values"],
        )
        trust = Trust(
            [_certificate(pem) for pem in content["pins"]],
            [_certificate(pem) for pem in content["anchors"]],
        )
        settings: dict[str, Any] = content["settings"]
        for name in ("audiences", "issuers"):
            settings[name] = tuple(settings[name])
        return cls(
            b64decode(content["octets"]),
            [(name, b64decode(value)) for name, value in content["fields"]],
            content["received"],
            trust,
            Settings(**settings),
            MessageLimits(**content["messageLimits"]),
            known,
            Limits(**content["limits"]),
        )


def _text(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")


def _certificate(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode("ascii"))
