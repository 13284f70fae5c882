"""Tenants made and changed through the control API."""

from collections.abc import Mapping
from types import MappingProxyType

from emulator.core.errors import Json
from emulator.core.records import Account
from emulator.dialects.raven.auth import find_tenant
from emulator.dialects.raven.fixtures import add_connections, add_tenant
from emulator.dialects.raven.handlers.providers import ROADMAP
from emulator.dialects.raven.handlers.tenants import slug_of
from emulator.gateway.world import World

SETTINGS: Mapping[str, Mapping[str, Json]] = MappingProxyType(
    {
        "extra_providers": {
            "description": "Providers of the roadmap that may be connected all the same.",
            "type": "array",
            "items": {"type": "string", "enum": list(ROADMAP)},
        },
        "outbound_webhooks": {
            "description": "Whether outbound webhooks, which the vendor has only announced, are on.",
            "type": "boolean",
        },
    }
)
"""What can be chosen for a tenant; each is a member of its `extras`."""


def provision(world: World, name: str) -> Account:
    """A tenant ready to send: keys of both environments, a user of each role, providers for SMS and mail."""
    slug = _free_slug(world, slug_of(name))
    account = add_tenant(world, slug, name)
    add_connections(world, slug)
    return account


def _free_slug(world: World, wanted: str) -> str:
    slug, number = wanted, 1
    while find_tenant(world, slug) is not None:
        number += 1
        slug = f"{wanted[:36]}-{number}"
    return slug
