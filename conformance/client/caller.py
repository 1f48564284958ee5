"""A caller from files: key and certificate in a PKCS#12 file, the token as the STS sent it."""

import re
from pathlib import Path
from typing import Final

from conformance.client.credentials import (
    ANYONE,
    Credentials,
    CredentialsError,
    PersonaUnavailableError,
    Token,
    UnusableCredentialsError,
)
from conformance.client.keystore import read_keystore
from conformance.client.message import Requester
from conformance.client.parsing import parse, text_of
from mockserver.identities.personas import IDENTIFICATION
from mockserver.instant import system_clock
from mockserver.namespaces import SAML

_KINDS: Final = (
    ("sorting-center", "nihii", r"urn:be:fgov:ehealth:1\.0:sortingcenter:nihii-number"),
    ("hospital", "nihii", r"urn:be:fgov:ehealth:1\.0:hospital:nihii-number"),
    ("institution", "nihii", r"urn:be:fgov:ehealth:1\.0:[a-z]+:nihii-number"),
    ("organisation", "cbe", r"urn:be:fgov:ehealth:1\.0:[a-z]+:ehp-number"),
    ("company", "cbe", r"urn:be:fgov:kbo-bce:organization:cbe-number"),
    ("mandate-holder", "person_identifier", r"urn:be:fgov:person:ssin"),
    ("physician", "person_identifier", r"urn:be:fgov:person:ssin"),
)
"""Persona, field of Criteria.Requester, and the attribute that names such an end user (wire-facts.md A5 and A6).

In this order: a token with organisation and person speaks for the organisation.
"""


def read_credentials(keystore: Path, password: str, token: Path, *, alias: str | None = None) -> Credentials:
    """The caller in these files; who it is follows from the token. `alias` as for `read_keystore`.

    Raises UnusableCredentialsError when a file cannot be read, the password is wrong, or key and token cannot be used.
    """
    entry = read_keystore(keystore, password, alias=alias, now=system_clock())
    received = read_token(token)
    persona, requester = end_user(received)
    return Credentials(persona, entry.key, entry.certificate, received, requester)


def read_token(file: Path) -> Token:
    """The token in `file`, without what editors put around it. Raises UnusableCredentialsError."""
    try:
        octets = file.read_bytes()
    except OSError as error:
        raise UnusableCredentialsError(f"the token {file} cannot be read: {error.strerror or error}") from error
    try:
        return Token.received(octets.strip())
    except CredentialsError as error:
        raise UnusableCredentialsError(f"{file}: {error}") from error


def end_user(token: Token) -> tuple[str, Requester]:
    """The persona a token stands for, and the Criteria.Requester that agrees with it.

    Raises UnusableCredentialsError.
    """
    attributes = {}
    names = []
    for attribute in parse(token.octets).iter(f"{{{SAML}}}Attribute"):
        name = attribute.get("AttributeName", "")
        names.append(name)
        value = attribute.find(f"{{{SAML}}}AttributeValue")
        if attribute.get("AttributeNamespace") == IDENTIFICATION and value is not None:
            attributes[name] = text_of(value).strip()
    mandate = any("recognisedmandatary" in name for name in names)
    for persona, field, pattern in _KINDS:
        if persona == "mandate-holder" and not mandate:
            continue
        for name, number in attributes.items():
            if re.fullmatch(pattern, name):
                return persona, Requester(**{field: number})
    raise UnusableCredentialsError("the token names no person (SSIN), NIHII, CBE or EHP number as its end user")


class OneCaller:
    """A source of the credentials of one caller."""

    def __init__(self, held: Credentials) -> None:
        self._held = held

    def credentials(self, name: str) -> Credentials:
        """The caller, if the name is its persona's or ANYONE. Raises PersonaUnavailableError otherwise."""
        if name not in (ANYONE, self._held.persona):
            raise PersonaUnavailableError(f"the credentials given are those of {self._held.persona}, not of {name}")
        return self._held
