"""The runner's own receiver of webhooks: it keeps what comes, and answers as the story wants it."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from emulator.server.connection import serving
from emulator.stories.client import Answer

_OK = 200


class Received(Answer):
    """One POST that came. `status` is what was answered to it, `path` stands below the mailbox's address."""

    def __init__(self, path: str, url: str, status: int, headers: dict[str, str], raw_body: bytes) -> None:
        super().__init__(status, headers, raw_body)
        self.path = path
        self.url = url
        self.is_taken = False


class Mailbox:
    """The address of one story. `answers` are given one after the other, the last one for ever."""

    def __init__(self, url: str, answers: Sequence[int] = ()) -> None:
        self.url = url
        self.answers = list(answers) or [_OK]
        self.received: list[Received] = []

    def take_in(self, path: str, headers: dict[str, str], raw_body: bytes) -> int:
        """Keep what came, and say what to answer."""
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        url = f"{self.url}/{path}" if path else self.url
        self.received.append(Received(path, url, status, headers, raw_body))
        return status


class Receiver:
    """The ASGI app. Each story has a mailbox; `/<its name>/<what the story likes>` leads there.

    `hear` is told of everything that comes to one.
    """

    def __init__(self, hear: Callable[[Received], None] | None = None) -> None:
        self.url = ""
        self._hear = hear
        self._mailboxes: dict[str, Mailbox] = {}

    @asynccontextmanager
    async def mailbox(self, name: str, answers: Sequence[int] = ()) -> AsyncGenerator[Mailbox]:
        """A mailbox while the block runs."""
        mailbox = self._mailboxes[name] = Mailbox(f"{self.url}/{name}", answers)
        try:
            yield mailbox
        finally:
            del self._mailboxes[name]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's shapes
        """Take one request."""
        parts: list[bytes] = []
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                break
        name, _, path = scope["path"][1:].partition("/")
        query = scope["query_string"].decode("latin-1")
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        mailbox = self._mailboxes.get(name)
        status = 404
        if mailbox is not None:
            status = mailbox.take_in(f"{path}?{query}" if query else path, headers, b"".join(parts))
            if self._hear is not None:
                self._hear(mailbox.received[-1])
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def receiving(hear: Callable[[Received], None] | None = None) -> AsyncGenerator[Receiver]:
    """A receiver on a free port of the loopback interface, in this loop."""
    receiver = Receiver(hear)
    async with serving(receiver) as url:
        receiver.url = url
        yield receiver
