"""Faults as people write them: exactly one thing that goes wrong, and beside it what it may touch.

`{"api": "…", "operation": "…", "times": 2, "latency": "3s"}`; what goes wrong may also stand in a member `fault`.
A webhook break is the same with `"webhook": "duplicate"`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from emulator.core.errors import Json
from emulator.core.failures import FaultKind, Scope, WebhookBreak
from emulator.core.hints import hint
from emulator.core.moments import read_moment
from emulator.core.spans import EXPECTED, parse_span
from emulator.failures.known import Known
from emulator.failures.members import Members, Path, Unusable, as_list, read_span
from emulator.gateway import breaks
from emulator.gateway.faults import FaultDraft

KINDS: tuple[str, ...] = tuple(kind.value for kind in FaultKind)
BREAKS: tuple[str, ...] = tuple(each.value for each in WebhookBreak)

_ALWAYS = ("api", "recipient", "times", "every", "rate", "from", "until")
ANSWER_SCOPE = (*_ALWAYS, "operation", "credential")
WEBHOOK_SCOPE = (*_ALWAYS, "account", "type", "by")
MEMBERS = (*dict.fromkeys(("name", "fault", *KINDS, "webhook", *ANSWER_SCOPE, *WEBHOOK_SCOPE)),)

_LONGEST = timedelta(hours=1)
_PER = timedelta(minutes=1)

# How late, how stale, or how long at most held back, unless `by` says so.
_USUALLY_BY: Mapping[WebhookBreak, timedelta] = MappingProxyType(
    {
        WebhookBreak.LATE: timedelta(hours=1),
        WebhookBreak.STALE_TIMESTAMP: timedelta(hours=1),
        WebhookBreak.REORDER: timedelta(minutes=1),
    }
)


def read_faults(value: Json, known: Known) -> list[FaultDraft]:
    """Read one fault or a list of them, oldest first. Raises `Unusable`."""
    return [_read_fault(item, path, known) for path, item in as_list(value)]


def _read_fault(value: Json, path: Path, known: Known) -> FaultDraft:
    members = Members(value, path, MEMBERS)
    what = Members(members.values["fault"], (*path, "fault"), (*KINDS, "webhook")) if "fault" in members else members
    words = [name for name in (*KINDS, "webhook") if name in members or name in what]
    if len(words) != 1:
        found = f", not {' and '.join(words)}" if words else ""
        raise Unusable(what.path, f"expected exactly one of {', '.join((*KINDS, 'webhook'))}{found}")
    facts = {"name": members.text("name"), "written": members.values}
    if words[0] == "webhook":
        return _read_break(members, what, known, facts)
    kind = FaultKind(words[0])
    _only(members, ("name", "fault", kind.value, *ANSWER_SCOPE), f"a fault {kind.value}")
    if kind is FaultKind.RATE_LIMIT:
        for name in ("every", "rate"):
            if name in members:
                raise members.refuse(name, "a quota counts every call")
    return FaultDraft(kind=kind, scope=_read_scope(members, known), **facts, **READ[kind](what))


def _read_break(members: Members, what: Members, known: Known, facts: dict[str, Any]) -> FaultDraft:
    word = what.word("webhook", BREAKS)
    assert word is not None
    kind = WebhookBreak(word)
    _only(members, ("name", "fault", "webhook", *WEBHOOK_SCOPE), "a webhook break")
    by = members.span("by")
    if by is not None and kind not in _USUALLY_BY:
        raise members.refuse("by", f"{kind.value} takes no span; {', '.join(_USUALLY_BY)} do")
    scope = _read_scope(members, known)
    _check_break(kind, (*what.path, "webhook"), scope, known)
    return FaultDraft(kind=kind, scope=scope, longest=by or _USUALLY_BY.get(kind), **facts)


def _only(members: Members, known: tuple[str, ...], what: str) -> None:
    for name in members.values:
        if name not in known:
            raise members.refuse(name, f"does not go with {what}; {hint(name, known)}")


def _check_break(kind: WebhookBreak, path: Path, scope: Scope, known: Known) -> None:
    """Refuse to break what no API that is meant has."""
    has = _NEEDS.get(kind)
    apis = known.apis(scope.api)
    if has is None or any(has[0](known.world.policies[name].webhooks, name) for name in apis):
        return
    told = "; ".join(f"{known.titles[name]} {has[1]}" for name in apis)
    raise Unusable(path, told or "no API matches", is_conflict=True)


_NEEDS: Mapping[WebhookBreak, tuple[Callable[..., bool], str]] = MappingProxyType(
    {
        WebhookBreak.BAD_SIGNATURE: (breaks.is_signed, "does not sign its webhooks"),
        WebhookBreak.STALE_TIMESTAMP: (breaks.is_stamped, "has no time in the headers of its webhooks"),
    }
)


def _read_scope(members: Members, known: Known) -> Scope:
    api = members.pattern("api", known=tuple(known.titles))
    account, account_ids = known.account(members, api)
    now = known.world.clock.now
    from_at, until_at = _moment(members, "from", now), _moment(members, "until", now)
    if from_at is not None and until_at is not None and until_at <= from_at:
        raise members.refuse("until", "expected a moment after `from`")
    return Scope(
        api=api,
        operation=members.pattern("operation", known=known.all_operations(api) if "operation" in members else ()),
        recipient=members.pattern("recipient", is_address=True),
        credential=members.pattern("credential"),
        account=account,
        account_ids=account_ids,
        type=members.pattern("type"),
        times=members.whole("times"),
        every=members.whole("every"),
        rate=_rate(members),
        from_at=from_at,
        until_at=until_at,
    )


def _moment(members: Members, name: str, now: datetime) -> datetime | None:
    """A moment of the world's clock, or a span from now on."""
    text = members.text(name)
    if text is None:
        return None
    moment = read_moment(text)
    if moment is not None:
        return moment
    try:
        return now + parse_span(text)
    except (ValueError, OverflowError):
        raise members.refuse(name, f"expected a moment such as 2026-01-02T00:00:00Z; or {EXPECTED}") from None


def _rate(members: Members) -> float | None:
    value = members.values.get("rate")
    if "rate" not in members:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 1:
        raise members.refuse("rate", "expected a number above 0, up to 1")
    return float(value)


def _latency(what: Members) -> dict[str, Any]:
    value = what.values["latency"]
    if not isinstance(value, dict):
        span = _short_span(what, "latency")
        return {"shortest": span, "longest": span}
    bounds = Members(value, (*what.path, "latency"), ("min", "max"))
    for name in ("min", "max"):
        if name not in bounds:
            raise bounds.refuse(name, "is missing")
    shortest, longest = _short_span(bounds, "min"), _short_span(bounds, "max")
    if longest < shortest:
        raise bounds.refuse("max", "expected at least `min`")
    return {"shortest": shortest, "longest": longest}


def _dribble(what: Members) -> dict[str, Any]:
    return {"longest": _short_span(what, "dribble")}


def _hang(what: Members) -> dict[str, Any]:
    return {"longest": None if what.values["hang"] is True else _short_span(what, "hang")}


def _short_span(members: Members, name: str) -> timedelta:
    """A span of real time."""
    span = members.span(name)
    if span is None or span > _LONGEST:
        raise members.refuse(name, f"expected at most {_LONGEST // timedelta(hours=1)}h of real time")
    return span


def _reset(what: Members) -> dict[str, Any]:
    return {"where": what.word("reset", ("before-headers", "in-body"))}


def _truncate(what: Members) -> dict[str, Any]:
    return {"keep": None if what.values["truncate"] is True else what.whole("truncate", least=0)}


def _content_type(what: Members) -> dict[str, Any]:
    text = "text/html" if what.values["content_type"] is True else what.text("content_type")
    if text is None or not (text.isascii() and text.isprintable()):
        raise what.refuse("content_type", "expected a media type such as text/html")
    return {"content_type": text}


def _status(what: Members) -> dict[str, Any]:
    if not isinstance(what.values["status"], dict):
        return {"status": what.whole("status", least=200, most=599)}
    details = Members(what.values["status"], (*what.path, "status"), ("code", "retry_after"))
    code = details.whole("code", least=200, most=599)
    if code is None:
        raise details.refuse("code", "is missing")
    return {"status": code, "retry_after": details.span("retry_after")}


def _rate_limit(what: Members) -> dict[str, Any]:
    if not isinstance(what.values["rate_limit"], dict):
        return {"limit": what.whole("rate_limit", least=0), "window": _PER}
    quota = Members(what.values["rate_limit"], (*what.path, "rate_limit"), ("limit", "per"))
    limit = quota.whole("limit", least=0)
    if limit is None:
        raise quota.refuse("limit", "is missing")
    window = read_span(quota.values["per"], (*quota.path, "per")) if "per" in quota else _PER
    if not window:
        raise quota.refuse("per", "expected more than no time")
    return {"limit": limit, "window": window}


def _plain(name: str) -> Callable[[Members], dict[str, Any]]:
    def read(what: Members) -> dict[str, Any]:
        what.is_set(name)
        return {}

    return read


READ: Mapping[FaultKind, Callable[[Members], dict[str, Any]]] = MappingProxyType(
    {
        FaultKind.LATENCY: _latency,
        FaultKind.DRIBBLE: _dribble,
        FaultKind.RESET: _reset,
        FaultKind.TRUNCATE: _truncate,
        FaultKind.MALFORMED: _plain("malformed"),
        FaultKind.CONTENT_TYPE: _content_type,
        FaultKind.STATUS: _status,
        FaultKind.HANG: _hang,
        FaultKind.RATE_LIMIT: _rate_limit,
        FaultKind.AMBIGUOUS_COMMIT: _plain("ambiguous_commit"),
    }
)
"""How each kind's own value is read. Total over `FaultKind`."""
