"""What a client asks of the STS, whichever protocol it asks in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from mockserver.identities.personas import CERTIFIED, IDENTIFICATION, Attribute, Persona
from mockserver.instant import Instant

_BOOLEAN: Final = ":boolean"

_MISSPELT: Final = {"urn:be:fgov:certifiednamespace:ehealth": CERTIFIED}
"""A namespace that clients in the wild ask with; the STS answers with the right one (`wire-facts.md` A4)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One attribute asked for."""

    name: str
    namespace: str | None = None
    """None in WS-Trust, whose claims carry none (`wire-facts.md` B3)."""
    value: str | None = None
    """What the client says it is; None where it leaves that to the STS."""


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request for a token that has the form of one."""

    context: str
    """Context of WS-Trust or RequestID of SAML-P: what the answer refers to; empty when absent."""
    attributes: Sequence[Asked]
    begin: Instant | None = None
    """From when the token shall be valid; None: from now."""
    end: Instant | None = None
    """Until when; None: as long as the STS allows."""
    session: x509.Certificate | None = None
    """Certificate of the key that the token shall be bound to; None: of the key that signs the request."""
    renews: bool = False
    """It asks for another token like the one it brings."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a message is no request that the STS can take."""

    reason: str
    where: str = ""


def answered(persona: Persona, asked: Sequence[Asked]) -> list[Attribute]:
    """The attributes of the token: each one asked for, with the persona's value.

    What the STS does not know or refuses is answered too, `false` for a boolean and otherwise empty (decisions 4b;
    cookbook 5.1.1); so is a value that the client asserts and the persona has not. A name asked for without namespace
    is answered in each that the persona has it in, or else as a certified one (reconstructed). In the order of genuine
    tokens: identification first, each part by name.
    """
    found: dict[tuple[str, str], str] = {}
    for one in asked:
        namespace = _MISSPELT.get(one.namespace, one.namespace) if one.namespace is not None else None
        known = [a for a in persona.attributes if a.name == one.name and namespace in (None, a.namespace)]
        for attribute in known:
            agrees = one.value is None or one.value == attribute.value
            found[attribute.namespace, attribute.name] = attribute.value if agrees else refused(one.name)
        if not known:
            found[namespace or CERTIFIED, one.name] = refused(one.name)
    ordered = sorted(found, key=lambda key: (key[0] != IDENTIFICATION, key[1], key[0]))
    return [Attribute(namespace, name, found[namespace, name]) for namespace, name in ordered]


def refused(name: str) -> str:
    """How an attribute that is not granted is answered."""
    return "false" if name.endswith(_BOOLEAN) else ""
