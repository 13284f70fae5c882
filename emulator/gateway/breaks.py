"""Webhooks that go wrong on purpose. Each break changes the one property that it names and leaves all others.

`let_out` decides about an event when it was written down, `sign` about an attempt, and `tell_early` about a call that
has made messages and is not answered yet.
"""

from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace

from emulator.core.clock import HELD_START
from emulator.core.failures import Fault, WebhookBreak, is_open
from emulator.core.outbox import SignedHeaders, WebhookRules
from emulator.core.patterns import fits
from emulator.core.records import Message, WebhookEndpoint, WebhookEvent, recipient_ids
from emulator.gateway import faults
from emulator.gateway.scoping import is_account, is_address
from emulator.gateway.world import ReadyAttempt, World

OF_EVENTS = frozenset({WebhookBreak.DUPLICATE, WebhookBreak.REORDER, WebhookBreak.LATE, WebhookBreak.DROP})
OF_ATTEMPTS = frozenset({WebhookBreak.BAD_SIGNATURE, WebhookBreak.STALE_TIMESTAMP})

_MOST_STEPS = 1_000


def let_out(world: World, event: WebhookEvent) -> None:
    """Let an event's first attempt fall due, as the faults will have it."""
    held_back = _held_back_for(world, event)
    fault = None
    if not held_back:
        fault = faults.first_in_turn(world, lambda each: each.kind in OF_EVENTS and _touches(world, each, event))
    if fault is None:
        _fall_due(world, event.id)
        for id in held_back:
            _fall_due(world, id)
        return
    faults.note(world, fault, event.message_id or event.id, f"{event.type} {event.id}")
    _LET_OUT[WebhookBreak(fault.kind)](world, fault, event)


def _fall_due(world: World, event_id: str) -> None:
    world.ready.append(ReadyAttempt(event_id, "scheduled", world.clock.now))


def _drop(world: World, _fault: Fault, event: WebhookEvent) -> None:
    world.store.webhook_events.put(replace(event, state="dropped"))


def _duplicate(world: World, _fault: Fault, event: WebhookEvent) -> None:
    _fall_due(world, event.id)
    world.ready.append(ReadyAttempt(event.id, "duplicate", world.clock.now))


def _late(world: World, fault: Fault, event: WebhookEvent) -> None:
    due_at = world.clock.now + (fault.longest or timedelta())
    world.store.webhook_events.put(replace(event, first_due_at=due_at))
    world.clock.call_at(due_at, "attempt", event.id)


def _reorder(world: World, fault: Fault, event: WebhookEvent) -> None:
    """Hold an event back until the next one to the same receiver, or as long as the fault says at most."""
    due_at = world.clock.now + (fault.longest or timedelta())
    world.store.webhook_events.put(replace(event, first_due_at=due_at))
    world.store.faults.put(replace(fault, holding=(*fault.holding, event.id)))
    world.clock.call_at(due_at, "release", event.id)


_LET_OUT = {
    WebhookBreak.DROP: _drop,
    WebhookBreak.DUPLICATE: _duplicate,
    WebhookBreak.LATE: _late,
    WebhookBreak.REORDER: _reorder,
}


def release(world: World, event_id: str) -> None:
    """Nothing followed an event that was to come after the next one: it comes now."""
    for fault in world.store.faults:
        if event_id in fault.holding:
            _let_go(world, fault, (event_id,))
            _fall_due(world, event_id)


def _held_back_for(world: World, event: WebhookEvent) -> tuple[str, ...]:
    """The events that waited for this one, no longer held."""
    found: list[str] = []
    for fault in world.store.faults:
        ours = tuple(id for id in fault.holding if _same_receiver(world.store.webhook_events[id], event))
        if ours:
            _let_go(world, fault, ours)
            found.extend(ours)
    return tuple(found)


def _let_go(world: World, fault: Fault, ids: Sequence[str]) -> None:
    world.store.faults.put(replace(fault, holding=tuple(id for id in fault.holding if id not in ids)))


def _same_receiver(one: WebhookEvent, other: WebhookEvent) -> bool:
    return (one.account_id, one.endpoint_id, one.url) == (other.account_id, other.endpoint_id, other.url)


def sign(world: World, event: WebhookEvent, endpoint: WebhookEndpoint | None, rules: WebhookRules) -> SignedHeaders:
    """The headers of an attempt, as the faults will have them."""
    fault = faults.first_in_turn(world, lambda each: each.kind in OF_ATTEMPTS and _touches(world, each, event))
    if fault is None:
        return rules.sign(event, endpoint, world.clock.now)
    faults.note(world, fault, event.message_id or event.id, f"{event.type} {event.id}")
    if fault.kind is WebhookBreak.STALE_TIMESTAMP:
        return rules.sign(event, endpoint, world.clock.now - (fault.longest or timedelta()))
    return rules.sign(event, _with_another_secret(event, endpoint), world.clock.now)


def _with_another_secret(event: WebhookEvent, endpoint: WebhookEndpoint | None) -> WebhookEndpoint:
    if endpoint is not None:
        return replace(endpoint, secret=another_secret(endpoint.secret))
    # A bare address: what its API signs with then is the dialect's, but hardly this.
    return WebhookEndpoint(
        id=event.id,
        api=event.api,
        account_id=event.account_id,
        url=event.url,
        secret=another_secret(""),
        created_at=event.created_at,
    )


def another_secret(secret: str) -> str:
    """A secret of the same form that is not the same: one letter or digit in its middle is the next one."""
    for place in sorted(range(len(secret)), key=lambda place: abs(place - len(secret) // 2)):
        mark = secret[place]
        for first, last in ("09", "af", "gz", "AF", "GZ"):
            if first <= mark <= last:
                other = chr(ord(mark) + 1) if mark < last else first
                return f"{secret[:place]}{other}{secret[place + 1 :]}"
    return f"{secret}0"


def is_signed(rules: WebhookRules, api: str) -> bool:
    """Whether the headers of an attempt depend on the endpoint's secret."""
    event, endpoint = _probe(api)
    headers = rules.sign(event, endpoint, event.created_at)
    return headers != rules.sign(event, _with_another_secret(event, endpoint), event.created_at)


def is_stamped(rules: WebhookRules, api: str) -> bool:
    """Whether the headers of an attempt depend on its moment."""
    event, endpoint = _probe(api)
    at = event.created_at
    return rules.sign(event, endpoint, at) != rules.sign(event, endpoint, at - timedelta(days=1))


def _probe(api: str) -> tuple[WebhookEvent, WebhookEndpoint]:
    """An event that nobody is told, to see how an API signs."""
    url, secret = "http://127.0.0.1/probe", "probe-secret-0123456789"
    event = WebhookEvent(
        id="probe",
        wire_id="probe",
        api=api,
        account_id="probe",
        endpoint_id="probe",
        url=url,
        type="probe",
        body=b"{}",
        created_at=HELD_START,
    )
    endpoint = WebhookEndpoint(id="probe", api=api, account_id="probe", url=url, secret=secret, created_at=HELD_START)
    return event, endpoint


def tell_early(world: World, message_ids: Sequence[str]) -> tuple[ReadyAttempt, ...]:
    """Attempts to be made before the call that made these messages is answered.

    What would happen to such a message later happens at once, up to the first event that a fault wants told early.
    """
    early: list[ReadyAttempt] = []
    for id in message_ids:
        message = world.store.messages[id]
        is_wanted = any(_concerns(world, each, message) for each in world.store.faults)
        if is_wanted and _live_until_told(world, message):
            early.extend(_taken_out(world, message.id))
    return tuple(early)


def _concerns(world: World, fault: Fault, message: Message) -> bool:
    """Whether a fault may want an event of a message told early."""
    scope = fault.scope
    if fault.kind is not WebhookBreak.BEFORE_RESPONSE or not fits(scope.api, message.api):
        return False
    if not is_open(scope, fault.used, world.clock.now):
        return False
    addresses = (world.store.recipients[id].address for id in recipient_ids(message))
    return is_account(world, scope.account, scope.account_ids, message.account_id) and any(
        is_address(world, scope.recipient, message.api, message.channel, address) for address in addresses
    )


def _live_until_told(world: World, message: Message) -> bool:
    """Let a message's life go on now until it made an event that is to be told early; False if there is none."""
    from emulator.gateway.timers import RUN  # noqa: PLC0415 - the table of timers knows this module

    told = world.store.webhook_events_by_message
    ids = frozenset(recipient_ids(message))
    seen = len(told.ids(message.id))
    for _ in range(_MOST_STEPS):
        timer = world.clock.take_next(lambda each: each.subject in ids and each.kind in ("hand-over", "script"))
        if timer is None:
            return False
        RUN[timer.kind](world, timer.subject, timer.step)
        new, seen = told.ids(message.id)[seen:], len(told.ids(message.id))
        for id in new:
            event = world.store.webhook_events[id]
            fault = faults.first_in_turn(world, lambda each, event=event: _is_early(world, each, event))
            if fault is not None:
                faults.note(world, fault, message.id, f"{event.type} {event.id}")
                return True
    return False


def _is_early(world: World, fault: Fault, event: WebhookEvent) -> bool:
    return fault.kind is WebhookBreak.BEFORE_RESPONSE and _touches(world, fault, event)


def _taken_out(world: World, message_id: str) -> list[ReadyAttempt]:
    """Take a message's attempts out of those that are due."""
    ids = world.store.webhook_events_by_message.ids(message_id)
    ours = [each for each in world.ready if each.event_id in ids]
    rest = [each for each in world.ready if each not in ours]
    world.ready.clear()
    world.ready.extend(rest)
    return ours


def _touches(world: World, fault: Fault, event: WebhookEvent) -> bool:
    scope = fault.scope
    return (
        fits(scope.api, event.api)
        and fits(scope.type, event.type)
        and is_account(world, scope.account, scope.account_ids, event.account_id)
        and (scope.recipient is None or _is_about(world, fault, event))
    )


def _is_about(world: World, fault: Fault, event: WebhookEvent) -> bool:
    recipient = world.store.recipients.get(event.recipient_id) if event.recipient_id else None
    if recipient is None:
        return False
    message = world.store.messages[recipient.message_id]
    return is_address(world, fault.scope.recipient, message.api, message.channel, recipient.address)
