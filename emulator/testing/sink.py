"""The emulator's own webhook receivers: what came there, and what they answer."""

import time
from collections.abc import Callable
from typing import Any

import msgspec

from emulator.testing.control import (
    DEFAULT_WAIT,
    LONGEST_HOLD,
    MOST_ON_A_PAGE,
    Control,
    Span,
    quoted,
    seconds_of,
    span_of,
)
from emulator.testing.errors import NotSeen
from emulator.testing.records import Post
from emulator.testing.taken import Taken


class AsyncSink:
    """A webhook receiver of the emulator. `url` is what an account is given as its address."""

    def __init__(self, control: Control, name: str, taken: Taken) -> None:
        self._control = control
        self._path = f"sink/{quoted(name)}"
        self._taken = taken
        self.name = name
        self.url = f"{control.url}/_emulator/{self._path}"

    async def posts(self) -> list[Post]:
        """What came, oldest first; the newest 1,000 are kept."""
        return await self._posts(0)

    async def wait_for_post(self, *, within: Span = DEFAULT_WAIT, where: Callable[[Post], bool] | None = None) -> Post:
        """The next post that came, or comes within a span of real time; each is given once. Raises `NotSeen`."""
        ends_at = time.monotonic() + seconds_of(within)
        after = 0
        while True:
            left = max(0.0, ends_at - time.monotonic())
            found = await self._posts(after, wait=left)
            for post in found:
                after = post.number
                if (where is None or where(post)) and self._taken.take(self.name, str(post.number)):
                    return post
            if not found and left == 0:
                raise NotSeen(await self._nothing_came(within))

    async def answer(self, *statuses: int, delay: Span = "0s", silent: bool = False, body: str = "") -> None:
        """From now on answer with these statuses in turn, the last one for ever, after a delay in real time.

        `silent` never answers. Without statuses, 200.
        """
        chosen: dict[str, Any] = {"status": list(statuses) or 200, "delay": span_of(delay), "body": body}
        if silent:
            chosen["silent"] = True
        await self._control.ask("PUT", self._path, chosen)

    async def forget(self) -> None:
        """Forget what came so far, and answer 200 again."""
        await self._control.ask("PUT", self._path, {"forget": True})

    async def _posts(self, after: int, wait: float = 0.0) -> list[Post]:
        found: list[Post] = []
        while True:
            hold = None if found or not wait else span_of(min(wait, LONGEST_HOLD))
            told = await self._control.get(self._path, {"after": after, "limit": MOST_ON_A_PAGE, "wait": hold})
            found += msgspec.convert(told["posts"], list[Post])
            if len(told["posts"]) < MOST_ON_A_PAGE:
                return found
            after = told["next"]

    async def _nothing_came(self, within: Span) -> str:
        came = await self.posts()
        if not came:
            return f"nothing was posted to {self.url} within {span_of(within)}"
        lines = [f"  #{post.number}  {post.status}  {post.body[:200]}" for post in came[-10:]]
        return f"nothing else was posted to {self.url} within {span_of(within)}; before:\n" + "\n".join(lines)
