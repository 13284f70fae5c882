"""A request to send -> a message with its recipients, held money and a first timer."""

from collections.abc import Mapping
from datetime import datetime

from emulator.core import suppressions, wallet
from emulator.core.errors import Json, RecipientSuppressed
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
    Status,
    recipient_id,
)
from emulator.gateway.policy import Policy, Screening
from emulator.gateway.world import World
from emulator.providers.catalogue import magic_outcome


class SendRequest(Record, frozen=True, kw_only=True):
    """What an account asks to be sent, in our words. `scheduled_at` in the past means now."""

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
    extras: Mapping[str, Json] = EMPTY


def send(world: World, request: SendRequest) -> Message:
    """Accept a message. It checks first and writes last, so a refusal leaves no trace.

    Raises `RecipientSuppressed` where the API screens at send, and `InsufficientFunds`.
    """
    policy = world.policies[request.api]
    now = world.clock.now
    if policy.screening is Screening.AT_SEND:
        _screen(world, request)
    segments, unit_micros = price(policy.rates, request.channel, request.content)
    if policy.charging is not None and unit_micros:
        wallet.require(world.store, request.account_id, unit_micros * len(request.addresses))
    id = world.ids.uuid("message")
    hold_micros = 0
    if policy.charging is not None and unit_micros:
        hold_micros = _hold(world, policy, request, unit_micros, id)
    starts_at = now if request.scheduled_at is None or request.scheduled_at < now else request.scheduled_at
    scheduled = starts_at > now
    event = Event(type=EventType.SCHEDULED if scheduled else EventType.QUEUED, at=now)
    message = world.store.messages.put(
        Message(
            id=id,
            api=request.api,
            account_id=request.account_id,
            environment=request.environment,
            channel=request.channel,
            sender=request.sender,
            content=request.content,
            created_at=now,
            starts_at=starts_at,
            recipient_count=len(request.addresses),
            external_id=request.external_id,
            endpoint_url=request.endpoint_url,
            extras=request.extras,
        )
    )
    charged_micros = unit_micros if hold_micros == 0 and policy.charging is not None else 0
    for place, address in enumerate(request.addresses):
        id_of_recipient = recipient_id(id, place)
        world.store.recipients.put(
            Recipient(
                id=id_of_recipient,
                message_id=id,
                address=address,
                status=Status.SCHEDULED if scheduled else Status.QUEUED,
                updated_at=now,
                segments=segments,
                price_micros=unit_micros,
                hold_micros=hold_micros,
                charged_micros=charged_micros,
                events=(event,),
            )
        )
        world.clock.call_at(starts_at + policy.pick_up_after, "hand-over", id_of_recipient)
    return message


def _screen(world: World, request: SendRequest) -> None:
    for address in request.addresses:
        known = suppressions.find(world.store, request.account_id, request.channel, address, request.environment)
        if known is not None:
            raise RecipientSuppressed(address, known.reason)
        if magic_outcome(request.channel, address) == "blocked":
            raise RecipientSuppressed(address, "blocked")


def _hold(world: World, policy: Policy, request: SendRequest, unit_micros: int, id: str) -> int:
    """Take the money of all recipients, or set it aside; returns what each of them holds."""
    assert policy.charging is not None
    total = unit_micros * len(request.addresses)
    facts = (world.store, world.ids, request.account_id)
    if policy.charging.on_accept:
        wallet.charge(*facts, total, subject=id, at=world.clock.now)
        return 0
    wallet.hold(*facts, total, subject=id, at=world.clock.now)
    return unit_micros
