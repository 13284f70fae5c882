"""An operation of the control API, called in this process: the same checks, the same handler, the same refusals."""

from collections.abc import Mapping
from inspect import isawaitable
from typing import Any
from urllib.parse import urlencode

import msgspec

from emulator.control import routes
from emulator.control.call import ControlCall, Server, Stream
from emulator.control.checks import check_members, check_query
from emulator.control.problems import problem_reply
from emulator.gateway.world import World
from emulator.server.dialect import Reply


class Refused(Exception):
    """The control API refused. `problem` is its document."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(problem["detail"])
        self.problem = problem
        self.status: int = problem["status"]


class Asker:
    """Asks in one world. `origin` is scheme and host, `base_path` the world's prefix."""

    def __init__(self, server: Server, world: World, origin: str, base_path: str) -> None:
        self._server = server
        self._world = world
        self._origin = origin
        self._base_path = base_path

    async def ask(
        self,
        operation_id: str,
        parameters: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        members: Any = None,  # noqa: ANN401 - a JSON body
    ) -> Any:  # noqa: ANN401 - a JSON answer
        """The body of the answer, or None if it has none. Raises `Refused`."""
        try:
            reply = await self._reply(operation_id, parameters or {}, query or {}, members)
        except Exception as error:  # noqa: BLE001 - the table says which are refusals; the others are logged
            reply = problem_reply(error)
        body: Any = msgspec.json.decode(reply.body) if reply.body else None
        if reply.status >= 400:
            raise Refused(body)
        return body

    def call(self) -> ControlCall:
        """A call without parameters, for those functions of the control API that want one."""
        return ControlCall(self._server, self._world, {}, {}, {}, self._origin, self._base_path)

    async def _reply(
        self,
        operation_id: str,
        parameters: Mapping[str, str],
        query: Mapping[str, str],
        members: Any,  # noqa: ANN401 - a JSON body
    ) -> Reply:
        contract = self._server.contract
        operation = contract.operation(operation_id)
        raw_body = b"" if members is None else msgspec.json.encode(members)
        call = self.call()._replace(
            parameters=parameters,
            query=check_query(contract, operation, urlencode(query).encode()),
            members=check_members(contract, operation, raw_body),
            method=operation.method,
            raw_body=raw_body,
        )
        answer = routes.HANDLERS[operation_id](call)
        reply = await answer if isawaitable(answer) else answer
        assert not isinstance(reply, Stream)
        return reply
