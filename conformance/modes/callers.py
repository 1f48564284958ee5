"""How a run reaches its endpoint, and who calls: from the state folder, from files, or with tokens of an STS."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conformance.client.caller import OneCaller, read_credentials
from conformance.client.credentials import CredentialSource, StateFolder, UnusableCredentialsError
from conformance.client.endpoint import Endpoint
from conformance.client.keystore import read_keystore
from conformance.client.pace import Pace
from conformance.client.sts.client import StsClient
from conformance.client.sts.credentials import KeySource, StsCredentials, keys_of, only_key
from conformance.client.transport import Transport
from mockserver.given_file import UnusableFile, read_ca
from mockserver.identities.persona_register import PersonaRegister
from mockserver.identities.personas import Persona, PersonaError
from mockserver.instant import system_clock

if TYPE_CHECKING:
    from conformance.modes.run import RunSettings

DEFAULT_CONTACT: Final = "conformance@example.org"
"""A reserved domain (RFC 2606): enough for a mock, not for an endpoint where somebody may have to call."""

REMOTE_INTERVAL: Final = 1.0
"""Seconds between requests to an endpoint that is not this machine: others work with it too."""


def transport_and_callers(settings: "RunSettings") -> tuple[Transport, CredentialSource]:
    """What requests are sent with, and the source of credentials. Raises CredentialsError.

    With a keystore there is one caller, and a token is had at once: that an STS refuses is told before the first case
    and not with every one. Without, there are all personas of the state folder.
    """
    known = known_personas(settings.state, settings.personas)
    if settings.keystore is not None:
        transport = transport_of(settings)
        return transport, _owner(settings, settings.keystore, known, transport)
    folder = StateFolder(settings.state, known=known)
    transport = transport_of(settings, folder.ca_certificate)
    if settings.sts is None:
        return transport, folder.credentials
    return transport, _asking(settings.sts, keys_of(folder.credentials), known, transport)


def _owner(
    settings: "RunSettings", keystore: Path, known: Mapping[str, Persona], transport: Transport
) -> CredentialSource:
    """The one who holds the keystore."""
    password = settings.password or ""
    if settings.token is not None:
        return OneCaller(read_credentials(keystore, password, settings.token, alias=settings.alias)).credentials
    if settings.sts is None or settings.persona is None:
        raise UnusableCredentialsError("a keystore needs a token, or an STS and the persona to ask it as")
    entry = read_keystore(keystore, password, alias=settings.alias, now=system_clock())
    source = _asking(settings.sts, only_key(entry, settings.persona), known, transport)
    source(settings.persona)
    return source


def _asking(sts: Endpoint, keys: KeySource, known: Mapping[str, Persona], transport: Transport) -> CredentialSource:
    """The callers with these keys, and tokens of the STS."""
    return StsCredentials(keys, lambda entry: StsClient(sts, transport, entry), known).credentials


def transport_of(settings: "RunSettings", *trusted: str) -> Transport:
    """What requests are sent with; `trusted` are CAs in PEM form besides those of the settings.

    Raises CredentialsError.
    """
    cas = [*([_read_ca(settings.ca_file)] if settings.ca_file is not None else []), *trusted]
    interval = interval_of(settings)
    return Transport(
        settings.contact,
        settings.answer_timeout,
        settings.connect_timeout,
        ca_certificate="".join(cas) or None,
        proxy=settings.proxy,
        pace=Pace(interval) if interval else None,
    )


def interval_of(settings: "RunSettings") -> float:
    """Seconds from one request to the next, at least."""
    if settings.interval is not None:
        return settings.interval
    return 0.0 if settings.endpoint.is_loopback else REMOTE_INTERVAL


def known_personas(state: Path, file: Path | None) -> Mapping[str, Persona]:
    """The built-in personas, those of a user's file, and those added to a mock with the state folder `state`.

    Raises UnusableCredentialsError.
    """
    try:
        return PersonaRegister(state, file)
    except PersonaError as error:
        raise UnusableCredentialsError(str(error)) from error


def _read_ca(file: Path) -> str:
    try:
        return read_ca(file)
    except UnusableFile as error:
        raise UnusableCredentialsError(f"the CA file {error}") from error
