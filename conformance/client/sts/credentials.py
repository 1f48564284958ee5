"""Credentials whose token comes from an STS and is renewed before it ends."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.client.credentials import (
    ANYONE,
    FIRST_CHOICE,
    Credentials,
    CredentialsError,
    CredentialSource,
    PersonaUnavailableError,
    Token,
)
from conformance.client.keystore import KeyEntry
from conformance.client.message import Requester
from conformance.client.sts.client import StsClient
from conformance.client.sts.message import Claim
from conformance.client.sts.token_check import end_of, shortcomings
from conformance.client.transport import NoConnectionError
from mockserver.identities.personas import IDENTIFICATION, Persona
from mockserver.instant import SECOND, Clock, Instant, system_clock

RENEW_BEFORE: Final = 300 * SECOND
"""A token that ends so soon is renewed first: a call may take minutes, and clocks differ (cookbook 6.2)."""

KeySource = Callable[[Persona], Credentials | KeyEntry]
"""Key and certificate of a persona; Credentials where there are some already, of which only the token is replaced.

Raises CredentialsError or PersonaUnavailableError."""


def claims_of(persona: Persona) -> Sequence[Claim]:
    """What a client asks for as this persona: who it is, asserted, and what eHealth shall certify (A4)."""
    asserted = {a.name: a.value for a in persona.attributes if a.namespace == IDENTIFICATION}
    # A name may stand in both namespaces, and a claim has none: asserted once, it is answered in each.
    return [Claim(name, asserted.get(name)) for name in dict.fromkeys(a.name for a in persona.attributes)]


def requester_of(persona: Persona) -> Requester:
    """The Requester that agrees with the persona's token."""
    numbers = persona.requester
    return Requester(numbers.get("PersonIdentifier"), numbers.get("Nihii"), numbers.get("Cbe"))


def only_key(entry: KeyEntry, owner: str) -> KeySource:
    """The keys of somebody who has one keystore, which is that of the persona `owner`."""

    def key_of(persona: Persona) -> KeyEntry:
        if persona.name != owner:
            raise PersonaUnavailableError(f"the keystore given is that of {owner}, not of {persona.name}")
        return entry

    return key_of


def keys_of(source: CredentialSource) -> KeySource:
    """The keys of another source of credentials, such as the mock's state folder."""
    return lambda persona: source(persona.name)


@dataclass(frozen=True, slots=True)
class _Held:
    """What was had of the STS for one persona."""

    credentials: Credentials
    asked: Instant
    """When its token was asked for."""
    end: Instant

    def is_near_its_end(self, now: Instant) -> bool:
        """Five minutes before, or in the second half of a life that is shorter than ten minutes."""
        return self.end - now < min(RENEW_BEFORE, (self.end - self.asked) // 2)


class StsCredentials:
    """A source of credentials: each persona's token from the STS, renewed before it ends."""

    def __init__(
        self,
        keys: KeySource,
        client: Callable[[KeyEntry], StsClient],
        personas: Mapping[str, Persona],
        clock: Clock = system_clock,
    ) -> None:
        """`client` asks the STS with a key; `personas` are those that may be named."""
        self._keys = keys
        self._client = client
        self._personas = personas
        self._clock = clock
        self._held: dict[str, _Held] = {}
        self._refused: dict[str, CredentialsError] = {}

    def credentials(self, name: str) -> Credentials:
        """The persona's credentials, with a token that lives for five minutes at least if the STS gives such.

        Raises PersonaUnavailableError for an unknown name, CredentialsError when key or token cannot be had, and
        again for the same name: hundreds of cases must not ask an STS that said no.
        """
        wanted = FIRST_CHOICE if name == ANYONE else name
        persona = self._personas.get(wanted)
        if persona is None:
            raise PersonaUnavailableError(f"there is no persona {wanted}; there are {', '.join(self._personas)}")
        if wanted in self._refused:
            raise self._refused[wanted]
        try:
            self._held[wanted] = self._kept(persona, self._held.get(wanted))
        except NoConnectionError as error:
            self._refused[wanted] = CredentialsError(f"no token for {wanted} from the STS: {error}")
            raise self._refused[wanted] from error
        except CredentialsError as error:
            self._refused[wanted] = error
            raise
        return self._held[wanted].credentials

    def _kept(self, persona: Persona, held: _Held | None) -> _Held:
        now = self._clock()
        if held is not None and not held.is_near_its_end(now):
            return held
        key = self._keys(persona) if held is None else held.credentials
        client = self._client(KeyEntry(persona.name, key.key, key.certificate))
        # A token that has ended cannot be renewed: it proves nothing any more.
        if held is None or held.end <= now:
            token = client.issue(claims_of(persona))
        else:
            token = client.renew(held.credentials.token)
        _check(token, persona)
        return _Held(_with_token(key, token, persona), now, _end(token))


def _with_token(key: Credentials | KeyEntry, token: Token, persona: Persona) -> Credentials:
    reissue = key.reissue if isinstance(key, Credentials) else None
    return Credentials(persona.name, key.key, key.certificate, token, requester_of(persona), reissue)


def _check(token: Token, persona: Persona) -> None:
    """Whether the token gives what the persona has. What it has as false or empty is refused on purpose."""
    denied = {a.name for a in persona.attributes if a.value in ("", "false")}
    lacking = shortcomings(token, [a.name for a in persona.attributes], denied=denied)
    if lacking:
        raise CredentialsError(f"the token for {persona.name} gives no access: {'; '.join(lacking)}")


def _end(token: Token) -> Instant:
    try:
        return end_of(token)
    except ValueError as error:
        raise CredentialsError("the token of the STS has no NotOnOrAfter that can be read") from error
