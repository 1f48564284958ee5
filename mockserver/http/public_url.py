"""The address at which clients see the service, as the operator gives it; the served WSDL repeats it."""

from typing import Final

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from mockserver.http.head import AUTHORITY
from mockserver.http.listener import UnusableAddress

_EXAMPLE: Final = "https://mock.example.org/DossierNumberGeneration/v1"


def read_public_url(text: str) -> str:
    """The URL, checked: http or https, a host, a path, and nothing that has no place in an address.

    Raises UnusableAddress.
    """
    refused = UnusableAddress(f"--public-url {text[:100]!r} is no URL of a service; write it as {_EXAMPLE}")
    if not text.isascii() or not text.isprintable() or any(character in text for character in ' "<>\\^`{|}'):
        raise refused
    try:
        url = parse_url(text)
    except LocationParseError as error:
        raise refused from error
    if url.scheme not in ("http", "https") or url.host is None or url.port == 0:
        raise refused
    if url.auth is not None or url.query is not None or url.fragment is not None:
        raise refused
    if AUTHORITY.fullmatch(url.netloc or "") is None:
        raise refused
    return text
