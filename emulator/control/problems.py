"""Refusals -> problem documents (RFC 9457): one table from what was raised to status, word, title and sentence.

The table is total over `MessagingError`, so that nothing that the core refuses can become a 500.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from emulator.control.words import sentence
from emulator.core import errors
from emulator.core.errors import FieldProblem, Json
from emulator.gateway.timers import EndlessLoop
from emulator.server.dialect import RawHeaders, Reply, json_reply
from emulator.server.timekeeper import ClockBusy, WorldReset

log = logging.getLogger("parrotfish")

CONTENT_TYPE = b"application/problem+json"
_URN = "urn:parrotfish:problem:"


class MisdirectedHost(Exception):
    """The server does not answer for this `Host`."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.host = host


class CrossOrigin(Exception):
    """A page of another origin wants to change something."""

    def __init__(self, origin: str) -> None:
        super().__init__(origin)
        self.origin = origin


class Impossible(Exception):
    """The world, or the API, does not allow it. The text is the sentence that says so."""


class BadInput(Exception):
    """A parameter or member that only code can refuse. `place` is `body`, `query` or `path`."""

    def __init__(self, place: str, name: str, detail: str) -> None:
        super().__init__(f"{name}: {detail}")
        self.place = place
        self.name = name
        self.detail = detail


class NoSuchAccount(errors.NotFound):
    """No account has this id. `others` are those that have it as their name: their ids, with what they are."""

    def __init__(self, id: str, others: Sequence[str]) -> None:
        super().__init__("account", id)
        self.others = tuple(others)


Place = tuple[str | int, ...]
"""Where in a body an object is."""


class NotVerified(Exception):
    """An expectation does not hold. `messages` are what came instead, as the inbox shows them."""

    def __init__(self, detail: str, messages: list[Json]) -> None:
        super().__init__(detail)
        self.messages = messages


class RefusedFields(Exception):
    """Fields that break the contract. `known` gives the names that an object has, for a hint at what may be meant."""

    def __init__(self, problems: Sequence[FieldProblem], known: Callable[[Place], tuple[str, ...] | None]) -> None:
        super().__init__(*problems)
        self.problems = tuple(problems)
        self.known = known


class Kind(NamedTuple):
    """One kind of problem. `say` makes the document's sentence of what was raised, which a text calls `e`."""

    status: int
    word: str
    title: str
    say: str | Callable[[Any], str]


def _text(error: Exception) -> str:
    return str(error)


def _unauthenticated(_: errors.Unauthenticated) -> str:
    return "This server asks for its control token: send it as `Authorization: Bearer TOKEN`."


def _malformed(error: errors.MalformedRequest) -> str:
    where = "" if error.position is None else f": reading stopped at byte {error.position}"
    return f"The body is {error.why}{where}."


def _unsupported(error: errors.UnsupportedContentType) -> str:
    got = f", not {error.content_type}" if error.content_type else ""
    return f"Send the body with `Content-Type: application/json`{got}."


def _misdirected(error: MisdirectedHost) -> str:
    name = error.host or "none"
    return f"The control API does not answer for the host {name}; see --allowed-host."


def _method(error: errors.MethodNotAllowed) -> str:
    return f"{error.path} takes {', '.join(error.allow)}."


def _unknown_path(error: errors.UnknownPath) -> str:
    hint = "" if error.path.startswith("/_emulator") else "; GET /_emulator/apis tells where the APIs are"
    return f"There is no {error.path} here{hint}."


def _conflict(error: errors.StatusConflict) -> str:
    return f"The {error.kind} is {error.current}, so it cannot become {error.wanted}."


def _not_found(error: errors.NotFound) -> str:
    return f"There is no {error.kind} {error.id!r}." if error.id else f"There is no such {error.kind}."


def _no_such_account(error: NoSuchAccount) -> str:
    if not error.others:
        return f"There is no account {error.id!r}; GET /_emulator/accounts lists those that there are."
    return f"There is no account with the id {error.id!r}; by this name there is {', '.join(error.others)}."


TABLE: Mapping[type[Exception], Kind] = {
    errors.Unauthenticated: Kind(401, "unauthenticated", "The control token is missing or wrong", _unauthenticated),
    errors.Forbidden: Kind(403, "forbidden", "It is not allowed", "It is not allowed: {e.why}."),
    errors.RateLimited: Kind(429, "rate-limited", "Too many requests", "At most {e.limit} in the window."),
    errors.UnknownPath: Kind(404, "unknown-path", "There is no such path", _unknown_path),
    errors.MethodNotAllowed: Kind(405, "method-not-allowed", "The path does not take this method", _method),
    errors.PayloadTooLarge: Kind(
        413, "payload-too-large", "The body is too large", "The body is larger than {e.limit_bytes:,} bytes."
    ),
    errors.UnsupportedContentType: Kind(415, "unsupported-content-type", "The body is not JSON", _unsupported),
    errors.MalformedRequest: Kind(400, "malformed-request", "The body cannot be read", _malformed),
    errors.InvalidFields: Kind(422, "invalid-fields", "The request breaks the contract", _text),
    errors.NotFound: Kind(404, "not-found", "There is no such thing", _not_found),
    errors.AlreadyExists: Kind(409, "already-exists", "It exists already", "There is a {e.kind} {e.id!r} already."),
    errors.StatusConflict: Kind(409, "status-conflict", "The current state does not allow it", _conflict),
    errors.SenderNotAllowed: Kind(
        409, "sender-not-allowed", "The sender cannot be used", "The sender {e.sender}: {e.why}."
    ),
    errors.RecipientSuppressed: Kind(
        409, "recipient-suppressed", "The recipient is suppressed", "{e.address}: {e.reason}."
    ),
    errors.NoProvider: Kind(409, "no-provider", "No provider is connected", "For the channel {e.channel}."),
    errors.IdempotencyKeyReused: Kind(
        409, "idempotency-key-reused", "The key was used before", "With another payload: {e.key}."
    ),
    errors.RequestInProgress: Kind(
        409, "request-in-progress", "The first request is not answered yet", "The key is {e.key}."
    ),
    errors.InsufficientFunds: Kind(409, "insufficient-funds", "The wallet does not cover it", "In {e.currency}."),
    errors.NotEmulated: Kind(501, "not-emulated", "This is not emulated", "{e.what} is not emulated."),
    errors.InternalFault: Kind(
        500, "internal-fault", "The emulator failed", "This is a bug of Parrotfish; its log says more."
    ),
    errors.Unavailable: Kind(503, "unavailable", "Not now", "The emulator cannot answer at the moment."),
    MisdirectedHost: Kind(421, "misdirected-host", "The server does not answer for this host", _misdirected),
    CrossOrigin: Kind(
        403,
        "cross-origin",
        "The call comes from another origin",
        "Pages of {e.origin} may not change anything here.",
    ),
    Impossible: Kind(409, "not-possible", "This cannot be done", _text),
    NoSuchAccount: Kind(404, "not-found", "There is no such thing", _no_such_account),
    NotVerified: Kind(409, "not-verified", "The expectation does not hold", _text),
    RefusedFields: Kind(422, "invalid-fields", "The request breaks the contract", _text),
    BadInput: Kind(422, "invalid-fields", "The request breaks the contract", _text),
    ClockBusy: Kind(
        409,
        "clock-busy",
        "The clock is being advanced",
        "Another call is advancing this world's clock; wait until it has ended.",
    ),
    WorldReset: Kind(409, "world-reset", "The world was reset or deleted", "The world was reset or deleted meanwhile."),
    EndlessLoop: Kind(409, "endless-loop", "Timers make new timers without end", "The clock stopped at {e}."),
}


def problem_reply(error: Exception) -> Reply:
    """The answer to a call that was refused, or that met a bug of ours, which is logged."""
    kind = next((TABLE[cls] for cls in type(error).__mro__ if cls in TABLE), None)
    if kind is None:
        log.error("the control API failed", exc_info=error)
        error, kind = errors.InternalFault(), TABLE[errors.InternalFault]
    found = _errors(error)
    detail = kind.say.format(e=error) if isinstance(kind.say, str) else kind.say(error)
    if found:
        detail = "; ".join(f"{each['name'] or each['in']}: {each['detail']}" for each in found)
    document: dict[str, Any] = {"type": _URN + kind.word, "title": kind.title, "status": kind.status, "detail": detail}
    if found:
        document["errors"] = found
    if isinstance(error, NotVerified):
        document["messages"] = error.messages
    reply = json_reply(kind.status, document, _headers(error))
    return Reply(reply.status, reply.body, reply.headers, CONTENT_TYPE)


def detail_of(reply: Reply) -> str:
    """The sentence of a problem document."""
    return str(msgspec.json.decode(reply.body)["detail"])


def _errors(error: Exception) -> list[dict[str, Json]]:
    if isinstance(error, BadInput):
        return [{"in": error.place, "name": error.name, "detail": error.detail}]
    if isinstance(error, errors.InvalidFields | RefusedFields):
        known = error.known if isinstance(error, RefusedFields) else _nothing_known
        return [_field(problem, known(problem.path[:-1])) for problem in error.problems]
    return []


def _nothing_known(_: Place) -> None:
    return None


def _field(problem: FieldProblem, known: tuple[str, ...] | None) -> dict[str, Json]:
    name = ".".join(map(str, problem.path))
    return {"in": problem.place, "name": name, "detail": sentence(problem, known)}


def _headers(error: Exception) -> RawHeaders:
    if isinstance(error, errors.MethodNotAllowed):
        return ((b"allow", ", ".join(error.allow).encode()),)
    if isinstance(error, errors.Unauthenticated):
        return ((b"www-authenticate", b"Bearer"),)
    return ()
