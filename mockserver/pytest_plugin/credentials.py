"""What a client signs with, as bytes and as files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from mockserver.identities.key_folder import write_private
from mockserver.identities.token_files import DEFAULT_PASSWORD, TokenFiles
from mockserver.pytest_plugin.management import DossierError, Management, Refused


@dataclass(frozen=True, slots=True)
class DossierCredentials:
    """A persona's key, certificate and token."""

    persona: str
    key: bytes = field(repr=False)
    """The private key: PKCS #8, PEM, not encrypted."""
    certificate: bytes = field(repr=False)
    """PEM."""
    pkcs12: bytes = field(repr=False)
    """Key, certificate and CA, for Java and .NET; entry "authentication"."""
    token: bytes = field(repr=False)
    """The signed SAML 1.1 Assertion, to be put into a message byte for byte; good for a day by the session's clock."""
    requester: Mapping[str, str]
    """What Criteria.Requester holds when it agrees with the token: {"PersonIdentifier": "..."}, say."""
    password: str = DEFAULT_PASSWORD
    """Of `pkcs12`."""

    def write(self, folder: Path) -> TokenFiles:
        """token.xml, key.pem, certificate.pem and credential.p12 in `folder`, as `mockserver token` writes them.

        Raises OSError, FileExistsError when one of them is there.
        """
        files = TokenFiles(*(folder / name for name in ("token.xml", "key.pem", "certificate.pem", "credential.p12")))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file, content in zip(files, (self.token, self.key, self.certificate, self.pkcs12), strict=True):
            write_private(file, content)
        return files


def credentials_of(management: Management, persona: str, session: str) -> DossierCredentials:
    """The persona's credentials, with a new token. Raises DossierError."""
    place = f"/personas/{quote(persona, safe='')}"
    described = management.ask("GET", place)
    try:
        key = management.octets("GET", f"{place}/key.pem")
    except Refused as error:
        if error.status != 403:
            raise
        raise DossierError(
            f"The mock at {management.url} gives no private keys, because no management token guards it: start it with "
            "MOCKSERVER_MANAGEMENT_TOKEN, and set the same for pytest."
        ) from error
    return DossierCredentials(
        persona=persona,
        key=key,
        certificate=management.octets("GET", f"{place}/certificate.pem"),
        pkcs12=management.octets("GET", f"{place}/credential.p12"),
        token=management.octets("GET", f"{place}/token.xml?session={session}"),
        requester=described["requester"],
    )
