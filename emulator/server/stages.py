"""The checks that dialects choose from and put in their own order."""

from typing import Any

import msgspec

from emulator.core import idempotency, rates
from emulator.core.errors import InvalidFields, MalformedRequest, PayloadTooLarge, UnsupportedContentType
from emulator.server.dialect import Call, RateRuleOf, Reply, Stage

_decode = msgspec.json.Decoder().decode
_WITHOUT_BODY = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})


def check_size(call: Call) -> None:
    """Refuse a body over the operation's limit, or the API's."""
    operation = call.operation
    assert operation is not None
    limit = operation.body_limit or call.dialect.body_limit
    if call.too_large or len(call.raw_body) > limit:
        raise PayloadTooLarge(limit)


def check_content_type(call: Call) -> None:
    """Refuse a body in a type that the operation does not take."""
    operation = call.operation
    assert operation is not None
    if not operation.content_types:
        return
    if not call.raw_body and not operation.body_required:
        return
    value = call.one_value(b"content-type")
    if value in operation.plain_content_types:
        return
    named = None if value is None else value.decode("latin-1").strip()
    if named is None or named.partition(";")[0].strip().lower() not in operation.content_types:
        raise UnsupportedContentType(named)


def decode_json(call: Call) -> None:
    """Read the body as JSON, if the operation takes one. Raises `MalformedRequest`."""
    operation = call.operation
    assert operation is not None
    if not operation.content_types or (not call.raw_body and not operation.body_required):
        return
    call.body = read_json(call.raw_body)


def read_json(raw: bytes) -> Any:  # noqa: ANN401 - JSON at the edge
    """Decode JSON strictly: no NaN, no lone surrogate, no text after it, no endless nesting.

    Raises `MalformedRequest`, with the byte where reading stopped if that is known.
    """
    try:
        return _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedRequest("not JSON", _position(str(error))) from None


def _position(text: str) -> int | None:
    digits = text.rpartition("byte ")[2].rstrip(")")
    return int(digits) if digits.isdigit() else None


def check_query(call: Call) -> None:
    """Read and check the query parameters. Raises `InvalidFields`."""
    operation = call.operation
    assert operation is not None
    if call.raw_query or operation.query_required:
        call.query = operation.read_query(call.raw_query)


def check_body(call: Call) -> None:
    """Check the decoded body against the contract. Raises `InvalidFields`."""
    operation = call.operation
    assert operation is not None
    if operation.content_types and (call.body is not None or operation.body_required):
        operation.check_body(call.body)


def check_query_and_body(call: Call) -> None:
    """Check both, and refuse with all problems at once."""
    if not call.raw_query and call.operation is not None and not call.operation.query_required:
        check_body(call)
        return
    problems: list[Any] = []
    for stage in (check_query, check_body):
        try:
            stage(call)
        except InvalidFields as error:
            problems.extend(error.problems)
    if problems:
        raise InvalidFields(problems)


def limit_rate(rule_of: RateRuleOf, *, is_shown: bool = True) -> Stage:
    """A stage that counts the call under the rule that the dialect gives. Raises `RateLimited`.

    `is_shown` says that answers tell how the window stands, limits or not.
    """

    def stage(call: Call) -> None:
        counts = _counts(call)
        rule = rule_of(call) if counts or is_shown else None
        if rule is None:
            return
        world = call.world
        if counts:
            call.rate = rates.take(world.store, rule, now=world.clock.now)
        else:
            call.rate = rates.unlimited(rule, now=world.clock.now)

    return stage


def look_at_rate(call: Call, rule: rates.RateRule) -> rates.RateState:
    """The state of a rule that the call did not count under: for headers of an answer given before, or of a 429."""
    now = call.world.clock.now
    return rates.look(call.world.store, rule, now=now) if _counts(call) else rates.unlimited(rule, now=now)


def _counts(call: Call) -> bool:
    """Whether rate limits apply: the account's own wish, else the world's."""
    wish = call.account.rate_limits if call.account is not None else None
    return call.world.limits_rates if wish is None else wish


def recall(call: Call) -> Reply | None:
    """Answer a repeated request with its first answer. Raises `IdempotencyKeyReused`."""
    rule = call.dialect.idempotency
    assert rule is not None
    key = rule.key_of(call)
    if key is None:
        return None
    fingerprint = rule.fingerprint(call)
    known = idempotency.recall(call.world.store, key, fingerprint, now=call.world.clock.now)
    if known is not None:
        return Reply(known.status, known.body, (*known.headers, *rule.replay_headers))
    call.idempotency_key, call.fingerprint = key, fingerprint
    return None


def remember(call: Call, reply: Reply) -> None:
    """Keep the answer to a call that carries a new idempotency key, if the API keeps such answers."""
    rule = call.dialect.idempotency
    if rule is None or call.idempotency_key is None:
        return
    if not rule.keeps(reply.status):
        idempotency.forget(call.world.store, call.idempotency_key)
        return
    idempotency.remember(
        call.world.store,
        call.idempotency_key,
        call.fingerprint,
        status=reply.status,
        headers=reply.headers,
        body=reply.body,
        now=call.world.clock.now,
        lifetime=rule.lifetime,
    )


def mark_in_progress(call: Call) -> None:
    """Note that a call with a new idempotency key is not answered yet."""
    assert call.dialect.idempotency is not None
    assert call.idempotency_key is not None
    idempotency.remember(
        call.world.store,
        call.idempotency_key,
        call.fingerprint,
        status=idempotency.IN_PROGRESS,
        headers=(),
        body=b"",
        now=call.world.clock.now,
        lifetime=call.dialect.idempotency.lifetime,
    )
