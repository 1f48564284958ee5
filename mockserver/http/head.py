"""The head of a request: request line, fields, and what they say about the body.

The request line is judged here, for the parser knows a fixed list of methods and would answer 400 to `post`
or `M-POST`, where the service owes 405. The fields are read by llhttp (through httptools), which refuses
every breach of RFC 9112's field grammar that `rules.md` Q10 lists; `docs/http-server.md` has the table.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final

import httptools

from mockserver.gateway.exchange import HeaderField
from mockserver.http.limits import Limits
from mockserver.http.refusal import Refusal, malformed, shown

# RFC 9112 section 3: request-line = method SP request-target SP HTTP-version, single spaces. The method is a
# token (RFC 9110 section 5.6.2), the target visible ASCII. Without a version it is HTTP/0.9's simple request.
_REQUEST_LINE: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([!-~]+)(?: HTTP/([0-9]\.[0-9]))?")
_LINE_BEGINNING: Final = re.compile(rb"[ -~]*\r?")
_ABSOLUTE_FORM: Final = re.compile(r"https?://([^/?#]*)(.*)", re.IGNORECASE)
_TLS_HANDSHAKE: Final = b"\x16\x03"

# RFC 9112 section 3.2 takes all that RFC 3986 calls a host. Names that resolve have letters, digits, hyphens
# and dots, those of containers underscores too; the rest (sub-delims, percent) is refused, because the value
# is written into the WSDL that `?wsdl` serves and decides who may read the journal.
AUTHORITY: Final = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
"""host[:port]; group 1 the host (IPv6 in brackets), group 2 the port."""

_VERSIONS: Final = ("1.0", "1.1")
_BLANKS: Final = b" \t"

_MOST_REMEMBERED: Final = 128
_LONGEST_REMEMBERED: Final = 1024
"""Bytes; the head of a SOAP request has some 300. In the worst case, 100 fields each, all of them take 3 MB."""


@dataclass(frozen=True, slots=True)
class Head:
    """A head that kept the grammar: what it says, and how it was written."""

    method: str
    target: str
    version: str
    """`1.0` or `1.1`."""
    fields: tuple[HeaderField, ...]
    """In order, duplicates apart; optional white space around a value is gone (RFC 9110 section 5.5)."""
    path: str
    """Of the target, still percent-encoded; `*` for the asterisk-form."""
    query: str
    authority: str | None
    """host[:port] of an absolute-form target, else of Host; None when an HTTP/1.0 client sent neither."""
    length: int
    """Content-Length in bytes; 0 when there is none."""
    chunked: bool
    expects_continue: bool
    keep_alive: bool
    raw: bytes
    """The bytes, up to and including the empty line."""
    named: Mapping[str, tuple[bytes, ...]]
    """The values of each field in order, by the field's name in lower case."""

    def values(self, name: str) -> tuple[bytes, ...]:
        """All values of the field `name` (in lower case), in order."""
        return self.named.get(name, ())


class HeadReader:
    """Reads heads, and remembers the latest ones by their exact bytes: a client sends the same again and again.

    What a head says depends on nothing but its bytes and the limits. A head that is refused is not remembered.
    """

    def __init__(self, limits: Limits) -> None:
        self._read = partial(read_head, limits=limits)
        self._remembered = lru_cache(_MOST_REMEMBERED)(self._read)

    def read(self, raw: bytes) -> Head:
        """See `read_head`."""
        return self._remembered(raw) if len(raw) <= _LONGEST_REMEMBERED else self._read(raw)


def check_beginning(raw: bytes | bytearray, limits: Limits) -> None:
    """Judge a head whose end has not come yet, so that nobody waits for an end that cannot come.

    Raises Refusal.
    """
    line_end = raw.find(b"\r\n")
    if line_end >= 0:
        _read_request_line(bytes(raw[:line_end]), limits)
    else:
        _check_line_beginning(bytes(raw), limits)
    if len(raw) > limits.head_bytes:
        raise _head_too_large(limits)
    _check_line_breaks(raw, complete=False)


def read_head(raw: bytes, limits: Limits) -> Head:
    """Read a whole head, the empty line at its end included.

    Raises Refusal: 400, 414, 417, 431 or 505.
    """
    line_end = raw.find(b"\r\n")
    method, target, version = _read_request_line(raw[:line_end], limits)
    if len(raw) > limits.head_bytes:
        raise _head_too_large(limits)
    _check_line_breaks(raw, complete=True)
    fields = _read_fields(raw[line_end + 2 :], limits)
    named: dict[str, tuple[bytes, ...]] = {}
    for name, value in fields:
        lower = name.lower()
        named[lower] = (*named.get(lower, ()), value)
    path, query, authority = _read_target(method, target)
    host = _read_host(named.get("host", ()), version)
    chunked = _is_chunked(named, version)
    return Head(
        method=method,
        target=target,
        version=version,
        fields=fields,
        path=path,
        query=query,
        authority=authority or host,
        # llhttp has refused what is no number, a repetition, more than 64 bits, and Transfer-Encoding beside it.
        length=int(named.get("content-length", (b"0",))[0]),
        chunked=chunked,
        expects_continue=_expects_continue(named.get("expect", ()), version),
        keep_alive=version == "1.1" and b"close" not in _tokens(named.get("connection", ())),
        raw=raw,
        named=named,
    )


def _read_request_line(line: bytes, limits: Limits) -> tuple[str, str, str]:
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        if len(line) > limits.target_bytes:
            raise _target_too_long(limits)
        if line.startswith(_TLS_HANDSHAKE):
            raise _tls_handshake()
        raise malformed(
            f"The request line {shown(line)} is not METHOD, one space, target, one space, HTTP/1.1 "
            "(RFC 9112 section 3)."
        )
    method, target, version = match.groups()
    if len(target) > limits.target_bytes:
        raise _target_too_long(limits)
    if version is None or version.decode() not in _VERSIONS:
        said = "HTTP/0.9" if version is None else f"HTTP/{version.decode()}"
        raise Refusal(505, "Q03", f"{said} is not spoken here: send HTTP/1.1, or HTTP/1.0 (WS-I BP 1.1 R1141).")
    return method.decode(), target.decode(), version.decode()


def _check_line_beginning(raw: bytes, limits: Limits) -> None:
    if raw.startswith(_TLS_HANDSHAKE):
        raise _tls_handshake()
    if _LINE_BEGINNING.fullmatch(raw) is None:
        raise malformed(f"The request line {shown(raw)} holds bytes other than visible ASCII and spaces.")
    # A method, two spaces and a version come on top of the target; no method registered with IANA is longer.
    if len(raw) > limits.target_bytes + len("UPDATEREDIRECTREF  HTTP/1.1\r\n"):
        raise _target_too_long(limits)


def _check_line_breaks(raw: bytes | bytearray, *, complete: bool) -> None:
    # RFC 9112 section 2.2 lets a server take a bare LF for CRLF. Two parsers that differ about it see two
    # different requests (smuggling), so it is refused, and at once: an all-LF head would never show its end.
    pairs = raw.count(b"\r\n")
    returns = raw.count(b"\r") - (not complete and raw.endswith(b"\r"))
    if raw.count(b"\n") != pairs or returns != pairs:
        raise malformed("A line of the head ends in a bare LF or holds a bare CR: lines end in CRLF (RFC 9112).")


class _FieldCollector:
    """Callbacks of httptools."""

    def __init__(self, limits: Limits) -> None:
        self.fields: list[HeaderField] = []
        self._limit = limits.fields
        self.too_many = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.fields) >= self._limit:
            self.too_many = True
            return
        # llhttp leaves blanks at the end of a value.
        self.fields.append((name.decode("ascii"), value.strip(_BLANKS)))


def _read_fields(raw: bytes, limits: Limits) -> tuple[HeaderField, ...]:
    collector = _FieldCollector(limits)
    # The request line is judged already; a fixed one keeps llhttp's own ideas about methods out of this.
    parser = httptools.HttpRequestParser(collector)
    try:
        parser.feed_data(b"POST / HTTP/1.1\r\n" + raw)
    except httptools.HttpParserUpgrade:
        # "Connection: Upgrade" with "Upgrade: h2c", as Java's HttpClient sends it on every first request.
        # llhttp stops here and would never show the body; Upgrade may be ignored (RFC 9110 section 7.8,
        # rules.md Q25), and the body is not read by this parser.
        pass
    except httptools.HttpParserError as error:
        after = f" after the field {shown(collector.fields[-1][0])}" if collector.fields else ""
        raise malformed(f"The header fields are malformed{after}: {error}.") from error
    if collector.too_many:
        raise Refusal(431, "Q11", f"More than {limits.fields} header fields: send fewer.")
    return tuple(collector.fields)


def _read_target(method: str, target: str) -> tuple[str, str, str | None]:
    """Path, query and authority of the four forms of RFC 9112 section 3.2."""
    authority = None
    rest = target
    if target == "*" and method == "OPTIONS":
        return "*", "", None
    if method == "CONNECT":
        return target, "", None
    absolute = _ABSOLUTE_FORM.fullmatch(target)
    if absolute is not None:
        authority, rest = absolute.groups()
        if not _is_authority(authority):
            raise malformed(f"The target {shown(target)} names no valid host.")
        rest = rest if rest.startswith("/") else "/" + rest
    if not rest.startswith("/") or "#" in rest:
        raise malformed(f"The target {shown(target)} is not a path that starts with '/', without fragment.")
    path, _, query = rest.partition("?")
    return path, query, authority


def _read_host(hosts: Sequence[bytes], version: str) -> str | None:
    if not hosts and version == "1.0":
        return None
    if len(hosts) != 1:
        raise malformed(f"{len(hosts)} Host fields: an HTTP/1.1 request has exactly one (RFC 9112 section 3.2).")
    host = hosts[0].decode("latin-1")
    if not _is_authority(host):
        raise malformed(f"Host is {shown(host)}, which is not host[:port].")
    return host


def _is_authority(text: str) -> bool:
    match = AUTHORITY.fullmatch(text)
    return match is not None and int(match[2] or 0) <= 65535


def _is_chunked(named: Mapping[str, Sequence[bytes]], version: str) -> bool:
    codings = named.get("transfer-encoding")
    if codings is None:
        return False
    if version == "1.0":
        raise malformed("Transfer-Encoding in an HTTP/1.0 request (RFC 9112 section 6.1): send Content-Length.")
    if [coding.lower() for coding in codings] != [b"chunked"]:
        # RFC 9112 suggests 501; WS-I R1125 and rules.md Q11 want 4xx for whatever is wrong with the format.
        raise Refusal(400, "Q24", f"Transfer-Encoding {shown(b', '.join(codings))}: only chunked is taken.")
    return True


def _expects_continue(expectations: Sequence[bytes], version: str) -> bool:
    if any(expectation.lower() != b"100-continue" for expectation in expectations):
        said = shown(b", ".join(expectations))
        raise Refusal(417, "Q11", f"Expect {said} cannot be met: only 100-continue can (RFC 9110 section 10.1.1).")
    # RFC 9110 section 10.1.1: the expectation of an HTTP/1.0 client must be ignored.
    return bool(expectations) and version == "1.1"


def _tokens(values: Sequence[bytes]) -> set[bytes]:
    return {token.strip(_BLANKS).lower() for value in values for token in value.split(b",")}


def _target_too_long(limits: Limits) -> Refusal:
    return Refusal(414, "Q11", f"The request target is longer than {limits.target_bytes} bytes.")


def _head_too_large(limits: Limits) -> Refusal:
    return Refusal(431, "Q11", f"Request line and header fields exceed {limits.head_bytes} bytes.")


def _tls_handshake() -> Refusal:
    return malformed("A TLS handshake came to a plain HTTP port: use http:// here, or the port that speaks TLS.")
