"""A request to send -> a message with its recipients, held money and a first timer."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

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
from emulator.gateway.policy import Screening
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
    policy, store, now = world.policies[request.api], world.store, world.clock.now
    if not request.is_screened and policy.screening is _AT_SEND:
        _screen(world, request)
    channel, content, addresses = request.channel, request.content, request.addresses
    usual = price(policy.rates if request.rates is None else request.rates, channel, content)
    unit_micros = usual.micros if request.unit_micros is None else request.unit_micros
    total_micros = 0 if policy.charging is None else unit_micros * len(addresses)
    if total_micros:
        wallet.require(store, request.account_id, total_micros)
    id = policy.new_message_id(world)
    starts_at = now if request.scheduled_at is None or request.scheduled_at < now else request.scheduled_at
    events = _beginning(_SCHEDULED if starts_at > now else _QUEUED, now)
    # Four by their places: where values and names are more than thirty together, a call makes a dict first, which costs
    # three times as much as the rest of it.
    message = Message(
        id,
        request.api,
        request.account_id,
        request.environment,
        channel=channel,
        sender=request.sender,
        content=content,
        created_at=now,
        starts_at=starts_at,
        expires_at=request.expires_at,
        recipient_count=len(addresses),
        contact_id=request.contact_id,
        conversation_id=request.conversation_id,
        external_id=request.external_id,
        endpoint_url=request.endpoint_url,
        idempotency_key=request.idempotency_key,
        extras=request.extras,
    )
    if policy.take_message is not None:
        message = policy.take_message(world, message)
    store.messages.put(message)
    hold_micros = charged_micros = 0
    if total_micros and policy.charging is not None:
        if policy.charging.on_accept:
            charged_micros, take = unit_micros, wallet.charge
        else:
            hold_micros, take = unit_micros, wallet.hold
        take(store, world.ids, request.account_id, total_micros, subject=id, at=now)
    status = STATUS_OF_EVENT[events[0].type]
    usual_validity = policy.default_validity.get(channel)
    # Where there is no such end, the platform itself never gives a message up.
    ends_at = None if usual_validity is None else request.expires_at or starts_at + usual_validity
    hands_over_at, call_at = starts_at + policy.pick_up_after, world.clock.call_at
    for place, address in enumerate(addresses):
        id_of_recipient = recipient_id(id, place)
        store.recipients.put(
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
                events=events,
            )
        )
        call_at(hands_over_at, "hand-over", id_of_recipient)
        if ends_at is not None:
            call_at(ends_at, "expiry", id_of_recipient)
    return message


# Messages that are accepted together share how their lives begin.
@lru_cache(maxsize=4)
def _beginning(type: EventType, at: datetime) -> tuple[Event, ...]:
    return (Event(type=type, at=at),)


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
