"""What a message may be compared with: earlier messages, and the personas of a state folder that have a certificate."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography import x509
from lxml import etree

from mockserver.gateway.crypto.trust import TrustError, read_certificates
from mockserver.gateway.exchange import ENDPOINT_PATH, Exchange, HttpRequest
from mockserver.identities.key_folder import CERTIFICATE_FILE
from mockserver.identities.personas import Persona

_PREFIX: Final = "persona-"


@dataclass(frozen=True, slots=True)
class Known:
    """What may be compared with besides the message itself."""

    certificates: Sequence[tuple[str, x509.Certificate]] = ()
    """Holders' certificates with a name for people, such as `persona physician`."""
    earlier: Sequence[bytes] = field(default=(), repr=False)
    """Envelopes that came before."""
    values: Sequence[str] = ()
    """Values that may have stood in the message or token before an edit."""


NOTHING_KNOWN: Final = Known()


def persona_certificates(state: Path) -> list[tuple[str, x509.Certificate]]:
    """The certificate of each persona in the folder, with its name; nothing is made, unreadable files are left out."""
    found = []
    for file in sorted((state / "pki").glob(f"{_PREFIX}*/{CERTIFICATE_FILE}")):
        name = file.parent.name.removeprefix(_PREFIX)
        try:
            found += [(f"persona {name}", certificate) for certificate in read_certificates(file)[:1]]
        except TrustError:
            continue  # the folder's owner hears of it where it is needed; here it is one candidate less
    return found


def persona_values(personas: Iterable[Persona]) -> list[str]:
    """What tokens and requests of the personas say: candidates for a value that somebody edited."""
    values = [attribute.value for persona in personas for attribute in persona.attributes]
    values += [number for persona in personas for number in persona.requester.values()]
    return list(dict.fromkeys(values))


def parsed(envelopes: Sequence[bytes], exchange: Exchange) -> list[etree._Element]:
    """The roots of envelopes that can be read; under the same limits as the message."""
    roots = []
    for octets in envelopes:
        request = HttpRequest("POST", ENDPOINT_PATH, "1.1", (), octets, exchange.request.received, has_head=False)
        root = Exchange(request, exchange.policy).document.root
        if root is not None:
            roots.append(root)
    return roots
