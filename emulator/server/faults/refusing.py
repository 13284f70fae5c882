"""A status asked for by a fault -> an answer in the vendor's envelope.

Where a refusal of the core has this status in the API, the API says it. Else the answer is the API's own 500, with its
number and its words exchanged.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus
from math import ceil
from types import MappingProxyType

import msgspec

from emulator.core import errors
from emulator.core.errors import FieldProblem, Json, MessagingError
from emulator.core.wallet import wallet_of
from emulator.server.dialect import Call, Reply, json_reply

_SECOND = timedelta(seconds=1)
_A_LITTLE = 1_000_000  # micros
_BODILESS = frozenset({204, 205, 304})

# What an API says of its own failure, in whatever spelling.
_FAILURE = re.compile(
    r"(an? )?(unexpected |internal )?(server )?[ _-]?(error|fault|failure)( occurred)?[.!]?", re.IGNORECASE
)
_SEPARATED = re.compile(r"(?<=[a-z])(?=[A-Z])|[ _-]")

_REFUSALS: Mapping[int, Callable[[Call, timedelta], Iterator[MessagingError]]] = MappingProxyType(
    {
        400: lambda call, _: iter([errors.MalformedRequest(), errors.InvalidFields([_field(call)])]),
        401: lambda _call, _: iter([errors.Unauthenticated("unknown")]),
        402: lambda call, _: iter([_short_of_money(call)]),
        403: lambda _call, _: iter([errors.Forbidden("Forbidden")]),
        404: lambda call, _: iter([errors.UnknownPath(call.method, call.path)]),
        405: lambda call, _: iter([errors.MethodNotAllowed(call.method, call.path, ("GET",))]),
        409: lambda _call, _: iter([errors.RequestInProgress(""), errors.IdempotencyKeyReused("")]),
        413: lambda call, _: iter([errors.PayloadTooLarge(call.dialect.body_limit)]),
        415: lambda call, _: iter([errors.UnsupportedContentType(call.header(b"content-type"))]),
        422: lambda call, _: iter([errors.InvalidFields([_field(call)]), errors.IdempotencyKeyReused("")]),
        429: lambda _call, wait: iter([errors.RateLimited(wait, 0)]),
        500: lambda _call, _: iter([errors.InternalFault()]),
        503: lambda _call, _: iter([errors.Unavailable()]),
        501: lambda call, _: iter([errors.NotEmulated(call.operation_id or call.path)]),
    }
)


def refusal(call: Call, status: int, retry_after: timedelta | None) -> Reply:
    """An answer with this status, as the API would word it."""
    with suppress(MessagingError):
        identify(call)
    reply = _said_by_the_api(call, status, retry_after or _SECOND) or _scripted(call, status)
    if retry_after is None or any(name == b"retry-after" for name, _ in reply.headers):
        return reply
    seconds = b"%d" % max(1, ceil(retry_after.total_seconds()))
    return msgspec.structs.replace(reply, headers=(*reply.headers, (b"retry-after", seconds)))


def identify(call: Call) -> None:
    """Let the API find out who is asking, so that its answer carries what it says to a known caller.

    Raises what the API refuses meanwhile.
    """
    if call.operation is None:
        return
    for stage in call.dialect.stages:
        early = stage(call)
        if early is not None or call.account is not None or call.user is not None:
            break
    call.idempotency_key = None


def _short_of_money(call: Call) -> errors.InsufficientFunds:
    """A little more is asked for than the caller's wallet has."""
    if call.account is None:
        return errors.InsufficientFunds(_A_LITTLE, 0, "")
    wallet = wallet_of(call.world.store, call.account.id)
    return errors.InsufficientFunds(wallet.available_micros + _A_LITTLE, wallet.available_micros, wallet.currency)


def _field(call: Call) -> FieldProblem:
    return FieldProblem(("body",), "type", None, ("object",)) if call.raw_body else FieldProblem(("body",), "required")


def _said_by_the_api(call: Call, status: int, wait: timedelta) -> Reply | None:
    refusals = _REFUSALS.get(status)
    for error in refusals(call, wait) if refusals is not None else ():
        # An API may lack words for a refusal that it never makes.
        with suppress(LookupError, AttributeError):
            reply = call.dialect.render_error(error, call)
            if reply.status == status:
                return reply
    return None


def _scripted(call: Call, status: int) -> Reply:
    """The API's own 500 under another number."""
    if status in _BODILESS:
        return Reply(status, content_type=None)
    if status < 400:
        return json_reply(status, {})
    base = call.dialect.render_error(errors.InternalFault(), call)
    try:
        value: Json = msgspec.json.decode(base.body)
    except msgspec.DecodeError:
        return msgspec.structs.replace(base, status=status)
    body = msgspec.json.encode(_reworded(value, base.status, status))
    return msgspec.structs.replace(base, status=status, body=body)


def _reworded(value: Json, before: int, status: int) -> Json:
    if isinstance(value, dict):
        return {name: _reworded(member, before, status) for name, member in value.items()}
    if isinstance(value, list):
        return [_reworded(item, before, status) for item in value]
    if isinstance(value, str):
        return _phrase(value, status) if _FAILURE.fullmatch(_SEPARATED.sub(" ", value)) else value
    return status if value == before and not isinstance(value, bool) else value


def _phrase(like: str, status: int) -> str:
    """The status in words, spelt like a text that it replaces: `service_unavailable` for `internal_error`."""
    known = {each.value: each.phrase for each in HTTPStatus}
    phrase = known.get(status, f"Status {status}")
    words = phrase.replace("'", "").replace("-", " ").split(" ")
    for separator in ("_", "-"):
        if separator in like:
            return separator.join(words).lower()
    if " " not in like:
        return "".join(word[:1].upper() + word[1:] for word in words)
    end = like[-1] if like[-1] in ".!" else ""
    return phrase.capitalize() + end
