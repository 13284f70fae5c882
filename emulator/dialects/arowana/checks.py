"""The checks of a request in this API's order, and what is remembered of the answer.

Order: path and method (404, 405), key (401), rate (429), size (413), content type and JSON (400), form of the
idempotency key (400), replay or conflict (409), query and fields (400). The handler comes after them and goes on: what
is named (404), what depends on it (400), permission (403), state (409), semantics (422), money (402).

Source: Arowana documentation, "Conventions" and the seed, read 2026-11; the order is partly assumed.
"""

import re
from collections.abc import Iterator

from emulator.core.errors import FieldProblem, InvalidFields, Json, MalformedRequest
from emulator.core.idempotency import fingerprint
from emulator.dialects.arowana import senders
from emulator.dialects.arowana.auth import ACCESS, OPEN, authenticate, rate_rule
from emulator.dialects.arowana.parse import address_problems
from emulator.dialects.arowana.vocabulary import KEY_LIFETIME, LONGEST_KEY
from emulator.server import stages
from emulator.server.dialect import Call, Idempotency, Reply, Stage

HEADER = "Idempotency-Key"
MEMBER = "idempotency_key"

_METHODS = frozenset({"POST", "PUT", "PATCH"})
_KEY = re.compile(f"[ -~]{{1,{LONGEST_KEY}}}")


def check_key(call: Call) -> None:
    """Refuse a header with a key that is empty, too long or not printable. Raises `InvalidFields`."""
    if not _takes_key(call):
        return
    try:
        key = call.one_header(b"idempotency-key")
    except MalformedRequest:
        key = ""
    if not _KEY.fullmatch(key or ""):
        raise InvalidFields([FieldProblem((HEADER,), "pattern", key, place="header")])


def recall(call: Call) -> Reply | None:
    """Answer a repeated request with its first answer, if it has a key. Raises `InvalidFields`, `IdempotencyKeyReused`.

    Most have none, in the header or in the body.
    """
    body = call.body
    if b"idempotency-key" in call.headers:
        check_key(call)
    elif not isinstance(body, dict) or MEMBER not in body:
        return None
    return stages.recall(call)


def check_fields(call: Call) -> None:
    """Check query and body. Raises `InvalidFields`.

    The contract tells a mail from an SMS by the form of `to`. Where the channel is known, its own type decides, and an
    address of the other form is what is wrong.
    """
    try:
        stages.check_query_and_body(call)
    except InvalidFields:
        misfits = tuple(_misfits(call))
        if misfits:
            raise InvalidFields(misfits) from None
        raise


def _misfits(call: Call) -> Iterator[FieldProblem]:
    body = call.body
    if call.operation_id != "sendMessage" or not isinstance(body, dict) or "agent_id" in body:
        return
    id, to = body.get("channel_id"), body.get("to")
    if isinstance(id, str) and isinstance(to, str):
        type = senders.type_of_channel(call.world.store, call.owner.id, id)
        if type is not None:
            yield from address_problems(type, to)


def _takes_key(call: Call) -> bool:
    return call.method in _METHODS and ACCESS[call.operation_id] is not OPEN


STAGES: tuple[Stage, ...] = (
    authenticate,
    stages.limit_rate(rate_rule),
    stages.check_size,
    stages.check_content_type,
    stages.decode_json,
    recall,
    check_fields,
)


def _key_of(call: Call) -> str | None:
    """The caller's key in its space: workspace, method and path. The header counts more than the body."""
    body = call.body
    if b"idempotency-key" in call.headers:
        key = call.header(b"idempotency-key")
    else:
        member = body.get(MEMBER) if isinstance(body, dict) else None
        # One that is not well-formed is refused with the other fields.
        key = member if isinstance(member, str) and _is_key(call, member) else None
    return f"{call.owner.id} {call.method} {call.path} {key}" if key is not None and _takes_key(call) else None


def _is_key(call: Call, text: str) -> bool:
    """Whether a text may be a key: printable ASCII, but for campaigns any text.

    Source: Arowana documentation, "Campaigns", read 2026-11.
    """
    return call.operation_id == "triggerCampaign" or _KEY.fullmatch(text) is not None


def _fingerprint(call: Call) -> bytes:
    """A digest of the body as JSON, without the order of members and without the key; no body is an empty one."""
    body: Json = {} if call.body is None else call.body
    if isinstance(body, dict) and MEMBER in body:
        body = {name: value for name, value in body.items() if name != MEMBER}
    return fingerprint(body)


# Source: Arowana documentation, "Conventions" (header, member) and "Campaigns" (24 hours), read 2026-11; assumed: the
# space, what is compared, that only 2xx is kept, and the header of a replay.
IDEMPOTENCY = Idempotency(
    key_of=_key_of,
    fingerprint=_fingerprint,
    lifetime=KEY_LIFETIME,
    replay_headers=((b"idempotent-replayed", b"true"),),
)
