"""Built-in webhook receivers: what came, whether its signature held, and what is answered from now on."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

from msgspec.structs import replace

from emulator.control.call import ControlCall, wait_of
from emulator.control.pages import DEFAULT_LIMIT
from emulator.control.spans import parse_span
from emulator.core.errors import Json
from emulator.core.journal import NoteEntry
from emulator.core.moments import iso_milliseconds
from emulator.core.records import Sink, SinkPost, WebhookEndpoint
from emulator.server.dialect import Reply, json_reply

MOST_POSTS = 1_000
"""So many are kept of each sink, the newest ones."""

_LONGEST_SILENCE = timedelta(minutes=10)


async def get_sink(call: ControlCall) -> Reply:
    """What came, oldest first; with `wait` held until there is something. A sink is there once it is named."""
    wait = wait_of(call)
    found = _posts_after(call)
    if not found and wait is not None:

        async def look() -> list[SinkPost] | None:
            return _posts_after(call) or None

        found = await call.server.worlds.waiting.until(call.world, look, wait) or []
    return json_reply(200, _sink(call, _known(call), found))


def set_sink(call: ControlCall) -> Reply:
    """Choose what is answered from now on; what is not named is as in the beginning."""
    members = call.members
    answers: int | list[int] = members.get("status", 200)
    sink = call.world.store.sinks.put(
        Sink(
            name=call.parameters["name"],
            statuses=tuple(answers) if isinstance(answers, list) else (answers,),
            delay_ms=int(parse_span(members.get("delay", "0s")).total_seconds() * 1000),
            silent=members.get("silent", False),
            body=members.get("body", ""),
            count=_known(call).count,
        )
    )
    if members.get("forget", False):
        for id in tuple(call.world.store.sink_posts_by_sink.ids(sink.name)):
            call.world.store.sink_posts.delete(id)
    return json_reply(200, _sink(call, sink, _posts_after(call)))


async def post_to_sink(call: ControlCall) -> Reply:
    """Take what a webhook brings."""
    store = call.world.store
    sink = _known(call)
    place = min(sink.answered, len(sink.statuses) - 1)
    status = None if sink.silent else sink.statuses[place]
    sink = store.sinks.put(replace(sink, count=sink.count + 1, answered=sink.answered + 1))
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in call.raw_headers)
    post = store.sink_posts.put(
        SinkPost(
            id=f"{sink.name}/{sink.count}",
            sink=sink.name,
            number=sink.count,
            at=call.world.clock.now,
            method=call.method,
            query="",
            headers=headers,
            body=call.raw_body,
            is_signed=_is_signed(call, dict(headers)),
            status=status,
        )
    )
    kept = store.sink_posts_by_sink.ids(sink.name)
    if len(kept) > MOST_POSTS:
        store.sink_posts.delete(kept[0])
    call.world.journal.add(call.world.clock.now, NoteEntry("sink", post.id, ""))
    call.server.worlds.waiting.wake(call.world)
    if sink.silent:
        await call.server.worlds.waiting.until(call.world, _nothing, _LONGEST_SILENCE)
        return Reply(503, content_type=None)
    if sink.delay_ms:
        await asyncio.sleep(sink.delay_ms / 1000)
    assert status is not None
    return Reply(status, sink.body.encode(), content_type=b"text/plain; charset=utf-8" if sink.body else None)


async def _nothing() -> None:
    return None


def _known(call: ControlCall) -> Sink:
    name = call.parameters["name"]
    return call.world.store.sinks.get(name) or Sink(name=name)


def _address(call: ControlCall, name: str) -> str:
    return f"{call.address}/_emulator/sink/{name}"


def _posts_after(call: ControlCall) -> list[SinkPost]:
    after: int = call.query.get("after", 0)
    limit: int = call.query.get("limit", DEFAULT_LIMIT)
    posts = call.world.store.sink_posts_by_sink.get(call.parameters["name"])
    return [post for post in posts if post.number > after][:limit]


def _is_signed(call: ControlCall, headers: dict[str, str]) -> bool | None:
    """Whether the signature holds for one of the endpoints that lead here."""
    found: bool | None = None
    for endpoint in _leading_here(call):
        verify = call.world.policies[endpoint.api].webhooks.verify
        if verify is None or not endpoint.secret:
            continue
        if verify(headers, call.raw_body, endpoint.url, endpoint.secret):
            return True
        found = False
    return found


def _leading_here(call: ControlCall) -> Iterator[WebhookEndpoint]:
    """Endpoints whose address is this sink's, by whatever name the machine is called."""
    path = f"{call.base_path}/_emulator/sink/{call.parameters['name']}"
    for endpoint in call.world.store.endpoints:
        if endpoint.url.partition("://")[2].partition("/")[2].partition("?")[0] == path[1:]:
            yield endpoint


def _sink(call: ControlCall, sink: Sink, posts: list[SinkPost]) -> dict[str, Json]:
    return {
        "name": sink.name,
        "url": _address(call, sink.name),
        "status": list(sink.statuses),
        "delay_ms": sink.delay_ms,
        "silent": sink.silent,
        "body": sink.body,
        "count": sink.count,
        "posts": [_post(post) for post in posts],
        "next": posts[-1].number if posts else call.query.get("after", 0),
    }


def _post(post: SinkPost) -> dict[str, Json]:
    return {
        "number": post.number,
        "at": iso_milliseconds(post.at),
        "method": post.method,
        "headers": dict(post.headers),
        "body": post.body.decode("utf-8", "replace"),
        "signature": post.is_signed,
        "status": post.status,
    }
