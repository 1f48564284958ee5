"""Who calls: a private key, its certificate, and the token the STS issued to that key.

Everything a case needs about the caller is in `Credentials`, and a run asks for them by persona through a
`CredentialSource`. The mock's state folder is one source; a PKCS#12 file with a token from an STS is another
that fits the same shape.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from conformance.client.message import Requester
from conformance.client.parsing import MarkupError, parse
from mockserver.identities.assertion import issue_assertion
from mockserver.identities.authority import Authority, AuthorityError, Credential
from mockserver.identities.personas import Persona, personas
from mockserver.instant import Clock, system_clock
from mockserver.namespaces import SAML

ANYONE: Final = "anyone"
"""Instead of a persona's name: whichever caller there is."""

FIRST_CHOICE: Final = "physician"
"""Who calls where anyone may and a state folder has them all: "care providers" come first in cookbook 5.1."""

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey


class CredentialsError(Exception):
    """Credentials cannot be read or made: a fault on our side. One sentence."""


class UnusableCredentialsError(CredentialsError):
    """A file or option that the user gave cannot be used. One sentence."""


class PersonaUnavailableError(Exception):
    """The source has no such persona, or the persona lacks what a case needs. One sentence."""


@dataclass(frozen=True, slots=True)
class Token:
    """A SAML 1.1 assertion, kept as the octets the STS sent.

    "This assertion needs to be forwarded exactly as received in order to not to break the signature of the
    eHealth STS" (cookbook 5.1.2): only the octets travel; the parsed form is looked at and dropped.
    """

    octets: bytes = field(repr=False)
    assertion_id: str

    @classmethod
    def received(cls, octets: bytes) -> Self:
        """The token in `octets`: the UTF-8 Assertion element and nothing around it.

        Raises CredentialsError when the octets cannot stand inside an envelope as they are.
        """
        if not octets.startswith(b"<") or octets.startswith((b"<?", b"<!")):
            raise CredentialsError(
                "the token does not begin with its Assertion element: strip the XML declaration, byte order "
                "mark or blanks in front of it"
            )
        try:
            root = parse(octets)
        except MarkupError as error:
            raise CredentialsError(f"the token cannot be used: {error}") from error
        if root.tag != f"{{{SAML}}}Assertion":
            raise CredentialsError(f"the token is a {etree.QName(root).text}, not a SAML 1.1 Assertion")
        assertion_id = root.get("AssertionID", "")
        if not assertion_id:
            raise CredentialsError("the token has no AssertionID, so that no signature could refer to it")
        return cls(octets, assertion_id)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A caller that can sign."""

    persona: str
    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate
    token: Token
    requester: Requester
    """What Criteria.Requester holds when it agrees with the token (cookbook 8, Table 2)."""
    reissue: "Callable[..., bytes] | None" = field(default=None, repr=False, compare=False)
    """Issues another token to the same holder, with the options of `issue_assertion`; None where no STS is ours."""

    def reissued(self, **options: Any) -> Self:
        """The same caller with another token, such as an expired one.

        Raises PersonaUnavailableError where the source of the credentials has no STS to ask.
        """
        if self.reissue is None:
            raise PersonaUnavailableError("only the mock's state folder has an STS that issues such a token")
        return replace(self, token=Token.received(self.reissue(**options)))

    def other_than(self, field_name: str, others: Sequence[str]) -> tuple[str, str]:
        """The caller's own number in this field of Criteria.Requester, and the first of `others` that differs.

        Raises PersonaUnavailableError when the caller has none.
        """
        own = getattr(self.requester, field_name)
        if own is None:
            raise PersonaUnavailableError(f"{self.persona} has no {field_name} to differ from")
        return own, next(number for number in others if number != own)


CredentialSource = Callable[[str], Credentials]
"""From a persona's name to its credentials. Raises PersonaUnavailableError or CredentialsError."""


class StateFolder:
    """The credentials of the mock's personas, from the state folder that mock and suite share."""

    def __init__(
        self, folder: Path, clock: Clock = system_clock, *, known: Mapping[str, Persona] | None = None
    ) -> None:
        """Opens `folder` and makes what is missing in it. Raises CredentialsError.

        `known` are the personas that may be named; the built-in ones unless given.
        """
        try:
            self._authority = Authority.open(folder)
        except (AuthorityError, OSError) as error:
            raise CredentialsError(f"the state folder {folder} cannot be used: {error}") from error
        self._clock = clock
        self._known = personas() if known is None else known
        self._held: dict[str, Credentials] = {}

    @property
    def ca_certificate(self) -> str:
        """The test CA in PEM form: the mock's TLS certificate chains to it."""
        return self._authority.ca_certificate.public_bytes(Encoding.PEM).decode("ascii")

    def credentials(self, name: str) -> Credentials:
        """The persona's credentials, with one token for as long as this object lives.

        Raises PersonaUnavailableError for a name that is not known, CredentialsError when the folder
        fails.
        """
        wanted = FIRST_CHOICE if name == ANYONE else name
        if wanted not in self._held:
            self._held[wanted] = self._made(wanted)
        return self._held[wanted]

    def _made(self, name: str) -> Credentials:
        persona = self._known.get(name)
        if persona is None:
            raise PersonaUnavailableError(f"there is no persona {name}; there are {', '.join(self._known)}")
        try:
            credential = self._authority.credential(persona)
            octets = self._issue(credential)
        except (AuthorityError, OSError) as error:
            raise CredentialsError(f"no credentials for {name}: {error}") from error
        return Credentials(
            persona=persona.name,
            key=credential.key,
            certificate=credential.certificate,
            token=Token.received(octets),
            requester=Requester(
                person_identifier=persona.requester.get("PersonIdentifier"),
                nihii=persona.requester.get("Nihii"),
                cbe=persona.requester.get("Cbe"),
            ),
            reissue=partial(self._issue, credential),
        )

    def _issue(self, credential: Credential, *, self_issued: bool = False, **options: Any) -> bytes:
        """A token for `credential`; `self_issued` lets the holder sign it in place of the STS."""
        signer = credential if self_issued else None
        return issue_assertion(
            self._authority, credential, **{"now": self._clock(), "sts_credential": signer, **options}
        )
