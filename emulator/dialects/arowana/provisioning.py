"""Workspaces made and changed through the control API: what the vendor's dashboard and the people outside decide."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from emulator.core.errors import Json
from emulator.core.records import Account, Contact
from emulator.core.suppressions import comparable_address
from emulator.dialects.arowana import by_hand, consent_records, people, senders, tiers, topups
from emulator.dialects.arowana.fixtures import account_id_of, add_senders, add_workspace
from emulator.dialects.arowana.money import micros_of
from emulator.dialects.arowana.vocabulary import (
    ACTIVE,
    BLOCKED,
    BOUNCED,
    CARRIERS,
    CHANNEL_TYPES,
    CHANNEL_WORDS,
    CONSENT_WORDS,
    EMAIL,
    MESSAGE,
    MESSAGE_TYPES,
    NEWSLETTER,
    PRICES_MICROS,
    SMS,
    TIERS,
    UNSUBSCRIBED,
)
from emulator.gateway.world import World

_AMOUNT: Json = {"type": "number", "minimum": 0, "maximum": 1_000_000}
_PHONE: Json = {"type": "string", "pattern": r"^\+[1-9][0-9]{7,14}$"}

SETTINGS: Mapping[str, Mapping[str, Json]] = MappingProxyType(
    {
        "prices": {
            "description": "Prices in tier_1, in EUR, by channel and billing unit; what is left out has the usual one.",
            "type": "object",
            "properties": {
                CHANNEL_WORDS[channel]: {
                    "type": "object",
                    "properties": dict.fromkeys(units, _AMOUNT),
                    "additionalProperties": False,
                }
                for channel, units in PRICES_MICROS.items()
            },
            "additionalProperties": False,
        },
        "tiers": {
            "description": "Volume of the month and, if it is not the one that follows from it, the tier, by channel.",
            "type": "object",
            "properties": {
                word: {
                    "type": "object",
                    "properties": {
                        "volume": {"type": "integer", "minimum": 0, "maximum": 1_000_000_000},
                        "tier": {"type": "string", "enum": [tier.name for tier in TIERS]},
                    },
                    "required": ["volume"],
                    "additionalProperties": False,
                }
                for word in CHANNEL_TYPES
            },
            "additionalProperties": False,
        },
        "alert_threshold": {"description": "Below which free balance, in EUR, to alert.", **_AMOUNT},
        "sms": {"description": "Whether SMS, which the vendor has only announced, can be sent.", "type": "boolean"},
        "channels": {
            "description": "Channels by id: whether the sending domain is verified, and the channel is active.",
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "verified": {"type": "boolean"},
                    "active": {"type": "boolean"},
                    "message_types": {"type": "array", "items": {"type": "string", "enum": list(MESSAGE_TYPES)}},
                },
                "additionalProperties": False,
            },
        },
        "recipients": {
            "description": "Facts about phone numbers: whether the device can receive RCS, and the carrier.",
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {"rcs": {"type": "boolean"}, "carrier": {"type": "string", "enum": list(CARRIERS)}},
                "additionalProperties": False,
            },
        },
        "unrevocable_carriers": {
            "description": "Carriers that do not give back a message that they have taken.",
            "type": "array",
            "items": {"type": "string", "enum": list(CARRIERS)},
        },
        "contacts": {
            "description": "Contacts to make or change, with their status and consents.",
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "email": {"type": "string", "pattern": "@"},
                    "phone": _PHONE,
                    "status": {"type": "string", "enum": [ACTIVE, UNSUBSCRIBED, BOUNCED, BLOCKED]},
                    "consents": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["channel_type", "message_type", "status"],
                            "properties": {
                                "channel_type": {"type": "string", "enum": list(CHANNEL_TYPES)},
                                "message_type": {"type": "string", "enum": [MESSAGE, NEWSLETTER]},
                                "status": {"type": "string", "enum": list(CONSENT_WORDS.values())},
                            },
                            "additionalProperties": False,
                        },
                    },
                },
                "anyOf": [{"required": ["email"]}, {"required": ["phone"]}],
                "additionalProperties": False,
            },
        },
        **by_hand.SETTINGS,
    }
)
"""What can be chosen for a workspace, each with the schema of its value."""


def provision(world: World, name: str) -> Account:
    """A workspace ready to send: money, a key that may do everything, an agent and an e-mail channel."""
    slug = _free_slug(
        world, "".join(char if char.isalnum() else "-" for char in name.lower()).strip("-") or "workspace"
    )
    account = add_workspace(world, slug, name)
    add_senders(world, account, slug)
    return account


def _free_slug(world: World, wanted: str) -> str:
    slug, number = wanted, 1
    while account_id_of(slug) in world.store.accounts:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def amend(world: World, account: Account, asked: Mapping[str, Json]) -> Account:
    """Take the settings that were chosen. Raises `NotFound` for a thing that is not the workspace's."""
    kept = by_hand.act(world, account, asked)
    for name, do in _AT_ONCE.items():
        if name in kept:
            do(world, account, kept[name])
    extras = {**account.extras, **{name: value for name, value in kept.items() if name not in _ONLY_DONE}}
    return world.store.accounts.put(replace(account, extras=extras))


def after_balance_set(world: World, account: Account) -> None:
    """A balance that was set by hand calls for what any change of it does: an alert, an automatic top-up."""
    topups.after_balance_change(world, account.id)


def _set_tiers(world: World, account: Account, asked: Any) -> None:  # noqa: ANN401 - the schema has looked at it
    for word, each in asked.items():
        place = tiers.place_of_name(each["tier"]) if "tier" in each else None
        tiers.set_volume(world, account.id, CHANNEL_TYPES[word], each["volume"], place)


def _set_alert(world: World, account: Account, threshold: Any) -> None:  # noqa: ANN401 - the schema has looked at it
    topups.set_alert(world, account.id, micros_of(threshold))


def _switch_sms(world: World, account: Account, is_on: Any) -> None:  # noqa: ANN401 - the schema has looked at it
    for channel in tuple(world.store.resources_by_kind.get((account.id, senders.KIND))):
        if CHANNEL_TYPES[str(channel.content["type"])] is SMS:
            world.store.resources.put(replace(channel, content={**channel.content, "active": is_on}))


def _set_channels(world: World, account: Account, asked: Any) -> None:  # noqa: ANN401 - the schema has looked at it
    for id, facts in asked.items():
        channel = senders.find_channel(world.store, account.id, id)
        world.store.resources.put(replace(channel, content={**channel.content, **facts}))


def _set_contacts(world: World, account: Account, asked: Any) -> None:  # noqa: ANN401 - the schema has looked at it
    for each in asked:
        contact = _contact(world, account, each.get("email"), each.get("phone"))
        people.set_status(world, contact, each.get("status", contact.status))
        for consent in each.get("consents", ()):
            _set_consent(world, contact, consent)


def _contact(world: World, account: Account, email: str | None, phone: str | None) -> Contact:
    contact = people.ensure_contact(world, account.id, email or phone or "", source="MANUAL")
    known = dict(contact.addresses)
    if email is not None:
        known["email"] = comparable_address(EMAIL, email)
    if phone is not None:
        known["phone"] = phone
    return world.store.contacts.put(replace(contact, addresses=tuple(known.items())))


def _set_consent(world: World, contact: Contact, asked: Mapping[str, Any]) -> None:
    is_pending = asked["status"] == CONSENT_WORDS["pending"]
    record, _ = consent_records.grant(
        world,
        contact,
        consent_records.Grant(
            channel=CHANNEL_TYPES[asked["channel_type"]],
            message_type=asked["message_type"],
            source="crm_sync",
            enforced_doi=is_pending,
            doi_channel=asked["channel_type"] if is_pending else None,
        ),
    )
    if asked["status"] == CONSENT_WORDS["revoked"]:
        consent_records.revoke(world, record, "crm_sync")


_AT_ONCE: Mapping[str, Callable[[World, Account, Any], None]] = {
    "tiers": _set_tiers,
    "alert_threshold": _set_alert,
    "sms": _switch_sms,
    "channels": _set_channels,
    "contacts": _set_contacts,
}
_ONLY_DONE = frozenset({"tiers", "channels", "contacts"})
"""What is done and not kept, since it changes by itself later."""
