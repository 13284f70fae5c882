"""A request to send -> a message with its recipients, held money and a first timer."""

from collections.abc import Mapping
from datetime import datetime

from emulator.core import suppressions, wallet
from emulator.core.errors import Json, RecipientSuppressed
from emulator.core.lifecycle import STATUS_OF_EVENT
from emulator.core.pricing import price
from emulator.core.records import (
    EMPTY,
    Channel,
    Content,
    Event,
    EventType,
    Message,
    Recipient,
    Record,
    recipient_id,
)
from emulator.gateway import rules
from emulator.gateway.policy import Policy, Screening
from emulator.gateway.world import World
from emulator.providers.catalogue import magic_outcome

# Before Python 3.12 an enum's member costs as much as a call; these are asked for with each send.
_AT_SEND = Screening.AT_SEND
_SCHEDULED, _QUEUED = EventType.SCHEDULED, EventType.QUEUED


class SendRequest(Record, frozen=True, kw_only=True):
    """What an account asks to be sent, in our words. `scheduled_at` in the past means now.

    `unit_micros` is what one recipient costs where the API's own rules say it, instead of a rate for the channel;
    `rates` are the caller's own, instead of the policy's.
    `expires_at` ends the message's validity, if the caller asked for one. `is_screened` says that the API has looked
    for suppressions itself, at their place in its own order of checks.
    """

    api: str
    account_id: str
    environment: str
    channel: Channel
    sender: str | None
    addresses: tuple[str, ...]
    content: Content
    external_id: str | None = None
    endpoint_url: str | None = None
    scheduled_at: datetime | None = None
    expires_at: datetime | None = None
    unit_micros: int | None = None
    rates: Mapping[Channel, int] | None = None
    contact_id: str | None = None
    conversation_id: str | None = None
    idempotency_key: str | None = None
    is_screened: bool = False
    extras: Mapping[str, Json] = EMPTY


def send(world: World, request: SendRequest) -> Message:
    """Accept a message. It checks first and writes last, so a refusal leaves no trace.

    Raises `RecipientSuppressed` where the API screens at send, and `InsufficientFunds`.
    """
    policy = world.policies[request.api]
    now = world.clock.now
    if policy.screening is _AT_SEND and not request.is_screened:
        _screen(world, request)
    usual = price(policy.rates if request.rates is None else request.rates, request.channel, request.content)
    unit_micros = usual.micros if request.unit_micros is None else request.unit_micros
    costs = policy.charging is not None and unit_micros != 0
    if costs:
        wallet.require(world.store, request.account_id, unit_micros * len(request.addresses))
    id = policy.new_message_id(world)
    starts_at = now if request.scheduled_at is None or request.scheduled_at < now else request.scheduled_at
    scheduled = starts_at > now
    event = Event(type=_SCHEDULED if scheduled else _QUEUED, at=now)
    # Two by their places: a call with more than fifteen names makes a dict first, which costs more than the rest of it.
    message = Message(
        id,
        request.api,
        account_id=request.account_id,
        environment=request.environment,
        channel=request.channel,
        sender=request.sender,
        content=request.content,
        created_at=now,
        starts_at=starts_at,
        expires_at=request.expires_at,
        recipient_count=len(request.addresses),
        contact_id=request.contact_id,
        conversation_id=request.conversation_id,
        external_id=request.external_id,
        endpoint_url=request.endpoint_url,
        idempotency_key=request.idempotency_key,
        extras=request.extras,
    )
    message = world.store.messages.put(policy.take_message(world, message))
    hold_micros = charged_micros = 0
    if costs:
        hold_micros, charged_micros = _take_money(world, policy, message, unit_micros)
    status = STATUS_OF_EVENT[event.type]
    ends_at = _end_of_validity(policy, message)
    for place, address in enumerate(request.addresses):
        id_of_recipient = recipient_id(id, place)
        world.store.recipients.put(
            Recipient(
                id=id_of_recipient,
                message_id=id,
                address=address,
                status=status,
                updated_at=now,
                segments=usual.segments,
                price_micros=unit_micros,
                hold_micros=hold_micros,
                charged_micros=charged_micros,
                events=(event,),
            )
        )
        world.clock.call_at(starts_at + policy.pick_up_after, "hand-over", id_of_recipient)
        if ends_at is not None:
            world.clock.call_at(ends_at, "expiry", id_of_recipient)
    return message


def _screen(world: World, request: SendRequest) -> None:
    for address in request.addresses:
        known = suppressions.find(world.store, request.account_id, request.channel, address, request.environment)
        if known is not None:
            raise RecipientSuppressed(address, known.reason)
        if magic_outcome(request.channel, address) == "blocked" and not _is_scripted(world, request, address):
            raise RecipientSuppressed(address, "blocked")


def _is_scripted(world: World, request: SendRequest, address: str) -> bool:
    """Whether a provider rule says what becomes of a message, whatever its address asks for."""
    facts = (request.api, request.account_id, request.environment, request.channel, request.content, address)
    return bool(world.store.rules.rows) and rules.governs(world, rules.Addressed(*facts))


def _take_money(world: World, policy: Policy, message: Message, unit_micros: int) -> tuple[int, int]:
    """Take the money of all recipients, or set it aside; returns what each of them holds, and was charged."""
    charging = policy.charging_for(message)
    assert charging is not None
    total, take = unit_micros * message.recipient_count, wallet.charge if charging.on_accept else wallet.hold
    take(world.store, world.ids, message.account_id, total, subject=message.id, at=message.created_at)
    return (0, unit_micros) if charging.on_accept else (unit_micros, 0)


def _end_of_validity(policy: Policy, message: Message) -> datetime | None:
    """When the platform itself gives a message up; None where it never does."""
    usual = policy.default_validity.get(message.channel)
    if usual is None:
        return None
    return message.expires_at or message.starts_at + usual
