"""What becomes of a call that a fault touches: the synchronous part, up to the answer that should leave.

Of some faults the call is never done (`hang`, `status`, a quota that is used up, a reset before the headers); of all
others it is done as usual, and only its answer suffers.
"""

from datetime import timedelta
from typing import NamedTuple

from msgspec.structs import replace

from emulator.core import rates
from emulator.core.errors import RateLimited
from emulator.core.failures import Fault, FaultKind
from emulator.core.rates import RateRule
from emulator.gateway import faults
from emulator.server.dialect import Call, Reply, Wait
from emulator.server.faults.refusing import identify, refusal
from emulator.server.pipeline import answer, run_call, stretch
from emulator.server.stages import mark_in_progress, remember

_UNREADABLE = b'{"'


class Outcome(NamedTuple):
    """What came of a call: its answer, None if there is none to be seen, and the fault that still touches it."""

    reply: Reply | Wait | None
    fault: Fault | None


def do(call: Call, fault: Fault | None) -> Outcome:
    """Do a call as a fault will have it. A `Wait` is to be finished by `settle`."""
    if fault is None:
        return Outcome(answer(call), None)
    if fault.kind is FaultKind.RATE_LIMIT:
        return Outcome(_within_quota(call, fault), None)
    faults.note(call.world, fault, fault.id, f"{call.method} {call.path}")
    if fault.kind is FaultKind.STATUS:
        return Outcome(stretch(call, lambda call: refusal(call, fault.status, fault.retry_after)), None)
    if fault.kind is FaultKind.HANG or fault.where == "before-headers":
        return Outcome(None, fault)
    reply = answer(call)
    return Outcome(reply, fault) if isinstance(reply, Wait) else settle(call, fault, reply)


def settle(call: Call, fault: Fault | None, reply: Reply) -> Outcome:
    """Let a fault touch a finished answer."""
    match fault.kind if fault is not None else None:
        case FaultKind.AMBIGUOUS_COMMIT if fault is not None and reply.status >= 400:
            # Nothing was committed, so there is nothing to be in doubt about.
            faults.give_back(call.world, fault)
            return Outcome(reply, None)
        case FaultKind.MALFORMED:
            return Outcome(replace(reply, body=_cut(reply.body)), None)
        case FaultKind.CONTENT_TYPE if fault is not None:
            return Outcome(replace(reply, content_type=fault.content_type.encode()), None)
        case FaultKind.LATENCY:
            if call.idempotency_key is not None:
                mark_in_progress(call)
        case _:
            pass
    return Outcome(reply, fault)


def come_late(call: Call, reply: Reply) -> None:
    """The answer that was held back leaves: its key is no longer in progress."""
    if call.idempotency_key is not None:
        remember(call, reply)


def wait_of(call: Call, fault: Fault) -> timedelta:
    """How long an answer is held back: by chance, if there is a range."""
    longest = fault.longest or timedelta()
    if longest == fault.shortest:
        return longest
    chance = call.world.ids.chance(f"{faults.quota_key(fault)} latency")
    return fault.shortest + chance * (longest - fault.shortest)


def _within_quota(call: Call, fault: Fault) -> Reply | Wait:
    """Count a call of a known caller, and do it; over the quota, refuse it with the vendor's own 429."""
    rule = RateRule(faults.quota_key(fault), fault.limit, fault.window)
    counted: list[rates.RateState] = []
    refused: list[Call] = []

    def run(call: Call) -> Reply | Wait:
        identify(call)
        store, now = call.world.store, call.now
        try:
            counted.append(rates.take(store, rule, now=now))
        except RateLimited:
            counted.append(rates.look(store, rule, now=now))
            refused.append(call)
            faults.note(call.world, fault, fault.id, f"{call.method} {call.path}")
            raise
        return run_call(call)

    reply = stretch(call, run)
    if counted:
        call.rate = counted[0]
    if not refused:
        faults.give_back(call.world, fault)
    return reply


def _cut(body: bytes) -> bytes:
    """What is no JSON any more, whatever it was."""
    return body[: len(body) // 2] + _UNREADABLE
