"""Something happened to a recipient: is it legal, who pays, who must be told."""

from msgspec.structs import replace

from emulator.core import suppressions, wallet
from emulator.core.errors import StatusConflict
from emulator.core.journal import StatusEntry
from emulator.core.lifecycle import STATUS_OF_EVENT, may_follow
from emulator.core.records import Event, EventType, Message, Origin, Recipient, Status
from emulator.gateway import telling
from emulator.gateway.policy import Charging, Policy
from emulator.gateway.world import World
from emulator.providers.catalogue import magic_outcome
from emulator.providers.script import Report

# Before Python 3.12 an enum's member costs as much as a call; these are asked for with each event.
_BOUNCED, _HAS_BOUNCED = EventType.BOUNCED, Status.BOUNCED
_NOT_HANDED_OVER = frozenset({Status.SCHEDULED, Status.QUEUED, Status.SUPPRESSED, Status.CANCELED})


def report(
    world: World,
    recipient_id: str,
    step: Report,
    *,
    origin: Origin = Origin.RECEIPT,
    raw: str | None = None,
    url: str | None = None,
) -> Recipient:
    """Take a provider's report about a recipient.

    The event is always written down; the status moves only if the lifecycle allows it. Raises `NotFound`, and
    `StatusConflict` when no provider has been called yet, so none can report.
    """
    recipient = world.store.recipients[recipient_id]
    if recipient.status in _NOT_HANDED_OVER:
        raise StatusConflict("recipient", recipient.status, step.type)
    message = world.store.messages.rows[recipient.message_id]
    event = Event(
        type=step.type,
        at=world.clock.now,
        origin=origin,
        hard=step.hard,
        reason=step.reason,
        code=step.code,
        diagnostic=step.diagnostic,
        url=url,
        repeats=step.repeats,
        raw=raw,
    )
    return enter(world, message, recipient, event)


def cancel(world: World, recipient_id: str) -> Recipient:
    """Take a recipient's message back before it is delivered; what is held for it is given back.

    Raises `NotFound`, and `StatusConflict` when it is too late.
    """
    recipient = world.store.recipients[recipient_id]
    message = world.store.messages[recipient.message_id]
    if not may_follow(world.policies[message.api].lifecycle, recipient.status, Status.CANCELED):
        raise StatusConflict("recipient", recipient.status, "canceled")
    return enter(world, message, recipient, Event(type=EventType.CANCELED, at=world.clock.now))


def settle_hold(world: World, recipient_id: str, *, capture: bool) -> Recipient:
    """Take what is held for a recipient, or give it back, at a moment that no event of the recipient marks.

    A recipient without a hold stays as it is. Raises `NotFound`.
    """
    recipient = world.store.recipients[recipient_id]
    held = recipient.hold_micros
    if not held:
        return recipient
    message = world.store.messages[recipient.message_id]
    facts = (world.store, world.ids, message.account_id)
    if capture:
        wallet.capture(*facts, held, subject=recipient.id, at=world.clock.now)
        settled = replace(recipient, hold_micros=0, charged_micros=recipient.charged_micros + held)
    else:
        wallet.release(*facts, held, subject=recipient.id, at=world.clock.now)
        settled = replace(recipient, hold_micros=0)
    return world.store.recipients.put(settled)


def enter(world: World, message: Message, recipient: Recipient, event: Event) -> Recipient:
    """Write an event into a recipient's life, move its status, settle its money, tell who wants to know.

    `recipient` may carry other changes that are to be written with the event. A status is told once; a report that
    repeats the one before is told again under the same id.
    """
    policy = world.policies[message.api]
    changed = _with_event(policy, recipient, event)
    if policy.charging is not None and changed.price_micros:
        charging = policy.charging if policy.charging_of is None else policy.charging_of(message)
        changed = _settle(world, charging, message, changed, event)
    world.store.recipients.put(changed)
    world.journal.add(event.at, StatusEntry(changed.id, len(changed.events) - 1))
    if policy.suppress_on and not event.repeats:
        _suppress(world, policy, message, changed, event)
    if policy.on_event is not None:
        policy.on_event(world, message, changed, event)
    if event.repeats:
        _tell_again(world, policy, message, changed, event)
    elif event.type in policy.tells_each or not _came_before(recipient, event):
        for announcement in policy.announce(world, message, changed, event):
            telling.enqueue(
                world,
                announcement,
                api=message.api,
                account_id=message.account_id,
                message_id=message.id,
                recipient_id=changed.id,
            )
    return changed


def _came_before(recipient: Recipient, event: Event) -> bool:
    """Whether this status was told already. What moves no status is told each time; a soft bounce settles nothing."""
    type = event.type
    if type not in STATUS_OF_EVENT:
        return False
    return type in [before.type for before in recipient.events if before.hard or type is not _BOUNCED]


def _tell_again(world: World, policy: Policy, message: Message, recipient: Recipient, event: Event) -> None:
    for announcement in policy.announce(world, message, recipient, event):
        telling.repeat(world, message.id, recipient.id, announcement)


def _with_event(policy: Policy, recipient: Recipient, event: Event) -> Recipient:
    events = (*recipient.events, event)
    wanted = STATUS_OF_EVENT.get(event.type)
    soft = recipient.status is _HAS_BOUNCED and not _bounced_hard(recipient)
    if (
        wanted is None
        or (event.type is _BOUNCED and _goes_on(policy, event))
        or not may_follow(policy.lifecycle, recipient.status, wanted, soft=soft)
    ):
        return replace(recipient, events=events, updated_at=event.at)
    if event.reason is None:
        return replace(recipient, status=wanted, events=events, updated_at=event.at)
    return replace(recipient, status=wanted, reason=event.reason, events=events, updated_at=event.at)


def _goes_on(policy: Policy, event: Event) -> bool:
    """Whether somebody tries again after a bounce, the platform or the provider."""
    return (policy.retry_soft_bounces or policy.waits_out_soft_bounces) and not event.hard


def _bounced_hard(recipient: Recipient) -> bool:
    return any(e.hard for e in recipient.events if e.type is EventType.BOUNCED)


def _settle(world: World, charging: Charging, message: Message, recipient: Recipient, event: Event) -> Recipient:
    held, charged = recipient.hold_micros, recipient.charged_micros
    store, ids, account_id = world.store, world.ids, message.account_id
    if held and event.type in charging.capture:
        wallet.capture(store, ids, account_id, held, subject=recipient.id, at=event.at)
        return replace(recipient, hold_micros=0, charged_micros=charged + held)
    # A late report that does not move the status gives no money back: the message was delivered.
    if STATUS_OF_EVENT.get(event.type, recipient.status) is not recipient.status:
        return recipient
    if held and event.type in charging.release:
        wallet.release(store, ids, account_id, held, subject=recipient.id, at=event.at)
        return replace(recipient, hold_micros=0)
    if charged and event.type in charging.refund:
        wallet.refund(store, ids, account_id, charged, subject=recipient.id, at=event.at)
        return replace(recipient, charged_micros=0)
    return recipient


def _suppress(world: World, policy: Policy, message: Message, recipient: Recipient, event: Event) -> None:
    reason = policy.suppress_on.get(event.type)
    if reason is None:
        return
    # Magic recipients stay usable: only the ones whose purpose it is are ever suppressed.
    if event.type is not EventType.UNSUBSCRIBED and magic_outcome(message.channel, recipient.address):
        return
    if _is_soft(event) and not _too_many_soft(world, policy, message, recipient):
        return
    suppressions.suppress(
        world.store,
        world.ids,
        message.account_id,
        message.channel,
        recipient.address,
        reason,
        at=event.at,
        environment=message.environment,
    )


def _is_soft(event: Event) -> bool:
    """Whether an event says that an address took nothing for now; mail whose retries ran out comes back as well."""
    return event.type is EventType.EXPIRED or (event.type is EventType.BOUNCED and not event.hard)


def _too_many_soft(world: World, policy: Policy, message: Message, recipient: Recipient) -> bool:
    if policy.soft_bounces is None or EventType.BOUNCED not in policy.reports.get(message.channel, ()):
        return False
    count = suppressions.count_soft_bounce(
        world.store,
        message.account_id,
        message.channel,
        recipient.address,
        environment=message.environment,
        at=world.clock.now,
        within=policy.soft_bounce_window,
    )
    return count >= policy.soft_bounces
