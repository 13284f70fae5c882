"""What a new world holds of this API: an organization with two workspaces, their channels, and access keys.

Most ids are those of the contract's examples, so the examples can be sent as they stand. All of it is assumed.
"""

from typing import NamedTuple

from emulator.core.ids import derived_secret, derived_uuid
from emulator.core.records import Account, Channel, Contact, Conversation, Credential
from emulator.dialects.bird import channels
from emulator.dialects.bird.auth import ALL, SCHEME, SEND_ONLY, VIEW_ALL
from emulator.dialects.bird.vocabulary import API, EMAIL, PHONE, SERVICE_WINDOW, SMS, VOICE, WHATSAPP
from emulator.gateway.world import DEFAULT_WORLD, World

ORGANIZATION_ID = "2b6a9f10-8c4d-4e73-b5a1-d0f7c3e9684a"
WORKSPACE_ID = "a1e4c7d2-5b80-4f36-9d1c-7e2f0b9a6c35"
OTHER_WORKSPACE_ID = derived_uuid(API, "workspace", "other")
CONTACT_ID = "b7b9d0a4-2b0e-4f2b-8a5e-1f8c1f0f7d21"
CONTACT_NUMBER = "+31600000001"

_KEY_LENGTH = 40
_KEYS = (("all", ALL), ("view", VIEW_ALL), ("send", SEND_ONLY))


class FixtureChannel(NamedTuple):
    """One channel with its connector."""

    platform_id: str
    name: str
    identifier: str
    id: str
    connector_id: str
    status: str = "active"


def _channel(
    platform_id: str, name: str, identifier: str, connector_id: str = "", status: str = "active"
) -> FixtureChannel:
    return FixtureChannel(
        platform_id,
        name,
        identifier,
        derived_uuid(API, "channel", name),
        connector_id or derived_uuid(API, "connector", name),
        status,
    )


CHANNELS: tuple[FixtureChannel, ...] = (
    FixtureChannel(
        SMS,
        "SMS",
        "+31970000000",
        "0c8f0a1e-7a54-4f7b-8c39-0a5f6f1f2b01",
        "3f5f0c5b-0b1e-4c4e-9d0b-6a0d2f7c8e10",
    ),
    FixtureChannel(
        EMAIL,
        "Mail",
        "orders@shop.example.com",
        "6d1b8e42-9f30-4c7a-a582-3e0c9d7f1b64",
        "91c7d3e5-2a4f-4b08-8e6d-f5b0a1c2d394",
    ),
    FixtureChannel(
        WHATSAPP,
        "WhatsApp",
        "+31970000002",
        "e85f2c97-1b6d-4a30-9c84-b7d2f0a3e516",
        "4a9d6e13-7c05-4f82-b1d9-e3a6c0f85b27",
    ),
    _channel("facebook", "Facebook", "theshop", "2c9e7d04-b15f-4836-a0d9-e4f8b7c3610a"),
    _channel("instagram", "Instagram", "theshop", "7e1c5b8f-03d4-4a69-8f27-c6b9a0e2d514"),
    _channel("telegram", "Telegram", "theshopbot", "5e8a3b7c-f041-4d96-92c5-b8d0e6f1a374"),
    _channel("line", "LINE", "theshop", "b0f5c2d7-69a1-4e38-9b84-d7e3c1f60a59"),
    _channel(VOICE, "Voice", "+31970000004"),
    _channel(SMS, "Old SMS", "+31970000003", status="inactive"),
)
"""The channels of the first workspace."""

_OTHER_CHANNEL = _channel(SMS, "Bakery SMS", "+31970000009")


def furnish(world: World) -> None:
    """Put the fixtures into a new world."""
    open_workspace(world, WORKSPACE_ID, "The Shop", ORGANIZATION_ID)
    open_workspace(world, OTHER_WORKSPACE_ID, "The Bakery", ORGANIZATION_ID)
    for channel in CHANNELS:
        _install(world, WORKSPACE_ID, channel)
    _install(world, OTHER_WORKSPACE_ID, _OTHER_CHANNEL)
    issue_keys(world, WORKSPACE_ID, "The Shop")
    _open_service_window(world)


def provision(world: World, name: str) -> Account:
    """A workspace of an organization of its own, with keys and an active channel of SMS, e-mail and WhatsApp."""
    id = world.ids.uuid("workspace")
    account = open_workspace(world, id, name, world.ids.uuid("organization"))
    number = len(world.store.accounts)
    for channel in CHANNELS[:3]:
        _install(world, id, _own(world, channel, number))
    issue_keys(world, id, name)
    return account


def _own(world: World, channel: FixtureChannel, number: int) -> FixtureChannel:
    """A channel like one of the fixtures, with ids and an address of its own."""
    local, at, domain = channel.identifier.partition("@")
    identifier = f"{local}{number}@{domain}" if at else f"{local[:-4]}{number:03d}{local[-1]}"
    return channel._replace(
        id=world.ids.uuid("channel"), connector_id=world.ids.uuid("connector"), identifier=identifier
    )


def open_workspace(world: World, id: str, name: str, organization_id: str) -> Account:
    """Make a workspace of an organization; the organization is there as soon as it has one."""
    return world.store.accounts.put(
        Account(id=id, api=API, name=name, parent_id=organization_id, created_at=world.clock.now)
    )


def access_key(world_name: str, account_name: str, kind: str = "all") -> str:
    """The key of a workspace in a world; `kind` is `all`, `view` or `send`."""
    return derived_secret(API, world_name, account_name, kind, length=_KEY_LENGTH)


def issue_keys(world: World, workspace_id: str, name: str) -> None:
    """A key for everything, one to view, one to send; in another world than the default one its keys fit, too."""
    for kind, scope in _KEYS:
        _issue(world, workspace_id, name, kind, scope, world.name, owned=True)
        if not world.is_default and workspace_id == WORKSPACE_ID:
            _issue(world, workspace_id, name, kind, scope, DEFAULT_WORLD, owned=False)


def _issue(world: World, workspace_id: str, name: str, kind: str, scope: str, named_after: str, *, owned: bool) -> None:
    world.store.credentials.put(
        Credential(
            id=derived_uuid(API, workspace_id, kind, "own" if owned else "well-known"),
            token=access_key(named_after, name, kind),
            api=API,
            account_id=workspace_id,
            kind=SCHEME,
            name=kind,
            scopes=(scope,),
            created_at=world.clock.now,
            owned=owned,
        )
    )


def _install(world: World, workspace_id: str, channel: FixtureChannel) -> None:
    channels.install(
        world,
        workspace_id,
        id=channel.id,
        connector_id=channel.connector_id,
        platform_id=channel.platform_id,
        name=channel.name,
        identifier=channel.identifier,
        status=channel.status,
    )


def _open_service_window(world: World) -> None:
    """One person has written on WhatsApp, and may be written to without a template for a day."""
    now, store = world.clock.now, world.store
    store.contacts.put(
        Contact(
            id=CONTACT_ID,
            account_id=WORKSPACE_ID,
            created_at=now,
            updated_at=now,
            addresses=((PHONE, CONTACT_NUMBER),),
        )
    )
    store.conversations.put(
        Conversation(
            id=derived_uuid(API, "conversation", CONTACT_ID),
            account_id=WORKSPACE_ID,
            channel=Channel.WHATSAPP,
            sender=next(each.identifier for each in CHANNELS if each.platform_id == WHATSAPP),
            person=CONTACT_NUMBER,
            contact_id=CONTACT_ID,
            created_at=now,
            updated_at=now,
            last_inbound_at=now,
            expires_at=now + SERVICE_WINDOW,
        )
    )
