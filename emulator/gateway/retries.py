"""A temporary bounce: where an API calls the provider again for it, it ends the call as a failed one does."""

from emulator.core.records import Event, EventType, Message, Recipient, Status
from emulator.gateway.policy import Policy
from emulator.gateway.reporting import enter, report
from emulator.gateway.world import World
from emulator.providers.script import Report, bounces_softly

_ON_THE_WAY = frozenset({Status.SENDING, Status.SENT})
_TIMERS_OF_A_CALL = frozenset({"script", "hand-over"})


def ends_call(policy: Policy, recipient: Recipient, step: Report) -> bool:
    """Whether a report about a recipient is one after which the provider is called again."""
    return policy.retry_soft_bounces and bounces_softly(step) and recipient.status in _ON_THE_WAY


def call_again(world: World, policy: Policy, message: Message, recipient_id: str, step: Report) -> Recipient:
    """Spend one of the retries that failed calls have, too, on a temporary bounce; without one left it failed."""
    recipient = world.store.recipients[recipient_id]
    retries = policy.provider_retries
    type = EventType.RETRY_SCHEDULED if recipient.attempt <= len(retries) else EventType.FAILED
    event = Event(type=type, at=world.clock.now, reason=step.reason, code=step.code, attempt=recipient.attempt)
    changed = enter(world, message, recipient, event)
    if type is EventType.RETRY_SCHEDULED:
        world.clock.call_in(retries[recipient.attempt - 1], "hand-over", recipient_id)
    return changed


def report_by_hand(world: World, recipient_id: str, step: Report, *, url: str | None = None) -> Recipient:
    """Take a report that somebody makes in the provider's place: it has the same consequences.

    What the provider's script had still to say in a call that ends so is dropped. Raises as `report`.
    """
    recipient = report(world, recipient_id, step, url=url)
    message = world.store.messages[recipient.message_id]
    policy = world.policies[message.api]
    if not ends_call(policy, recipient, step):
        return recipient
    while world.clock.take_next(lambda each: each.subject == recipient_id and each.kind in _TIMERS_OF_A_CALL):
        pass
    return call_again(world, policy, message, recipient_id, step)
