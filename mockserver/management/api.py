"""The management port: health, readiness and the journal, as JSON.

It shows health data, so it is kept from everybody who was not meant: the port listens on loopback unless a
token is set, the token is asked for on all but the probes, and a page in a browser cannot get at it by DNS
rebinding, for its Host would be a foreign name. No cookies, no CORS.
"""

import hmac
import ipaddress
import json
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import unquote

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule

from mockserver.gateway.exchange import Answer
from mockserver.http.application import Fragment, Message
from mockserver.http.head import AUTHORITY, Head
from mockserver.http.refusal import Refusal, shown
from mockserver.management.journal import Journal

_ROUTES: Final = Map(
    [
        Rule("/healthz", endpoint="health", methods=["GET"]),
        Rule("/readyz", endpoint="readiness", methods=["GET"]),
        Rule("/journal", endpoint="listing", methods=["GET"]),
        Rule("/journal", endpoint="clear", methods=["DELETE"]),
        Rule("/journal/<correlation_id>", endpoint="entry", methods=["GET"]),
    ],
    strict_slashes=False,
    merge_slashes=False,
    redirect_defaults=False,
).bind("")

_PROBES: Final = ("health", "readiness")


class ManagementApp:
    """The application of the management port."""

    def __init__(self, *, journal: Journal, ready: Callable[[], bool], host: str, token: str | None = None) -> None:
        """`ready` tells whether the service can answer; `host` is the host the port was told to listen on.

        `token`, when there is one, must come as `Authorization: Bearer` with all requests but the probes.
        """
        self._journal = journal
        self._ready = ready
        self._host = host.lower()
        self._token = token

    def admit(self, head: Head) -> None:
        """Refuse strangers, unknown paths and wrong methods. Raises Refusal."""
        self._check_host(head.authority)
        endpoint, _ = _route(head)
        if self._token is not None and endpoint not in _PROBES:
            self._check_token(head.values("authorization"), self._token)

    def answer(self, message: Message) -> Answer:
        """The answer to an admitted request. Raises Refusal."""
        endpoint, arguments = _route(message.head)
        if endpoint == "health":
            return _json(200, {"status": "up"})
        if endpoint == "readiness":
            ready = self._ready()
            return _json(200 if ready else 503, {"status": "ready" if ready else "starting"})
        if endpoint == "clear":
            return _json(200, {"forgotten": self._journal.clear()})
        if endpoint == "listing":
            entries, dropped = self._journal.newest_first()
            return _json(200, {"dropped": dropped, "entries": [entry.summary() for entry in entries]})
        entry = self._journal.find(arguments["correlation_id"])
        if entry is None:
            raise Refusal(404, None, "The journal has no exchange with that id: it was never there, or was dropped.")
        return _json(200, entry.to_json())

    def refuse(self, refusal: Refusal, fragment: Fragment) -> Answer:
        """The refusal as JSON; requests for the journal are not journalled."""
        return _json(refusal.status, {"error": refusal.detail}, *refusal.fields)

    def cut(self, reason: str, fragment: Fragment) -> None:
        """Nothing to note: requests for the journal are not journalled."""

    def _check_host(self, authority: str | None) -> None:
        if authority is None:
            return  # HTTP/1.0 without Host: a probe, no browser
        match = AUTHORITY.fullmatch(authority)
        host = match[1].strip("[]").lower() if match is not None else ""
        if host in ("localhost", self._host) or _address_is(host, "is_loopback"):
            return
        # Bound to every address, it cannot know its names; the token, which it has then, keeps pages out.
        if self._token is not None and _address_is(self._host, "is_unspecified"):
            return
        raise Refusal(403, None, f"Host {shown(authority)} is not this management port: ask for localhost.")

    def _check_token(self, values: Sequence[bytes], token: str) -> None:
        scheme, _, given = (values[0] if len(values) == 1 else b"").partition(b" ")
        # The comparison takes the same time however much of the token is right.
        right = hmac.compare_digest(given.strip(b" "), token.encode())
        if scheme.lower() != b"bearer" or not right:
            raise Refusal(
                401,
                None,
                "The journal needs the management token: send Authorization: Bearer and the token.",
                fields=[("WWW-Authenticate", "Bearer")],
            )


def _route(head: Head) -> tuple[str, dict[str, str]]:
    try:
        endpoint, arguments = _ROUTES.match(unquote(head.path), method=head.method)
    except MethodNotAllowed as error:
        allow = ", ".join(sorted(error.valid_methods or ()))
        raise Refusal(
            405, None, f"Method {shown(head.method)} is not for this path.", fields=[("Allow", allow)]
        ) from error
    except NotFound as error:
        raise Refusal(404, None, "There is nothing here: ask /healthz, /readyz, /journal or /journal/ID.") from error
    return str(endpoint), {name: str(value) for name, value in arguments.items()}


def _address_is(host: str, property_name: str) -> bool:
    try:
        return bool(getattr(ipaddress.ip_address(host), property_name))
    except ValueError:
        return False


def _json(status: int, content: dict[str, object], *fields: tuple[str, str]) -> Answer:
    return Answer(
        http=status,
        fields=[
            ("Content-Type", "application/json"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            *fields,
        ],
        body=json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n",
        correlation_id="",
    )
