"""Tenants made and changed through the control API."""

from collections.abc import Mapping
from re import sub
from types import MappingProxyType
from typing import Any, cast
from unicodedata import normalize

from msgspec.structs import replace

from emulator.core import contacts as people
from emulator.core.errors import Json
from emulator.core.records import Account, Channel, Resource
from emulator.dialects.tripdesk import contacts, conversations, gateways, templates, tenants
from emulator.dialects.tripdesk.addresses import normal
from emulator.dialects.tripdesk.fixtures import add_side, add_tenant
from emulator.dialects.tripdesk.identifiers import new_id
from emulator.dialects.tripdesk.sends import find_conversation
from emulator.dialects.tripdesk.vocabulary import CHANNELS, LIVE
from emulator.gateway.world import World

_CHANNEL: dict[str, Json] = {"type": "string", "enum": [channel.value for channel in CHANNELS]}
_AMOUNT: dict[str, Json] = {"type": ["string", "null"], "pattern": r"^[0-9]{1,12}(\.[0-9]{1,6})?$"}
_COUNT: dict[str, Json] = {"type": "integer", "minimum": 1, "maximum": 100_000}
_LONGEST_SLUG = 40

_SHOWN = ("rate_limit", "language", "technical_contact")
"""Settings that the account carries itself, where they can be read again."""

SETTINGS: Mapping[str, Mapping[str, Json]] = MappingProxyType(
    {
        "rate_limit": {
            "description": "Calls a second, and at once, of the partner: the same in both environments.",
            "type": "object",
            "required": ["per_second", "burst"],
            "additionalProperties": False,
            "properties": {"per_second": _COUNT, "burst": _COUNT},
        },
        "language": {"description": "The language of templates where a send names none.", "type": "string"},
        "gateways": {
            "description": "Gateways to change, by channel and name, or to add. A price of null is the channel's.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["channel"],
                "additionalProperties": False,
                "properties": {
                    "channel": _CHANNEL,
                    "name": {"type": "string", "minLength": 1},
                    "provider": {"type": "string", "minLength": 1},
                    "status": {"type": "string", "enum": ["active", "degraded", "down"]},
                    "sender": {"type": ["string", "null"]},
                    "price": _AMOUNT,
                },
            },
        },
        "template_details": {
            "description": "Channel, languages and approval of templates, by name.",
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "channel": _CHANNEL,
                    "languages": {"type": "array", "items": {"type": "string"}},
                    "status": {"type": "string", "enum": ["approved", "pending", "rejected"]},
                },
            },
        },
        "contacts": {
            "description": "Contacts to add, or to change where the external id is known.",
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "external_id": {"type": "string", "minLength": 1, "maxLength": 128},
                    "name": {"type": "string"},
                    "phone": {"type": "string"},
                    "email": {"type": "string"},
                    "language": {"type": "string"},
                    "channels": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["channel", "address"],
                            "properties": {"channel": _CHANNEL, "address": {"type": "string", "minLength": 1}},
                        },
                    },
                    "attributes": {"type": "object"},
                },
            },
        },
        "conversations": {
            "description": "Conversations to close, to open, or to put aside: `pending`, until the next message.",
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "status"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string", "minLength": 1},
                    "status": {"type": "string", "enum": list(conversations.SET)},
                },
            },
        },
        "technical_contact": {
            "description": "Who helps with an evaluation, and in which private Slack channel.",
            "type": "object",
            "required": ["name", "slack_channel"],
            "additionalProperties": False,
            "properties": {"name": {"type": "string"}, "slack_channel": {"type": "string"}},
        },
        "go_live": {"description": "Makes the production side of a tenant that has none.", "type": "boolean"},
    }
)
"""What can be chosen for an environment of a tenant."""


def provision(world: World, name: str) -> Account:
    """A tenant that is ready to send in both environments; gives the production side."""
    return add_tenant(world, free_slug(world, name), name)[0]


def free_slug(world: World, name: str) -> str:
    """A slug made from a name that no tenant has: `Kilima Ltd` -> `kilima-ltd`."""
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    wanted = sub("[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].rstrip("-") or "tenant"
    slug, number = wanted, 1
    while tenants.find(world, slug) is not None:
        number += 1
        slug = f"{wanted[: _LONGEST_SLUG - 4]}-{number}"
    return slug


def amend(world: World, account: Account, settings: Mapping[str, Json]) -> Account:
    """Take the settings that were chosen for an environment of a tenant.

    Raises `NotFound` for a conversation that it does not have.
    """
    chosen = cast("dict[str, Any]", dict(settings))
    for each in chosen.get("conversations", ()):
        find_conversation(world, account, each["id"])  # all of them before one is changed: a refusal leaves no trace
    for each in chosen.get("conversations", ()):
        conversations.SET[each["status"]](world, find_conversation(world, account, each["id"]))
    if "rate_limit" in chosen:
        _set_rate_limit(world, account, chosen["rate_limit"])
    for each in chosen.get("gateways", ()):
        _set_gateway(world, account, each)
    for name, details in chosen.get("template_details", {}).items():
        _set_details(world, account, name, details)
    for each in chosen.get("contacts", ()):
        _set_contact(world, account, each)
    if chosen.get("go_live"):
        go_live(world, account)
    shown = {name: chosen[name] for name in _SHOWN if name in chosen}
    return world.store.accounts.put(replace(account, extras={**account.extras, **shown}))


def go_live(world: World, account: Account) -> Account:
    """The production side of a tenant, made if there is none: empty, with an empty wallet and a key."""
    slug = tenants.slug_of(account)
    for side in tenants.accounts_of(world, slug):
        if tenants.environment_of(side) == LIVE:
            return side
    return add_side(world, slug, str(account.extras["title"]), LIVE, balance_micros=0, furnished=False)


def _set_rate_limit(world: World, account: Account, limit: Json) -> None:
    partner = world.store.accounts[tenants.partner_of(account)]
    world.store.accounts.put(replace(partner, extras={**partner.extras, "rate_limit": limit}))


def _set_gateway(world: World, account: Account, asked: dict[str, Any]) -> None:
    channel = Channel(asked["channel"])
    changes = {name: asked[name] for name in ("name", "provider", "status", "sender") if name in asked}
    if "price" in asked:
        changes["price_micros"] = None if asked["price"] is None else micros(asked["price"])
    known = _gateway(world, account, channel, asked.get("name"))
    if known is None:
        known = Resource(
            id=new_id(world, "gw"),
            account_id=account.id,
            kind=gateways.KIND,
            created_at=world.clock.now,
            content=gateways.gateway_content(channel),
        )
    world.store.resources.put(replace(known, content={**known.content, **changes}))


def _gateway(world: World, account: Account, channel: Channel, name: str | None) -> Resource | None:
    """The channel's gateway of a name; without a name, its first."""
    for each in gateways.gateways(world.store, account.id):
        if gateways.channel_of(each) is channel and name in (None, each.content["name"]):
            return each
    return None


def _set_details(world: World, account: Account, name: str, details: Mapping[str, Json]) -> None:
    known = world.store.resources_by_key.get((account.id, templates.KIND, name)) or Resource(
        id=new_id(world, "tpd"), account_id=account.id, kind=templates.KIND, key=name, created_at=world.clock.now
    )
    world.store.resources.put(replace(known, content={**known.content, **details}))


def _set_contact(world: World, account: Account, asked: dict[str, Any]) -> None:
    content = {name: value for name, value in asked.items() if name not in ("external_id", "name")}
    if "phone" in content:
        content["phone"] = normal(Channel.SMS, content["phone"])
    if "channels" in content:
        content["channels"] = [_tidied(each) for each in content["channels"]]
    external_id, name = asked.get("external_id"), asked.get("name")
    known = people.of_external_id(world.store, account.id, external_id)
    if known is None:
        contacts.create(world, account.id, content, external_id=external_id, name=name)
        return
    content = {**known.content, **content}
    world.store.contacts.put(
        replace(
            known,
            name=name or known.name,
            content=content,
            addresses=contacts.addresses_of(content),
            updated_at=world.clock.now,
        )
    )


def _tidied(entry: Mapping[str, str]) -> dict[str, str]:
    channel = entry["channel"]
    return {"channel": channel, "address": normal(Channel(channel), entry["address"])}


def micros(amount: str) -> int:
    """A decimal text of at most six decimals in micros, exactly: `0.012` -> 12000."""
    whole, _, fraction = amount.partition(".")
    return int(whole) * 1_000_000 + int(fraction.ljust(6, "0"))
