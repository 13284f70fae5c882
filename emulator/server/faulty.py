"""A call in a world that has faults: done at once, as any other; its answer leaves as the faults will have it."""

from collections.abc import Awaitable, Callable

from emulator.core.failures import Fault, FaultKind
from emulator.gateway import breaks
from emulator.server import faults
from emulator.server.asgi import Headers, Receive, Scope, Send
from emulator.server.dialect import Call, Reply, Wait
from emulator.server.worlds import Worlds


class Faulty:
    """The ASGI app that answers one such call. The call is done when it is made.

    `end` ends a stretch and gives an answer's headers, `finish` gives an answer that is waited for.
    """

    def __init__(
        self,
        worlds: Worlds,
        call: Call,
        *,
        end: Callable[[Call, Reply], Headers],
        finish: Callable[[Call, Wait], Awaitable[Reply]],
    ) -> None:
        self._worlds = worlds
        self._call = call
        self._end = end
        self._finish = finish
        self._epoch = call.world.epoch
        messages = call.world.store.messages_in_order
        before = len(messages.ids("all"))
        self._reply, self._fault = faults.do(call, faults.choose(call))
        self._early = breaks.tell_early(call.world, messages.ids("all")[before:])
        self._headers = self._headers_of(self._reply)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the answer leave."""
        call, reply = self._call, self._reply
        if self._early:
            await self._worlds.keeper(call.world).post_now(self._early)
        if isinstance(reply, Wait):
            reply, self._fault = faults.settle(call, self._fault, await self._finish(call, reply))
            assert isinstance(reply, Reply)
            self._headers = self._headers_of(reply)
        if self._fault is not None and self._fault.kind is FaultKind.LATENCY and reply is not None:
            await self._hold(self._fault, reply)
        leaving = faults.Leaving(
            scope, receive, send, reply.status if reply else 0, self._headers, reply.body if reply else b""
        )
        await faults.leave(self._fault, leaving, self._worlds.waiting, call.world)

    async def _hold(self, fault: Fault, reply: Reply) -> None:
        call = self._call
        await faults.hold(faults.wait_of(call, fault), None, self._worlds.waiting, call.world)
        if call.world.epoch == self._epoch:
            faults.come_late(call, reply)

    def _headers_of(self, reply: Reply | Wait | None) -> Headers:
        if isinstance(reply, Reply):
            return self._end(self._call, reply)
        self._worlds.keeper(self._call.world).nudge()
        return ()
