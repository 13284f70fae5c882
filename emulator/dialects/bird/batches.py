"""The entries of a batch: each is judged alone, and one that is not valid becomes a message that ends `rejected`."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from emulator.core.errors import FieldProblem, InvalidFields, Json, NotFound
from emulator.core.records import Resource
from emulator.dialects.bird import failures
from emulator.dialects.bird.channels import platform_of
from emulator.dialects.bird.parse import check_early, make_request, parse_send, read_receivers
from emulator.dialects.bird.problems import told
from emulator.gateway.sending import SendRequest
from emulator.server.dialect import Call

# Source: Bird documentation, "Batch messages", read 2026-11, names the cases; that these members are meant is assumed.
_CODES: Mapping[str, int] = {
    "receiver": failures.INVALID_RECEIVER,
    "body": failures.INVALID_CONTENT,
    "template": failures.INVALID_CONTENT,
    "": failures.INVALID_CONTENT,
    "sender": failures.INVALID_SENDER,
}
_RECEIVERS = ("receiver", "contacts")


def parse_entry(call: Call, channel: Resource, entry: Json, batch_id: str) -> SendRequest:
    """What the gateway sends for one entry; what is wrong with it is noted as `rejection`."""
    assert call.operation is not None
    try:
        call.operation.check_item(entry)
        assert isinstance(entry, dict)
        check_early(call.world, call.owner, entry)
        return parse_send(call.world, channel, entry, batch_id=batch_id)
    except InvalidFields as error:
        return _rejected(call, channel, entry, error.problems, batch_id)
    except NotFound as error:
        return _rejected(call, channel, entry, _unknown_contacts(entry, error.id), batch_id)


def _unknown_contacts(entry: Json, id: str) -> list[FieldProblem]:
    contacts = _asked_contacts(entry)
    places = (place for place, each in enumerate(contacts) if isinstance(each, dict) and each.get("id") == id)
    return [FieldProblem((*_RECEIVERS, place, "id"), "exists", id) for place in places]


def _rejected(
    call: Call, channel: Resource, entry: Json, problems: Sequence[FieldProblem], batch_id: str
) -> SendRequest:
    members = _well_formed(entry, problems)
    platform = platform_of(channel)
    receivers = read_receivers(call.world.store, channel, platform, _well_formed_contacts(entry, problems))
    request = make_request(call.world, channel, platform, members, receivers, batch_id=batch_id)
    rejection: dict[str, Json] = {"code": _code(problems[0]), "description": told(problems[0])}
    return replace(request, scheduled_at=None, expires_at=None, extras={**request.extras, "rejection": rejection})


def _code(problem: FieldProblem) -> int:
    if problem.path == _RECEIVERS and problem.rule == "max_items":
        return failures.INVALID_CHANNEL_CONFIGURATION
    return _CODES.get(str(problem.path[0]) if problem.path else "", failures.INVALID_INPUT)


def _well_formed(entry: Json, problems: Sequence[FieldProblem]) -> dict[str, Any]:
    """The members of an entry with which nothing is wrong."""
    wrong = {problem.path[0] for problem in problems if problem.path}
    return {name: value for name, value in entry.items() if name not in wrong} if isinstance(entry, dict) else {}


def _asked_contacts(entry: Json) -> list[Json]:
    receiver = entry.get("receiver") if isinstance(entry, dict) else None
    contacts = receiver.get("contacts") if isinstance(receiver, dict) else None
    return contacts if isinstance(contacts, list) else []


def _well_formed_contacts(entry: Json, problems: Sequence[FieldProblem]) -> list[Mapping[str, Any]]:
    """The contacts of an entry with which nothing is wrong."""
    inside = len(_RECEIVERS)
    wrong = {each.path[inside] for each in problems if len(each.path) > inside and each.path[:inside] == _RECEIVERS}
    listed = enumerate(_asked_contacts(entry))
    return [each for place, each in listed if isinstance(each, dict) and place not in wrong]
