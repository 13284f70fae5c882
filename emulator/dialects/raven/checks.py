"""The checks of a request in this API's order, and what is remembered of the answer.

Order: path and method, credential (401), permission (403), feature (404), rate limit (429), size (413), content type
(415), JSON and fields (400), idempotency key (replay or 409). The handler comes after them. The order is assumed; it
lets a replay survive a change of configuration.
"""

from datetime import timedelta

from emulator.core.errors import FieldProblem, InvalidFields, UnknownPath
from emulator.core.idempotency import fingerprint
from emulator.core.moments import unix_seconds
from emulator.core.rates import RateState
from emulator.dialects.raven.auth import authenticate, environment_of, rate_rule
from emulator.dialects.raven.names import fold
from emulator.dialects.raven.parse import check_sender, in_field_order
from emulator.server import stages
from emulator.server.dialect import Call, Idempotency, RawHeaders, Stage

SENDS = frozenset({"sendMessage", "sendDashboardMessage"})
OUTBOUND_WEBHOOKS = frozenset(
    {"createOutboundWebhook", "listOutboundWebhooks", "getOutboundWebhook", "deleteOutboundWebhook"}
)
CALLBACKS = frozenset({"receiveEmailCallback", "receiveSmsCallback", "receiveWhatsappCallback"})


def check_type(call: Call) -> None:
    """Refuse a body that is not sent as JSON. Providers send theirs as they like; no body at all is not JSON either."""
    if call.raw_body and call.operation_id not in CALLBACKS:
        stages.check_content_type(call)


def read_body(call: Call) -> None:
    """Read the body as JSON and fold its names."""
    if call.operation_id in CALLBACKS:
        return
    stages.decode_json(call)
    if isinstance(call.body, dict):
        call.body = fold(call.body)


def check_fields(call: Call) -> None:
    """Refuse with everything that is wrong with query and body, in the order of the fields."""
    if call.operation_id in CALLBACKS:
        return
    problems: list[FieldProblem] = []
    for check in (stages.check_query, stages.check_body):
        try:
            check(call)
        except InvalidFields as error:
            problems.extend(error.problems)
    if call.operation_id in SENDS:
        problems.extend(check_sender(call.body))
        if len(problems) > 1:
            problems = in_field_order(problems)
    if problems:
        raise InvalidFields(problems)


def require_feature(call: Call) -> None:
    """Refuse as for a path that is not there, while outbound webhooks are off for the tenant. Raises `UnknownPath`."""
    if call.operation_id in OUTBOUND_WEBHOOKS and not call.owner.extras.get("outbound_webhooks"):
        raise UnknownPath(call.method, call.path)


STAGES: tuple[Stage, ...] = (
    authenticate,
    require_feature,
    stages.limit_rate(rate_rule),
    stages.check_size,
    check_type,
    read_body,
    check_fields,
    stages.recall,
)


def _key_of(call: Call) -> str | None:
    """The caller's key in its space: tenant (or user) and environment; both ways to send share one."""
    body = call.body
    key = body.get("idempotencyKey") if isinstance(body, dict) else None
    if key is None:
        return None
    family = "send" if call.operation_id in SENDS else call.operation_id
    owner = call.account or call.user
    return f"{owner.id if owner else ''}/{environment_of(call)}/{family}/{key}"


def _fingerprint(call: Call) -> bytes:
    """A digest of the folded body; of other operations than a send also of the path, which can name a record.

    The key itself is in the body, but it is the same in all that are compared.
    """
    return fingerprint(call.body) if call.operation_id in SENDS else fingerprint(call.body, call.raw_path)


# Source: Raven documentation, "Idempotency", read 2026-11; lifetime, space and header are assumed.
IDEMPOTENCY = Idempotency(
    key_of=_key_of,
    fingerprint=_fingerprint,
    lifetime=timedelta(hours=24),
    replay_headers=((b"idempotent-replayed", b"true"),),
)


def reply_headers(call: Call) -> RawHeaders:
    """What every answer carries: its id, and to a recognised caller the state of the rate limit."""
    request_id = (b"x-request-id", call.world.ids.serial_uuid("request").encode())
    state = call.rate or _untouched(call)
    if state is None:
        return (request_id,)
    return (
        request_id,
        (b"x-ratelimit-limit", b"%d" % state.limit),
        (b"x-ratelimit-remaining", b"%d" % state.remaining),
        (b"x-ratelimit-reset", b"%d" % unix_seconds(state.resets_at)),
    )


def _untouched(call: Call) -> RateState | None:
    """The state of the limit for a call that was not counted: refused before, or over the limit."""
    rule = rate_rule(call)
    return None if rule is None else stages.look_at_rate(call, rule)
