"""The body of a request: where it ends, and what it is without its content coding."""

import zlib
from collections.abc import Sequence
from typing import Final, Protocol

import httptools

from mockserver.http.head import Head
from mockserver.http.limits import Limits
from mockserver.http.refusal import Refusal, malformed, shown


class Body(Protocol):
    """Takes a body out of a connection's buffer, byte-exact: what follows belongs to the next request."""

    complete: bool

    def take(self, buffer: bytearray) -> None:
        """Move what belongs to the body out of `buffer`. Raises Refusal (400; 413 while it streams)."""

    def content(self) -> bytes:
        """What has come so far."""


def body_of(head: Head, limits: Limits) -> Body:
    """The reader that fits the head."""
    return ChunkedBody(limits) if head.chunked else CountedBody(head.length)


def check_length(head: Head, limits: Limits) -> None:
    """Refuse a body that announces to be over the limit before a byte of it is read. Raises Refusal (413)."""
    if head.length > limits.body_bytes:
        raise too_large(limits)


class CountedBody:
    """A body whose Content-Length is known; 0 when there is no body."""

    def __init__(self, length: int) -> None:
        self._missing = length
        self._content = bytearray()
        self.complete = length == 0

    def take(self, buffer: bytearray) -> None:
        """See Body."""
        before = len(self._content)
        if len(buffer) <= self._missing:
            self._content += buffer
            buffer.clear()
        else:
            self._content += buffer[: self._missing]
            del buffer[: self._missing]
        self._missing -= len(self._content) - before
        self.complete = self._missing == 0

    def content(self) -> bytes:
        """See Body."""
        return bytes(self._content)


class ChunkedBody:
    """A body in chunks (RFC 9112 section 7.1), read by llhttp; section 7.1.2 lets us drop trailer fields.

    llhttp does not tell where a message ended, and would read on into the next request. But a chunked body
    always ends in CR LF CR LF, so it is given no byte beyond the next such place.
    """

    _END: Final = b"\r\n\r\n"

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._content = bytearray()
        self._framing = 0
        self.complete = False
        self._parser = httptools.HttpRequestParser(self)
        self._parser.feed_data(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")

    def on_body(self, part: bytes) -> None:
        """Callback of httptools."""
        self._content += part

    def on_message_complete(self) -> None:
        """Callback of httptools."""
        self.complete = True

    def take(self, buffer: bytearray) -> None:
        """See Body."""
        while not self.complete:
            end = buffer.find(self._END)
            # The last three bytes may be the beginning of an end: keep them back.
            size = end + len(self._END) if end >= 0 else len(buffer) - len(self._END) + 1
            if size <= 0:
                return
            self._feed(bytes(buffer[:size]))
            del buffer[:size]

    def _feed(self, data: bytes) -> None:
        before = len(self._content)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            raise malformed(f"The chunked body is malformed after {len(self._content)} bytes: {error}.") from error
        self._framing += len(data) - (len(self._content) - before)
        if max(len(self._content), self._framing) > self._limits.body_bytes:
            raise too_large(self._limits)

    def content(self) -> bytes:
        """See Body."""
        return bytes(self._content)


# zlib's wbits for each coding; 16 more means the gzip format. "deflate" is the zlib format, not bare deflate
# (RFC 9110 section 8.4.1.2).
_WINDOWS: Final = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


def content_coding(values: Sequence[bytes]) -> str:
    """The one Content-Encoding of a request, `identity` when there is none.

    Raises Refusal (415, `rules.md` Q24) for another coding and for more than one.
    """
    if not values:
        return "identity"
    coding = values[0].decode("latin-1").lower()
    if len(values) > 1 or (coding not in _WINDOWS and coding != "identity"):
        said = shown(b", ".join(values))
        raise Refusal(
            415,
            "Q24",
            f"Content-Encoding {said}: send the body as it is, or in gzip or deflate.",
            fields=[("Accept-Encoding", "gzip, deflate, identity")],
        )
    return coding


def inflate(body: bytes, coding: str, limits: Limits) -> bytes:
    """`body` without its content coding; the limit holds while inflating, however small the body was packed.

    Raises Refusal: 413 over the limit (`rules.md` A96), 400 when the bytes are not what the coding says.
    """
    if coding == "identity":
        return body
    inflater = zlib.decompressobj(_WINDOWS[coding])
    try:
        inflated = inflater.decompress(body, limits.body_bytes + 1)
    except zlib.error as error:
        raise malformed(f"The body is not valid {coding}: {error}.") from error
    if len(inflated) > limits.body_bytes:
        raise too_large(limits, "after inflation")
    if not inflater.eof:
        raise malformed(f"The {coding} body ends too early.")
    if inflater.unused_data:
        # RFC 1952 section 2.2 lets several gzip members follow each other; no HTTP client writes a body so,
        # and thousands of empty members would cost the server far more than their sender.
        raise malformed(f"Bytes follow the end of the {coding} body.")
    return inflated


def too_large(limits: Limits, when: str = "") -> Refusal:
    """The refusal of a body beyond the limit, which it names."""
    what = f"The body exceeds {limits.body_bytes} bytes {when}".rstrip()
    return Refusal(413, "Q11", f"{what}; a GenerateCovidId request has about 9000.")
