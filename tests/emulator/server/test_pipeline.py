"""What the pipeline tells a dialect of its own answers."""

import json
from typing import Any

from msgspec.structs import replace

from emulator.server.dialect import Call, Reply
from emulator.server.pipeline import answer
from tests.emulator.dialects.raven.conftest import CONTRACT, DIALECT, SMS, Api, a_world


def noted(**request: Any) -> list[tuple[str, int]]:
    """What a dialect is told of one call: the operation and the status."""
    told: list[tuple[str, int]] = []

    def note(call: Call, reply: Reply) -> None:
        told.append((call.operation_id, reply.status))

    api = Api(a_world())
    call = api_call(api, **request)
    call.dialect = replace(call.dialect, note_reply=note)
    answer(call)
    return told


def api_call(api: Api, *, path: str = "/v1/messages", body: bytes = b"", key: str | None = None) -> Call:
    headers = {b"x-raven-key": (key or api.key).encode(), b"content-type": b"application/json"}
    return Call(
        DIALECT,
        CONTRACT,
        api.world,
        method="POST",
        raw_path=path.encode(),
        raw_query=b"",
        raw_headers=tuple(headers.items()),
        headers=headers,
        raw_body=body,
    )


def test_each_final_reply_is_noted_once_refusals_included():
    assert noted(body=json.dumps(SMS).encode()) == [("sendMessage", 202)]
    assert noted(body=b"{}") == [("sendMessage", 400)]
    assert noted(body=b"{}", key="nobody") == [("sendMessage", 401)]
    assert noted(path="/nowhere") == [("", 404)]
