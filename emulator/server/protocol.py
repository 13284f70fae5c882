"""HTTP/1.1 over uvicorn's protocol: what is added and mended.

The transport is in the scope (`transport_of`), so that a fault can `reset` it; what is not HTTP is refused in the API's
own words; and an answer given before the whole body was read still reaches the caller.

An app may offer `answer_now(scope, body)`. A request that came in one piece is then answered where it is parsed,
without a task, an event and two messages, which together cost more than the answer. What the app returns is an
`Answer`, an ASGI app that says the rest later, or None for a request that is to take the ordinary way.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, cast
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from emulator.server.asgi import Answer, AnswerNow, App, Headers, InvalidRequest, Scope
from emulator.server.wire import (
    FAILED,
    CannotServe,
    Outbox,
    Outlet,
    UntilClose,
    answer_and_close,
    bug_behind,
    head_of,
    head_size,
    written_head,
)

HEAD_LIMIT = 64 * 1024  # bytes of request line and headers
DISCARD_LIMIT = 16 * 1024 * 1024  # bytes of a body that are read after the answer was given
DISCARD_SPAN = timedelta(seconds=30)  # the longest time that this may take
KEEP_ALIVE = timedelta(seconds=75)  # longer than the idle time of common clients' pools, so that they close first

_BREAKS = b"\r\n\0"  # what no header may have in it

_log = logging.getLogger("parrotfish.server")
_log.setLevel(logging.WARNING)  # an unset level would make uvicorn format trace messages
_log.addFilter(lambda record: record.exc_info is None or not isinstance(record.exc_info[1], asyncio.CancelledError))


def plain_refusal(_data: bytes) -> tuple[int, Headers, bytes]:
    """Say that the request is not HTTP, for a server without words of its own."""
    return 400, [(b"content-type", b"text/plain; charset=utf-8")], b"This is not a valid HTTP request."


class Protocol(HttpToolsProtocol):
    """One connection.

    Overridden methods that do not call uvicorn's are complete replacements, written for uvicorn 0.54: a second call
    for each would be measurable. `transport` is an `Outlet`; the real one is `_transport`.
    """

    def __init__(
        self,
        config: Config,
        state: ServerState,
        app: App,
        invalid_request: InvalidRequest,
        keep_alive: float,
        outbox: Outbox,
    ) -> None:
        super().__init__(config, state, {})
        self.logger = _log
        self._invalid_request = invalid_request
        self._keep_alive = keep_alive  # seconds
        self._idle_since = 0.0  # on the loop's clock
        self._transport: asyncio.Transport
        self._parser = cast("httptools.HttpRequestParser", self.parser)
        self._running: RequestResponseCycle | None = None  # what the app works on; `cycle` is the newest one read
        self._asgi = app
        self._answer_now: AnswerNow | None = getattr(app, "answer_now", None)
        self._pending: list[bytes] | None = None  # the body so far of a request that may be answered at once
        self._head = b""  # of a request whose head is not complete
        self._outbox = outbox
        self._in_head = True  # what comes next belongs to a head
        self._reading: RequestResponseCycle | None = None  # whose body is being read
        self._head_size = 0  # an upper bound for the head that is being read, in bytes
        self._upgrading = False  # the head that was just read asks for another protocol
        self._deaf = False  # what comes in is discarded
        self._discarded = 0
        self._discard_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """A caller connected."""
        super().connection_made(transport)
        self._transport = transport
        self.transport = cast("asyncio.Transport", Outlet(transport, self._close))
        # uvicorn copies this dict into each scope anyway, so the entry costs nothing
        self.app_state = {"transport": transport}

    def eof_received(self) -> None:
        """The caller will send no more: what was answered goes out before the connection is closed."""
        self._outbox.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller is gone: free the memory at once."""
        # both end a ring of references, so that the connection's memory is free at once
        cast("Outlet", self.transport).close = self._transport.close
        del self._parser
        super().connection_lost(exc)
        # after a reset uvicorn leaves this timer running, which keeps the connection in memory
        self._unset_keepalive_if_required()
        self._stop_discarding()
        self.pipeline.clear()
        self._disconnect(self._running)

    def data_received(self, data: bytes) -> None:
        """Bytes came: parse them, or read on and throw them away."""
        if self._deaf:
            self._discard(len(data))
            return
        self._head_size = len(self._head) + len(data)
        while True:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserError as error:
                bug = bug_behind(error)
                if bug is None:
                    self._take_ordinary_way()
                self._pending = None
                self._refuse(self._head + data, bug)
                return
            except httptools.HttpParserUpgrade as upgrade:
                self._head = b""
                data = self._head_without_upgrade() + data[upgrade.args[0] :]
                continue
            break
        if self._pending is not None:
            self._take_ordinary_way()
        if self._in_head:
            self._keep_head(data)
        elif self._head:
            self._head = b""

    def _head_without_upgrade(self) -> bytes:
        """Write the head again, to be read as an ordinary one.

        We upgrade to nothing, and RFC 9110, 7.8, lets us answer as if nothing had been asked. But httptools takes what
        follows such a head for another protocol, even the body that Java's HTTP client sends with its offer of HTTP/2.
        """
        self._upgrading = False
        kept = [header for header in self.headers if header[0] != b"upgrade"]
        return written_head(self._parser.get_method(), self.url, self._parser.get_http_version(), kept)

    def _keep_head(self, data: bytes) -> None:
        self._head += data
        if len(self._head) > HEAD_LIMIT:
            self._refuse(self._head)

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head = True
        self._reading = None
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        """The head is whole: start the call, or wait for its end if that may have come, too."""
        self._in_head = False
        if self._head_size > HEAD_LIMIT and head_size(self.url, self.headers) > HEAD_LIMIT:
            raise CannotServe
        if self._parser.should_upgrade():
            if self._parser.get_method() == b"CONNECT":
                raise CannotServe
            self._upgrading = True
            return
        if self._may_answer_now():
            self._pending = []
        else:
            self._begin_cycle(self._asgi)

    def _may_answer_now(self) -> bool:
        return (
            self._answer_now is not None
            and (self._running is None or self._running.response_complete)
            and not self.pipeline
            and not self.expect_100_continue
            and not self.flow.write_paused
            and self.url.startswith(b"/")
            and b"#" not in self.url
            and self._parser.should_keep_alive()
            and self._parser.get_http_version() == "1.1"
            and self._parser.get_method() != b"HEAD"
        )

    def _take_ordinary_way(self) -> None:
        """Start the call of a request that is not answered at once, with what is there of its body."""
        chunks, self._pending = self._pending, None
        if chunks is None:
            return
        self._begin_cycle(self._asgi)
        for chunk in chunks:
            self.on_body(chunk)

    def _begin_cycle(self, app: App) -> None:
        url = httptools.parse_url(self.url)
        version = self._parser.get_http_version()
        self.scope = cast(
            "Any",
            {
                "type": "http",
                "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
                "http_version": version,
                "server": self.server,
                "client": self.client,
                "scheme": self.scheme,
                "root_path": "",
                "headers": self.headers,
                "state": self.app_state.copy(),
                "method": self._parser.get_method().decode("ascii"),
                "path": unquote(url.path.decode("ascii")),
                "raw_path": url.path,
                "query_string": url.query or b"",
            },
        )
        before = cast("RequestResponseCycle | None", self.cycle)
        self.cycle = self._reading = self._new_cycle(
            self.scope,
            expects_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self._parser.should_keep_alive(),
        )
        if self.expect_100_continue:
            # The app may answer without asking for the body; what follows on the connection would then be ambiguous.
            self.cycle.keep_alive = False
        if self.scope["http_version"] == "1.0":
            # This caller knows no chunks: a body without a length ends with the connection.
            self.cycle.chunked_encoding = False
            self.cycle.expected_content_length = UntilClose()
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, cast("Any", app)))

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401 (uvicorn's type is private)
        self._running = cycle
        task = self.loop.create_task(cycle.run_asgi(app))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    def on_body(self, body: bytes) -> None:
        """A part of the body came."""
        if self._pending is not None:
            self._pending.append(body)
            return
        cycle = self.cycle
        if cycle.response_complete:
            self._discard(len(body))
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._upgrading:
            return
        if self._pending is not None and self._answered_at_once(b"".join(self._pending)):
            self._pending = None
            return
        self._take_ordinary_way()
        self._end_request()

    def _end_request(self) -> None:
        cycle = self.cycle
        cycle.more_body = False
        if cycle.response_complete:
            self._stop_discarding()
            return
        cycle.message_event.set()

    def _answered_at_once(self, body: bytes) -> bool:
        """Let the app answer; False if the request is to take the ordinary way."""
        assert self._answer_now is not None
        raw_path, _, query = self.url.partition(b"?")
        scope: Scope = {
            "method": self._parser.get_method().decode("ascii"),
            "raw_path": raw_path,
            "query_string": query,
            "headers": self.headers,
            "scheme": self.scheme,
            "server": self.server,
        }
        answer = self._answer_now(scope, body)
        if answer is None:
            return False
        if isinstance(answer, Answer):
            self._write(answer)
        else:
            self._begin_cycle(answer)
            self._end_request()
        return True

    def _write(self, answer: Answer) -> None:
        body = answer.body
        lines = b"\r\n".join([b": ".join(header) for header in answer.headers])
        head = STATUS_LINE[answer.status] + lines + b"\r\n\r\n"
        if len(head.translate(None, _BREAKS)) != len(head) - 2 * (len(answer.headers) + 2):
            _log.error("a header that cannot be sent: %r", answer.headers)
            head, body = STATUS_LINE[500] + b"content-length: 0\r\n\r\n", b""
        self._outbox.add(self._transport, head + body)
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._watch_idleness(self._keep_alive)

    def on_response_complete(self) -> None:
        """The answer is out: wait for the rest of the request, then for the next."""
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._watch_idleness(self._keep_alive)

    def _watch_idleness(self, seconds: float) -> None:
        # one timer for the connection: uvicorn's, set and cancelled for each call, costs 4 % of an empty call
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self._close_if_idle)

    def _close_if_idle(self) -> None:
        busy = self._running is not None and not self._running.response_complete
        left = self._keep_alive if busy else self._idle_since + self._keep_alive - self.loop.time()
        if left > 0:
            self._watch_idleness(left)
        else:
            self.transport.close()

    def shutdown(self) -> None:
        """End when the calls in progress are answered; at once if there are none."""
        if self._deaf and (self._running is None or self._running.response_complete):
            self._transport.close()
        else:
            super().shutdown()

    def abandon(self) -> None:
        """End now. The app is told that the caller has gone."""
        self._transport.abort()

    def _refuse(self, data: bytes, bug: BaseException | None = None) -> None:
        """Answer what is not HTTP, or met a bug of ours, after the calls before it; read no further."""
        running, broken = self._running, self._request_in_body()
        if broken is not None and broken is running:
            self._disconnect(running)
            if broken.response_started:
                self.transport.close()
                return
            data, running = head_of(broken.scope) + data, None
        elif broken is not None:
            self.pipeline.popleft()
            data = head_of(broken.scope) + data
        self._deaf = True
        self._head = b""
        self.cycle = self._cycle_to_refuse()
        if bug is not None:
            _log.error("a call failed outside of the API that was asked", exc_info=bug)
        said = FAILED if bug is not None else self._invalid_request(data)
        answer = partial(answer_and_close, *said)
        if running is None or running.response_complete:
            self._start_asgi_task(self.cycle, answer)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, answer))

    def _request_in_body(self) -> RequestResponseCycle | None:
        """Return the request whose body is being read, if it is a body that is being read."""
        return self._reading if self._reading is not None and self._reading.more_body else None

    def _cycle_to_refuse(self) -> RequestResponseCycle:
        scope = {"type": "http", "method": "GET", "http_version": "1.1"}
        return self._new_cycle(scope, expects_continue=False, keep_alive=False)

    def _new_cycle(self, scope: Mapping[str, Any], *, expects_continue: bool, keep_alive: bool) -> RequestResponseCycle:
        return RequestResponseCycle(
            scope=cast("Any", scope),
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=expects_continue,
            keep_alive=keep_alive,
            on_response=self.on_response_complete,
        )

    @staticmethod
    def _disconnect(cycle: RequestResponseCycle | None) -> None:
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()

    def _close(self) -> None:
        """Close, but not over the head of a caller who is still sending.

        Closing with unread bytes makes the system send a reset, which can overtake the answer. So our side is closed,
        and the rest of what comes is read, within limits.
        """
        in_body = self._running is not None and self.cycle.more_body
        unread = in_body or self._deaf or bool(self.pipeline) or self.flow.read_paused
        if not unread or self._transport.is_closing():
            self._transport.close()
            return
        self._deaf = True
        cast("Outlet", self.transport).shut()
        self.flow.resume_reading()
        self._discard(0)
        try:
            if self._transport.can_write_eof():
                self._transport.write_eof()
        except OSError:  # the caller has gone already
            self._transport.abort()

    def _discard(self, size: int) -> None:
        self._discarded += size
        if self._discard_timer is None:
            self._discard_timer = self.loop.call_later(DISCARD_SPAN.total_seconds(), self._transport.abort)
        if self._discarded > DISCARD_LIMIT:
            self._transport.abort()

    def _stop_discarding(self) -> None:
        self._discarded = 0
        if self._discard_timer is not None:
            self._discard_timer.cancel()
            self._discard_timer = None
