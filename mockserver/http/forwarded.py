"""What a proxy in front says of its client: X-Forwarded-For, -Proto and -Host, believed from known addresses only.

Anybody can send these fields. Where the next hop is no trusted proxy, they are as if they were not there.
"""

import ipaddress
from collections.abc import Sequence
from typing import Final, NamedTuple

from mockserver.http.head import AUTHORITY, Head
from mockserver.http.listener import UnusableAddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_SCHEMES: Final = ("http", "https")


class Seen(NamedTuple):
    """How a request looked to the outermost proxy that is trusted; None where nobody says."""

    peer: str
    """Address of the client, with its port where that is known."""
    scheme: str | None = None
    authority: str | None = None


class TrustedProxies:
    """The addresses whose X-Forwarded fields are believed."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = tuple(networks)

    @classmethod
    def read(cls, texts: Sequence[str]) -> "TrustedProxies":
        """Addresses and networks such as 10.0.0.0/8. Raises UnusableAddress."""
        networks = []
        for text in texts:
            try:
                networks.append(ipaddress.ip_network(text.strip()))
            except ValueError as error:
                raise UnusableAddress(
                    f"--trusted-proxy {text!r} is neither an IP address nor a network: write 10.0.0.7 or 10.0.0.0/8."
                ) from error
        return cls(networks)

    def seen(self, head: Head, peer: str) -> Seen:
        """What is known of the client of a request that came from `peer` (host:port)."""
        if not self._networks or not self._trusts(_host(peer)):
            return Seen(peer)
        return Seen(
            self._client(_items(head, "x-forwarded-for")) or peer,
            next((text for text in _last(head, "x-forwarded-proto") if text in _SCHEMES), None),
            next((text for text in _last(head, "x-forwarded-host") if AUTHORITY.fullmatch(text)), None),
        )

    def _client(self, addresses: Sequence[str]) -> str | None:
        """From the right, each proxy added the one it was called by: the first that is not trusted is the client."""
        client = None
        for text in reversed(addresses):
            if _address(text) is None:
                return client
            client = text
            if not self._trusts(text):
                return client
        return client

    def _trusts(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self._networks)


def _items(head: Head, name: str) -> list[str]:
    values = b",".join(head.values(name)).decode("latin-1")
    return [item.strip(" \t") for item in values.split(",")] if values else []


def _last(head: Head, name: str) -> list[str]:
    """What the nearest proxy said."""
    return _items(head, name)[-1:]


def _host(peer: str) -> str:
    return peer.rpartition(":")[0].strip("[]")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An IPv4 peer of a dual-stack socket comes as ::ffff:10.0.0.7."""
    try:
        address = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
