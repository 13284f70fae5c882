"""What follows from an event of a message, beside its status and its hold.

Source: Arowana documentation, "Contacts" and "Consent", read 2026-11; what a STOP does is the emulator's own.
"""

from emulator.core import suppressions
from emulator.core.lifecycle import STATUS_OF_EVENT
from emulator.core.records import Event, EventType, InboundMessage, Message, Recipient
from emulator.core.suppressions import is_stop_word
from emulator.dialects.arowana import (
    agent_life,
    campaign_runs,
    consent_records,
    people,
    sessions,
    subscribers,
    test_agent,
    topups,
)
from emulator.dialects.arowana.statuses import is_hard
from emulator.dialects.arowana.vocabulary import (
    APPROVED,
    BLOCKED,
    BOUNCED,
    CONVERSATION_UNIT,
    EMAIL,
    MAU,
    NEWSLETTER,
    RCS,
    SOFT_BOUNCES_LAST,
)
from emulator.gateway.world import World
from emulator.providers.catalogue import magic_outcome

_E = EventType
_ENDS = frozenset({_E.FAILED, _E.EXPIRED, _E.CANCELED, _E.BOUNCED, _E.SUPPRESSED})
_ARRIVALS = frozenset({_E.DELIVERED, _E.READ})
_UNSUBSCRIBED = _E.UNSUBSCRIBED  # before Python 3.12 an enum's member costs as much as a call
_WITHDRAWALS = {_E.COMPLAINED: "complaint", _E.UNSUBSCRIBED: "unsubscribe"}


def on_event(world: World, message: Message, recipient: Recipient, event: Event) -> None:
    """Let an event have its effects. A report that came twice has none the second time."""
    if message.contact_id is None or event.repeats:
        return
    unit = message.extras["unit"]
    # A late report that moves no status ends nothing: the message was delivered, or had failed before.
    if event.type in _ENDS and STATUS_OF_EVENT.get(event.type) is recipient.status:
        if unit == CONVERSATION_UNIT:
            sessions.note_failed(world, message)
        elif unit == MAU:
            subscribers.note_failed(world, message, recipient.address, charged=recipient.charged_micros > 0)
        topups.after_balance_change(world, message.account_id)
    elif unit == CONVERSATION_UNIT and event.type in _ARRIVALS:
        sessions.note_delivered(world, message)
    if "campaign_id" in message.extras:
        campaign_runs.after_event(world, message, recipient, event)
    if message.channel is EMAIL:
        _on_mail_event(world, message, recipient, event)
    elif event.type is _UNSUBSCRIBED:
        _set_status(world, message.contact_id, BLOCKED)


def _on_mail_event(world: World, message: Message, recipient: Recipient, event: Event) -> None:
    if event.type in _WITHDRAWALS:
        _withdraw(world, message, recipient, _WITHDRAWALS[event.type])
    elif event.type is _E.BOUNCED and not event.hard:
        # The provider goes on trying, but not for ever.
        world.clock.call_in(SOFT_BOUNCES_LAST, "expiry", recipient.id)
    elif event.type in _ENDS and event.type is not _E.CANCELED and is_hard(event):
        _suppress(world, message, recipient)


def _withdraw(world: World, message: Message, recipient: Recipient, cause: str) -> None:
    """Take back the consent to newsletters by mail. The magic recipient `stop` wants nothing at all any more."""
    assert message.contact_id is not None
    consent_records.withdraw(world, message.contact_id, EMAIL, NEWSLETTER, cause)
    if magic_outcome(EMAIL, recipient.address) == "stop":
        _set_status(world, message.contact_id, BLOCKED)


def _suppress(world: World, message: Message, recipient: Recipient) -> None:
    """Keep mail from an address that bounced hard. Magic recipients stay usable."""
    assert message.contact_id is not None
    if magic_outcome(EMAIL, recipient.address) is not None:
        return
    suppressions.suppress(
        world.store, world.ids, message.account_id, EMAIL, recipient.address, "hard_bounce", at=world.clock.now
    )
    _set_status(world, message.contact_id, BOUNCED)


def _set_status(world: World, contact_id: str, status: str) -> None:
    contact = world.store.contacts.get(contact_id)
    # A blocked contact stays blocked.
    if contact is not None and contact.status != BLOCKED:
        people.set_status(world, contact, status)


def take_inbound(world: World, message: InboundMessage) -> InboundMessage:
    """Enter a person's reply: contact and session. STOP is an ordinary reply but from the magic recipient `stop`."""
    contact = people.ensure_contact(world, message.account_id, message.sender)
    if message.text and is_stop_word(message.text) and magic_outcome(RCS, message.sender) == "stop":
        people.set_status(world, contact, BLOCKED)
    return sessions.enter_reply(world, message, contact.id)


def receives(world: World, account_id: str, agent_id: str) -> bool:
    """Whether a person can write to an agent: to the workspace's own once it is approved, to the shared one in use."""
    if agent_id == test_agent.AGENT_ID:
        slot = test_agent.slot_of(world.store, account_id)
        return slot is not None and slot.content["status"] == "VERIFIED"
    agent = world.store.resources.get(agent_id)
    is_own = agent is not None and agent.account_id == account_id and agent.kind == agent_life.KIND
    return agent is not None and is_own and agent_life.status_of(agent) == APPROVED
