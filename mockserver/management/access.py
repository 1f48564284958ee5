"""Who may use the management port: it shows health data.

It listens on loopback unless a token is set; the token is asked for on all but the probes. A page in a browser cannot
get at it: by DNS rebinding its Host would be a foreign name, and what it sends across origins carries its Origin (Fetch
standard, 3.2), which is not ours. No cookies, no CORS.
"""

import hmac
import ipaddress
from collections.abc import Sequence

from mockserver.http.head import AUTHORITY, Head
from mockserver.http.refusal import Refusal, shown


class Access:
    """What is asked of every request."""

    def __init__(self, host: str, token: str | None) -> None:
        """`host` is the one the port was told to listen on; `token`, if any, comes as `Authorization: Bearer`."""
        self._host = host.lower()
        self._token = token

    @property
    def is_guarded(self) -> bool:
        """Whether a token is asked for."""
        return self._token is not None

    def check_origin(self, head: Head) -> None:
        """Host and Origin are this port's. Raises Refusal (403)."""
        self._check_host(head.authority)
        origins = head.values("origin")
        own = [f"{scheme}://{head.authority}".encode() for scheme in ("http", "https")]
        if any(origin not in own for origin in origins):
            raise Refusal(403, None, f"Origin {shown(origins[0])} is another site: pages of other sites get nothing.")

    def check_token(self, head: Head) -> None:
        """The bearer of the token, where one is set. Raises Refusal (401)."""
        if self._token is None:
            return
        values: Sequence[bytes] = head.values("authorization")
        scheme, _, given = (values[0] if len(values) == 1 else b"").partition(b" ")
        # The comparison takes the same time however much of the token is right.
        right = hmac.compare_digest(given.strip(b" "), self._token.encode())
        if scheme.lower() != b"bearer" or not right:
            raise Refusal(
                401,
                None,
                "This needs the management token: send Authorization: Bearer and the token.",
                fields=[("WWW-Authenticate", "Bearer")],
            )

    def _check_host(self, authority: str | None) -> None:
        if authority is None:
            return  # HTTP/1.0 without Host: a probe, no browser
        match = AUTHORITY.fullmatch(authority)
        host = match[1].strip("[]").lower() if match is not None else ""
        if host in ("localhost", self._host) or _address_is(host, "is_loopback"):
            return
        # Open to other machines, it cannot know all its names; the token, which it has then, keeps pages out.
        if self._token is not None and not _address_is(self._host, "is_loopback"):
            return
        raise Refusal(403, None, f"Host {shown(authority)} is not this management port: ask for localhost.")


def _address_is(host: str, property_name: str) -> bool:
    try:
        return bool(getattr(ipaddress.ip_address(host), property_name))
    except ValueError:
        return False
