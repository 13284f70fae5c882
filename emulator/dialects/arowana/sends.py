"""A send, whoever asks for it (the API's caller, a campaign, the sandbox): judged in this API's order, then accepted.

Order: what it names (404), what depends on it (400), permission and policy (403), consent, suppression and session
(422), the daily limit of newsletters (429), the device (404), the balance (402). A refusal leaves no trace.

Source: Arowana documentation, "Messages" and the seed, read 2026-11; the order among the checks is partly assumed.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec

from emulator.core import suppressions, wallet
from emulator.core.errors import Forbidden, Json, RecipientSuppressed
from emulator.core.records import EMPTY, Account, Channel, Content, Conversation, Message
from emulator.core.store import Store
from emulator.dialects.arowana import consent_records, people, sessions, subscribers, tiers, topups
from emulator.dialects.arowana.parse import check_parts, find_template, read_ttl, say, template_as_sent, unit_of
from emulator.dialects.arowana.senders import Sender, find_sender, require_ready, test_sender
from emulator.dialects.arowana.vocabulary import (
    API,
    BLOCKING,
    CHANNEL_WORDS,
    CONSENT_WORDS,
    CONVERSATION,
    MAU,
    MESSAGE,
    NEWSLETTER,
    RCS,
    SHARED_UNITS,
    TIERS,
    Tier,
)
from emulator.gateway import rules
from emulator.gateway.sending import SendRequest, send
from emulator.gateway.world import World
from emulator.providers.catalogue import magic_outcome


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """A message that was accepted, what is held for it, and whether it is the one that `pays` for its unit.

    `tier` is the one that it was sent in, `volume` the channel's, the message included.
    """

    message: Message
    unit: str
    hold_micros: int
    tier: Tier
    volume: int
    pays: bool


def send_on_behalf(
    world: World,
    account: Account,
    members: Mapping[str, Any],
    *,
    may_send: bool = True,
    run: Mapping[str, Json] = EMPTY,
    free: bool = False,
) -> Accepted:
    """Send what a body in this API's own form asks for; the contract has looked at it.

    A caller that may not send is refused at that check's place in the order. `run` has the `campaign_id` of
    the campaign that the message belongs to and the `contact_id` whose turn it is. `free` makes it a message of the
    sandbox: from the shared test agent, whatever `agent_id` says, and at no cost.

    Raises `NotFound`, `InvalidFields`, `Forbidden`, `RecipientSuppressed`, `DailyLimitReached`, `InsufficientFunds`.
    """
    store = world.store
    sender = test_sender() if free else find_sender(store, account.id, members)
    # The sandbox takes none, so the contract has not looked at such members.
    template = find_template(store, account.id, members) if "template_id" in members and not free else None
    check_parts(sender.channel, template, members)
    if not may_send:
        raise Forbidden("may-not-send")
    message_type: str = members.get("message_type", MESSAGE)
    require_ready(sender, message_type)
    content = say(sender.channel, template, members)
    unit = unit_of(sender.channel, message_type, content)
    traffic_type = members.get("traffic_type") if sender.channel is RCS else None
    extras = _facts(sender.channel_id, message_type, unit, traffic_type)
    if run:
        extras = {**extras, **run}
    if template is not None:
        extras = {**extras, "template": template_as_sent(members)}
    if free:
        extras = {**extras, "free": True}
    return _accept(world, account, sender, members, content, extras)


# Most messages carry no more than this, and share it.
@lru_cache(maxsize=1024)
def _facts(channel_id: str, message_type: str, unit: str, traffic_type: str | None) -> Mapping[str, Json]:
    facts = {"channel_id": channel_id, "message_type": message_type, "unit": unit, "traffic_type": traffic_type}
    return MappingProxyType(facts)


def estimate_micros(world: World, account_id: str, members: Mapping[str, Any]) -> int:
    """What one message of this form costs at most: the price of its unit in the tier of now."""
    store = world.store
    sender = find_sender(store, account_id, members)
    template = find_template(store, account_id, members)
    unit = unit_of(sender.channel, str(members["message_type"]), say(sender.channel, template, members))
    tier = tiers.standing(store, account_id, sender.channel, at=world.clock.now).tier
    return tiers.price_micros(store.accounts[account_id], sender.channel, unit, tier)


def _screen(
    world: World,
    account: Account,
    sender: Sender,
    contact_ids: Sequence[str],
    to: str,
    message_type: str,
    content: Content,
) -> Conversation | None:
    """Whether the person whom these contacts are may be written to; gives the session if there must be one."""
    store, channel = world.store, sender.channel
    for id in contact_ids:
        status = store.contacts.rows[id].status
        if status in BLOCKING and message_type in BLOCKING[status].get(channel, ()):
            raise RecipientSuppressed(to, f"Contact status is {status}.")
    outcome = magic_outcome(channel, to)
    if outcome is not None and _is_scripted(world, account, channel, to, content):
        outcome = None
    if outcome == "blocked" or suppressions.find(store, account.id, channel, to, "live") is not None:
        raise RecipientSuppressed(to, "The address is suppressed.")
    session = None
    if message_type == CONVERSATION:
        session = _require_session(store, account.id, sender, to)
    # Of most people no consent is recorded at all, and only a newsletter needs one.
    elif message_type == NEWSLETTER or not store.consents_by_contact.groups.keys().isdisjoint(contact_ids):
        _require_consent(store, contact_ids, channel, message_type)
    if channel is RCS:
        if message_type == NEWSLETTER:
            subscribers.check_daily_limit(store, sender.address, to, at=world.clock.now)
        if outcome == "no-capability" or not people.is_rcs_capable(account, to):
            raise Forbidden("device")
    return session


def _is_scripted(world: World, account: Account, channel: Channel, to: str, content: Content) -> bool:
    """Whether a provider rule says what becomes of a message, whatever its address asks for."""
    addressed = rules.Addressed(API, account.id, "live", channel, content, to)
    return bool(world.store.rules.rows) and rules.governs(world, addressed)


def _require_session(store: Store, account_id: str, sender: Sender, to: str) -> Conversation:
    session = sessions.open_session(store, account_id, sender.address, to)
    if session is None:
        raise Forbidden("no-session")
    return session


def _require_consent(store: Store, contact_ids: Sequence[str], channel: Channel, message_type: str) -> None:
    """A newsletter needs consent; an ordinary message only that it was not withdrawn. Raises `Forbidden`.

    All contacts with the address count, as each speaks for the person: one consent is enough, one withdrawal too
    (assumed).
    """
    statuses = consent_records.statuses(store, contact_ids, channel, message_type)
    if "revoked" in statuses:
        raise Forbidden("consent-revoked", channel=CHANNEL_WORDS[channel], message_type=message_type)
    if message_type == NEWSLETTER and "granted" not in statuses:
        status = f"Consent status is {CONSENT_WORDS['pending']}." if statuses else "There is no consent record."
        raise Forbidden("consent-required", detail=status, channel=CHANNEL_WORDS[channel], message_type=message_type)


def _accept(
    world: World,
    account: Account,
    sender: Sender,
    members: Mapping[str, Any],
    content: Content,
    extras: Mapping[str, Any],
) -> Accepted:
    """Take the message, if the person may get it and the money is there; nothing is written before that is known."""
    store, now, to = world.store, world.clock.now, members["to"]
    channel, unit = sender.channel, extras["unit"]
    contact_ids = people.ids_of(store, account.id, to)
    session = _screen(world, account, sender, contact_ids, to, extras["message_type"], content)
    standing = tiers.standing(store, account.id, channel, at=now)
    pays = "free" not in extras and (unit not in SHARED_UNITS or _pays(store, sender, to, session, at=now))
    tier, volume = TIERS[standing.place], standing.volume
    hold_micros = tiers.price_micros(account, channel, unit, tier) if pays else 0
    # In a campaign it is the contact whose turn it is, whoever else has the address.
    contact_id = extras.get("contact_id") or (contact_ids[0] if contact_ids else None)
    if contact_id is None:
        # The gateway looks at the money as well, but a refusal must leave no new contact behind either.
        wallet.require(store, account.id, hold_micros)
        contact_id = people.add_contact(world, account.id, to).id
    message = send(
        world,
        SendRequest(
            api=API,
            account_id=account.id,
            environment="live",
            channel=channel,
            sender=sender.address,
            addresses=(to,),
            content=content,
            expires_at=now + read_ttl(members["ttl"]) if channel is RCS and "ttl" in members else None,
            unit_micros=hold_micros,
            contact_id=contact_id,
            conversation_id=session.id if session is not None else None,
            is_screened=True,
            extras=extras,
        ),
    )
    if pays:
        volume = tiers.count(world, account.id, channel, standing)
    if session is not None:
        sessions.enter_message(world, session, message, pays=pays)
    if unit == MAU:
        subscribers.enter_message(world, message, to, pays=pays)
    topups.after_balance_change(world, account.id)
    return Accepted(message, unit, hold_micros, tier, volume, pays)


def _pays(store: Store, sender: Sender, to: str, session: Conversation | None, *, at: datetime) -> bool:
    """Whether a message is the one of a shared unit that is charged: the first of a session, the first of a month."""
    if session is not None:
        return not sessions.is_paid(session)
    return not subscribers.is_paid(store, sender.address, to, at=at)
