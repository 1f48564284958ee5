"""Credentials whose token comes from an STS and is renewed before it ends."""

from collections.abc import Callable, Sequence
from typing import Final

from conformance.client.credentials import Credentials, CredentialsError, PersonaUnavailableError
from conformance.client.message import Requester
from conformance.client.sts.client import StsClient
from conformance.client.sts.keystore import KeyEntry
from conformance.client.sts.message import Claim
from conformance.client.sts.token_check import end_of
from mockserver.identities.personas import IDENTIFICATION, Persona, personas
from mockserver.instant import SECOND, Clock, system_clock

RENEW_BEFORE: Final = 300 * SECOND
"""A token that ends so soon is renewed first: a call may take minutes, and clocks differ (cookbook 6.2)."""

KeySource = Callable[[Persona], KeyEntry]
"""Key and certificate of a persona. Raises CredentialsError or PersonaUnavailableError."""


def claims_of(persona: Persona) -> Sequence[Claim]:
    """What a client asks for as this persona: who it is, asserted, and what eHealth shall certify (A4)."""
    asserted = {a.name: a.value for a in persona.attributes if a.namespace == IDENTIFICATION}
    # A name may stand in both namespaces, and a claim has none: asserted once, it is answered in each.
    return [Claim(name, asserted.get(name)) for name in dict.fromkeys(a.name for a in persona.attributes)]


def requester_of(persona: Persona) -> Requester:
    """The Requester that agrees with the persona's token."""
    numbers = persona.requester
    return Requester(numbers.get("PersonIdentifier"), numbers.get("Nihii"), numbers.get("Cbe"))


class StsCredentials:
    """A source of credentials: each persona's token from the STS, one for as long as it lives."""

    def __init__(self, keys: KeySource, client: Callable[[KeyEntry], StsClient], clock: Clock = system_clock) -> None:
        self._keys = keys
        self._client = client
        self._clock = clock
        self._held: dict[str, Credentials] = {}

    def credentials(self, name: str) -> Credentials:
        """The persona's credentials, with a token that lives for five minutes at least.

        Raises PersonaUnavailableError for an unknown name, CredentialsError when key or token cannot be had, and
        NoConnectionError.
        """
        persona = personas().get(name)
        if persona is None:
            raise PersonaUnavailableError(f"there is no persona {name}; there are {', '.join(personas())}")
        held = self._held.get(name)
        entry = self._keys(persona) if held is None else KeyEntry("", held.key, held.certificate)
        client = self._client(entry)
        if held is None:
            token = client.issue(claims_of(persona))
        elif self._end(held) - self._clock() < RENEW_BEFORE:
            token = client.renew(held.token)
        else:
            return held
        self._held[name] = Credentials(name, entry.key, entry.certificate, token, requester_of(persona))
        return self._held[name]

    @staticmethod
    def _end(held: Credentials) -> int:
        try:
            return end_of(held.token)
        except ValueError as error:
            raise CredentialsError("the token of the STS has no NotOnOrAfter that can be read") from error
