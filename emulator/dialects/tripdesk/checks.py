"""The checks of a request in this API's order, and what is remembered of the answer.

Order: path and method (404, 405), credential (401), tenant and scope (403), rate limit (429), size (413), content type
(415), headers and JSON (400), idempotency look-up (replay or 409), fields (422); the handler comes after them. The
order is assumed; it lets a replay need no balance. Public pages know of all this only size and content type.
"""

import re
from functools import lru_cache

from emulator.core.errors import MalformedRequest
from emulator.core.idempotency import fingerprint
from emulator.core.moments import unix_seconds
from emulator.core.rates import RateState, unlimited
from emulator.dialects.tripdesk import tenants
from emulator.dialects.tripdesk.auth import authenticate, default_rate_rule, rate_rule
from emulator.dialects.tripdesk.vocabulary import KEYS_ARE_KEPT
from emulator.server import stages
from emulator.server.dialect import Call, Idempotency, RawHeaders, Reply, Stage

REPLAYED = (b"idempotency-replayed", b"true")

_HYPHENED, _UNDERSCORED = b"idempotency-key", b"idempotency_key"
_NAMES = {_HYPHENED: "Idempotency-Key", _UNDERSCORED: "idempotency_key"}
_KEY = re.compile(r"[!-~]{1,255}")
_CHANGES = frozenset({"POST", "PATCH", "DELETE"})
_NOT_KEPT = frozenset({401, 402, 403})


def is_api(call: Call) -> bool:
    """Whether a call is one of the three surfaces' rather than a public page's."""
    if call.raw_path.startswith(b"/api/"):
        return True
    # `/%61pi/` is the same path.
    return call.operation is not None and call.operation.path.startswith("/api/")


def request_id(call: Call) -> str:
    """The id of a request: made when it is first asked for, the same ever after."""
    if not call.request_id:
        world = call.world
        call.request_id = f"req_{world.ids.serial_ulid('req', world.clock.now)}"
    return call.request_id


def caller_key(call: Call) -> str | None:
    """The idempotency key of a call, in either spelling, as it was sent."""
    headers = call.headers
    if _HYPHENED not in headers and _UNDERSCORED not in headers:
        return None
    return call.header(_HYPHENED) or call.header(_UNDERSCORED)


def check_key(call: Call) -> None:
    """Refuse an idempotency key that cannot be used, or two that differ. Raises `MalformedRequest`."""
    keys = {name: call.one_header(name) for name in _NAMES}
    for name, key in keys.items():
        if key is not None and not _KEY.fullmatch(key):
            raise MalformedRequest(f"key: {_NAMES[name]}")
    if len({key for key in keys.values() if key is not None}) > 1:
        raise MalformedRequest("two keys")


def check_content(call: Call) -> Reply | None:
    """Judge key and JSON, answer a repeated call with its first answer, judge query and body.

    Only calls that change something may be repeated under a key. A page reads its form itself.
    """
    if call.account is None and not is_api(call):  # no page asks who is there
        return None
    headers = call.headers
    has_key = (_HYPHENED in headers or _UNDERSCORED in headers) and call.method in _CHANGES
    if has_key:
        check_key(call)
    stages.decode_json(call)
    if has_key:
        known = stages.recall(call)
        if known is not None:
            return known
    stages.check_query_and_body(call)
    return None


STAGES: tuple[Stage, ...] = (
    authenticate,
    stages.limit_rate(rate_rule),
    stages.check_size,
    stages.check_content_type,
    check_content,
)


def _key_of(call: Call) -> str | None:
    """The caller's key in its space: partner, environment, method and path; where nobody is known yet, the last two."""
    key = caller_key(call)
    if key is None:
        return None
    owner = "" if call.account is None else tenants.side_of(call.account)
    return f"{owner}/{call.method} {call.path}/{key}"


def _fingerprint(call: Call) -> bytes:
    return fingerprint(call.body)


def _keeps(status: int) -> bool:
    """What failed for want of money or permission may be tried again with the same key."""
    return status < 500 and status not in _NOT_KEPT


IDEMPOTENCY = Idempotency(
    key_of=_key_of, fingerprint=_fingerprint, lifetime=KEYS_ARE_KEPT, keeps=_keeps, replay_headers=(REPLAYED,)
)


def reply_headers(call: Call) -> RawHeaders:
    """The request's id, and on each answer of the API the state of the rate limit."""
    id_of_request = (b"x-request-id", (call.request_id or request_id(call)).encode())
    state = call.rate
    if state is None:
        if not is_api(call):
            return (id_of_request,)
        state = _untouched(call)
    return (id_of_request, *_rate_headers(state.limit, state.remaining, unix_seconds(state.resets_at)))


# Where no limits hold, all calls of a second share them.
@lru_cache(maxsize=64)
def _rate_headers(limit: int, remaining: int, resets_at: int) -> RawHeaders:
    return (
        (b"x-ratelimit-limit", b"%d" % limit),
        (b"x-ratelimit-remaining", b"%d" % remaining),
        (b"x-ratelimit-reset", b"%d" % resets_at),
    )


def _untouched(call: Call) -> RateState:
    """The state for a call that was not counted: refused before, over the limit, or of nobody yet."""
    rule = rate_rule(call)
    if rule is None:
        return unlimited(default_rate_rule(), now=call.now)
    return stages.look_at_rate(call, rule)
