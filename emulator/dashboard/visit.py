"""One request for a page, and what the page can reach."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from emulator.control.call import Server
from emulator.dashboard.asking import Asker
from emulator.dashboard.seen import Seen
from emulator.dashboard.stories import FindStories
from emulator.gateway.world import World
from emulator.server.asgi import App
from emulator.server.dialect import Reply


class Visit(NamedTuple):
    """A checked request.

    `root` is what the addresses of the pages begin with, `path` the page's own, in parts. `query` and `form` hold the
    last value of each name. `apis` is the whole server, for requests to the emulated APIs; `stories` gives who plays
    stories on it, `seen` counts which operations were called.
    """

    server: Server
    world: World
    asker: Asker
    apis: App
    stories: FindStories
    seen: Seen
    root: str
    base_path: str
    origin: str
    path: str
    parts: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]

    @property
    def address(self) -> str:
        """What addresses in this world begin with."""
        return self.origin + self.base_path

    async def ask(
        self,
        operation_id: str,
        parameters: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        members: Any = None,  # noqa: ANN401 - a JSON body
    ) -> Any:  # noqa: ANN401 - a JSON answer
        """The control API's answer in this world. Raises `Refused`."""
        return await self.asker.ask(operation_id, parameters, query=query, members=members)

    def to(self, *parts: str, **query: str) -> str:
        """The address of a page."""
        path = "/".join(quote(part, safe="") for part in parts)
        return f"{self.root}/{path}" + (f"?{urlencode(query)}" if query else "")

    def go(self, *parts: str, **query: str) -> Reply:
        """Let the browser go on to a page, or back to where the form was, with a word on what was done."""
        back = self.form.get("back", "")
        target = _with_done(back, query.get("done")) if self._is_ours(back) else self.to(*parts, **query)
        return Reply(303, headers=((b"location", target.encode("ascii", "ignore")),), content_type=None)

    def _is_ours(self, target: str) -> bool:
        """Whether an address leads to a page of this dashboard: no other host, no line of its own."""
        begins = target.startswith(f"{self.root}/") and not target.startswith(("//", "/\\"))
        return begins and target.isascii() and target.isprintable() and "\\" not in target


def _with_done(address: str, done: str | None) -> str:
    if done is None:
        return address
    page, mark, place = address.partition("#")
    return f"{page}{'&' if '?' in page else '?'}{urlencode({'done': done})}{mark}{place}"
