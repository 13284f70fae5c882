"""Kinds that several APIs have and the core keeps: webhook endpoints, suppressions, senders."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from emulator.core import suppressions as blocked
from emulator.core.errors import AlreadyExists, Json
from emulator.core.moments import iso_seconds
from emulator.core.records import Account, Channel, Sender, Suppression, WebhookEndpoint
from emulator.core.store import Store
from emulator.core.table import owned
from emulator.gateway.world import World
from emulator.server.editing import ApiCall, Field, Kind, Members, Thing

URL: Mapping[str, Json] = {"type": "string", "pattern": "^https?://[^\\s]+$", "maxLength": 2000}
NAME: Mapping[str, Json] = {"type": "string", "minLength": 1, "maxLength": 200}

ACTIVE, DISABLED = "active", "disabled"
ENABLE, DISABLE, NEW_SECRET = "Enable", "Disable", "New secret"


def endpoints(events: Sequence[str], *, hint: str = "", is_signed: bool = True) -> Kind:
    """Webhook endpoints of an API that tells of these events; an endpoint that names none is told of all."""
    choices = [(event, event) for event in events]
    fields = (
        Field(name="url", label="URL", schema=URL, is_needed=True),
        Field(
            name="events",
            label="Events",
            schema={"type": "array"},
            options=lambda _world, _account: choices,
            hint="None ticked: all of them.",
        ),
        Field(
            name="secret",
            label="Secret",
            schema={"type": "string", "minLength": 8, "maxLength": 255},
            hint="Left empty: one in the API's own form is made.",
        ),
    )
    return Kind(
        name="endpoints",
        one="webhook endpoint",
        title="Webhook endpoints",
        hint=hint,
        fields=fields if is_signed else fields[:2],
        ids=lambda world, account: world.store.endpoints_by_account.ids(account.id),
        thing=show_endpoint,
        create=_create_endpoint,
        update=_update_endpoint,
        delete=lambda world, account, one: world.store.endpoints.delete(endpoint_of(world.store, account, one).id),
        steps=ENDPOINT_STEPS,
    )


def endpoint_of(store: Store, account: Account, id: str) -> WebhookEndpoint:
    """An account's endpoint. Raises `NotFound`."""
    return owned(store.endpoints, account.id, id)


def show_endpoint(world: World, account: Account, id: str) -> Thing:
    """An endpoint, to be edited."""
    endpoint = endpoint_of(world.store, account, id)
    return Thing(
        id=id,
        title=endpoint.url,
        status=endpoint.status,
        members={"url": endpoint.url, "events": list(endpoint.event_types), "secret": endpoint.secret},
        facts={"Since": iso_seconds(endpoint.created_at), "Environment": endpoint.environment},
        steps=(DISABLE if endpoint.status == ACTIVE else ENABLE, NEW_SECRET),
    )


def _create_endpoint(world: World, account: Account, members: Members) -> str:
    endpoint = world.store.endpoints.put(
        WebhookEndpoint(
            id=world.ids.uuid("webhook endpoint"),
            api=account.api,
            account_id=account.id,
            url=members["url"],
            secret=members.get("secret") or _new_secret(world, account),
            created_at=world.clock.now,
            event_types=tuple(members["events"]),
        )
    )
    return endpoint.id


def _update_endpoint(world: World, account: Account, id: str, members: Members) -> str:
    endpoint = endpoint_of(world.store, account, id)
    changes: dict[str, Any] = {"url": members["url"], "event_types": tuple(members["events"])}
    changes["secret"] = members.get("secret") or _new_secret(world, account)
    return world.store.endpoints.put(replace(endpoint, **changes)).id


def _new_secret(world: World, account: Account) -> str:
    return world.policies[account.api].webhooks.new_secret(world.ids)


def _set_status(status: str) -> Callable[[World, Account, str], None]:
    def do(world: World, account: Account, id: str) -> None:
        world.store.endpoints.put(replace(endpoint_of(world.store, account, id), status=status))

    return do


def rotate_secret(world: World, account: Account, id: str) -> None:
    """Give an endpoint a new secret; the old one signs nothing any more."""
    endpoint = endpoint_of(world.store, account, id)
    world.store.endpoints.put(replace(endpoint, secret=_new_secret(world, account)))


ENDPOINT_STEPS: Mapping[str, Callable[[World, Account, str], None] | ApiCall] = {
    ENABLE: _set_status(ACTIVE),
    DISABLE: _set_status(DISABLED),
    NEW_SECRET: rotate_secret,
}


def suppressions(
    channels: Sequence[Channel], reasons: Sequence[str], *, create: ApiCall | None = None, delete: ApiCall | None = None
) -> Kind:
    """Addresses that an account must not write to; `create` and `delete` where the API itself has the calls."""
    fields = (
        _choice("channel", "Channel", channels),
        Field(name="address", label="Address", schema=NAME, is_needed=True),
        _choice("reason", "Reason", reasons),
    )
    return Kind(
        name="suppressions",
        one="suppression",
        title="Suppressions",
        fields=fields,
        ids=lambda world, account: world.store.suppressions_by_account.ids(account.id),
        thing=_show_suppression,
        create=create or _suppress,
        delete=delete or _lift,
    )


def _choice(name: str, label: str, words: Sequence[str], *, is_fixed: bool = False) -> Field:
    """One of some words, the first of them unless somebody chooses."""
    schema: Mapping[str, Json] = {"type": "string", "enum": [str(each) for each in words]}
    return Field(name=name, label=label, schema=schema, is_needed=True, is_fixed=is_fixed, usual=str(words[0]))


def _suppression_of(store: Store, account: Account, id: str) -> Suppression:
    return owned(store.suppressions, account.id, id)


def _show_suppression(world: World, account: Account, id: str) -> Thing:
    found = _suppression_of(world.store, account, id)
    members = {"channel": found.channel.value, "address": found.address, "reason": found.reason}
    facts: dict[str, Json] = {"Since": iso_seconds(found.created_at), "Environment": found.environment or "all"}
    return Thing(id=id, title=f"{found.address} ({found.channel.value})", members=members, facts=facts)


def _suppress(world: World, account: Account, members: Members) -> str:
    channel = Channel(members["channel"])
    address = world.policies[account.api].normal_address(channel, members["address"])
    return blocked.suppress(
        world.store, world.ids, account.id, channel, address, members["reason"], at=world.clock.now
    ).id


def _lift(world: World, account: Account, id: str) -> None:
    world.store.suppressions.delete(_suppression_of(world.store, account, id).id)


def senders(channels: Sequence[Channel]) -> Kind:
    """Numbers, names and addresses that an account may send from."""
    fields = (
        _choice("channel", "Channel", channels, is_fixed=True),
        Field(name="address", label="Number, name or address", schema=NAME, is_needed=True),
        Field(name="two_way", label="People can write to it", schema={"type": "boolean"}),
    )
    return Kind(
        name="senders",
        one="sender",
        title="Senders",
        fields=fields,
        ids=lambda world, account: world.store.senders_by_account.ids(account.id),
        thing=_show_sender,
        create=_create_sender,
        update=_update_sender,
        delete=lambda world, account, one: world.store.senders.delete(_sender_of(world.store, account, one).id),
    )


def _sender_of(store: Store, account: Account, id: str) -> Sender:
    return owned(store.senders, account.id, id)


def _show_sender(world: World, account: Account, id: str) -> Thing:
    found = _sender_of(world.store, account, id)
    members = {"channel": found.channel.value, "address": found.address, "two_way": found.two_way}
    return Thing(id=id, title=found.address, members=members, facts={"Since": iso_seconds(found.created_at)})


def _create_sender(world: World, account: Account, members: Members) -> str:
    channel, address = Channel(members["channel"]), str(members["address"])
    _require_free(world.store, account, channel, address, None)
    sender = world.store.senders.put(
        Sender(
            id=world.ids.uuid("sender"),
            account_id=account.id,
            channel=channel,
            address=address,
            two_way=members["two_way"],
            created_at=world.clock.now,
        )
    )
    return sender.id


def _update_sender(world: World, account: Account, id: str, members: Members) -> str:
    sender = _sender_of(world.store, account, id)
    _require_free(world.store, account, sender.channel, members["address"], id)
    world.store.senders.put(replace(sender, address=members["address"], two_way=members["two_way"]))
    return id


def _require_free(store: Store, account: Account, channel: Channel, address: str, own: str | None) -> None:
    for each in store.senders_by_account.get(account.id):
        if each.channel is channel and each.address.lower() == address.lower() and each.id != own:
            raise AlreadyExists("sender", address)
