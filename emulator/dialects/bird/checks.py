"""The checks of a request in this API's order.

Order: path and method (404, 405), key (401), policy (403), rate limit (429), size (413), content type (415), JSON
(400), parameters and members (422), organization and workspace (404). The handler goes on: channel and message (404),
the channel's state (409), what depends on the channel (422). The order is assumed.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from emulator.core.errors import FieldProblem, InvalidFields, MalformedRequest, NotFound
from emulator.core.records import Account
from emulator.dialects.bird.auth import authenticate, rate_rule
from emulator.dialects.bird.parse import early_problems
from emulator.server import stages
from emulator.server.dialect import Call, Stage

OBJECT_STORE = frozenset({"uploadMedia", "downloadMedia"})
"""What stands for a store of its own: a signed form or address proves the caller, and refusals have another format."""

_IDS = frozenset(
    {
        "organizationId",
        "workspaceId",
        "channelId",
        "messageId",
        "contactId",
        "connectorId",
        "webhookSubscriptionId",
        "listId",
        "mediaId",
        "fileId",
    }
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")

# Who sends, names the same few channels again and again.
_as_uuid = lru_cache(maxsize=64)(_UUID.fullmatch)


def of_the_api(*checks: Stage) -> Stage:
    """One stage of several, for every call but those to the object store, which check by themselves."""

    def stage(call: Call) -> None:
        if call.operation_id not in OBJECT_STORE:
            for check in checks:
                check(call)

    return stage


def check_fields(call: Call) -> None:
    """Refuse with everything that is wrong with path, query and body. Raises `InvalidFields`, `MalformedRequest`."""
    problems = path_problems(call.parameters, call.account)
    try:
        stages.check_query_and_body(call)
    except InvalidFields as error:
        problems.extend(error.problems)
    if not problems and call.operation_id == "createChannelMessage":
        problems = early_problems(call.world, call.owner, call.members)
    if not problems:
        return
    if any(problem.place == "body" and not problem.path and problem.rule == "type" for problem in problems):
        raise MalformedRequest("no object")
    raise InvalidFields(problems)


def path_problems(parameters: Mapping[str, str], account: Account | None) -> list[FieldProblem]:
    """The ids in the path that are no UUIDs; that of the caller's own workspace is one."""
    problems: list[FieldProblem] = []
    own_id = account.id if account is not None else None
    for name, value in parameters.items():
        if value != own_id and name in _IDS and _as_uuid(value) is None:
            problems.append(FieldProblem((name,), "pattern", value, place="path"))
    return problems


def find_place(call: Call) -> None:
    """Refuse an organization that is not the key's, or a workspace that is none of its. Raises `NotFound`."""
    if call.account is None:
        return
    organization_id = call.parameters.get("organizationId")
    if organization_id is not None and organization_id != call.account.parent_id:
        raise NotFound("organization", organization_id)
    workspace_id = call.parameters.get("workspaceId")
    if workspace_id is not None and workspace_id != call.account.id:
        raise NotFound("account", workspace_id)


STAGES: tuple[Stage, ...] = (
    authenticate,
    stages.limit_rate(rate_rule, is_shown=False),
    of_the_api(stages.check_size, stages.check_content_type, stages.decode_json, check_fields),
    find_place,
)
