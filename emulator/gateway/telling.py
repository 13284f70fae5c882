"""Something happened -> webhook events -> attempts that are due -> what came of them."""

from collections.abc import Iterable

from msgspec.structs import replace

from emulator.core.errors import StatusConflict
from emulator.core.journal import AttemptEntry
from emulator.core.outbox import Announcement, PostOutcome, WebhookRules, settle_attempt
from emulator.core.records import DeliveryAttempt, WebhookEndpoint, WebhookEvent
from emulator.gateway import breaks
from emulator.gateway.world import ReadyAttempt, World


def enqueue(
    world: World,
    announcement: Announcement,
    *,
    api: str,
    account_id: str,
    message_id: str | None = None,
    recipient_id: str | None = None,
    once: bool = False,
) -> WebhookEvent:
    """Write down one event for one endpoint; its first attempt is due now, and with `once` the only one."""
    id = world.ids.uuid("webhook event")
    event = world.store.webhook_events.put(
        WebhookEvent(
            id=id,
            wire_id=announcement.wire_id or id,
            api=api,
            account_id=account_id,
            endpoint_id=announcement.endpoint.id if announcement.endpoint else None,
            url=announcement.url,
            type=announcement.type,
            body=announcement.body,
            created_at=world.clock.now,
            message_id=message_id,
            recipient_id=recipient_id,
        )
    )
    if once:
        world.ready.append(ReadyAttempt(id, "manual", world.clock.now))
    else:
        _let_out(world, event)
    return event


def _let_out(world: World, event: WebhookEvent) -> None:
    """Let an event's first attempt fall due."""
    if world.store.faults.rows:
        breaks.let_out(world, event)
    else:
        world.ready.append(ReadyAttempt(event.id, "scheduled", world.clock.now))


def enqueue_all(world: World, announcements: Iterable[Announcement], *, api: str, account_id: str) -> None:
    """Write down events that concern no message of ours, such as an inbound message."""
    for announcement in announcements:
        enqueue(world, announcement, api=api, account_id=account_id)


def repeat(world: World, message_id: str, recipient_id: str, announcement: Announcement) -> None:
    """Tell an endpoint the last event of a type about a recipient once more: same id on the wire, same bytes."""
    endpoint_id = announcement.endpoint.id if announcement.endpoint else None
    wanted = (recipient_id, announcement.type, endpoint_id, announcement.url)
    store = world.store
    for id in reversed(store.webhook_events_by_message.ids(message_id)):
        told = store.webhook_events[id]
        if (told.recipient_id, told.type, told.endpoint_id, told.url) == wanted:
            new_id, now = world.ids.uuid("webhook event"), world.clock.now
            again = replace(told, id=new_id, created_at=now, first_due_at=None, state="pending", attempts=())
            _let_out(world, store.webhook_events.put(again))
            return


def fall_due(world: World, event_id: str) -> None:
    """A retry's time has come."""
    event = world.store.webhook_events.get(event_id)
    if event is not None and event.state == "pending":
        world.ready.append(ReadyAttempt(event_id, "scheduled", world.clock.now))


def retry_by_hand(world: World, event_id: str) -> WebhookEvent:
    """Let one more attempt fall due now. Raises `NotFound`, or `StatusConflict` when its endpoint is gone."""
    event = world.store.webhook_events[event_id]
    if event.endpoint_id is not None and endpoint_of(world, event) is None:
        raise StatusConflict("webhook event", "its endpoint was deleted", "retry")
    world.ready.append(ReadyAttempt(event_id, "manual", world.clock.now))
    return event


def take_ready(world: World, event_id: str) -> tuple[ReadyAttempt, ...]:
    """Take the attempts of one event that are due out of the row of those that wait to be posted."""
    taken = tuple(each for each in world.ready if each.event_id == event_id)
    for each in taken:
        world.ready.remove(each)
    return taken


def endpoint_of(world: World, event: WebhookEvent) -> WebhookEndpoint | None:
    """The endpoint that an event is for; None for a bare address, or if the endpoint was deleted."""
    return world.store.endpoints.get(event.endpoint_id) if event.endpoint_id else None


def begin_attempt(world: World, ready: ReadyAttempt) -> tuple[WebhookEvent, DeliveryAttempt] | None:
    """Number and sign an attempt; None if there is nothing to post any more."""
    event = world.store.webhook_events.get(ready.event_id)
    if event is None:
        return None
    endpoint = endpoint_of(world, event)
    if event.endpoint_id is not None and endpoint is None:
        world.store.webhook_events.put(replace(event, state="failed"))
        return None
    rules = rules_of(world, event)
    if world.store.faults.rows:
        headers = breaks.sign(world, event, endpoint, rules)
    else:
        headers = rules.sign(event, endpoint, world.clock.now)
    attempt = DeliveryAttempt(
        number=len(event.attempts) + 1,
        trigger=ready.trigger,
        due_at=ready.due_at,
        started_at=world.clock.now,
        headers=headers,
    )
    return event, attempt


def end_attempt(world: World, event_id: str, attempt: DeliveryAttempt, outcome: PostOutcome) -> None:
    """Enter what came of a post, and let the next attempt fall due when the rules say so.

    The number is given here once more: a manual attempt may have ended while this one was on its way.
    """
    event = world.store.webhook_events.get(event_id)
    if event is None:
        return
    duration = world.clock.now - attempt.started_at
    attempt = replace(
        attempt, number=len(event.attempts) + 1, response_duration_ms=int(duration.total_seconds() * 1000)
    )
    settled = world.store.webhook_events.put(settle_attempt(event, attempt, outcome, rules_of(world, event)))
    world.journal.add(world.clock.now, AttemptEntry(event_id, attempt.number))
    next_attempt_at = settled.attempts[-1].next_attempt_at
    if next_attempt_at is not None:
        world.clock.call_at(next_attempt_at, "attempt", event_id)


def rules_of(world: World, event: WebhookEvent) -> WebhookRules:
    """How the event's API tells its customers."""
    return world.policies[event.api].webhooks
