"""The endpoint a run may talk to, and the one it may not."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from mockserver.gateway.exchange import ENDPOINT_PATH

PRODUCTION_HOST: Final = "services.ehealth.fgov.be"
"""Cookbook 5.2. Test messages would make dossier numbers of real people's registers there."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_PRINTABLE: Final = re.compile(r"[!-~]+")
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9_.-]*[a-z0-9])?\.*|\[[0-9a-f:.]+\]")


class EndpointError(ValueError):
    """This URL is no endpoint to test. One sentence, without the URL's user or password."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go. Made by `read_endpoint` only, so that a URL is read in one way."""

    scheme: str
    host: str
    """Lower case; an IPv6 address stands in brackets."""
    port: int
    target: str
    """Path and query, as they go into the request line."""

    @property
    def authority(self) -> str:
        """Host and port as in the Host field: a default port is left out."""
        return self.host if self.port == _DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole URL."""
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine itself."""
        name = self.host.rstrip(".")
        if name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(name.strip("[]")).is_loopback
        except ValueError:
            return False


def read_endpoint(text: str, default_path: str = ENDPOINT_PATH) -> Endpoint:
    """Read a URL with the parser of the library that sends, so that guard and sender never disagree on the
    host.

    A URL without path gets `default_path`, the cookbook's; any other path is used as given, for a proxy in front of the
    endpoint.

    Raises EndpointError.
    """
    if not _PRINTABLE.fullmatch(text) or "\\" in text:
        raise EndpointError("the endpoint must be a URL in printable ASCII without blanks or backslashes")
    try:
        url = parse_url(text)
    except LocationParseError as error:
        raise EndpointError("the endpoint cannot be read as a URL such as http://localhost:8080") from error
    if url.scheme not in _DEFAULT_PORTS:
        raise EndpointError("the endpoint must begin with http:// or https://")
    if url.auth is not None:
        raise EndpointError("the endpoint must not hold a user or password: they would end up in the reports")
    if url.host is None or not _HOST.fullmatch(url.host):
        raise EndpointError("the endpoint names no host that can be used")
    if url.port == 0:
        raise EndpointError("port 0 is no endpoint")
    if url.host.rstrip(".") == PRODUCTION_HOST:
        raise EndpointError(
            f"{PRODUCTION_HOST} is eHealth's production environment, which this suite never sends to; "
            "use the acceptance environment or a mock"
        )
    path = default_path if url.path in (None, "", "/") else url.path
    target = path if url.query is None else f"{path}?{url.query}"
    return Endpoint(url.scheme, url.host, url.port or _DEFAULT_PORTS[url.scheme], target)
