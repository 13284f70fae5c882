"""A send, whoever asks for it (the API's caller, a campaign, the sandbox): judged in this API's order, then accepted.

Order: what it names (404), what depends on it (400), permission and policy (403), consent, suppression and session
(422), the daily limit of newsletters (429), the device (404), the balance (402). A refusal leaves no trace.

Source: Arowana documentation, "Messages" and the seed, read 2026-11; the order among the checks is partly assumed.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec

from emulator.core import suppressions, wallet
from emulator.core.errors import Forbidden, Json, RecipientSuppressed
from emulator.core.records import EMPTY, Account, Channel, Contact, Content, Conversation, Message
from emulator.core.store import Store
from emulator.dialects.arowana import consent_records, people, sessions, subscribers, tiers, topups
from emulator.dialects.arowana.parse import check_parts, find_template, read_ttl, say, unit_of
from emulator.dialects.arowana.senders import Sender, find_sender, require_ready, test_sender
from emulator.dialects.arowana.tiers import Standing
from emulator.dialects.arowana.vocabulary import (
    API,
    BLOCKING,
    CHANNEL_WORDS,
    CONSENT_WORDS,
    CONVERSATION,
    EMAIL,
    MAU,
    MESSAGE,
    NEWSLETTER,
    NOTICE_SENDER,
    RCS,
)
from emulator.gateway import rules
from emulator.gateway.sending import SendRequest, send
from emulator.gateway.world import World
from emulator.providers.catalogue import magic_outcome


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """A message that was accepted, what is held for it, and whether it is the one that `pays` for its unit."""

    message: Message
    unit: str
    hold_micros: int
    standing: Standing
    pays: bool


class Person(msgspec.Struct, frozen=True, gc=False):
    """Whom a message goes to: the oldest contact with the address, if there is one, and the session that goes on."""

    contact: Contact | None
    session: Conversation | None


def _anyone() -> None:
    return None


def send_on_behalf(
    world: World,
    account: Account,
    members: Mapping[str, Any],
    *,
    permit: Callable[[], None] = _anyone,
    run: Mapping[str, Json] = EMPTY,
    free: bool = False,
) -> Accepted:
    """Send what a body in this API's own form asks for; the contract has looked at it.

    `permit` refuses callers that may not send; it is asked at its place in the order. `run` has the `campaign_id` of
    the campaign that the message belongs to and the `contact_id` whose turn it is. `free` makes it a message of the
    sandbox: from the shared test agent, whatever `agent_id` says, and at no cost.

    Raises `NotFound`, `InvalidFields`, `Forbidden`, `RecipientSuppressed`, `DailyLimitReached`, `InsufficientFunds`.
    """
    store = world.store
    sender = test_sender() if free else find_sender(store, account.id, members)
    # The sandbox takes none, so the contract has not looked at such members.
    template = find_template(store, account.id, members) if "template_id" in members and not free else None
    check_parts(sender.channel, template, members)
    permit()
    message_type = str(members.get("message_type", MESSAGE))
    require_ready(sender, message_type)
    said = say(sender.channel, template, members)
    person = _screen(world, account, sender, str(members["to"]), message_type, said.content)
    unit = unit_of(sender.channel, message_type, said.content)
    traffic_type = members.get("traffic_type") if sender.channel is RCS else None
    extras = _facts(sender.channel_id, message_type, unit, traffic_type)
    if run:
        extras = {**extras, **run}
    if said.template is not None:
        extras = {**extras, "template": said.template}
    if free:
        extras = {**extras, "free": True}
    return _accept(world, account, sender, members, said.content, extras, person)


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
    unit = unit_of(sender.channel, str(members["message_type"]), say(sender.channel, template, members).content)
    tier = tiers.standing(store, account_id, sender.channel, at=world.clock.now).tier
    return tiers.price_micros(store.accounts[account_id], sender.channel, unit, tier)


def send_notice(
    world: World,
    account_id: str,
    channel: Channel,
    address: str,
    content: Content,
    extras: Mapping[str, Json] = EMPTY,
) -> Message:
    """Let the platform itself write to a person for a workspace: it costs nothing, and stands in no log of the API.

    Raises `RecipientSuppressed`.
    """
    return send(
        world,
        SendRequest(
            api=API,
            account_id=account_id,
            environment="live",
            channel=channel,
            sender=NOTICE_SENDER if channel is EMAIL else API.capitalize(),
            addresses=(address,),
            content=content,
            unit_micros=0,
            extras=extras,
        ),
    )


def _screen(world: World, account: Account, sender: Sender, to: str, message_type: str, content: Content) -> Person:
    """Whether this person may be written to; gives what is known of them, the session only if there must be one."""
    store, channel, now = world.store, sender.channel, world.clock.now
    contacts = people.contacts_of(store, account.id, to)
    for contact in contacts:
        blocked = BLOCKING.get(contact.status)
        if blocked is not None and message_type in blocked.get(channel, ()):
            raise RecipientSuppressed(to, f"Contact status is {contact.status}.")
    is_listed = suppressions.find(store, account.id, channel, to, "live") is not None
    outcome = magic_outcome(channel, to)
    if outcome is not None and _is_scripted(world, account, channel, to, content):
        outcome = None
    if is_listed or outcome == "blocked":
        raise RecipientSuppressed(to, "The address is suppressed.")
    session = None
    if message_type == CONVERSATION:
        session = sessions.open_session(store, account.id, sender.address, to)
        if session is None:
            raise Forbidden("no-session")
    else:
        _require_consent(store, contacts, channel, message_type)
    if channel is RCS:
        if message_type == NEWSLETTER:
            subscribers.check_daily_limit(store, sender.address, to, at=now)
        if outcome == "no-capability" or not people.is_rcs_capable(account, to):
            raise Forbidden("device")
    return Person(contacts[0] if contacts else None, session)


def _is_scripted(world: World, account: Account, channel: Channel, to: str, content: Content) -> bool:
    """Whether a provider rule says what becomes of a message, whatever its address asks for."""
    addressed = rules.Addressed(API, account.id, "live", channel, content, to)
    return bool(world.store.rules.rows) and rules.governs(world, addressed)


def _require_consent(store: Store, contacts: Sequence[Contact], channel: Channel, message_type: str) -> None:
    """A newsletter needs consent; an ordinary message only that it was not withdrawn. Raises `Forbidden`.

    Of several contacts with the number each speaks for the person: one consent is enough, one withdrawal too (assumed).
    """
    statuses = consent_records.statuses(store, contacts, channel, message_type)
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
    extras: Mapping[str, Json],
    person: Person,
) -> Accepted:
    """Take the message. Raises `InsufficientFunds`, before anything is written."""
    store, now, to, session = world.store, world.clock.now, str(members["to"]), person.session
    unit, channel = str(extras["unit"]), sender.channel
    standing = tiers.standing(store, account.id, channel, at=now)
    pays = "free" not in extras and _pays(store, sender, to, unit, session, at=now)
    hold_micros = tiers.price_micros(account, channel, unit, standing.tier) if pays else 0
    contact = person.contact
    if contact is None:
        # The gateway looks at the money as well, but a refusal must leave no new contact behind either.
        wallet.require(store, account.id, hold_micros)
        contact = people.add_contact(world, account.id, to)
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
            # In a campaign it is the contact whose turn it is, whoever else has the address.
            contact_id=str(extras["contact_id"]) if "contact_id" in extras else contact.id,
            conversation_id=session.id if session is not None else None,
            is_screened=True,
            extras=extras,
        ),
    )
    if pays:
        standing = tiers.count(world, account.id, channel, standing)
    if session is not None:
        sessions.enter_message(world, session, message, pays=pays)
    if unit == MAU:
        subscribers.enter_message(world, message, to, pays=pays)
    topups.after_balance_change(world, account.id)
    return Accepted(message, unit, hold_micros, standing, pays)


def _pays(store: Store, sender: Sender, to: str, unit: str, session: Conversation | None, *, at: datetime) -> bool:
    """Whether a message is the one of its unit that is charged: the first of a session, the first of a month."""
    if session is not None:
        return not sessions.is_paid(session)
    return unit != MAU or not subscribers.is_paid(store, sender.address, to, at=at)
