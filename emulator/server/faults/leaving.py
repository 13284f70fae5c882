"""How an answer leaves that a fault touches: late, in pieces, cut off, or not at all. Real time, on the real wire.

A caller in the same process has no connection that could break: there the app raises what such a caller would see.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

from emulator.core.failures import Fault, FaultKind
from emulator.gateway.world import World
from emulator.server.asgi import Headers, Receive, Scope, Send
from emulator.server.timekeeper import WorldReset
from emulator.server.waiting import Waiting
from emulator.server.wire import reset, transport_of

_MOST_PIECES = 20
_FLUSH_TURNS = 1_000
_ON_ITS_WAY = 0.01  # seconds in which what was written reaches a peer before the connection ends
_FOREVER = timedelta(days=1)


class Leaving(NamedTuple):
    """A call whose answer is to leave: the ASGI words, and what is to be said."""

    scope: Scope
    receive: Receive
    send: Send
    status: int
    headers: Headers
    body: bytes


async def leave(fault: Fault | None, answer: Leaving, waiting: Waiting, world: World) -> None:
    """Send an answer, as a fault will have it."""
    match fault.kind if fault is not None else None:
        case FaultKind.DRIBBLE if fault is not None:
            await _dribble(answer, fault.longest or timedelta())
        case FaultKind.TRUNCATE if fault is not None:
            await _begin(answer, len(answer.body) // 2 if fault.keep is None else min(fault.keep, len(answer.body)))
            await _end(answer, breaks=False)
        case FaultKind.RESET if fault is not None and fault.where == "in-body":
            await _begin(answer, len(answer.body) // 2)
            await _end(answer, breaks=True)
        case FaultKind.RESET | FaultKind.AMBIGUOUS_COMMIT:
            await _end(answer, breaks=True)
        case FaultKind.HANG if fault is not None:
            if transport_of(answer.scope) is None and fault.longest is None:
                raise TimeoutError("a fault gives no answer, ever")  # such a caller never goes
            await hold(fault.longest or _FOREVER, answer.receive, waiting, world)
            await _end(answer, breaks=False)
        case _:
            await _say(answer, [answer.body])


async def hold(span: timedelta, receive: Receive | None, waiting: Waiting, world: World) -> None:
    """Wait for a span of real time; no longer than until the server stops, or a given caller goes."""

    async def nothing() -> None:
        return None

    async def wait() -> None:
        try:
            await waiting.until(world, nothing, span)
        except WorldReset:
            return

    tasks = [asyncio.create_task(wait())]
    if receive is not None:
        tasks.append(asyncio.create_task(_gone(receive)))
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _say(answer: Leaving, pieces: Sequence[bytes], pause: float = 0.0) -> None:
    await answer.send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    for place, piece in enumerate(pieces):
        if pause:
            await asyncio.sleep(pause)
        more = place + 1 < len(pieces)
        await answer.send({"type": "http.response.body", "body": piece, "more_body": more})


async def _dribble(answer: Leaving, span: timedelta) -> None:
    count = max(1, min(_MOST_PIECES, len(answer.body)))
    bounds = [len(answer.body) * place // count for place in range(count + 1)]
    pieces = [answer.body[start:end] for start, end in pairwise(bounds)]
    await _say(answer, pieces, span.total_seconds() / count)


async def _begin(answer: Leaving, size: int) -> None:
    """Let the head and the first part of the body reach the caller."""
    await answer.send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    if size:
        await answer.send({"type": "http.response.body", "body": answer.body[:size], "more_body": True})
    transport = transport_of(answer.scope)
    if transport is not None:
        for _ in range(_FLUSH_TURNS):
            await asyncio.sleep(0)
            if not transport.get_write_buffer_size():
                break
    await asyncio.sleep(_ON_ITS_WAY)


async def _end(answer: Leaving, *, breaks: bool) -> None:
    """End the connection: with a reset, or as if everything had been said."""
    transport = transport_of(answer.scope)
    if transport is None:
        raise ConnectionResetError("a fault broke the connection") if breaks else TimeoutError("a fault gave no answer")
    if breaks:
        reset(transport)
    else:
        transport.close()
    await _gone(answer.receive)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
