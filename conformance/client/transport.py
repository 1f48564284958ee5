"""HTTP as the connector speaks it: one POST, one connection, the octets as they are.

urllib3 opens the connection. Nothing is tried twice, no redirect is followed, no coding undone, and whatever
goes wrong once the connection stood is part of the answer (`HttpAnswer.broken`): it is the endpoint's doing,
and a finding.
"""

import ssl
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from importlib.metadata import version
from typing import Final
from urllib.parse import unquote

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)
from urllib3.util import SKIP_HEADER, Timeout, make_headers, parse_url

from conformance.client.endpoint import Endpoint
from mockserver import __version__

USER_AGENT: Final = f"dossier-conformance/{__version__} urllib3/{version('urllib3')}"
"""Cookbook 5.1.4: {minimal software information}/{version} {minimal connector information}/{version}."""

MAX_ANSWER: Final = 10 * 1024 * 1024
"""Octets of an answer's body; more is reported, not read."""

_PIECE: Final = 64 * 1024

HeaderFields = Sequence[tuple[str, str]]


class NoConnectionError(Exception):
    """No connection to the endpoint came about, so nothing is known of it. One sentence."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it is sent: these fields in this order, and no others."""

    target: str
    fields: HeaderFields
    body: bytes = field(repr=False)
    method: str = "POST"

    @property
    def head(self) -> str:
        """Request line and fields, one a line."""
        return _lines(f"{self.method} {self.target} HTTP/1.1", self.fields)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer as it came, whole or not."""

    status: int | None
    """None when not even a status line came."""
    reason: str = ""
    version: str = ""
    """`HTTP/1.1` or `HTTP/1.0`."""
    fields: HeaderFields = ()
    body: bytes = field(default=b"", repr=False)
    broken: str | None = None
    """Why the answer is missing or not whole; None when it is."""

    @property
    def head(self) -> str:
        """Status line and fields, one a line; fields of one name stand together."""
        return _lines(f"{self.version} {self.status} {self.reason}", self.fields)

    def values(self, name: str) -> list[str]:
        """All values of the field `name` (compared without case), in order."""
        return [value for field_name, value in self.fields if field_name.lower() == name.lower()]


def _lines(first: str, fields: HeaderFields) -> str:
    return "".join(f"{line}\n" for line in (first, *(f"{name}: {value}" for name, value in fields)))


@dataclass(frozen=True, slots=True)
class Transport:
    """How requests are sent."""

    contact: str
    """Address in the From field: "email-address that can be used for emergency contact" (cookbook 5.1.4)."""
    answer_timeout: float
    """Seconds from the request's last octet to the answer's."""
    connect_timeout: float = 10.0
    """Seconds for the connection, TLS included."""
    ca_certificate: str | None = None
    """CAs in PEM form to trust besides the system's."""
    proxy: str | None = None
    """URL of an HTTP proxy; None takes the environment's. Never used for this machine itself."""
    pace: Callable[[], None] | None = None
    """Called before each request; waits when requests would follow each other too fast."""

    def request(self, endpoint: Endpoint, body: bytes, soap_action: str) -> HttpRequest:
        """The request for `body`, with fields in the connector's order (connector-doctor-full.headers)."""
        fields = (
            ("Accept", "text/xml"),
            ("Accept-Encoding", "identity"),
            ("Content-Type", "text/xml; charset=utf-8"),
            ("SOAPAction", f'"{soap_action}"'),  # R1109: quoted
            ("User-Agent", USER_AGENT),
            ("From", self.contact),
            ("Host", endpoint.authority),
            ("Connection", "close"),
            ("Content-Length", str(len(body))),
        )
        return HttpRequest(endpoint.target, fields, body)

    def send(self, endpoint: Endpoint, request: HttpRequest) -> HttpAnswer:
        """Send `request` over a connection of its own and read what comes. Raises NoConnectionError."""
        if self.pace is not None:
            self.pace()
        headers = urllib3.HTTPHeaderDict(request.fields)
        if "User-Agent" not in headers:
            headers["User-Agent"] = SKIP_HEADER  # urllib3 would send one of its own
        with _pool(endpoint, self._context(endpoint), self.proxy) as pool:
            try:
                response = pool.urlopen(
                    request.method,
                    f"{endpoint.scheme}://{endpoint.authority}{request.target}",
                    body=request.body or None,
                    headers=headers,
                    retries=False,
                    redirect=False,
                    preload_content=False,
                    decode_content=False,
                    timeout=Timeout(connect=self.connect_timeout, read=self.answer_timeout),
                )
            except (HTTPError, HTTPException, OSError) as error:
                return HttpAnswer(None, broken=self._what_broke(error))
            return self._read(response)

    def _read(self, response: urllib3.BaseHTTPResponse) -> HttpAnswer:
        body, broken = bytearray(), None
        deadline = time.monotonic() + self.answer_timeout
        try:
            while piece := response.read1(_PIECE, decode_content=False):
                body += piece
                if len(body) > MAX_ANSWER:
                    broken = f"the answer is larger than {MAX_ANSWER} bytes"
                    break
                if time.monotonic() > deadline:
                    broken = f"the answer was not complete after {self.answer_timeout:g} seconds"
                    break
        except (HTTPError, HTTPException, OSError) as error:
            broken = self._what_broke(error, len(body))
        finally:
            response.close()
        return HttpAnswer(
            status=response.status,
            reason=response.reason or "",
            version=response.version_string,
            fields=tuple(response.headers.iteritems()),
            body=bytes(body),
            broken=broken,
        )

    def _what_broke(self, error: Exception, received: int = 0) -> str:
        """One clause on a failure after the connection stood."""
        causes = [error, error.__cause__, error.__context__, *error.args]
        if any(isinstance(cause, ReadTimeoutError | TimeoutError) for cause in causes):
            return f"no complete answer within {self.answer_timeout:g} seconds"
        if any(isinstance(cause, IncompleteRead) for cause in causes):
            return f"the answer was cut after {received} bytes of its body"
        if any(isinstance(cause, RemoteDisconnected) for cause in causes):
            return "the connection was closed without an answer"
        if any(isinstance(cause, ConnectionError) for cause in causes):
            return "the connection was reset" + (f" after {received} bytes of the answer" if received else "")
        return f"the answer is not HTTP: {error}"

    def _context(self, endpoint: Endpoint) -> ssl.SSLContext | None:
        if endpoint.scheme != "https":
            return None
        context = ssl.create_default_context()
        if self.ca_certificate is not None:
            context.load_verify_locations(cadata=self.ca_certificate)
        return context


class _HttpConnection(HTTPConnection):
    """Tells "no connection" apart from everything later, which urllib3 reports with the same exceptions."""

    def connect(self) -> None:
        try:
            super().connect()
        except (HTTPError, HTTPException, OSError) as error:
            raise NoConnectionError(_why_not(self.host, self.port, error)) from error


class _HttpsConnection(HTTPSConnection):
    """The same with TLS: a failed handshake, or a proxy that refuses the tunnel, is no connection either."""

    def connect(self) -> None:
        try:
            super().connect()
        except (HTTPError, HTTPException, OSError) as error:
            raise NoConnectionError(_why_not(self.host, self.port, error)) from error


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection


def _why_not(host: str, port: int, error: BaseException) -> str:
    if isinstance(error, NameResolutionError):
        reason = "the host name cannot be resolved"
    elif isinstance(error, ConnectTimeoutError | TimeoutError) and not isinstance(error, NewConnectionError):
        reason = "no answer to the attempt to connect"
    else:
        cause = error.__cause__ or error
        reason = (cause.strerror if isinstance(cause, OSError) else None) or str(cause)
    return f"no connection to {host} port {port}: {reason}"


def _pool(endpoint: Endpoint, context: ssl.SSLContext | None, given: str | None) -> urllib3.PoolManager:
    proxy = _proxy(endpoint, given)
    manager: urllib3.PoolManager
    if proxy is None:
        manager = urllib3.PoolManager(ssl_context=context)
    else:
        try:
            auth = parse_url(proxy).auth
            headers = make_headers(proxy_basic_auth=unquote(auth)) if auth else None
            manager = urllib3.ProxyManager(proxy, proxy_headers=headers, ssl_context=context)
        except HTTPError as error:
            raise NoConnectionError(
                f"the proxy that {'was given' if given else 'the environment names'} for {endpoint.scheme} cannot be "
                "used; correct it, or list the endpoint's host in NO_PROXY"
            ) from error
    manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
    return manager


def _proxy(endpoint: Endpoint, given: str | None) -> str | None:
    """The proxy given, or else the environment's for this endpoint; never one for this machine itself."""
    if endpoint.is_loopback:
        return None
    if given is not None:
        return given
    if urllib.request.proxy_bypass(endpoint.host):
        return None
    proxy = urllib.request.getproxies().get(endpoint.scheme)
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy
