"""What is ready to use in a world: listed for strangers."""

from collections.abc import Iterable

from emulator.core.errors import Json
from emulator.core.records import Account, Credential, Resource
from emulator.dialects.bird.auth import SCHEME
from emulator.dialects.bird.channels import CHANNEL, platform_of
from emulator.dialects.bird.vocabulary import API, EMAIL, SMS, WHATSAPP
from emulator.gateway.world import World
from emulator.server.dialect import AccountCard

_NAMED = {SMS: "channelId", EMAIL: "emailChannelId", WHATSAPP: "whatsappChannelId"}


def describe(world: World) -> tuple[AccountCard, ...]:
    """One card for each workspace that has a key of its own."""
    cards = (_card(world, account) for account in world.store.accounts_by_api.get(API))
    return tuple(card for card in cards if card is not None)


def _card(world: World, account: Account) -> AccountCard | None:
    keys = [key for key in world.store.credentials_by_account.get(account.id) if _shows(key)]
    if not keys:
        return None
    channels = tuple(world.store.resources_by_kind.get((account.id, CHANNEL)))
    return AccountCard(
        id=account.id,
        name=account.name,
        environment=keys[0].environment,
        credentials={SCHEME: {"Authorization": f"AccessKey {keys[0].token}"}},
        parameters=_parameters(world, account, channels),
        fixtures={
            "channels": [
                {
                    "id": each.id,
                    "channel": platform_of(each).channel.value,
                    "state": each.content["status"],
                    "platformId": each.content["platformId"],
                    "identifier": each.content["identifier"],
                }
                for each in channels
            ],
            "senders": [each.content["identifier"] for each in channels if each.content["status"] == "active"],
            "keys": [{"name": key.name, "key": key.token, "policies": list(key.scopes)} for key in keys],
        },
    )


def _shows(key: Credential) -> bool:
    return key.kind == SCHEME and key.owned and key.revoked_at is None


def _parameters(world: World, account: Account, channels: Iterable[Resource]) -> dict[str, Json]:
    parameters: dict[str, Json] = {"organizationId": account.parent_id, "workspaceId": account.id}
    for channel in channels:
        name = _NAMED.get(str(channel.content["platformId"]))
        if channel.content["status"] != "active":
            parameters.setdefault("inactiveChannelId", channel.id)
        elif name is not None:
            parameters.setdefault(name, channel.id)
            if name == "channelId":
                parameters.setdefault("connectorId", channel.content["connectorId"])
    for other in world.store.accounts_by_api.get(API):
        if other.parent_id == account.parent_id and other.id != account.id:
            parameters.setdefault("otherWorkspaceId", other.id)
    contact = next(world.store.contacts_by_account.get(account.id), None)
    if contact is not None:
        parameters["contactId"] = contact.id
    return parameters
