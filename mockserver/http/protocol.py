"""One connection: bytes in, requests to the application, answers out."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from mockserver.gateway.exchange import Answer
from mockserver.http.application import Application, Fragment, Later, Message, Stream
from mockserver.http.body import Body, body_of, check_length
from mockserver.http.delivery import End, reset_when_closed
from mockserver.http.head import Head, HeadReader, check_beginning
from mockserver.http.limits import Limits
from mockserver.http.refusal import Refusal, malformed
from mockserver.http.wire import CONTINUE, answer_bytes, date_field
from mockserver.instant import Clock, Instant

_BUSY: Final = ("head", "body", "answering")
_HEAD_END: Final = b"\r\n\r\n"
_EMPTY_LINE: Final = b"\r\n"
_RECEIVED_BYTES: Final = 256 * 1024
"""Read from a socket at a time, at most; as much as asyncio's own protocols do."""

_PAUSE_SECONDS: Final = 0.05
"""How often a stream looks whether its slow reader has caught up."""

_LINGER_SECONDS: Final = 1.0
"""How long a refused client may go on sending: a reset would take the answer from it (RFC 9112, 9.6)."""


class Connections:
    """The open connections of one port, and what they share."""

    def __init__(
        self, application: Application, limits: Limits, clock: Clock, on_closed: Callable[[], None] = lambda: None
    ) -> None:
        """`on_closed` is called whenever a connection has been closed."""
        self.application = application
        self.limits = limits
        self.clock = clock
        self.date = date_field(clock)
        self.heads = HeadReader(limits)
        self.stopping = False
        self.none_left = asyncio.Event()
        self.in_flight = 0
        """Requests that have begun to arrive and are not answered yet."""
        self.received = memoryview(bytearray(_RECEIVED_BYTES))
        """What came last from any socket. One for all, because each takes out what is its own at once; bytes made anew
        for each read, of this size and then cut, leave holes in the heap that keep growing."""
        self._open: set[HttpProtocol] = set()
        self._on_closed = on_closed

    def accept(self) -> "HttpProtocol":
        """A protocol for one more connection; the factory that asyncio's servers call."""
        return HttpProtocol(self)

    def opened(self, connection: "HttpProtocol") -> None:
        """Count a connection in."""
        self._open.add(connection)

    def closed(self, connection: "HttpProtocol") -> None:
        """Count a connection out."""
        self._open.discard(connection)
        self._on_closed()
        if self.stopping and not self._open:
            self.none_left.set()

    @property
    def open(self) -> int:
        """Connections that are open."""
        return len(self._open)

    def too_many(self) -> bool:
        """More connections than the limit are open."""
        return len(self._open) > self.limits.connections

    def is_busy(self) -> bool:
        """As many requests as the limit allows are in flight: no other is read."""
        return self.in_flight >= self.limits.in_flight

    def finish(self) -> None:
        """Close what is idle now, the rest after its answer; `none_left` is set when all are gone."""
        self.stopping = True
        for connection in list(self._open):
            connection.finish()
        if not self._open:
            self.none_left.set()

    def cut(self) -> None:
        """Close whatever is left, at once."""
        for connection in list(self._open):
            connection.cut("The server was stopped before the request was complete.")


@dataclass(slots=True)
class _Arriving:
    """A request whose head has been read."""

    head: Head
    body: Body
    refusal: Refusal | None = None
    """Known from the head alone, told once the body is read."""


class HttpProtocol(asyncio.BufferedProtocol):
    """Reads one request after the other (pipelined ones wait) and writes each answer in one piece.

    A connection is in one of five phases: `idle` between requests, `head` and `body` while one arrives, `answering`
    while the answer has to be waited for, `closing` once no further request is read.
    """

    _transport: asyncio.Transport

    def __init__(self, connections: Connections) -> None:
        self._shared = connections
        self._limits = connections.limits
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._scanned = 0
        self._arriving: _Arriving | None = None
        self._phase = "idle"
        self._timer: asyncio.TimerHandle | None = None
        self._due: Callable[[], None] | None = None
        self._due_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._writable = True
        self._peer = ""

    # asyncio calls these.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.BufferedProtocol."""
        self._transport = cast(asyncio.Transport, transport)
        self._peer = _address(transport.get_extra_info("peername"))
        self._shared.opened(self)
        self._enter("idle")
        if self._shared.stopping:
            self._close()
        elif self._shared.too_many():
            limit = self._limits.connections
            self._refuse(Refusal(503, None, f"More than {limit} connections are open: close some, or try again."))

    def get_buffer(self, sizehint: int) -> memoryview:
        """See asyncio.BufferedProtocol. The loop fills it and calls `buffer_updated` before it turns to another."""
        return self._shared.received

    def buffer_updated(self, nbytes: int) -> None:
        """See asyncio.BufferedProtocol."""
        if self._phase == "closing":
            return
        self._buffer += self._shared.received[:nbytes]
        if self._phase == "answering":
            if len(self._buffer) > self._limits.head_bytes:
                self._transport.pause_reading()  # pipelined requests wait outside
        else:
            self._advance()

    def eof_received(self) -> bool:
        """See asyncio.BufferedProtocol; after False the transport closes itself once the answer is written."""
        if self._phase in ("head", "body"):
            self._refuse(malformed(f"The connection was closed before the {self._phase} of the request ended."))
        # A client may shut its side and wait for a late answer; TLS knows no such half-closed connection.
        late = self._phase == "answering" and self._task is None
        return late and self._transport.get_extra_info("sslcontext") is None

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.BufferedProtocol."""
        self._note_if_unfinished("The client broke the connection before the request was complete.")
        self._set_phase("closing")
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
        self._shared.closed(self)

    def pause_writing(self) -> None:
        """The client does not take its answers: read no further request from it."""
        self._writable = False
        self._transport.pause_reading()
        self._start_timer(self._limits.body_seconds, self._transport.abort)

    def resume_writing(self) -> None:
        """The client takes its answers again."""
        self._writable = True
        if self._phase != "closing":
            self._transport.resume_reading()
            self._enter(self._phase)
            self._advance()

    # Connections calls these.

    def finish(self) -> None:
        """Close now when idle, else after the answer to the request that is on its way."""
        if (self._phase == "idle" and not self._buffer) or self._task is not None:
            self._close()

    def cut(self, reason: str) -> None:
        """Close now, whatever is on its way."""
        self._note_if_unfinished(reason)
        self._set_phase("closing")
        self._transport.abort()

    # From here on, the way of a request.

    def _advance(self) -> None:
        try:
            while self._writable and self._phase not in ("answering", "closing"):
                arriving = self._arriving or self._take_head()
                if arriving is None or not self._take_body(arriving):
                    return
                self._respond(arriving)
        except Refusal as refusal:
            self._refuse(refusal)

    def _take_head(self) -> _Arriving | None:
        # RFC 9112 section 2.2: empty lines before a request are skipped.
        while self._buffer.startswith(_EMPTY_LINE):
            del self._buffer[: len(_EMPTY_LINE)]
        if not self._buffer:
            return None
        if self._phase == "idle" and self._shared.is_busy():
            limit = self._limits.in_flight
            raise Refusal(
                503, None, f"{limit} requests are in flight: try again in a second.", fields=[("Retry-After", "1")]
            )
        end = self._buffer.find(_HEAD_END, max(0, self._scanned - len(_HEAD_END)))
        if end < 0:
            if self._phase == "idle":
                self._enter("head")
            self._scanned = len(self._buffer)
            check_beginning(self._buffer, self._limits)
            return None
        size = end + len(_HEAD_END)
        head = self._shared.heads.read(bytes(self._buffer[:size]))
        del self._buffer[:size]
        self._scanned = 0
        self._arriving = arriving = _Arriving(head, body_of(head, self._limits))
        check_length(head, self._limits)
        try:
            self._shared.application.admit(head)
        except Refusal as refusal:
            if head.expects_continue:
                raise  # the client waits to hear whether it shall send its body
            # Else the body is on its way. Once it is read, the connection stays usable and the journal whole.
            arriving.refusal = refusal
        if head.expects_continue and not self._buffer and not arriving.body.complete:
            self._transport.write(CONTINUE)
        return arriving

    def _take_body(self, arriving: _Arriving) -> bool:
        body = arriving.body
        if not body.complete:
            body.take(self._buffer)
            if not body.complete and self._phase != "body":
                self._enter("body")
        return body.complete

    def _respond(self, arriving: _Arriving) -> None:
        head, body = arriving.head, arriving.body.content()
        received = self._shared.clock()
        self._arriving = None
        self._enter("idle")
        application = self._shared.application
        try:
            if arriving.refusal is not None:
                raise arriving.refusal
            answer = application.answer(Message(head, body, received, self._peer))
        except Refusal as refusal:
            answer = application.refuse(refusal, Fragment(head.raw, body, received, self._peer))
        if not isinstance(answer, Answer):
            self._enter("answering")
            self._task = self._loop.create_task(self._wait(answer, head, Fragment(head.raw, body, received, "")))
        elif answer.delivery.delay:
            self._enter("answering")
            self._start_timer(answer.delivery.delay, lambda: self._deliver_late(answer, head))
        else:
            self._deliver(answer, head)

    def _deliver(self, answer: Answer, head: Head) -> None:
        if answer.delivery.end is End.RESET:
            reset_when_closed(self._transport.get_extra_info("socket"))
            self._set_phase("closing")
            self._transport.abort()
            return
        close = self._shared.stopping or not head.keep_alive or answer.delivery.end is End.CLOSE
        self._write(answer, head, close=self._shared.stopping or not head.keep_alive)
        if close:
            self._close()

    def _deliver_late(self, answer: Answer, head: Head) -> None:
        if self._phase == "answering":
            self._task = None
            self._transport.resume_reading()
            self._enter("idle")
            self._deliver(answer, head)
            self._advance()

    async def _wait(self, outcome: Later | Stream, head: Head, fragment: Fragment) -> None:
        if isinstance(outcome, Stream):
            await self._stream(outcome, head)
            return
        try:
            answer = await outcome
        except Refusal as refusal:
            answer = self._shared.application.refuse(refusal, fragment)
        self._deliver_late(answer, head)

    async def _stream(self, stream: Stream, head: Head) -> None:
        self._write(stream.answer, head, close=True, streamed=True)
        async with contextlib.aclosing(stream.parts) as parts:
            async for part in parts:
                # A reader that takes nothing is cut by the timer that pause_writing starts.
                while not self._writable:
                    await asyncio.sleep(_PAUSE_SECONDS)
                self._transport.write(part)
        self._close()

    def _refuse(self, refusal: Refusal) -> None:
        """Answer a request that cannot be read to its end, and read nothing more."""
        head = self._arriving.head if self._arriving is not None else None
        answer = self._shared.application.refuse(refusal, self._fragment(self._shared.clock()))
        self._arriving = None
        self._buffer.clear()
        self._enter("closing")
        self._write(answer, head, close=True)
        # A close with unread input resets the connection, and the client might lose the answer. So only our
        # side is shut; what still comes is thrown away until the client closes or the timer ends it.
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def _time_out(self) -> None:
        seconds = self._limits.head_seconds if self._phase == "head" else self._limits.body_seconds
        self._refuse(Refusal(408, "Q11", f"The {self._phase} of the request did not end within {seconds:g} seconds."))

    def _write(self, answer: Answer, head: Head | None, *, close: bool, streamed: bool = False) -> None:
        self._transport.write(
            answer_bytes(
                answer,
                date=self._shared.date(),
                version=head.version if head is not None else "1.1",
                with_body=head is None or head.method != "HEAD",
                close=close,
                streamed=streamed,
            )
        )

    def _close(self) -> None:
        self._set_phase("closing")
        # A client that takes nothing would keep the connection open for ever.
        self._start_timer(self._limits.body_seconds, self._transport.abort)
        self._transport.close()

    def _fragment(self, received: Instant) -> Fragment:
        if self._arriving is not None:
            return Fragment(self._arriving.head.raw, self._arriving.body.content(), received, self._peer)
        return Fragment(bytes(self._buffer[: self._limits.head_bytes]), b"", received, self._peer)

    def _note_if_unfinished(self, reason: str) -> None:
        if self._phase in ("head", "body"):
            self._shared.application.cut(reason, self._fragment(self._shared.clock()))

    # Phases and their timers.

    def _set_phase(self, phase: str) -> None:
        self._shared.in_flight += (phase in _BUSY) - (self._phase in _BUSY)
        self._phase = phase

    def _enter(self, phase: str) -> None:
        self._set_phase(phase)
        if phase == "answering":
            self._stop_timer()
        elif phase == "idle":
            self._start_timer(self._limits.idle_seconds, self._close)
        elif phase == "head":
            self._start_timer(self._limits.head_seconds, self._time_out)
        elif phase == "body":
            self._start_timer(self._limits.body_seconds, self._time_out)
        else:
            self._start_timer(_LINGER_SECONDS, self._close)

    # Every request begins a new time, and few times ever run out. So when the end moves back, or falls away, the loop's
    # timer stays where it is, and what is due is looked at when it goes off: one timer a minute, not two a request.

    def _start_timer(self, seconds: float, then: Callable[[], None]) -> None:
        self._due, self._due_at = then, self._loop.time() + seconds
        if self._timer is not None:
            if self._timer.when() <= self._due_at:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(self._due_at, self._timer_went_off)

    def _stop_timer(self) -> None:
        self._due = None

    def _timer_went_off(self) -> None:
        timer, self._timer = self._timer, None
        if self._due is None or timer is None:
            return
        if timer.when() < self._due_at:
            self._timer = self._loop.call_at(self._due_at, self._timer_went_off)
        else:
            then, self._due = self._due, None
            then()


def _address(name: object) -> str:
    """host:port of a socket's peer; IPv6 in brackets."""
    if not isinstance(name, tuple):
        return ""
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
