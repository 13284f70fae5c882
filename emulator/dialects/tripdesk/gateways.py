"""Gateways: a tenant's connections to providers, one or more for each channel; what one costs."""

from collections.abc import Iterator, Mapping
from typing import cast

from emulator.core.errors import Forbidden, Json, NoProvider
from emulator.core.records import Channel, Resource
from emulator.core.store import Store
from emulator.dialects.tripdesk.vocabulary import CHANNEL_NAMED, GATEWAYS, WHATSAPP_TEXT_MICROS

KIND = "gateway"
ACTIVE = "active"
DOWN = "down"

_WHATSAPP = Channel.WHATSAPP  # before Python 3.12 an enum's member costs as much as a call


def gateways(store: Store, account_id: str) -> Iterator[Resource]:
    """The gateways of an account, oldest first."""
    return store.resources_by_kind.get((account_id, KIND))


def channel_of(gateway: Resource) -> Channel:
    """The channel that a gateway serves."""
    return CHANNEL_NAMED[cast("str", gateway.content["channel"])]


def status_of(gateway: Resource) -> str:
    """`active`, `degraded` or `down`."""
    return str(gateway.content["status"])


def sender_of(gateway: Resource) -> str | None:
    """What messages come from if they name no sender; None where the channel has none."""
    sender = gateway.content["sender"]
    return sender if isinstance(sender, str) else None


def first_of(store: Store, account_id: str, channel: Channel) -> Resource | None:
    """The oldest gateway of a channel, whatever its state."""
    return next((each for each in gateways(store, account_id) if each.content["channel"] == channel), None)


def route(store: Store, account_id: str, channel: Channel, wanted: str | None) -> Resource:
    """The gateway for a message: the one that is asked for, else the channel's first active one.

    Raises `Forbidden` for one that cannot be used, and `NoProvider` where the channel has none.
    """
    if wanted is not None:
        named = store.resources.get(wanted)
        if named is None or named.kind != KIND or named.account_id != account_id:
            raise Forbidden("gateway_not_allowed")
        if named.content["channel"] != channel or status_of(named) == DOWN:
            raise Forbidden("gateway_not_allowed")
        return named
    rows = store.resources.rows
    for id in store.resources_by_kind.ids((account_id, KIND)):
        gateway = rows[id]
        content = gateway.content
        if content["channel"] == channel and content["status"] == ACTIVE:
            return gateway
    raise NoProvider(channel)


def rate_micros(gateway: Resource, channel: Channel, *, template: bool) -> int:
    """What a message, or one segment of an SMS, costs at a gateway of its channel."""
    own = gateway.content["price_micros"]
    if isinstance(own, int):
        return own
    return WHATSAPP_TEXT_MICROS if channel is _WHATSAPP and not template else GATEWAYS[channel].price_micros


def listed_price(gateway: Resource) -> int:
    """What one message, or one segment of an SMS, costs in micros."""
    own = cast("int | None", gateway.content["price_micros"])
    return GATEWAYS[channel_of(gateway)].price_micros if own is None else own


def gateway_content(channel: Channel, **changes: Json) -> Mapping[str, Json]:
    """The `content` of a new gateway. Without a `price_micros` of its own it has the channel's price."""
    kind = GATEWAYS[channel]
    return {
        "name": kind.name,
        "channel": channel.value,
        "provider": kind.provider,
        "status": ACTIVE,
        "sender": kind.sender,
        "price_micros": None,
        **changes,
    }
